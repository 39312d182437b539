#include "rules.h"

#include <stdio.h>
#include <string.h>

#include "rules_internal.h"

/* Most letters of a resource group's name. */
#define PLACE_SIZE 90
/* How far the collections that are restored stand from those that are removed. */
#define RESTORED_PRIORITY 5000U

static const char *const output_names[RULES_OUTPUT_COUNT] = {
	[RULES_AZ] = "az",
	[RULES_BICEP] = "bicep",
	[RULES_TERRAFORM] = "terraform",
	[RULES_JSON] = "json",
};

const char *
rules_output_text(enum rules_output output)
{
	return output_names[output];
}

bool
rules_output_parse(const char *text, enum rules_output *ret)
{
	for (int i = 0; i < RULES_OUTPUT_COUNT; i++)
		if (strcmp(text, output_names[i]) == 0) {
			*ret = (enum rules_output)i;
			return true;
		}
	return false;
}

bool
rules_place_is_valid(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-()";
	size_t size = strlen(name);

	return size > 0 && size <= PLACE_SIZE && strspn(name, letters) == size && name[0] != '-';
}

void
rules_identifier(FILE *out, const struct rules_answer *answer, const char *name)
{
	for (const char *c = answer->place.label; c != NULL && *c != '\0'; c++)
		putc(*c == '-' ? '_' : *c, out);
	fprintf(out, "%s%s", answer->place.label != NULL ? "_" : "", name);
}

const char *
rules_access(enum list_access access)
{
	return access == LIST_DENY ? "Deny" : "Allow";
}

const char *
rules_direction(enum list_direction direction)
{
	return direction == LIST_INBOUND ? "Inbound" : "Outbound";
}

const char *
rules_firewall_protocol(const char *protocol)
{
	static const struct {
		const char *protocol, *spelling;
	} known[] = { { "Tcp", "TCP" }, { "Udp", "UDP" }, { "Icmp", "ICMP" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(protocol, known[i].protocol) == 0)
			return known[i].spelling;
	return "Any";
}

const char *
rules_next_hop(const char *next_hop, const char **ret_address)
{
	static const char appliance[] = "VirtualAppliance";
	size_t size = sizeof(appliance) - 1;

	*ret_address = NULL;
	if (strncmp(next_hop, appliance, size) != 0)
		return next_hop;
	*ret_address = next_hop + size + 1;
	return appliance;
}

size_t
rules_peer_count(const struct rule_peer *peer)
{
	return peer->kind == RULE_ADDRESSES ? peer->prefix_count : 1;
}

const char *
rules_peer_text(const struct rule_peer *peer, size_t i, char text[SVCTAG_PREFIX_TEXT_SIZE])
{
	if (peer->kind == RULE_ANY)
		return "*";
	if (peer->kind == RULE_TAG)
		return peer->tag;
	svctag_prefix_format(&peer->prefixes[i], text);
	return text;
}

size_t
rules_collection_end(const struct rule_set *rules, size_t begin)
{
	size_t end = begin + 1;

	while (end < rules_count(rules) && rules_at(rules, end)->access == rules_at(rules, begin)->access)
		end++;
	return end;
}

unsigned int
rules_collection(const struct rules_answer *answer, const struct rule_set *rules, size_t begin, size_t n,
		 char name[RULES_COLLECTION_SIZE])
{
	bool deny = rules_at(rules, begin)->access == LIST_DENY;
	/* What is restored stands beside what is removed, for a moment. */
	bool restored = answer->remove != NULL && rules == answer->rules;

	snprintf(name, RULES_COLLECTION_SIZE, "svctag-%s%s-%zu", restored ? "restored-" : "", deny ? "deny" : "allow",
		 n + 1);
	return RULE_LEAST_PRIORITY + (restored ? RESTORED_PRIORITY : 0U) + (unsigned int)n;
}

static const char *
default_name(svctag_target target)
{
	switch (target) {
	case SVCTAG_TARGET_UDR: return "my-route-table";
	case SVCTAG_TARGET_FIREWALL: return "my-firewall";
	case SVCTAG_TARGET_NSG:
	case SVCTAG_TARGET_COUNT: break;
	}
	return "my-nsg";
}

static svctag_error
write_rules(FILE *out, enum rules_output output, const struct rules_answer *answer)
{
	switch (output) {
	case RULES_AZ: return rules_write_az(out, answer);
	case RULES_BICEP: return rules_write_bicep(out, answer);
	case RULES_TERRAFORM: return rules_write_terraform(out, answer);
	case RULES_JSON: return rules_write_json(out, answer);
	case RULES_OUTPUT_COUNT: break;
	}
	return SVCTAG_E_INVALID;
}

static struct rules_answer
answer_of(const struct rule_set *rules, const struct rule_set *remove, const struct rules_place *place)
{
	struct rules_answer answer = {
		.rules = rules, .remove = remove, .place = *place, .target = rules_target(rules)
	};

	if (answer.place.resource_group == NULL)
		answer.place.resource_group = "my-resource-group";
	if (answer.place.name == NULL)
		answer.place.name = default_name(answer.target);
	return answer;
}

svctag_error
report_rules(FILE *out, enum rules_output output, const struct rule_set *rules, const struct rules_place *place)
{
	const struct rules_answer answer = answer_of(rules, NULL, place);

	return write_rules(out, output, &answer);
}

svctag_error
report_rules_rollback(FILE *out, enum rules_output output, const struct rule_set *remove,
		      const struct rule_set *restore, const struct rules_place *place)
{
	const struct rules_answer answer = answer_of(restore, remove, place);

	return write_rules(out, output, &answer);
}
