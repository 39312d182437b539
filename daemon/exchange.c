#include "exchange.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/** The first room for a body. */
#define BODY_START 4096

bool
exchange_begin(struct exchange *exchange, struct exchange_pool *pool, const char *target, size_t size)
{
	char *copy;

	memset(exchange, 0, offsetof(struct exchange, room));
	arena_lend(&exchange->request.arena, exchange->room, sizeof(exchange->room));
	copy = arena_take(&exchange->request.arena, size + 1);
	if (copy == NULL)
		return false;
	memcpy(copy, target, size);
	copy[size] = '\0';
	exchange->pool = pool;
	exchange->target = copy;
	exchange->target_size = size;
	clock_gettime(CLOCK_MONOTONIC, &exchange->begun);
	return true;
}

/** Append a header of a key and the NUL that ends it; without one it is another byte. */
static char *
append_field(char *to, const char *field, size_t size)
{
	if (field == NULL)
		field = "\1";
	memcpy(to, field, size);
	return to + size;
}

bool
exchange_make_key(struct exchange *exchange, const char *method)
{
	struct request *request = &exchange->request;
	size_t target = exchange->target_size + 1;
	size_t accept = request->accept != NULL ? strlen(request->accept) + 1 : 1;
	size_t encoding = request->accept_encoding != NULL ? strlen(request->accept_encoding) + 1 : 1;
	size_t size = target + accept + encoding;
	char *text, *end;

	if (strcmp(method, "GET") != 0 || framing_has_body(&exchange->framing) || request->if_none_match != NULL ||
	    request->authorization != NULL || request->origin != NULL || request->wanted_method != NULL ||
	    request->content_type != NULL || size > EXCHANGE_KEY_MAX)
		return false;
	text = arena_take(&request->arena, size + sizeof(uint64_t));
	if (text == NULL)
		return false;
	end = append_field(text, exchange->target, target);
	end = append_field(end, request->accept, accept);
	end = append_field(end, request->accept_encoding, encoding);
	memset(end, 0, sizeof(uint64_t));
	exchange->key = (struct exchange_key){ text, size };
	return true;
}

bool
exchange_is_repeatable(const struct exchange *exchange)
{
	const struct reply *reply = &exchange->reply;

	return exchange->route != NULL && (exchange->route->flags & ROUTE_REPEATED) != 0 && reply->status == 200 &&
	       reply->etag[0] != '\0' && reply->stream.next == NULL && reply->body_size <= EXCHANGE_KEPT_MAX &&
	       exchange->generation != NULL && !exchange->close;
}

void
exchange_repeated(struct exchange *exchange, const struct route *route, size_t body_size)
{
	exchange->request.method = METHOD_GET;
	exchange->request.raw = exchange->target;
	exchange->route = route;
	exchange->reply.status = 200;
	exchange->sent = body_size;
}

static void
drop_body(struct exchange *ex)
{
	free(ex->request.body);
	ex->request.body = NULL;
	ex->request.body_size = 0;
	atomic_fetch_sub_explicit(&ex->pool->body_bytes, ex->capacity, memory_order_relaxed);
	ex->capacity = 0;
}

void
exchange_end(struct exchange *exchange)
{
	if (exchange->pool == NULL)
		return;
	if (exchange->capacity > 0)
		drop_body(exchange);
	if (exchange->answer_bytes > 0)
		atomic_fetch_sub_explicit(&exchange->pool->answer_bytes, exchange->answer_bytes, memory_order_relaxed);
	request_release(&exchange->request);
	reply_release(&exchange->reply);
	generation_release(exchange->generation);
	exchange->generation = NULL;
	exchange->pool = NULL;
}

/** A refusal after which nothing on this connection can be trusted. */
static bool
refuse_and_close(struct exchange *ex, enum metrics_reason reason, unsigned int status, const char *detail)
{
	ex->reason = reason;
	reply_problem(&ex->reply, status, detail);
	ex->close = true;
	return false;
}

static bool
refuse_length(struct exchange *ex)
{
	svctag_detail detail;

	if (ex->route->body_cap == 0)
		svctag_detail_set(&detail, "this route takes no body");
	else
		svctag_detail_set(&detail, "the body may have at most %zu bytes", ex->route->body_cap);
	return refuse_and_close(ex, METRICS_SIZE, 413, detail.text);
}

