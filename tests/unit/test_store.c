/*
 * The database file itself: what is opened and what is refused, readers and
 * writers side by side, and noticing commits.
 */
#include "testing.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void
write_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static size_t
read_file(const char *path, char *bytes, size_t room)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	assert_non_null(file);
	size = fread(bytes, 1, room, file);
	assert_int_equal(fclose(file), 0);
	return size;
}

/* Refused in this way, with a reason, and nothing returned. */
static void
assert_refused(const char *path, svctag_store_mode mode, svctag_error want)
{
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	svctag_error err = svctag_store_open(path, mode, &store, &detail);

	if (err != want)
		fail_msg("%s: %s \"%s\", want %s", path, svctag_error_text(err), detail.text, svctag_error_text(want));
	assert_null(store);
	assert_true(detail.text[0] != '\0');
}

static void
test_missing(void **state)
{
	const fixture *f = *state;
	char *inside = testing_path(f->path, "x.db");

	assert_refused(f->path, SVCTAG_STORE_READ, SVCTAG_E_IO);
	assert_int_equal(access(f->path, F_OK), -1); /* reading makes no file */
	assert_refused(inside, SVCTAG_STORE_READ, SVCTAG_E_IO);
	assert_refused(f->folder, SVCTAG_STORE_READ, SVCTAG_E_IO);
	assert_refused(f->folder, SVCTAG_STORE_WRITE, SVCTAG_E_IO);
	assert_refused("", SVCTAG_STORE_READ, SVCTAG_E_IO);
	write_file(f->path, "x", 1);
	assert_refused(inside, SVCTAG_STORE_WRITE, SVCTAG_E_IO); /* a file where a folder is needed */
	free(inside);
	svctag_store_close(NULL);
}

static void
test_folders_are_made(void **state)
{
	const fixture *f = *state;
	char *path = testing_path(f->folder, "a/b/c/svctag.db");
	svctag_store *store = testing_store_open(path, SVCTAG_STORE_WRITE);

	assert_string_equal(svctag_store_path(store), path);
	testing_import_numbered(store, 1);
	svctag_store_close(store);
	free(path);
}

/* Whatever it is, it is not touched. */
static void
check_foreign_file(const char *path, const void *bytes, size_t size)
{
	char after[4096];

	write_file(path, bytes, size);
	assert_refused(path, SVCTAG_STORE_READ, SVCTAG_E_FOREIGN);
	assert_refused(path, SVCTAG_STORE_WRITE, SVCTAG_E_FOREIGN);
	assert_int_equal(read_file(path, after, sizeof(after)), size);
	assert_memory_equal(after, bytes, size);
}

static void
test_files_of_other_kinds(void **state)
{
	const fixture *f = *state;
	char bytes[3000];

	check_foreign_file(f->path, "not a database\n", 15);
	memset(bytes, 0, sizeof(bytes));
	check_foreign_file(f->path, bytes, sizeof(bytes));
	memset(bytes, '{', sizeof(bytes));
	check_foreign_file(f->path, bytes, sizeof(bytes));
	memcpy(bytes, "SQLite format 3", 16); /* the first bytes right, the rest not */
	check_foreign_file(f->path, bytes, sizeof(bytes));
}

static void
test_empty_file(void **state)
{
	const fixture *f = *state;
	svctag_store *store = NULL;
	svctag_error err;

	write_file(f->path, "", 0);
	err = svctag_store_open(f->path, SVCTAG_STORE_READ, &store, NULL);
	assert_true(err == SVCTAG_E_EMPTY || err == SVCTAG_E_FOREIGN);
	assert_null(store);
	/* As a writer it is a new database. */
	store = testing_store_open(f->path, SVCTAG_STORE_WRITE);
	testing_import_numbered(store, 1);
	svctag_store_close(store);
}

static void
test_other_databases(void **state)
{
	static const char *const makes[] = {
		"CREATE TABLE t (x); INSERT INTO t VALUES (1)",
		"PRAGMA application_id = 252006673; CREATE TABLE t (x)",
		"PRAGMA user_version = 1; CREATE TABLE release (x)",
		"PRAGMA application_id = 252006673",
	};
	const fixture *f = *state;

	for (size_t i = 0; i < TESTING_COUNT(makes); i++) {
		char before[20000], after[20000];
		size_t size;

		(void)remove(f->path);
		testing_sql(f->path, makes[i]);
		size = read_file(f->path, before, sizeof(before));
		assert_refused(f->path, SVCTAG_STORE_READ, SVCTAG_E_FOREIGN);
		assert_refused(f->path, SVCTAG_STORE_WRITE, SVCTAG_E_FOREIGN);
		assert_int_equal(read_file(f->path, after, sizeof(after)), size);
		assert_memory_equal(after, before, size);
	}
}

