/**
 * @file
 * A prefix as a document spells it.
 */
#ifndef IMPORTER_DECODE_PREFIX_H
#define IMPORTER_DECODE_PREFIX_H

#include <svctag/address.h>

/** Room for any phrase of importer_prefix_read(). */
#define IMPORTER_WHY_SIZE 160

/**
 * Parse a prefix that a tag may have: no host bits, not a whole family, not
 * IPv4 dressed as IPv6. A bare address is a host prefix.
 * @param text      NUL-terminated
 * @param[out] why  on failure: what is wrong and what was probably meant; at least IMPORTER_WHY_SIZE bytes
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_RANGE, SVCTAG_E_HOST_BITS
 */
SVCTAG_MUST_CHECK svctag_error importer_prefix_read(const char *text, svctag_prefix *ret, char *why);

#endif
