/**
 * @file
 * A reply's stream on its way out, made piece by piece as the client takes
 * it. Knows nothing of any HTTP library: server.c hands out what is read.
 */
#ifndef SENDER_H
#define SENDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "reply.h"

struct sender;

/**
 * @param total  outlives the reading; grows with it
 * @return NULL when there is no memory; else the stream is no longer the reply's
 */
struct sender *sender_new(struct reply *reply, uint64_t *total);

/** Instead of bytes: the next piece takes long to make. sender_make() it, where that does not matter. */
#define SENDER_LATER (-2)

/** The next bytes, at most `max` of them; 0 at the end, -1 when the rest cannot be made; or SENDER_LATER. */
ssize_t sender_read(struct sender *sender, char *buffer, size_t max);

/** Does more come at once: neither the end nor SENDER_LATER? */
bool sender_has_more(const struct sender *sender);

/** Does all of it come at once, however much that is: never SENDER_LATER? */
bool sender_is_quick(const struct sender *sender);

/** Make the next piece, while nobody reads. What goes wrong shows when it is read. */
void sender_make(struct sender *sender);

/** Accepts NULL. */
void sender_free(struct sender *sender);

#endif