static void
test_other_versions(void **state)
{
	const fixture *f = *state;
	svctag_store *store = testing_store_open(f->path, SVCTAG_STORE_WRITE);
	char sql[64];

	testing_import_numbered(store, 1);
	svctag_store_close(store);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SVCTAG_SCHEMA_VERSION + 1);
	testing_sql(f->path, sql);
	assert_refused(f->path, SVCTAG_STORE_READ, SVCTAG_E_FOREIGN);
	assert_refused(f->path, SVCTAG_STORE_WRITE, SVCTAG_E_FOREIGN);
	testing_sql(f->path, "PRAGMA user_version = -1");
	assert_refused(f->path, SVCTAG_STORE_WRITE, SVCTAG_E_FOREIGN);
	/* Brought back, it is whole. */
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SVCTAG_SCHEMA_VERSION);
	testing_sql(f->path, sql);
	store = testing_store_open(f->path, SVCTAG_STORE_READ);
	assert_int_equal(testing_release_count(store), 1);
	svctag_store_close(store);
}

/* A name is a name, never a URI or a pattern. */
static void
test_odd_names(void **state)
{
	static const char *const odd[] = { "file:x.db", "file:memory.db?mode=memory", ":memory:", "a%20b?c#d.db",
					   "file:///nowhere/x.db" };
	const fixture *f = *state;
	char here[4096];

	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(f->folder), 0);
	for (size_t i = 0; i < TESTING_COUNT(odd); i++) {
		svctag_store *store = testing_store_open(odd[i], SVCTAG_STORE_WRITE);

		testing_import_numbered(store, 1);
		svctag_store_close(store);
		assert_int_equal(access(odd[i], F_OK), 0);
		store = testing_store_open(odd[i], SVCTAG_STORE_READ);
		assert_int_equal(testing_release_count(store), 1);
		assert_string_equal(svctag_store_path(store), odd[i]);
		svctag_store_close(store);
	}
	assert_int_equal(chdir(here), 0);
}

/* Without a right to write, writing fails with a reason, and so does reading a WAL database without its files. */
static void
test_folder_without_rights(void **state)
{
	const fixture *f = *state;
	svctag_store *store = testing_store_open(f->path, SVCTAG_STORE_WRITE);
	char *other = testing_path(f->folder, "other.db");
	svctag_detail detail = { "" };
	uid_t user = geteuid();
	svctag_error err;

	testing_import_numbered(store, 1);
	svctag_store_close(store);
	assert_int_equal(chmod(f->path, 0444), 0);
	assert_int_equal(chmod(f->folder, 0555), 0);
	/* Nothing is forbidden to root. */
	if (user == 0 && seteuid(65534) != 0)
		skip();
	assert_refused(other, SVCTAG_STORE_WRITE, SVCTAG_E_IO);
	store = NULL;
	err = svctag_store_open(f->path, SVCTAG_STORE_WRITE, &store, &detail);
	assert_true(err == SVCTAG_E_IO || err == SVCTAG_E_DATABASE);
	assert_null(store);
	err = svctag_store_open(f->path, SVCTAG_STORE_READ, &store, &detail);
	if (err == SVCTAG_OK)
		assert_int_equal(testing_release_count(store), 1);
	else
		assert_true(detail.text[0] != '\0');
	svctag_store_close(store);
	if (user == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(f->folder, 0755), 0);
	free(other);
}

