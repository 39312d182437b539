/*
 * The store's history: releases that arrive in any order, come back, move and
 * are forgotten, against a model of a few lines.
 *
 * The model: a *sighting* is a content on a day. In the order of day, change
 * number and digest, neighbouring sightings of one content are one release,
 * published on the first of them.
 */
#include "stored_tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "span_edit.h"

#define CONTENTS 6
#define MAX_SIGHTINGS 64

typedef struct sighting {
	int day;
	size_t content;
} sighting;

/* Also used for releases: each is its first sighting. */
typedef struct sightings {
	sighting list[MAX_SIGHTINGS];
	size_t count;
} sightings;

typedef struct fixture {
	char *folder;
	char *path;
	svctag_release *contents[CONTENTS];
	testing_random random;
} fixture;

/*
 * Six contents: tags come and go and come back, prefixes move about and split;
 * 2 and 3 bear the same change number, 4 is 1 under another number, and 5
 * differs from 0 in a property alone.
 */
static svctag_release *
make_content(size_t number)
{
	static const testing_tag tags[][5] = {
		{ { "Storage", "", "13.64.0.0/16 20.38.0.0/24" },
		  { "Sql", "", "10.0.0.0/24 2603:1030::/45" },
		  { "Going", "", "192.0.2.0/24" } },
		{ { "Storage", "", "13.64.0.0/17 13.64.128.0/17 20.38.0.0/24" },
		  { "Sql", "", "10.0.0.0/24" },
		  { "Empty", "", "" } },
		{ { "Storage", "eastus", "13.64.0.0/16" },
		  { "Sql", "", "10.0.0.0/24 10.0.1.0/24 2603:1030::/45" },
		  { "Coming", "", "198.51.100.0/24" } },
		{ { "Sql", "", "10.0.1.0/24" },
		  { "Going", "", "192.0.2.0/25 192.0.2.128/25" },
		  { "Coming", "", "198.51.100.0/24 0.0.0.0/0 ::/0" } },
		{ { "Storage", "", "13.64.0.0/17 13.64.128.0/17 20.38.0.0/24" },
		  { "Sql", "", "10.0.0.0/24" },
		  { "Empty", "", "" } },
		{ { "Storage", "westus", "13.64.0.0/16 20.38.0.0/24" },
		  { "Sql", "", "10.0.0.0/24 2603:1030::/45" },
		  { "Going", "", "192.0.2.0/24" } },
	};
	static const int64_t change_numbers[CONTENTS] = { 100, 101, 102, 102, 103, 100 };

	return testing_release(change_numbers[number], tags[number], 3);
}

static int
setup(void **state)
{
	fixture *f = testing_allocate(1, sizeof(*f));

	f->folder = testing_folder_new();
	f->path = testing_path(f->folder, "svctag.db");
	for (size_t i = 0; i < CONTENTS; i++)
		f->contents[i] = make_content(i);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	fixture *f = *state;

	for (size_t i = 0; i < CONTENTS; i++)
		svctag_release_free(f->contents[i]);
	free(f->path);
	testing_folder_remove(f->folder);
	free(f);
	return 0;
}

/* An empty database under the fixture's name. */
static svctag_store *
fresh_store(const fixture *f)
{
	static const char *const endings[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < TESTING_COUNT(endings); i++) {
		char name[512];

		snprintf(name, sizeof(name), "%s%s", f->path, endings[i]);
		(void)remove(name);
	}
	return testing_store_open(f->path, SVCTAG_STORE_WRITE);
}

static void
day_text(int day, char *text)
{
	svctag_day_format(svctag_day_number("2024-02-26") + day, text);
}

static int
compare_sightings(const fixture *f, const sighting *a, const sighting *b)
{
	int64_t x = svctag_release_change_number(f->contents[a->content]);
	int64_t y = svctag_release_change_number(f->contents[b->content]);

	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	if (x != y)
		return x < y ? -1 : 1;
	return memcmp(svctag_release_digest(f->contents[a->content]), svctag_release_digest(f->contents[b->content]),
		      SVCTAG_DIGEST_SIZE);
}

static void
model_add(const fixture *f, sightings *all, sighting one)
{
	size_t at = 0;

	while (at < all->count && compare_sightings(f, &all->list[at], &one) < 0)
		at++;
	if (at < all->count && compare_sightings(f, &all->list[at], &one) == 0)
		return;
	assert_true(all->count < MAX_SIGHTINGS);
	memmove(&all->list[at + 1], &all->list[at], (all->count - at) * sizeof(one));
	all->list[at] = one;
	all->count++;
}

