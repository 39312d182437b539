/**
 * @file
 * What the daemon counts: requests by route and status, how long they took,
 * what was refused and why, reloads. Counters are atomic and only grow; any
 * thread may call anything. Written in the Prometheus text format 0.0.4.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <svctag/error.h>

/** Why a request was not answered as asked. */
enum metrics_reason {
	METRICS_NOT_REJECTED,
	METRICS_FRAMING,     /**< the message cannot be trusted: lengths, transfer codings, version */
	METRICS_TARGET,      /**< the request target does not parse */
	METRICS_PATH,        /**< nothing is there */
	METRICS_METHOD,      /**< not with this method */
	METRICS_TOKEN,       /**< not with this token, or without one */
	METRICS_MEDIA_TYPE,  /**< of the body */
	METRICS_SIZE,        /**< of the body */
	METRICS_UNAVAILABLE, /**< nothing is loaded, or too much is being done just now */
	METRICS_CONTENT,     /**< parameters or body do not say what they have to */
	/* Counted without a request: */
	METRICS_DEADLINE,    /**< headers that did not come in time */
	METRICS_SLOW,        /**< a body or an answer that hardly moved */
	METRICS_CONNECTIONS, /**< one connection too many */
	METRICS_ADDRESS,     /**< one too many of its address */
	METRICS_REASON_COUNT,
};

struct metrics;

/** NULL when there is no memory. */
struct metrics *metrics_new(void);
/** Accepts NULL. */
void metrics_free(struct metrics *metrics);

/**
 * A request is answered.
 * @param route    its number by router_number(), which may be "none"
 * @param seconds  from its request line to its answer's being ready
 */
void metrics_request(struct metrics *metrics, size_t route, unsigned int status, double seconds);
void metrics_rejected(struct metrics *metrics, enum metrics_reason reason, uint64_t number);
void metrics_reload(struct metrics *metrics, bool ok);

/** Write what was counted. @return SVCTAG_OK, SVCTAG_E_IO */
SVCTAG_MUST_CHECK svctag_error metrics_write(const struct metrics *metrics, FILE *out);

/** The lines that go before a metric's values. */
void metrics_head(FILE *out, const char *name, const char *type, const char *help);
/** A label's value, in quotes, escaped. */
void metrics_label(FILE *out, const char *value);

#endif
