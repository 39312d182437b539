/**
 * @file
 * Who is connected, and since when they have been in which state: so that a
 * connection which never gets its request out is cut after a few seconds
 * however slowly it keeps sending, and that idle ones are cut when the daemon
 * stops. A connection is only ever shut down here, never closed: the server
 * does that, after connections_remove(). Any thread may call anything.
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include "gate.h"

struct connections;
struct connection;

/** Told of each request that the gate refuses, in the thread that reads the connection. */
typedef void (*connections_listener)(void *context, const struct message_refusal *refusal);

/** NULL when there is no memory. */
struct connections *connections_new(connections_listener listener, void *context);
/** Accepts NULL. All connections have been removed. */
void connections_free(struct connections *connections);

/** A connection was accepted, and is read through the gate from now on. NULL when it cannot be: it has to go. */
struct connection *connections_add(struct connections *connections, int fd);
/** Before the descriptor is closed. Accepts NULL. */
void connections_remove(struct connections *connections, struct connection *connection);

/** Its request's headers are complete. @return false when they did not come through the gate */
bool connection_busy(struct connections *connections, struct connection *connection);
/** Its request has been answered. Accepts NULL. */
void connection_idle(struct connections *connections, struct connection *connection);

/** Shut down those that have been without a complete request for longer. @return how many never sent one */
size_t connections_reap(struct connections *connections, int64_t first_ms, int64_t idle_ms);

/**
 * Read no more from those that have been without a complete request for longer. A request that has arrived is
 * answered yet; where none has, the server sees the end and closes.
 */
void connections_hush(struct connections *connections, int64_t first_ms, int64_t idle_ms);

size_t connections_count(struct connections *connections);

#endif