/** What changes nothing is for everyone; lists of work are for who has a token, if there are any. */
static bool
is_authorized(struct exchange *ex)
{
	enum tokens_verdict verdict;

	if (ex->pool->tokens == NULL || ex->request.method != METHOD_POST)
		return true;
	verdict = tokens_judge(ex->pool->tokens, ex->request.authorization);
	if (verdict == TOKENS_GOOD)
		return true;
	reply_add_field(&ex->reply, "WWW-Authenticate",
			verdict == TOKENS_NONE ? "Bearer realm=\"svctagd\""
					       : "Bearer realm=\"svctagd\", error=\"invalid_token\"");
	reply_problem(&ex->reply, 401,
		      verdict == TOKENS_NONE ? "a POST needs the header Authorization: Bearer TOKEN"
					     : "the token is not one of those that are taken");
	return false;
}

/** `*` is for the end: what does not parse, or does not exist, is not known to anyone. */
static void
take_validators(struct exchange *ex)
{
	const char *sent = ex->request.if_none_match;

	if (sent == NULL)
		return;
	ex->knows_any = sent[0] == '*' && sent[1 + strspn(sent + 1, " \t")] == '\0';
	encoding_unmark(ex->encoding, ex->request.if_none_match);
}

bool
exchange_admit(struct exchange *exchange, const char *method)
{
	svctag_detail detail;
	unsigned int status =
		request_parse_target(&exchange->request, exchange->target, exchange->target_size, &detail);

	request_set_method(&exchange->request, method);
	if (status != 0)
		return refuse_and_close(exchange, METRICS_TARGET, status, detail.text);
	/* a body that nobody will read makes the connection useless */
	exchange->close = framing_has_body(&exchange->framing);
	exchange->route = router_find(&exchange->request, &exchange->reply);
	if (exchange->route == NULL) {
		cors_preflight(&exchange->pool->cors, &exchange->request, &exchange->reply);
		return false;
	}
	if (!is_authorized(exchange))
		return false;
	if (exchange->framing.length > exchange->route->body_cap ||
	    (exchange->framing.chunked && exchange->route->body_cap == 0))
		return refuse_length(exchange);
	exchange->request.has_body = exchange->close;
	if (!router_accepts(exchange->route, &exchange->request, &exchange->reply))
		return false;
	exchange->encoding = encoding_choose(exchange->request.accept_encoding);
	if (exchange->encoding == ENCODING_NONE) {
		reply_problem(&exchange->reply, 406, "the Accept-Encoding header allows neither identity nor gzip");
		return false;
	}
	take_validators(exchange);
	exchange->close = false;
	return true;
}

/** Room for so many bytes of body, counted against what all may hold. */
static bool
grow_body(struct exchange *ex, size_t need)
{
	size_t limit = ex->framing.chunked ? ex->route->body_cap : (size_t)ex->framing.length;
	size_t capacity = ex->capacity == 0 ? BODY_START : 2 * ex->capacity;
	size_t more, before;
	char *body;

	if (capacity < need)
		capacity = need;
	if (capacity > limit)
		capacity = limit;
	more = capacity - ex->capacity;
	before = atomic_fetch_add_explicit(&ex->pool->body_bytes, more, memory_order_relaxed);
	body = before + more <= EXCHANGE_ALL_BODIES ? realloc(ex->request.body, capacity) : NULL;
	if (body == NULL) {
		atomic_fetch_sub_explicit(&ex->pool->body_bytes, more, memory_order_relaxed);
		return false;
	}
	ex->request.body = body;
	ex->capacity = capacity;
	return true;
}

bool
exchange_take_body(struct exchange *exchange, const char *data, size_t size)
{
	struct request *request = &exchange->request;

	exchange->received += size;
	if (exchange->reply.status != 0) /* refused before: read on for a while, and forget it */
		return exchange->received <= exchange->route->body_cap + (uint64_t)EXCHANGE_READ_ON;
	if (exchange->received > exchange->route->body_cap) {
		drop_body(exchange);
		refuse_length(exchange);
		return true;
	}
	if (request->body_size + size > exchange->capacity && !grow_body(exchange, request->body_size + size)) {
		drop_body(exchange);
		exchange->reply.retry_after = 1;
		return !refuse_and_close(exchange, METRICS_UNAVAILABLE, 413,
					 "too many lists are being answered just now");
	}
	memcpy(request->body + request->body_size, data, size);
	request->body_size += size;
	return true;
}

