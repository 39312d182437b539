#include "stored_tags.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "xxh64.h"

#define HEAD_SIZE 24U
#define CHECKSUM_SIZE 8U
#define PROPERTIES_SIZE 14U
#define IPV4_SIZE 9U
#define IPV6_SIZE 21U
#define ENDS_SIZE 4U

static sqlite3 *
open_file(const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		fail_msg("%s: %s", path, sqlite3_errmsg(db));
	return db;
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return statement;
}

static stored_tag
read_row(sqlite3_stmt *row)
{
	stored_tag tag = { .id = sqlite3_column_int64(row, 0), .cloud_id = sqlite3_column_int64(row, 1) };

	tag.name = strdup((const char *)sqlite3_column_text(row, 2));
	assert_non_null(tag.name);
	for (int i = 0; i < 2; i++) {
		const void *bytes = sqlite3_column_blob(row, 3 + i);

		tag.sizes[i] = (size_t)sqlite3_column_bytes(row, 3 + i);
		if (tag.sizes[i] == 0)
			continue;
		/* Just as long: a sanitizer sees who reads past the end. */
		tag.bytes[i] = testing_allocate(tag.sizes[i], 1);
		memcpy(tag.bytes[i], bytes, tag.sizes[i]);
	}
	TESTING_OK(property_list_unpack(tag.bytes[STORED_PROPERTIES], tag.sizes[STORED_PROPERTIES], &tag.properties));
	TESTING_OK(span_list_unpack(tag.bytes[STORED_PREFIXES], tag.sizes[STORED_PREFIXES], &tag.prefixes));
	return tag;
}

stored_tags
stored_tags_read(const char *path)
{
	sqlite3 *db = open_file(path);
	sqlite3_stmt *rows = prepare(db, "SELECT id, cloud_id, name, properties, prefixes FROM tag ORDER BY id");
	stored_tags tags = { 0 };

	while (sqlite3_step(rows) == SQLITE_ROW) {
		tags.list = realloc(tags.list, (tags.count + 1) * sizeof(*tags.list));
		assert_non_null(tags.list);
		tags.list[tags.count++] = read_row(rows);
	}
	assert_int_equal(sqlite3_finalize(rows), SQLITE_OK);
	sqlite3_close(db);
	return tags;
}

void
stored_tags_write(const char *path, stored_tags *tags)
{
	sqlite3 *db = open_file(path);
	sqlite3_stmt *put = prepare(db, "UPDATE tag SET properties = ?2, prefixes = ?3 WHERE id = ?1");

	assert_int_equal(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
	for (size_t i = 0; i < tags->count; i++) {
		const stored_tag *tag = &tags->list[i];

		sqlite3_bind_int64(put, 1, tag->id);
		for (int n = 0; n < 2; n++)
			sqlite3_bind_blob(put, 2 + n, tag->bytes[n], (int)tag->sizes[n], SQLITE_STATIC);
		assert_int_equal(sqlite3_step(put), SQLITE_DONE);
		sqlite3_reset(put);
	}
	sqlite3_finalize(put);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	stored_tags_free(tags);
}

void
stored_tags_free(stored_tags *tags)
{
	for (size_t i = 0; i < tags->count; i++) {
		stored_tag *tag = &tags->list[i];

		property_list_release(&tag->properties);
		span_list_release(&tag->prefixes);
		free(tag->bytes[STORED_PROPERTIES]);
		free(tag->bytes[STORED_PREFIXES]);
		free(tag->name);
	}
	free(tags->list);
	*tags = (stored_tags){ 0 };
}

static int
compare_spans(const void *a, const void *b)
{
	const struct span *x = a;
	const struct span *y = b;
	int order = svctag_prefix_compare(&x->prefix, &y->prefix);

	return order != 0 ? order : (x->first > y->first) - (x->first < y->first);
}

void
stored_tag_pack(stored_tag *tag)
{
	void *bytes[2] = { NULL, NULL };

	property_list_sort(&tag->properties);
	if (tag->prefixes.count > 0)
		qsort(tag->prefixes.items, tag->prefixes.count, sizeof(*tag->prefixes.items), compare_spans);
	TESTING_OK(property_list_pack(&tag->properties, &bytes[STORED_PROPERTIES], &tag->sizes[STORED_PROPERTIES]));
	TESTING_OK(span_list_pack(&tag->prefixes, &bytes[STORED_PREFIXES], &tag->sizes[STORED_PREFIXES]));
	property_list_release(&tag->properties);
	span_list_release(&tag->prefixes);
	for (size_t i = 0; i < 2; i++) {
		free(tag->bytes[i]);
		tag->bytes[i] = bytes[i];
	}
}

void
stored_tag_check_bytes(stored_tag *tag)
{
	uint8_t *bytes[2];
	size_t sizes[2];

	for (size_t i = 0; i < 2; i++) {
		sizes[i] = tag->sizes[i];
		bytes[i] = testing_allocate(sizes[i], 1);
		if (sizes[i] > 0)
			memcpy(bytes[i], tag->bytes[i], sizes[i]);
	}
	stored_tag_pack(tag);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(tag->sizes[i], sizes[i]);
		if (sizes[i] > 0)
			assert_memory_equal(tag->bytes[i], bytes[i], sizes[i]);
		free(bytes[i]);
	}
}

uint32_t
packed_count(const uint8_t *bytes, size_t number)
{
	return load_le32(bytes + CHECKSUM_SIZE + 4 * number);
}

void
packed_set_count(uint8_t *bytes, size_t number, uint32_t count)
{
	store_le32(bytes + CHECKSUM_SIZE + 4 * number, count);
}

uint8_t *
packed_position(uint8_t *bytes, size_t i)
{
	return bytes + HEAD_SIZE + POSITION_TABLE_SIZE(i);
}

uint8_t *
packed_properties(uint8_t *bytes, size_t i)
{
	return packed_position(bytes, packed_count(bytes, 0)) + i * PROPERTIES_SIZE;
}

uint8_t *
packed_values(uint8_t *bytes)
{
	return packed_properties(bytes, packed_count(bytes, 1));
}

uint8_t *
packed_prefix(uint8_t *bytes, size_t i)
{
	size_t ipv4 = packed_count(bytes, 1);
	uint8_t *rows = packed_position(bytes, packed_count(bytes, 0));

	return i < ipv4 ? rows + i * IPV4_SIZE : rows + ipv4 * IPV4_SIZE + (i - ipv4) * IPV6_SIZE;
}

uint8_t *
packed_prefix_ends(uint8_t *bytes, size_t i)
{
	return packed_prefix(bytes, i + 1) - ENDS_SIZE;
}

void
packed_seal(uint8_t *bytes, size_t size)
{
	store_le64(bytes, svctag_xxh64(bytes + CHECKSUM_SIZE, size - CHECKSUM_SIZE, 0));
}