static void
test_readers_never_write(void **state)
{
	const fixture *f = *state;
	svctag_store *writer = testing_store_open(f->path, SVCTAG_STORE_WRITE), *reader;
	svctag_release *release = testing_numbered(2);
	svctag_import import = { .cloud = "Public", .published = "2024-05-01", .source = "file", .release = release };
	svctag_import_result result;
	svctag_release_info info;
	svctag_detail detail = { "" };
	svctag_catalogue *catalogue;

	testing_import_numbered(writer, 1);
	reader = testing_store_open(f->path, SVCTAG_STORE_READ);
	TESTING_CHECK(svctag_store_import(reader, &import, &result, &info, &detail), SVCTAG_E_INVALID);
	assert_true(detail.text[0] != '\0');
	catalogue = testing_catalogue(reader);
	TESTING_CHECK(svctag_store_forget(reader, svctag_catalogue_release(catalogue, 0, 0), NULL), SVCTAG_E_INVALID);
	assert_int_equal(testing_release_count(reader), 1);
	TESTING_OK(svctag_store_check(reader, NULL));
	svctag_catalogue_free(catalogue);
	svctag_release_free(release);
	svctag_store_close(reader);
	svctag_store_close(writer);
}

static void
test_one_state(void **state)
{
	const fixture *f = *state;
	svctag_store *writer = testing_store_open(f->path, SVCTAG_STORE_WRITE), *reader;
	svctag_catalogue *catalogue;
	svctag_snapshot *snapshot = NULL;
	svctag_release *old = NULL;

	testing_import_numbered(writer, 1);
	reader = testing_store_open(f->path, SVCTAG_STORE_READ);
	TESTING_OK(svctag_store_begin_read(reader, NULL));
	catalogue = testing_catalogue(reader);
	testing_import_numbered(writer, 2);
	/* The newest is still the one before, index and all; nested pairs change nothing. */
	TESTING_OK(svctag_store_begin_read(reader, NULL));
	assert_int_equal(testing_release_count(reader), 1);
	svctag_store_end_read(reader);
	TESTING_OK(svctag_store_snapshot_at(reader, NULL, "latest", &snapshot, NULL));
	assert_int_equal(svctag_snapshot_info(snapshot)->change_number, 101);
	svctag_snapshot_free(snapshot);
	TESTING_OK(svctag_store_forget(writer, svctag_catalogue_release(catalogue, 0, 0), NULL));
	TESTING_OK(svctag_store_content(reader, svctag_catalogue_release(catalogue, 0, 0), &old, NULL));
	svctag_release_free(old);
	svctag_store_end_read(reader);
	/* And now it is another. */
	assert_int_equal(testing_release_count(reader), 1);
	TESTING_OK(svctag_store_snapshot_at(reader, NULL, "latest", &snapshot, NULL));
	assert_int_equal(svctag_snapshot_info(snapshot)->change_number, 102);
	svctag_snapshot_free(snapshot);
	svctag_catalogue_free(catalogue);
	svctag_store_close(reader);
	svctag_store_close(writer);
}

static void
assert_poll(svctag_store *store, bool want_changed, bool want_replaced)
{
	bool changed = !want_changed, replaced = !want_replaced;

	TESTING_OK(svctag_store_poll(store, &changed, &replaced, NULL));
	assert_int_equal(changed, want_changed);
	assert_int_equal(replaced, want_replaced);
}

static void
test_poll(void **state)
{
	const fixture *f = *state;
	svctag_store *writer = testing_store_open(f->path, SVCTAG_STORE_WRITE), *reader;
	char *other = testing_path(f->folder, "other.db");
	bool changed = false, replaced = false;

	testing_import_numbered(writer, 1);
	reader = testing_store_open(f->path, SVCTAG_STORE_READ);
	assert_poll(reader, false, false);
	testing_import_numbered(writer, 2);
	assert_poll(reader, true, false);
	assert_poll(reader, false, false); /* said once */
	svctag_store_close(writer);
	/* Another file under the name. */
	writer = testing_store_open(other, SVCTAG_STORE_WRITE);
	testing_import_numbered(writer, 3);
	svctag_store_close(writer);
	assert_int_equal(rename(other, f->path), 0);
	assert_poll(reader, true, true);
	/* No file at all: an error, not "nothing new". */
	assert_int_equal(remove(f->path), 0);
	TESTING_CHECK(svctag_store_poll(reader, &changed, &replaced, NULL), SVCTAG_E_IO);
	svctag_store_close(reader);
	free(other);
}

/* Holds the write lock for a moment. */
static void *
hold_lock(void *path)
{
	sqlite3 *db = NULL;
	bool ok = sqlite3_open(path, &db) == SQLITE_OK &&
		  sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;

	usleep(200000);
	sqlite3_close(db);
	return ok ? path : NULL;
}

