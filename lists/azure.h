/**
 * @file
 * Rules and routes of Azure, wherever they lie in a document: as the command
 * line lists them, in whole network security groups and route tables, with
 * their fields in `properties` as REST and templates have them.
 */
#ifndef LISTS_AZURE_H
#define LISTS_AZURE_H

#include "json.h"

/** What a rule's or route's members are called. */
struct azure_keys {
	const char *source, *sources, *destination, *destinations;
	const char *ports[2]; /**< of the destination: one, several */
	const char *source_ports[2];
	const char *prefix; /**< of a route */
	const char *next_hop[2];
};

extern const struct azure_keys azure_camel_case; /**< destinationAddressPrefix */
extern const struct azure_keys azure_snake_case; /**< destination_address_prefix */

/** Is it a rule (direction, access and addresses), or a route? */
bool azure_is_rule(const cJSON *value);
bool azure_is_route(const cJSON *value);

/**
 * The addresses of both sides of a rule, whose name is added to the path.
 * @param resource  the group that it is in; NULL: what its id, name or path says
 */
void azure_read_rule(struct reader *reader, const struct azure_keys *keys, const cJSON *rule,
		     struct listjson_path *path, const char *resource);

/** The prefix of a route, likewise. */
void azure_read_route(struct reader *reader, const struct azure_keys *keys, const cJSON *route,
		      struct listjson_path *path, const char *resource);

/** The object that holds the fields: the rule itself, or what it nests them in. */
const cJSON *azure_fields(const cJSON *rule);

/** Text of one or several members, joined by commas and cut to fit; NULL if there is none. */
const char *azure_join(char *text, size_t size, const cJSON *fields, const char *const keys[2]);

/** "allow" or "deny" in any letter case. NULL is neither. */
enum list_access azure_access(const char *text);

/** The priority as digits; NULL if it is no number. */
const char *azure_priority(const cJSON *fields, char *text, size_t size);

/** The service endpoints of a subnet: names, or objects that have them as `service`. */
void azure_read_endpoints(struct reader *reader, const cJSON *endpoints, const struct listjson_path *path);

/** Rules and routes in a value and in everything below it. */
void azure_walk(struct reader *reader, const cJSON *value, struct listjson_path *path);

/** First element of an array, or of the array `value` of a REST answer; the value itself otherwise. */
const cJSON *azure_first(const cJSON *value);

#endif
