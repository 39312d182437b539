/*
 * Building a release: sorting, counting, limits, and a digest that depends
 * on the content and on nothing else.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const testing_tag sample[] = {
	{ "Storage", "", "13.64.0.0/16 20.38.0.0/24 2603:1030::/45" },
	{ "Storage.EastUS", "eastus", "13.64.1.0/24 20.38.0.0/25" },
	{ "AzureCloud.eastus", "eastus", "13.64.0.0/15" },
	{ "Sql", "", "" },
};

static void
test_sorted_and_counted(void **state)
{
	/* Overlaps are counted once; the order given does not matter. */
	static const testing_tag tags[] = {
		{ "b", "", "10.0.0.0/8 10.0.0.0/9 2001:db8::/32 192.0.2.0/24 10.0.0.0/8" },
		{ "B2", "", "10.0.0.0/8" },
		{ "Azure.b", "", "" },
		{ "Azure-b", "", "::/0 0.0.0.0/0" },
	};
	svctag_release *release = testing_release(42, tags, TESTING_COUNT(tags));
	const svctag_tag *b = svctag_release_find_tag(release, "B");

	(void)state;
	assert_int_equal(svctag_release_change_number(release), 42);
	assert_int_equal(svctag_release_tag_count(release), 4);
	assert_string_equal(svctag_release_tag(release, 0)->properties.name, "Azure-b"); /* '-' before '.' */
	assert_string_equal(svctag_release_tag(release, 1)->properties.name, "Azure.b");
	assert_string_equal(svctag_release_tag(release, 2)->properties.name, "B2"); /* byte order, not the alphabet's */
	assert_string_equal(svctag_release_tag(release, 3)->properties.name, "b");
	assert_ptr_equal(b, svctag_release_tag(release, 3));
	assert_int_equal(b->prefix_count, 4);
	assert_int_equal(b->family_prefix_count[0], 3);
	assert_int_equal(b->family_prefix_count[1], 1);
	for (size_t i = 1; i < b->prefix_count; i++)
		assert_true(svctag_prefix_compare(&b->prefixes[i - 1], &b->prefixes[i]) < 0);
	assert_true(b->addresses[0].low == (1U << 24) + 256 && b->addresses[0].high == 0);
	assert_true(b->addresses[1].low == (svctag_u128)1 << 96);
	assert_int_equal(svctag_release_prefix_count(release), 7);
	assert_int_equal(svctag_release_unique_prefix_count(release), 6); /* 10.0.0.0/8 is in two tags */
	assert_int_equal(svctag_release_repeated_count(release), 1);
	assert_true(svctag_release_address_count(release, SVCTAG_IPV4).low == (svctag_u128)1 << 32);
	assert_true(svctag_release_address_count(release, SVCTAG_IPV6).high == 1); /* 2^128 */
	assert_true(svctag_release_address_count(release, SVCTAG_IPV6).low == 0);
	svctag_release_free(release);
}

static void
test_find(void **state)
{
	svctag_release *release = testing_release(1, sample, TESTING_COUNT(sample));

	(void)state;
	assert_string_equal(svctag_release_find_tag(release, "sTORAGE.eASTus")->properties.name, "Storage.EastUS");
	assert_string_equal(svctag_release_find_tag(release, "storage")->properties.name, "Storage");
	assert_null(svctag_release_find_tag(release, "Storag"));
	assert_null(svctag_release_find_tag(release, "Storage."));
	assert_null(svctag_release_find_tag(release, "Storage.WestUS"));
	assert_null(svctag_release_find_tag(release, ""));
	assert_null(svctag_release_find_tag(release, "zzz"));
	svctag_release_free(release);
}

static void
test_empty(void **state)
{
	svctag_release *release = testing_release(0, NULL, 0);

	(void)state;
	assert_int_equal(svctag_release_tag_count(release), 0);
	assert_int_equal(svctag_release_prefix_count(release), 0);
	assert_true(svctag_count_is_zero(svctag_release_address_count(release, SVCTAG_IPV4)));
	assert_null(svctag_release_find_tag(release, "Storage"));
	svctag_release_free(release);
	svctag_release_free(NULL);
	svctag_release_builder_free(NULL);
}

