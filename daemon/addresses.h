/**
 * @file
 * How many connections each client address has. An IPv6 client is its /64,
 * which is what one customer is given at the least; a unix socket has no
 * address, and is not counted. Belongs to one thread at a time.
 */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct addresses;

/** What is counted as one client. A plain value. */
struct client_key {
	uint64_t bits;
	bool v6;
	bool counted; /**< false: has no address */
};

/** @param address  may be NULL */
struct client_key client_key_of(const struct sockaddr *address);

/** NULL when there is no memory. */
struct addresses *addresses_new(void);
/** Accepts NULL. */
void addresses_free(struct addresses *addresses);

/** How many connections it has; 0 for who is not counted. */
size_t addresses_count(const struct addresses *addresses, struct client_key key);
/** One more. @return false when there is no memory */
bool addresses_add(struct addresses *addresses, struct client_key key);
/** One less, of those that were added. */
void addresses_remove(struct addresses *addresses, struct client_key key);

#endif
