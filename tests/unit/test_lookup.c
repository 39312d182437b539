/*
 * Lookups of addresses, prefixes and ranges against what the tags' address
 * sets say, tag by tag; and queries, parsed.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a query is expected to find in one tag. */
typedef struct expected {
	const svctag_tag *tag;
	svctag_prefix prefix;
	bool contains;
	svctag_count covered;
} expected;

static bool
meets(const svctag_prefix *prefix, const svctag_range *range)
{
	svctag_range own = svctag_prefix_range(prefix);

	return own.first.family == range->first.family && svctag_address_compare(&own.first, &range->last) <= 0 &&
	       svctag_address_compare(&own.last, &range->first) >= 0;
}

/* By sets: what of the query is in the tag, and which is the first of these addresses. */
static bool
expect_tag(const svctag_tag *tag, const svctag_range *range, expected *ret)
{
	svctag_set *all = NULL, *asked = NULL, *common = NULL;
	svctag_address first;
	bool any;

	TESTING_OK(svctag_set_of_prefixes(tag->prefixes, tag->prefix_count, &all));
	TESTING_OK(svctag_set_of_ranges(range, 1, &asked));
	TESTING_OK(svctag_set_intersection(all, asked, &common));
	any = !svctag_set_is_empty(common);
	if (any) {
		*ret = (expected){ .tag = tag,
				   .contains = svctag_set_equal(common, asked),
				   .covered = svctag_set_count(common, range->first.family) };
		first = svctag_set_range(common, 0)->first;
		for (size_t i = 0; i < tag->prefix_count; i++)
			if (svctag_prefix_holds(&tag->prefixes[i], &first) &&
			    (ret->prefix.family == 0 || tag->prefixes[i].length > ret->prefix.length))
				ret->prefix = tag->prefixes[i];
	}
	svctag_set_free(all);
	svctag_set_free(asked);
	svctag_set_free(common);
	return any;
}

static svctag_count
width(const svctag_tag *tag)
{
	return svctag_count_add(tag->addresses[0], tag->addresses[1]);
}

/* Longest prefix, fewest addresses, name. */
static int
compare_expected(const void *a, const void *b)
{
	const expected *x = a, *y = b;
	int order = svctag_count_compare(width(x->tag), width(y->tag));

	if (x->prefix.length != y->prefix.length)
		return x->prefix.length > y->prefix.length ? -1 : 1;
	return order != 0 ? order : strcmp(x->tag->properties.name, y->tag->properties.name);
}

static void
check_match(const svctag_index *index, const svctag_lookup_result *result, const svctag_match *match,
	    const expected *want, const svctag_range *range)
{
	svctag_prefix prefix = svctag_index_prefix(index, match->prefix);
	size_t n = 0;

	assert_string_equal(svctag_index_tag_name(index, match->tag), want->tag->properties.name);
	assert_int_equal(svctag_prefix_compare(&prefix, &want->prefix), 0);
	assert_int_equal(match->contains, want->contains);
	assert_int_equal(svctag_count_compare(match->covered, want->covered), 0);
	for (size_t i = 0; i < want->tag->prefix_count; i++)
		if (meets(&want->tag->prefixes[i], range)) {
			assert_true(n < match->prefix_count);
			prefix = svctag_index_prefix(index, result->prefixes[match->first_prefix + n++]);
			assert_int_equal(svctag_prefix_compare(&prefix, &want->tag->prefixes[i]), 0);
		}
	assert_int_equal(match->prefix_count, n);
}

static bool
is_cloud_region(const svctag_tag *tag)
{
	return strncmp(tag->properties.name, "AzureCloud.", 11) == 0 && tag->properties.region[0] != '\0';
}

/*
 * The region rule. Real AzureCloud.<region> tags never overlap; random ones
 * do, and then any of those that hold the query is right.
 */