/* The same content, told in another order each time. */
static svctag_release *
shuffled(testing_random *random)
{
	static const char *const features[] = { "API,NSG,UDR,FW", "FW,UDR,NSG,API", "NSG,API,FW,UDR" };
	svctag_release_builder *builder = testing_builder(9);
	size_t tags[TESTING_COUNT(sample)];

	for (size_t i = 0; i < TESTING_COUNT(sample); i++) {
		size_t at = testing_below(random, i + 1);

		tags[i] = tags[at];
		tags[at] = i;
	}
	for (size_t i = 0; i < TESTING_COUNT(sample); i++) {
		const testing_tag *tag = &sample[tags[i]];
		svctag_release *part = testing_release(0, tag, 1);
		const svctag_tag *parsed = svctag_release_tag(part, 0);
		svctag_properties properties = testing_properties(tag->name, tag->region);
		size_t start = testing_below(random, parsed->prefix_count + 1);

		properties.network_features = features[testing_below(random, TESTING_COUNT(features))];
		TESTING_OK(svctag_release_builder_add_tag(builder, &properties));
		/* Turned, with one of them repeated. */
		for (size_t n = 0; n < parsed->prefix_count; n++)
			testing_add_prefix(builder, &parsed->prefixes[(start + n) % parsed->prefix_count]);
		if (parsed->prefix_count > 0)
			testing_add_prefix(builder, &parsed->prefixes[0]);
		svctag_release_free(part);
	}
	return testing_finish(builder);
}

static void
test_digest_is_independent_of_order(void **state)
{
	svctag_release *release = testing_release(9, sample, TESTING_COUNT(sample));
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < 200; i++) {
		svctag_release *other = shuffled(&random);

		assert_memory_equal(svctag_release_digest(other), svctag_release_digest(release), SVCTAG_DIGEST_SIZE);
		assert_true(testing_same_release(other, release));
		assert_int_equal(svctag_release_repeated_count(other), 3);
		svctag_release_free(other);
	}
	svctag_release_free(release);
}

/* One tag with these prefixes: contents that all differ from one another. */
static const struct {
	int64_t change_number;
	const char *prefixes;
} contents[] = {
	{ 1, "10.0.0.0/24" },
	{ 2, "10.0.0.0/24" },
	{ -1, "10.0.0.0/24" },
	{ INT64_MAX, "10.0.0.0/24" },
	{ 1, "" },
	{ 1, "10.0.0.0/25" },
	{ 1, "10.0.0.0/25 10.0.0.128/25" }, /* the same addresses, another text */
	{ 1, "10.0.0.0/24 10.0.0.0/25" },
	{ 1, "10.0.1.0/24" },
	{ 1, "a00::/24" }, /* the same first bytes and length in the other family */
	{ 1, "::ffff:10.0.0.0/120" },
};

static svctag_properties
base(void)
{
	svctag_properties properties = testing_properties("Storage.EastUS", "eastus");

	properties.network_features = "API,NSG";
	return properties;
}

/* A digest of one tag with 10.0.0.0/24 under change number 1. */
static void
digest_of(const svctag_properties *properties, uint8_t *digest)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_prefix prefix = testing_prefix("10.0.0.0/24");
	svctag_release *release;

	TESTING_OK(svctag_release_builder_add_tag(builder, properties));
	testing_add_prefix(builder, &prefix);
	release = testing_finish(builder);
	memcpy(digest, svctag_release_digest(release), SVCTAG_DIGEST_SIZE);
	svctag_release_free(release);
}

static void
assert_all_differ(uint8_t (*digests)[SVCTAG_DIGEST_SIZE], size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (memcmp(digests[i], digests[j], SVCTAG_DIGEST_SIZE) == 0)
				fail_msg("contents %zu and %zu have the same digest", j, i);
}

static void
test_digest_tells_contents_apart(void **state)
{
	uint8_t digests[TESTING_COUNT(contents)][SVCTAG_DIGEST_SIZE];

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(contents); i++) {
		testing_tag tag = { "Storage", "", contents[i].prefixes };
		svctag_release *release = testing_release(contents[i].change_number, &tag, 1);

		memcpy(digests[i], svctag_release_digest(release), SVCTAG_DIGEST_SIZE);
		svctag_release_free(release);
	}
	assert_all_differ(digests, TESTING_COUNT(contents));
}

static void
test_digest_tells_properties_apart(void **state)
{
	svctag_properties variants[20];
	uint8_t digests[TESTING_COUNT(variants)][SVCTAG_DIGEST_SIZE];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(variants); i++)
		variants[i] = base();
	n++; /* the first stays as it is */
	variants[n++].name = "Storage.eastus";
	variants[n++].name = "Storage.EastUS2";
	variants[n++].change_number = 6;
	variants[n++].change_number = INT64_MIN;
	variants[n++].region = "";
	variants[n++].region = "eastuS";
	variants[n++].region_id = 33;
	variants[n++].region_id = -32;
	variants[n].has_region_id = false;
	variants[n++].region_id = 0;
	variants[n++].region_id = 0;
	variants[n++].platform = NULL;
	variants[n++].platform = "azure";
	variants[n++].system_service = "";
	variants[n++].system_service = "AzureStorageX";
	variants[n++].network_features = NULL;
	variants[n++].network_features = "";
	variants[n++].network_features = "API";
	variants[n++].network_features = "API,NSG,UDR";
	/* The same characters, divided differently. */
	variants[n].platform = "AzureA";
	variants[n++].system_service = "zureStorage";
	assert_int_equal(n, TESTING_COUNT(variants));
	for (size_t i = 0; i < n; i++)
		digest_of(&variants[i], digests[i]);
	assert_all_differ(digests, n);
}

