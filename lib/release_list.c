/*
 * A checksum, and row after row, a release with one of its sightings: numbers
 * as 64 bits, little-endian; texts with their size before and a NUL behind.
 */
#include "release_list.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue_internal.h"
#include "position_table.h"
#include "xxh64.h"

/* A release is published on the first day of its sightings, with that sighting's particulars. */
static const char rows_sql[] =
	"SELECT r.id, r.position, r.change_number, r.tag_count, r.prefix_count, r.unique_prefix_count, s.forced, "
	"r.digest, c.name, r.addresses_ipv4, r.addresses_ipv6, s.published, s.source, s.imported_at, s.warnings "
	"FROM release r JOIN cloud c ON c.id = r.cloud_id LEFT JOIN sighting s ON s.release_id = r.id "
	"ORDER BY c.id, r.position, s.published";

enum {
	NUMBER_ID,
	NUMBER_POSITION,
	NUMBER_CHANGE_NUMBER,
	NUMBER_TAG_COUNT,
	NUMBER_PREFIX_COUNT,
	NUMBER_UNIQUE_PREFIX_COUNT,
	NUMBER_FORCED,
	NUMBERS,
};

enum {
	TEXT_DIGEST,
	TEXT_CLOUD,
	TEXT_ADDRESSES_IPV4,
	TEXT_ADDRESSES_IPV6,
	TEXT_PUBLISHED,
	TEXT_SOURCE,
	TEXT_IMPORTED_AT,
	TEXT_WARNINGS,
	TEXTS,
};

#define CHECKSUM_SIZE 8
#define NUMBER_SIZE 8
/** The size before a text. */
#define SIZE_SIZE 4

