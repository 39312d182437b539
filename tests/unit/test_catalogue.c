/*
 * What is loaded and what a reference means; days. The catalogue is read back
 * from a real store.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
	char *folder;
	svctag_store *store;
	svctag_catalogue *catalogue;
} fixture;

/* One tag whose prefix is made from a number: contents that differ as wanted. */
static svctag_release *
content(int64_t change_number, unsigned int variant)
{
	char prefix[32];
	testing_tag tag = { "Storage", "", prefix };

	snprintf(prefix, sizeof(prefix), "10.%u.0.0/16", variant);
	return testing_release(change_number, &tag, 1);
}

/* Out of order on purpose. */
static const struct {
	const char *cloud;
	const char *published;
	const char *source;
	int64_t change_number;
	unsigned int variant;
} loaded[] = {
	{ "Public", "2024-02-05", "file", 346, 3 },
	{ "Public", "2024-01-22", "file", 346, 2 }, /* the number twice, two weeks apart */
	{ "Public", "2024-01-15", "file", 345, 1 },
	{ "Public", "2024-02-12", "file", 349, 4 }, /* 347 and 348 were never seen */
	{ "Public", "2024-02-19", "file", 350, 2 },
	{ "Public", "2024-02-20", "api", 90, 5 }, /* another series of numbers */
	{ "Public", "2024-02-27", "api", 92, 6 },
	{ "China", "2024-02-01", "file", 20, 1 },
};

static void
load(svctag_store *store)
{
	for (size_t i = 0; i < TESTING_COUNT(loaded); i++) {
		svctag_release *release = content(loaded[i].change_number, loaded[i].variant);
		svctag_import import = { .cloud = loaded[i].cloud,
					 .published = loaded[i].published,
					 .source = loaded[i].source,
					 .release = release };
		svctag_import_result result;
		svctag_release_info info;

		TESTING_OK(svctag_store_import(store, &import, &result, &info, NULL));
		svctag_release_free(release);
	}
}

static int
setup(void **state)
{
	fixture *f = testing_allocate(1, sizeof(*f));
	char *path;

	f->folder = testing_folder_new();
	path = testing_path(f->folder, "svctag.db");
	f->store = testing_store_open(path, SVCTAG_STORE_WRITE);
	free(path);
	load(f->store);
	f->catalogue = testing_catalogue(f->store);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	fixture *f = *state;

	svctag_catalogue_free(f->catalogue);
	svctag_catalogue_free(NULL);
	svctag_store_close(f->store);
	testing_folder_remove(f->folder);
	free(f);
	return 0;
}

static size_t
cloud_number(const fixture *f, const char *name)
{
	size_t number = SIZE_MAX;

	TESTING_OK(svctag_catalogue_find_cloud(f->catalogue, name, &number, NULL));
	return number;
}

static void
test_order(void **state)
{
	static const char *const days[] = { "2024-01-15", "2024-01-22", "2024-02-05", "2024-02-12",
					    "2024-02-19", "2024-02-20", "2024-02-27" };
	const fixture *f = *state;
	size_t cloud = cloud_number(f, "Public");

	assert_int_equal(svctag_catalogue_cloud_count(f->catalogue), 2);
	assert_string_equal(svctag_catalogue_cloud(f->catalogue, 0), "China");
	assert_string_equal(svctag_catalogue_cloud(f->catalogue, 1), "Public");
	assert_int_equal(svctag_catalogue_release_count(f->catalogue, cloud), TESTING_COUNT(days));
	for (size_t i = 0; i < TESTING_COUNT(days); i++)
		assert_string_equal(svctag_catalogue_release(f->catalogue, cloud, i)->published, days[i]);
}

