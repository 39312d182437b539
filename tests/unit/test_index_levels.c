/*
 * IPv6's levels and nodes: what is expanded, which nodes have tops of their
 * own, and keys that find no place in the table.
 */
#include "index_model.h"

#include <stdlib.h>
#include <string.h>

#include "index_tree.h"

/* Levels of IPv6, and who wins where several prefixes claim a key. */
static void
test_expanded_prefixes(void **state)
{
	static const char *const many = " 2603:1031::/50 2603:1031:1::/61 2603:1031:2::/61 2603:1031:3::/61 "
					"2603:1031:4::/61 2603:1031:5::/61 2603:1031:6::/61 2603:1031:7::/61 "
					"2603:1031:8::/61 2603:1031:9::/61 2603:1031:a::/61 2603:1031:b::/61";
	static const struct {
		const char *prefixes;
		bool among_many;
		uint32_t levels;
	} cases[] = {
		{ "", true, 1 },
		{ "2603:1030::/48", false, 1 },
		/* Nested, with a node under one of the keys. */
		{ "2603:1030::/45 2603:1030:2::/47 2603:1030:2::/48 2603:1030:3:8::/61 2603:1030:7::/48", true, 1 },
		{ "2603:1030::/46 2603:1030:10::/47 2603:1030:11::/48 2603:1030:12::/47 2603:1030:12:8::/61", true, 1 },
		/* All keys of the shorter one have other answers. */
		{ "2603:1030:2::/47 2603:1030:2::/48 2603:1030:3::/48 2603:1030:3:8::/61", true, 1 },
		/* Too many keys for so few prefixes, and too far away for any number of them. */
		{ "2603:1030::/44 2603:1030:2:8::/61 2603:1030:2::/48", true, 2 },
		{ "2603:1030::/39 2603:1030:2:8::/61 2603:1030:2::/48", true, 2 },
		/* The last keys of all; across the halves of an address. */
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/128 ffff:ffff:ffff:ffff:ffff:ffff:ffff::/112 ffff:fffe::/31",
		  false, 2 },
		{ "2603:0:0:7fff:fc00::/70 2603:0:0:7fff:fe00::/71 2603:0:0:7fff:ff00::/72 2603:0:0:7fff:ff00::/88 "
		  "2603:0:0:7fff:fe00::/75",
		  true, 2 },
		/* The low halves of hosts say where not to look; here shorter ones agree with them. */
		{ "2603:1030:1::10/128 2603:1030:2::10/128 2603:1030:3::/64 2603:1030:4::/48 ::/0", true, 2 },
		{ "2603:1030:1::10/128 2603:1030:1::/64 2603:1030::/40 ::/8", false, 4 },
		{ "2603:1030:1:2:3::10/128", false, 1 },
		/* The shortest lengths. */
		{ "::/1 8000::/2 c000::/3 e000::/16", false, 1 },
		{ "::/0 8000::/1", false, 1 },
	};
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		const testing_tag tags[] = { { "A", "", cases[i].prefixes }, { "B", "", many } };
		svctag_release *release = testing_release(1, tags, cases[i].among_many ? 2 : 1);
		compiled c = compile(release);

		if (c.index->level_count != cases[i].levels)
			fail_msg("%s: %u levels", cases[i].prefixes, c.index->level_count);
		dispose(&c);
		check_all(&random, release);
		svctag_release_free(release);
	}
}

/* So many /40, and so many /50 elsewhere. */
static void
check_expansion(unsigned int shorts, unsigned int longs, uint32_t levels, uint32_t entries)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_address address = testing_address("2603::");
	svctag_release *release;
	testing_random random;
	compiled c;

	testing_add_tag(builder, "A", "");
	for (unsigned int i = 0; i < shorts + longs; i++) {
		svctag_prefix prefix;

		address.bytes[3] = (uint8_t)(i >> 8);
		address.bytes[4] = (uint8_t)i;
		prefix = svctag_prefix_make(&address, i < shorts ? 40 : 50);
		testing_add_prefix(builder, &prefix);
	}
	release = testing_finish(builder);
	c = compile(release);
	assert_int_equal(c.index->level_count, levels);
	assert_int_equal(c.sorted->entry_count, entries);
	testing_random_begin(&random);
	check_lookups(&random, &c);
	dispose(&c);
	svctag_release_free(release);
}

