/* Rules in Terraform, for the provider azurerm: a resource for each rule or route, or one group of collections. */
#include <stdlib.h>
#include <string.h>

#include <advice/rules_names.h>

#include "format.h"
#include "rules_internal.h"

/* Between double quotes: no line end, no end of the text, no ${…} or %{…}. */
static void
quoted(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if ((c == '$' || c == '%') && text[1] == '{')
			fprintf(out, "%c%c", c, c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

/* A name and a value, the signs of equality below each other as `terraform fmt` has them. */
static void
attribute(FILE *out, int indent, int width, const char *name, const char *text)
{
	fprintf(out, "%*s%-*s = ", indent, "", width, name);
	quoted(out, text);
	putc('\n', out);
}

static void
peer_list(FILE *out, int indent, int width, const char *name, const struct rule_peer *peer)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	fprintf(out, "%*s%-*s = [", indent, "", width, name);
	for (size_t i = 0; i < rules_peer_count(peer); i++) {
		fputs(i > 0 ? ", " : "", out);
		quoted(out, rules_peer_text(peer, i, text));
	}
	fputs("]\n", out);
}

static void
port_list(FILE *out, int indent, int width, const char *name, const struct rule *rule)
{
	fprintf(out, "%*s%-*s = [", indent, "", width, name);
	for (size_t i = 0; i < rule->port_count; i++) {
		fputs(i > 0 ? ", " : "", out);
		quoted(out, rule->ports[i]);
	}
	fputs("]\n", out);
}

/* The same with a variable. */
static void
variable(FILE *out, int indent, int width, const char *name, const struct rules_answer *answer, const char *of)
{
	fprintf(out, "%*s%-*s = var.", indent, "", width, name);
	rules_identifier(out, answer, of);
	putc('\n', out);
}

/* One value in the singular attribute, several in the plural. */
static void
peer(FILE *out, int width, const char *one, const char *several, const struct rule_peer *peer)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	if (rules_peer_count(peer) == 1)
		attribute(out, 2, width, one, rules_peer_text(peer, 0, text));
	else
		peer_list(out, 2, width, several, peer);
}

static void
nsg_rule(FILE *out, const struct rules_answer *answer, const struct rule *rule, const char *label)
{
	/* As long as the longest name among the attributes. */
	const int width = (int)strlen(rules_peer_count(&rule->destination) == 1 ? "network_security_group_name"
										: "destination_address_prefixes");

	fprintf(out, "\nresource \"azurerm_network_security_rule\" \"%s\" {\n", label);
	attribute(out, 2, width, "name", rule->name);
	if (rule->description[0] != '\0')
		attribute(out, 2, width, "description", rule->description);
	fprintf(out, "  %-*s = %u\n", width, "priority", rule->priority);
	attribute(out, 2, width, "direction", rules_direction(rule->direction));
	attribute(out, 2, width, "access", rules_access(rule->access));
	attribute(out, 2, width, "protocol", rule->protocol);
	peer(out, width, "source_address_prefix", "source_address_prefixes", &rule->source);
	attribute(out, 2, width, "source_port_range", "*");
	peer(out, width, "destination_address_prefix", "destination_address_prefixes", &rule->destination);
	if (rule->port_count == 1)
		attribute(out, 2, width, "destination_port_range", rule->ports[0]);
	else
		port_list(out, 2, width, "destination_port_ranges", rule);
	variable(out, 2, width, "resource_group_name", answer, "resource_group_name");
	variable(out, 2, width, "network_security_group_name", answer, "name");
	fputs("}\n", out);
}

static void
route(FILE *out, const struct rules_answer *answer, const struct rule *rule, const char *label)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];
	const char *address;
	const char *kind = rules_next_hop(rule->next_hop, &address);
	const int width = (int)strlen(address == NULL ? "resource_group_name" : "next_hop_in_ip_address");

	fprintf(out, "\nresource \"azurerm_route\" \"%s\" {\n", label);
	attribute(out, 2, width, "name", rule->name);
	attribute(out, 2, width, "address_prefix", rules_peer_text(&rule->destination, 0, text));
	attribute(out, 2, width, "next_hop_type", kind);
	if (address != NULL)
		attribute(out, 2, width, "next_hop_in_ip_address", address);
	variable(out, 2, width, "resource_group_name", answer, "resource_group_name");
	variable(out, 2, width, "route_table_name", answer, "name");
	fputs("}\n", out);
}

static void
firewall_rule(FILE *out, const struct rule *rule)
{
	const int width = 21;

	fputs("\n    rule {\n", out);
	attribute(out, 6, width, "name", rule->name);
	if (rule->description[0] != '\0')
		attribute(out, 6, width, "description", rule->description);
	fprintf(out, "      %-*s = [\"%s\"]\n", width, "protocols", rules_firewall_protocol(rule->protocol));
	peer_list(out, 6, width, "source_addresses", &rule->source);
	peer_list(out, 6, width, "destination_addresses", &rule->destination);
	port_list(out, 6, width, "destination_ports", rule);
	fputs("    }\n", out);
}

