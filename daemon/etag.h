/**
 * @file
 * The strong ETags of answers that are functions of releases and of a request
 * alone (RFC 9110, 8.8.3): a hash of everything that decides about their
 * bytes, so that an answer is known before it is made.
 */
#ifndef ETAG_H
#define ETAG_H

#include <svctag/address.h>
#include <svctag/store.h>

/** Room for an ETag: quotes, 32 hexadecimal digits, the mark of a coding, NUL. */
#define ETAG_SIZE 44

/** What goes into ETags that differ by the target alone. A value. */
struct etag {
	svctag_u128 state;
};

/** Begin with the form that the answer takes, and this program's version: another may write other bytes. */
struct etag etag_of_form(const char *content_type);

/** The answer depends on this release, and on what is known of it. */
void etag_add_release(struct etag *etag, const svctag_release_info *release);

/** The ETag of the answer to a target, in quotes. */
void etag_write(struct etag etag, const char *target, size_t size, char ret[ETAG_SIZE]);

#endif
