/**
 * @file
 * Addresses, prefixes and ranges of both families: plain values, strictly
 * parsed. What parses as an address is exactly what glibc's inet_pton()
 * accepts; no octal, no hexadecimal IPv4, no short forms, no zone, no
 * brackets, no blanks. Nothing here allocates; every function may be called
 * from any thread.
 */
#ifndef SVCTAG_ADDRESS_H
#define SVCTAG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <svctag/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One address. Bytes past the family's length are zero, so values compare. */
typedef struct svctag_address {
	uint8_t family;    /**< SVCTAG_IPV4 or SVCTAG_IPV6 */
	uint8_t bytes[16]; /**< network order; IPv4 in the first four */
} svctag_address;

/**
 * One CIDR block.
 * Invariant: bits past `length` are zero, so equal blocks compare equal.
 */
typedef struct svctag_prefix {
	uint8_t family;    /**< SVCTAG_IPV4 or SVCTAG_IPV6 */
	uint8_t length;    /**< 0..32 or 0..128 */
	uint8_t bytes[16]; /**< network order; IPv4 in the first four */
} svctag_prefix;

/** All addresses from first to last, both included, of one family. */
typedef struct svctag_range {
	svctag_address first;
	svctag_address last; /**< never before first */
} svctag_range;

/** Room for the longest text form of each, with the closing NUL. */
#define SVCTAG_ADDRESS_TEXT_SIZE 46
#define SVCTAG_PREFIX_TEXT_SIZE 50
#define SVCTAG_RANGE_TEXT_SIZE 92

/**
 * Parse "a.b.c.d" or "x::y".
 * @param text      need not be NUL-terminated
 * @param[out] ret  untouched unless SVCTAG_OK
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_address_parse(const char *text, size_t size, svctag_address *ret);

/**
 * Parse "a.b.c.d/n" or "x::y/n"; a bare address is a host prefix.
 * The length is decimal without sign or leading zero.
 * @param[out] ret  untouched unless SVCTAG_OK
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_RANGE (length too great),
 *         SVCTAG_E_HOST_BITS
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_prefix_parse(const char *text, size_t size, svctag_prefix *ret);

/**
 * As svctag_prefix_parse(), but host bits are cleared instead of refused:
 * for saying which prefix was probably meant.
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_prefix_parse_loose(const char *text, size_t size, svctag_prefix *ret);

/**
 * Parse "a-b" without blanks; both ends of one family, in order.
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_FAMILY, SVCTAG_E_RANGE (backwards)
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_range_parse(const char *text, size_t size, svctag_range *ret);

/**
 * Write the canonical text: dotted quad, or RFC 5952.
 * @param text  at least SVCTAG_…_TEXT_SIZE bytes
 * @return the length without the closing NUL
 */
SVCTAG_API size_t svctag_address_format(const svctag_address *address, char *text);
SVCTAG_API size_t svctag_prefix_format(const svctag_prefix *prefix, char *text);
SVCTAG_API size_t svctag_range_format(const svctag_range *range, char *text);

/** The value of a hexadecimal digit, in either case; -1 for any other character. */
static inline int
svctag_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/** Order by family, address, and (prefixes) length: <0, 0, >0. */
SVCTAG_API int svctag_address_compare(const svctag_address *a, const svctag_address *b);
SVCTAG_API int svctag_prefix_compare(const svctag_prefix *a, const svctag_prefix *b);

/** The block of this length that holds the address. */
SVCTAG_API svctag_prefix svctag_prefix_make(const svctag_address *address, unsigned int length);

/** First and last address of a block. */
SVCTAG_API svctag_range svctag_prefix_range(const svctag_prefix *prefix);

/** Does outer hold all of inner (or equal it)? */
SVCTAG_API bool svctag_prefix_covers(const svctag_prefix *outer, const svctag_prefix *inner);

/** Does the block hold the address? False across families. */
SVCTAG_API bool svctag_prefix_holds(const svctag_prefix *prefix, const svctag_address *address);

/**
 * Step to the next or previous address of the family.
 * @return false, and nothing changed, at the family's end
 */
SVCTAG_API bool svctag_address_next(svctag_address *address);
SVCTAG_API bool svctag_address_previous(svctag_address *address);

/** Is it IPv4 inside ::ffff:0:0/96 (RFC 4291, 2.5.5.2)? */
SVCTAG_API bool svctag_address_is_mapped(const svctag_address *address);

/** The IPv4 address inside an IPv4-mapped one; any other comes back as it is. */
SVCTAG_API svctag_address svctag_address_unmap(const svctag_address *address);

#ifdef __cplusplus
}
#endif

#endif
