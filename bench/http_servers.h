/**
 * @file
 * The servers that bench_http loads: svctagd, libmicrohttpd with a constant
 * answer, nginx's geo module (http_nginx.h); all on free ports of the loopback,
 * all with as many threads or processes for connections. And the little client
 * that looks whether they answer right.
 */
#ifndef BENCH_HTTP_SERVERS_H
#define BENCH_HTTP_SERVERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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

void server_stop(struct server *server);

/** Processor seconds that it has had, with those of its children. */
double server_processor_time(const struct server *server);

/** One request on a connection of its own. Anything but a 200 ends the program. */
struct answer server_ask(const struct server *server, const char *target);

/** The same for /v1/lookup of an address. */
struct answer server_ask_for(const struct server *server, uint32_t address);

/** As dotted quad. */
void server_print_address(uint32_t address, char ret[16]);

/** A connection to it. */
int server_connect(const struct server *server);

/** As fork(); the child ends with us. */
pid_t server_fork(void);

/** A socket that listens on a free port. */
int server_listen(unsigned int *ret_port);

#endif
