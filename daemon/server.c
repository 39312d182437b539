/*
 * What libmicrohttpd 0.9.75 does and we have to do about it:
 *
 *  - An answer queued on the first call of the access handler closes the
 *    connection. So the first call only checks, and answers only to refuse.
 *  - It keeps a record of each query argument in the connection's small pool,
 *    and closes without a word when that is full. So we take the target apart
 *    ourselves, in the callback that sees it first, and cut it off at the `?`
 *    before the library gets there.
 *  - It lets much pass with which requests can be smuggled: both a length and
 *    a transfer coding, LF alone, folded lines, a NUL that ends a target, a
 *    value, even a head. So it gets to read only what gate.c lets through.
 *  - It clears a connection's whole pool for every request. So that is small,
 *    and long heads do not come into it: intake.c.
 *  - After the head of a chunked answer to HEAD it sends the chunk that ends
 *    the body. So such a head goes without chunks, and ends the connection.
 *  - Its time-out counts inactivity only: connections.c.
 *  - When a connection is resumed it reads first, and what has come then, an
 *    end among it, counts before the answer. So it gets nothing to read.
 *  - Stopping shuts the listening socket down for other processes that have
 *    it too, and MHD_quiesce_daemon(), after which it would not, may abort the
 *    process. So it has no listening socket: acceptor.c.
 */
#include "server.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "access.h"
#include "server_internal.h"

/**
 * Bytes of a connection's pool. The library clears all of it for every request,
 * so it is small, and intake.c keeps long heads out of it. It has to hold the
 * head, as much behind it as was read with it, a record of each field, and then
 * the head of the answer. The library reads into the first half. It reads a
 * body into what the head has left.
 */
#define POOL_SIZE 12288
#define READ_SIZE (POOL_SIZE / 2)
/** Room for the head of an answer; the longest has half of that. */
#define ANSWER_HEAD 1792
/** Room to read a body into, or it would come in crumbs. */
#define BODY_ROOM 1024
/** Descriptors that are open for other things, at most: sockets, databases, what was inherited. */
#define OTHER_DESCRIPTORS 1024
/** Seconds without a byte that the library bears: more than what connections.c does, which knows what is under way. */
#define INACTIVITY 70
/** Milliseconds from the accepting to the end of the first headers; and between two requests. */
#define FIRST_REQUEST_MS 5000
#define NEXT_REQUEST_MS 60000
/** The latter where three quarters of the connections are taken. */
#define CROWDED_REQUEST_MS 5000
/** While a body or an answer is under way: what has to move in which time, or it is not worth a connection. */
#define SLOW_MS 15000
#define SLOW_BYTES 4096
/** In which an event thread comes to what it has been told of; it is looked twice a second apart, or more often. */
#define MOMENT_MS 900
/** While draining: how long a new connection may take for its request, and an idle one for another. */
#define DRAIN_FIRST_MS 3000
#define DRAIN_IDLE_MS 1000
/** Connections that the library may take beyond the limit: those that were handed over and that it has not seen yet. */
#define HANDOVER 256

static_assert(INACTIVITY * 1000 > NEXT_REQUEST_MS + CONNECTIONS_UNSEEN_MS, "the library cuts nobody who may stay");
static_assert(READ_SIZE + INTAKE_SHORT_FIELDS * MESSAGE_FIELD_COST + ANSWER_HEAD <= POOL_SIZE,
	      "all fields with all that was read leave room for the answer");
static_assert(INTAKE_SHORT_HEAD + BODY_ROOM <= READ_SIZE, "a head fits where the library reads first, with some body");

/** In a worker: has the client closed its end, or is it time to stop? */
static bool
is_unwanted(void *cls)
{
	const struct carrier *carrier = cls;
	const short ends = connection_was_shut(carrier->watched) ? POLLHUP | POLLERR : POLLRDHUP | POLLHUP | POLLERR;
	struct pollfd state = { .fd = carrier->fd, .events = POLLRDHUP };

	if (atomic_load(&carrier->server->hurried))
		return true;
	return poll(&state, 1, 0) > 0 && (state.revents & ends) != 0;
}

/** What the worker has to know about the client; the library is not asked from there. */
static void
set_limits(struct carrier *carrier)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(carrier->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	carrier->fd = info != NULL ? info->connect_fd : -1;
	carrier->exchange.limits.is_unwanted = is_unwanted;
	carrier->exchange.limits.client = carrier;
}

