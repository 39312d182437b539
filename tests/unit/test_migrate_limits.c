/*
 * The choice of tags at its limits: so many of them that not every subset can
 * be tried, more entries or less patience than it takes, whole families.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KNOT_TAGS 300
#define KNOT_ADDRESSES 40
#define KNOT_ENTRIES 400

/* Tags that overlap one another everywhere: no part is by itself, and no tag can stand for another. */
static svctag_snapshot *
make_knot(testing_random *random, svctag_migrate_entry *entries)
{
	static const testing_space space = { "10.9.0.0/22", 32, 32 };
	svctag_release_builder *builder = testing_builder(1);
	svctag_release *release;
	svctag_snapshot *snapshot;
	size_t n = 0;

	for (size_t t = 0; t < KNOT_TAGS; t++) {
		char name[16];
		svctag_properties properties;

		(void)snprintf(name, sizeof(name), "Tag%zu", t);
		properties = testing_properties(name, "");
		properties.network_features = "NSG";
		TESTING_OK(svctag_release_builder_add_tag(builder, &properties));
		for (size_t i = 0; i < KNOT_ADDRESSES; i++) {
			svctag_prefix prefix = testing_random_prefix(random, &space);

			testing_add_prefix(builder, &prefix);
			if (i < 2 && n < KNOT_ENTRIES)
				entries[n++] = (svctag_migrate_entry){ .range = svctag_prefix_range(&prefix) };
		}
	}
	assert_int_equal(n, KNOT_ENTRIES);
	release = testing_finish(builder);
	snapshot = testing_snapshot(release, "Public");
	svctag_release_free(release);
	return snapshot;
}

static svctag_migration *
untie(const svctag_snapshot *snapshot, const svctag_migrate_entry *entries, const svctag_migrate_options *options)
{
	svctag_migration *migration = NULL;
	size_t limit = options->max_tags > 0 ? options->max_tags : KNOT_TAGS;

	TESTING_OK(svctag_migrate(snapshot, entries, KNOT_ENTRIES, options, NULL, NULL, &migration, NULL));
	assert_false(svctag_migration_is_exact(migration));
	assert_in_range(svctag_migration_tag_count(migration), 1, limit);
	for (size_t i = 0; i < KNOT_ENTRIES; i++) {
		svctag_migrate_fate fate = svctag_migration_fate(migration, i);
		svctag_lookup_result result = { 0 };
		svctag_query query = { .range = entries[i].range };

		if (fate.tag == SVCTAG_MIGRATE_NO_TAG)
			continue;
		TESTING_OK(svctag_lookup_tag(snapshot, &query, fate.tag, &result));
		assert_true(result.match_count == 1 && result.matches[0].contains);
		svctag_lookup_result_release(&result);
	}
	return migration;
}

static double
size_of_choice(const svctag_migration *migration, svctag_prefer prefer)
{
	return prefer == SVCTAG_PREFER_RULES ? (double)svctag_migration_tag_count(migration)
					     : svctag_count_to_double(svctag_migration_opened(migration)[0]);
}

static void
test_knot(void **state)
{
	static svctag_migrate_entry entries[KNOT_ENTRIES];
	testing_random random;
	svctag_snapshot *snapshot;

	(void)state;
	testing_random_begin(&random);
	snapshot = make_knot(&random, entries);
	for (unsigned int prefer = 0; prefer < 2; prefer++) {
		svctag_migrate_options options = { .prefer = (svctag_prefer)prefer, .work = 1 };
		svctag_migration *little = untie(snapshot, entries, &options), *much, *bounded;

		options.work = 0;
		much = untie(snapshot, entries, &options);
		options.max_tags = 10;
		bounded = untie(snapshot, entries, &options);
		print_message("%s: %g with one step, %g with %d, at most %g times the best\n",
			      prefer == 0 ? "addresses" : "rules", size_of_choice(little, options.prefer),
			      size_of_choice(much, options.prefer), SVCTAG_MIGRATE_WORK, svctag_migration_bound(much));
		assert_int_equal(svctag_migration_kept_count(little), 0);
		assert_int_equal(svctag_migration_kept_count(much), 0);
		assert_true(svctag_migration_kept_count(bounded) > 0);
		/* The best is no worse than the better one. */
		assert_true(size_of_choice(little, options.prefer) <=
			    svctag_migration_bound(little) * size_of_choice(much, options.prefer));
		assert_true(size_of_choice(much, options.prefer) <= size_of_choice(little, options.prefer));
		svctag_migration_free(little);
		svctag_migration_free(much);
		svctag_migration_free(bounded);
	}
	svctag_snapshot_free(snapshot);
}

/* ------------------------------------------------------------ odd callers */

static svctag_snapshot *
small_snapshot(void)
{
	static const testing_tag tags[] = {
		{ "AzureCloud", "", "10.0.0.0/8 2001:db8::/32" },
		{ "Storage.EastUS", "eastus", "10.0.0.0/24 10.0.1.0/24" },
	};
	svctag_release *release = testing_release(1, tags, TESTING_COUNT(tags));
	svctag_snapshot *snapshot = testing_snapshot(release, "Public");

	svctag_release_free(release);
	return snapshot;
}

static bool
give_up(void *context, size_t done, size_t of)
{
	size_t *calls = context;

	assert_true(done <= of);
	return ++*calls < 3;
}

