/*
 * `terraform show -json`, of a plan (planned_values) or a state (values):
 * modules in modules, each with resources. Of a plan also what is known only
 * after it is applied, which resource_changes tells.
 */
#include "azure.h"
#include "azure_firewall.h"

static const cJSON *
find_values(const cJSON *root)
{
	const cJSON *planned = listjson_member(root, "planned_values");

	return planned != NULL ? planned : listjson_member(root, "values");
}

/* An empty state has a version and nothing else. */
static bool
detect(const struct reader *reader)
{
	return listjson_member(find_values(reader->json), "root_module") != NULL ||
	       (listjson_member(reader->json, "format_version") != NULL &&
		listjson_member(reader->json, "terraform_version") != NULL);
}

typedef void read_block(struct reader *reader, const struct azure_keys *keys, const cJSON *block,
			struct listjson_path *path, const char *resource);

static void
read_blocks(struct reader *reader, const cJSON *blocks, struct listjson_path *path, const char *resource,
	    read_block *read)
{
	const cJSON *block;

	cJSON_ArrayForEach(block, blocks)
	{
		if (!reader_goes_on(reader))
			break;
		read(reader, &azure_snake_case, block, path, resource);
	}
}

static void
read_group(struct reader *reader, const cJSON *values, struct listjson_path *path)
{
	struct list_rule about = {
		.path = path->text,
		.kind = LIST_KIND_IP_GROUP,
		.line = listjson_line(values),
		.resource = path->text,
	};
	struct origin origin = { .line = about.line, .rule = reader_rule(reader, &about) };

	listjson_values(reader, &origin, listjson_member(values, "cidrs"));
}

/* The group or table that a resource of its own belongs to; unknown, it is alone in one. */
static const char *
owner(const cJSON *values, const char *key, const struct listjson_path *path)
{
	const char *name = listjson_string(values, key);

	return name != NULL ? name : path->text;
}

static void
read_network(struct reader *reader, const char *type, const cJSON *values, struct listjson_path *path)
{
	const char *name = listjson_string(values, "name");

	if (name == NULL)
		name = path->text;
	if (strcmp(type, "azurerm_network_security_rule") == 0)
		azure_read_rule(reader, &azure_snake_case, values, path,
				owner(values, "network_security_group_name", path));
	else if (strcmp(type, "azurerm_network_security_group") == 0)
		read_blocks(reader, listjson_member(values, "security_rule"), path, name, azure_read_rule);
	else if (strcmp(type, "azurerm_route") == 0)
		azure_read_route(reader, &azure_snake_case, values, path, owner(values, "route_table_name", path));
	else if (strcmp(type, "azurerm_route_table") == 0)
		read_blocks(reader, listjson_member(values, "route"), path, name, azure_read_route);
	else if (strcmp(type, "azurerm_subnet") == 0)
		azure_read_endpoints(reader, listjson_member(values, "service_endpoints"), path);
	else if (strcmp(type, "azurerm_ip_group") == 0 || strcmp(type, "azurerm_ip_group_cidr") == 0)
		read_group(reader, values, path);
}

static void
read_firewall(struct reader *reader, const char *type, const cJSON *values, struct listjson_path *path)
{
	static const char *const blocks[] = { "network_rule_collection", "application_rule_collection",
					      "nat_rule_collection" };
	const cJSON *block;

	if (strcmp(type, "azurerm_firewall_network_rule_collection") == 0)
		azure_read_collection(reader, &azure_snake_collection, values, path,
				      owner(values, "azure_firewall_name", path));
	if (strcmp(type, "azurerm_firewall_policy_rule_collection_group") != 0)
		return;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		cJSON_ArrayForEach(block, listjson_member(values, blocks[i]))
			azure_read_collection(reader, &azure_snake_collection, block, path, path->text);
	}
}

static void
read_storage(struct reader *reader, const char *type, const cJSON *values, struct listjson_path *path)
{
	const cJSON *block;

	if (strcmp(type, "azurerm_storage_account_network_rules") == 0)
		azure_read_storage_rules(reader, listjson_member(values, "ip_rules"), path);
	if (strcmp(type, "azurerm_storage_account") != 0)
		return;
	cJSON_ArrayForEach(block, listjson_member(values, "network_rules"))
		azure_read_storage_rules(reader, listjson_member(block, "ip_rules"), path);
}

static void
read_resource(struct reader *reader, const cJSON *resource)
{
	const char *type = listjson_string(resource, "type");
	const char *address = listjson_string(resource, "address");
	const cJSON *values = listjson_member(resource, "values");
	struct listjson_path path = { .size = 0 };

	if (type == NULL || values == NULL)
		return;
	listjson_path_add(&path, address != NULL ? address : type, 0);
	read_network(reader, type, values, &path);
	read_firewall(reader, type, values, &path);
	read_storage(reader, type, values, &path);
}

/* Recursion as deep as the document, which is at most LISTJSON_MAX_DEPTH. */
static void
read_module(struct reader *reader, const cJSON *module)
{
	const cJSON *resource, *child;

	cJSON_ArrayForEach(resource, listjson_member(module, "resources"))
	{
		if (!reader_goes_on(reader))
			return;
		read_resource(reader, resource);
	}
	cJSON_ArrayForEach(child, listjson_member(module, "child_modules")) read_module(reader, child);
}

/* Keys that hold addresses, of whatever resource. */
static bool
holds_addresses(const char *key)
{
	const struct azure_keys *keys = &azure_snake_case;
	const char *const names[] = { keys->source,
				      keys->sources,
				      keys->destination,
				      keys->destinations,
				      keys->prefix,
				      "cidrs",
				      "security_rule",
				      "route",
				      "ip_rules",
				      azure_snake_collection.source,
				      azure_snake_collection.destination };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(key, names[i]) == 0)
			return true;
	}
	return false;
}

/* In after_unknown `true` stands in the place of what is not known yet. */
static bool
is_unknown(const cJSON *value)
{
	const cJSON *child;

	if (cJSON_IsTrue(value))
		return true;
	cJSON_ArrayForEach(child, value)
	{
		if ((child->string == NULL || holds_addresses(child->string)) && is_unknown(child))
			return true;
	}
	return false;
}

static void
report_unknown(struct reader *reader, const cJSON *change)
{
	const char *type = listjson_string(change, "type");
	const char *address = listjson_string(change, "address");
	const cJSON *member;

	if (type == NULL || !span_begins(span_of(type), "azurerm_"))
		return;
	cJSON_ArrayForEach(member, listjson_member(listjson_member(change, "change"), "after_unknown"))
	{
		struct list_rule about = { .path = address != NULL ? address : type };
		struct origin origin = { .line = listjson_line(member) };

		if (member->string == NULL || !holds_addresses(member->string) || !is_unknown(member))
			continue;
		origin.rule = reader_rule(reader, &about);
		reader_problem(reader, &origin, span_of(member->string), "known only after the plan is applied");
	}
}

static void
read_all(struct reader *reader)
{
	const cJSON *change;

	read_module(reader, listjson_member(find_values(reader->json), "root_module"));
	cJSON_ArrayForEach(change, listjson_member(reader->json, "resource_changes"))
	{
		if (!reader_goes_on(reader))
			break;
		report_unknown(reader, change);
	}
}

const struct list_format list_format_terraform = {
	.name = "terraform",
	.description = "JSON of terraform show -json, a plan or a state",
	.is_json = true,
	.detect = detect,
	.read = read_all,
};