static void
check_region(const expected *found, size_t count, const char *region)
{
	const expected *narrowest = NULL;
	bool cloud = false, named = false;

	for (size_t i = 0; i < count; i++) {
		if (!found[i].contains || found[i].tag->properties.region[0] == '\0')
			continue;
		if (is_cloud_region(found[i].tag)) {
			cloud = true;
			named = named || (region != NULL && strcmp(region, found[i].tag->properties.region) == 0);
		}
		if (narrowest == NULL || svctag_count_compare(width(found[i].tag), width(narrowest->tag)) < 0 ||
		    (svctag_count_compare(width(found[i].tag), width(narrowest->tag)) == 0 &&
		     strcmp(found[i].tag->properties.name, narrowest->tag->properties.name) < 0))
			narrowest = &found[i];
	}
	if (cloud) {
		assert_true(named);
	} else if (narrowest == NULL) {
		assert_null(region);
	} else {
		assert_non_null(region);
		assert_string_equal(region, narrowest->tag->properties.region);
	}
}

static void
check_one_tag(const svctag_snapshot *snapshot, const svctag_query *query, const svctag_tag *tag,
	      svctag_lookup_result *result)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	const char *name = tag->properties.name;
	expected want;
	uint32_t id = UINT32_MAX;

	TESTING_OK(svctag_index_find_tag(index, name, strlen(name), &id));
	TESTING_OK(svctag_lookup_tag(snapshot, query, id, result));
	if (expect_tag(tag, &query->range, &want)) {
		assert_int_equal(result->match_count, 1);
		check_match(index, result, &result->matches[0], &want, &query->range);
	} else {
		assert_int_equal(result->match_count, 0);
	}
}

static void
check_query(const svctag_release *release, const svctag_snapshot *snapshot, const svctag_query *query,
	    svctag_lookup_result *result)
{
	size_t tags = svctag_release_tag_count(release), count = 0;
	expected *found = testing_allocate(tags, sizeof(*found));

	for (size_t i = 0; i < tags; i++)
		count += expect_tag(svctag_release_tag(release, i), &query->range, &found[count]);
	qsort(found, count, sizeof(*found), compare_expected);
	TESTING_OK(svctag_lookup(snapshot, query, result));
	if (result->match_count != count)
		fail_msg("%s: %zu tags, by sets %zu", query->normalized, result->match_count, count);
	for (size_t i = 0; i < count; i++)
		check_match(svctag_snapshot_index(snapshot), result, &result->matches[i], &found[i], &query->range);
	check_region(found, count, result->region);
	for (size_t i = 0; i < tags && i < 4; i++)
		check_one_tag(snapshot, query, svctag_release_tag(release, i), result);
	free(found);
}

/* Near the prefixes of the release, where lookups have something to find. */
static svctag_query
random_query(testing_random *random, const svctag_release *release, const testing_space *space)
{
	const svctag_tag *tag = svctag_release_tag(release, testing_below(random, svctag_release_tag_count(release)));
	svctag_prefix near = tag->prefix_count != 0 ? tag->prefixes[testing_below(random, tag->prefix_count)]
						    : testing_random_prefix(random, space);
	svctag_prefix other = testing_random_prefix(random, space);
	svctag_range range = svctag_prefix_range(&near), to = svctag_prefix_range(&other);
	char text[SVCTAG_RANGE_TEXT_SIZE];

	switch (testing_below(random, 5)) {
	case 0:
		range.first = testing_random_inside(random, &near);
		svctag_address_format(&range.first, text);
		break;
	case 1: svctag_address_format(testing_below(random, 2) == 0 ? &range.first : &range.last, text); break;
	case 2: svctag_prefix_format(testing_below(random, 2) == 0 ? &near : &other, text); break;
	case 3: /* a little more than a block on either side */
		(void)svctag_address_previous(&range.first);
		(void)svctag_address_next(&range.last);
		svctag_range_format(&range, text);
		break;
	default:
		if (range.first.family == to.first.family && svctag_address_compare(&range.first, &to.last) <= 0)
			range.last = to.last;
		svctag_range_format(&range, text);
		break;
	}
	return testing_query(text);
}

