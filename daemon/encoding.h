/**
 * @file
 * Content codings (RFC 9110, 8.4 and 12.5.3): whether an answer goes out as
 * it is or in gzip, and what that does to its ETag. Handlers know nothing of
 * it: they make the plain answer, with the plain answer's ETag.
 *
 * Each coding has an ETag of its own, chosen by what the client accepts alone,
 * so that a 304 needs no body; what does not pay to be packed goes out plain
 * under the ETag of those who would have taken gzip. The bytes of a packed
 * answer depend on nothing but the plain ones, as a strong ETag promises.
 */
#ifndef ENCODING_H
#define ENCODING_H

#include "reply.h"

/** What the Accept-Encoding header leaves us. */
enum encoding {
	ENCODING_PLAIN,
	ENCODING_GZIP,      /**< where it pays */
	ENCODING_GZIP_ONLY, /**< even where it does not */
	ENCODING_NONE,      /**< neither: 406 */
};

/** @param accept_encoding  the header, or NULL */
enum encoding encoding_choose(const char *accept_encoding);

/**
 * Make of the ETags of packed answers those of the plain ones that handlers
 * compare with, in place; the others are for another form, and go.
 * @param if_none_match  the header, or NULL
 */
void encoding_unmark(enum encoding encoding, char *if_none_match);

/** Is a body of this type and size packed? */
bool encoding_packs(enum encoding encoding, const char *content_type, size_t size);

/**
 * The finished reply in this coding: its body is packed at once, a longer one
 * or a stream while it is sent. Without memory it stays plain, without ETag.
 */
void encoding_apply(enum encoding encoding, struct reply *reply);

#endif