/** In a worker. */
static void
run_deferred(struct workers_job *job, struct database *database)
{
	struct carrier *carrier = (struct carrier *)(void *)job;

	exchange_run(&carrier->exchange, database);
	carrier->phase = PHASE_READY;
	MHD_resume_connection(carrier->connection);
}

/** All of the request is there: answer it, or have a worker do it. */
static enum MHD_Result
answer(struct carrier *carrier)
{
	struct exchange *ex = &carrier->exchange;
	enum MHD_Result result;

	if (carrier->has_key) {
		if (send_kept(carrier, &result))
			return result;
		(void)exchange_admit(ex, MHD_HTTP_METHOD_GET); /* or it has a reply */
	}
	if (ex->reply.status == 0)
		exchange_run(ex, NULL);
	if (!ex->reply.defer)
		return send_reply(carrier);
	carrier->job.lane = (ex->route->flags & ROUTE_LONG) != 0 ? WORKERS_LONG : WORKERS_QUICK;
	if (!workers_reserve(carrier->server->workers, carrier->job.lane, false)) {
		ex->reply.retry_after = 1;
		reply_problem(&ex->reply, MHD_HTTP_SERVICE_UNAVAILABLE, "too much is being done just now");
		return send_reply(carrier);
	}
	carrier->phase = PHASE_WORKING;
	carrier->job.run = run_deferred;
	set_limits(carrier);
	connection_deferred(carrier->watched);
	MHD_suspend_connection(carrier->connection); /* before a worker can resume it */
	workers_submit(carrier->server->workers, &carrier->job);
	return MHD_YES;
}

static bool
take_field(void *context, const char *name, size_t name_size, const char *value, size_t value_size)
{
	struct exchange *ex = context;

	framing_measure(&ex->framing, name, name_size, value, value_size);
	return request_take_field(&ex->request, name, name_size, value, value_size);
}

static enum MHD_Result
take_librarys_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value,
		    size_t value_size)
{
	(void)kind;
	if (value == NULL)
		value = "";
	while (value_size > 0 && (value[value_size - 1] == ' ' || value[value_size - 1] == '\t'))
		value_size--; /* RFC 9110, 5.5; those in front of it are gone */
	return take_field(cls, name, name_size, value, value_size) ? MHD_YES : MHD_NO;
}

/** From the head that was kept, if there is one, or else from the library. */
static bool
take_fields(struct carrier *carrier)
{
	struct intake_head *head = carrier->head;
	bool taken;

	if (head == NULL)
		return MHD_get_connection_values_n(carrier->connection, MHD_HEADER_KIND, take_librarys_field,
						   &carrier->exchange) >= 0;
	taken = intake_head_fields(head, take_field, &carrier->exchange);
	carrier->head = NULL;
	free(head);
	return taken;
}

/** The headers are complete. */
static enum MHD_Result
begin(struct carrier *carrier, const char *method)
{
	struct exchange *ex = &carrier->exchange;

	carrier->phase = PHASE_BODY;
	if (!connection_busy(carrier->watched))
		return MHD_NO; /* read past the gate */
	if (!take_fields(carrier))
		return MHD_NO;
	carrier->has_key = exchange_make_key(ex, method);
	if (!carrier->has_key && !exchange_admit(ex, method) && ex->close)
		return send_reply(carrier);
	return MHD_YES;
}

static enum MHD_Result
handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
       const char *upload_data, size_t *upload_data_size, void **con_cls)
{
	struct carrier *carrier = *con_cls;

	(void)cls;
	(void)connection;
	(void)url;
	(void)version;
	if (carrier == NULL)
		return MHD_NO;
	switch (carrier->phase) {
	case PHASE_HEADERS: return begin(carrier, method);
	case PHASE_BODY:
		if (*upload_data_size == 0)
			return answer(carrier);
		if (!exchange_take_body(&carrier->exchange, upload_data, *upload_data_size))
			return MHD_NO;
		*upload_data_size = 0;
		return MHD_YES;
	case PHASE_READY: return send_reply(carrier);
	case PHASE_WORKING:
	case PHASE_SENT: break;
	}
	return MHD_YES;
}

