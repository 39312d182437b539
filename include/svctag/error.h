/**
 * @file
 * One error enum for the whole library, one message for each, and a small
 * caller-owned place for the particulars (which tag, which prefix, where).
 */
#ifndef SVCTAG_ERROR_H
#define SVCTAG_ERROR_H

#include <svctag/api.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum svctag_error {
	SVCTAG_OK = 0,
	SVCTAG_E_NO_MEMORY,   /**< an allocation failed */
	SVCTAG_E_SYNTAX,      /**< the text is not of the form that is meant */
	SVCTAG_E_RANGE,       /**< a number is outside its limits, or a range runs backwards */
	SVCTAG_E_HOST_BITS,   /**< bits are set past a prefix's length */
	SVCTAG_E_FAMILY,      /**< IPv4 and IPv6 where one family is meant */
	SVCTAG_E_DUPLICATE,   /**< the same name twice where names are unique */
	SVCTAG_E_NOT_FOUND,   /**< no such cloud, release or tag */
	SVCTAG_E_EMPTY,       /**< no release is loaded */
	SVCTAG_E_IO,          /**< a file could not be read or written */
	SVCTAG_E_BUSY,        /**< another process holds the database */
	SVCTAG_E_DATABASE,    /**< SQLite refused or failed */
	SVCTAG_E_FOREIGN,     /**< not a svctag database, or one of a newer version */
	SVCTAG_E_CORRUPT,     /**< a checksum or an invariant of stored data does not hold */
	SVCTAG_E_FORMAT,      /**< an index of another format version or byte order */
	SVCTAG_E_IMPLAUSIBLE, /**< refused by the plausibility gate */
	SVCTAG_E_LIMIT,       /**< more input or work than is allowed */
	SVCTAG_E_INVALID,     /**< the caller broke the function's contract */
	SVCTAG_E_UNSUPPORTED, /**< valid, but not something this build can do */
} svctag_error;

/**
 * The particulars of a failure, in the caller's memory. Functions that take
 * one accept NULL. On failure `text` holds one line without a line end that
 * says what, where, and what would be right; on success it is untouched.
 */
typedef struct svctag_detail {
	char text[512];
} svctag_detail;

/** A short English phrase for the error. Static; never NULL. Any thread. */
SVCTAG_API const char *svctag_error_text(svctag_error error);

/**
 * Write the particulars, as printf does; cut to fit; controls and what is not UTF-8
 * replaced by "?", so that hostile input cannot draw on a terminal.
 * @param detail  may be NULL: nothing happens
 */
SVCTAG_API void svctag_detail_set(svctag_detail *detail, const char *format, ...) __attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif

#endif
