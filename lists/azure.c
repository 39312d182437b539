#include "azure.h"

#include <stdio.h>

const struct azure_keys azure_camel_case = {
	.source = "sourceAddressPrefix",
	.sources = "sourceAddressPrefixes",
	.destination = "destinationAddressPrefix",
	.destinations = "destinationAddressPrefixes",
	.ports = { "destinationPortRange", "destinationPortRanges" },
	.prefix = "addressPrefix",
	.next_hop = { "nextHopType", "nextHopIpAddress" },
};

const struct azure_keys azure_snake_case = {
	.source = "source_address_prefix",
	.sources = "source_address_prefixes",
	.destination = "destination_address_prefix",
	.destinations = "destination_address_prefixes",
	.ports = { "destination_port_range", "destination_port_ranges" },
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

/* Text of one or several members, joined by commas and cut to fit; NULL if there is none. */
static const char *
join(char *text, size_t size, const cJSON *fields, const char *const keys[2])
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

static enum list_access
access_of(const cJSON *fields)
{
	const char *text = listjson_string(fields, "access");

	if (text == NULL)
		return LIST_ACCESS_NONE;
	if (span_is(span_of(text), "allow"))
		return LIST_ALLOW;
	return span_is(span_of(text), "deny") ? LIST_DENY : LIST_ACCESS_NONE;
}

/* The object that holds the fields: the rule itself, or what it nests them in. */
static const cJSON *
fields_of(const cJSON *rule)
{
	const cJSON *properties = listjson_member(rule, "properties");

	return cJSON_IsObject(properties) ? properties : rule;
}

static const char *
priority_of(const cJSON *fields, char *text, size_t size)
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

void
azure_read_rule(struct reader *reader, const struct azure_keys *keys, const cJSON *rule, struct listjson_path *path)
{
	const cJSON *fields = fields_of(rule);
	size_t size = path->size;
	char ports[200], priority[32];
	struct list_rule about = {
		.path = path->text,
		.direction = direction_of(fields),
		.access = access_of(fields),
		.protocol = listjson_string(fields, "protocol"),
		.ports = join(ports, sizeof(ports), fields, keys->ports),
		.priority = priority_of(fields, priority, sizeof(priority)),
	};
	struct origin origin = { .line = listjson_line(rule) };

	if (listjson_string(rule, "name") != NULL)
		listjson_path_add(path, listjson_string(rule, "name"), 0);
	origin.rule = reader_rule(reader, &about);
	read_sides(reader, keys, fields, &origin);
	listjson_path_cut(path, size);
}

void
azure_read_route(struct reader *reader, const struct azure_keys *keys, const cJSON *route, struct listjson_path *path)
{
	const cJSON *fields = fields_of(route), *member;
	size_t size = path->size;
	char next_hop[200];
	struct list_rule about = {
		.path = path->text,
		.direction = LIST_OUTBOUND,
		.next_hop = join(next_hop, sizeof(next_hop), fields, keys->next_hop),
	};
	struct origin origin = { .line = listjson_line(route), .side = LIST_DESTINATION };

	if (listjson_string(route, "name") != NULL)
		listjson_path_add(path, listjson_string(route, "name"), 0);
	origin.rule = reader_rule(reader, &about);
	cJSON_ArrayForEach(member, fields)
	{
		if (member->string != NULL && strcmp(member->string, keys->prefix) == 0)
			listjson_values(reader, &origin, member);
	}
	listjson_path_cut(path, size);
}

/* In place of rules or resources: what the template makes of it cannot be seen from here. */
static void
report_expression(struct reader *reader, const cJSON *value, const struct listjson_path *path)
{
	static const char *const holders[] = { "securityRules", "defaultSecurityRules", "routes", "resources" };
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
		azure_read_rule(reader, &azure_camel_case, value, path);
		return;
	}
	if (azure_is_route(value)) {
		azure_read_route(reader, &azure_camel_case, value, path);
		return;
	}
	if (listjson_string(value, "name") != NULL)
		listjson_path_add(path, listjson_string(value, "name"), 0);
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