static sightings
model_releases(const sightings *all)
{
	sightings releases = { .count = 0 };

	for (size_t i = 0; i < all->count; i++)
		if (i == 0 || all->list[i].content != all->list[i - 1].content)
			releases.list[releases.count++] = all->list[i];
	return releases;
}

/* Without the sightings of the release with this number. */
static void
model_forget(sightings *all, size_t release)
{
	sightings rest = { .count = 0 };
	size_t number = 0;

	for (size_t i = 0; i < all->count; i++) {
		if (i > 0 && all->list[i].content != all->list[i - 1].content)
			number++;
		if (number != release)
			rest.list[rest.count++] = all->list[i];
	}
	*all = rest;
}

static svctag_import_result
model_result(const sightings *before, const sightings *after)
{
	if (before->count != after->count)
		return SVCTAG_IMPORT_ADDED;
	return memcmp(before->list, after->list, before->count * sizeof(before->list[0])) == 0 ? SVCTAG_IMPORT_UNCHANGED
											       : SVCTAG_IMPORT_MOVED;
}

static void
check_release(svctag_store *store, const svctag_release_info *info, int day, const svctag_release *want)
{
	svctag_release *content = NULL;
	svctag_snapshot *snapshot = NULL;
	svctag_detail detail = { "" };
	char published[SVCTAG_DAY_SIZE];

	day_text(day, published);
	assert_string_equal(info->published, published);
	assert_string_equal(info->cloud, "Public");
	assert_string_equal(info->source, "file");
	assert_int_equal(info->change_number, svctag_release_change_number(want));
	assert_memory_equal(info->digest, svctag_release_digest(want), SVCTAG_DIGEST_SIZE);
	assert_int_equal(info->tag_count, svctag_release_tag_count(want));
	assert_int_equal(info->prefix_count, svctag_release_prefix_count(want));
	assert_int_equal(info->unique_prefix_count, svctag_release_unique_prefix_count(want));
	assert_int_equal(svctag_count_compare(info->addresses[0], svctag_release_address_count(want, SVCTAG_IPV4)), 0);
	assert_int_equal(svctag_count_compare(info->addresses[1], svctag_release_address_count(want, SVCTAG_IPV6)), 0);
	assert_string_equal(info->warnings, "");
	assert_int_equal(strlen(info->imported_at), 20);
	if (svctag_store_content(store, info, &content, &detail) != SVCTAG_OK ||
	    svctag_store_snapshot(store, info, &snapshot, &detail) != SVCTAG_OK)
		fail_msg("%s: %s", published, detail.text);
	assert_true(testing_same_release(content, want));
	assert_memory_equal(svctag_index_digest(svctag_snapshot_index(snapshot)), svctag_release_digest(want),
			    SVCTAG_DIGEST_SIZE);
	svctag_snapshot_free(snapshot);
	svctag_release_free(content);
}

/* The catalogue is the model's, and every release still has its content and gives its index. */
static void
check_store(const fixture *f, svctag_store *store, const sightings *all)
{
	sightings releases = model_releases(all);
	svctag_catalogue *catalogue = testing_catalogue(store);

	if (releases.count == 0) {
		for (size_t i = 0; i < svctag_catalogue_cloud_count(catalogue); i++)
			assert_int_equal(svctag_catalogue_release_count(catalogue, i), 0);
	} else {
		assert_int_equal(svctag_catalogue_cloud_count(catalogue), 1);
		assert_int_equal(svctag_catalogue_release_count(catalogue, 0), releases.count);
	}
	for (size_t i = 0; i < releases.count; i++) {
		const svctag_release_info *info = svctag_catalogue_release(catalogue, 0, i);

		if (i > 0)
			assert_true(info->position > svctag_catalogue_release(catalogue, 0, i - 1)->position);
		check_release(store, info, releases.list[i].day, f->contents[releases.list[i].content]);
		if (i + 1 == releases.count)
			TESTING_OK(svctag_store_check_index(store, info, NULL));
	}
	svctag_catalogue_free(catalogue);
}

/* A release stands there, or it is the end of time. */
static bool
is_release(const struct span_positions *positions, int64_t position)
{
	for (size_t i = 0; i < positions->count; i++)
		if (positions->items[i] == position)
			return true;
	return position == SPAN_OPEN;
}

