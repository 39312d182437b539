#include "azure.h"

#include <stdio.h>

#include "azure_firewall.h"

const struct azure_keys azure_camel_case = {
	.source = "sourceAddressPrefix",
	.sources = "sourceAddressPrefixes",
	.destination = "destinationAddressPrefix",
	.destinations = "destinationAddressPrefixes",
	.ports = { "destinationPortRange", "destinationPortRanges" },
	.source_ports = { "sourcePortRange", "sourcePortRanges" },
	.prefix = "addressPrefix",
	.next_hop = { "nextHopType", "nextHopIpAddress" },
};

const struct azure_keys azure_snake_case = {
	.source = "source_address_prefix",
	.sources = "source_address_prefixes",
	.destination = "destination_address_prefix",
	.destinations = "destination_address_prefixes",
	.ports = { "destination_port_range", "destination_port_ranges" },
	.source_ports = { "source_port_range", "source_port_ranges" },
	.prefix = "address_prefix",
	.next_hop = { "next_hop_type", "next_hop_in_ip_address" },
};

bool
azure_is_rule(const cJSON *value)
{
	return listjson_has(value, "direction") && listjson_has(value, "access") &&
	       (listjson_has(value, azure_camel_case.destination) ||
		listjson_has(value, azure_camel_case.destinations) || listjson_has(value, azure_camel_case.source) ||
		listjson_has(value, azure_camel_case.sources));
}

bool
azure_is_route(const cJSON *value)
{
	return listjson_has(value, azure_camel_case.prefix) && listjson_has(value, azure_camel_case.next_hop[0]);
}

static void
join_one(char *text, size_t size, const cJSON *value)
{
	size_t used = strlen(text);
	const char *port = cJSON_GetStringValue(value);

	if (port != NULL && port[0] != '\0')
		(void)snprintf(text + used, size - used, "%s%s", used > 0 ? "," : "", port);
	else if (cJSON_IsNumber(value))
		(void)snprintf(text + used, size - used, "%s%.0f", used > 0 ? "," : "", value->valuedouble);
}

const char *
azure_join(char *text, size_t size, const cJSON *fields, const char *const keys[2])
{
	text[0] = '\0';
	for (size_t i = 0; i < 2; i++) {
		const cJSON *value = listjson_member(fields, keys[i]), *element;

		if (!cJSON_IsArray(value)) {
			join_one(text, size, value);
			continue;
		}
		cJSON_ArrayForEach(element, value)
		{
			if (strlen(text) + 1 == size)
				break;
			join_one(text, size, element);
		}
	}
	return text[0] != '\0' ? text : NULL;
}

static enum list_direction
direction_of(const cJSON *fields)
{
	const char *text = listjson_string(fields, "direction");

	if (text == NULL)
		return LIST_DIRECTION_NONE;
	if (span_is(span_of(text), "inbound"))
		return LIST_INBOUND;
	return span_is(span_of(text), "outbound") ? LIST_OUTBOUND : LIST_DIRECTION_NONE;
}

enum list_access
azure_access(const char *text)
{
	if (text == NULL)
		return LIST_ACCESS_NONE;
	if (span_is(span_of(text), "allow"))
		return LIST_ALLOW;
	return span_is(span_of(text), "deny") ? LIST_DENY : LIST_ACCESS_NONE;
}

const cJSON *
azure_fields(const cJSON *rule)
{
	const cJSON *properties = listjson_member(rule, "properties");

	return cJSON_IsObject(properties) ? properties : rule;
}

const char *
azure_priority(const cJSON *fields, char *text, size_t size)
{
	const cJSON *priority = listjson_member(fields, "priority");

	if (!cJSON_IsNumber(priority))
		return NULL;
	(void)snprintf(text, size, "%.0f", priority->valuedouble);
	return text;
}

/* Member by member, so that one that appears twice is read twice. */
static void
read_sides(struct reader *reader, const struct azure_keys *keys, const cJSON *fields, struct origin *origin)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, fields)
	{
		const char *key = member->string;

		if (key == NULL)
			continue;
		if (strcmp(key, keys->source) == 0 || strcmp(key, keys->sources) == 0)
			origin->side = LIST_SOURCE;
		else if (strcmp(key, keys->destination) == 0 || strcmp(key, keys->destinations) == 0)
			origin->side = LIST_DESTINATION;
		else
			continue;
		listjson_values(reader, origin, member);
	}
}

