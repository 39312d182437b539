/*
 * What anyone would write first: the table cut into intervals that do not
 * overlap, in one sorted array, and a binary search without branches.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/bits.h"
#include "lookup_table.h"

struct array {
	uint32_t *first4;
	svctag_u128 *first6;
	uint32_t *answer4;
	uint32_t *answer6;
	size_t count4;
	size_t count6;
};

static void
search_ipv4(const void *state, const uint32_t *queries, size_t count, uint32_t *answers)
{
	const struct array *array = state;

	for (size_t i = 0; i < count; i++) {
		const uint32_t *base = array->first4;
		size_t left = array->count4;

		while (left > 1) {
			size_t half = left / 2;

			base += base[half] <= queries[i] ? half : 0;
			left -= half;
		}
		answers[i] = array->answer4[base - array->first4];
	}
}

static void
search_ipv6(const void *state, const uint8_t *queries, size_t count, uint32_t *answers)
{
	const struct array *array = state;

	for (size_t i = 0; i < count; i++) {
		svctag_u128 query = (svctag_u128)load_be64(queries + i * 16) << 64 | load_be64(queries + i * 16 + 8);
		const svctag_u128 *base = array->first6;
		size_t left = array->count6;

		while (left > 1) {
			size_t half = left / 2;

			base += base[half] <= query ? half : 0;
			left -= half;
		}
		answers[i] = array->answer6[base - array->first6];
	}
}

/* The intervals of one family: at most two begin with each prefix, and one at zero. */
static size_t
cut(const svctag_prefix *prefixes, const uint32_t *sets, size_t count, svctag_u128 *first, uint32_t *answer)
{
	size_t open[130];
	size_t depth = 0;
	size_t n = 0;

	first[n] = 0;
	answer[n++] = 0;
	for (size_t i = 0; i <= count; i++) {
		/* Whatever ends before this prefix begins gives way to what is around it. */
		while (depth > 0 &&
		       (i == count || prefix_last(&prefixes[open[depth - 1]]) < prefix_first(&prefixes[i]))) {
			svctag_u128 last = prefix_last(&prefixes[open[--depth]]);

			if (last == family_last(prefixes[0].family))
				continue;
			n -= first[n - 1] == last + 1;
			first[n] = last + 1;
			answer[n++] = depth > 0 ? sets[open[depth - 1]] : 0;
		}
		if (i == count)
			break;
		n -= first[n - 1] == prefix_first(&prefixes[i]);
		first[n] = prefix_first(&prefixes[i]);
		answer[n++] = sets[i];
		open[depth++] = i;
	}
	return n;
}

void
engines_add_array(struct engines *engines, const struct table *table)
{
	struct array *array = bench_allocate(1, sizeof(*array));
	double began = bench_now();
	svctag_u128 *first = bench_allocate(table->count * 2 + 1, sizeof(*first));
	size_t count6 = table->count - table->ipv4_count;

	array->answer4 = bench_allocate(table->ipv4_count * 2 + 1, sizeof(*array->answer4));
	array->answer6 = bench_allocate(count6 * 2 + 1, sizeof(*array->answer6));
	array->count4 = cut(table->prefix, table->set, table->ipv4_count, first, array->answer4);
	array->first4 = bench_allocate(array->count4, sizeof(*array->first4));
	for (size_t i = 0; i < array->count4; i++)
		array->first4[i] = (uint32_t)first[i];
	array->first6 = first;
	array->count6 =
		cut(table->prefix + table->ipv4_count, table->set + table->ipv4_count, count6, first, array->answer6);
	engines->engine[engines->count++] = (struct engine){
		.name = "binary search",
		.state = array,
		.ipv4 = search_ipv4,
		.ipv6 = search_ipv6,
		.bytes = (double)(array->count4 * 8 + array->count6 * 20),
		.build_seconds = bench_now() - began,
	};
}