/* Expansion makes at most as many entries as there are prefixes. */
static void
test_expansion_has_an_end(void **state)
{
	(void)state;
	check_expansion(1, 255, 1, 255 + 256);
	check_expansion(1, 254, 2, 254 + 1);
	check_expansion(3, 765, 1, 765 + 768);
	check_expansion(2000, 1, 2, 1 + 8);
}

/* Nodes with more children than an entry has ends for: so many, each of them at places 0, 2, … of a /48. */
static void
check_tops(unsigned int nodes, unsigned int prefixes, uint32_t tops)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_address address = testing_address("2603::");
	svctag_release *release;
	compiled c;

	testing_add_tag(builder, "Dense", "");
	for (unsigned int i = 0; i < nodes * prefixes; i++) {
		svctag_prefix prefix;

		address.bytes[4] = (uint8_t)(i / prefixes >> 8);
		address.bytes[5] = (uint8_t)(i / prefixes);
		address.bytes[6] = (uint8_t)(i % prefixes >> 7);
		address.bytes[7] = (uint8_t)(i % prefixes << 1);
		prefix = svctag_prefix_make(&address, 64);
		testing_add_prefix(builder, &prefix);
	}
	address = testing_address("2604::");
	for (unsigned int i = 0; i < 1000; i++) {
		svctag_prefix prefix;

		address.bytes[4] = (uint8_t)(i >> 8);
		address.bytes[5] = (uint8_t)i;
		prefix = svctag_prefix_make(&address, i % 5 == 0 ? 50 : 48);
		testing_add_prefix(builder, &prefix);
	}
	release = testing_finish(builder);
	c = compile(release);
	assert_false(c.index->sorted);
	assert_in_range(c.index->header->top_count, tops - (tops - 1) / 4, tops); /* two in a bucket share one */
	for (uint32_t id = 0; id < c.count; id++) {
		svctag_range range = svctag_prefix_range(&c.prefixes[id]);

		check_ways(c.index, &range.first, id, "dense");
		check_ways(c.sorted, &range.last, id, "dense");
		if (id < nodes * prefixes && svctag_address_next(&range.last))
			check_ways(c.index, &range.last, SVCTAG_NO_PREFIX, "dense, between two");
	}
	dispose(&c);
	svctag_release_free(release);
}

static void
test_tops(void **state)
{
	(void)state;
	check_tops(10, 39, 1);    /* 78 runs: five leaves */
	check_tops(10, 41, 11);   /* 82 */
	check_tops(5, 256, 6);    /* 512: as many as 32 leaves hold */
	check_tops(5, 257, 1);    /* 514 */
	check_tops(400, 41, 256); /* more than pilots can name */
}

/* Keys that no seed can separate: they are sorted then, and answer all the same. */
static void
test_keys_without_a_place(void **state)
{
	/* The same key twice hashes to the same place under every seed. */
	static const struct index_entry entries[4] = {
		{ .high = 2 }, { .high = 1, .low = 9 }, { .high = 2 }, { .high = 1 }
	};
	static const unsigned int sorted[4] = { 3, 1, 0, 2 };
	struct index_tree tree = { .entry_count = TESTING_COUNT(entries) };

	(void)state;
	tree.entries = testing_allocate(TESTING_COUNT(entries), sizeof(*tree.entries));
	memcpy(tree.entries, entries, sizeof(entries));
	TESTING_OK(index_table_place(&tree));
	assert_int_equal(tree.pilot_count, 0);
	assert_int_equal(tree.entry_count, TESTING_COUNT(entries));
	for (size_t i = 0; i < TESTING_COUNT(entries); i++)
		assert_memory_equal(&tree.entries[i], &entries[sorted[i]], sizeof(*tree.entries));
	index_tree_release(&tree);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expanded_prefixes),
		cmocka_unit_test(test_expansion_has_an_end),
		cmocka_unit_test(test_tops),
		cmocka_unit_test(test_keys_without_a_place),
	};

	return cmocka_run_group_tests_name("index levels", tests, NULL, NULL);
}
