/*
 * What may be imported: names and days that are sound, and what the gate lets
 * in. And what becomes of an index that another version has stored.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

typedef struct fixture {
	char *folder;
	char *path;
} fixture;

static int
setup(void **state)
{
	fixture *f = testing_allocate(1, sizeof(*f));

	f->folder = testing_folder_new();
	f->path = testing_path(f->folder, "svctag.db");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	fixture *f = *state;

	free(f->path);
	testing_folder_remove(f->folder);
	free(f);
	return 0;
}

static const struct {
	const char *cloud;
	const char *published;
	const char *source;
} bad_imports[] = {
	{ NULL, "2024-01-01", "file" },
	{ "", "2024-01-01", "file" },
	{ "Pub lic", "2024-01-01", "file" },
	{ "Public\n", "2024-01-01", "file" },
	{ "Pub/lic", "2024-01-01", "file" },
	{ "\xc3\x9c", "2024-01-01", "file" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "2024-01-01", "file" }, /* 65 */
	{ "Public", NULL, "file" },
	{ "Public", "2024-02-30", "file" },
	{ "Public", "20240101", "file" },
	{ "Public", "2024-01-01", NULL },
	{ "Public", "2024-01-01", "" },
	{ "Public", "2024-01-01", "File" },
	{ "Public", "2024-01-01", "aaaaaaaaaaaaaaaaa" }, /* 17 */
};

static void
test_bad_imports(void **state)
{
	const fixture *f = *state;
	svctag_store *store = testing_store_open(f->path, SVCTAG_STORE_WRITE);
	svctag_release *release = testing_numbered(1);

	for (size_t i = 0; i < TESTING_COUNT(bad_imports); i++) {
		svctag_import import = { .cloud = bad_imports[i].cloud,
					 .published = bad_imports[i].published,
					 .source = bad_imports[i].source,
					 .release = release };
		svctag_import_result result = SVCTAG_IMPORT_MOVED;
		svctag_release_info info = { .id = 77 };
		svctag_detail detail = { "" };

		TESTING_CHECK(svctag_store_import(store, &import, &result, &info, &detail), SVCTAG_E_INVALID);
		assert_int_equal(result, SVCTAG_IMPORT_MOVED);
		assert_int_equal(info.id, 77);
		assert_true(detail.text[0] != '\0');
	}
	assert_int_equal(testing_release_count(store), 0);
	svctag_release_free(release);
	svctag_store_close(store);
}

/* What the gate saw, and what it shall say. */
typedef struct gate_record {
	int calls;
	int64_t previous; /* change number, -1 for none */
	svctag_error answer;
	const char *warnings;
	bool forced;
} gate_record;

static svctag_error
record_gate(void *context, const svctag_release_info *previous_info, const svctag_release *previous,
	    const char *published, const svctag_release *next, char **ret_warnings, bool *ret_forced,
	    svctag_detail *detail)
{
	gate_record *record = context;

	record->calls++;
	record->previous = previous_info != NULL ? previous_info->change_number : -1;
	assert_int_equal(previous_info == NULL, previous == NULL);
	if (previous != NULL && previous_info != NULL)
		assert_int_equal(svctag_release_change_number(previous), previous_info->change_number);
	assert_non_null(published);
	assert_non_null(next);
	if (record->warnings != NULL)
		*ret_warnings = strdup(record->warnings);
	*ret_forced = record->forced;
	if (record->answer != SVCTAG_OK)
		svctag_detail_set(detail, "not like this");
	return record->answer;
}

static svctag_error
import_gated(svctag_store *store, unsigned int number, const char *published, const char *source, gate_record *record,
	     svctag_detail *detail)
{
	svctag_release *release = testing_numbered(number);
	svctag_import import = { .cloud = "Public",
				 .published = published,
				 .source = source,
				 .release = release,
				 .gate = record_gate,
				 .gate_context = record };
	svctag_import_result result;
	svctag_release_info info;
	svctag_error err = svctag_store_import(store, &import, &result, &info, detail);

	svctag_release_free(release);
	return err;
}

static void
test_gate_sees_the_release_before(void **state)
{
	const fixture *f = *state;
	svctag_store *store = testing_store_open(f->path, SVCTAG_STORE_WRITE);
	gate_record record = { .answer = SVCTAG_OK };

	TESTING_OK(import_gated(store, 1, "2024-03-01", "file", &record, NULL));
	assert_int_equal(record.previous, -1);
	TESTING_OK(import_gated(store, 3, "2024-03-15", "file", &record, NULL));
	assert_int_equal(record.previous, 101);
	TESTING_OK(import_gated(store, 2, "2024-03-08", "file", &record, NULL)); /* between the two */
	assert_int_equal(record.previous, 101);
	TESTING_OK(import_gated(store, 0, "2024-02-01", "file", &record, NULL)); /* before all */
	assert_int_equal(record.previous, -1);
	TESTING_OK(import_gated(store, 7, "2024-03-20", "api", &record, NULL)); /* nothing of its source: the nearest */
	assert_int_equal(record.previous, 103);
	TESTING_OK(import_gated(store, 4, "2024-03-22", "file", &record, NULL)); /* past the other source's */
	assert_int_equal(record.previous, 103);
	TESTING_OK(import_gated(store, 8, "2024-03-27", "api", &record, NULL));
	assert_int_equal(record.previous, 107);
	assert_int_equal(record.calls, 7);
	/* What changes nothing is not judged. */
	TESTING_OK(import_gated(store, 8, "2024-03-27", "api", &record, NULL));
	TESTING_OK(import_gated(store, 8, "2024-03-28", "api", &record, NULL));
	assert_int_equal(record.calls, 7);
	svctag_store_close(store);
}

