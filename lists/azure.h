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
	const char *prefix;   /**< of a route */
	const char *next_hop[2];
};

extern const struct azure_keys azure_camel_case; /**< destinationAddressPrefix */
extern const struct azure_keys azure_snake_case; /**< destination_address_prefix */

/** Is it a rule (direction, access and addresses), or a route? */
bool azure_is_rule(const cJSON *value);
bool azure_is_route(const cJSON *value);

/** The addresses of both sides of a rule, whose name is added to the path. */
void azure_read_rule(struct reader *reader, const struct azure_keys *keys, const cJSON *rule,
		     struct listjson_path *path);

/** The prefix of a route, whose name is added to the path. */
void azure_read_route(struct reader *reader, const struct azure_keys *keys, const cJSON *route,
		      struct listjson_path *path);

/** Rules and routes in a value and in everything below it. */
void azure_walk(struct reader *reader, const cJSON *value, struct listjson_path *path);

/** First element of an array, or of the array `value` of a REST answer; the value itself otherwise. */
const cJSON *azure_first(const cJSON *value);

#endif