static void
test_writer_waits(void **state)
{
	const fixture *f = *state;
	svctag_store *store = testing_store_open(f->path, SVCTAG_STORE_WRITE);
	pthread_t holder;
	void *held = NULL;

	testing_import_numbered(store, 1);
	assert_int_equal(pthread_create(&holder, NULL, hold_lock, f->path), 0);
	usleep(50000);
	testing_import_numbered(store, 2);
	assert_int_equal(pthread_join(holder, &held), 0);
	assert_non_null(held);
	assert_int_equal(testing_release_count(store), 2);
	svctag_store_close(store);
}

#define WRITERS 3
#define IMPORTS 12

typedef struct job {
	const char *path;
	unsigned int number;
	svctag_release *releases[IMPORTS];
	size_t imported;
	svctag_error err; /* the first that is not to be */
	svctag_detail detail;
} job;

/* Opens the (perhaps not yet existing) database and imports; cmocka is the main thread's. */
static void *
write_alongside(void *context)
{
	job *j = context;
	svctag_store *store = NULL;

	/* While another one makes the file, "busy" is an answer too. */
	for (int attempt = 0; attempt < 100; attempt++) {
		j->err = svctag_store_open(j->path, SVCTAG_STORE_WRITE, &store, &j->detail);
		if (j->err != SVCTAG_E_BUSY)
			break;
		usleep(20000);
	}
	if (j->err != SVCTAG_OK)
		return NULL;
	for (unsigned int i = 0; i < IMPORTS; i++) {
		char published[SVCTAG_DAY_SIZE];
		svctag_import import = {
			.cloud = "Public", .published = published, .source = "file", .release = j->releases[i]
		};
		svctag_import_result result;
		svctag_release_info info;
		svctag_error err;

		svctag_day_format(svctag_day_number("2024-01-01") + (int64_t)i * WRITERS + j->number, published);
		err = svctag_store_import(store, &import, &result, &info, &j->detail);
		j->imported += err == SVCTAG_OK;
		if (err != SVCTAG_OK && err != SVCTAG_E_BUSY && j->err == SVCTAG_OK)
			j->err = err;
	}
	svctag_store_close(store);
	return NULL;
}

static void
test_writers_side_by_side(void **state)
{
	const fixture *f = *state;
	pthread_t threads[WRITERS];
	job jobs[WRITERS] = { 0 };
	size_t imported = 0;
	svctag_store *store;
	svctag_catalogue *catalogue;

	for (unsigned int i = 0; i < WRITERS; i++) {
		jobs[i].path = f->path;
		jobs[i].number = i;
		for (unsigned int n = 0; n < IMPORTS; n++)
			jobs[i].releases[n] = testing_numbered(n * WRITERS + i);
		assert_int_equal(pthread_create(&threads[i], NULL, write_alongside, &jobs[i]), 0);
	}
	for (unsigned int i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		if (jobs[i].err != SVCTAG_OK)
			fail_msg("writer %u: %s: %s", i, svctag_error_text(jobs[i].err), jobs[i].detail.text);
		imported += jobs[i].imported;
		for (unsigned int n = 0; n < IMPORTS; n++)
			svctag_release_free(jobs[i].releases[n]);
	}
	store = testing_store_open(f->path, SVCTAG_STORE_READ);
	TESTING_OK(svctag_store_check(store, NULL));
	catalogue = testing_catalogue(store);
	assert_int_equal(svctag_catalogue_release_count(catalogue, 0), imported);
	for (size_t i = 0; i < imported; i++) {
		svctag_release *got = NULL;

		TESTING_OK(svctag_store_content(store, svctag_catalogue_release(catalogue, 0, i), &got, NULL));
		svctag_release_free(got);
	}
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
}

int
main(void)
{
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_missing),
		STORE_TEST(test_folders_are_made),
		STORE_TEST(test_files_of_other_kinds),
		STORE_TEST(test_empty_file),
		STORE_TEST(test_other_databases),
		STORE_TEST(test_other_versions),
		STORE_TEST(test_odd_names),
		STORE_TEST(test_folder_without_rights),
		STORE_TEST(test_readers_never_write),
		STORE_TEST(test_one_state),
		STORE_TEST(test_poll),
		STORE_TEST(test_writer_waits),
		STORE_TEST(test_writers_side_by_side),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