/** The spare one of this thread, or another. Its exchange has ended, or is zeros. */
static struct carrier *
take_carrier(struct desk *desk)
{
	struct carrier *carrier = desk == NULL ? NULL : desk->spare;

	if (carrier == NULL)
		return calloc(1, sizeof(*carrier));
	desk->spare = NULL;
	return carrier;
}

static void
give_back(struct server *server, struct carrier *carrier)
{
	struct desk *desk = pthread_getspecific(server->desks);

	exchange_end(&carrier->exchange);
	free(carrier->head);
	carrier->head = NULL;
	if (desk != NULL && desk->spare == NULL)
		desk->spare = carrier;
	else
		free(carrier);
}

/** Of the target in the head that was kept, if there is one, or else of the library's. */
static bool
begin_exchange(struct carrier *carrier, struct server *server, const char *target)
{
	size_t size;

	if (carrier->head != NULL)
		target = intake_head_target(carrier->head, &size);
	else
		size = strlen(target);
	return exchange_begin(&carrier->exchange, &server->pool, target, size);
}

/** The request line has come: sees the target before anything is decoded or cut. */
static void *
see_target(void *cls, const char *target, struct MHD_Connection *connection)
{
	struct server *server = cls;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct desk *desk = take_desk(server);
	struct carrier *carrier = take_carrier(desk);
	char *query;

	if (carrier == NULL)
		return NULL;
	carrier->watched = info != NULL ? info->socket_context : NULL;
	carrier->head = connection_take_head(carrier->watched);
	if (!begin_exchange(carrier, server, target)) {
		give_back(server, carrier);
		return NULL;
	}
	carrier->server = server;
	carrier->connection = connection;
	carrier->keep = false;
	carrier->phase = PHASE_HEADERS;
	query = strchr(target, '?');
	if (query != NULL && query[1] != '\0')
		query[1] = '\0'; /* the library's own, writable buffer */
	return carrier;
}

static void
log_answer(const struct carrier *carrier)
{
	const union MHD_ConnectionInfo *info;

	if (carrier->phase != PHASE_SENT || !log_wants_requests(carrier->server->pool.log))
		return;
	info = MHD_get_connection_info(carrier->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	access_log(&carrier->exchange, info != NULL ? info->client_addr : NULL);
}

static void
end_request(void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode code)
{
	struct server *server = cls;
	struct carrier *carrier = *con_cls;

	(void)connection;
	(void)code;
	if (carrier == NULL)
		return;
	connection_idle(carrier->watched);
	log_answer(carrier);
	give_back(server, carrier);
	*con_cls = NULL;
}

static void
watch_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
		 enum MHD_ConnectionNotificationCode code)
{
	struct server *server = cls;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*socket_context = connections_find(info->connect_fd);
	} else {
		connections_remove(server->connections, *socket_context);
		*socket_context = NULL;
	}
}

/** The gate has refused a request: a connections_listener. */
static void
count_refusal(void *context, const struct message_refusal *refusal)
{
	struct server *server = context;

	metrics_request(server->pool.metrics, router_number(NULL), refusal->status, 0);
	metrics_rejected(server->pool.metrics, refusal->status == 413 ? METRICS_SIZE : METRICS_FRAMING, 1);
}

/** Somebody was accepted: an event thread's from here on, or refused before anything is spent on it. */
static void
hand_over(void *cls, int fd, const struct sockaddr *address, socklen_t size)
{
	struct server *server = cls;
	enum connections_verdict verdict = connections_add(server->connections, fd, address, &server->limits);

	if (verdict != CONNECTIONS_WELCOME) {
		metrics_rejected(server->pool.metrics,
				 verdict == CONNECTIONS_ADDRESS ? METRICS_ADDRESS : METRICS_CONNECTIONS, 1);
		close(fd);
	} else if (MHD_add_connection(server->daemon, fd, address, size) != MHD_YES) { /* and it has closed it */
		connections_remove(server->connections, connections_find(fd));
	}
}

static struct MHD_Daemon *
start_daemon(struct server *server)
{
	unsigned int limit = (unsigned int)server->limits.connections + HANDOVER;

	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0,
				NULL, NULL, handle, server, MHD_OPTION_THREAD_POOL_SIZE, server->limits.event_threads,
				MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_TIMEOUT,
				(unsigned int)INACTIVITY, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_SIZE,
				MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, see_target, server,
				MHD_OPTION_NOTIFY_COMPLETED, end_request, server, MHD_OPTION_NOTIFY_CONNECTION,
				watch_connection, server, MHD_OPTION_END);
}

