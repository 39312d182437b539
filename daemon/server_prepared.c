/*
 * How a request that is prepared is answered, when the library has not seen
 * it: what server.c and server_send.c do for others.
 */
#include <time.h>

#include "server_internal.h"

static double
seconds_since(const struct timespec *begun)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begun->tv_sec) + (double)(now.tv_nsec - begun->tv_nsec) / 1e9;
}

/** Nobody wants to know of each request, and the answer need not say that it is the last. */
static bool
may_answer(struct server *server)
{
	return !atomic_load_explicit(&server->draining, memory_order_relaxed) && !log_wants_requests(server->pool.log);
}

static bool
answer_question(struct server *server, struct connection *connection, struct prepared *prepared,
		const struct prepared_question *question)
{
	struct prepared_answer answer;
	struct timespec begun;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	if (!connection_is_clear(connection) || !prepared_make(prepared, question, &answer))
		return false;
	metrics_request(server->pool.metrics, router_number(question->lookup->route), MHD_HTTP_OK,
			seconds_since(&begun));
	connection_send(connection, answer.data, answer.size);
	return true;
}

bool
answer_prepared(void *context, struct connection *connection, const char *data, size_t size)
{
	struct server *server = context;
	struct desk *desk = take_desk(server);
	struct prepared_question question;
	bool answered = false;

	if (desk == NULL)
		return false;
	if (may_answer(server) && prepared_find(&desk->prepared, server->pool.snapshots, data, size, &question)) {
		answered = answer_question(server, connection, &desk->prepared, &question);
		prepared_end(&question);
	}
	if (!answered)
		connection_note(connection, prepared_note(&desk->prepared, data, size));
	return answered;
}
