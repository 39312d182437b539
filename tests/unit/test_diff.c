/*
 * Differences between releases, against a brute-force reading of random pairs
 * in a space so small that prefixes are regrouped all the time.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 64 addresses of each family. */
static const testing_space small[] = { { "10.20.30.64/26", 26, 32 }, { "2001:db8::40/122", 122, 128 } };

static const char *const names[] = { "Alpha", "Alpha.East", "Alpha.West", "Beta", "Beta.East", "Gamma", "omega" };

static svctag_properties
random_properties(testing_random *random, const char *name)
{
	static const char *const features[] = { "API,NSG", "NSG,API", NULL, "" };
	svctag_properties properties = testing_properties(name, "");

	/* Mostly the same, so that unchanged tags occur. */
	if (testing_below(random, 4) == 0)
		properties.change_number += (int64_t)testing_below(random, 2);
	if (testing_below(random, 4) == 0)
		properties.network_features = features[testing_below(random, TESTING_COUNT(features))];
	if (testing_below(random, 8) == 0)
		properties.region = "east";
	return properties;
}

static svctag_release *
random_release(testing_random *random, int64_t change_number)
{
	svctag_release_builder *builder = testing_builder(change_number);

	for (size_t i = 0; i < TESTING_COUNT(names); i++) {
		svctag_properties properties = random_properties(random, names[i]);
		size_t count = testing_below(random, 7);

		if (testing_below(random, 6) == 0)
			continue;
		TESTING_OK(svctag_release_builder_add_tag(builder, &properties));
		for (; count != 0; count--) {
			svctag_prefix prefix = testing_random_prefix(random, &small[testing_below(random, 2)]);

			testing_add_prefix(builder, &prefix);
		}
	}
	return testing_finish(builder);
}

static bool
same_properties(const svctag_properties *a, const svctag_properties *b)
{
	return a->change_number == b->change_number && strcmp(a->region, b->region) == 0 &&
	       a->has_region_id == b->has_region_id && (!a->has_region_id || a->region_id == b->region_id) &&
	       testing_same_text(a->platform, b->platform) && strcmp(a->system_service, b->system_service) == 0 &&
	       svctag_features_equal(a->network_features, b->network_features);
}

static bool
has_prefix(const svctag_prefix *prefixes, size_t count, const svctag_prefix *prefix)
{
	for (size_t i = 0; i < count; i++)
		if (svctag_prefix_compare(&prefixes[i], prefix) == 0)
			return true;
	return false;
}

static svctag_set *
set_of(const svctag_tag *tag)
{
	svctag_set *set = NULL;

	TESTING_OK(
		svctag_set_of_prefixes(tag != NULL ? tag->prefixes : NULL, tag != NULL ? tag->prefix_count : 0, &set));
	return set;
}

/* Every address of the prefix one by one: there are 64 at most. */
static bool
all_in(const svctag_set *set, const svctag_prefix *prefix)
{
	svctag_range range = svctag_prefix_range(prefix);

	for (svctag_address at = range.first;; (void)svctag_address_next(&at)) {
		if (!svctag_set_holds(set, &at))
			return false;
		if (svctag_address_compare(&at, &range.last) == 0)
			return true;
	}
}

/*
 * Of the prefixes of `tag` that the other tag does not list, those whose
 * addresses are in both are in `regrouped`, the others in `other_list`.
 */
static void
check_textual(const svctag_tag *tag, const svctag_tag *other, const svctag_prefix_list *regrouped,
	      const svctag_prefix_list *changed)
{
	svctag_set *set = set_of(other);
	size_t n_regrouped = 0, n_changed = 0;

	for (size_t i = 0; tag != NULL && i < tag->prefix_count; i++) {
		const svctag_prefix *prefix = &tag->prefixes[i];

		if (other != NULL && has_prefix(other->prefixes, other->prefix_count, prefix))
			continue;
		if (all_in(set, prefix)) {
			assert_true(n_regrouped < regrouped->count);
			assert_int_equal(svctag_prefix_compare(&regrouped->prefixes[n_regrouped++], prefix), 0);
		} else {
			assert_true(n_changed < changed->count);
			assert_int_equal(svctag_prefix_compare(&changed->prefixes[n_changed++], prefix), 0);
		}
	}
	assert_int_equal(regrouped->count, n_regrouped);
	assert_int_equal(changed->count, n_changed);
	svctag_set_free(set);
}

