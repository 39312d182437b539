#include "lookup_table.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/bits.h"

#define MOST_TAGS 4096U

const char *const spread_names[3] = { "uniform", "azure", "zipf" };

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* All tags of a prefix and its parents, sorted, each once, then UINT32_MAX. */
static size_t
collect_tags(const svctag_index *index, uint32_t id, uint32_t *tags)
{
	size_t count = 0;
	size_t kept = 0;

	for (; id != SVCTAG_NO_PREFIX; id = svctag_index_parent(index, id)) {
		svctag_index_list list = svctag_index_prefix_tags(index, id);

		if (count + list.count >= MOST_TAGS)
			bench_die("an address with more than %u tags", MOST_TAGS);
		memcpy(tags + count, list.ids, list.count * sizeof(*tags));
		count += list.count;
	}
	qsort(tags, count, sizeof(*tags), compare_numbers);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || tags[kept - 1] != tags[i])
			tags[kept++] = tags[i];
	tags[kept++] = UINT32_MAX;
	return kept;
}

static bool
same_set(const uint32_t *a, const uint32_t *b)
{
	size_t i = 0;

	while (a[i] == b[i] && a[i] != UINT32_MAX)
		i++;
	return a[i] == b[i];
}

/* The number of a set, which is new or known: a hash table of numbers, open addressing. */
static uint32_t
number_set(struct table *table, uint32_t *slots, size_t mask, const uint32_t *tags, size_t count)
{
	uint64_t hash = 1;
	uint32_t *copy;
	size_t slot;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ tags[i]) * 0x9E3779B97F4A7C15U;
	for (slot = hash >> 20 & mask; slots[slot] != 0; slot = (slot + 1) & mask)
		if (same_set(table->names[slots[slot]], tags))
			return slots[slot];
	copy = bench_allocate(count, sizeof(*copy));
	memcpy(copy, tags, count * sizeof(*copy));
	table->names[++table->set_count] = copy;
	slots[slot] = table->set_count;
	return table->set_count;
}

struct table *
table_make(const svctag_release *release)
{
	struct table *table = bench_allocate(1, sizeof(*table));
	size_t mask = 1;
	uint32_t *slots;
	uint32_t tags[MOST_TAGS];

	if (svctag_index_build(release, &table->blob, &table->blob_size) != SVCTAG_OK ||
	    svctag_index_open(table->blob, table->blob_size, &table->index, NULL) != SVCTAG_OK)
		bench_die("the index could not be built");
	table->count = svctag_index_total_prefix_count(table->index);
	table->ipv4_count = svctag_index_prefix_count(table->index, SVCTAG_IPV4);
	table->prefix = bench_allocate(table->count, sizeof(*table->prefix));
	table->set = bench_allocate(table->count, sizeof(*table->set));
	table->names = bench_allocate(table->count + 1, sizeof(*table->names));
	while (mask < table->count * 2)
		mask = mask * 2 + 1;
	slots = bench_allocate(mask + 1, sizeof(*slots));
	for (uint32_t id = 0; id < table->count; id++) {
		table->prefix[id] = svctag_index_prefix(table->index, id);
		table->set[id] = number_set(table, slots, mask, tags, collect_tags(table->index, id, tags));
	}
	free(slots);
	return table;
}

void
table_free(struct table *table)
{
	for (uint32_t i = 1; i <= table->set_count; i++) {
		void *names;

		memcpy(&names, &table->names[i], sizeof(names));
		free(names);
	}
	svctag_index_close(table->index);
	free(table->blob);
	free(table->prefix);
	free(table->set);
	free(table->names);
	free(table);
}

/* Any address of the prefix. */
static void
random_inside(const svctag_prefix *prefix, uint64_t *state, uint8_t bytes[16])
{
	uint64_t random[2] = { bench_random(state), bench_random(state) };

	memcpy(bytes, random, 16);
	for (unsigned int i = 0; i < 16; i++) {
		unsigned int fixed = prefix->length <= i * 8 ? 0 : prefix->length - i * 8;
		unsigned int mask = fixed >= 8 ? 0 : 0xffU >> fixed;

		bytes[i] = (uint8_t)(prefix->bytes[i] | (bytes[i] & mask));
	}
}

static void
random_address(const struct table *table, enum spread spread, uint8_t family, uint64_t *state, uint8_t bytes[16])
{
	static const svctag_prefix whole[2] = {
		{ .family = SVCTAG_IPV4 },
		{ .family = SVCTAG_IPV6, .length = 3, .bytes = { 0x20 } },
	};
	const svctag_prefix *first = table->prefix + (family == SVCTAG_IPV4 ? 0 : table->ipv4_count);
	size_t count = family == SVCTAG_IPV4 ? table->ipv4_count : table->count - table->ipv4_count;

	if (spread == SPREAD_UNIFORM || count == 0)
		random_inside(&whole[SVCTAG_FAMILY_INDEX(family)], state, bytes);
	else
		random_inside(&first[bench_random(state) % count], state, bytes);
}

/* Which of the distinct addresses: the n-th with a chance of 1 / n. */
static size_t
zipf(uint64_t *state, const double *sums)
{
	double wanted = (double)(bench_random(state) >> 11) * 0x1p-53 * sums[TABLE_DISTINCT - 1];
	size_t low = 0;
	size_t high = TABLE_DISTINCT - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sums[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint8_t *
make_queries(const struct table *table, enum spread spread, uint8_t family, size_t count)
{
	uint8_t *queries = bench_allocate(count, 16);
	uint8_t *distinct = bench_allocate(TABLE_DISTINCT, 16);
	double *sums = bench_allocate(TABLE_DISTINCT, sizeof(*sums));
	uint64_t state = 0x1234567;
	double sum = 0;

	for (size_t i = 0; i < TABLE_DISTINCT; i++) {
		random_address(table, spread, family, &state, distinct + i * 16);
		sum += 1 / (double)(i + 1);
		sums[i] = sum;
	}
	for (size_t i = 0; i < count; i++) {
		if (spread == SPREAD_ZIPF)
			memcpy(queries + i * 16, distinct + zipf(&state, sums) * 16, 16);
		else
			random_address(table, spread, family, &state, queries + i * 16);
	}
	free(distinct);
	free(sums);
	return queries;
}

uint32_t *
table_queries_ipv4(const struct table *table, enum spread spread, size_t count)
{
	uint8_t *bytes = make_queries(table, spread, SVCTAG_IPV4, count);
	uint32_t *queries = bench_allocate(count, sizeof(*queries));

	for (size_t i = 0; i < count; i++)
		queries[i] = (uint32_t)(load_be64(bytes + i * 16) >> 32);
	free(bytes);
	return queries;
}

uint8_t *
table_queries_ipv6(const struct table *table, enum spread spread, size_t count)
{
	return make_queries(table, spread, SVCTAG_IPV6, count);
}