svctag_error
server_start(const struct server_parts *parts, struct server **ret, svctag_detail *detail)
{
	struct server *server = calloc(1, sizeof(*server));
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (server == NULL)
		return err;
	server->pool.snapshots = parts->snapshots;
	server->pool.archive = parts->archive;
	server->workers = parts->workers;
	server->listeners = parts->listeners;
	server->listener_count = parts->listener_count;
	server->limits = parts->limits;
	server->connections = connections_new(count_refusal, answer_prepared, server);
	server->pool.connections = server->connections;
	server->pool.metrics = parts->metrics;
	server->pool.cors = parts->cors;
	server->pool.tokens = parts->tokens;
	server->pool.log = parts->log;
	server->kept = kept_new();
	server->has_desks = pthread_key_create(&server->desks, desk_free) == 0;
	if (server->kept == NULL || !server->has_desks || server->connections == NULL ||
	    !gates_open(parts->limits.connections + HANDOVER + OTHER_DESCRIPTORS))
		goto out;
	err = SVCTAG_E_IO;
	server->daemon = start_daemon(server);
	if (server->daemon == NULL) {
		svctag_detail_set(detail, "libmicrohttpd does not start: %s", strerror(errno));
		goto out;
	}
	err = acceptor_start(parts->listeners, parts->listener_count, &(struct acceptor_target){ hand_over, server },
			     &server->acceptor);
	if (err != SVCTAG_OK)
		goto out;
	*ret = server;
	server = NULL;
out:
	server_stop(server);
	return err;
}

/**
 * Of data that is not served any more, forget the answers; when it has gone,
 * give what it leaves free between what others have back to the system.
 */
static void
forget_old(struct server *server, uint64_t generation)
{
	if (generation != server->kept_of) {
		kept_forget(server->kept, generation);
		server->untrimmed = true;
	} else if (server->untrimmed) {
		(void)malloc_trim(0);
		server->untrimmed = false;
	}
	server->kept_of = generation;
}

void
server_tick(struct server *server)
{
	uint64_t generation = snapshots_number(server->pool.snapshots);
	bool crowded = connections_count(server->connections) > server->limits.connections / 4 * 3;
	size_t cut =
		connections_reap(server->connections, FIRST_REQUEST_MS, crowded ? CROWDED_REQUEST_MS : NEXT_REQUEST_MS);

	metrics_rejected(server->pool.metrics, METRICS_DEADLINE, cut);
	cut = connections_reap_slow(server->connections, SLOW_MS, SLOW_BYTES);
	metrics_rejected(server->pool.metrics, METRICS_SLOW, cut);
	connections_reap_gone(server->connections, MOMENT_MS);
	forget_old(server, generation);
}

/** Nobody comes any more. What waits at a socket of our own is better refused than kept waiting. */
static void
close_doors(struct server *server)
{
	acceptor_stop(server->acceptor);
	server->acceptor = NULL;
	for (size_t i = 0; i < server->listener_count; i++)
		if (!server->listeners[i].inherited)
			shutdown(server->listeners[i].fd, SHUT_RDWR);
}

size_t
server_drain(struct server *server, int64_t limit_ms)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	size_t left;

	atomic_store(&server->draining, true);
	close_doors(server);
	for (;; limit_ms -= 20) {
		left = connections_count(server->connections);
		if (left == 0 || limit_ms <= 0)
			break;
		connections_hush(server->connections, DRAIN_FIRST_MS, DRAIN_IDLE_MS);
		connections_reap(server->connections, 2LL * DRAIN_FIRST_MS, 2LL * DRAIN_IDLE_MS);
		nanosleep(&pause, NULL);
	}
	atomic_store(&server->hurried, true);
	return left;
}

void
server_stop(struct server *server)
{
	if (server == NULL)
		return;
	acceptor_stop(server->acceptor);
	if (server->daemon != NULL)
		MHD_stop_daemon(server->daemon);
	if (server->has_desks) /* each event thread's went with it, when its connections had been closed */
		pthread_key_delete(server->desks);
	kept_free(server->kept);
	connections_free(server->connections);
	gates_close();
	free(server);
}