static const testing_space spaces[] = {
	{ "10.20.30.0/24", 20, 32 },    { "10.0.0.0/8", 8, 16 },     { "10.20.0.0/16", 14, 30 },
	{ "2001:db8::/120", 112, 128 }, { "2001:db8::/32", 30, 64 }, { "255.255.255.240/28", 26, 32 },
};
static const testing_space everywhere[] = { { "0.0.0.0/0", 0, 32 }, { "::/0", 0, 128 } };

static void
check_random(testing_random *random, const testing_shape *shape, int queries)
{
	svctag_release *release = testing_random_release(random, shape);
	svctag_snapshot *snapshot = testing_snapshot(release, "Public");
	svctag_lookup_result result = { 0 };

	for (int i = 0; i < queries; i++) {
		const testing_space *space = &shape->spaces[testing_below(random, shape->space_count)];
		svctag_query query = random_query(random, release, space);

		check_query(release, snapshot, &query, &result);
	}
	svctag_lookup_result_release(&result);
	svctag_snapshot_free(snapshot);
	svctag_release_free(release);
}

static void
test_random(void **state)
{
	static const size_t sizes[] = { 1, 6, 40, 150 };
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t round = 0; round < 120; round++) {
		bool wide = round % 8 == 7;
		testing_shape shape = { .change_number = 1,
					.tags = 1 + testing_below(&random, 16),
					.memberships = sizes[round % TESTING_COUNT(sizes)],
					.spaces = wide ? everywhere : spaces,
					.space_count = wide ? TESTING_COUNT(everywhere) : TESTING_COUNT(spaces) };

		check_random(&random, &shape, 150);
	}
}

static const testing_tag sample[] = {
	{ "AzureCloud", "", "13.64.0.0/11 20.38.0.0/17 2603:1030::/28" },
	{ "AzureCloud.eastus", "eastus", "13.82.0.0/16 2603:1030:200::/40" },
	{ "AzureCloud.westus", "westus", "13.83.0.0/16" },
	{ "Storage", "", "13.82.88.224/27 13.83.1.0/24 198.51.100.0/24" },
	{ "Storage.EastUS", "eastus", "13.82.88.224/28 13.82.88.240/28" },
	{ "Storage.FranceCentral", "centralfrance", "198.51.100.0/25" },
	{ "Sql.FranceSouth", "southfrance", "198.51.100.64/26 198.51.100.0/26 203.0.113.0/24" },
	{ "AzureCloud.odd", "", "198.51.100.0/24" }, /* a region tag without the property */
	{ "ZeroSlash", "", "192.0.2.0/31" },
	{ "AlsoZero", "", "192.0.2.0/31" },
};

/* The answer in one line: tag=prefix, with a plus where it is contained. */
static void
answer(const svctag_snapshot *snapshot, const char *query_text, char *text, size_t room)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	svctag_query query = testing_query(query_text);
	svctag_lookup_result result = { 0 };
	size_t n = 0;

	TESTING_OK(svctag_lookup(snapshot, &query, &result));
	text[0] = '\0';
	for (size_t i = 0; i < result.match_count; i++) {
		const svctag_match *match = &result.matches[i];
		svctag_prefix prefix = svctag_index_prefix(index, match->prefix);
		char block[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&prefix, block);
		n += (size_t)snprintf(text + n, room - n, "%s%s=%s ", match->contains ? "+" : "",
				      svctag_index_tag_name(index, match->tag), block);
	}
	snprintf(text + n, room - n, "(%s)", result.region != NULL ? result.region : "null");
	svctag_lookup_result_release(&result);
}