/* A region id that is not there has no value either. */
static void
test_digest_ignores_what_is_meaningless(void **state)
{
	uint8_t digests[2][SVCTAG_DIGEST_SIZE];
	svctag_properties properties = base();

	(void)state;
	properties.has_region_id = false;
	digest_of(&properties, digests[0]);
	properties.region_id = 99;
	digest_of(&properties, digests[1]);
	assert_memory_equal(digests[0], digests[1], SVCTAG_DIGEST_SIZE);
}

/* The prefix moves from one tag to the other; all else stays. */
static void
test_digest_knows_whose_prefix_it_is(void **state)
{
	static const testing_tag tags[2][2] = { { { "a", "", "10.0.0.0/24" }, { "b", "", "" } },
						{ { "a", "", "" }, { "b", "", "10.0.0.0/24" } } };
	svctag_release *first = testing_release(1, tags[0], 2), *second = testing_release(1, tags[1], 2);

	(void)state;
	assert_memory_not_equal(svctag_release_digest(first), svctag_release_digest(second), SVCTAG_DIGEST_SIZE);
	assert_false(testing_same_release(first, second));
	svctag_release_free(first);
	svctag_release_free(second);
}

static void
test_digest_text(void **state)
{
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	char text[SVCTAG_DIGEST_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (uint8_t)(i * 0x11);
	svctag_digest_format(digest, text);
	assert_string_equal(text, "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f");
}

static void
test_two_tags_of_one_name(void **state)
{
	static const char *const names[][2] = { { "Storage", "Storage" }, { "Storage.EastUS", "storage.eastus" } };

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(names); i++) {
		svctag_release_builder *builder = testing_builder(1);
		svctag_release *release = (svctag_release *)builder; /* any value that is not NULL */
		svctag_detail detail = { "" };

		testing_add_tag(builder, names[i][0], "");
		testing_add_tag(builder, "Other", "");
		testing_add_tag(builder, names[i][1], "");
		TESTING_CHECK(svctag_release_builder_finish(builder, &release, &detail), SVCTAG_E_DUPLICATE);
		assert_ptr_equal(release, builder);
		assert_non_null(strcasestr(detail.text, names[i][0]));
		svctag_release_builder_free(builder);
	}
}

static void
test_refused_tags(void **state)
{
	svctag_properties bad[10];
	svctag_release_builder *builder = testing_builder(1);
	svctag_prefix prefix = testing_prefix("10.0.0.0/8");
	svctag_release *release;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(bad); i++)
		bad[i] = base();
	bad[n++].name = NULL;
	bad[n++].name = "";
	bad[n++].name = "Storage\n";
	bad[n++].name = "\x1b[31mStorage";
	bad[n++].name = "Storage\x7f";
	bad[n++].region = NULL;
	bad[n++].region = "east\tus";
	bad[n++].system_service = NULL;
	bad[n++].platform = "\x01";
	bad[n++].network_features = "API,\rNSG";
	assert_int_equal(n, TESTING_COUNT(bad));
	TESTING_CHECK(svctag_release_builder_add_prefix(builder, &prefix), SVCTAG_E_INVALID); /* of which tag? */
	for (size_t i = 0; i < n; i++)
		TESTING_CHECK(svctag_release_builder_add_tag(builder, &bad[i]), SVCTAG_E_INVALID);
	/* What was refused left nothing behind. */
	release = testing_finish(builder);
	assert_int_equal(svctag_release_tag_count(release), 0);
	svctag_release_free(release);
}

/* Values that svctag_prefix_parse() never makes: their invariant is broken. */
static void
test_refused_prefixes(void **state)
{
	const svctag_prefix bad[] = {
		{ .family = SVCTAG_IPV4, .length = 33 },
		{ .family = SVCTAG_IPV6, .length = 129 },
		{ .family = 5, .length = 8 },
		{ .family = 0, .length = 0 },
		{ .family = SVCTAG_IPV4, .length = 8, .bytes = { 10, 0, 0, 1 } },
		{ .family = SVCTAG_IPV6, .length = 8, .bytes = { 0x20, 1 } },
		{ .family = SVCTAG_IPV4, .length = 32, .bytes = { 10, 0, 0, 1, 1 } },
	};
	svctag_release_builder *builder = testing_builder(1);

	(void)state;
	testing_add_tag(builder, "a", "");
	for (size_t i = 0; i < TESTING_COUNT(bad); i++)
		TESTING_CHECK(svctag_release_builder_add_prefix(builder, &bad[i]), SVCTAG_E_INVALID);
	svctag_release_builder_free(builder);
}

