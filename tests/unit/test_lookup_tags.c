/*
 * The tags of an address whose longest prefix is known, against what the tags'
 * own prefixes say, for every prefix of small releases.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#define UNTOUCHED 0xdead

/* A tag that holds a prefix, and its longest that does. */
typedef struct holder {
	const svctag_tag *tag;
	svctag_prefix prefix;
} holder;

/* Fewest addresses first, then the name. */
static int
compare_tags(const svctag_tag *a, const svctag_tag *b)
{
	int order = svctag_count_compare(svctag_count_add(a->addresses[0], a->addresses[1]),
					 svctag_count_add(b->addresses[0], b->addresses[1]));

	return order != 0 ? order : strcmp(a->properties.name, b->properties.name);
}

/* Longest prefix first. */
static int
compare_holders(const void *a, const void *b)
{
	const holder *x = a, *y = b;

	if (x->prefix.length != y->prefix.length)
		return x->prefix.length > y->prefix.length ? -1 : 1;
	return compare_tags(x->tag, y->tag);
}

/* By the prefixes of each tag. */
static size_t
find_holders(const svctag_release *release, const svctag_prefix *prefix, holder *ret)
{
	svctag_range range = svctag_prefix_range(prefix);
	size_t count = 0;

	for (size_t i = 0; i < svctag_release_tag_count(release); i++) {
		const svctag_tag *tag = svctag_release_tag(release, i);
		holder found = { .tag = tag };

		for (size_t n = 0; n < tag->prefix_count; n++)
			if (svctag_prefix_holds(&tag->prefixes[n], &range.first) &&
			    tag->prefixes[n].length <= prefix->length &&
			    (found.prefix.family == 0 || tag->prefixes[n].length > found.prefix.length))
				found.prefix = tag->prefixes[n];
		if (found.prefix.family != 0)
			ret[count++] = found;
	}
	qsort(ret, count, sizeof(*ret), compare_holders);
	return count;
}

/* AzureCloud.<region>, the first if there are several, or else the narrowest tag that has a region. */
static const char *
find_region(const holder *holders, size_t count)
{
	const svctag_tag *narrowest = NULL;

	for (size_t i = 0; i < count; i++) {
		const svctag_tag *tag = holders[i].tag;

		if (tag->properties.region[0] == '\0')
			continue;
		if (strncmp(tag->properties.name, "AzureCloud.", strlen("AzureCloud.")) == 0)
			return tag->properties.region;
		if (narrowest == NULL || compare_tags(tag, narrowest) < 0)
			narrowest = tag;
	}
	return narrowest == NULL ? NULL : narrowest->properties.region;
}

/* With just enough room, and with too little. */
static void
check_tags(const svctag_release *release, const svctag_index *index, uint32_t prefix)
{
	svctag_prefix block = svctag_index_prefix(index, prefix);
	holder *want = testing_allocate(svctag_release_tag_count(release), sizeof(*want));
	size_t count = find_holders(release, &block, want);
	uint32_t *tags = testing_allocate(count + 1, sizeof(*tags));
	uint32_t *prefixes = testing_allocate(count + 1, sizeof(*prefixes));
	svctag_address_tags got = { tags, prefixes, .count = UNTOUCHED, .region = UNTOUCHED };

	assert_true(count > 0);
	for (got.room = 0; got.room < count; got.room++) {
		tags[got.room] = prefixes[got.room] = UNTOUCHED;
		TESTING_CHECK(svctag_lookup_tags(index, prefix, &got), SVCTAG_E_LIMIT);
		assert_int_equal(got.count, UNTOUCHED);
		assert_int_equal(got.region, UNTOUCHED);
		assert_int_equal(tags[got.room], UNTOUCHED);
		assert_int_equal(prefixes[got.room], UNTOUCHED);
	}
	TESTING_OK(svctag_lookup_tags(index, prefix, &got));
	assert_int_equal(got.count, count);
	for (size_t i = 0; i < count; i++) {
		svctag_prefix held = svctag_index_prefix(index, prefixes[i]);

		assert_string_equal(svctag_index_tag_name(index, tags[i]), want[i].tag->properties.name);
		assert_int_equal(svctag_prefix_compare(&held, &want[i].prefix), 0);
	}
	assert_true(testing_same_text(
		got.region == SVCTAG_NO_TAG ? NULL : svctag_index_tag_at(index, got.region).properties.region,
		find_region(want, count)));
	free(want);
	free(tags);
	free(prefixes);
}

/* For every prefix of a release, and for none. */
static void
check_all_tags(const svctag_release *release)
{
	svctag_snapshot *snapshot = testing_snapshot(release, "Public");
	const svctag_index *index = svctag_snapshot_index(snapshot);
	svctag_address_tags none = { .count = UNTOUCHED, .region = UNTOUCHED };

	for (uint32_t prefix = 0; prefix < svctag_index_total_prefix_count(index); prefix++)
		check_tags(release, index, prefix);
	TESTING_OK(svctag_lookup_tags(index, SVCTAG_NO_PREFIX, &none));
	assert_int_equal(none.count, 0);
	assert_int_equal(none.region, SVCTAG_NO_TAG);
	svctag_snapshot_free(snapshot);
}

static const testing_tag sample[] = {
	{ "AzureCloud", "", "13.64.0.0/11 2603:1030::/28" },
	{ "AzureCloud.eastus", "eastus", "13.82.0.0/16 2603:1030:200::/40" },
	{ "Storage", "", "13.82.88.224/27 198.51.100.0/24" },
	{ "Storage.EastUS", "eastus", "13.82.88.224/28 13.82.88.240/28" },
	{ "Storage.FranceCentral", "centralfrance", "198.51.100.0/25" },
	{ "Sql.FranceSouth", "southfrance", "198.51.100.64/26 198.51.100.0/26 203.0.113.0/24" },
	{ "AzureCloud.odd", "", "198.51.100.0/24" }, /* a region tag without the property */
	{ "Nested", "", "192.0.2.0/24 192.0.2.0/28 192.0.2.0/31" },
	{ "AlsoNested", "", "192.0.2.0/25 192.0.2.0/31" },
};

static void
test_sample(void **state)
{
	svctag_release *release = testing_release(346, sample, TESTING_COUNT(sample));

	(void)state;
	check_all_tags(release);
	svctag_release_free(release);
}

static void
test_random(void **state)
{
	static const testing_space spaces[] = {
		{ "10.20.30.0/24", 20, 32 },
		{ "10.20.0.0/16", 14, 30 },
		{ "2001:db8::/120", 112, 128 },
		{ "::/0", 0, 128 },
	};
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t round = 0; round < 40; round++) {
		testing_shape shape = { .change_number = 1,
					.tags = 1 + testing_below(&random, 40),
					.memberships = 1 + testing_below(&random, 300),
					.spaces = spaces,
					.space_count = TESTING_COUNT(spaces) };
		svctag_release *release = testing_random_release(&random, &shape);

		check_all_tags(release);
		svctag_release_free(release);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("lookup_tags", tests, NULL, NULL);
}