static void
test_gate_refuses(void **state)
{
	const fixture *f = *state;
	svctag_store *store = testing_store_open(f->path, SVCTAG_STORE_WRITE);
	gate_record record = { .answer = SVCTAG_E_IMPLAUSIBLE, .warnings = "lost\n" };
	svctag_detail detail = { "" };
	svctag_catalogue *catalogue;

	TESTING_CHECK(import_gated(store, 1, "2024-03-01", "file", &record, &detail), SVCTAG_E_IMPLAUSIBLE);
	assert_string_equal(detail.text, "not like this");
	catalogue = testing_catalogue(store);
	assert_int_equal(svctag_catalogue_cloud_count(catalogue), 0); /* not even the cloud is left */
	svctag_catalogue_free(catalogue);
	testing_import_numbered(store, 1); /* no lock is left either */
	TESTING_CHECK(import_gated(store, 2, "2024-03-08", "file", &record, &detail), SVCTAG_E_IMPLAUSIBLE);
	assert_int_equal(testing_release_count(store), 1);
	svctag_store_close(store);
}

static void
test_gate_is_recorded(void **state)
{
	const fixture *f = *state;
	svctag_store *store = testing_store_open(f->path, SVCTAG_STORE_WRITE);
	gate_record record = { .answer = SVCTAG_OK,
			       .warnings = "Sql lost a half\nStorage lost a third",
			       .forced = true };
	svctag_catalogue *catalogue;
	const svctag_release_info *info;

	TESTING_OK(import_gated(store, 1, "2024-03-01", "api", &record, NULL));
	catalogue = testing_catalogue(store);
	info = svctag_catalogue_release(catalogue, 0, 0);
	assert_true(info->forced);
	assert_string_equal(info->warnings, "Sql lost a half\nStorage lost a third");
	assert_string_equal(info->source, "api");
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
}

/* What the stored index says of its format: the number at byte 12, here of a machine with little end first. */
static int64_t
stored_format(const char *path)
{
	return testing_sql_number(path, "SELECT unicode(substr(data, 13, 1)) FROM release_index");
}

/* A database of another version: readers compile the release and say nothing; any import stores it anew. */
static void
test_index_of_another_format(void **state)
{
	const fixture *f = *state;
	static const char *const days[] = { "2024-01-01" /* unchanged */, "2023-01-01" /* an older release */ };
	svctag_release *old = testing_numbered(0), *new = testing_numbered(1);

	for (size_t i = 0; i < TESTING_COUNT(days); i++) {
		svctag_store *store = testing_store_open(f->path, SVCTAG_STORE_WRITE);
		svctag_snapshot *before = NULL, *after = NULL;
		svctag_detail detail = { "untouched" };

		(void)testing_import(store, "Public", "2024-01-01", new);
		testing_sql(f->path, "UPDATE release_index SET data = CAST(substr(data, 1, 12) || x'01000000' || "
				     "substr(data, 17) AS BLOB)");
		assert_int_equal(stored_format(f->path), 1);
		TESTING_OK(svctag_store_snapshot_at(store, "Public", "latest", &before, &detail));
		assert_string_equal(detail.text, "untouched");
		assert_int_equal(stored_format(f->path), 1);

		(void)testing_import(store, "Public", days[i], i == 0 ? new : old);
		assert_int_equal(stored_format(f->path), SVCTAG_INDEX_FORMAT);
		TESTING_OK(svctag_store_snapshot_at(store, "Public", "latest", &after, NULL));
		assert_memory_equal(svctag_index_digest(svctag_snapshot_index(before)),
				    svctag_index_digest(svctag_snapshot_index(after)), SVCTAG_DIGEST_SIZE);
		TESTING_OK(svctag_store_check_index(store, svctag_snapshot_info(after), NULL));
		svctag_snapshot_free(before);
		svctag_snapshot_free(after);
		svctag_store_close(store);
	}
	svctag_release_free(old);
	svctag_release_free(new);
}

int
main(void)
{
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_bad_imports),
		STORE_TEST(test_gate_sees_the_release_before),
		STORE_TEST(test_gate_refuses),
		STORE_TEST(test_gate_is_recorded),
		STORE_TEST(test_index_of_another_format),
	};

	return cmocka_run_group_tests_name("store import", tests, NULL, NULL);
}