static void
firewall_group(FILE *out, const struct rules_answer *answer)
{
	size_t begin = 0;

	fputs("\ndata \"azurerm_firewall_policy\" \"", out);
	rules_identifier(out, answer, "policy");
	fputs("\" {\n", out);
	variable(out, 2, 19, "name", answer, "name");
	variable(out, 2, 19, "resource_group_name", answer, "resource_group_name");
	fputs("}\n\nresource \"azurerm_firewall_policy_rule_collection_group\" \"", out);
	rules_identifier(out, answer, "svctag");
	fputs("\" {\n  name               = \"svctag\"\n  firewall_policy_id = data.azurerm_firewall_policy.", out);
	rules_identifier(out, answer, "policy");
	fputs(".id\n  priority           = 100\n", out);
	for (size_t n = 0; begin < rules_count(answer->rules); n++) {
		size_t end = rules_collection_end(answer->rules, begin);
		char name[RULES_COLLECTION_SIZE];
		unsigned int priority = rules_collection(answer, answer->rules, begin, n, name);

		fprintf(out, "\n  network_rule_collection {\n    name     = \"%s\"\n    priority = %u\n", name,
			priority);
		attribute(out, 4, 8, "action", rules_access(rules_at(answer->rules, begin)->access));
		for (; begin < end; begin++)
			firewall_rule(out, rules_at(answer->rules, begin));
		fputs("  }\n", out);
	}
	fputs("}\n", out);
}

/* What a resource is called inside Terraform: a letter first, no dots; unique. */
struct labels {
	struct rule_names names;
	struct list_memory *memory;
};

static svctag_error
label_of(struct labels *labels, const char *prefix, const struct rule *rule, const char **ret)
{
	char label[RULE_NAME_SIZE + 1];
	bool digit = rule->name[0] >= '0' && rule->name[0] <= '9';

	if (prefix != NULL)
		snprintf(label, sizeof(label), "%s_%s", prefix, rule->name);
	else
		snprintf(label, sizeof(label), "%s%s", digit ? "_" : "", rule->name);
	for (char *c = label; *c != '\0'; c++)
		if (*c == '.')
			*c = '_';
	return rule_names_take(&labels->names, labels->memory, label, ret);
}

static svctag_error
write_resources(FILE *out, const struct rules_answer *answer, struct labels *labels)
{
	const char *label;

	for (size_t i = 0; i < rules_count(answer->rules); i++) {
		svctag_error err = label_of(labels, answer->place.label, rules_at(answer->rules, i), &label);

		if (err != SVCTAG_OK)
			return err;
		if (answer->target == SVCTAG_TARGET_UDR)
			route(out, answer, rules_at(answer->rules, i), label);
		else
			nsg_rule(out, answer, rules_at(answer->rules, i), label);
	}
	return SVCTAG_OK;
}

/* The labels are those that write_resources() gave them. */
static svctag_error
write_removed(FILE *out, const struct rules_answer *answer, struct labels *labels)
{
	const char *type = answer->target == SVCTAG_TARGET_UDR ? "azurerm_route" : "azurerm_network_security_rule";
	const char *label;

	for (size_t i = 0; i < rules_count(answer->remove); i++) {
		svctag_error err = label_of(labels, answer->place.label, rules_at(answer->remove, i), &label);

		if (err != SVCTAG_OK)
			return err;
		fprintf(out, "\nremoved {\n  from = %s.%s\n\n  lifecycle {\n    destroy = true\n  }\n}\n", type, label);
	}
	return SVCTAG_OK;
}

static void
write_variable(FILE *out, const struct rules_answer *answer, const char *name, const char *value,
	       const char *description)
{
	fputs("variable \"", out);
	rules_identifier(out, answer, name);
	fputs("\" {\n  type        = string\n  default     = ", out);
	quoted(out, value);
	fputs("\n  description = ", out);
	quoted(out, description);
	fputs("\n}\n", out);
}

static const char *
description_of(svctag_target target)
{
	switch (target) {
	case SVCTAG_TARGET_UDR: return "The route table";
	case SVCTAG_TARGET_FIREWALL: return "The firewall policy";
	case SVCTAG_TARGET_NSG:
	case SVCTAG_TARGET_COUNT: break;
	}
	return "The network security group";
}

typedef svctag_error write_part(FILE *out, const struct rules_answer *answer, struct labels *labels);

static svctag_error
with_labels(FILE *out, const struct rules_answer *answer, write_part *write)
{
	struct labels labels = { .memory = list_memory_new() };
	svctag_error err = labels.memory == NULL ? SVCTAG_E_NO_MEMORY : write(out, answer, &labels);

	rule_names_release(&labels.names);
	list_memory_free(labels.memory);
	return err;
}

svctag_error
rules_write_terraform(FILE *out, const struct rules_answer *answer)
{
	svctag_error err = SVCTAG_OK;

	if (answer->place.title != NULL) {
		fputs("# ", out);
		format_text(out, answer->place.title);
		putc('\n', out);
	}
	if (answer->remove != NULL)
		fputs("# In place of the file with the proposed rules: what it made is removed, what was is made "
		      "again.\n",
		      out);
	if (answer->place.title != NULL || answer->remove != NULL)
		putc('\n', out);
	write_variable(out, answer, "resource_group_name", answer->place.resource_group, "Its resource group");
	putc('\n', out);
	write_variable(out, answer, "name", answer->place.name, description_of(answer->target));
	/* A group of collections is one resource, which the other file's takes the place of. */
	if (answer->target == SVCTAG_TARGET_FIREWALL)
		firewall_group(out, answer);
	else
		err = with_labels(out, answer, write_resources);
	if (err == SVCTAG_OK && answer->remove != NULL && answer->target != SVCTAG_TARGET_FIREWALL)
		err = with_labels(out, answer, write_removed);
	return err == SVCTAG_OK ? format_written(out) : err;
}
