/*
 * Damage to the database: SQLite does not notice a flipped bit in a value, so
 * the store has to. Whatever is changed, an answer is either what it was or an
 * error.
 */
#include "list_damage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RELEASES 3
/* Bytes of one page of the database. */
#define PAGE 8192
#define FIRST_PAGES 131072U

typedef struct fixture {
	char *folder;
	char *whole;  /* the sound database */
	char *broken; /* a copy to damage */
	svctag_release *releases[RELEASES];
	char *bytes;
	size_t size;
} fixture;

static const testing_tag contents[RELEASES][3] = {
	{ { "Storage", "", "13.64.0.0/16 20.38.0.0/24" },
	  { "Sql", "", "10.0.0.0/24" },
	  { "Going", "", "192.0.2.0/24" } },
	{ { "Storage", "", "13.64.0.0/17" }, { "Sql", "", "10.0.0.0/24 2603:1030::/45" }, { "Empty", "", "" } },
	{ { "Storage", "eastus", "13.64.0.0/16" }, { "Sql", "", "10.0.0.0/24" }, { "Coming", "", "198.51.100.0/24" } },
};

static const char *const days[RELEASES] = { "2024-01-01", "2024-01-08", "2024-01-15" };

static void
read_whole(fixture *f)
{
	FILE *file = fopen(f->whole, "rb");
	const size_t room = 4 << 20;

	assert_non_null(file);
	f->bytes = testing_allocate(room, 1);
	f->size = fread(f->bytes, 1, room, file);
	assert_in_range(f->size, 1, room - 1);
	assert_int_equal(fclose(file), 0);
}