/* The fewest prefixes for the addresses of `more` that `less` lacks; adds them up. */
static void
check_addresses(const svctag_tag *more, const svctag_tag *less, const svctag_prefix_list *list, svctag_count sums[2])
{
	svctag_set *a = set_of(more), *b = set_of(less), *rest = NULL;
	svctag_prefix *want = NULL;
	size_t count = 0;

	TESTING_OK(svctag_set_difference(a, b, &rest));
	TESTING_OK(svctag_set_prefixes(rest, &want, &count));
	assert_int_equal(list->count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(svctag_prefix_compare(&list->prefixes[i], &want[i]), 0);
	sums[0] = svctag_count_add(sums[0], svctag_set_count(rest, SVCTAG_IPV4));
	sums[1] = svctag_count_add(sums[1], svctag_set_count(rest, SVCTAG_IPV6));
	free(want);
	svctag_set_free(a);
	svctag_set_free(b);
	svctag_set_free(rest);
}

/* What was there, less what disappeared, and what appeared: just what is there. */
static void
check_patched(const svctag_tag_diff *diff)
{
	size_t from_count = diff->from != NULL ? diff->from->prefix_count : 0;
	size_t to_count = diff->to != NULL ? diff->to->prefix_count : 0;
	size_t n = 0;

	for (size_t i = 0; i < from_count; i++) {
		const svctag_prefix *prefix = &diff->from->prefixes[i];

		if (has_prefix(diff->removed.prefixes, diff->removed.count, prefix) ||
		    has_prefix(diff->regrouped_from.prefixes, diff->regrouped_from.count, prefix))
			continue;
		assert_true(diff->to != NULL && has_prefix(diff->to->prefixes, to_count, prefix));
		n++;
	}
	assert_int_equal(n + diff->added.count + diff->regrouped_to.count, to_count);
}

static bool
differ(const svctag_tag *from, const svctag_tag *to)
{
	if (from == NULL || to == NULL)
		return from != to;
	return !same_properties(&from->properties, &to->properties) || from->prefix_count != to->prefix_count ||
	       (from->prefix_count != 0 &&
		memcmp(from->prefixes, to->prefixes, from->prefix_count * sizeof(*from->prefixes)) != 0);
}

static void
add_to_summary(const svctag_tag_diff *diff, svctag_diff_summary *sum)
{
	sum->tags_added += diff->change == SVCTAG_CHANGE_ADDED;
	sum->tags_removed += diff->change == SVCTAG_CHANGE_REMOVED;
	sum->tags_changed += diff->change == SVCTAG_CHANGE_CHANGED;
	sum->prefixes_added += diff->added.count;
	sum->prefixes_removed += diff->removed.count;
	sum->prefixes_regrouped += diff->regrouped_from.count + diff->regrouped_to.count;
}

static void
check_summary(const svctag_diff_summary *got, const svctag_diff_summary *want)
{
	assert_int_equal(got->tags_added, want->tags_added);
	assert_int_equal(got->tags_removed, want->tags_removed);
	assert_int_equal(got->tags_changed, want->tags_changed);
	assert_int_equal(got->prefixes_added, want->prefixes_added);
	assert_int_equal(got->prefixes_removed, want->prefixes_removed);
	assert_int_equal(got->prefixes_regrouped, want->prefixes_regrouped);
	for (int f = 0; f < 2; f++) {
		assert_int_equal(svctag_count_compare(got->addresses_gained[f], want->addresses_gained[f]), 0);
		assert_int_equal(svctag_count_compare(got->addresses_lost[f], want->addresses_lost[f]), 0);
	}
}

static void
check_tag_diff(const svctag_tag_diff *diff, const svctag_tag *from, const svctag_tag *to, svctag_diff_summary *sum)
{
	assert_ptr_equal(diff->from, from);
	assert_ptr_equal(diff->to, to);
	assert_int_equal(diff->change, from == NULL ? SVCTAG_CHANGE_ADDED
				       : to == NULL ? SVCTAG_CHANGE_REMOVED
						    : SVCTAG_CHANGE_CHANGED);
	check_textual(from, to, &diff->regrouped_from, &diff->removed);
	check_textual(to, from, &diff->regrouped_to, &diff->added);
	check_addresses(to, from, &diff->gained, sum->addresses_gained);
	check_addresses(from, to, &diff->lost, sum->addresses_lost);
	check_patched(diff);
	add_to_summary(diff, sum);
}

static svctag_diff *
diff_of(const svctag_release *from, const svctag_release *to, const char *pattern)
{
	svctag_diff *diff = NULL;

	TESTING_OK(svctag_diff_releases(from, to, pattern, &diff));
	return diff;
}

static void
check_diff(const svctag_release *from, const svctag_release *to, const char *pattern)
{
	svctag_diff *diff = diff_of(from, to, pattern);
	svctag_diff_summary want = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < TESTING_COUNT(names); i++) { /* in byte order */
		const svctag_tag *a = svctag_release_find_tag(from, names[i]);
		const svctag_tag *b = svctag_release_find_tag(to, names[i]);

		if ((pattern != NULL && !svctag_pattern_matches(pattern, names[i])) || !differ(a, b))
			continue;
		if (n >= svctag_diff_tag_count(diff))
			fail_msg("%s is missing", names[i]);
		check_tag_diff(svctag_diff_tag(diff, n++), a, b, &want);
	}
	assert_int_equal(svctag_diff_tag_count(diff), n);
	check_summary(svctag_diff_get_summary(diff), &want);
	svctag_diff_free(diff);
}