struct bytes {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

/* Room for so many more. */
static svctag_error
reserve(struct bytes *bytes, size_t more)
{
	size_t bigger = bytes->capacity * 2 + more + 4096;
	uint8_t *data;

	if (bytes->capacity >= bytes->size + more)
		return SVCTAG_OK;
	data = realloc(bytes->data, bigger);
	if (data == NULL)
		return SVCTAG_E_NO_MEMORY;
	bytes->data = data;
	bytes->capacity = bigger;
	return SVCTAG_OK;
}

static svctag_error
pack_text(struct bytes *bytes, const void *text, size_t size)
{
	svctag_error err = size < UINT32_MAX ? reserve(bytes, SIZE_SIZE + size + 1) : SVCTAG_E_LIMIT;

	if (err != SVCTAG_OK)
		return err;
	store_le32(bytes->data + bytes->size, (uint32_t)size);
	bytes->size += SIZE_SIZE;
	if (size > 0)
		memcpy(bytes->data + bytes->size, text, size);
	bytes->data[bytes->size + size] = '\0';
	bytes->size += size + 1;
	return SVCTAG_OK;
}

static svctag_error
pack_row(struct bytes *bytes, sqlite3_stmt *row)
{
	svctag_error err = reserve(bytes, (size_t)NUMBERS * NUMBER_SIZE);
	int i;

	for (i = 0; err == SVCTAG_OK && i < NUMBERS; i++) {
		store_le64(bytes->data + bytes->size, (uint64_t)sqlite3_column_int64(row, i));
		bytes->size += NUMBER_SIZE;
	}
	for (i = NUMBERS; err == SVCTAG_OK && i < NUMBERS + TEXTS; i++) {
		const void *text = sqlite3_column_blob(row, i);

		err = pack_text(bytes, text, (size_t)sqlite3_column_bytes(row, i));
	}
	return err;
}

svctag_error
release_list_pack(sqlite3 *db, void **ret, size_t *ret_size, svctag_detail *detail)
{
	struct bytes bytes = { .size = CHECKSUM_SIZE };
	sqlite3_stmt *rows = NULL;
	bool row = true;
	svctag_error err = db_prepare(db, rows_sql, &rows, detail);

	if (err == SVCTAG_OK)
		err = reserve(&bytes, 0);
	while (err == SVCTAG_OK) {
		err = db_step(rows, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		err = pack_row(&bytes, rows);
	}
	(void)sqlite3_finalize(rows);
	if (err != SVCTAG_OK) {
		free(bytes.data);
		return err;
	}
	store_le64(bytes.data, svctag_xxh64(bytes.data + CHECKSUM_SIZE, bytes.size - CHECKSUM_SIZE, 0));
	*ret = bytes.data;
	*ret_size = bytes.size;
	return SVCTAG_OK;
}

/** One row, in the bytes of the list. */
struct row {
	int64_t numbers[NUMBERS];
	const char *texts[TEXTS];
	size_t sizes[TEXTS];
};

/* The text at the beginning of what is left, which it is taken off. */
static bool
read_text(const uint8_t **at, const uint8_t *end, const char **ret, size_t *ret_size)
{
	size_t size;

	if (end - *at < SIZE_SIZE)
		return false;
	size = load_le32(*at);
	*at += SIZE_SIZE;
	if ((size_t)(end - *at) <= size || (*at)[size] != '\0')
		return false;
	*ret = (const char *)*at;
	*ret_size = size;
	*at += size + 1;
	return true;
}

/* The row at the beginning of what is left, which it is taken off. */
static bool
read_row(const uint8_t **at, const uint8_t *end, struct row *ret)
{
	size_t i;

	if ((size_t)(end - *at) < (size_t)NUMBERS * NUMBER_SIZE)
		return false;
	for (i = 0; i < NUMBERS; i++, *at += NUMBER_SIZE)
		ret->numbers[i] = (int64_t)load_le64(*at);
	for (i = 0; i < TEXTS; i++)
		if (!read_text(at, end, &ret->texts[i], &ret->sizes[i]))
			return false;
	return true;
}

/* With its NUL, which is the only one. */
static bool
copy_text(const struct row *row, size_t text, char *ret, size_t size)
{
	if (row->sizes[text] >= size || memchr(row->texts[text], '\0', row->sizes[text]) != NULL)
		return false;
	memcpy(ret, row->texts[text], row->sizes[text] + 1);
	return true;
}

static bool
read_count(const struct row *row, size_t text, svctag_count *ret)
{
	return svctag_count_parse(row->texts[text], row->sizes[text], ret) == SVCTAG_OK;
}

static svctag_error
read_release(const struct row *row, svctag_release_info *ret)
{
	svctag_release_info info = {
		.id = row->numbers[NUMBER_ID],
		.position = row->numbers[NUMBER_POSITION],
		.change_number = row->numbers[NUMBER_CHANGE_NUMBER],
		.tag_count = (size_t)row->numbers[NUMBER_TAG_COUNT],
		.prefix_count = (size_t)row->numbers[NUMBER_PREFIX_COUNT],
		.unique_prefix_count = (size_t)row->numbers[NUMBER_UNIQUE_PREFIX_COUNT],
		.forced = row->numbers[NUMBER_FORCED] != 0,
	};

	if (row->sizes[TEXT_DIGEST] != SVCTAG_DIGEST_SIZE ||
	    !copy_text(row, TEXT_CLOUD, info.cloud, sizeof(info.cloud)) ||
	    !copy_text(row, TEXT_PUBLISHED, info.published, sizeof(info.published)) ||
	    !svctag_day_is_valid(info.published) || !copy_text(row, TEXT_SOURCE, info.source, sizeof(info.source)) ||
	    !copy_text(row, TEXT_IMPORTED_AT, info.imported_at, sizeof(info.imported_at)) ||
	    !read_count(row, TEXT_ADDRESSES_IPV4, &info.addresses[0]) ||
	    !read_count(row, TEXT_ADDRESSES_IPV6, &info.addresses[1]))
		return SVCTAG_E_CORRUPT;
	memcpy(info.digest, row->texts[TEXT_DIGEST], SVCTAG_DIGEST_SIZE);
	info.warnings = strdup(row->texts[TEXT_WARNINGS]);
	*ret = info;
	return info.warnings != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
}

/* The first sighting of a release makes the release. */
static svctag_error
add_row(svctag_catalogue *catalogue, size_t *capacity, const struct row *row)
{
	size_t count = catalogue->release_count;
	svctag_error err;

	if (count > 0 && catalogue->releases[count - 1].id == row->numbers[NUMBER_ID])
		return SVCTAG_OK;
	if (count == *capacity) {
		size_t bigger = *capacity * 2 + 64;
		svctag_release_info *releases = reallocarray(catalogue->releases, bigger, sizeof(*releases));

		if (releases == NULL)
			return SVCTAG_E_NO_MEMORY;
		catalogue->releases = releases;
		*capacity = bigger;
	}
	err = read_release(row, &catalogue->releases[count]);
	if (err == SVCTAG_OK)
		catalogue->release_count++;
	return err;
}

static svctag_error
read_rows(const uint8_t *at, const uint8_t *end, svctag_catalogue *catalogue)
{
	size_t capacity = 0;
	svctag_error err = SVCTAG_OK;

	while (err == SVCTAG_OK && at != end) {
		struct row row;

		err = read_row(&at, end, &row) ? add_row(catalogue, &capacity, &row) : SVCTAG_E_CORRUPT;
	}
	return err == SVCTAG_OK ? catalogue_index(catalogue) : err;
}

svctag_error
release_list_unpack(const void *data, size_t size, svctag_catalogue **ret)
{
	const uint8_t *bytes = data;
	svctag_catalogue *catalogue;
	svctag_error err;

	if (size < CHECKSUM_SIZE || load_le64(bytes) != svctag_xxh64(bytes + CHECKSUM_SIZE, size - CHECKSUM_SIZE, 0))
		return SVCTAG_E_CORRUPT;
	catalogue = calloc(1, sizeof(*catalogue));
	if (catalogue == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = read_rows(bytes + CHECKSUM_SIZE, bytes + size, catalogue);
	if (err != SVCTAG_OK) {
		svctag_catalogue_free(catalogue);
		return err;
	}
	*ret = catalogue;
	return SVCTAG_OK;
}
