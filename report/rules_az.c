/* Rules as commands of the Azure command line, one to a line, for a POSIX shell. */
#include <string.h>

#include "format.h"
#include "rules_internal.h"

void
rules_shell_word(FILE *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/:";

	if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
		fputs(text, out);
		return;
	}
	putc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			putc(*text, out);
	}
	putc('\'', out);
}

static void
option(FILE *out, const char *name, const char *value)
{
	fprintf(out, " --%s ", name);
	rules_shell_word(out, value);
}

static void
peer(FILE *out, const char *name, const struct rule_peer *peer)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	fprintf(out, " --%s", name);
	for (size_t i = 0; i < rules_peer_count(peer); i++) {
		putc(' ', out);
		rules_shell_word(out, rules_peer_text(peer, i, text));
	}
}

static void
ports(FILE *out, const char *name, const struct rule *rule)
{
	fprintf(out, " --%s", name);
	for (size_t i = 0; i < rule->port_count; i++) {
		putc(' ', out);
		rules_shell_word(out, rule->ports[i]);
	}
}

static void
nsg_rule(FILE *out, const struct rules_answer *answer, const struct rule *rule)
{
	fputs("az network nsg rule create", out);
	option(out, "resource-group", answer->place.resource_group);
	option(out, "nsg-name", answer->place.name);
	option(out, "name", rule->name);
	fprintf(out, " --priority %u", rule->priority);
	option(out, "direction", rules_direction(rule->direction));
	option(out, "access", rules_access(rule->access));
	option(out, "protocol", rule->protocol);
	peer(out, "source-address-prefixes", &rule->source);
	fputs(" --source-port-ranges '*'", out);
	peer(out, "destination-address-prefixes", &rule->destination);
	ports(out, "destination-port-ranges", rule);
	if (rule->description[0] != '\0')
		option(out, "description", rule->description);
	putc('\n', out);
}

static void
route(FILE *out, const struct rules_answer *answer, const struct rule *rule)
{
	const char *address;
	const char *kind = rules_next_hop(rule->next_hop, &address);

	fputs("az network route-table route create", out);
	option(out, "resource-group", answer->place.resource_group);
	option(out, "route-table-name", answer->place.name);
	option(out, "name", rule->name);
	peer(out, "address-prefix", &rule->destination);
	option(out, "next-hop-type", kind);
	if (address != NULL)
		option(out, "next-hop-ip-address", address);
	putc('\n', out);
}

/* What a collection does stands in the command of its first rule alone. */
static void
firewall_rule(FILE *out, const struct rules_answer *answer, const struct rule *rule, const char *collection,
	      unsigned int priority)
{
	fputs("az network firewall network-rule create", out);
	option(out, "resource-group", answer->place.resource_group);
	option(out, "firewall-name", answer->place.name);
	option(out, "collection-name", collection);
	if (priority != 0) {
		fprintf(out, " --priority %u", priority);
		option(out, "action", rules_access(rule->access));
	}
	option(out, "name", rule->name);
	option(out, "protocols", rules_firewall_protocol(rule->protocol));
	peer(out, "source-addresses", &rule->source);
	peer(out, "destination-addresses", &rule->destination);
	ports(out, "destination-ports", rule);
	if (rule->description[0] != '\0')
		option(out, "description", rule->description);
	putc('\n', out);
}

static void
firewall_rules(FILE *out, const struct rules_answer *answer)
{
	size_t begin = 0;

	for (size_t n = 0; begin < rules_count(answer->rules); n++) {
		size_t end = rules_collection_end(answer->rules, begin);
		char name[RULES_COLLECTION_SIZE];
		unsigned int priority = rules_collection(answer, answer->rules, begin, n, name);

		for (; begin < end; begin++, priority = 0)
			firewall_rule(out, answer, rules_at(answer->rules, begin), name, priority);
	}
}

/* The name of the collection that a rule is in. */
static void
collection_of(const struct rules_answer *answer, size_t rule, char name[RULES_COLLECTION_SIZE])
{
	const struct rule_set *rules = answer->remove;
	size_t begin = 0;
	size_t n = 0;

	for (size_t end; (end = rules_collection_end(rules, begin)) <= rule; n++)
		begin = end;
	(void)rules_collection(answer, rules, begin, n, name);
}

void
rules_az_delete(FILE *out, const struct rules_answer *answer, size_t rule)
{
	char collection[RULES_COLLECTION_SIZE];

	switch (answer->target) {
	case SVCTAG_TARGET_UDR:
		fputs("az network route-table route delete", out);
		option(out, "resource-group", answer->place.resource_group);
		option(out, "route-table-name", answer->place.name);
		break;
	case SVCTAG_TARGET_FIREWALL:
		fputs("az network firewall network-rule delete", out);
		option(out, "resource-group", answer->place.resource_group);
		option(out, "firewall-name", answer->place.name);
		collection_of(answer, rule, collection);
		option(out, "collection-name", collection);
		break;
	case SVCTAG_TARGET_NSG:
	case SVCTAG_TARGET_COUNT:
		fputs("az network nsg rule delete", out);
		option(out, "resource-group", answer->place.resource_group);
		option(out, "nsg-name", answer->place.name);
		break;
	}
	option(out, "name", rules_at(answer->remove, rule)->name);
	putc('\n', out);
}

svctag_error
rules_write_az(FILE *out, const struct rules_answer *answer)
{
	if (answer->target == SVCTAG_TARGET_FIREWALL)
		firewall_rules(out, answer);
	for (size_t i = 0; answer->target != SVCTAG_TARGET_FIREWALL && i < rules_count(answer->rules); i++) {
		if (answer->target == SVCTAG_TARGET_UDR)
			route(out, answer, rules_at(answer->rules, i));
		else
			nsg_rule(out, answer, rules_at(answer->rules, i));
	}
	/* Only when the others are in place: nothing that was open is shut between. */
	for (size_t i = 0; answer->remove != NULL && i < rules_count(answer->remove); i++)
		rules_az_delete(out, answer, i);
	return format_written(out);
}