static void
test_random_pairs(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < 1500; i++) {
		svctag_release *from = random_release(&random, 1), *to = random_release(&random, 2);

		check_diff(from, to, NULL);
		check_diff(to, from, NULL);
		check_diff(from, to, i % 2 == 0 ? "*.east" : "ALPHA*");
		check_diff(from, from, NULL);
		svctag_release_free(from);
		svctag_release_free(to);
	}
}

static const testing_tag before[] = {
	{ "Gone", "", "192.0.2.0/24" },
	{ "Same", "", "10.0.0.0/8" },
	{ "Split", "", "10.0.0.0/24 10.0.2.0/24" },
};
static const testing_tag after[] = {
	{ "New", "", "2001:db8::/32 2001:db8::/48" },
	{ "Same", "", "10.0.0.0/8" },
	{ "Split", "", "10.0.0.0/25 10.0.0.128/25 10.0.2.0/23" },
};

static void
assert_list(const svctag_prefix_list *list, const char *want)
{
	char text[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++) {
		char prefix[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&list->prefixes[i], prefix);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i > 0 ? " " : "", prefix);
	}
	assert_string_equal(text, want);
}

static void
test_kinds_of_change(void **state)
{
	svctag_release *from = testing_release(1, before, TESTING_COUNT(before));
	svctag_release *to = testing_release(2, after, TESTING_COUNT(after));
	svctag_diff *diff = diff_of(from, to, NULL);
	const svctag_tag_diff *tag;

	(void)state;
	assert_int_equal(svctag_diff_tag_count(diff), 3);
	tag = svctag_diff_tag(diff, 0);
	assert_int_equal(tag->change, SVCTAG_CHANGE_REMOVED);
	assert_string_equal(tag->from->properties.name, "Gone");
	assert_null(tag->to);
	assert_list(&tag->removed, "192.0.2.0/24");
	assert_list(&tag->lost, "192.0.2.0/24");
	assert_list(&tag->gained, "");
	tag = svctag_diff_tag(diff, 1);
	assert_int_equal(tag->change, SVCTAG_CHANGE_ADDED);
	assert_list(&tag->added, "2001:db8::/32 2001:db8::/48"); /* as text */
	assert_list(&tag->gained, "2001:db8::/32");              /* as addresses */
	assert_list(&tag->regrouped_to, "");
	tag = svctag_diff_tag(diff, 2);
	assert_int_equal(tag->change, SVCTAG_CHANGE_CHANGED);
	assert_list(&tag->regrouped_from, "10.0.0.0/24 10.0.2.0/24");
	assert_list(&tag->regrouped_to, "10.0.0.0/25 10.0.0.128/25");
	assert_list(&tag->removed, "");
	assert_list(&tag->added, "10.0.2.0/23");
	assert_list(&tag->gained, "10.0.3.0/24");
	assert_list(&tag->lost, "");
	svctag_diff_free(diff);
	svctag_diff_free(NULL);
	svctag_release_free(from);
	svctag_release_free(to);
}

