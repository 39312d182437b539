/*
 * A set is one array of ranges in order, IPv4 before IPv6, merged wherever
 * two touch; that makes the form unique, and every operation one pass over
 * two sorted lists.
 */
#include <stdlib.h>

#include <svctag/set.h>

#include "bits.h"

struct svctag_set {
	svctag_range *ranges;
	size_t count;
	size_t capacity;
};

svctag_error
svctag_set_new(svctag_set **ret)
{
	svctag_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return SVCTAG_E_NO_MEMORY;
	*ret = set;
	return SVCTAG_OK;
}

void
svctag_set_free(svctag_set *set)
{
	if (set == NULL)
		return;
	free(set->ranges);
	free(set);
}

static svctag_error
set_reserve(svctag_set *set, size_t capacity)
{
	svctag_range *ranges;

	if (capacity <= set->capacity)
		return SVCTAG_OK;
	ranges = realloc(set->ranges, capacity * sizeof(*ranges));
	if (ranges == NULL)
		return SVCTAG_E_NO_MEMORY;
	set->ranges = ranges;
	set->capacity = capacity;
	return SVCTAG_OK;
}

/* Does b begin inside a or right after it? Both of any family, a not after b. */
static bool
touches(const svctag_range *a, const svctag_range *b)
{
	svctag_address after = a->last;

	if (a->first.family != b->first.family)
		return false;
	return !svctag_address_next(&after) || svctag_address_compare(&b->first, &after) <= 0;
}

/* Append a range that does not begin before the last one does. */
static svctag_error
set_append(svctag_set *set, const svctag_range *range)
{
	svctag_range *last = set->count > 0 ? &set->ranges[set->count - 1] : NULL;
	svctag_error err;

	if (last != NULL && touches(last, range)) {
		if (svctag_address_compare(&range->last, &last->last) > 0)
			last->last = range->last;
		return SVCTAG_OK;
	}
	if (set->count == set->capacity) {
		err = set_reserve(set, set->capacity == 0 ? 8 : set->capacity * 2);
		if (err != SVCTAG_OK)
			return err;
	}
	set->ranges[set->count++] = *range;
	return SVCTAG_OK;
}

static int
compare_ranges(const void *a, const void *b)
{
	return svctag_address_compare(&((const svctag_range *)a)->first, &((const svctag_range *)b)->first);
}

/* Sort and merge what was put into the array as it came. */
static void
set_normalize(svctag_set *set)
{
	size_t count = set->count;
	size_t i;

	if (count > 1)
		qsort(set->ranges, count, sizeof(*set->ranges), compare_ranges);
	set->count = 0;
	for (i = 0; i < count; i++) {
		svctag_range range = set->ranges[i];

		/* Never grows: at most i ranges are in the set. */
		(void)!set_append(set, &range);
	}
}

svctag_error
svctag_set_of_ranges(const svctag_range *ranges, size_t count, svctag_set **ret)
{
	svctag_set *set = NULL;
	svctag_error err;

	err = svctag_set_new(&set);
	if (err != SVCTAG_OK)
		return err;
	err = set_reserve(set, count);
	if (err != SVCTAG_OK) {
		svctag_set_free(set);
		return err;
	}
	if (count > 0)
		memcpy(set->ranges, ranges, count * sizeof(*ranges));
	set->count = count;
	set_normalize(set);
	*ret = set;
	return SVCTAG_OK;
}

svctag_error
svctag_set_of_prefixes(const svctag_prefix *prefixes, size_t count, svctag_set **ret)
{
	svctag_set *set = NULL;
	svctag_error err;
	size_t i;

	err = svctag_set_new(&set);
	if (err != SVCTAG_OK)
		return err;
	err = set_reserve(set, count);
	if (err != SVCTAG_OK) {
		svctag_set_free(set);
		return err;
	}
	for (i = 0; i < count; i++)
		set->ranges[i] = svctag_prefix_range(&prefixes[i]);
	set->count = count;
	set_normalize(set);
	*ret = set;
	return SVCTAG_OK;
}

svctag_error
svctag_set_union(const svctag_set *a, const svctag_set *b, svctag_set **ret)
{
	svctag_set *set = NULL;
	size_t i = 0;
	size_t j = 0;
	svctag_error err = svctag_set_new(&set);

	while (err == SVCTAG_OK && (i < a->count || j < b->count)) {
		bool from_a = j == b->count || (i < a->count && compare_ranges(&a->ranges[i], &b->ranges[j]) <= 0);

		err = set_append(set, from_a ? &a->ranges[i++] : &b->ranges[j++]);
	}
	if (err != SVCTAG_OK) {
		svctag_set_free(set);
		return err;
	}
	*ret = set;
	return SVCTAG_OK;
}

static const svctag_address *
later(const svctag_address *a, const svctag_address *b)
{
	return svctag_address_compare(a, b) >= 0 ? a : b;
}

static const svctag_address *
earlier(const svctag_address *a, const svctag_address *b)
{
	return svctag_address_compare(a, b) <= 0 ? a : b;
}

