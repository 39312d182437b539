/*
 * Databases that version 1 made, with a row for each span: readers say what is
 * to be done, and the next import brings them up to date, or leaves them as
 * they were.
 */
#include "stored_tags.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <svctag/hmac.h>

#include "migrations.h"

#define CLOUDS ((size_t)2)
#define RELEASES ((size_t)7) /* of each cloud */
#define ALL (CLOUDS * RELEASES)
#define TAGS 8U

/* Bytes of one page of the database. */
#define PAGE 8192

typedef struct fixture {
	char *folder;
	char *current; /* made by this version */
	char *earlier; /* the same, as version 1 would have made it */
	svctag_release *contents[CLOUDS][RELEASES];
} fixture;

static const char *const clouds[CLOUDS] = { "Public", "China" };

/* All tables of version 1, in a fixed order of rows. */
static const char *const tables[] = {
	"SELECT * FROM cloud ORDER BY id",
	"SELECT * FROM release ORDER BY id",
	"SELECT * FROM sighting ORDER BY release_id, published",
	"SELECT * FROM tag ORDER BY id",
	"SELECT * FROM tag_span ORDER BY tag_id, first",
	"SELECT * FROM prefix_span ORDER BY tag_id, prefix, first",
	"SELECT * FROM release_index ORDER BY cloud_id",
	"SELECT * FROM seal",
	"SELECT * FROM validator ORDER BY url",
	"SELECT name, sql FROM sqlite_schema ORDER BY name",
	"SELECT application_id, user_version FROM pragma_application_id, pragma_user_version",
};

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return statement;
}

