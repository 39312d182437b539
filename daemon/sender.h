/**
 * @file
 * A reply's stream on its way out, made piece by piece as the client takes
 * it. Knows nothing of any HTTP library: server.c hands out what is read.
 */
#ifndef SENDER_H
#define SENDER_H

#include <sys/types.h>

#include "reply.h"

/** A stream that has begun. */
struct sender;

/**
 * Make the first piece of a reply's stream. When that is all, or fails, it
 * becomes the reply's body (or a problem): what is short goes out in one go,
 * with its length, and what fails at once is no answer cut short.
 * @return what sends the stream, which is no longer the reply's; NULL: the
 *         reply has a body now
 */
struct sender *sender_begin(struct reply *reply);

/** The next bytes, at most `max` of them; 0 at the end, -1 when the rest cannot be made. */
ssize_t sender_read(struct sender *sender, char *buffer, size_t max);

/** Accepts NULL. */
void sender_free(struct sender *sender);

#endif
