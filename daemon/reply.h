/**
 * @file
 * What goes back to a client, free of any HTTP library: made by handlers,
 * sent by server.c. A body is a buffer, or a stream that is written piece by
 * piece while it is sent.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <svctag/error.h>

#include "text/output.h"

#include "etag.h"
#include "request.h"

/** Room for an Allow header. */
#define REPLY_ALLOW_SIZE 32

/** Most header fields besides those that have a place of their own. */
#define REPLY_MAX_FIELDS 8

/** A header field; both texts outlive the reply. */
struct reply_field {
	const char *name;
	const char *value;
};

/** A body that is too long to be held. */
struct reply_stream {
	/**
	 * Append the next piece and say whether it was the last: some 64 KiB, or about what fits where the output is
	 * borrowed. NULL: there is no stream.
	 */
	svctag_error (*next)(void *context, struct output *out, bool *ret_done);
	void (*release)(void *context);
	void *context;
	bool is_long; /**< a piece may take longer to make than those may wait who send: a worker's */
};

/** What the answers to requests that differ in an address alone have in common. */
struct reply_pattern {
	struct etag etag; /**< theirs, but for the target */
	/** What the answer was made of, and every other would be; NULL: it is no such answer. As long as the generation. */
	const struct report_fragments *fragments;
};

/** Zero-initialise; release with reply_release() unless its parts were handed on. */
struct reply {
	unsigned int status;          /**< 0 until the handler has decided */
	bool defer;                   /**< instead of an answer: run the handler again where it may read the database */
	const char *content_type;     /**< static, or NULL when there is no body */
	const char *content_encoding; /**< static, or NULL */
	char *body;                   /**< malloc()ed */
	size_t body_size;
	struct reply_stream stream;   /**< instead of a body */
	char etag[ETAG_SIZE];         /**< "" for none */
	char allow[REPLY_ALLOW_SIZE]; /**< "" for none */
	const char *cache_control;    /**< static, or NULL */
	const char *policy;           /**< of a page, its Content-Security-Policy: static, or NULL */
	struct reply_pattern pattern; /**< where others are made like it */
	bool varies;                  /**< other representations exist: Vary: Accept */
	bool varies_by_origin;        /**< Vary: Origin */
	unsigned int retry_after;     /**< seconds, or 0 */
	struct reply_field fields[REPLY_MAX_FIELDS];
	size_t field_count;
};

/** Room for a date, with its NUL. */
#define REPLY_DATE_SIZE 30

/** A Date field's value (RFC 9110, 5.6.7). */
void reply_date(time_t when, char ret[REPLY_DATE_SIZE]);

/** Accepts a zero-initialised reply, which it becomes again. */
void reply_release(struct reply *reply);

/**
 * An error as application/problem+json. Whatever the reply held is dropped,
 * except `allow` and `retry_after`.
 * @param detail  one sentence, or NULL
 */
void reply_problem(struct reply *reply, unsigned int status, const char *detail);

/**
 * An error of the library as a problem: 400 for what the client wrote wrong,
 * 404 for what does not exist, 503 for what may be there later.
 */
void reply_error(struct reply *reply, svctag_error error, const svctag_detail *detail);

/** The status that an error of the library has over HTTP. */
unsigned int reply_status_of(svctag_error error);

/** The phrase of a status that this daemon uses. Static. */
const char *reply_phrase(unsigned int status);

/**
 * Where a handler writes a body.
 * @return NULL when there is no memory; the reply is a problem then
 */
FILE *reply_open(struct reply *reply);

/**
 * Close what reply_open() gave and make a 200 of it.
 * @param error  of the writing; not SVCTAG_OK makes it a problem
 */
void reply_close(struct reply *reply, FILE *out, svctag_error error, const char *content_type);

/** Make a 200 of a body. @param body  malloc()ed; becomes the reply's */
void reply_give(struct reply *reply, char *body, size_t size, const char *content_type);

/** The Vary header: what else may stand under this target. NULL for none. Static. */
const char *reply_vary(const struct reply *reply);

/** One header field more; dropped where there is no room. Nothing that a client sent may get into one. */
void reply_add_field(struct reply *reply, const char *name, const char *value);

/** A 204, of whatever the reply was. */
void reply_no_content(struct reply *reply);

/** What was made is known to the client after all: a 304, with the same ETag. */
void reply_not_modified(struct reply *reply);

/**
 * Make the first piece of a stream, if there is one. When that is all it
 * becomes the body, and when it fails a problem: what is short goes out in one
 * go and with its length, and what fails at once is no answer cut short.
 */
void reply_begin_stream(struct reply *reply);

/** Does an If-None-Match header (or NULL) name this ETag? `*` names none: it is about what there is in the end. */
bool reply_etag_matches(const char *if_none_match, const char *etag);

#endif
