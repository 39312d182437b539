/*
 * Answers from parts rendered beforehand have to be the bytes that
 * report_lookup() writes, for every address of any release.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <report/fragments.h>

static char *
ordinary(const svctag_snapshot *snapshot, const struct report_query *asked, const svctag_query *query)
{
	const struct report_style style = { .format = REPORT_JSON };
	svctag_lookup_result result = { 0 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	TESTING_OK(svctag_lookup(snapshot, query, &result));
	TESTING_OK(report_lookup(out, &style, snapshot, asked, query, &result));
	fclose(out);
	svctag_lookup_result_release(&result);
	return text;
}

/* @return whether the parts gave an answer */
static bool
check(const svctag_snapshot *snapshot, const struct report_fragments *fragments, const char *text)
{
	const struct report_query asked = { .text = text, .size = strlen(text) };
	struct report_fragments_answer answer;
	svctag_query query = testing_query(text);
	char *want, *got, *end;

	if (!report_fragments_find(fragments, text, strlen(text), &query, &answer))
		return false;
	want = ordinary(snapshot, &asked, &query);
	got = testing_allocate(answer.size + 2, 1);
	end = report_fragments_write(fragments, &answer, got);
	assert_true((size_t)(end - got) <= answer.size);
	*end++ = '\n';
	*end = '\0';
	assert_string_equal(got, want);
	free(want);
	free(got);
	return true;
}

static void
check_address(const svctag_snapshot *snapshot, const struct report_fragments *fragments, const svctag_address *address)
{
	char text[SVCTAG_ADDRESS_TEXT_SIZE];
	svctag_lookup_result result = { 0 };
	svctag_query query;

	svctag_address_format(address, text);
	query = testing_query(text);
	TESTING_OK(svctag_lookup(snapshot, &query, &result));
	assert_int_equal(check(snapshot, fragments, text), result.match_count <= REPORT_FRAGMENTS_TAGS);
	svctag_lookup_result_release(&result);
}

/* Nested prefixes, several tags to a prefix, none, both families. */
static void
test_random(void **state)
{
	static const testing_space spaces[] = { { "198.18.0.0/15", 15, 32 }, { "2001:db8::/32", 32, 128 } };
	const testing_shape shape = { .change_number = 1,
				      .tags = 20,
				      .memberships = 400,
				      .spaces = spaces,
				      .space_count = TESTING_COUNT(spaces) };
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int round = 0; round < 10; round++) {
		svctag_release *release = testing_random_release(&random, &shape);
		svctag_snapshot *snapshot = testing_snapshot(release, "Sample");
		struct report_fragments *fragments;

		TESTING_OK(report_fragments_new(snapshot, &fragments));
		for (int i = 0; i < 300; i++) {
			svctag_prefix root = testing_prefix(spaces[i % 2].root);
			svctag_address inside = testing_random_inside(&random, &root);
			svctag_address any = testing_random_address(&random, root.family);

			check_address(snapshot, fragments, &inside);
			check_address(snapshot, fragments, &any);
		}
		report_fragments_free(fragments);
		svctag_snapshot_free(snapshot);
		svctag_release_free(release);
	}
}

/* What has to be escaped, regions of both kinds, and what is no address. */
static void
test_odd(void **state)
{
	static const testing_tag tags[] = {
		{ "AzureCloud", "", "198.18.0.0/16" },
		{ "AzureCloud.east", "east", "198.18.4.0/24" },
		{ "Quote\"\\,\"prefix\":\"", "\"region\":null,\"matches\":[", "198.18.4.0/24 198.18.5.0/24" },
		{ "Storage.West", "west", "198.18.4.0/25 198.18.6.0/24" },
	};
	static const char *const asked[] = { "198.18.4.1", "198.18.4.200", "198.18.5.1", "198.18.6.1",
					     "198.18.7.1", "192.0.2.1",    "::",         "::ffff:198.18.4.1" };
	svctag_release *release = testing_release(1, tags, TESTING_COUNT(tags));
	svctag_snapshot *snapshot = testing_snapshot(release, "Sample");
	struct report_fragments *fragments;

	(void)state;
	TESTING_OK(report_fragments_new(snapshot, &fragments));
	for (size_t i = 0; i < TESTING_COUNT(asked); i++)
		assert_true(check(snapshot, fragments, asked[i]));
	assert_false(check(snapshot, fragments, "198.18.4.0/24"));
	assert_false(check(snapshot, fragments, "198.18.4.0-198.18.4.9"));
	report_fragments_free(fragments);
	svctag_snapshot_free(snapshot);
	svctag_release_free(release);
}

/* More tags than there is room for are left to the ordinary way. */
static void
test_limits(void **state)
{
	svctag_release_builder *builder = testing_builder(1);
	const svctag_prefix prefix = testing_prefix("198.18.0.0/24");
	const svctag_prefix lonely = testing_prefix("198.18.1.0/24");
	struct report_fragments *fragments;
	svctag_release *release;
	svctag_snapshot *snapshot;
	char name[16];

	(void)state;
	for (int i = 0; i <= REPORT_FRAGMENTS_TAGS; i++) {
		snprintf(name, sizeof(name), "Tag%d", i);
		testing_add_tag(builder, name, "");
		testing_add_prefix(builder, &prefix);
	}
	testing_add_prefix(builder, &lonely);
	release = testing_finish(builder);
	snapshot = testing_snapshot(release, "Sample");
	TESTING_OK(report_fragments_new(snapshot, &fragments));
	assert_false(check(snapshot, fragments, "198.18.0.1"));
	assert_true(check(snapshot, fragments, "198.18.1.1"));
	report_fragments_free(fragments);
	svctag_snapshot_free(snapshot);
	svctag_release_free(release);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
