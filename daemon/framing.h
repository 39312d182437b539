/**
 * @file
 * Is it certain where this request ends, and that everyone on its way agrees?
 * Collects the header fields that decide it, and judges them (RFC 9112, 6.1
 * and 6.3; 9110, 5.5 and 7.2). A request that leaves a doubt is refused and
 * its connection closed, because what follows might be another request to us
 * and a body to a proxy.
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
	bool bad_field;  /**< a name that is no token, a control character in a value */
	bool bad_length; /**< not plain digits, or past 2^63 */
	bool chunked;
	uint64_t length; /**< what Content-Length says; 0 without */
};

/** Take a header field in. */
void framing_add(struct framing *framing, const char *name, size_t name_size, const char *value, size_t value_size);

/**
 * @param version  "HTTP/1.1" …
 * @return 0, or the status to refuse with: 400, 501 (unknown coding), 505
 */
unsigned int framing_judge(const struct framing *framing, const char *version, svctag_detail *detail);

/** Does a body follow? */
bool framing_has_body(const struct framing *framing);

#endif
