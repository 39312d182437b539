/*
 * The table of IPv6: keys of whatever length and number find places in it,
 * and only those made for the purpose do not.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "index_internal.h"
#include "index_tree.h"

/** Prefixes of one length: different in their first bits, which are random but for the first three. */
struct kind {
	unsigned int length;
	unsigned int count;
};

static void
add_kind(testing_random *random, svctag_release_builder *builder, const struct kind *kind)
{
	for (unsigned int i = 0; i < kind->count; i++) {
		svctag_address address = { .family = SVCTAG_IPV6 };
		svctag_prefix prefix;

		for (size_t n = 0; n < 16; n++)
			address.bytes[n] = (uint8_t)testing_next(random);
		address.bytes[0] = 0x20 | (address.bytes[0] & 0x1f);
		prefix = svctag_prefix_make(&address, kind->length);
		testing_add_prefix(builder, &prefix);
	}
}

/* The longest one that begins there, which is the last of those that do. */
static void
check_answers(const svctag_index *index)
{
	uint32_t count = (uint32_t)svctag_index_total_prefix_count(index);

	for (uint32_t id = 0; id < count; id++) {
		svctag_prefix prefix = svctag_index_prefix(index, id);
		uint32_t got = svctag_index_lookup_ipv6(index, prefix.bytes);
		uint32_t last = id;

		while (last + 1 < count) {
			svctag_prefix next = svctag_index_prefix(index, last + 1);

			if (memcmp(next.bytes, prefix.bytes, sizeof(prefix.bytes)) != 0)
				break;
			last++;
		}
		if (got != last)
			fail_msg("prefix %u: %u, not %u", id, got, last);
	}
}

/* All are /64: beside each of them is another, or nothing. Alone and in a batch. */
static void
check_neighbours(const svctag_index *index)
{
	uint32_t count = (uint32_t)svctag_index_total_prefix_count(index);
	uint8_t *addresses = testing_allocate(count, 16);
	uint32_t *wanted = testing_allocate(count, sizeof(*wanted));
	uint32_t *got = testing_allocate(count, sizeof(*got));

	for (uint32_t id = 0; id < count; id++) {
		svctag_prefix beside = svctag_index_prefix(index, id);
		uint32_t want = SVCTAG_NO_PREFIX;

		beside.bytes[7] ^= 1;
		for (uint32_t other = id == 0 ? 0 : id - 1; other < count && other <= id + 1; other++) {
			svctag_prefix prefix = svctag_index_prefix(index, other);

			want = svctag_prefix_compare(&prefix, &beside) == 0 ? other : want;
		}
		if (svctag_index_lookup_ipv6(index, beside.bytes) != want)
			fail_msg("beside prefix %u: not %u", id, want);
		memcpy(addresses + (size_t)id * 16, beside.bytes, 16);
		wanted[id] = want;
	}
	svctag_index_lookup_batch_ipv6(index, addresses, count, got);
	assert_memory_equal(got, wanted, count * sizeof(*got));
	free(addresses);
	free(wanted);
	free(got);
}

/* Where numbers fit slots, answers are made in a shorter way. */
static void
check_both_ways(svctag_index *index, bool absolute)
{
	assert_int_equal(index->absolute, absolute);
	for (enum index_vectors widest = INDEX_VECTORS_BASE; widest <= INDEX_VECTORS_AVX512; widest++) {
		if (index_use_vectors(index, widest) != widest)
			continue;
		index->absolute = absolute;
		(void)index_use_vectors(index, widest);
		check_neighbours(index);
		/* The long way is right in any case. */
		index->absolute = false;
		(void)index_use_vectors(index, widest);
		check_neighbours(index);
	}
	index->absolute = absolute;
	(void)index_use_vectors(index, INDEX_VECTORS_AVX512);
}

static void
check_hashed(testing_random *random, const struct kind kinds[2])
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_release *release;
	svctag_index *index = NULL;
	void *blob = NULL;
	size_t size = 0;

	testing_add_tag(builder, "All", "");
	add_kind(random, builder, &kinds[0]);
	add_kind(random, builder, &kinds[1]);
	release = testing_finish(builder);
	TESTING_OK(svctag_index_build(release, &blob, &size));
	TESTING_OK(svctag_index_open(blob, size, &index, NULL));
	if (index->sorted)
		fail_msg("%u /%u and %u /%u: sorted", kinds[0].count, kinds[0].length, kinds[1].count, kinds[1].length);
	check_answers(index);
	if (kinds[0].length == 64 && kinds[1].count == 0)
		check_both_ways(index, kinds[0].count < UINT16_MAX);
	svctag_index_close(index);
	free(blob);
	svctag_release_free(release);
}

/* The last keys of a small table have to reach the few places that are left, wherever they are. */
static void
test_any_number_of_keys(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (unsigned int count = 1; count < 3000; count += 1 + count / 8)
		for (int i = 0; i < 5; i++)
			check_hashed(&random, (struct kind[2]){ { 64, count }, { 128, 0 } });
}

/* All bits of a short key are at one end of it. */
static void
test_short_keys(void **state)
{
	static const struct kind tables[][2] = {
		{ { 32, 65 }, { 48, 0 } },     { { 32, 2000 }, { 48, 0 } }, { { 28, 2000 }, { 48, 0 } },
		{ { 24, 200 }, { 48, 0 } },    { { 16, 500 }, { 48, 0 } },  { { 20, 70 }, { 48, 3000 } },
		{ { 32, 500 }, { 128, 500 } },
	};
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < TESTING_COUNT(tables); i++)
		check_hashed(&random, tables[i]);
}

/* More than that two of them are hardly alike in 32 bits. */
static void
test_many_keys(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	check_hashed(&random, (struct kind[2]){ { 64, 300000 }, { 128, 0 } });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_number_of_keys),
		cmocka_unit_test(test_short_keys),
		cmocka_unit_test(test_many_keys),
	};

	return cmocka_run_group_tests_name("index table", tests, NULL, NULL);
}
