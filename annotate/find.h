/*
 * Addresses as logs have them: alone in a field, with a port or in brackets,
 * or somewhere in a line. What counts as an address is always what
 * inet_pton() takes; here is only where it begins and ends.
 */
#ifndef ANNOTATE_FIND_H
#define ANNOTATE_FIND_H

#include <svctag/address.h>

/** What was found. IPv4-mapped IPv6 is IPv4. */
enum found {
	FOUND_NOTHING,
	FOUND_IPV4,
	FOUND_IPV6,
};

/** The one of the two that was found; the other is untouched. */
struct found_address {
	uint32_t ipv4; /**< host byte order */
	svctag_address ipv6;
};

/**
 * A text that is an address and nothing else: "a.b.c.d", "x::y", or either of
 * them in brackets, each perhaps with ":port"; IPv6 with a port needs the
 * brackets.
 * @param text  with QUAD_SLACK readable bytes behind it
 */
enum found find_whole(const char *text, size_t size, struct found_address *ret);

/**
 * The first address in a text. It begins and ends at a word's boundary, and
 * punctuation at its end is not part of it; "Name/1.2.3.4" is a version.
 * @param text  with QUAD_SLACK readable bytes behind it
 */
enum found find_first(const char *text, size_t size, struct found_address *ret);

#endif
