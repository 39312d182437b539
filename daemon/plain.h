/**
 * @file
 * Requests that say nothing about the connection or about themselves that
 * libmicrohttpd would have to act on: a GET of HTTP/1.1 with a query, without
 * a body, whose connection stays. What such a request asks is begun as an
 * exchange with a key. Knows nothing of sockets. For one thread.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "exchange.h"
#include "intake.h"

/** Zero-initialise, or after plain_end(). */
struct plain {
	struct exchange exchange;
	bool has_cookie;                  /**< which is not among its bytes any more */
	char head[INTAKE_SHORT_HEAD + 1]; /**< NUL-terminated */
};

/**
 * @param data  a request that has been found in order, all of it, and nothing else
 * @return whether it is such a one; whatever is returned, plain_end() it
 */
bool plain_begin(struct plain *plain, struct exchange_pool *pool, const char *data, size_t size);
void plain_end(struct plain *plain);

#endif