static const struct {
	const char *query;
	const char *want;
} answers[] = {
	{ "13.82.88.226", "+Storage.EastUS=13.82.88.224/28 +Storage=13.82.88.224/27 +AzureCloud.eastus=13.82.0.0/16 "
			  "+AzureCloud=13.64.0.0/11 (eastus)" },
	/* IPv4-mapped */
	{ "::ffff:13.82.88.226", "+Storage.EastUS=13.82.88.224/28 +Storage=13.82.88.224/27 "
				 "+AzureCloud.eastus=13.82.0.0/16 +AzureCloud=13.64.0.0/11 (eastus)" },
	/* Two prefixes of the tag contain it together; `prefix` is the one at the first address. */
	{ "13.82.88.224/27", "+Storage.EastUS=13.82.88.224/28 +Storage=13.82.88.224/27 +AzureCloud.eastus=13.82.0.0/16 "
			     "+AzureCloud=13.64.0.0/11 (eastus)" },
	/* In two regions, so in neither. */
	{ "13.82.255.255-13.83.0.0",
	  "AzureCloud.westus=13.83.0.0/16 AzureCloud.eastus=13.82.0.0/16 +AzureCloud=13.64.0.0/11 (null)" },
	{ "13.64.0.0/11", "Storage.EastUS=13.82.88.224/28 Storage=13.82.88.224/27 AzureCloud.westus=13.83.0.0/16 "
			  "AzureCloud.eastus=13.82.0.0/16 +AzureCloud=13.64.0.0/11 (null)" },
	/* No AzureCloud.<region>: the narrowest regional tag that holds all of it. */
	{ "198.51.100.1", "+Sql.FranceSouth=198.51.100.0/26 +Storage.FranceCentral=198.51.100.0/25 "
			  "+AzureCloud.odd=198.51.100.0/24 +Storage=198.51.100.0/24 (centralfrance)" },
	{ "198.51.100.0/24", "Sql.FranceSouth=198.51.100.0/26 Storage.FranceCentral=198.51.100.0/25 "
			     "+AzureCloud.odd=198.51.100.0/24 +Storage=198.51.100.0/24 (null)" },
	{ "198.51.100.0/25", "+Sql.FranceSouth=198.51.100.0/26 +Storage.FranceCentral=198.51.100.0/25 "
			     "+AzureCloud.odd=198.51.100.0/24 +Storage=198.51.100.0/24 (centralfrance)" },
	{ "20.38.1.1", "+AzureCloud=20.38.0.0/17 (null)" },
	{ "2603:1030:201::1", "+AzureCloud.eastus=2603:1030:200::/40 +AzureCloud=2603:1030::/28 (eastus)" },
	{ "192.0.2.1", "+AlsoZero=192.0.2.0/31 +ZeroSlash=192.0.2.0/31 (null)" }, /* as wide: by name */
	{ "8.8.8.8", "(null)" },
	{ "::1", "(null)" },
	{ "::8.8.8.8", "(null)" },
};

static void
test_answers(void **state)
{
	svctag_release *release = testing_release(346, sample, TESTING_COUNT(sample));
	svctag_snapshot *snapshot = testing_snapshot(release, "Public");

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(answers); i++) {
		char text[1024];

		answer(snapshot, answers[i].query, text, sizeof(text));
		assert_string_equal(text, answers[i].want);
	}
	assert_int_equal(svctag_snapshot_info(snapshot)->change_number, 346);
	assert_string_equal(svctag_snapshot_info(snapshot)->cloud, "Public");
	assert_string_equal(svctag_snapshot_info(snapshot)->warnings, "");
	assert_true(svctag_snapshot_size(snapshot) > 0);
	svctag_snapshot_free(snapshot);
	svctag_snapshot_free(NULL);
	svctag_release_free(release);
}

/* All of IPv6: more addresses than 128 bits count. */
static void
test_everything(void **state)
{
	static const testing_tag tags[] = { { "All", "", "::/0 0.0.0.0/0" },
					    { "Half", "", "::/1" },
					    { "Both", "", "::/1 8000::/1" } };
	svctag_release *release = testing_release(1, tags, TESTING_COUNT(tags));
	svctag_snapshot *snapshot = testing_snapshot(release, "Public");
	svctag_lookup_result result = { 0 };
	static const char *const queries[] = {
		"::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "0.0.0.0/0",
		"::",   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",    "255.255.255.255"
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(queries); i++) {
		svctag_query query = testing_query(queries[i]);

		check_query(release, snapshot, &query, &result);
	}
	svctag_lookup_result_release(&result);
	svctag_snapshot_free(snapshot);
	svctag_release_free(release);
}