svctag_error
svctag_set_intersection(const svctag_set *a, const svctag_set *b, svctag_set **ret)
{
	svctag_set *set = NULL;
	size_t i = 0;
	size_t j = 0;
	svctag_error err = svctag_set_new(&set);

	while (err == SVCTAG_OK && i < a->count && j < b->count) {
		const svctag_range *x = &a->ranges[i];
		const svctag_range *y = &b->ranges[j];
		svctag_range common = { *later(&x->first, &y->first), *earlier(&x->last, &y->last) };

		if (svctag_address_compare(&common.first, &common.last) <= 0)
			err = set_append(set, &common);
		if (svctag_address_compare(&x->last, &y->last) <= 0)
			i++;
		else
			j++;
	}
	if (err != SVCTAG_OK) {
		svctag_set_free(set);
		return err;
	}
	*ret = set;
	return SVCTAG_OK;
}

/* Append what is left of the range once b's ranges from *j on are cut out of it. */
static svctag_error
append_rest(svctag_set *set, svctag_range range, const svctag_set *b, size_t *j)
{
	while (*j < b->count && svctag_address_compare(&b->ranges[*j].last, &range.first) < 0)
		++*j;
	for (; *j < b->count; ++*j) {
		const svctag_range *cut = &b->ranges[*j];
		svctag_range before = { range.first, cut->first };
		svctag_error err = SVCTAG_OK;

		if (svctag_address_compare(&cut->first, &range.last) > 0)
			break;
		if (svctag_address_compare(&cut->first, &range.first) > 0 && svctag_address_previous(&before.last))
			err = set_append(set, &before);
		if (err != SVCTAG_OK)
			return err;
		/* The cut reaches the range's end: it may cut the next range too. */
		if (svctag_address_compare(&cut->last, &range.last) >= 0)
			return SVCTAG_OK;
		range.first = cut->last;
		(void)svctag_address_next(&range.first);
	}
	return set_append(set, &range);
}

svctag_error
svctag_set_difference(const svctag_set *a, const svctag_set *b, svctag_set **ret)
{
	svctag_set *set = NULL;
	size_t i;
	size_t j = 0;
	svctag_error err = svctag_set_new(&set);

	for (i = 0; err == SVCTAG_OK && i < a->count; i++)
		err = append_rest(set, a->ranges[i], b, &j);
	if (err != SVCTAG_OK) {
		svctag_set_free(set);
		return err;
	}
	*ret = set;
	return SVCTAG_OK;
}

size_t
svctag_set_range_count(const svctag_set *set)
{
	return set->count;
}

const svctag_range *
svctag_set_range(const svctag_set *set, size_t i)
{
	return &set->ranges[i];
}

svctag_count
svctag_set_count(const svctag_set *set, uint8_t family)
{
	svctag_count count = { 0 };
	size_t i;

	for (i = 0; i < set->count; i++)
		if (set->ranges[i].first.family == family)
			count = svctag_count_add(count, svctag_count_of_range(&set->ranges[i]));
	return count;
}

bool
svctag_set_holds_range(const svctag_set *set, const svctag_range *range)
{
	size_t low = 0;
	size_t high = set->count;

	/* The last range that does not begin after this one. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (svctag_address_compare(&set->ranges[middle].first, &range->first) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* Addresses of another family sort apart, so the end settles that too. */
	return low > 0 && set->ranges[low - 1].first.family == range->first.family &&
	       svctag_address_compare(&range->last, &set->ranges[low - 1].last) <= 0;
}

bool
svctag_set_holds(const svctag_set *set, const svctag_address *address)
{
	svctag_range range = { *address, *address };

	return svctag_set_holds_range(set, &range);
}

bool
svctag_set_equal(const svctag_set *a, const svctag_set *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (svctag_address_compare(&a->ranges[i].first, &b->ranges[i].first) != 0 ||
		    svctag_address_compare(&a->ranges[i].last, &b->ranges[i].last) != 0)
			return false;
	return true;
}

bool
svctag_set_is_empty(const svctag_set *set)
{
	return set->count == 0;
}

/*
 * The fewest prefixes for one range: again and again the greatest block that
 * begins at its first address and does not reach past its last. With out NULL
 * they are only counted.
 */
static size_t
range_prefixes(const svctag_range *range, svctag_prefix *out)
{
	uint8_t family = range->first.family;
	svctag_u128 first = address_value(&range->first);
	svctag_u128 last = address_value(&range->last);
	unsigned int bits = SVCTAG_FAMILY_BITS(family);
	size_t n = 0;

	for (;;) {
		/* 2^128 addresses show as zero: then only all of IPv6 is meant. */
		svctag_u128 size = last - first + 1;
		unsigned int free_bits = size == 0 ? 128 : highest_bit(size);
		unsigned int aligned = trailing_zeros(first);

		if (aligned < free_bits)
			free_bits = aligned;
		if (out != NULL)
			out[n] = prefix_of_value(family, first, bits - free_bits);
		n++;
		if (free_bits == 128 || last - first < (svctag_u128)1 << free_bits)
			return n;
		first += (svctag_u128)1 << free_bits;
	}
}

svctag_error
svctag_set_prefixes(const svctag_set *set, svctag_prefix **ret, size_t *ret_count)
{
	svctag_prefix *prefixes = NULL;
	size_t count = 0;
	size_t i;

	for (i = 0; i < set->count; i++)
		count += range_prefixes(&set->ranges[i], NULL);
	if (count > 0) {
		prefixes = malloc(count * sizeof(*prefixes));
		if (prefixes == NULL)
			return SVCTAG_E_NO_MEMORY;
	}
	count = 0;
	for (i = 0; i < set->count; i++)
		count += range_prefixes(&set->ranges[i], prefixes + count);
	*ret = prefixes;
	*ret_count = count;
	return SVCTAG_OK;
}
