/**
 * @file
 * Is it certain where this request ends, and that everyone on its way agrees?
 * Collects the header fields that decide it, and judges them (RFC 9112, 6.1
 * and 6.3; 9110, 7.2). A request that leaves a doubt is refused and its
 * connection closed, because what follows might be another request to us and
 * a body to a proxy.
 */
#ifndef FRAMING_H
#define FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <svctag/error.h>

/** Zero-initialise. */
struct framing {
	unsigned int lengths; /**< Content-Length fields */
	unsigned int codings; /**< Transfer-Encoding fields */
	unsigned int hosts;
	bool old;        /**< HTTP/1.0 */
	bool bad_length; /**< not plain digits */
	bool too_long;   /**< digits, but past any number */
	bool bad_coding; /**< chunked twice, or nothing */
	bool bad_host;   /**< has a character that no host has */
	bool waits;      /**< for 100 (Continue) */
	bool expects;    /**< something else than that */
	bool chunked;
	uint64_t length; /**< what Content-Length says; 0 without */
};

/** A header field that decides the framing. */
enum framing_field {
	FRAMING_NO_FIELD, /**< any other */
	FRAMING_HOST,
	FRAMING_EXPECT,
	FRAMING_LENGTH,
	FRAMING_CODING,
};

/** The one of this name. */
enum framing_field framing_field_named(const char *name, size_t size);

/** Take a header field in; others than those that decide are left alone. */
void framing_add(struct framing *framing, enum framing_field field, const char *value, size_t size);

/**
 * Like framing_add(), by name and of nothing but the fields that say whether a body follows
 * and how long it is: for what has been judged before.
 */
void framing_measure(struct framing *framing, const char *name, size_t name_size, const char *value, size_t value_size);

/** @return 0, or the status to refuse with: 400, 413, 417 (unknown expectation), 501 (unknown coding) */
unsigned int framing_judge(const struct framing *framing, svctag_detail *detail);

/** Does a body follow? */
bool framing_has_body(const struct framing *framing);

#endif