/* One result serves snapshots of different sizes, one after the other. */
static void
test_result_is_reused(void **state)
{
	svctag_lookup_result result = { 0 };
	svctag_query query = testing_query("10.20.30.0/24");
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t tags = 1; tags < 400; tags = tags * 3 + 1) {
		testing_shape shape = { 1, tags, tags * 2, spaces, TESTING_COUNT(spaces) };
		svctag_release *release = testing_random_release(&random, &shape);
		svctag_snapshot *snapshot = testing_snapshot(release, "Public");

		check_query(release, snapshot, &query, &result);
		svctag_snapshot_free(snapshot);
		svctag_release_free(release);
	}
	svctag_lookup_result_release(&result);
	svctag_lookup_result_release(&result); /* zeroed: nothing happens */
}

static const struct {
	const char *text;
	svctag_error want;
	svctag_query_kind kind;
	const char *normalized;
} queries[] = {
	{ "13.82.88.226", SVCTAG_OK, SVCTAG_QUERY_ADDRESS, "13.82.88.226" },
	{ "2001:DB8:0::1", SVCTAG_OK, SVCTAG_QUERY_ADDRESS, "2001:db8::1" },
	{ "::ffff:13.82.88.226", SVCTAG_OK, SVCTAG_QUERY_ADDRESS, "13.82.88.226" },
	{ "::FFFF:0d52:58e2", SVCTAG_OK, SVCTAG_QUERY_ADDRESS, "13.82.88.226" },
	{ "10.0.0.0/8", SVCTAG_OK, SVCTAG_QUERY_PREFIX, "10.0.0.0/8" },
	{ "10.0.0.1/32", SVCTAG_OK, SVCTAG_QUERY_PREFIX, "10.0.0.1/32" },
	{ "0.0.0.0/0", SVCTAG_OK, SVCTAG_QUERY_PREFIX, "0.0.0.0/0" },
	{ "::/0", SVCTAG_OK, SVCTAG_QUERY_PREFIX, "::/0" },
	{ "::ffff:10.0.0.0/104", SVCTAG_OK, SVCTAG_QUERY_PREFIX, "10.0.0.0/8" },
	{ "::ffff:0:0/96", SVCTAG_OK, SVCTAG_QUERY_PREFIX, "0.0.0.0/0" },
	{ "::fffe:0:0/95", SVCTAG_OK, SVCTAG_QUERY_PREFIX, "::fffe:0:0/95" }, /* more than IPv4 */
	{ "10.0.0.1-10.0.0.9", SVCTAG_OK, SVCTAG_QUERY_RANGE, "10.0.0.1-10.0.0.9" },
	{ "10.0.0.1-10.0.0.1", SVCTAG_OK, SVCTAG_QUERY_RANGE, "10.0.0.1-10.0.0.1" },
	{ "::ffff:10.0.0.1-::ffff:10.0.0.9", SVCTAG_OK, SVCTAG_QUERY_RANGE, "10.0.0.1-10.0.0.9" },
	{ "2001:db8::-2001:db8::ffff", SVCTAG_OK, SVCTAG_QUERY_RANGE, "2001:db8::-2001:db8::ffff" },
	{ "", SVCTAG_E_SYNTAX, 0, NULL },
	{ "storage.example", SVCTAG_E_SYNTAX, 0, NULL },
	{ "010.0.0.1", SVCTAG_E_SYNTAX, 0, NULL },
	{ "10.0.0.0/24x", SVCTAG_E_SYNTAX, 0, NULL },
	{ " 10.0.0.1", SVCTAG_E_SYNTAX, 0, NULL },
	{ "10.0.0.1 - 10.0.0.2", SVCTAG_E_SYNTAX, 0, NULL },
	{ "10.0.0.0/8-11.0.0.0/8", SVCTAG_E_SYNTAX, 0, NULL },
	{ "10.0.0.0/33", SVCTAG_E_RANGE, 0, NULL },
	{ "10.0.0.9-10.0.0.1", SVCTAG_E_RANGE, 0, NULL },
	{ "10.0.0.1/8", SVCTAG_E_HOST_BITS, 0, NULL },
	{ "10.0.0.1-::1", SVCTAG_E_FAMILY, 0, NULL },
};

