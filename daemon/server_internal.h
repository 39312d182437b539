/**
 * @file
 * What the parts of the server share: server.c, which receives requests and
 * has them answered; server_send.c, which sends the answers; and
 * server_prepared.c, which does both for those that are prepared.
 */
#ifndef SERVER_INTERNAL_H
#define SERVER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include <microhttpd.h>

#include "acceptor.h"
#include "connections.h"
#include "desk.h"
#include "exchange.h"
#include "kept.h"
#include "server.h"

struct server {
	struct exchange_pool pool;
	struct workers *workers;
	struct connections *connections;
	const struct listener *listeners;
	size_t listener_count;
	struct limits limits;
	struct acceptor *acceptor;
	struct kept *kept;
	uint64_t kept_of; /* the generation whose answers are kept; of the thread that ticks, as the next */
	bool untrimmed;   /* another one has gone since memory was last given back */
	struct MHD_Daemon *daemon;
	pthread_key_t desks; /* of each event thread, its own */
	bool has_desks;      /* that there is such a key */
	atomic_bool draining;
	atomic_bool hurried; /* what is under way is to be given up */
};

enum phase {
	PHASE_HEADERS, /* the first call is to come */
	PHASE_BODY,    /* the body, if any, and then the call to answer in */
	PHASE_WORKING, /* suspended */
	PHASE_READY,   /* resumed with a reply */
	PHASE_SENT,
};

/** A request as libmicrohttpd and the workers carry it around. */
struct carrier {
	struct workers_job job; /* first: the workers give it back */
	struct server *server;
	struct MHD_Connection *connection;
	struct connection *watched;
	struct intake_head
		*head;    /* of the request, where the library has another in its place; until its fields are taken */
	int fd;           /* open while the connection is suspended; -1 if unknown */
	bool has_key;     /* its answer may be ready: it is admitted only if that is not so */
	bool keep;        /* its answer is to be kept */
	enum phase phase; /* handed to a worker and back by suspending and resuming */
	struct exchange exchange;
};

/** This thread's desk. @return NULL when there is no memory */
struct desk *take_desk(struct server *server);

/** Answer what has come if it is a request that is prepared: a connections_answerer. */
bool answer_prepared(void *context, struct connection *connection, const char *data, size_t size, bool in_order);

/**
 * Send the answer if it is kept.
 * @param[out] ret  set when true is returned: the library's to know
 */
bool send_kept(struct carrier *carrier, enum MHD_Result *ret);

/** Send the exchange's reply. @return the library's to know */
enum MHD_Result send_reply(struct carrier *carrier);

#endif