static void
check_prefix_spans(const stored_tag *tag, const struct span_positions *positions)
{
	for (size_t i = 0; i < tag->prefixes.count; i++) {
		const struct span *a = &tag->prefixes.items[i];

		assert_true(a->first < a->until);
		assert_true(is_release(positions, a->first) && is_release(positions, a->until));
		for (size_t n = 0; n < tag->prefixes.count; n++) {
			const struct span *b = &tag->prefixes.items[n];

			if (a->first < b->first && svctag_prefix_compare(&a->prefix, &b->prefix) == 0)
				assert_true(a->until < b->first);
		}
	}
}

static void
check_properties(const stored_tag *tag, const struct span_positions *positions)
{
	assert_true(tag->properties.count > 0);
	for (size_t i = 0; i < tag->properties.count; i++) {
		const struct property_span *a = &tag->properties.items[i];

		assert_true(a->first < a->until);
		assert_true(is_release(positions, a->first) && is_release(positions, a->until));
		for (size_t n = 0; n < tag->properties.count; n++) {
			const struct property_span *b = &tag->properties.items[n];

			if (a->first < b->first)
				assert_true(a->until < b->first ||
					    (a->until == b->first && !properties_same(&a->properties, &b->properties)));
		}
	}
}

/*
 * The intervals are in their one canonical form, however the releases came:
 * none overlap, none touch that say the same, all begin and end at releases,
 * and no tag is without any.
 */
static void
check_intervals(const fixture *f, svctag_store *store)
{
	svctag_catalogue *catalogue = testing_catalogue(store);
	stored_tags tags = stored_tags_read(f->path);
	int64_t places[MAX_SIGHTINGS];
	struct span_positions positions = { .items = places };

	assert_true(svctag_catalogue_cloud_count(catalogue) <= 1);
	if (svctag_catalogue_cloud_count(catalogue) == 1)
		positions.count = svctag_catalogue_release_count(catalogue, 0);
	for (size_t i = 0; i < positions.count; i++)
		places[i] = svctag_catalogue_release(catalogue, 0, i)->position;
	for (size_t i = 0; i < tags.count; i++) {
		check_prefix_spans(&tags.list[i], &positions);
		check_properties(&tags.list[i], &positions);
		stored_tag_check_bytes(&tags.list[i]);
	}
	assert_int_equal(testing_sql_number(f->path, "SELECT count(*) FROM cloud WHERE id NOT IN "
						     "(SELECT cloud_id FROM release)"),
			 0);
	stored_tags_free(&tags);
	svctag_catalogue_free(catalogue);
}

static void
import_and_compare(const fixture *f, svctag_store *store, sightings *all, sighting one)
{
	sightings before = model_releases(all), after;
	svctag_import_result got;
	char published[SVCTAG_DAY_SIZE];

	model_add(f, all, one);
	after = model_releases(all);
	day_text(one.day, published);
	got = testing_import(store, "Public", published, f->contents[one.content]);
	if (got != model_result(&before, &after))
		fail_msg("content %zu on day %d: result %d", one.content, one.day, (int)got);
}

/* Import in the order that `permutation` numbers; it is cut off the alphabet of what is left. */
static void
import_permuted(const fixture *f, const sighting *sequence, size_t count, size_t permutation)
{
	svctag_store *store = fresh_store(f);
	sightings all = { .count = 0 };
	sighting left[8];

	memcpy(left, sequence, count * sizeof(*left));
	for (size_t n = count; n > 0; n--) {
		size_t at = permutation % n;

		import_and_compare(f, store, &all, left[at]);
		left[at] = left[n - 1];
		permutation /= n;
	}
	check_store(f, store, &all);
	check_intervals(f, store);
	TESTING_OK(svctag_store_check(store, NULL));
	svctag_store_close(store);
}