static void
test_query_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(queries); i++) {
		svctag_query query = { .normalized = "untouched" };
		svctag_detail detail = { "" };
		svctag_error err = svctag_query_parse(queries[i].text, strlen(queries[i].text), &query, &detail);

		if (err != queries[i].want)
			fail_msg("\"%s\": %s", queries[i].text, svctag_error_text(err));
		if (err == SVCTAG_OK) {
			assert_int_equal(query.kind, queries[i].kind);
			assert_string_equal(query.normalized, queries[i].normalized);
			assert_string_equal(detail.text, "");
		} else {
			assert_string_equal(query.normalized, "untouched");
			assert_true(detail.text[0] != '\0');
		}
		/* The particulars may be left out. */
		TESTING_CHECK(svctag_query_parse(queries[i].text, strlen(queries[i].text), &query, NULL), err);
	}
}

static void
test_query_says_what_was_meant(void **state)
{
	svctag_query query;
	svctag_detail detail = { "" };
	char *endless = testing_allocate(100000, 1);

	(void)state;
	TESTING_CHECK(svctag_query_parse("10.1.2.3/8", 10, &query, &detail), SVCTAG_E_HOST_BITS);
	assert_non_null(strstr(detail.text, "10.0.0.0/8"));
	/* Hostile text: no line end or escape gets into the one line, and it fits. */
	TESTING_CHECK(svctag_query_parse("1.2\n\x1b[2J", 8, &query, &detail), SVCTAG_E_SYNTAX);
	for (const char *c = detail.text; *c != '\0'; c++)
		assert_true((unsigned char)*c >= 0x20);
	memset(endless, '1', 100000);
	TESTING_CHECK(svctag_query_parse(endless, 100000, &query, &detail), SVCTAG_E_SYNTAX);
	assert_true(strlen(detail.text) < sizeof(detail.text));
	endless[50] = '/';
	TESTING_CHECK(svctag_query_parse(endless, 100000, &query, &detail), SVCTAG_E_SYNTAX);
	free(endless);
}

/* As many tags as an address may have to be answered without counting, and more. */
static void
test_many_tags(void **state)
{
	const svctag_prefix outer = testing_prefix("10.20.0.0/16"), inner = testing_prefix("10.20.30.32/28");
	const svctag_query query = testing_query("10.20.30.40");
	svctag_lookup_result result = { 0 };

	(void)state;
	for (unsigned int tags = 30; tags < 36; tags++) {
		svctag_release_builder *builder = testing_builder(1);
		svctag_snapshot *snapshot;
		svctag_release *release;

		for (unsigned int i = 0; i < tags; i++) {
			char name[32];

			snprintf(name, sizeof(name), "Tag%02u", i);
			testing_add_tag(builder, name, i % 3 == 0 ? "somewhere" : "");
			if (i % 2 == 0)
				testing_add_prefix(builder, &outer);
			if (i % 2 != 0 || i % 5 == 0)
				testing_add_prefix(builder, &inner);
		}
		release = testing_finish(builder);
		snapshot = testing_snapshot(release, "Public");
		TESTING_OK(svctag_lookup(snapshot, &query, &result));
		assert_int_equal(result.match_count, tags);
		check_query(release, snapshot, &query, &result);
		svctag_snapshot_free(snapshot);
		svctag_release_free(release);
	}
	svctag_lookup_result_release(&result);
}

static void
test_kind_texts(void **state)
{
	(void)state;
	assert_string_equal(svctag_query_kind_text(SVCTAG_QUERY_ADDRESS), "address");
	assert_string_equal(svctag_query_kind_text(SVCTAG_QUERY_PREFIX), "prefix");
	assert_string_equal(svctag_query_kind_text(SVCTAG_QUERY_RANGE), "range");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),      cmocka_unit_test(test_answers),
		cmocka_unit_test(test_everything),  cmocka_unit_test(test_result_is_reused),
		cmocka_unit_test(test_query_parse), cmocka_unit_test(test_query_says_what_was_meant),
		cmocka_unit_test(test_kind_texts),  cmocka_unit_test(test_many_tags),
	};

	return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
