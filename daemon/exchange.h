/**
 * @file
 * One request on its way to its reply: the checks that are made before a body
 * is read, the gathering of the body, the running of the route. Knows nothing
 * of sockets.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdalign.h>
#include <stdatomic.h>
#include <time.h>

#include "connections.h"
#include "cors.h"
#include "encoding.h"
#include "framing.h"
#include "log.h"
#include "router.h"
#include "tokens.h"

/** Most bytes of bodies that all requests together may hold. */
#define EXCHANGE_ALL_BODIES ((size_t)256 << 20)
/** Most bytes of answers made by workers that all clients together may be slow to take. */
#define EXCHANGE_ALL_ANSWERS ((size_t)256 << 20)
/** A body that is too long is read on for so long, so that the client gets to see why. */
#define EXCHANGE_READ_ON (1U << 20)

/** What all exchanges share. */
struct exchange_pool {
	struct snapshots *snapshots;
	struct archive *archive;
	atomic_size_t body_bytes;   /**< held by bodies now */
	atomic_size_t answer_bytes; /**< held by answers of workers now */
	struct metrics *metrics;
	struct connections *connections;
	struct cors cors;
	struct tokens *tokens; /**< that POSTs need; NULL: they need none */
	struct log *log;
};

/** The longest key. */
#define EXCHANGE_KEY_MAX 512
/** The longest answer that is kept or prepared. */
#define EXCHANGE_KEPT_MAX 4096

/** All of a request that its answer depends on. */
struct exchange_key {
	const char *text; /**< with seven zeros behind it */
	size_t size;      /**< 0: there is none */
};

/** Room that an exchange has of its own for what its request consists of; that of few is longer. */
#define EXCHANGE_ROOM 1024

struct exchange {
	struct exchange_pool *pool;
	const char *target; /**< as it came, NUL-terminated; the request's arena has it */
	size_t target_size;
	struct exchange_key key; /**< likewise */
	struct request request;
	struct reply reply;
	struct framing framing;
	const struct route *route;
	enum encoding encoding;
	bool knows_any;                /**< If-None-Match: * */
	struct generation *generation; /**< that the answer is of */
	size_t capacity;               /**< of the request's body */
	size_t answer_bytes;           /**< of the worker's answer, counted in the pool */
	uint64_t received;
	/** What long work asks; set by who knows the client, its times when the answer is deferred. */
	struct work_limits limits;
	bool close; /**< the connection cannot be used again */
	struct timespec begun;
	uint64_t sent;                            /**< of the answer's body so far */
	enum metrics_reason reason;               /**< why it was refused before it was run */
	alignas(void *) char room[EXCHANGE_ROOM]; /**< lent to the request's arena */
};

/** Seconds since this time of the clock that exchanges begin by. */
double exchange_seconds_since(const struct timespec *begun);

/** The reply is about to be sent: give it what all replies have, and count it. */
void exchange_finish(struct exchange *exchange);

/**
 * A GET whose headers are complete, without a body and without anything but
 * Accept and Accept-Encoding that an answer depends on: what stands for it
 * becomes its key. It need not be admitted before its answer is looked for
 * among those that are kept.
 * @return false when it is another request, or too long
 */
bool exchange_make_key(struct exchange *exchange, const char *method);

/** Is the reply, which is finished but not sent, a function of that key and of the generation? */
bool exchange_is_repeatable(const struct exchange *exchange);

/** The answer was kept: what there is to know of it afterwards. It still has to be finished. */
void exchange_repeated(struct exchange *exchange, const struct route *route, size_t body_size);

/**
 * A request line has come: make a new exchange of one that has ended, or of
 * zeros. Many follow each other in the same memory.
 * @return false when there is no memory
 */
bool exchange_begin(struct exchange *exchange, struct exchange_pool *pool, const char *target, size_t size);

/** Release all that it has, but not itself. Accepts one that has ended, and zeros. */
void exchange_end(struct exchange *exchange);

/**
 * The headers are complete and in `request` and `framing`: find the route, and
 * see whether the body may come.
 * @return false when reply is a refusal; if `close` is set, it has to be sent
 *         at once and the connection closed
 */
bool exchange_admit(struct exchange *exchange, const char *method);

/** Part of the body. @return false when the connection is to be cut */
bool exchange_take_body(struct exchange *exchange, const char *data, size_t size);

/**
 * Make the reply. May say `defer`: then call it again from a worker.
 * @param database  the worker's, else NULL
 */
void exchange_run(struct exchange *exchange, struct database *database);

#endif