static svctag_release *
release_with(const svctag_properties *properties)
{
	svctag_release_builder *builder = testing_builder(1);

	TESTING_OK(svctag_release_builder_add_tag(builder, properties));
	return testing_finish(builder);
}

/* A tag whose prefixes stay is listed when a property changes, and only then. */
static void
test_properties(void **state)
{
	svctag_properties base = testing_properties("Storage", "eastus"), variants[8];
	svctag_release *from = release_with(&base);
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(variants); i++)
		variants[i] = base;
	variants[n++].change_number = 8;
	variants[n++].region = "westus";
	variants[n++].region_id = 33;
	variants[n++].has_region_id = false;
	variants[n++].platform = NULL;
	variants[n++].system_service = "";
	variants[n++].network_features = NULL;
	variants[n++].network_features = "API,NSG,UDR,FW,VSE";
	assert_int_equal(n, TESTING_COUNT(variants));
	for (size_t i = 0; i < n; i++) {
		svctag_release *to = release_with(&variants[i]);
		svctag_diff *diff = diff_of(from, to, NULL);

		if (svctag_diff_tag_count(diff) != 1)
			fail_msg("property change %zu", i);
		assert_int_equal(svctag_diff_tag(diff, 0)->change, SVCTAG_CHANGE_CHANGED);
		assert_int_equal(svctag_diff_get_summary(diff)->tags_changed, 1);
		svctag_diff_free(diff);
		svctag_release_free(to);
	}
	svctag_release_free(from);
}

static void
test_order_of_features_is_no_change(void **state)
{
	svctag_properties a = testing_properties("Storage", ""), b = a;
	svctag_release *from, *to;
	svctag_diff *diff;

	(void)state;
	a.network_features = "API,NSG,FW";
	b.network_features = "FW,API,NSG";
	/* What a region id is not worth when there is none. */
	a.has_region_id = b.has_region_id = false;
	b.region_id = 99;
	from = release_with(&a);
	to = release_with(&b);
	diff = diff_of(from, to, NULL);
	assert_int_equal(svctag_diff_tag_count(diff), 0);
	svctag_diff_free(diff);
	svctag_release_free(from);
	svctag_release_free(to);
}

static const struct {
	const char *pattern;
	const char *name;
	bool matches;
} patterns[] = {
	{ "Storage", "Storage", true },
	{ "storage", "STORAGE", true },
	{ "Storage", "Storage.EastUS", false }, /* the whole name */
	{ "EastUS", "Storage.EastUS", false },
	{ "", "", true },
	{ "", "a", false },
	{ "*", "", true },
	{ "*", "Storage.EastUS", true },
	{ "**", "Storage", true },
	{ "?", "", false },
	{ "?", "a", true },
	{ "?", "ab", false },
	{ "Storage*", "Storage", true },
	{ "Storage.*", "Storage", false },
	{ "*.eastus", "Storage.EastUS", true },
	{ "*.eastus", "Storage.EastUS2", false },
	{ "*.eastus?", "Storage.EastUS2", true },
	{ "*.eastus?", "Storage.EastUS", false },
	{ "*east*", "Storage.EastUS", true },
	{ "*e*s*", "Storage.EastUS", true },
	{ "S*e.E*S", "Storage.EastUS", true },
	{ "*ab", "aab", true }, /* has to go back once */
	{ "*aab", "aaab", true },
	{ "a*b*c", "a-b-b-c", true },
	{ "a*b*c", "a-c-b", false },
	{ "[a-z]*", "Storage", false }, /* nothing else is special */
	{ "Storage.", "StorageX", false },
	{ "\\*", "*", false },
};

