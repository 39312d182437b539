/**
 * @file
 * What handlers work with: the generation that the request is answered from,
 * the cache of older releases and, in a worker, the database.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include "archive.h"
#include "database.h"
#include "reply.h"
#include "request.h"
#include "snapshots.h"

/** Most queries of one GET; lists are for POST. */
#define SERVICE_MAX_QUERIES 1000
/** Most bytes of a POSTed list. */
#define SERVICE_MAX_LIST (64U << 20)

struct context {
	struct generation *generation; /**< NULL before anything was loaded; held by the caller */
	struct archive *archive;
	struct database *database;      /**< NULL where nothing may block: a handler that needs it sets reply->defer */
	struct snapshots_status status; /**< filled for routes with ROUTE_STATUS */
	const char *today;              /**< YYYY-MM-DD */
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
void get_healthz(struct request *request, const struct context *context, struct reply *reply);
void get_readyz(struct request *request, const struct context *context, struct reply *reply);

#endif
