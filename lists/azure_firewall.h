/**
 * @file
 * Collections of rules of Azure Firewall and of its policies, and the address
 * rules of a storage account's firewall, wherever they lie in a document.
 */
#ifndef LISTS_AZURE_FIREWALL_H
#define LISTS_AZURE_FIREWALL_H

#include "json.h"

/** What the members of a collection and its rules are called. */
struct azure_collection_keys {
	const char *rules;
	const char *source, *destination;
	const char *ports[2];
	const char *protocols[2]; /**< of a firewall, of a policy */
};

extern const struct azure_collection_keys azure_camel_collection; /**< destinationAddresses */
extern const struct azure_collection_keys azure_snake_collection; /**< destination_addresses */

/** Is it a collection: an action, and rules whose sides are arrays of addresses? */
bool azure_is_collection(const cJSON *value);

/**
 * Its rules: network, application and NAT alike; names of hosts are none of the list's.
 * @param resource  the firewall or policy that it is in; NULL: what its path says
 */
void azure_read_collection(struct reader *reader, const struct azure_collection_keys *keys, const cJSON *collection,
			   struct listjson_path *path, const char *resource);

/** Is it the network rules of a storage account: with `ipRules` that are objects? */
bool azure_is_storage(const cJSON *value);

/** Those of a storage account, or of what holds its rules; NULL if there are none. */
const cJSON *azure_storage_rules(const cJSON *value);

/** Addresses, or objects that have them as `ipAddressOrRange` or `value`. */
void azure_read_storage_rules(struct reader *reader, const cJSON *rules, const struct listjson_path *path);

#endif