static void
test_patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(patterns); i++)
		if (svctag_pattern_matches(patterns[i].pattern, patterns[i].name) != patterns[i].matches)
			fail_msg("\"%s\" and \"%s\"", patterns[i].pattern, patterns[i].name);
}

/* Many stars against a long name that nearly matches: no exponential search. */
static void
test_hostile_pattern(void **state)
{
	char pattern[201] = "", name[4001] = "";
	clock_t start = clock();

	(void)state;
	for (size_t i = 0; i < 200; i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	pattern[199] = 'b';
	memset(name, 'a', 4000);
	assert_false(svctag_pattern_matches(pattern, name));
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
}

static svctag_relation
relation_by_sets(const svctag_set *a, const svctag_set *b, const svctag_comparison *c)
{
	if (svctag_set_equal(a, b))
		return SVCTAG_RELATION_EQUAL;
	if (svctag_set_is_empty(c->common))
		return SVCTAG_RELATION_DISJOINT;
	if (svctag_set_is_empty(c->only_b))
		return SVCTAG_RELATION_CONTAINS;
	return svctag_set_is_empty(c->only_a) ? SVCTAG_RELATION_WITHIN : SVCTAG_RELATION_OVERLAPS;
}

static void
check_comparison(const svctag_prefix *a, size_t a_count, const svctag_prefix *b, size_t b_count)
{
	svctag_comparison got = { 0 };
	svctag_set *set_a = NULL, *set_b = NULL, *want = NULL;

	TESTING_OK(svctag_compare_prefixes(a, a_count, b, b_count, &got));
	TESTING_OK(svctag_set_of_prefixes(a, a_count, &set_a));
	TESTING_OK(svctag_set_of_prefixes(b, b_count, &set_b));
	TESTING_OK(svctag_set_intersection(set_a, set_b, &want));
	assert_true(svctag_set_equal(got.common, want));
	svctag_set_free(want);
	TESTING_OK(svctag_set_difference(set_a, set_b, &want));
	assert_true(svctag_set_equal(got.only_a, want));
	svctag_set_free(want);
	TESTING_OK(svctag_set_difference(set_b, set_a, &want));
	assert_true(svctag_set_equal(got.only_b, want));
	assert_int_equal(got.relation, relation_by_sets(set_a, set_b, &got));
	svctag_set_free(want);
	svctag_set_free(set_a);
	svctag_set_free(set_b);
	svctag_comparison_release(&got);
	svctag_comparison_release(&got); /* zeroed: nothing happens */
}

static void
test_comparison(void **state)
{
	testing_random random;
	svctag_prefix a[6], b[6];

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < 3000; i++) {
		size_t a_count = testing_between(&random, 1, 6), b_count = testing_between(&random, 1, 6);

		for (size_t n = 0; n < a_count; n++)
			a[n] = testing_random_prefix(&random, &small[testing_below(&random, 2)]);
		for (size_t n = 0; n < b_count; n++)
			b[n] = testing_below(&random, 3) == 0
				       ? a[testing_below(&random, a_count)]
				       : testing_random_prefix(&random, &small[testing_below(&random, 2)]);
		check_comparison(a, a_count, b, b_count);
	}
	check_comparison(NULL, 0, NULL, 0);
	assert_string_equal(svctag_relation_text(SVCTAG_RELATION_EQUAL), "equal");
	assert_string_equal(svctag_relation_text(SVCTAG_RELATION_CONTAINS), "contains");
	assert_string_equal(svctag_relation_text(SVCTAG_RELATION_WITHIN), "within");
	assert_string_equal(svctag_relation_text(SVCTAG_RELATION_OVERLAPS), "overlaps");
	assert_string_equal(svctag_relation_text(SVCTAG_RELATION_DISJOINT), "disjoint");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_pairs), cmocka_unit_test(test_kinds_of_change),
		cmocka_unit_test(test_properties),   cmocka_unit_test(test_order_of_features_is_no_change),
		cmocka_unit_test(test_patterns),     cmocka_unit_test(test_hostile_pattern),
		cmocka_unit_test(test_comparison),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
