/*
 * A hash table with chains. The seed keeps anyone from choosing addresses that
 * all go into one chain.
 */
#include "addresses.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define CHAIN_BITS 10

struct client {
	struct client *next;
	struct client_key key;
	size_t count; /* never 0 */
};

struct addresses {
	uint64_t seed;
	struct client *chains[1U << CHAIN_BITS];
};

struct client_key
client_key_of(const struct sockaddr *address)
{
	struct client_key key = { .counted = true };
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (address != NULL && address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		key.bits = ntohl(v4.sin_addr.s_addr);
		return key;
	}
	if (address == NULL || address->sa_family != AF_INET6)
		return (struct client_key){ .counted = false };
	memcpy(&v6, address, sizeof(v6));
	if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
		for (size_t i = 12; i < 16; i++)
			key.bits = key.bits << 8 | v6.sin6_addr.s6_addr[i];
		return key;
	}
	key.v6 = true;
	memcpy(&key.bits, v6.sin6_addr.s6_addr, sizeof(key.bits));
	return key;
}

struct addresses *
addresses_new(void)
{
	struct addresses *a = calloc(1, sizeof(*a));

	if (a != NULL && getrandom(&a->seed, sizeof(a->seed), 0) != (ssize_t)sizeof(a->seed)) {
		free(a);
		return NULL;
	}
	return a;
}

void
addresses_free(struct addresses *addresses)
{
	if (addresses == NULL)
		return;
	for (size_t i = 0; i < sizeof(addresses->chains) / sizeof(addresses->chains[0]); i++) {
		struct client *client = addresses->chains[i];

		while (client != NULL) {
			struct client *next = client->next;

			free(client);
			client = next;
		}
	}
	free(addresses);
}

/** Multiplied twice, so that each bit of seed and key reaches the upper ones (after xxHash's avalanche). */
static size_t
chain_of(const struct addresses *addresses, struct client_key key)
{
	uint64_t h = (key.bits ^ addresses->seed) * 0x9e3779b97f4a7c15U;

	h = ((h ^ h >> 29) + key.v6) * 0xbf58476d1ce4e5b9U;
	return (size_t)(h >> (64 - CHAIN_BITS));
}

/** Where the client is linked from, or would be. */
static struct client **
find(struct client **chain, struct client_key key)
{
	while (*chain != NULL && ((*chain)->key.bits != key.bits || (*chain)->key.v6 != key.v6))
		chain = &(*chain)->next;
	return chain;
}

size_t
addresses_count(const struct addresses *addresses, struct client_key key)
{
	const struct client *client;

	if (!key.counted)
		return 0;
	client = addresses->chains[chain_of(addresses, key)];
	while (client != NULL && (client->key.bits != key.bits || client->key.v6 != key.v6))
		client = client->next;
	return client == NULL ? 0 : client->count;
}

bool
addresses_add(struct addresses *addresses, struct client_key key)
{
	struct client **link;

	if (!key.counted)
		return true;
	link = find(&addresses->chains[chain_of(addresses, key)], key);
	if (*link == NULL) {
		*link = calloc(1, sizeof(**link));
		if (*link == NULL)
			return false;
		(*link)->key = key;
	}
	(*link)->count++;
	return true;
}

void
addresses_remove(struct addresses *addresses, struct client_key key)
{
	struct client **link, *client;

	if (!key.counted)
		return;
	link = find(&addresses->chains[chain_of(addresses, key)], key);
	client = *link;
	if (client == NULL || --client->count > 0)
		return;
	*link = client->next;
	free(client);
}
