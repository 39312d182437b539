/**
 * @file
 * Bytes to UTF-8: what Windows saves is often UTF-16 with a byte order mark.
 */
#ifndef LISTS_ENCODING_H
#define LISTS_ENCODING_H

#include <stddef.h>

#include <svctag/error.h>

/**
 * @param[in,out] data  a byte order mark is left out; for UTF-16 new memory takes its place
 * @param[out] ret_owned  free() it when the text is done with; NULL if `data` is still the caller's
 * @param detail  may be NULL
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX (a NUL: not text), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error encoding_decode(const char **data, size_t *size, char **ret_owned,
					       svctag_detail *detail);

#endif
