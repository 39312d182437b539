/*
 * The compiled index against a linear scan over the prefixes it was made
 * from, on random sets of every density and on shapes that are hard for
 * strides of 16 bits. Linked with look-ups built with SVCTAG_INDEX_SCALAR it
 * asks plain C instead.
 */
#include "index_model.h"

#include <stdlib.h>
#include <string.h>

#include "index_search.h"

/* Random sets. */

static const testing_space everywhere[] = { { "0.0.0.0/0", 0, 32 }, { "::/0", 0, 128 } };
static const testing_space dense_ipv4[] = { { "10.20.30.0/24", 20, 32 }, { "255.255.255.0/24", 24, 32 } };
static const testing_space one_stride[] = { { "10.20.0.0/16", 16, 32 }, { "10.20.0.0/16", 31, 32 } };
static const testing_space around_strides[] = { { "10.0.0.0/14", 14, 18 },
						{ "2603:1000::/30", 30, 34 },
						{ "2603:1000:4::/46", 46, 50 } };
static const testing_space like_azure[] = {
	{ "13.64.0.0/11", 14, 29 },
	{ "20.0.0.0/8", 16, 30 },
	{ "40.64.0.0/10", 16, 32 },
	{ "2603:1000::/24", 40, 64 },
	{ "2603:1030:20c::/48", 48, 64 },
	{ "2603:1030:800:5::bfee:0/120", 120, 128 },
	{ "2603:1030:7:402::/108", 117, 128 },
};
static const testing_space very_deep[] = { { "2001:db8::/120", 118, 128 },
					   { "2001:db8:8000::/48", 100, 128 },
					   { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120", 112, 128 } };
static const testing_space around_expansion[] = { { "2603:1030::/38", 39, 48 },
						  { "2603:1030:10::/44", 44, 64 },
						  { "2603:1030:20::/46", 48, 52 },
						  { "2603:1030::/112", 117, 128 } };
static const testing_space shallow[] = { { "2000::/6", 6, 24 }, { "2000::/16", 17, 32 }, { "::/0", 1, 9 } };
static const testing_space edges[] = { { "0.0.0.0/30", 0, 32 },
				       { "255.255.255.252/30", 0, 32 },
				       { "::/126", 0, 128 },
				       { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc/126", 0, 128 } };

static const struct {
	const testing_space *spaces;
	size_t count;
} kinds[] = {
	{ everywhere, TESTING_COUNT(everywhere) },
	{ dense_ipv4, TESTING_COUNT(dense_ipv4) },
	{ one_stride, TESTING_COUNT(one_stride) },
	{ around_strides, TESTING_COUNT(around_strides) },
	{ like_azure, TESTING_COUNT(like_azure) },
	{ very_deep, TESTING_COUNT(very_deep) },
	{ around_expansion, TESTING_COUNT(around_expansion) },
	{ shallow, TESTING_COUNT(shallow) },
	{ edges, TESTING_COUNT(edges) },
};

static void
test_random_sets(void **state)
{
	static const size_t sizes[] = { 1, 2, 5, 30, 200, 700 };
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t kind = 0; kind < TESTING_COUNT(kinds); kind++)
		for (size_t n = 0; n < TESTING_COUNT(sizes); n++) {
			testing_shape shape = { .change_number = 1,
						.tags = 1 + testing_below(&random, 14),
						.memberships = sizes[n],
						.spaces = kinds[kind].spaces,
						.space_count = kinds[kind].count };
			svctag_release *release = testing_random_release(&random, &shape);

			check_all(&random, release);
			svctag_release_free(release);
		}
}

/* One tag with every length of prefix on the way to one address. */
static void
test_nested_chains(void **state)
{
	static const char *const ends[] = {
		"0.0.0.0", "255.255.255.255",      "10.20.30.40",
		"::",      "2603:1030:20c:9::a:b", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	};
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < TESTING_COUNT(ends); i++) {
		svctag_address end = testing_address(ends[i]);
		svctag_release_builder *builder = testing_builder(1);
		svctag_release *release;

		testing_add_tag(builder, "Chain", "");
		for (unsigned int length = 0; length <= SVCTAG_FAMILY_BITS(end.family); length++) {
			svctag_prefix prefix = svctag_prefix_make(&end, length);

			testing_add_prefix(builder, &prefix);
		}
		release = testing_finish(builder);
		assert_int_equal(svctag_release_prefix_count(release), SVCTAG_FAMILY_BITS(end.family) + 1);
		check_all(&random, release);
		svctag_release_free(release);
	}
}

/* Two host prefixes that part at each bit in turn: long ways that are skipped, and their misses. */
static void
test_pairs_that_part_late(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (unsigned int i = 0; i < 160; i++) {
		svctag_address a = testing_address(i < 128 ? "2603:1030:20c:9:1:2:3:4" : "10.20.30.40"), b = a, c = a;
		unsigned int bits = SVCTAG_FAMILY_BITS(a.family), part = i % 128;
		svctag_release_builder *builder = testing_builder(1);
		svctag_prefix prefixes[3] = { svctag_prefix_make(&a, bits) };
		svctag_release *release;

		b.bytes[part / 8] ^= (uint8_t)(0x80U >> part % 8);
		prefixes[1] = svctag_prefix_make(&b, testing_between(&random, part + 1, bits));
		c.bytes[0] ^= 0x40;
		prefixes[2] = svctag_prefix_make(&c, testing_between(&random, 0, bits));
		testing_add_tag(builder, "Pair", "");
		for (size_t n = 0; n < 3; n++)
			testing_add_prefix(builder, &prefixes[n]);
		release = testing_finish(builder);
		check_all(&random, release);
		svctag_release_free(release);
	}
}

/* Hosts base + 0, base + step, …: more runs in one stride than one line, or one level of lines, holds. */
static void
check_full_stride(const char *base, unsigned int step, bool covered)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_address address = testing_address(base);
	unsigned int bits = SVCTAG_FAMILY_BITS(address.family), low = bits / 8 - 2;
	svctag_prefix cover = svctag_prefix_make(&address, bits - 16);
	svctag_release *release;
	compiled c;

	testing_add_tag(builder, "Full", "");
	if (covered)
		testing_add_prefix(builder, &cover);
	for (unsigned int i = 0; i < 65536; i += step) {
		svctag_prefix host;

		address.bytes[low] = (uint8_t)(i >> 8);
		address.bytes[low + 1] = (uint8_t)i;
		host = svctag_prefix_make(&address, bits);
		testing_add_prefix(builder, &host);
	}
	release = testing_finish(builder);
	c = compile(release);
	for (unsigned int i = 0; i < 65536; i++) {
		/* Where there is a cover, it is number 0 and the hosts follow it. */
		uint32_t want = i % step == 0 ? i / step + covered : covered ? 0 : SVCTAG_NO_PREFIX;

		address.bytes[low] = (uint8_t)(i >> 8);
		address.bytes[low + 1] = (uint8_t)i;
		assert_int_equal(svctag_index_lookup(c.index, &address), want);
		if (address.family == SVCTAG_IPV4)
			assert_int_equal(svctag_index_lookup_ipv4(c.index, ipv4_number(&address)), want);
		if (i % step == 0)
			assert_int_equal(svctag_index_parent(c.index, want), covered ? 0 : SVCTAG_NO_PREFIX);
	}
	dispose(&c);
	svctag_release_free(release);
}

static void
test_full_strides(void **state)
{
	static const char *const bases[] = { "10.20.0.0", "255.255.0.0",
					     "2603:1030::", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:0" };
	static const unsigned int steps[] = { 1, 2, 3, 7, 11, 23, 97, 191, 2000 };

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(bases); i++)
		for (size_t n = 0; n < TESTING_COUNT(steps); n++)
			check_full_stride(bases[i], steps[n], (i + n) % 2 == 0);
}

/* Every number of runs in a stride, past where lines and levels fill up (16, 16 * 32, 16 * 32 * 32). */
static void
test_every_number_of_runs(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (unsigned int runs = 1; runs <= 30; runs += 3) {
		svctag_release_builder *builder = testing_builder(1);
		svctag_release *release;

		testing_add_tag(builder, "Runs", "");
		for (unsigned int i = 0; i < runs * 23; i++) {
			svctag_address address = testing_address("2603:1030:20c::");
			svctag_prefix prefix;

			address.bytes[6] = (uint8_t)(i >> 7);
			address.bytes[7] = (uint8_t)(i << 1);
			prefix = svctag_prefix_make(&address, 64);
			testing_add_prefix(builder, &prefix);
		}
		release = testing_finish(builder);
		check_all(&random, release);
		svctag_release_free(release);
	}
}

/*
 * More prefixes than 16 bits can number, and one around all of them. In IPv4
 * some answers of a node are too far apart for narrow lines; in IPv6 it makes
 * a large hash table.
 */
static void
test_many_prefixes(void **state)
{
	static const char *const bases[] = { "10.0.0.0", "2603:1030::" };

	(void)state;
	for (size_t n = 0; n < TESTING_COUNT(bases); n++) {
		svctag_address address = testing_address(bases[n]);
		unsigned int low = address.family == SVCTAG_IPV4 ? 1 : 5;
		svctag_prefix cover = svctag_prefix_make(&address, low * 8);
		svctag_release_builder *builder = testing_builder(1);
		svctag_release *release;
		compiled c;

		testing_add_tag(builder, "Wide", "");
		testing_add_prefix(builder, &cover);
		for (unsigned int i = 0; i < 80000; i++) {
			svctag_prefix prefix;

			/* Every other one of its length: what is between them is the cover's. */
			address.bytes[low] = (uint8_t)(i >> 12);
			address.bytes[low + 1] = (uint8_t)(i >> 4);
			address.bytes[low + 2] = (uint8_t)(i << 4);
			prefix = svctag_prefix_make(&address, low * 8 + 21);
			testing_add_prefix(builder, &prefix);
			address.bytes[low + 2] = 0;
		}
		release = testing_finish(builder);
		c = compile(release);
		assert_int_equal(c.index->sorted, address.family == SVCTAG_IPV4); /* which leaves no keys */
		for (uint32_t id = 0; id < c.count; id += 7) {
			svctag_range range = svctag_prefix_range(&c.prefixes[id]);

			check_ways(c.index, &range.first, id == 0 ? svctag_index_lookup(c.sorted, &range.first) : id,
				   "wide");
			check_ways(c.sorted, &range.first, svctag_index_lookup(c.index, &range.first), "wide");
			if (id > 0 && svctag_address_next(&range.last))
				check_ways(c.index, &range.last, 0, "wide, between two");
		}
		dispose(&c);
		svctag_release_free(release);
	}
}

/* Whole lines against one comparison after another. */
static void
test_lines(void **state)
{
	union index_line line;
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int round = 0; round < 2000; round++) {
		union index_line *aligned = aligned_alloc(64, 64);
		struct index_entry entry = { 0 };

		memset(&line, 0xff, sizeof(line));
		for (int i = 0; i < 31; i++)
			line.inner.last[i] = (int16_t)testing_next(&random);
		for (int i = 0; i < 31; i++) /* sorted, the last one the greatest */
			for (int j = 0; j < 30; j++)
				if (line.inner.last[j] > line.inner.last[j + 1]) {
					int16_t swap = line.inner.last[j];

					line.inner.last[j] = line.inner.last[j + 1];
					line.inner.last[j + 1] = swap;
				}
		line.inner.last[31] = INT16_MAX;
		assert_non_null(aligned);
		*aligned = line;
		for (int i = 0; i < 32; i++) {
			int16_t key = i % 2 == 0 ? line.inner.last[i] : (int16_t)testing_next(&random);

			assert_int_equal(inner_place(&aligned->inner, line_key_of(key)),
					 line_place(line.inner.last, 32, key));
		}
		memcpy(entry.last, line.inner.last + 12, sizeof(entry.last));
		for (int i = 0; i < 8; i++) {
			int16_t key = i % 2 == 0 ? entry.last[i / 2] : (int16_t)testing_next(&random);

			assert_int_equal(entry_place(&entry, line_key_of(key)),
					 line_place(entry.last, ENTRY_CHILDREN - 1, key));
		}
		aligned->leaf.last[15] = INT16_MAX;
		for (int i = 0; i < 16; i++)
			aligned->leaf.slot[i] = (uint16_t)(1000 * i);
		for (int i = 0; i < 16; i++) {
			int16_t key = i % 2 == 0 ? line.leaf.last[i] : (int16_t)testing_next(&random);

			assert_int_equal(leaf_prefix(&aligned->leaf, line_key_of(key)),
					 1000 * line_place(aligned->leaf.last, 16, key) - 1);
		}
		free(aligned);
	}
	print_message("lines by %s\n", INDEX_SEARCH);
}

static void
test_empty_and_everything(void **state)
{
	static const testing_tag nothing[] = { { "A", "", "" }, { "B", "", "" } };
	static const testing_tag everything[] = { { "A", "", "0.0.0.0/0 ::/0" }, { "B", "", "::/0" } };
	svctag_release *releases[] = { testing_release(1, NULL, 0), testing_release(1, nothing, 2),
				       testing_release(1, everything, 2) };
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < TESTING_COUNT(releases); i++) {
		check_all(&random, releases[i]);
		svctag_release_free(releases[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_sets),
		cmocka_unit_test(test_nested_chains),
		cmocka_unit_test(test_pairs_that_part_late),
		cmocka_unit_test(test_full_strides),
		cmocka_unit_test(test_every_number_of_runs),
		cmocka_unit_test(test_many_prefixes),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_empty_and_everything),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
