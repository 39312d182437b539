/**
 * @file
 * HTTP: with response.c and kept.c the only part that knows libmicrohttpd.
 * Event threads parse, answer from memory and send. What reads the database is
 * suspended, served by a worker, and resumed.
 */
#ifndef SERVER_H
#define SERVER_H

#include "archive.h"
#include "cors.h"
#include "limits.h"
#include "listen.h"
#include "log.h"
#include "metrics.h"
#include "snapshots.h"
#include "tokens.h"
#include "workers.h"

struct server;

/** What it serves from and with; all of it outlives the server. */
struct server_parts {
	struct snapshots *snapshots;
	struct archive *archive;
	struct workers *workers;
	struct metrics *metrics;
	struct cors cors;
	struct tokens *tokens; /**< or NULL */
	struct log *log;
	const struct listener *listeners;
	size_t listener_count;
	struct limits limits; /**< over all listeners */
};

/** @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_IO (libmicrohttpd would not start) */
SVCTAG_MUST_CHECK svctag_error server_start(const struct server_parts *parts, struct server **ret,
					    svctag_detail *detail);

/** To be called about once a second: cuts connections that do not get a request out. */
void server_tick(struct server *server);

/**
 * Accept nothing more, answer what is under way with `Connection: close`, wait
 * until everyone has gone, at most so long.
 * @return connections that are left
 */
size_t server_drain(struct server *server, int64_t limit_ms);

/**
 * Close what is left and end the threads. The workers have to be drained
 * before, so that nothing is suspended any more. Accepts NULL.
 */
void server_stop(struct server *server);

#endif
