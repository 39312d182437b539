/**
 * @file
 * What handlers work with: the generation that the request is answered from,
 * the cache of older releases and, in a worker, the database.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include "archive.h"
#include "database.h"
#include "metrics.h"
#include "reply.h"
#include "request.h"
#include "snapshots.h"

/** Most queries of one GET; lists are for POST. */
#define SERVICE_MAX_QUERIES 1000
/** Most bytes of a POSTed list. */
#define SERVICE_MAX_LIST (64U << 20)
/** Most bytes of a POSTed document that is read as a whole. */
#define SERVICE_MAX_DOCUMENT (8U << 20)
/** Milliseconds that a worker's answer may take, waiting for the worker included. */
#define WORK_MS 10000

/** When work for a client is to end before it is done. Zero-initialised: never. */
struct work_limits {
	int64_t deadline_ms; /**< by work_now_ms(); 0 for none */
	int64_t waits_ms;    /**< since when the client has been waiting for a worker; 0: it has not */
	/** Has the client gone, or does the daemon have to stop? May be NULL. Called from the worker. */
	bool (*is_unwanted)(void *client);
	void *client;
};

/** Milliseconds of a clock that only goes forward. */
int64_t work_now_ms(void);

/** What the daemon is busy with. */
struct load {
	size_t connections;
	size_t body_bytes;
	size_t answer_bytes;
	uint64_t log_dropped; /**< lines, so far */
};

struct context {
	struct generation *generation; /**< NULL before anything was loaded; held by the caller */
	struct archive *archive;
	struct database *database;      /**< NULL where nothing may block: a handler that needs it sets reply->defer */
	struct snapshots_status status; /**< filled for routes with ROUTE_STATUS */
	struct load load;               /**< likewise */
	const struct metrics *metrics;
	const char *today;         /**< YYYY-MM-DD */
	struct work_limits limits; /**< for what takes long: work.h */
};

/**
 * Answer a request. May be called again with the database after the reply
 * said `defer`. The request and the context are only read; they, and what a
 * reply's stream needs of them, are the handler's to copy or to retain.
 * (The body of a POST may be taken over: request->body is NULL then.)
 */
typedef void (*route_handler)(struct request *request, const struct context *context, struct reply *reply);

void get_lookup(struct request *request, const struct context *context, struct reply *reply);
void post_lookup(struct request *request, const struct context *context, struct reply *reply);
void get_check(struct request *request, const struct context *context, struct reply *reply);
void get_releases(struct request *request, const struct context *context, struct reply *reply);
void get_tags(struct request *request, const struct context *context, struct reply *reply);
void get_tag(struct request *request, const struct context *context, struct reply *reply);
void get_tag_prefixes(struct request *request, const struct context *context, struct reply *reply);
void get_diff(struct request *request, const struct context *context, struct reply *reply);
void get_export(struct request *request, const struct context *context, struct reply *reply);
void get_feed(struct request *request, const struct context *context, struct reply *reply);
void get_history(struct request *request, const struct context *context, struct reply *reply);
void get_drift(struct request *request, const struct context *context, struct reply *reply);
void post_drift(struct request *request, const struct context *context, struct reply *reply);
void post_lint(struct request *request, const struct context *context, struct reply *reply);
void post_migrate(struct request *request, const struct context *context, struct reply *reply);
void get_plans(struct request *request, const struct context *context, struct reply *reply);
void get_plan(struct request *request, const struct context *context, struct reply *reply);
void get_root(struct request *request, const struct context *context, struct reply *reply);
void get_openapi(struct request *request, const struct context *context, struct reply *reply);
void get_asset(struct request *request, const struct context *context, struct reply *reply);
void get_healthz(struct request *request, const struct context *context, struct reply *reply);
void get_readyz(struct request *request, const struct context *context, struct reply *reply);
void get_metrics(struct request *request, const struct context *context, struct reply *reply);

#endif