/** An answer from a worker may be long, and stays until the client has taken it: count it. */
static void
hold_answer(struct exchange *ex)
{
	size_t size = ex->reply.body_size;
	size_t before = atomic_fetch_add_explicit(&ex->pool->answer_bytes, size, memory_order_relaxed);

	ex->answer_bytes = size;
	if (before + size <= EXCHANGE_ALL_ANSWERS)
		return;
	ex->reply.retry_after = 1;
	reply_problem(&ex->reply, 503, "too many long answers are being sent just now");
}

/** What a status says where nothing more exact is known. */
static enum metrics_reason
reason_of(unsigned int status)
{
	switch (status) {
	case 401: return METRICS_TOKEN;
	case 404: return METRICS_PATH;
	case 405: return METRICS_METHOD;
	case 413: return METRICS_SIZE;
	case 415: return METRICS_MEDIA_TYPE;
	case 503: return METRICS_UNAVAILABLE;
	default: return status >= 400 ? METRICS_CONTENT : METRICS_NOT_REJECTED;
	}
}

double
exchange_seconds_since(const struct timespec *begun)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begun->tv_sec) + (double)(now.tv_nsec - begun->tv_nsec) / 1e9;
}

static void
count(struct exchange *exchange)
{
	struct metrics *metrics = exchange->pool->metrics;
	unsigned int status = exchange->reply.status;
	enum metrics_reason reason = exchange->reason;

	if (metrics == NULL)
		return;
	metrics_request(metrics, router_number(exchange->route), status, exchange_seconds_since(&exchange->begun));
	if (reason == METRICS_NOT_REJECTED)
		reason = reason_of(status);
	if (reason != METRICS_NOT_REJECTED)
		metrics_rejected(metrics, reason, 1);
}

void
exchange_finish(struct exchange *exchange)
{
	cors_apply(&exchange->pool->cors, &exchange->request, &exchange->reply);
	count(exchange);
}

static struct load
load_of(struct exchange_pool *pool)
{
	return (struct load){
		.connections = pool->connections == NULL ? 0 : connections_count(pool->connections),
		.body_bytes = atomic_load_explicit(&pool->body_bytes, memory_order_relaxed),
		.log_dropped = log_dropped(pool->log),
		.answer_bytes = atomic_load_explicit(&pool->answer_bytes, memory_order_relaxed),
	};
}

void
exchange_run(struct exchange *exchange, struct database *database)
{
	char today[SVCTAG_DAY_SIZE];
	struct context context = {
		.archive = exchange->pool->archive,
		.database = database,
		.metrics = exchange->pool->metrics,
		.today = today,
	};

	if (exchange->generation == NULL)
		exchange->generation = snapshots_current(exchange->pool->snapshots);
	context.generation = exchange->generation;
	if (database != NULL)
		database->wanted = exchange->generation == NULL ? NULL : generation_file(exchange->generation);
	if ((exchange->route->flags & ROUTE_STATUS) != 0) {
		snapshots_get_status(exchange->pool->snapshots, &context.status);
		context.load = load_of(exchange->pool);
		svctag_day_format(time(NULL) / 86400, today);
	}
	context.limits = exchange->limits;
	exchange->reply.defer = false;
	router_run(exchange->route, &exchange->request, &context, &exchange->reply);
	if (database != NULL)
		database->wanted = NULL; /* it goes with the generation */
	if (exchange->reply.status == 0 && !(exchange->reply.defer && database == NULL))
		reply_problem(&exchange->reply, 500, NULL); /* a handler that forgot to answer */
	if (exchange->reply.defer) {
		exchange->limits.waits_ms = work_now_ms();
		exchange->limits.deadline_ms = exchange->limits.waits_ms + WORK_MS;
		return;
	}
	if (database != NULL)
		hold_answer(exchange);
	if (exchange->knows_any && exchange->reply.status == 200 && exchange->reply.etag[0] != '\0')
		reply_not_modified(&exchange->reply);
	reply_begin_stream(&exchange->reply);
	encoding_apply(exchange->encoding, &exchange->reply);
	if (exchange->reply.content_encoding != NULL)
		reply_begin_stream(&exchange->reply); /* packed it may be short */
}
