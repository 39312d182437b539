/*
 * How a request that is prepared is answered, when the library has not seen
 * it: what server.c and server_send.c do for others.
 */
#include <time.h>

#include "server_internal.h"

/** @param begun  when its request had come @return false when the library has to */
static bool
answer_question(struct server *server, struct connection *connection, struct prepared *prepared,
		const struct prepared_question *question, const struct timespec *begun)
{
	struct prepared_answer answer;

	if (!connection_is_clear(connection) || !prepared_make(prepared, question, &answer))
		return false;
	metrics_request(server->pool.metrics, router_number(question->lookup->route), MHD_HTTP_OK,
			exchange_seconds_since(begun));
	connection_send(connection, answer.data, answer.size);
	return true;
}

/** What has come is, letter by letter, a known request. */
static bool
answer_request(struct server *server, struct desk *desk, struct connection *connection, const char *data, size_t size)
{
	struct prepared_question question;
	struct timespec begun;
	bool answered;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	if (!prepared_find_request(&desk->prepared, server->pool.snapshots, data, size, &question))
		return false;
	answered = answer_question(server, connection, &desk->prepared, &question, &begun);
	prepared_end(&question);
	return answered;
}

/** What has come asks in a way that is known, whatever else it says. */
static bool
answer_key(struct server *server, struct desk *desk, struct connection *connection, const char *data, size_t size)
{
	struct prepared_question question;
	bool answered = false;

	if (plain_begin(&desk->plain, &server->pool, data, size) &&
	    prepared_find_key(&desk->prepared, &desk->plain.exchange, &question)) {
		answered = answer_question(server, connection, &desk->prepared, &question, &desk->plain.exchange.begun);
		if (answered && !desk->plain.has_cookie)
			prepared_learn(&desk->prepared, &question, data, size);
		prepared_end(&question);
	}
	plain_end(&desk->plain);
	return answered;
}

bool
answer_prepared(void *context, struct connection *connection, const char *data, size_t size, bool in_order)
{
	struct server *server = context;
	struct desk *desk = take_desk(server);

	/* Nobody wants to know of each request, and the answer need not say that it is the last. */
	if (desk == NULL || atomic_load(&server->draining) || log_wants_requests(server->pool.log))
		return false;
	return in_order ? answer_key(server, desk, connection, data, size)
			: answer_request(server, desk, connection, data, size);
}