/* The segment behind a word of an id: ".../networkSecurityGroups/edge/...". Empty if the word is not in it. */
static struct span
segment_after(const char *id, const char *word)
{
	struct span rest = span_of(id != NULL ? id : "");
	size_t size = 0;

	while (rest.size > 0 && !span_begins(rest, word))
		rest = span_from(rest, 1);
	if (rest.size == 0)
		return rest;
	rest = span_from(rest, strlen(word));
	while (size < rest.size && rest.text[size] != '/')
		size++;
	return (struct span){ .text = rest.text, .size = size };
}

/* Does the path end in this, as a whole step of it? */
static bool
path_ends(const struct listjson_path *path, const char *step)
{
	size_t size = strlen(step);

	return path->size >= size && strcmp(path->text + path->size - size, step) == 0 &&
	       (path->size == size || path->text[path->size - size - 1] == '/');
}

/* Room for the name of a resource: a path, and a step of it. */
#define RESOURCE_SIZE 400

/*
 * What a rule is in: as its id says; or the path without the array that holds
 * the rules; or the path with the first part of a name "group/rule", as
 * templates have it. Rules without any of these are in one group without name.
 */
static const char *
resource_of(const cJSON *rule, const struct listjson_path *path, char text[RESOURCE_SIZE])
{
	static const char *const arrays[] = { "securityRules", "defaultSecurityRules", "routes" };
	static const char *const words[] = { "/networkSecurityGroups/", "/routeTables/" };
	const char *name = listjson_string(rule, "name");
	const char *slash = name != NULL && name[0] != '[' ? strrchr(name, '/') : NULL;
	size_t size = path->size;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct span segment = segment_after(listjson_string(rule, "id"), words[i]);

		if (segment.size > 0 && segment.size < RESOURCE_SIZE) {
			(void)snprintf(text, RESOURCE_SIZE, "%.*s", (int)segment.size, segment.text);
			return text;
		}
	}
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		if (path_ends(path, arrays[i])) {
			size -= strlen(arrays[i]);
			size -= size > 0;
			slash = NULL;
			break;
		}
	}
	(void)snprintf(text, RESOURCE_SIZE, "%.*s%s%.*s", (int)size, path->text, size > 0 && slash != NULL ? "/" : "",
		       slash != NULL ? (int)(slash - name) : 0, name != NULL ? name : "");
	return text;
}

/* What every group has besides its own rules: below the priorities that people can give. */
#define LEAST_DEFAULT_PRIORITY 65000

static enum list_kind
kind_of(const cJSON *fields, const struct listjson_path *path)
{
	const cJSON *priority = listjson_member(fields, "priority");

	return path_ends(path, "defaultSecurityRules") ||
			       (cJSON_IsNumber(priority) && priority->valuedouble >= LEAST_DEFAULT_PRIORITY)
		       ? LIST_KIND_NSG_DEFAULT
		       : LIST_KIND_NSG;
}

void
azure_read_rule(struct reader *reader, const struct azure_keys *keys, const cJSON *rule, struct listjson_path *path,
		const char *resource)
{
	const cJSON *fields = azure_fields(rule);
	size_t size = path->size;
	char ports[200], source_ports[200], priority[32], in[RESOURCE_SIZE];
	struct list_rule about = {
		.path = path->text,
		.kind = kind_of(fields, path),
		.line = listjson_line(rule),
		.name = listjson_string(rule, "name"),
		.resource = resource != NULL ? resource : resource_of(rule, path, in),
		.direction = direction_of(fields),
		.access = azure_access(listjson_string(fields, "access")),
		.protocol = listjson_string(fields, "protocol"),
		.ports = azure_join(ports, sizeof(ports), fields, keys->ports),
		.source_ports = azure_join(source_ports, sizeof(source_ports), fields, keys->source_ports),
		.priority = azure_priority(fields, priority, sizeof(priority)),
	};
	struct origin origin = { .line = about.line };

	if (about.name != NULL)
		listjson_path_add(path, about.name, 0);
	origin.rule = reader_rule(reader, &about);
	read_sides(reader, keys, fields, &origin);
	listjson_path_cut(path, size);
}