static void
test_find_cloud(void **state)
{
	const fixture *f = *state;
	svctag_detail detail = { "" };
	size_t number = 77;

	assert_int_equal(cloud_number(f, "china"), 0);
	assert_int_equal(cloud_number(f, "PUBLIC"), 1);
	assert_int_equal(cloud_number(f, NULL), 1); /* several are loaded: Public */
	TESTING_CHECK(svctag_catalogue_find_cloud(f->catalogue, "AzureGovernment", &number, &detail),
		      SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(svctag_catalogue_find_cloud(f->catalogue, "", &number, &detail), SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(svctag_catalogue_find_cloud(f->catalogue, "Publi", &number, &detail), SVCTAG_E_NOT_FOUND);
	assert_int_equal(number, 77);
	assert_true(detail.text[0] != '\0');
}

/* Only one cloud, and it is not Public; then none at all. */
static void
test_default_cloud(void **state)
{
	const fixture *f = *state;
	char *path = testing_path(f->folder, "sample.db");
	svctag_store *store = testing_store_open(path, SVCTAG_STORE_WRITE);
	svctag_catalogue *catalogue = testing_catalogue(store);
	svctag_release *release = content(1, 1);
	svctag_snapshot *snapshot = NULL;
	size_t number = 77;

	assert_int_equal(svctag_catalogue_cloud_count(catalogue), 0);
	TESTING_CHECK(svctag_catalogue_find_cloud(catalogue, NULL, &number, NULL), SVCTAG_E_EMPTY);
	TESTING_CHECK(svctag_catalogue_find_cloud(catalogue, "Public", &number, NULL), SVCTAG_E_EMPTY);
	TESTING_CHECK(svctag_store_snapshot_at(store, NULL, NULL, &snapshot, NULL), SVCTAG_E_EMPTY);
	assert_int_equal(number, 77);
	assert_null(snapshot);
	svctag_catalogue_free(catalogue);
	testing_import(store, "Sample", "2024-01-01", release);
	catalogue = testing_catalogue(store);
	TESTING_OK(svctag_catalogue_find_cloud(catalogue, NULL, &number, NULL));
	assert_string_equal(svctag_catalogue_cloud(catalogue, number), "Sample");
	TESTING_CHECK(svctag_catalogue_find_cloud(catalogue, "Public", &number, NULL), SVCTAG_E_NOT_FOUND);
	TESTING_OK(svctag_store_snapshot_at(store, NULL, NULL, &snapshot, NULL));
	assert_string_equal(svctag_snapshot_info(snapshot)->cloud, "Sample");
	svctag_snapshot_free(snapshot);
	svctag_catalogue_free(catalogue);
	svctag_release_free(release);
	svctag_store_close(store);
	free(path);
}

static const struct {
	const char *reference;
	svctag_error want;
	const char *published; /* of the release that is meant */
} references[] = {
	{ NULL, SVCTAG_OK, "2024-02-27" },
	{ "latest", SVCTAG_OK, "2024-02-27" },
	{ "previous", SVCTAG_OK, "2024-02-20" },
	{ "345", SVCTAG_OK, "2024-01-15" },
	{ "346", SVCTAG_OK, "2024-02-05" }, /* the last published under it */
	{ "350", SVCTAG_OK, "2024-02-19" },
	{ "2024-01-15", SVCTAG_OK, "2024-01-15" },
	{ "2024-01-21", SVCTAG_OK, "2024-01-15" }, /* in force until the next one */
	{ "2024-01-22", SVCTAG_OK, "2024-01-22" },
	{ "2024-02-29", SVCTAG_OK, "2024-02-27" }, /* a leap day */
	{ "9999-12-31", SVCTAG_OK, "2024-02-27" },
	{ "2024-01-14", SVCTAG_E_NOT_FOUND, NULL }, /* before the first */
	{ "347", SVCTAG_E_NOT_FOUND, NULL },
	{ "20", SVCTAG_E_NOT_FOUND, NULL }, /* China's */
	{ "99999999999999999999999", SVCTAG_E_NOT_FOUND, NULL },
	{ "id:ffffffffffff", SVCTAG_E_NOT_FOUND, NULL },
	{ "", SVCTAG_E_SYNTAX, NULL },
	{ "newest", SVCTAG_E_SYNTAX, NULL },
	{ "346x", SVCTAG_E_SYNTAX, NULL },
	{ " 346", SVCTAG_E_SYNTAX, NULL },
	{ "+346", SVCTAG_E_SYNTAX, NULL },
	{ "-1", SVCTAG_E_SYNTAX, NULL },
	{ "2023-02-29", SVCTAG_E_SYNTAX, NULL },
	{ "2024-13-01", SVCTAG_E_SYNTAX, NULL },
	{ "2024-1-15", SVCTAG_E_SYNTAX, NULL },
	{ "2024-01-15 ", SVCTAG_E_SYNTAX, NULL },
	{ "id:", SVCTAG_E_SYNTAX, NULL },
	{ "id:12345", SVCTAG_E_SYNTAX, NULL }, /* at least six */
	{ "id:12345g", SVCTAG_E_SYNTAX, NULL },
	{ "id:0123456789012345678901234567890123456789012345678901234567890123a", SVCTAG_E_SYNTAX, NULL },
};

static void
test_references(void **state)
{
	const fixture *f = *state;
	size_t cloud = cloud_number(f, "Public");

	for (size_t i = 0; i < TESTING_COUNT(references); i++) {
		const svctag_release_info *info = NULL;
		svctag_detail detail = { "" };
		svctag_error err =
			svctag_catalogue_resolve(f->catalogue, cloud, references[i].reference, &info, &detail);

		if (err != references[i].want)
			fail_msg("\"%s\": %s", references[i].reference, svctag_error_text(err));
		if (err == SVCTAG_OK) {
			assert_string_equal(info->published, references[i].published);
		} else {
			assert_null(info);
			assert_true(detail.text[0] != '\0');
		}
	}
}

/* Every release by its whole digest and by the shortest one, in either letter case. */
static void
test_references_by_digest(void **state)
{
	const fixture *f = *state;
	size_t cloud = cloud_number(f, "Public");

	for (size_t i = 0; i < svctag_catalogue_release_count(f->catalogue, cloud); i++) {
		const svctag_release_info *want = svctag_catalogue_release(f->catalogue, cloud, i), *info = NULL;
		char text[3 + SVCTAG_DIGEST_TEXT_SIZE] = "id:";

		svctag_digest_format(want->digest, text + 3);
		TESTING_OK(svctag_catalogue_resolve(f->catalogue, cloud, text, &info, NULL));
		assert_ptr_equal(info, want);
		text[3 + 6] = '\0';
		for (char *c = text + 3; *c != '\0'; c++)
			if (*c >= 'a')
				*c = (char)(*c - 'a' + 'A');
		info = NULL;
		TESTING_OK(svctag_catalogue_resolve(f->catalogue, cloud, text, &info, NULL));
		assert_ptr_equal(info, want);
	}
}

/* The first release of a cloud has none before it. */
static void
test_previous_of_one(void **state)
{
	const fixture *f = *state;
	const svctag_release_info *info = NULL;

	TESTING_CHECK(svctag_catalogue_resolve(f->catalogue, cloud_number(f, "China"), "previous", &info, NULL),
		      SVCTAG_E_NOT_FOUND);
	assert_null(info);
}

static const struct {
	const char *from;
	const char *to;
	bool gap;
} gaps[] = {
	{ "2024-01-15", "2024-01-22", false }, /* 345, 346 */
	{ "2024-01-22", "2024-02-05", false }, /* 346, 346 */
	{ "2024-01-15", "2024-02-05", false }, /* 345, 346, 346 */
	{ "2024-02-05", "2024-02-12", true },  /* 346, 349 */
	{ "2024-01-15", "2024-02-12", true },  { "2024-01-15", "2024-02-19", true },
	{ "2024-02-12", "2024-02-19", false },                                       /* 349, 350 */
	{ "2024-02-12", "2024-02-12", false }, { "2024-02-20", "2024-02-27", true }, /* 90, 92 of the API */
};

static void
test_gap(void **state)
{
	const fixture *f = *state;
	size_t cloud = cloud_number(f, "Public");

	for (size_t i = 0; i < TESTING_COUNT(gaps); i++) {
		const svctag_release_info *from = NULL, *to = NULL;

		TESTING_OK(svctag_catalogue_resolve(f->catalogue, cloud, gaps[i].from, &from, NULL));
		TESTING_OK(svctag_catalogue_resolve(f->catalogue, cloud, gaps[i].to, &to, NULL));
		if (svctag_catalogue_gap(f->catalogue, from, to) != gaps[i].gap ||
		    svctag_catalogue_gap(f->catalogue, to, from) != gaps[i].gap)
			fail_msg("%s to %s", gaps[i].from, gaps[i].to);
	}
}

/* As far apart as numbers can be. */
static void
test_widest_gap(void **state)
{
	const fixture *f = *state;
	svctag_release_info from = *svctag_catalogue_release(f->catalogue, cloud_number(f, "Public"), 0), to = from;

	from.change_number = INT64_MIN;
	to.change_number = INT64_MAX;
	assert_true(svctag_catalogue_gap(f->catalogue, &from, &to));
	assert_true(svctag_catalogue_gap(f->catalogue, &to, &from));
}

static void
test_snapshot_at(void **state)
{
	const fixture *f = *state;
	svctag_snapshot *snapshot = NULL;
	svctag_detail detail = { "" };

	for (size_t i = 0; i < TESTING_COUNT(references); i++) {
		svctag_error err =
			svctag_store_snapshot_at(f->store, "public", references[i].reference, &snapshot, &detail);

		TESTING_CHECK(err, references[i].want);
		if (err == SVCTAG_OK)
			assert_string_equal(svctag_snapshot_info(snapshot)->published, references[i].published);
		svctag_snapshot_free(snapshot);
		snapshot = NULL;
	}
	TESTING_CHECK(svctag_store_snapshot_at(f->store, "Nowhere", NULL, &snapshot, &detail), SVCTAG_E_NOT_FOUND);
	assert_null(snapshot);
}

static const struct {
	const char *text;
	bool valid;
} days[] = {
	{ "1970-01-01", true },   { "2000-02-29", true },  { "2024-02-29", true },  { "2023-02-29", false },
	{ "1900-02-29", false },  { "2100-02-29", false }, { "2024-04-31", false }, { "2024-12-31", true },
	{ "2024-00-10", false },  { "2024-13-10", false }, { "2024-01-00", false }, { "2024-01-32", false },
	{ "2024-1-1", false },    { "20240101", false },   { "2024/01/01", false }, { "2024-01-01T", false },
	{ " 2024-01-01", false }, { "2024-01-1", false },  { "", false },           { "abcd-ef-gh", false },
	{ "-024-01-01", false },  { "2024-+1-01", false }, { "2024-01- 1", false }, { "9999-12-31", true },
};

static void
test_days(void **state)
{
	char text[SVCTAG_DAY_SIZE];

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(days); i++)
		if (svctag_day_is_valid(days[i].text) != days[i].valid)
			fail_msg("\"%s\"", days[i].text);
	assert_int_equal(svctag_day_number("1970-01-01"), 0);
	assert_int_equal(svctag_day_number("1969-12-31"), -1);
	assert_int_equal(svctag_day_number("2000-03-01"), 11017);
	/* Four centuries and more, one after the other. */
	svctag_day_format(svctag_day_number("1600-01-01"), text);
	assert_string_equal(text, "1600-01-01");
	for (int64_t number = svctag_day_number("1600-01-01"); number <= svctag_day_number("2101-12-31"); number++) {
		char next[SVCTAG_DAY_SIZE];

		svctag_day_format(number, text);
		svctag_day_format(number + 1, next);
		assert_true(svctag_day_is_valid(text));
		assert_true(strcmp(text, next) < 0);
		assert_int_equal(svctag_day_number(text), number);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_find_cloud),
		cmocka_unit_test(test_default_cloud),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_references_by_digest),
		cmocka_unit_test(test_previous_of_one),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_widest_gap),
		cmocka_unit_test(test_snapshot_at),
		cmocka_unit_test(test_days),
	};

	return cmocka_run_group_tests_name("catalogue", tests, setup, teardown);
}
