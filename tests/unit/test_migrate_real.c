/*
 * Lists made of the prefixes of real tags, and one of a hundred thousand
 * entries, against the newest release in $SVCTAG_REAL_DATA/public. Prints how
 * long it takes; the limits are far above that, for slow machines and
 * sanitizers.
 */
#include "testing.h"

#include <importer/importer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "files.h"

#define TRIALS 20
#define MOST_SECONDS 120
#define MANY 100000

typedef struct fixture {
	svctag_snapshot *snapshot;
	const svctag_index *index;
	svctag_migrate_entry *entries;
	size_t count;
	size_t capacity;
} fixture;

static fixture *
load_newest(void)
{
	fixture *f = testing_allocate(1, sizeof(*f));
	struct importer_document document = { 0 };
	struct file_list files = { 0 };
	char *data = NULL;
	size_t size = 0;

	files_find("real:public", &files);
	TESTING_OK(importer_read_file(files.paths[files.count - 1], &data, &size, NULL));
	TESTING_OK(importer_decode(data, size, &document, NULL));
	print_message("%s\n", files.paths[files.count - 1]);
	f->snapshot = testing_snapshot(document.release, "Public");
	f->index = svctag_snapshot_index(f->snapshot);
	importer_document_release(&document);
	free(data);
	files_release(&files);
	return f;
}

static void
fixture_free(fixture *f)
{
	svctag_snapshot_free(f->snapshot);
	free(f->entries);
	free(f);
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
add_entry(fixture *f, const svctag_prefix *prefix)
{
	if (f->count == f->capacity) {
		f->capacity = f->capacity * 2 + 1024;
		f->entries = realloc(f->entries, f->capacity * sizeof(*f->entries));
		assert_non_null(f->entries);
	}
	f->entries[f->count++] = (svctag_migrate_entry){ .range = svctag_prefix_range(prefix) };
}

/* One half of the prefix, or a part of a half. */
static svctag_prefix
inner(testing_random *random, const svctag_prefix *prefix)
{
	unsigned int bits = SVCTAG_FAMILY_BITS(prefix->family);
	svctag_address address = testing_random_inside(random, prefix);
	unsigned int length = prefix->length + 1 + (unsigned int)testing_below(random, 3);

	return svctag_prefix_make(&address, length > bits ? bits : length);
}

/* Its prefixes, most of them, some of them in parts. */
static size_t
add_tag(testing_random *random, fixture *f, uint32_t tag)
{
	svctag_prefix *prefixes = NULL;
	size_t before = f->count, count = 0;

	TESTING_OK(svctag_index_tag_prefixes(f->index, tag, &prefixes, &count));
	for (size_t i = 0; i < count; i++) {
		svctag_prefix part = inner(random, &prefixes[i]);

		if (testing_below(random, 4) > 0 || (i == count - 1 && f->count == before))
			add_entry(f, testing_below(random, 3) == 0 ? &part : &prefixes[i]);
	}
	free(prefixes);
	return f->count - before;
}

static void
shuffle(testing_random *random, fixture *f)
{
	for (size_t i = f->count; i > 1; i--) {
		size_t other = testing_below(random, i);
		svctag_migrate_entry entry = f->entries[i - 1];

		f->entries[i - 1] = f->entries[other];
		f->entries[other] = entry;
	}
}

static uint32_t
random_candidate(testing_random *random, const fixture *f, bool broad)
{
	for (;;) {
		uint32_t tag = (uint32_t)testing_below(random, svctag_index_tag_count(f->index));
		svctag_index_tag it = svctag_index_tag_at(f->index, tag);

		if (it.family_prefix_count[0] + it.family_prefix_count[1] > 0 &&
		    svctag_tag_usable(f->index, tag, SVCTAG_TARGET_NSG) == SVCTAG_USABLE_YES &&
		    (broad || !svctag_tag_is_broad(f->index, tag)))
			return tag;
	}
}

static svctag_set *
set_of_tag(const svctag_index *index, uint32_t tag)
{
	svctag_prefix *prefixes = NULL;
	svctag_set *set = NULL;
	size_t count = 0;

	TESTING_OK(svctag_index_tag_prefixes(index, tag, &prefixes, &count));
	TESTING_OK(svctag_set_of_prefixes(prefixes, count, &set));
	free(prefixes);
	return set;
}

/* Lists of a tag lie inside it, so that the tags are all that is opened. */
static void
count_union(const fixture *f, const uint32_t *tags, size_t count, svctag_count *ret)
{
	svctag_set *all = NULL;

	TESTING_OK(svctag_set_new(&all));
	for (size_t i = 0; i < count; i++) {
		svctag_set *own = set_of_tag(f->index, tags[i]), *both = NULL;

		TESTING_OK(svctag_set_union(all, own, &both));
		svctag_set_free(all);
		svctag_set_free(own);
		all = both;
	}
	ret[0] = svctag_set_count(all, SVCTAG_IPV4);
	ret[1] = svctag_set_count(all, SVCTAG_IPV6);
	svctag_set_free(all);
}

static void
check_three(testing_random *random, fixture *f, bool broad)
{
	svctag_migrate_options options = { .allow_broad = broad };
	svctag_migration *migration = NULL;
	svctag_count least[2], got[2];
	uint32_t tags[64] = { 0 };
	int order;

	f->count = 0;
	for (size_t i = 0; i < 3; i++) {
		tags[i] = random_candidate(random, f, broad);
		(void)add_tag(random, f, tags[i]);
	}
	shuffle(random, f);
	count_union(f, tags, 3, least);
	TESTING_OK(svctag_migrate(f->snapshot, f->entries, f->count, &options, NULL, NULL, &migration, NULL));
	assert_true(svctag_migration_is_exact(migration));
	assert_int_equal(svctag_migration_kept_count(migration), 0);
	assert_in_range(svctag_migration_tag_count(migration), 1, TESTING_COUNT(tags));
	order = svctag_count_compare(svctag_migration_opened(migration)[0], least[0]);
	if (order == 0)
		order = svctag_count_compare(svctag_migration_opened(migration)[1], least[1]);
	assert_true(order < 0 || (order == 0 && svctag_migration_tag_count(migration) <= 3));
	for (size_t i = 0; i < svctag_migration_tag_count(migration); i++) {
		tags[i] = svctag_migration_tag(migration, i)->tag;
		assert_int_equal(svctag_tag_usable(f->index, tags[i], SVCTAG_TARGET_NSG), SVCTAG_USABLE_YES);
	}
	count_union(f, tags, svctag_migration_tag_count(migration), got);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(svctag_count_compare(got[i], svctag_migration_opened(migration)[i]), 0);
	svctag_migration_free(migration);
}

static void
test_three_tags(void **state)
{
	fixture *f = load_newest();
	testing_random random;
	double begin = seconds();

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < TRIALS; i++)
		check_three(&random, f, i % 2 == 1);
	print_message("%d lists of three tags: %.2f s\n", TRIALS, seconds() - begin);
	fixture_free(f);
}

