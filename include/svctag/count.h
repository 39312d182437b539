/**
 * @file
 * Exact numbers of addresses. All of IPv6 is 2^128, one more than 128 bits
 * hold, and tags are added up; 192 bits never overflow here. Plain values.
 */
#ifndef SVCTAG_COUNT_H
#define SVCTAG_COUNT_H

#include <stdint.h>

#include <svctag/address.h>

#ifdef __cplusplus
extern "C" {
#endif

__extension__ typedef unsigned __int128 svctag_u128;

/** A number of addresses: high * 2^128 + low. Zero-initialised is zero. */
typedef struct svctag_count {
	svctag_u128 low;
	uint64_t high;
} svctag_count;

/** Room for the longest decimal text, with the closing NUL. */
#define SVCTAG_COUNT_TEXT_SIZE 60

SVCTAG_API svctag_count svctag_count_of(svctag_u128 number);
SVCTAG_API svctag_count svctag_count_of_prefix(const svctag_prefix *prefix);
SVCTAG_API svctag_count svctag_count_of_range(const svctag_range *range);
SVCTAG_API svctag_count svctag_count_add(svctag_count a, svctag_count b);
/** a - b; a must not be less than b. */
SVCTAG_API svctag_count svctag_count_subtract(svctag_count a, svctag_count b);
/** <0, 0, >0 */
SVCTAG_API int svctag_count_compare(svctag_count a, svctag_count b);
SVCTAG_API bool svctag_count_is_zero(svctag_count count);
/** part / whole as a fraction; 0 when whole is zero. Exactly 1 only if equal. */
SVCTAG_API double svctag_count_fraction(svctag_count part, svctag_count whole);
SVCTAG_API double svctag_count_to_double(svctag_count count);
/** Decimal text into at least SVCTAG_COUNT_TEXT_SIZE bytes; returns its length. */
SVCTAG_API size_t svctag_count_format(svctag_count count, char *text);
/** Parse plain decimal digits. @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_RANGE */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_count_parse(const char *text, size_t size, svctag_count *ret);

#ifdef __cplusplus
}
#endif

#endif
