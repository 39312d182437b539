/*
 * Rules of Azure Firewall, and the address rules of storage accounts. A
 * firewall has its collections flat or nested in `properties`; a policy has
 * them in rule collection groups. A rule has no direction of its own.
 */
#include "azure_firewall.h"

#include <stdio.h>

#include "azure.h"

const struct azure_collection_keys azure_camel_collection = {
	.rules = "rules",
	.source = "sourceAddresses",
	.destination = "destinationAddresses",
	.ports = { "destinationPorts", "destinationPort" },
	.protocols = { "protocols", "ipProtocols" },
};

const struct azure_collection_keys azure_snake_collection = {
	.rules = "rule",
	.source = "source_addresses",
	.destination = "destination_addresses",
	.ports = { "destination_ports", "destination_port" },
	.protocols = { "protocols", "ip_protocols" },
};

bool
azure_is_collection(const cJSON *value)
{
	const struct azure_collection_keys *keys = &azure_camel_collection;
	const cJSON *fields = azure_fields(value);
	const cJSON *rules = listjson_member(fields, keys->rules), *rule;

	if (!cJSON_IsArray(rules) || listjson_member(fields, "action") == NULL)
		return false;
	rule = rules->child;
	return rule == NULL || listjson_has(rule, keys->source) || listjson_has(rule, keys->destination) ||
	       listjson_has(rule, "sourceIpGroups");
}

/* Allow or Deny: a word, or the type of an object. NAT collections translate; they are neither. */
static enum list_access
action_of(const cJSON *fields)
{
	const cJSON *action = listjson_member(fields, "action");

	return azure_access(cJSON_IsObject(action) ? listjson_string(action, "type") : cJSON_GetStringValue(action));
}

/* `about` is what the collection's rules have in common. */
static void
read_rule(struct reader *reader, const struct azure_collection_keys *keys, const cJSON *rule, struct list_rule about,
	  struct listjson_path *path, size_t i)
{
	const cJSON *fields = azure_fields(rule), *member;
	size_t size = path->size;
	char ports[200], protocols[100];
	struct origin origin = { .line = listjson_line(rule) };

	about.name = listjson_string(rule, "name");
	about.line = origin.line;
	about.ports = azure_join(ports, sizeof(ports), fields, keys->ports);
	about.protocol = azure_join(protocols, sizeof(protocols), fields, keys->protocols);
	listjson_path_add(path, about.name, i);
	origin.rule = reader_rule(reader, &about);
	cJSON_ArrayForEach(member, fields)
	{
		if (member->string == NULL)
			continue;
		origin.side = LIST_DESTINATION;
		if (strcmp(member->string, keys->source) == 0)
			origin.side = LIST_SOURCE;
		else if (strcmp(member->string, keys->destination) != 0)
			continue;
		listjson_values(reader, &origin, member);
	}
	listjson_path_cut(path, size);
}

/* Room for the path of a firewall or policy. */
#define RESOURCE_SIZE 200

/* What collections are in: their path without the arrays that hold them. */
static const char *
resource_of(const struct listjson_path *path, char text[RESOURCE_SIZE])
{
	static const char *const arrays[] = { "networkRuleCollections", "applicationRuleCollections",
					      "natRuleCollections", "ruleCollections" };
	size_t size = path->size;

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		if (span_ends((struct span){ .text = path->text, .size = size }, arrays[i])) {
			size -= strlen(arrays[i]);
			size -= size > 0;
			break;
		}
	}
	(void)snprintf(text, RESOURCE_SIZE, "%.*s", (int)size, path->text);
	return text;
}

void
azure_read_collection(struct reader *reader, const struct azure_collection_keys *keys, const cJSON *collection,
		      struct listjson_path *path, const char *resource)
{
	const cJSON *fields = azure_fields(collection), *rule;
	size_t size = path->size, i = 0;
	char priority[32], in[RESOURCE_SIZE];
	struct list_rule about = {
		.path = path->text,
		.kind = LIST_KIND_FIREWALL,
		.resource = resource != NULL ? resource : resource_of(path, in),
		.access = action_of(fields),
		.priority = azure_priority(fields, priority, sizeof(priority)),
	};

