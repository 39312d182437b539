/**
 * @file
 * The servers that bench_http loads: svctagd, libmicrohttpd with a constant
 * answer, nginx's geo module; all on free ports of the loopback, all with as many
 * threads or processes for connections. And the little client that looks whether
 * they answer right.
 */
#ifndef BENCH_HTTP_SERVERS_H
#define BENCH_HTTP_SERVERS_H

#include <sys/types.h>

#include "lookup_table.h"
#include "stored.h"

struct server {
	pid_t process;
	unsigned int port;
};

/** An answer; free() what `text` points to. */
struct answer {
	char *text; /**< headers, an empty line, body; a NUL behind them */
	const char *body;
	size_t body_size;
};

/** $SVCTAGD_BIN on a database. */
struct server server_start_svctagd(const char *database, unsigned int threads);

/** libmicrohttpd, set up as svctagd sets it up, which answers everything with this answer's headers and body. */
struct server server_start_bare(const struct answer *answer, unsigned int threads);

/** nginx, with the tags of each prefix as the value that `geo` finds for the parameter q. */
struct server server_start_nginx(const struct bench *bench, const struct table *table, unsigned int threads);

void server_stop(struct server *server);

/** Processor seconds that it has had, with those of its children. */
double server_processor_time(const struct server *server);

/** One request on a connection of its own. Anything but a 200 ends the program. */
struct answer server_ask(const struct server *server, const char *target);

/** A connection to it. */
int server_connect(const struct server *server);

#endif
