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

#include "addresses.h"
#include "gate.h"
#include "limits.h"

struct connections;
struct connection;

/** Told of each request that the gate refuses, in the thread that reads the connection. */
typedef void (*connections_listener)(void *context, const struct message_refusal *refusal);

/** As a gate_answerer, which see; answers by connection_send(). */
typedef bool (*connections_answerer)(void *context, struct connection *connection, const char *data, size_t size,
				     bool in_order);

/** Milliseconds after which the library, whose time-out knows of what it has seen alone, is to see a request again. */
#define CONNECTIONS_UNSEEN_MS 5000

/**
 * @param answerer  may be NULL. It is not asked where the library has seen nothing for CONNECTIONS_UNSEEN_MS
 * @return NULL when there is no memory
 */
struct connections *connections_new(connections_listener listener, connections_answerer answerer, void *context);
/** Accepts NULL. All connections have been removed. */
void connections_free(struct connections *connections);

/** May someone come? */
enum connections_verdict {
	CONNECTIONS_WELCOME,
	CONNECTIONS_FULL,    /**< nobody may */
	CONNECTIONS_ADDRESS, /**< this address has too many */
};

/**
 * A connection was accepted: count it, and read it through the gate from now
 * on, if it is welcome. From one thread only.
 * @param address  the client's; NULL if it is not known
 */
enum connections_verdict connections_add(struct connections *connections, int fd, const struct sockaddr *address,
					 const struct limits *limits);
/** The one that was added with this descriptor, or NULL. */
struct connection *connections_find(int fd);
/** Before the descriptor is closed. Accepts NULL. */
void connections_remove(struct connections *connections, struct connection *connection);

/** Has the client got all that was sent? If not, the system may take less than all of the next answer. */
bool connection_is_clear(const struct connection *connection);
/** Send an answer to one that is clear, past the library. What cannot be sent at once ends the connection. */
void connection_send(struct connection *connection, const char *data, size_t size);

/** Its next request line has come. @return the head, if it was kept: intake_take(); in the thread that serves it */
struct intake_head *connection_take_head(struct connection *connection);

/** A worker makes the answer; in the thread that serves it. Until connection_idle() nothing more is read. */
void connection_deferred(struct connection *connection);

/** Was it shut for reading by us, who have refused what came behind the request? Any thread may ask. Accepts NULL. */
bool connection_was_shut(const struct connection *connection);

/** Its request's headers are complete. In the thread that serves it, as the next. @return false when they did not come through the gate */
bool connection_busy(struct connection *connection);
/** Its request has been answered. Accepts NULL. */
void connection_idle(struct connection *connection);

/** Shut down those that have been without a complete request for longer. @return how many never sent one */
size_t connections_reap(struct connections *connections, int64_t first_ms, int64_t idle_ms);

/**
 * Shut down those whose body or answer has been under way for so long and has
 * moved by fewer bytes in as much time: a byte now and then keeps a connection
 * alive, but does not keep it busy. Connections of TCP only.
 * @return how many
 */
size_t connections_reap_slow(struct connections *connections, int64_t window_ms, uint64_t bytes);

/**
 * Read no more from those that have been without a complete request for longer. A request that has arrived is
 * answered yet; where none has, the server sees the end and closes.
 */
void connections_hush(struct connections *connections, int64_t first_ms, int64_t idle_ms);

/**
 * Shut down those whose client has gone in the middle of a body, or when it had
 * its answer: the library's epoll does not tell it of an end that has come
 * together with the last bytes. The latter takes two calls.
 * @param moment_ms  in which an event thread comes to what it has been told of
 */
void connections_reap_gone(struct connections *connections, int64_t moment_ms);

size_t connections_count(struct connections *connections);

#endif