static const struct {
	const char *what;
	size_t count;
	sighting list[5];
} sequences[] = {
	{ "in a row", 4, { { 0, 0 }, { 7, 1 }, { 14, 2 }, { 21, 3 } } },
	{ "comes back", 3, { { 0, 0 }, { 7, 1 }, { 14, 0 } } },
	{ "comes back, seen twice", 5, { { 0, 0 }, { 7, 1 }, { 14, 0 }, { 21, 0 }, { 28, 1 } } },
	{ "the same again and again", 4, { { 0, 0 }, { 7, 0 }, { 14, 0 }, { 14, 0 } } },
	{ "two under one number", 3, { { 0, 2 }, { 14, 3 }, { 21, 4 } } },
	{ "two on one day under one number", 4, { { 0, 0 }, { 7, 2 }, { 7, 3 }, { 14, 4 } } },
	{ "three on one day", 4, { { 7, 0 }, { 7, 1 }, { 7, 5 }, { 8, 0 } } },
	{ "only the number changes, and back", 4, { { 0, 1 }, { 7, 4 }, { 14, 1 }, { 14, 4 } } },
	{ "split by what was between", 4, { { 0, 0 }, { 14, 0 }, { 7, 5 }, { 10, 0 } } },
};

static void
test_every_order_gives_the_same(void **state)
{
	const fixture *f = *state;

	for (size_t s = 0; s < TESTING_COUNT(sequences); s++) {
		size_t permutations = 1;

		for (size_t n = 2; n <= sequences[s].count; n++)
			permutations *= n;
		/* Of the longest a spread of them: 7 divides no factorial that is met here. */
		for (size_t p = 0; p<permutations; p += permutations> 24 ? 7 : 1)
			import_permuted(f, sequences[s].list, sequences[s].count, p);
	}
}

/* The results as the command line will print them, spelt out. */
static void
test_results(void **state)
{
	const fixture *f = *state;
	svctag_store *store = fresh_store(f);

	assert_int_equal(testing_import(store, "Public", "2024-03-04", f->contents[0]), SVCTAG_IMPORT_ADDED);
	assert_int_equal(testing_import(store, "Public", "2024-03-04", f->contents[0]), SVCTAG_IMPORT_UNCHANGED);
	assert_int_equal(testing_import(store, "Public", "2024-03-11", f->contents[0]), SVCTAG_IMPORT_UNCHANGED);
	assert_int_equal(testing_import(store, "Public", "2024-02-26", f->contents[0]), SVCTAG_IMPORT_MOVED);
	assert_int_equal(testing_import(store, "Public", "2024-03-18", f->contents[1]), SVCTAG_IMPORT_ADDED);
	assert_int_equal(testing_import(store, "Public", "2024-03-25", f->contents[0]), SVCTAG_IMPORT_ADDED);
	/* The same content under another cloud is that cloud's own. */
	assert_int_equal(testing_import(store, "China", "2024-03-04", f->contents[0]), SVCTAG_IMPORT_ADDED);
	svctag_store_close(store);
}

static void
forget(svctag_store *store, size_t release)
{
	svctag_catalogue *catalogue = testing_catalogue(store);
	svctag_detail detail = { "" };

	if (svctag_store_forget(store, svctag_catalogue_release(catalogue, 0, release), &detail) != SVCTAG_OK)
		fail_msg("forget: %s", detail.text);
	svctag_catalogue_free(catalogue);
}

static void
test_forget_in_any_order(void **state)
{
	fixture *f = *state;

	testing_random_begin(&f->random);
	for (int round = 0; round < 6; round++) {
		svctag_store *store = fresh_store(f);
		sightings all = { .count = 0 };

		for (int n = 0; n < 6; n++)
			import_and_compare(f, store, &all, (sighting){ 7 * n, testing_below(&f->random, CONTENTS) });
		while (all.count > 0) {
			size_t at = testing_below(&f->random, model_releases(&all).count);

			forget(store, at);
			model_forget(&all, at);
			check_store(f, store, &all);
			check_intervals(f, store);
		}
		TESTING_OK(svctag_store_check(store, NULL));
		/* Nothing lingers: it can all be imported again. */
		import_and_compare(f, store, &all, (sighting){ 0, 0 });
		check_store(f, store, &all);
		svctag_store_close(store);
	}
}

