/*
 * Putting memberships in order. They come tag by tag, each tag's prefixes
 * sorted: three thousand runs, for which comparing costs more than anything
 * else in reading a release. So this is a radix sort by bytes, the least
 * significant first; every pass is stable, which keeps the tags of one prefix
 * in order without ever looking at them. A byte that all keys share (most of
 * an IPv6 address) costs no pass.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "release_internal.h"

#define DIGITS sizeof(uint64_t)
#define DIGIT_VALUES 256

/** A membership and the part of its prefix that is sorted by just now. */
struct keyed {
	uint64_t key;
	const struct membership *member;
};

/** The part of a prefix that a round sorts by. */
typedef uint64_t (*key_function)(const svctag_prefix *prefix);

static uint64_t
key_of_ipv4(const svctag_prefix *prefix)
{
	return load_be64(prefix->bytes) >> 24 | prefix->length;
}

static uint64_t
key_of_length(const svctag_prefix *prefix)
{
	return prefix->length;
}

static uint64_t
key_of_low(const svctag_prefix *prefix)
{
	return load_be64(prefix->bytes + 8);
}

static uint64_t
key_of_high(const svctag_prefix *prefix)
{
	return load_be64(prefix->bytes);
}

static unsigned int
digit_of(uint64_t key, unsigned int digit)
{
	return (unsigned int)(key >> (8 * digit)) % DIGIT_VALUES;
}

/* How often each value occurs turned into where the first of it goes. */
static void
counts_to_places(size_t counts[DIGIT_VALUES])
{
	size_t place = 0;
	size_t i;

	for (i = 0; i < DIGIT_VALUES; i++) {
		size_t count = counts[i];

		counts[i] = place;
		place += count;
	}
}

/* Sort by the keys as they are; returns which of the two arrays holds the result. */
static struct keyed *
sort_by_key(struct keyed *from, struct keyed *to, size_t count)
{
	size_t counts[DIGITS][DIGIT_VALUES] = { 0 };
	unsigned int digit;
	size_t i;

	for (i = 0; i < count; i++)
		for (digit = 0; digit < DIGITS; digit++)
			counts[digit][digit_of(from[i].key, digit)]++;
	for (digit = 0; digit < DIGITS; digit++) {
		struct keyed *sorted = to;

		if (counts[digit][digit_of(from[0].key, digit)] == count)
			continue;
		counts_to_places(counts[digit]);
		for (i = 0; i < count; i++)
			to[counts[digit][digit_of(from[i].key, digit)]++] = from[i];
		to = from;
		from = sorted;
	}
	return from;
}

/* One family, by one key after another, the last the most significant. */
static struct keyed *
sort_family(struct keyed *from, struct keyed *to, size_t count, const key_function *keys, size_t key_count)
{
	size_t round;
	size_t i;

	for (round = 0; round < key_count && count > 1; round++) {
		struct keyed *sorted;

		for (i = 0; i < count; i++)
			from[i].key = keys[round](from[i].member->prefix);
		sorted = sort_by_key(from, to, count);
		if (sorted == to)
			to = from;
		from = sorted;
	}
	return from;
}

/* IPv4 to the front, IPv6 after it, each as it came; returns how many are IPv4. */
static size_t
split_families(const struct membership *members, size_t count, struct keyed *ret)
{
	size_t ipv4 = 0;
	size_t ipv6 = 0;
	size_t i;

	for (i = 0; i < count; i++)
		ipv4 += members[i].prefix->family == SVCTAG_IPV4;
	ipv6 = ipv4;
	ipv4 = 0;
	for (i = 0; i < count; i++) {
		size_t *place = members[i].prefix->family == SVCTAG_IPV4 ? &ipv4 : &ipv6;

		ret[(*place)++].member = &members[i];
	}
	return ipv4;
}

svctag_error
memberships_sort(struct membership **members, size_t count)
{
	static const key_function keys_ipv4[] = { key_of_ipv4 };
	static const key_function keys_ipv6[] = { key_of_length, key_of_low, key_of_high };
	struct membership *sorted = malloc((count + 1) * sizeof(*sorted));
	struct keyed *keyed = malloc((2 * count + 1) * sizeof(*keyed));
	const struct keyed *ipv4;
	const struct keyed *ipv6;
	size_t ipv4_count;
	size_t i;

	if (sorted == NULL || keyed == NULL) {
		free(sorted);
		free(keyed);
		return SVCTAG_E_NO_MEMORY;
	}
	ipv4_count = split_families(*members, count, keyed);
	ipv4 = sort_family(keyed, keyed + count, ipv4_count, keys_ipv4, 1);
	ipv6 = sort_family(keyed + ipv4_count, keyed + count + ipv4_count, count - ipv4_count, keys_ipv6, 3);
	for (i = 0; i < count; i++)
		sorted[i] = *(i < ipv4_count ? ipv4[i].member : ipv6[i - ipv4_count].member);
	free(keyed);
	free(*members);
	*members = sorted;
	return SVCTAG_OK;
}