static void
execute(sqlite3_stmt *statement)
{
	assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

/* NULL: it still holds. */
static void
bind_ends(sqlite3_stmt *insert, int column, int64_t first, int64_t until)
{
	sqlite3_bind_int64(insert, column, first);
	if (until != SPAN_OPEN)
		sqlite3_bind_int64(insert, column + 1, until);
}

static void
insert_properties(sqlite3_stmt *insert, const stored_tag *tag)
{
	for (size_t i = 0; i < tag->properties.count; i++) {
		const struct property_span *span = &tag->properties.items[i];
		const svctag_properties *p = &span->properties;

		sqlite3_bind_int64(insert, 1, tag->id);
		bind_ends(insert, 2, span->first, span->until);
		sqlite3_bind_int64(insert, 4, p->change_number);
		sqlite3_bind_text(insert, 5, p->region, -1, SQLITE_STATIC);
		if (p->has_region_id)
			sqlite3_bind_int(insert, 6, p->region_id);
		sqlite3_bind_text(insert, 7, p->platform, -1, SQLITE_STATIC);
		sqlite3_bind_text(insert, 8, p->system_service, -1, SQLITE_STATIC);
		sqlite3_bind_text(insert, 9, p->network_features, -1, SQLITE_STATIC);
		execute(insert);
	}
}

static void
insert_prefixes(sqlite3_stmt *insert, const stored_tag *tag)
{
	for (size_t i = 0; i < tag->prefixes.count; i++) {
		const struct span *span = &tag->prefixes.items[i];
		size_t size = SVCTAG_FAMILY_BYTES(span->prefix.family);
		uint8_t key[18];

		key[0] = span->prefix.family;
		memcpy(key + 1, span->prefix.bytes, size);
		key[1 + size] = span->prefix.length;
		sqlite3_bind_int64(insert, 1, tag->id);
		sqlite3_bind_blob(insert, 2, key, (int)size + 2, SQLITE_STATIC);
		bind_ends(insert, 3, span->first, span->until);
		execute(insert);
	}
}

static void
insert_spans(const fixture *f)
{
	stored_tags tags = stored_tags_read(f->current);
	sqlite3_stmt *properties;
	sqlite3_stmt *prefixes;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(f->earlier, &db), SQLITE_OK);
	properties = prepare(db, "INSERT INTO tag_span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	prefixes = prepare(db, "INSERT INTO prefix_span VALUES (?, ?, ?, ?)");
	assert_int_equal(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
	for (size_t i = 0; i < tags.count; i++) {
		insert_properties(properties, &tags.list[i]);
		insert_prefixes(prefixes, &tags.list[i]);
	}
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_finalize(properties);
	sqlite3_finalize(prefixes);
	sqlite3_close(db);
	stored_tags_free(&tags);
}

/* Version 1's: of every column its type and length, then its bytes, numbers in decimal. */
static void
seal_version_1(const fixture *f)
{
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);
	sqlite3 *db = NULL;
	sqlite3_stmt *rows;
	sqlite3_stmt *insert;

	assert_non_null(out);
	assert_int_equal(sqlite3_open(f->earlier, &db), SQLITE_OK);
	rows = prepare(db, "SELECT r.id, r.position, c.name, r.change_number, r.digest, r.tag_count, r.prefix_count, "
			   "r.unique_prefix_count, r.addresses_ipv4, r.addresses_ipv6, s.published, s.source, "
			   "s.imported_at, s.forced, s.warnings FROM release r JOIN cloud c ON c.id = r.cloud_id "
			   "JOIN sighting s ON s.release_id = r.id ORDER BY c.id, r.position, s.published");
	while (sqlite3_step(rows) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(rows); i++) {
			int64_t head[2] = { sqlite3_column_type(rows, i) };
			const void *text = sqlite3_column_text(rows, i);

			head[1] = sqlite3_column_bytes(rows, i);
			fwrite(head, sizeof(head), 1, out);
			fwrite(text, 1, (size_t)head[1], out);
		}
	assert_int_equal(fclose(out), 0);
	svctag_sha256(bytes, size, digest);
	insert = prepare(db, "INSERT INTO seal VALUES (1, ?)");
	sqlite3_bind_blob(insert, 1, digest, sizeof(digest), SQLITE_STATIC);
	execute(insert);
	sqlite3_finalize(rows);
	sqlite3_finalize(insert);
	sqlite3_close(db);
	free(bytes);
}

/* What version 1 would have written. */
static void
write_version_1(const fixture *f)
{
	char copy[1024];

	testing_sql(f->earlier, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL");
	testing_sql(f->earlier, svctag_migrations[0]);
	snprintf(copy, sizeof(copy),
		 "ATTACH '%s' AS new; INSERT INTO cloud SELECT * FROM new.cloud; "
		 "INSERT INTO release SELECT * FROM new.release; INSERT INTO sighting SELECT * FROM new.sighting; "
		 "INSERT INTO tag SELECT id, cloud_id, name FROM new.tag; "
		 "INSERT INTO release_index SELECT * FROM new.release_index; "
		 "INSERT INTO validator VALUES ('https://example.com/', '\"1\"', '', zeroblob(32)); "
		 "PRAGMA application_id = 0x73766374; PRAGMA user_version = 1;",
		 f->current);
	testing_sql(f->earlier, copy);
	insert_spans(f);
	seal_version_1(f);
}

/* Tags come and go and change in every property; their prefixes do, too. */
static svctag_release *
random_content(testing_random *random, int64_t change_number)
{
	static const testing_space spaces[] = { { "10.0.0.0/24", 29, 32 }, { "2603:1030::/120", 125, 128 } };
	static const char *const texts[] = { NULL, "", "Azure", "API,NSG" };
	svctag_release_builder *builder = testing_builder(change_number);

	for (size_t t = 0; t < TAGS; t++) {
		svctag_properties properties = testing_properties("", "");
		char name[16];

		if (testing_below(random, 4) == 0)
			continue;
		snprintf(name, sizeof(name), "Tag%zu", t);
		properties.name = name;
		properties.change_number = (int64_t)testing_below(random, 2);
		properties.region = testing_below(random, 2) == 0 ? "" : "eastus";
		properties.has_region_id = testing_below(random, 2) == 0;
		properties.region_id = properties.has_region_id ? (int32_t)testing_below(random, 3) - 1 : 0;
		properties.platform = texts[testing_below(random, TESTING_COUNT(texts))];
		properties.network_features = texts[testing_below(random, TESTING_COUNT(texts))];
		TESTING_OK(svctag_release_builder_add_tag(builder, &properties));
		for (size_t n = testing_below(random, 12); n > 0; n--) {
			svctag_prefix prefix = testing_random_prefix(random, &spaces[n % 2]);

			testing_add_prefix(builder, &prefix);
		}
	}
	return testing_finish(builder);
}

/* Days in any order, which leaves positions that are negative or between others. */
static int
setup(void **state)
{
	static const size_t order[RELEASES] = { 3, 4, 1, 6, 5, 0, 2 };
	fixture *f = testing_allocate(1, sizeof(*f));
	testing_random random;
	svctag_store *store;

	testing_random_begin(&random);
	f->folder = testing_folder_new();
	f->current = testing_path(f->folder, "current.db");
	f->earlier = testing_path(f->folder, "earlier.db");
	for (size_t i = 0; i < ALL; i++)
		f->contents[i % CLOUDS][i / CLOUDS] = random_content(&random, 100 + (int64_t)i);
	store = testing_store_open(f->current, SVCTAG_STORE_WRITE);
	for (size_t i = 0; i < ALL; i++) {
		size_t release = order[i / CLOUDS];
		char day[SVCTAG_DAY_SIZE];

		svctag_day_format(svctag_day_number("2024-01-01") + (int64_t)release, day);
		testing_import(store, clouds[i % CLOUDS], day, f->contents[i % CLOUDS][release]);
	}
	svctag_store_close(store);
	write_version_1(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	fixture *f = *state;

	for (size_t i = 0; i < ALL; i++)
		svctag_release_free(f->contents[i % CLOUDS][i / CLOUDS]);
	free(f->current);
	free(f->earlier);
	testing_folder_remove(f->folder);
	free(f);
	return 0;
}

static void
print_row(sqlite3_stmt *row, FILE *out)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const void *bytes = sqlite3_column_blob(row, i);
		size_t size = (size_t)sqlite3_column_bytes(row, i);

		fprintf(out, "%d %zu ", sqlite3_column_type(row, i), size);
		if (size > 0)
			fwrite(bytes, 1, size, out);
	}
	fputc('\n', out);
}

/* Every byte of every row that can be read; the caller frees it. */
static char *
all_rows(const char *path, size_t *ret_size)
{
	sqlite3 *db = NULL;
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);

	assert_non_null(out);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (size_t i = 0; i < TESTING_COUNT(tables); i++) {
		sqlite3_stmt *rows = prepare(db, tables[i]);
		int code;

		while ((code = sqlite3_step(rows)) == SQLITE_ROW)
			print_row(rows, out);
		fprintf(out, "%d\n", code);
		sqlite3_finalize(rows);
	}
	sqlite3_close(db);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void
assert_refused(const char *path, svctag_store_mode mode, svctag_error want, const char *why)
{
	svctag_store *store = NULL;
	svctag_detail detail = { "" };

	TESTING_CHECK(svctag_store_open(path, mode, &store, &detail), want);
	if (strstr(detail.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", detail.text, why);
	/* And without anybody to tell it to. */
	TESTING_CHECK(svctag_store_open(path, mode, &store, NULL), want);
	assert_null(store);
}

static void
assert_contents(const fixture *f, svctag_store *store)
{
	svctag_catalogue *catalogue = testing_catalogue(store);
	svctag_detail detail = { "" };

	for (size_t c = 0; c < CLOUDS; c++) {
		size_t cloud = 0;

		TESTING_OK(svctag_catalogue_find_cloud(catalogue, clouds[c], &cloud, &detail));
		assert_int_equal(svctag_catalogue_release_count(catalogue, cloud), RELEASES);
		for (size_t i = 0; i < RELEASES; i++) {
			const svctag_release_info *info = svctag_catalogue_release(catalogue, cloud, i);
			svctag_release *content = NULL;

			assert_memory_equal(info->digest, svctag_release_digest(f->contents[c][i]), SVCTAG_DIGEST_SIZE);
			TESTING_OK(svctag_store_content(store, info, &content, &detail));
			assert_true(testing_same_release(content, f->contents[c][i]));
			svctag_release_free(content);
		}
		TESTING_OK(svctag_store_check_index(store, svctag_catalogue_release(catalogue, cloud, RELEASES - 1),
						    &detail));
	}
	if (svctag_store_check(store, &detail) != SVCTAG_OK)
		fail_msg("%s", detail.text);
	svctag_catalogue_free(catalogue);
}

/* The lists are, byte by byte, those that this version would have made. */
static void
assert_same_lists(const fixture *f)
{
	stored_tags got = stored_tags_read(f->earlier);
	stored_tags want = stored_tags_read(f->current);

	assert_int_equal(got.count, want.count);
	for (size_t i = 0; i < got.count; i++) {
		const stored_tag *a = &got.list[i];
		const stored_tag *b = &want.list[i];

		assert_int_equal(a->id, b->id);
		assert_int_equal(a->cloud_id, b->cloud_id);
		assert_string_equal(a->name, b->name);
		for (size_t n = 0; n < 2; n++) {
			assert_int_equal(a->sizes[n], b->sizes[n]);
			if (a->sizes[n] > 0)
				assert_memory_equal(a->bytes[n], b->bytes[n], a->sizes[n]);
		}
	}
	stored_tags_free(&got);
	stored_tags_free(&want);
}

static void
test_upgrade(void **state)
{
	const fixture *f = *state;
	svctag_store *store;

	assert_refused(f->earlier, SVCTAG_STORE_READ, SVCTAG_E_FOREIGN,
		       "has schema version 1; the next import brings it to 2");
	svctag_store_close(testing_store_open(f->earlier, SVCTAG_STORE_WRITE));
	assert_int_equal(testing_sql_number(f->earlier, "PRAGMA user_version"), SVCTAG_SCHEMA_VERSION);
	assert_int_equal(testing_sql_number(f->earlier, "PRAGMA application_id"), 0x73766374);
	assert_int_equal(testing_sql_number(f->earlier, "SELECT count(*) FROM sqlite_schema WHERE name IN "
							"('tag_span', 'prefix_span')"),
			 0);
	assert_int_equal(testing_sql_number(f->earlier, "SELECT count(*) FROM validator"), 1);
	assert_same_lists(f);
	store = testing_store_open(f->earlier, SVCTAG_STORE_READ);
	assert_contents(f, store);
	svctag_store_close(store);
}

/* Once upgraded, releases enter it and leave it. */
static void
test_goes_on(void **state)
{
	const fixture *f = *state;
	svctag_store *store = testing_store_open(f->earlier, SVCTAG_STORE_WRITE);
	svctag_catalogue *catalogue;
	size_t cloud = 0;

	/* Between others, and after all of them: what the other cloud has. */
	assert_int_equal(testing_import(store, clouds[0], "2024-01-04", f->contents[1][0]), SVCTAG_IMPORT_ADDED);
	assert_int_equal(testing_import(store, clouds[0], "2024-02-01", f->contents[1][1]), SVCTAG_IMPORT_ADDED);
	for (size_t i = 0; i < 2; i++) {
		catalogue = testing_catalogue(store);
		TESTING_OK(svctag_catalogue_find_cloud(catalogue, clouds[0], &cloud, NULL));
		for (size_t n = 0; n < svctag_catalogue_release_count(catalogue, cloud); n++) {
			const svctag_release_info *info = svctag_catalogue_release(catalogue, cloud, n);

			if (memcmp(info->digest, svctag_release_digest(f->contents[1][i]), SVCTAG_DIGEST_SIZE) == 0)
				TESTING_OK(svctag_store_forget(store, info, NULL));
		}
		svctag_catalogue_free(catalogue);
	}
	assert_contents(f, store);
	svctag_store_close(store);
	assert_same_lists(f);
}

/* Rows that version 1 never wrote. */
static const struct {
	const char *sql;
	const char *why;
} damages[] = {
	{ "INSERT INTO prefix_span SELECT tag_id, prefix, first + 1, until FROM prefix_span LIMIT 1", "overlap" },
	{ "INSERT INTO prefix_span SELECT tag_id, prefix, first - 2, first - 1 FROM prefix_span LIMIT 1; "
	  "UPDATE prefix_span SET until = until + 1 WHERE until - first = 1",
	  "overlap" }, /* they touch */
	{ "UPDATE prefix_span SET until = NULL WHERE until IS NOT NULL", "overlap" },
	{ "INSERT INTO tag_span SELECT tag_id, first + 1, until, change_number, region, region_id, platform, "
	  "system_service, network_features FROM tag_span LIMIT 1",
	  "overlap" },
	{ "INSERT INTO tag_span SELECT tag_id, first - 1, first, change_number, region, region_id, platform, "
	  "system_service, network_features FROM tag_span LIMIT 1",
	  "overlap" }, /* they are one */
	{ "UPDATE prefix_span SET prefix = x'040A00000021' WHERE prefix = (SELECT min(prefix) FROM prefix_span)",
	  "are none" }, /* a length of 33 */
	{ "UPDATE prefix_span SET prefix = x'040A00000118' WHERE prefix = (SELECT min(prefix) FROM prefix_span)",
	  "are none" }, /* host bits */
	{ "UPDATE prefix_span SET prefix = x'050A00000018' WHERE prefix = (SELECT min(prefix) FROM prefix_span)",
	  "are none" }, /* no family */
	{ "UPDATE prefix_span SET prefix = x'060A00000018' WHERE prefix = (SELECT min(prefix) FROM prefix_span)",
	  "are none" }, /* too short for it */
	{ "DELETE FROM tag WHERE name = 'Tag3'", "a row belongs to nothing in table tag_span" },
	{ "UPDATE prefix_span SET tag_id = 77 WHERE tag_id = 2", "a row belongs to nothing in table prefix_span" },
	{ "PRAGMA ignore_check_constraints = ON; UPDATE prefix_span SET prefix = x''"
	  " WHERE prefix = (SELECT min(prefix) FROM prefix_span)",
	  "CHECK constraint failed" },
	{ "PRAGMA ignore_check_constraints = ON; UPDATE prefix_span SET until = first WHERE until IS NOT NULL",
	  "CHECK constraint failed" },
	{ "PRAGMA ignore_check_constraints = ON; UPDATE tag_span SET until = first - 1 WHERE until IS NOT NULL",
	  "CHECK constraint failed" },
};

/* The file is as it was, and stays of version 1. */
static void
assert_stays(const fixture *f, const char *why)
{
	size_t size_before = 0;
	size_t size_after = 0;
	char *before = all_rows(f->earlier, &size_before);
	char *after;

	assert_refused(f->earlier, SVCTAG_STORE_WRITE, SVCTAG_E_CORRUPT,
		       "earlier.db cannot be brought to schema version 2, and stays as it was: ");
	assert_refused(f->earlier, SVCTAG_STORE_WRITE, SVCTAG_E_CORRUPT, why);
	after = all_rows(f->earlier, &size_after);
	assert_int_equal(size_after, size_before);
	assert_memory_equal(after, before, size_before);
	assert_int_equal(testing_sql_number(f->earlier, "PRAGMA user_version"), 1);
	free(before);
	free(after);
}

static void
test_damaged_rows(void **state)
{
	const fixture *f = *state;
	char restore[512];

	snprintf(restore, sizeof(restore), "VACUUM INTO '%s/sound.db'", f->folder);
	testing_sql(f->earlier, restore);
	snprintf(restore, sizeof(restore),
		 "ATTACH '%s/sound.db' AS sound; DELETE FROM tag_span; DELETE FROM prefix_span; "
		 "DELETE FROM tag; INSERT INTO tag SELECT * FROM sound.tag; INSERT INTO tag_span SELECT * FROM "
		 "sound.tag_span; "
		 "INSERT INTO prefix_span SELECT * FROM sound.prefix_span",
		 f->folder);
	for (size_t i = 0; i < TESTING_COUNT(damages); i++) {
		testing_sql(f->earlier, damages[i].sql);
		assert_stays(f, damages[i].why);
		testing_sql(f->earlier, restore);
	}
	/* It is as sound as before. */
	svctag_store_close(testing_store_open(f->earlier, SVCTAG_STORE_WRITE));
	assert_same_lists(f);
}

/* What version 1's own seal does not hold for is not sealed anew. */
static void
test_damaged_list(void **state)
{
	const fixture *f = *state;

	testing_sql(f->earlier, "UPDATE release SET tag_count = tag_count + 1 WHERE id = 2");
	assert_stays(f, "its seal does not hold");
	testing_sql(f->earlier, "UPDATE release SET tag_count = tag_count - 1 WHERE id = 2; "
				"DELETE FROM seal");
	assert_stays(f, "its seal does not hold");
	seal_version_1(f);
	svctag_store_close(testing_store_open(f->earlier, SVCTAG_STORE_WRITE));
	assert_same_lists(f);
}

/* The page on which a table or index begins is damaged in its head. */
static void
test_damaged_pages(void **state)
{
	const fixture *f = *state;
	static const char *const roots[] = { "tag_span", "prefix_span", "sqlite_autoindex_tag_1" };

	testing_sql(f->earlier, "PRAGMA wal_checkpoint(TRUNCATE)");
	for (size_t i = 0; i < TESTING_COUNT(roots); i++) {
		char sql[128];
		long at;
		FILE *file;
		int byte;

		snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", roots[i]);
		at = (long)(testing_sql_number(f->earlier, sql) - 1) * PAGE + 3; /* how many cells */
		for (int n = 0; n < 2; n++) {
			file = fopen(f->earlier, "r+b");
			assert_non_null(file);
			assert_int_equal(fseek(file, at, SEEK_SET), 0);
			byte = fgetc(file);
			assert_int_equal(fseek(file, at, SEEK_SET), 0);
			assert_int_equal(fputc(byte ^ 0x41, file), byte ^ 0x41);
			assert_int_equal(fclose(file), 0);
			if (n == 0)
				assert_stays(f, "stays as it was: the database is damaged");
		}
	}
	svctag_store_close(testing_store_open(f->earlier, SVCTAG_STORE_WRITE));
	assert_same_lists(f);
}

/* A version that is not known, and another program's file. */
static void
test_versions(void **state)
{
	const fixture *f = *state;

	testing_sql(f->earlier, "PRAGMA user_version = 3");
	assert_refused(f->earlier, SVCTAG_STORE_READ, SVCTAG_E_FOREIGN,
		       "has schema version 3; this program knows versions 1 to 2");
	assert_refused(f->earlier, SVCTAG_STORE_WRITE, SVCTAG_E_FOREIGN,
		       "has schema version 3; this program knows versions 1 to 2");
	testing_sql(f->earlier, "PRAGMA user_version = 1; PRAGMA application_id = 1");
	assert_refused(f->earlier, SVCTAG_STORE_READ, SVCTAG_E_FOREIGN, "of another program");
	assert_refused(f->earlier, SVCTAG_STORE_WRITE, SVCTAG_E_FOREIGN, "of another program");
	testing_sql(f->earlier, "PRAGMA application_id = 0x73766374");
	svctag_store_close(testing_store_open(f->earlier, SVCTAG_STORE_WRITE));
	assert_same_lists(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_upgrade, setup, teardown),
		cmocka_unit_test_setup_teardown(test_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
	};

	return cmocka_run_group_tests_name("store upgrade", tests, NULL, NULL);
}