static int
setup(void **state)
{
	fixture *f = testing_allocate(1, sizeof(*f));
	svctag_store *store;

	f->folder = testing_folder_new();
	f->whole = testing_path(f->folder, "whole.db");
	f->broken = testing_path(f->folder, "broken.db");
	store = testing_store_open(f->whole, SVCTAG_STORE_WRITE);
	for (size_t i = 0; i < RELEASES; i++) {
		f->releases[i] = testing_release(100 + (int64_t)i, contents[i], TESTING_COUNT(contents[i]));
		testing_import(store, "Public", days[i], f->releases[i]);
	}
	svctag_store_close(store);
	read_whole(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	fixture *f = *state;

	for (size_t i = 0; i < RELEASES; i++)
		svctag_release_free(f->releases[i]);
	free(f->bytes);
	free(f->whole);
	free(f->broken);
	testing_folder_remove(f->folder);
	free(f);
	return 0;
}

/* The first `size` bytes as a database of their own, without leftovers of the one before. */
static void
write_broken(const fixture *f, size_t size)
{
	static const char *const endings[] = { "-wal", "-shm" };
	FILE *file = fopen(f->broken, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(f->bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	for (size_t i = 0; i < TESTING_COUNT(endings); i++) {
		char name[512];

		snprintf(name, sizeof(name), "%s%s", f->broken, endings[i]);
		(void)remove(name);
	}
}

/* What a reader is told of the damaged copy; answers that are given are right ones. */
typedef struct findings {
	svctag_error open;
	svctag_error catalogue;
	svctag_error content[RELEASES];
	svctag_error snapshot[RELEASES];
	svctag_error index; /* svctag_store_check_index() of the newest */
} findings;

static void
look_at_release(const fixture *f, svctag_store *store, const svctag_catalogue *catalogue, size_t i, findings *ret)
{
	const svctag_release_info *info = svctag_catalogue_release(catalogue, 0, i);
	svctag_release *content = NULL;
	svctag_snapshot *snapshot = NULL;

	assert_string_equal(info->published, days[i]);
	assert_memory_equal(info->digest, svctag_release_digest(f->releases[i]), SVCTAG_DIGEST_SIZE);
	ret->content[i] = svctag_store_content(store, info, &content, NULL);
	if (ret->content[i] == SVCTAG_OK)
		assert_true(testing_same_release(content, f->releases[i]));
	else
		assert_null(content);
	svctag_release_free(content);
	ret->snapshot[i] = svctag_store_snapshot(store, info, &snapshot, NULL);
	if (ret->snapshot[i] == SVCTAG_OK) {
		const svctag_index *index = svctag_snapshot_index(snapshot);
		svctag_address address = testing_address("13.64.0.1");

		assert_memory_equal(svctag_index_digest(index), svctag_release_digest(f->releases[i]),
				    SVCTAG_DIGEST_SIZE);
		assert_true(svctag_index_lookup(index, &address) != SVCTAG_NO_PREFIX);
	}
	svctag_snapshot_free(snapshot);
	if (i + 1 == RELEASES)
		ret->index = svctag_store_check_index(store, info, NULL);
}

static findings
look(const fixture *f)
{
	findings found = { .open = SVCTAG_E_INVALID, .catalogue = SVCTAG_E_INVALID, .index = SVCTAG_E_INVALID };
	svctag_catalogue *catalogue = NULL;
	svctag_store *store = NULL;
	svctag_detail detail = { "" };

	found.open = svctag_store_open(f->broken, SVCTAG_STORE_READ, &store, &detail);
	if (found.open == SVCTAG_OK)
		found.catalogue = svctag_store_catalogue(store, &catalogue, &detail);
	if (found.catalogue == SVCTAG_OK) {
		assert_int_equal(svctag_catalogue_cloud_count(catalogue), 1);
		assert_int_equal(svctag_catalogue_release_count(catalogue, 0), RELEASES);
		for (size_t i = 0; i < RELEASES; i++)
			look_at_release(f, store, catalogue, i, &found);
	} else {
		assert_true(detail.text[0] != '\0');
	}
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
	return found;
}

static findings
look_after(const fixture *f, const char *sql)
{
	write_broken(f, f->size);
	testing_sql(f->broken, sql);
	return look(f);
}

/* What the check of the whole file says of the damaged copy. */
static void
assert_check(const fixture *f, svctag_error want, const char *why)
{
	svctag_store *store = testing_store_open(f->broken, SVCTAG_STORE_READ);
	svctag_detail detail = { "" };

	TESTING_CHECK(svctag_store_check(store, &detail), want);
	if (strstr(detail.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", detail.text, why);
	svctag_store_close(store);
}

/* A writer does not build on damage: the import is refused and nothing is written. */
static void
assert_import_refused(const fixture *f)
{
	svctag_import import = {
		.cloud = "Public", .published = "2024-01-22", .source = "file", .release = f->releases[0]
	};
	svctag_import_result result;
	svctag_release_info info;
	svctag_detail detail = { "" };
	svctag_store *store = testing_store_open(f->broken, SVCTAG_STORE_WRITE);

	TESTING_CHECK(svctag_store_import(store, &import, &result, &info, &detail), SVCTAG_E_CORRUPT);
	assert_true(detail.text[0] != '\0');
	svctag_store_close(store);
}

/* Changed rows of what is listed: they are not what was sealed, and change no answer. */
static void
test_catalogue_rows(void **state)
{
	static const char *const changes[] = {
		"UPDATE release SET change_number = 99 WHERE change_number = 100",
		"UPDATE release SET tag_count = tag_count + 1 WHERE change_number = 101",
		"UPDATE release SET addresses_ipv4 = addresses_ipv4 || '0' WHERE change_number = 102",
		"UPDATE release SET digest = zeroblob(32) WHERE change_number = 100",
		"UPDATE release SET position = position + 1 WHERE change_number = 102",
		"UPDATE sighting SET published = '2024-01-09' WHERE published = '2024-01-08'",
		"UPDATE sighting SET source = 'api'",
		"UPDATE sighting SET forced = 1 WHERE published = '2024-01-08'",
		"UPDATE sighting SET warnings = 'x' WHERE published = '2024-01-08'",
		"UPDATE cloud SET name = 'China'",
		"DELETE FROM sighting WHERE published = '2024-01-15'",
		"PRAGMA foreign_keys = OFF; DELETE FROM release WHERE change_number = 102",
		"INSERT INTO sighting SELECT release_id, '2024-02-01', source, imported_at, 0, '' FROM sighting",
		"UPDATE seal SET digest = zeroblob(32)",
	};
	const fixture *f = *state;

	for (size_t i = 0; i < TESTING_COUNT(changes); i++) {
		findings found = look_after(f, changes[i]);

		if (found.open != SVCTAG_OK || found.catalogue != SVCTAG_OK)
			fail_msg("%s: %s", changes[i], svctag_error_text(found.catalogue));
		for (size_t n = 0; n < RELEASES; n++)
			assert_true(found.content[n] == SVCTAG_OK || found.content[n] == SVCTAG_E_CORRUPT);
		assert_check(f, SVCTAG_E_CORRUPT, "");
		assert_import_refused(f);
	}
}

/* A changed seal: nothing of the list is believed. */
static void
test_catalogue_bytes(void **state)
{
	static const char *const changes[] = {
		"DELETE FROM seal",
		"UPDATE seal SET list = NULL",
		"UPDATE seal SET list = x''",
		"UPDATE seal SET list = zeroblob(8)",
		"UPDATE seal SET list = CAST(substr(list, 1, length(list) - 1) AS BLOB)",
		"UPDATE seal SET list = CAST(list || x'00' AS BLOB)",
		"UPDATE seal SET list = CAST(x'00' || substr(list, 2) AS BLOB)",
		"UPDATE seal SET list = CAST(substr(list, 1, 8) || x'00' || substr(list, 10) AS BLOB)",
	};
	const fixture *f = *state;

	for (size_t i = 0; i < TESTING_COUNT(changes); i++) {
		findings found = look_after(f, changes[i]);

		if (found.open != SVCTAG_OK || found.catalogue != SVCTAG_E_CORRUPT)
			fail_msg("%s: %s", changes[i], svctag_error_text(found.catalogue));
		assert_check(f, SVCTAG_E_CORRUPT, "the list of releases");
		assert_import_refused(f);
	}
}

/* Each answer is right or refused; what is returned: has one been refused? */
static bool
is_noticed(const findings *found)
{
	bool noticed = false;

	assert_int_equal(found->catalogue, SVCTAG_OK);
	for (size_t n = 0; n < RELEASES; n++) {
		assert_true(found->content[n] == SVCTAG_OK || found->content[n] == SVCTAG_E_CORRUPT);
		noticed = noticed || found->content[n] == SVCTAG_E_CORRUPT;
		/* An older one is compiled from its content: sound together or not at all. */
		if (n + 1 < RELEASES)
			assert_int_equal(found->snapshot[n], found->content[n]);
	}
	assert_int_equal(found->snapshot[RELEASES - 1], SVCTAG_OK); /* its index is sound */
	return noticed;
}

/* Changed rows of the history: some content does not fit its digest, others do. */
static void
test_history_rows(void **state)
{
	static const char *const changes[] = {
		"UPDATE tag SET name = 'Storag' WHERE name = 'Storage'",
		"UPDATE tag SET properties = NULL",
		"UPDATE tag SET prefixes = NULL",
		"UPDATE tag SET properties = prefixes, prefixes = properties",
		"UPDATE tag SET prefixes = (SELECT prefixes FROM tag WHERE name = 'Sql') WHERE name = 'Storage'",
		"PRAGMA foreign_keys = OFF; DELETE FROM tag",
	};
	const fixture *f = *state;

	for (size_t i = 0; i < TESTING_COUNT(changes); i++) {
		findings found = look_after(f, changes[i]);

		if (!is_noticed(&found))
			fail_msg("not noticed: %s", changes[i]);
	}
}

/* Changed lists, whose checksums do not give them away. */
static void
test_history_lists(void **state)
{
	const fixture *f = *state;

	for (size_t i = 0; i < list_damage_count; i++) {
		const list_damage *damage = &list_damages[i];
		findings found;

		write_broken(f, f->size);
		list_damage_do(f->broken, damage);
		found = look(f);
		if (is_noticed(&found) == damage->shows_later)
			fail_msg("%s: %snoticed", damage->what, damage->shows_later ? "" : "not ");
	}
}

/* Changed bytes of lists, whose checksums do. */
static void
test_list_bytes(void **state)
{
	const fixture *f = *state;
	testing_random random;

	testing_random_begin(&random);
	for (size_t i = 0; i < 40; i++) {
		stored_tags tags;
		stored_tag *tag;
		findings found;

		write_broken(f, f->size);
		tags = stored_tags_read(f->broken);
		tag = &tags.list[testing_below(&random, tags.count)];
		if (tag->sizes[i % 2] == 0)
			tag = &tags.list[0];
		tag->bytes[i % 2][testing_below(&random, tag->sizes[i % 2])] ^=
			(uint8_t)(1 + testing_below(&random, 255));
		stored_tags_write(f->broken, &tags);
		found = look(f);
		assert_true(is_noticed(&found));
	}
}

/* Changed bytes of the compiled index: never answered from. */
static void
test_index_bytes(void **state)
{
	static const char *const changes[] = {
		"UPDATE release_index SET data = zeroblob(length(data))",
		"UPDATE release_index SET data = x''",
		"UPDATE release_index SET data = substr(data, 1, length(data) - 64)",
		"UPDATE release_index SET data = CAST(data || zeroblob(64) AS BLOB)",
		"UPDATE release_index SET data = CAST(substr(data, 1, 200) || x'ff' || substr(data, 202) AS BLOB)",
		"UPDATE release_index SET data = CAST(substr(data, 1, length(data) - 1) || x'01' AS BLOB)",
		"UPDATE release_index SET data = CAST(x'00' || substr(data, 2) AS BLOB)",
		/* The checksum's own bytes, and those of the digest. */
		"UPDATE release_index SET data = CAST(substr(data, 1, 24) || x'0011' || substr(data, 27) AS BLOB)",
		"UPDATE release_index SET data = CAST(substr(data, 1, 40) || x'0011' || substr(data, 43) AS BLOB)",
	};
	const fixture *f = *state;

	for (size_t i = 0; i < TESTING_COUNT(changes); i++) {
		findings found = look_after(f, changes[i]);

		assert_int_equal(found.catalogue, SVCTAG_OK);
		if (found.snapshot[RELEASES - 1] != SVCTAG_E_CORRUPT || found.index != SVCTAG_E_CORRUPT)
			fail_msg("%s: %s", changes[i], svctag_error_text(found.snapshot[RELEASES - 1]));
		for (size_t n = 0; n < RELEASES; n++)
			assert_int_equal(found.content[n], SVCTAG_OK);
	}
}

/* A copy without the newest release: its index is that of the release before. */
static void
make_older_copy(const fixture *f)
{
	char *older = testing_path(f->folder, "older.db");
	svctag_catalogue *catalogue;
	svctag_store *store;
	char sql[1024];

	snprintf(sql, sizeof(sql), "VACUUM INTO '%s'", older);
	testing_sql(f->whole, sql);
	store = testing_store_open(older, SVCTAG_STORE_WRITE);
	catalogue = testing_catalogue(store);
	TESTING_OK(svctag_store_forget(store, svctag_catalogue_release(catalogue, 0, RELEASES - 1), NULL));
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
	free(older);
}

/* A sound index of another release is not this one's. */
static void
test_index_of_another_release(void **state)
{
	const fixture *f = *state;
	findings found;
	char sql[1024];

	make_older_copy(f);
	snprintf(sql, sizeof(sql),
		 "ATTACH '%s/older.db' AS older; "
		 "UPDATE release_index SET data = (SELECT data FROM older.release_index)",
		 f->folder);
	found = look_after(f, sql);
	assert_int_equal(found.snapshot[RELEASES - 1], SVCTAG_E_CORRUPT);
	assert_int_equal(found.index, SVCTAG_E_CORRUPT);
}

/* The index is gone: a reader compiles one, and the check says so or is content with that. */
static void
test_missing_index(void **state)
{
	findings found = look_after(*state, "DELETE FROM release_index");

	for (size_t n = 0; n < RELEASES; n++)
		assert_int_equal(found.snapshot[n], SVCTAG_OK);
}

/* Any bit of the file. look() ends the test when an answer is wrong. */
static void
test_flipped_bits(void **state)
{
	const fixture *f = *state;
	testing_random random;
	size_t noticed = 0;

	testing_random_begin(&random);
	for (int i = 0; i < 160; i++) {
		/* Half of them in the first pages, where the tables began, and fewer in the long index. */
		size_t at = testing_below(&random, i % 2 == 0 || f->size < FIRST_PAGES ? f->size : FIRST_PAGES);
		char bit = (char)(1 << testing_below(&random, 8));
		findings found;

		f->bytes[at] = (char)(f->bytes[at] ^ bit);
		write_broken(f, f->size);
		found = look(f);
		noticed += found.open != SVCTAG_OK || found.catalogue != SVCTAG_OK || found.index != SVCTAG_OK;
		f->bytes[at] = (char)(f->bytes[at] ^ bit);
	}
	/* Most of the file is the index, where every bit counts. */
	assert_true(noticed > 40);
}

static void
test_cut_short(void **state)
{
	const fixture *f = *state;

	/* The end of the last page may be empty: what is cut there is missed by nobody. */
	for (size_t size = 1; size + PAGE <= f->size; size += f->size / 60 + 1) {
		findings found;

		write_broken(f, size);
		found = look(f);
		assert_true(found.open != SVCTAG_OK || found.catalogue != SVCTAG_OK ||
			    found.snapshot[RELEASES - 1] != SVCTAG_OK || found.content[0] != SVCTAG_OK);
	}
}

static void
test_check_of_a_sound_one(void **state)
{
	const fixture *f = *state;
	findings found;

	write_broken(f, f->size);
	found = look(f);
	assert_int_equal(found.index, SVCTAG_OK);
	for (size_t n = 0; n < RELEASES; n++) {
		assert_int_equal(found.content[n], SVCTAG_OK);
		assert_int_equal(found.snapshot[n], SVCTAG_OK);
	}
	assert_check(f, SVCTAG_OK, "");
}

/* Also what no answer tells yet. */
static void
test_check_of_damage(void **state)
{
	const fixture *f = *state;

	for (size_t i = 0; i < list_damage_count; i++) {
		const list_damage *damage = &list_damages[i];

		write_broken(f, f->size);
		list_damage_do(f->broken, damage);
		if (damage->could_be)
			assert_check(f, SVCTAG_OK, "");
		else
			assert_check(f, SVCTAG_E_CORRUPT, "the history of tag ");
	}
	/* Orphan rows. */
	write_broken(f, f->size);
	testing_sql(f->broken, "PRAGMA foreign_keys = OFF; UPDATE tag SET cloud_id = 7 WHERE name = 'Sql'");
	assert_check(f, SVCTAG_E_CORRUPT, "belongs to nothing in table tag");
	write_broken(f, f->size);
	testing_sql(f->broken, "PRAGMA foreign_keys = OFF; DELETE FROM cloud");
	assert_check(f, SVCTAG_E_CORRUPT, "belongs to nothing in table");
	/* Spans that are of no release, as there is none. */
	write_broken(f, f->size);
	testing_sql(f->broken, "PRAGMA foreign_keys = OFF; DELETE FROM release; DELETE FROM sighting; "
			       "DELETE FROM release_index");
	assert_check(f, SVCTAG_E_CORRUPT, "the list of releases");
	testing_sql(f->broken, "DELETE FROM seal");
	assert_check(f, SVCTAG_E_CORRUPT, "the history of tag ");
	/* A row that is gone belongs to nothing, and leaves nothing: the content tells. */
	write_broken(f, f->size);
	testing_sql(f->broken, "DELETE FROM tag WHERE name = 'Sql'");
	assert_check(f, SVCTAG_OK, "");
	assert_int_equal(look(f).content[0], SVCTAG_E_CORRUPT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_of_a_sound_one),
		cmocka_unit_test(test_check_of_damage),
		cmocka_unit_test(test_catalogue_rows),
		cmocka_unit_test(test_catalogue_bytes),
		cmocka_unit_test(test_history_rows),
		cmocka_unit_test(test_history_lists),
		cmocka_unit_test(test_list_bytes),
		cmocka_unit_test(test_index_bytes),
		cmocka_unit_test(test_index_of_another_release),
		cmocka_unit_test(test_missing_index),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_cut_short),
	};

	return cmocka_run_group_tests_name("store damage", tests, setup, teardown);
}