	if (listjson_string(collection, "name") != NULL)
		listjson_path_add(path, listjson_string(collection, "name"), 0);
	cJSON_ArrayForEach(rule, listjson_member(fields, keys->rules))
	{
		if (!reader_goes_on(reader))
			break;
		read_rule(reader, keys, rule, about, path, i++);
	}
	listjson_path_cut(path, size);
}

/* Where a storage account keeps them: at the top, or in one of its two names for the same. */
const cJSON *
azure_storage_rules(const cJSON *value)
{
	static const char *const holders[] = { "networkRuleSet", "networkAcls" };
	const cJSON *rules = listjson_member(value, "ipRules");

	for (size_t i = 0; rules == NULL && i < sizeof(holders) / sizeof(holders[0]); i++) {
		rules = listjson_member(listjson_member(value, holders[i]), "ipRules");
		if (rules == NULL)
			rules = listjson_member(listjson_member(azure_fields(value), holders[i]), "ipRules");
	}
	return rules;
}

bool
azure_is_storage(const cJSON *value)
{
	const char *type = listjson_string(value, "type");

	/* Other services have address rules of the same form, for which other addresses are allowed. */
	return cJSON_IsArray(azure_storage_rules(value)) &&
	       (type == NULL || span_is(span_of(type), "Microsoft.Storage/storageAccounts"));
}

void
azure_read_storage_rules(struct reader *reader, const cJSON *rules, const struct listjson_path *path)
{
	struct list_rule about = {
		.path = path->text,
		.kind = LIST_KIND_STORAGE,
		.line = listjson_line(rules),
		.resource = path->text,
		.direction = LIST_INBOUND,
		.access = LIST_ALLOW,
	};
	struct origin origin = { .line = about.line, .side = LIST_SOURCE, .rule = reader_rule(reader, &about) };
	const cJSON *rule;

	cJSON_ArrayForEach(rule, rules)
	{
		const cJSON *value = rule;

		if (!reader_goes_on(reader))
			break;
		if (cJSON_IsObject(rule))
			value = listjson_member(rule, "ipAddressOrRange");
		if (value == NULL)
			value = listjson_member(rule, "value");
		listjson_values(reader, &origin, value);
	}
}

static void
read_storage(struct reader *reader)
{
	struct listjson_path path = { .size = 0 };
	const cJSON *account, *first = azure_first(reader->json);
	const char *name;

	for (account = first; account != NULL; account = account->next) {
		size_t size = path.size;

		name = listjson_string(account, "name");
		if (name != NULL)
			listjson_path_add(&path, name, 0);
		azure_read_storage_rules(reader, azure_storage_rules(account), &path);
		listjson_path_cut(&path, size);
	}
}

static void
read_firewall(struct reader *reader)
{
	struct listjson_path path = { .size = 0 };

	azure_walk(reader, reader->json, &path);
}

static bool
detect_firewall(const struct reader *reader)
{
	const cJSON *first = azure_first(reader->json);

	return listjson_has(first, "networkRuleCollections") || listjson_has(first, "ruleCollections") ||
	       azure_is_collection(first);
}

static bool
detect_storage(const struct reader *reader)
{
	return azure_is_storage(azure_first(reader->json));
}

const struct list_format list_format_firewall = {
	.name = "az-firewall",
	.description = "JSON of Azure Firewall, its policies' rule collection groups, or collections alone",
	.is_json = true,
	.detect = detect_firewall,
	.read = read_firewall,
};

const struct list_format list_format_storage = {
	.name = "az-storage",
	.description = "JSON of az storage account network-rule list or storage account show",
	.is_json = true,
	.detect = detect_storage,
	.read = read_storage,
};