static void
test_limits(void **state)
{
	svctag_snapshot *snapshot = small_snapshot();
	svctag_migrate_entry entry = { .range = testing_range("10.0.0.0-10.0.1.255") };
	svctag_migrate_entry *many = testing_allocate(5000, sizeof(*many));
	svctag_migration *migration = NULL;
	svctag_detail detail = { "" };
	size_t calls = 0;

	(void)state;
	TESTING_CHECK(svctag_migrate(snapshot, &entry, SVCTAG_MIGRATE_MAX_ENTRIES + (size_t)1, NULL, NULL, NULL,
				     &migration, &detail),
		      SVCTAG_E_LIMIT);
	assert_non_null(strstr(detail.text, "4000001"));
	for (size_t i = 0; i < 5000; i++)
		many[i] = entry;
	TESTING_CHECK(svctag_migrate(snapshot, many, 5000, NULL, give_up, &calls, &migration, NULL), SVCTAG_E_LIMIT);
	assert_int_equal(calls, 3);
	assert_null(migration);
	TESTING_OK(svctag_migrate(snapshot, NULL, 0, NULL, NULL, NULL, &migration, NULL));
	assert_int_equal(svctag_migration_tag_count(migration), 0);
	assert_true(svctag_migration_is_exact(migration));
	assert_ptr_equal(svctag_migration_snapshot(migration), snapshot);
	assert_int_equal(svctag_migration_options(migration)->target, SVCTAG_TARGET_NSG);
	svctag_migration_free(migration);
	svctag_migration_free(NULL);
	free(many);
	svctag_snapshot_free(snapshot);
}

static void
test_whole_families(void **state)
{
	svctag_snapshot *snapshot = small_snapshot();
	svctag_migrate_entry entries[] = {
		{ .range = testing_range("0.0.0.0-255.255.255.255") },
		{ .range = testing_range("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") },
		{ .range = testing_range("10.0.0.0-10.0.1.255") }, /* of two prefixes */
		{ .range = testing_range("255.255.255.255-255.255.255.255") },
	};
	svctag_migration *migration = NULL;
	char text[SVCTAG_COUNT_TEXT_SIZE];

	(void)state;
	TESTING_OK(svctag_migrate(snapshot, entries, TESTING_COUNT(entries), NULL, NULL, NULL, &migration, NULL));
	assert_int_equal(svctag_migration_fate(migration, 0).reason, SVCTAG_MIGRATE_KEPT_PARTLY);
	assert_int_equal(svctag_migration_fate(migration, 0).alternatives_all, 2);
	assert_int_equal(svctag_migration_fate(migration, 1).reason, SVCTAG_MIGRATE_KEPT_PARTLY);
	assert_int_equal(svctag_migration_fate(migration, 2).reason, SVCTAG_MIGRATE_ONLY);
	assert_int_equal(svctag_migration_fate(migration, 3).reason, SVCTAG_MIGRATE_KEPT_NO_TAG);
	svctag_count_format(svctag_migration_opened(migration)[1], text);
	assert_string_equal(text, "340282366920938463463374607431768211456");
	svctag_count_format(svctag_migration_opened(migration)[0], text);
	assert_string_equal(text, "4294967296");
	svctag_migration_free(migration);
	svctag_snapshot_free(snapshot);
}

/* A tag that has every address, and one that is asked for: all of a family less one. */
static void
test_greatest_values(void **state)
{
	static const testing_tag tags[] = {
		{ "All", "", "0.0.0.0/0 ::/0" },
		{ "Half", "", "0.0.0.0/1 ::/1" },
	};
	svctag_release *release = testing_release(1, tags, TESTING_COUNT(tags));
	svctag_snapshot *snapshot = testing_snapshot(release, "Public");
	svctag_migrate_entry entries[] = { { .range = testing_range("200.0.0.0-200.0.0.0") } };

	(void)state;
	for (unsigned int prefer = 0; prefer < 2; prefer++) {
		svctag_migrate_options options = { .prefer = (svctag_prefer)prefer };
		svctag_migration *migration = NULL;
		char text[SVCTAG_COUNT_TEXT_SIZE];

		TESTING_OK(svctag_migrate(snapshot, entries, 1, &options, NULL, NULL, &migration, NULL));
		assert_int_equal(svctag_migration_tag_count(migration), 1);
		svctag_count_format(svctag_migration_opened(migration)[0], text);
		assert_string_equal(text, "4294967296");
		svctag_count_format(svctag_migration_opened(migration)[1], text);
		assert_string_equal(text, "340282366920938463463374607431768211456");
		svctag_migration_free(migration);
	}
	svctag_snapshot_free(snapshot);
	svctag_release_free(release);
}

static void
test_reason_texts(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < SVCTAG_MIGRATE_REASON_COUNT; i++)
		assert_true(strlen(svctag_migrate_reason_text((svctag_migrate_reason)i)) > 10);
	assert_string_equal(svctag_migrate_reason_text(SVCTAG_MIGRATE_REASON_COUNT), "unknown reason");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_knot),           cmocka_unit_test(test_limits),
		cmocka_unit_test(test_whole_families), cmocka_unit_test(test_greatest_values),
		cmocka_unit_test(test_reason_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