static void
test_forget_what_is_gone(void **state)
{
	const fixture *f = *state;
	svctag_store *store = fresh_store(f);
	svctag_catalogue *catalogue;
	const svctag_release_info *info;
	svctag_release *content = NULL;
	svctag_snapshot *snapshot = NULL;
	svctag_detail detail = { "" };

	testing_import(store, "Public", "2024-03-04", f->contents[0]);
	testing_import(store, "Public", "2024-03-11", f->contents[1]);
	catalogue = testing_catalogue(store);
	info = svctag_catalogue_release(catalogue, 0, 0);
	TESTING_OK(svctag_store_forget(store, info, &detail));
	TESTING_CHECK(svctag_store_forget(store, info, &detail), SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(svctag_store_content(store, info, &content, &detail), SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(svctag_store_snapshot(store, info, &snapshot, &detail), SVCTAG_E_NOT_FOUND);
	assert_null(snapshot);
	assert_null(content);
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
}

/* What is remembered of a forgotten release never means another one that came since. */
static void
test_forget_with_stale_knowledge(void **state)
{
	const fixture *f = *state;
	svctag_store *store = fresh_store(f);
	svctag_catalogue *stale;
	const svctag_release_info *info;
	sightings all = { .count = 0 };

	import_and_compare(f, store, &all, (sighting){ 0, 0 });
	import_and_compare(f, store, &all, (sighting){ 7, 1 });
	stale = testing_catalogue(store);
	info = svctag_catalogue_release(stale, 0, 1);
	TESTING_OK(svctag_store_forget(store, info, NULL));
	model_forget(&all, 1);
	import_and_compare(f, store, &all, (sighting){ 7, 2 });
	TESTING_CHECK(svctag_store_forget(store, info, NULL), SVCTAG_E_NOT_FOUND);
	check_store(f, store, &all);
	svctag_catalogue_free(stale);
	svctag_store_close(store);
}

/* A long random life. */
static void
test_random_history(void **state)
{
	fixture *f = *state;

	testing_random_begin(&f->random);
	for (int round = 0; round < 4; round++) {
		svctag_store *store = fresh_store(f);
		sightings all = { .count = 0 };

		for (int n = 0; n < 40; n++) {
			if (all.count > 0 && testing_below(&f->random, 4) == 0) {
				size_t at = testing_below(&f->random, model_releases(&all).count);

				forget(store, at);
				model_forget(&all, at);
			} else {
				import_and_compare(f, store, &all,
						   (sighting){ (int)testing_below(&f->random, 12),
							       testing_below(&f->random, CONTENTS) });
			}
			if (n % 5 == 0)
				check_store(f, store, &all);
		}
		check_store(f, store, &all);
		check_intervals(f, store);
		TESTING_OK(svctag_store_check(store, NULL));
		svctag_store_close(store);
	}
}

/* Always into the same gap: the free positions between two releases run out. */
static void
test_back_fill_into_one_gap(void **state)
{
	fixture *f = *state;
	svctag_store *store = fresh_store(f);
	sightings all = { .count = 0 };

	import_and_compare(f, store, &all, (sighting){ 0, 0 });
	import_and_compare(f, store, &all, (sighting){ 60, 1 });
	for (int n = 0; n < 30; n++)
		import_and_compare(f, store, &all, (sighting){ 59 - n, 1 + (size_t)(n + 1) % 4 });
	check_store(f, store, &all);
	svctag_store_close(store);
}

/* Random contents with many memberships, out of order, each given back whole. */
static void
test_content_is_what_was_imported(void **state)
{
	static const testing_space spaces[] = { { "10.20.0.0/16", 16, 32 }, { "2603:1030::/28", 28, 64 } };
	static const int days[] = { 3, 0, 5, 1, 4, 2 };
	fixture *f = *state;
	svctag_store *store = fresh_store(f);
	svctag_release *releases[TESTING_COUNT(days)];
	svctag_catalogue *catalogue;

	testing_random_begin(&f->random);
	for (size_t i = 0; i < TESTING_COUNT(days); i++) {
		testing_shape shape = { 200 + days[i], 30, 4000, spaces, TESTING_COUNT(spaces) };
		char published[SVCTAG_DAY_SIZE];

		day_text(days[i], published);
		releases[days[i]] = testing_random_release(&f->random, &shape);
		testing_import(store, "Public", published, releases[days[i]]);
	}
	svctag_store_close(store);
	store = testing_store_open(f->path, SVCTAG_STORE_READ);
	catalogue = testing_catalogue(store);
	assert_int_equal(svctag_catalogue_release_count(catalogue, 0), TESTING_COUNT(days));
	for (size_t i = 0; i < TESTING_COUNT(days); i++) {
		check_release(store, svctag_catalogue_release(catalogue, 0, i), (int)i, releases[i]);
		svctag_release_free(releases[i]);
	}
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_order_gives_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_results, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget_in_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget_what_is_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget_with_stale_knowledge, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_history, setup, teardown),
		cmocka_unit_test_setup_teardown(test_back_fill_into_one_gap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_content_is_what_was_imported, setup, teardown),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