void
azure_read_route(struct reader *reader, const struct azure_keys *keys, const cJSON *route, struct listjson_path *path,
		 const char *resource)
{
	const cJSON *fields = azure_fields(route), *member;
	size_t size = path->size;
	char next_hop[200], in[RESOURCE_SIZE];
	struct list_rule about = {
		.path = path->text,
		.kind = LIST_KIND_ROUTE,
		.line = listjson_line(route),
		.name = listjson_string(route, "name"),
		.resource = resource != NULL ? resource : resource_of(route, path, in),
		.direction = LIST_OUTBOUND,
		.next_hop = azure_join(next_hop, sizeof(next_hop), fields, keys->next_hop),
	};
	struct origin origin = { .line = about.line, .side = LIST_DESTINATION };

	if (about.name != NULL)
		listjson_path_add(path, about.name, 0);
	origin.rule = reader_rule(reader, &about);
	cJSON_ArrayForEach(member, fields)
	{
		if (member->string != NULL && strcmp(member->string, keys->prefix) == 0)
			listjson_values(reader, &origin, member);
	}
	listjson_path_cut(path, size);
}

void
azure_read_endpoints(struct reader *reader, const cJSON *endpoints, const struct listjson_path *path)
{
	const cJSON *endpoint;

	cJSON_ArrayForEach(endpoint, endpoints)
	{
		const char *service = cJSON_GetStringValue(endpoint);

		if (service == NULL)
			service = listjson_string(endpoint, "service");
		if (service != NULL)
			reader_endpoint(reader, listjson_line(endpoint), path->text, span_of(service));
	}
}

/* In place of rules or resources: what the template makes of it cannot be seen from here. */
static void
report_expression(struct reader *reader, const cJSON *value, const struct listjson_path *path)
{
	static const char *const holders[] = { "securityRules", "defaultSecurityRules", "routes",
					       "resources",     "ruleCollections",      "networkRuleCollections" };
	struct list_rule about = { .path = path->text };
	struct origin origin = { .line = listjson_line(value) };

	for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
		if (strcmp(value->string, holders[i]) != 0)
			continue;
		origin.rule = reader_rule(reader, &about);
		reader_problem(reader, &origin, span_of(value->valuestring),
			       "a template expression in place of %s: what it stands for is not in this file",
			       holders[i]);
	}
}

static void
walk_member(struct reader *reader, const cJSON *value, struct listjson_path *path, size_t i)
{
	size_t size = path->size;

	if (value->string != NULL && cJSON_IsString(value)) {
		report_expression(reader, value, path);
		return;
	}
	if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
		return;
	if (value->string != NULL && strcmp(value->string, "serviceEndpoints") == 0) {
		azure_read_endpoints(reader, value, path);
		return;
	}
	/* Things are called by their names; only what has none is called by its place. `properties` says nothing. */
	if (listjson_string(value, "name") == NULL &&
	    (value->string == NULL || strcmp(value->string, "properties") != 0))
		listjson_path_add(path, value->string, i);
	azure_walk(reader, value, path);
	listjson_path_cut(path, size);
}

/* Recursion as deep as the document, which is at most LISTJSON_MAX_DEPTH. */
void
azure_walk(struct reader *reader, const cJSON *value, struct listjson_path *path)
{
	size_t size = path->size, i = 0;
	const cJSON *child;

	if (azure_is_rule(value)) {
		azure_read_rule(reader, &azure_camel_case, value, path, NULL);
		return;
	}
	if (azure_is_route(value)) {
		azure_read_route(reader, &azure_camel_case, value, path, NULL);
		return;
	}
	if (azure_is_collection(value)) {
		azure_read_collection(reader, &azure_camel_collection, value, path, NULL);
		return;
	}
	if (listjson_string(value, "name") != NULL)
		listjson_path_add(path, listjson_string(value, "name"), 0);
	if (listjson_string(value, "type") != NULL && azure_is_storage(value))
		azure_read_storage_rules(reader, azure_storage_rules(value), path);
	cJSON_ArrayForEach(child, value)
	{
		if (!reader_goes_on(reader))
			break;
		walk_member(reader, child, path, i++);
	}
	listjson_path_cut(path, size);
}

const cJSON *
azure_first(const cJSON *value)
{
	const cJSON *array = cJSON_IsArray(value) ? value : listjson_member(value, "value");

	return cJSON_IsArray(array) && array->child != NULL ? array->child : value;
}
