/*
 * Three numbers in one of 192 bits, the one that counts most on top. The
 * union of all tags has at most 2^32 IPv4 addresses (33 bits), 2^128 IPv6
 * addresses (129) and fewer than 2^17 tags, so that no sum of what is paid
 * once ever carries from one into the next.
 */
#include "migrate_problem.h"

#include <svctag/release.h>

#define IPV4_BITS 33U
#define IPV6_BITS 129U
#define TAG_BITS 17U

_Static_assert(IPV4_BITS + IPV6_BITS + TAG_BITS <= 192, "the three fit");
_Static_assert(SVCTAG_MAX_TAGS < 1 << TAG_BITS, "so do all tags");

/** Where the tags and each family begin, by svctag_prefer. */
static const struct {
	unsigned int tags;
	unsigned int family[2];
} places[] = {
	[SVCTAG_PREFER_ADDRESSES] = { 0, { TAG_BITS + IPV6_BITS, TAG_BITS } },
	[SVCTAG_PREFER_RULES] = { IPV6_BITS + IPV4_BITS, { IPV6_BITS, 0 } },
};

/* What goes past 192 bits is lost; nothing does. */
static svctag_count
shift_up(svctag_count count, unsigned int bits)
{
	if (bits == 0)
		return count;
	if (bits >= 128)
		return (svctag_count){ .high = (uint64_t)count.low << (bits - 128) };
	/* 0 < bits < 64 here: a place of 64 to 127 is none of the above. */
	return (svctag_count){ .low = count.low << bits,
			       .high = count.high << bits | (uint64_t)(count.low >> (128 - bits)) };
}

static svctag_count
shift_down(svctag_count count, unsigned int bits)
{
	if (bits == 0)
		return count;
	if (bits >= 128)
		return (svctag_count){ .low = count.high >> (bits - 128) };
	return (svctag_count){ .low = count.low >> bits | (svctag_u128)count.high << (128 - bits),
			       .high = count.high >> bits };
}

/* The lowest bits of the count. */
static svctag_count
lowest(svctag_count count, unsigned int bits)
{
	if (bits >= 128)
		count.high &= ((uint64_t)1 << (bits - 128)) - 1;
	else
		count = (svctag_count){ .low = count.low & (((svctag_u128)1 << bits) - 1) };
	return count;
}

svctag_count
migrate_price(svctag_prefer prefer, uint8_t family, svctag_count addresses)
{
	return shift_up(addresses, places[prefer].family[SVCTAG_FAMILY_INDEX(family)]);
}

svctag_count
migrate_price_of_tags(svctag_prefer prefer, size_t tags)
{
	return shift_up(svctag_count_of(tags), places[prefer].tags);
}

svctag_count
migrate_addresses_in(svctag_prefer prefer, uint8_t family, svctag_count price)
{
	return lowest(shift_down(price, places[prefer].family[SVCTAG_FAMILY_INDEX(family)]),
		      family == SVCTAG_IPV6 ? IPV6_BITS : IPV4_BITS);
}

size_t
migrate_tags_in(svctag_prefer prefer, svctag_count price)
{
	return (size_t)lowest(shift_down(price, places[prefer].tags), TAG_BITS).low;
}
