/*
 * Rules in Bicep. The objects are those of the JSON output, printed in Bicep's
 * spelling; one resource loops over them, one at a time, because Azure changes
 * a group or table only once at any moment.
 */
#include <string.h>

#include "format.h"
#include "rules_internal.h"

/* Between single quotes: no line end, no end of the text, no ${…}. */
static void
quoted(FILE *out, const char *text)
{
	putc('\'', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\'' || c == '\\' || (c == '$' && text[1] == '{'))
			fprintf(out, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", out);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u{%x}", c);
		else
			putc(c, out);
	}
	putc('\'', out);
}

static void
indent(FILE *out, int depth)
{
	fprintf(out, "%*s", 2 * depth, "");
}

/* Recursion as deep as what this project builds: five. Keys are identifiers. */
static void
value(FILE *out, const cJSON *item, int depth)
{
	bool object = cJSON_IsObject(item);
	const cJSON *child;

	if (cJSON_IsString(item)) {
		quoted(out, item->valuestring);
	} else if (cJSON_IsNumber(item)) {
		fprintf(out, "%.0f", item->valuedouble);
	} else if (!object && !cJSON_IsArray(item)) {
		fputs("null", out);
	} else if (item->child == NULL) {
		fputs(object ? "{}" : "[]", out);
	} else {
		fputs(object ? "{\n" : "[\n", out);
		cJSON_ArrayForEach(child, item)
		{
			indent(out, depth + 1);
			if (object)
				fprintf(out, "%s: ", child->string);
			value(out, child, depth + 1);
			putc('\n', out);
		}
		indent(out, depth);
		putc(object ? '}' : ']', out);
	}
}

/* "[", the rules or collections, "]". */
static svctag_error
write_array(FILE *out, const struct rules_answer *answer, int depth)
{
	bool collections = answer->target == SVCTAG_TARGET_FIREWALL;
	size_t count = rules_count(answer->rules);
	size_t end;

	fputs("[\n", out);
	for (size_t i = 0, n = 0; i < count; i = end, n++) {
		struct json json = { 0 };
		cJSON *root;

		end = collections ? rules_collection_end(answer->rules, i) : i + 1;
		root = collections ? rules_json_collection(&json, answer, i, end, n)
				   : rules_json_rule(&json, answer->target, rules_at(answer->rules, i), true);
		if (!json.failed) {
			indent(out, depth + 1);
			value(out, root, depth + 1);
			putc('\n', out);
		}
		cJSON_Delete(root);
		if (json.failed)
			return SVCTAG_E_NO_MEMORY;
	}
	indent(out, depth);
	putc(']', out);
	return SVCTAG_OK;
}

/* A deployment only adds and changes: what has to go is told as commands. */
static void
write_removed(FILE *out, const struct rules_answer *answer)
{
	/* The rules of a firewall policy are one resource: this one takes the other's place. */
	if (answer->remove == NULL || answer->target == SVCTAG_TARGET_FIREWALL)
		return;
	fputs("// A deployment removes nothing. After it, run:\n", out);
	for (size_t i = 0; i < rules_count(answer->remove); i++) {
		fputs("//   ", out);
		rules_az_delete(out, answer, i);
	}
}

static void
write_parameter(FILE *out, const struct rules_answer *answer, const char *description)
{
	if (answer->place.title != NULL) {
		fputs("// ", out);
		format_text(out, answer->place.title);
		putc('\n', out);
	}
	write_removed(out, answer);
	fprintf(out, "@description('%s, in the resource group that is deployed to')\nparam ", description);
	rules_identifier(out, answer, "name");
	fputs(" string = ", out);
	quoted(out, answer->place.name);
	fputs("\n\n", out);
}

/* What the rules are put into, which is there. */
static void
write_existing(FILE *out, const struct rules_answer *answer, const char *description, const char *identifier,
	       const char *type)
{
	write_parameter(out, answer, description);
	fputs("resource ", out);
	rules_identifier(out, answer, identifier);
	fprintf(out, " '%s@2024-05-01' existing = {\n  name: ", type);
	rules_identifier(out, answer, "name");
	fputs("\n}\n\n", out);
}

/* Children of a group or table that exists. */
static svctag_error
write_children(FILE *out, const struct rules_answer *answer, const char *description, const char *parent,
	       const char *child)
{
	svctag_error err;

	write_existing(out, answer, description, "parentResource", parent);
	fputs("var ", out);
	rules_identifier(out, answer, "rules");
	fputs(" = ", out);
	err = write_array(out, answer, 0);
	fputs("\n\n@batchSize(1)\nresource ", out);
	rules_identifier(out, answer, "children");
	fprintf(out, " '%s/%s@2024-05-01' = [\n  for rule in ", parent, child);
	rules_identifier(out, answer, "rules");
	fputs(": {\n    parent: ", out);
	rules_identifier(out, answer, "parentResource");
	fputs("\n    name: rule.name\n    properties: rule.properties\n  }\n]\n", out);
	return err;
}

static svctag_error
write_policy(FILE *out, const struct rules_answer *answer)
{
	svctag_error err;

	write_existing(out, answer, "The firewall policy", "policy", "Microsoft.Network/firewallPolicies");
	fputs("resource ", out);
	rules_identifier(out, answer, "group");
	fputs(" 'Microsoft.Network/firewallPolicies/ruleCollectionGroups@2024-05-01' = {\n  parent: ", out);
	rules_identifier(out, answer, "policy");
	fputs("\n  name: 'svctag'\n  properties: {\n    priority: 100\n    ruleCollections: ", out);
	err = write_array(out, answer, 2);
	fputs("\n  }\n}\n", out);
	return err;
}

svctag_error
rules_write_bicep(FILE *out, const struct rules_answer *answer)
{
	svctag_error err = SVCTAG_OK;

	switch (answer->target) {
	case SVCTAG_TARGET_UDR:
		err = write_children(out, answer, "The route table", "Microsoft.Network/routeTables", "routes");
		break;
	case SVCTAG_TARGET_FIREWALL: err = write_policy(out, answer); break;
	case SVCTAG_TARGET_NSG:
	case SVCTAG_TARGET_COUNT:
		err = write_children(out, answer, "The network security group",
				     "Microsoft.Network/networkSecurityGroups", "securityRules");
		break;
	}
	return err == SVCTAG_OK ? format_written(out) : err;
}
