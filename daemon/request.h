/**
 * @file
 * What a client asked for, free of any HTTP library: the target taken apart
 * and decoded, the few headers that handlers look at, the body. Filled by
 * server.c (or by a test), read by handlers.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <svctag/error.h>

#include "arena.h"

/** The methods that any route knows; HEAD is a GET whose body is not sent. */
enum request_method {
	METHOD_OTHER = 0,
	METHOD_GET = 1,
	METHOD_POST = 2,
};

/** Most segments of a path; the longest route has four. */
#define REQUEST_MAX_SEGMENTS 8
/** Most parameters of a query string. */
#define REQUEST_MAX_PARAMETERS 1100

/** One `name=value` of the query string, decoded; both end with a NUL and hold none before. */
struct request_parameter {
	const char *name;
	const char *value;
};

/** A request. Zero-initialise; release with request_release(). */
struct request {
	enum request_method method;
	bool head;          /**< method is METHOD_GET, but only the headers are wanted */
	bool options;       /**< the method is OPTIONS, which no route has */
	struct arena arena; /**< has all that is pointed to from here but the body */
	const char *raw;    /**< the target as sent: what answers are cached under */
	const char *segments[REQUEST_MAX_SEGMENTS];
	size_t segment_count;
	struct request_parameter *parameters;
	size_t parameter_count;
	const char *name;      /**< what stands for {name} in the route's pattern, or NULL */
	char *accept;          /**< the Accept header, or NULL */
	char *accept_encoding; /**< likewise, as all that follow */
	char *content_type;
	char *if_none_match;
	char *authorization;
	char *origin;
	char *wanted_method; /**< Access-Control-Request-Method */
	bool has_body;       /**< the headers say that one follows */
	char *body;          /**< malloc()ed, or NULL */
	size_t body_size;
};

/** Accepts a zero-initialised request. */
void request_release(struct request *request);

/** "GET", "HEAD", "POST" in this very spelling; anything else is METHOD_OTHER. */
void request_set_method(struct request *request, const char *method);

/**
 * Take the target of a request line apart: the path into segments, the query
 * string into parameters, everything percent-decoded. Refused are control
 * characters, raw or encoded (so also NUL), bytes past ASCII that are not
 * encoded, broken encodings, text that is not UTF-8, and a fragment.
 * @param raw  size bytes; copied
 * @return 0, or the HTTP status of the refusal: 400, 414, 503 (no memory)
 */
unsigned int request_parse_target(struct request *request, const char *raw, size_t size, svctag_detail *detail);

/**
 * Keep a header field, if it is one of those above. Several of one name become
 * one with commas (RFC 9110, 5.2).
 * @return false when there is no memory
 */
bool request_take_field(struct request *request, const char *name, size_t name_size, const char *value,
			size_t value_size);

/** The first parameter of this name, or NULL. */
const char *request_parameter(const struct request *request, const char *name);

/** How many parameters have this name? */
size_t request_parameter_count(const struct request *request, const char *name);

/** Is this UTF-8, without overlong forms, surrogates, and anything past U+10FFFF? */
bool request_is_utf8(const char *text, size_t size);

#endif