static void
test_limits(void **state)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_properties properties = testing_properties("one too many", "");
	svctag_prefix prefix = testing_prefix("10.0.0.0/8");
	svctag_release *release;
	size_t added = 0;

	(void)state;
	for (; added < SVCTAG_MAX_TAGS; added++) {
		char name[16];

		snprintf(name, sizeof(name), "t%zu", added);
		testing_add_tag(builder, name, "");
	}
	TESTING_CHECK(svctag_release_builder_add_tag(builder, &properties), SVCTAG_E_LIMIT);
	for (added = 0; added < SVCTAG_MAX_PREFIXES; added++)
		testing_add_prefix(builder, &prefix);
	TESTING_CHECK(svctag_release_builder_add_prefix(builder, &prefix), SVCTAG_E_LIMIT);
	release = testing_finish(builder);
	assert_int_equal(svctag_release_tag_count(release), SVCTAG_MAX_TAGS);
	assert_int_equal(svctag_release_prefix_count(release), 1);
	assert_int_equal(svctag_release_repeated_count(release), SVCTAG_MAX_PREFIXES - 1);
	svctag_release_free(release);
}

/* The strings are copied, and a finished builder holds nothing any more. */
static void
test_ownership(void **state)
{
	char name[] = "Storage", region[] = "eastus";
	svctag_release_builder *builder = testing_builder(3);
	svctag_release *first = NULL, *second = NULL;

	(void)state;
	testing_add_tag(builder, name, region);
	memset(name, 'x', sizeof(name) - 1);
	memset(region, 'x', sizeof(region) - 1);
	TESTING_OK(svctag_release_builder_finish(builder, &first, NULL));
	TESTING_OK(svctag_release_builder_finish(builder, &second, NULL));
	svctag_release_builder_free(builder);
	assert_string_equal(svctag_release_tag(first, 0)->properties.name, "Storage");
	assert_string_equal(svctag_release_tag(first, 0)->properties.region, "eastus");
	assert_int_equal(svctag_release_tag_count(second), 0);
	svctag_release_free(first);
	svctag_release_free(second);
}

static const struct {
	const char *features;
	const char *feature;
	bool holds;
} features[] = {
	{ "API,NSG,UDR,FW", "API", true },
	{ "API,NSG,UDR,FW", "NSG", true },
	{ "API,NSG,UDR,FW", "FW", true },
	{ "API,NSG,UDR,FW", "VSE", false },
	{ "API,NSG,UDR,FW", "SG", false },
	{ "API,NSG,UDR,FW", "NS", false },
	{ "API,NSG,UDR,FW", "nsg", false },
	{ "API,NSG,UDR,FW", "", false },
	{ "API,NSG", "API,NSG", false },
	{ "NSG", "NSG", true },
	{ "", "NSG", false },
	{ NULL, "NSG", false },
};

static const struct {
	const char *a;
	const char *b;
	bool equal;
} feature_lists[] = {
	{ "API,NSG", "NSG,API", true },
	{ "API", "API", true },
	{ "", "", true },
	{ NULL, NULL, true },
	{ NULL, "", false },
	{ "API", "", false },
	{ "API", "API,NSG", false },
	{ "API,NSG", "API,FW", false },
	{ "API,NSG", "API,nsg", false },
	{ "APINSG", "API,NSG", false },
	{ "API,NSG,FW", "FW,API,NSG", true },
};

static void
test_features(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(features); i++)
		if (svctag_features_hold(features[i].features, features[i].feature) != features[i].holds)
			fail_msg("feature case %zu", i);
	for (size_t i = 0; i < TESTING_COUNT(feature_lists); i++)
		if (svctag_features_equal(feature_lists[i].a, feature_lists[i].b) != feature_lists[i].equal ||
		    svctag_features_equal(feature_lists[i].b, feature_lists[i].a) != feature_lists[i].equal)
			fail_msg("feature list case %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted_and_counted),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_digest_is_independent_of_order),
		cmocka_unit_test(test_digest_tells_contents_apart),
		cmocka_unit_test(test_digest_tells_properties_apart),
		cmocka_unit_test(test_digest_ignores_what_is_meaningless),
		cmocka_unit_test(test_digest_knows_whose_prefix_it_is),
		cmocka_unit_test(test_digest_text),
		cmocka_unit_test(test_two_tags_of_one_name),
		cmocka_unit_test(test_refused_tags),
		cmocka_unit_test(test_refused_prefixes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_ownership),
		cmocka_unit_test(test_features),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
