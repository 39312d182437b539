/*
 * The index, asked in three ways: one call for each address; the batched
 * call; and one call for each, with every tag of the answer read.
 */
#include <string.h>

#include "../lib/index_format.h"
#include "lookup_table.h"

static void
one_ipv4(const void *state, const uint32_t *queries, size_t count, uint32_t *answers)
{
	for (size_t i = 0; i < count; i++)
		answers[i] = svctag_index_lookup_ipv4(state, queries[i]);
}

static void
one_ipv6(const void *state, const uint8_t *queries, size_t count, uint32_t *answers)
{
	for (size_t i = 0; i < count; i++)
		answers[i] = svctag_index_lookup_ipv6(state, queries + i * 16);
}

static void
batch_ipv4(const void *state, const uint32_t *queries, size_t count, uint32_t *answers)
{
	svctag_index_lookup_batch_ipv4(state, queries, count, answers);
}

static void
batch_ipv6(const void *state, const uint8_t *queries, size_t count, uint32_t *answers)
{
	svctag_index_lookup_batch_ipv6(state, queries, count, answers);
}

/* The numbers of all tags of the address, added up so that they have to be read. */
static uint32_t
read_tags(const svctag_index *index, uint32_t id)
{
	uint32_t sum = 0;

	for (; id != SVCTAG_NO_PREFIX; id = svctag_index_parent(index, id)) {
		svctag_index_list list = svctag_index_prefix_tags(index, id);

		for (size_t i = 0; i < list.count; i++)
			sum += list.ids[i];
	}
	return sum;
}

static void
tags_ipv4(const void *state, const uint32_t *queries, size_t count, uint32_t *answers)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		answers[i] = svctag_index_lookup_ipv4(state, queries[i]);
		sum += read_tags(state, answers[i]);
	}
	*(volatile uint32_t *)&answers[count - 1] = sum != 1 ? answers[count - 1] : 0;
}

static void
tags_ipv6(const void *state, const uint8_t *queries, size_t count, uint32_t *answers)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		answers[i] = svctag_index_lookup_ipv6(state, queries + i * 16);
		sum += read_tags(state, answers[i]);
	}
	*(volatile uint32_t *)&answers[count - 1] = sum != 1 ? answers[count - 1] : 0;
}

void
engines_add_svctag(struct engines *engines, const struct table *table)
{
	struct index_layout at = svctag_index_layout(table->blob);
	struct engine engine = { .state = table->index,
				 .gives_prefix = true,
				 .bytes = (double)(at.address_ipv4 - at.roots) };

	engine.name = "svctag";
	engine.ipv4 = one_ipv4;
	engine.ipv6 = one_ipv6;
	engines->engine[engines->count++] = engine;
	engine.name = "svctag, batch";
	engine.ipv4 = batch_ipv4;
	engine.ipv6 = batch_ipv6;
	engines->engine[engines->count++] = engine;
	engine.name = "svctag, tags read";
	engine.ipv4 = tags_ipv4;
	engine.ipv6 = tags_ipv6;
	engines->engine[engines->count++] = engine;
}