/* Parts of any prefixes of any tags; or single addresses of tags that are not broad. */
static void
fill(testing_random *random, fixture *f, size_t count, bool single)
{
	f->count = 0;
	while (f->count < count) {
		uint32_t id = (uint32_t)testing_below(random, svctag_index_total_prefix_count(f->index));
		svctag_prefix prefix = svctag_index_prefix(f->index, id);

		if (single) {
			svctag_index_list tags = svctag_index_prefix_tags(f->index, id);
			svctag_address address = testing_random_inside(random, &prefix);

			if (svctag_tag_is_broad(f->index, tags.ids[0]))
				continue;
			prefix = svctag_prefix_make(&address, SVCTAG_FAMILY_BITS(prefix.family));
		} else if (testing_below(random, 2) == 0) {
			prefix = inner(random, &prefix);
		}
		add_entry(f, &prefix);
	}
}

static void
time_migration(const fixture *f, const svctag_migrate_options *options)
{
	svctag_migration *migration = NULL;
	char opened[SVCTAG_COUNT_TEXT_SIZE], asked[SVCTAG_COUNT_TEXT_SIZE];
	double begin = seconds(), took;

	TESTING_OK(svctag_migrate(f->snapshot, f->entries, f->count, options, NULL, NULL, &migration, NULL));
	took = seconds() - begin;
	svctag_count_format(svctag_migration_opened(migration)[0], opened);
	svctag_count_format(svctag_migration_asked(migration)[0], asked);
	print_message(
		"%s%s%s, at most %u tags: %zu entries, %zu kept, %zu tags, %s of %s IPv4 addresses, %s (%g), %.2f s\n",
		svctag_target_text(options->target), options->allow_broad ? ", broad" : "",
		options->prefer == SVCTAG_PREFER_RULES ? ", rules" : "", options->max_tags, f->count,
		svctag_migration_kept_count(migration), svctag_migration_tag_count(migration), opened, asked,
		svctag_migration_is_exact(migration) ? "exact" : "greedy", svctag_migration_bound(migration), took);
	assert_true(took < MOST_SECONDS);
	svctag_migration_free(migration);
}

static void
test_many_entries(void **state)
{
	static const svctag_migrate_options options[] = {
		{ .allow_broad = false },
		{ .target = SVCTAG_TARGET_FIREWALL },
		{ .allow_broad = true },
		{ .allow_broad = true, .prefer = SVCTAG_PREFER_RULES },
		{ .prefer = SVCTAG_PREFER_RULES },
		{ .max_tags = 25 },
		{ .max_tags = 200, .allow_broad = true },
		{ .max_tags = 1000, .allow_broad = true },
	};
	fixture *f = load_newest();
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t n = 0; n < 2 * TESTING_COUNT(options); n++) {
		if (n % TESTING_COUNT(options) == 0)
			fill(&random, f, MANY, n > 0);
		time_migration(f, &options[n % TESTING_COUNT(options)]);
	}
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three_tags),
		cmocka_unit_test(test_many_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
