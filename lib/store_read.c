/* Reading: the catalogue and its seal, releases that are what they claim to be, indexes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_internal.h"
#include "index_format.h"
#include "sha256.h"
#include "snapshot_internal.h"
#include "store_internal.h"

/*
 * One row per sighting, releases in order; a release is published on the
 * first day of its sightings, with that sighting's particulars.
 */
static const char catalogue_sql[] =
	"SELECT r.id, r.position, c.name, r.change_number, r.digest, r.tag_count, r.prefix_count, "
	"r.unique_prefix_count, r.addresses_ipv4, r.addresses_ipv6, "
	"s.published, s.source, s.imported_at, s.forced, s.warnings "
	"FROM release r JOIN cloud c ON c.id = r.cloud_id LEFT JOIN sighting s ON s.release_id = r.id "
	"ORDER BY c.id, r.position, s.published";

enum {
	COLUMN_ID,
	COLUMN_POSITION,
	COLUMN_CLOUD,
	COLUMN_CHANGE_NUMBER,
	COLUMN_DIGEST,
	COLUMN_TAG_COUNT,
	COLUMN_PREFIX_COUNT,
	COLUMN_UNIQUE_PREFIX_COUNT,
	COLUMN_ADDRESSES_IPV4,
	COLUMN_ADDRESSES_IPV6,
	COLUMN_PUBLISHED,
	COLUMN_SOURCE,
	COLUMN_IMPORTED_AT,
	COLUMN_FORCED,
	COLUMN_WARNINGS,
	COLUMN_COUNT,
};

/** The longest integer as text: a sign and 19 digits. */
#define INTEGER_SIZE 20

/* As SQLite writes it, for which it would convert the column, and back for who wants the number. */
static size_t
integer_text(int64_t number, char ret[INTEGER_SIZE], const char **ret_text)
{
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char *digit = ret + INTEGER_SIZE;

	do {
		*--digit = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		*--digit = '-';
	*ret_text = digit;
	return (size_t)(ret + INTEGER_SIZE - digit);
}

/* Every column with its type, and its length as text, so that no two different rows hash alike. */
static void
hash_row(struct sha256 *sha, sqlite3_stmt *row)
{
	int i;

	for (i = 0; i < COLUMN_COUNT; i++) {
		int64_t head[2] = { sqlite3_column_type(row, i), 0 };
		char integer[INTEGER_SIZE];
		const char *bytes;

		if (head[0] == SQLITE_INTEGER) {
			head[1] = (int64_t)integer_text(sqlite3_column_int64(row, i), integer, &bytes);
		} else {
			bytes = sqlite3_column_blob(row, i);
			head[1] = sqlite3_column_bytes(row, i);
		}
		svctag_sha256_add(sha, head, sizeof(head));
		if (head[1] > 0 && bytes != NULL)
			svctag_sha256_add(sha, bytes, (size_t)head[1]);
	}
}

static bool
copy_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
	const char *value = db_text(row, column);

	if (strlen(value) >= size)
		return false;
	memcpy(text, value, strlen(value) + 1);
	return true;
}

static svctag_error
parse_count(sqlite3_stmt *row, int column, svctag_count *ret)
{
	const char *text = db_text(row, column);

	return svctag_count_parse(text, strlen(text), ret) == SVCTAG_OK ? SVCTAG_OK : SVCTAG_E_CORRUPT;
}

static svctag_error
parse_release(sqlite3_stmt *row, svctag_release_info *info)
{
	memset(info, 0, sizeof(*info));
	info->id = sqlite3_column_int64(row, COLUMN_ID);
	info->position = sqlite3_column_int64(row, COLUMN_POSITION);
	info->change_number = sqlite3_column_int64(row, COLUMN_CHANGE_NUMBER);
	info->tag_count = (size_t)sqlite3_column_int64(row, COLUMN_TAG_COUNT);
	info->prefix_count = (size_t)sqlite3_column_int64(row, COLUMN_PREFIX_COUNT);
	info->unique_prefix_count = (size_t)sqlite3_column_int64(row, COLUMN_UNIQUE_PREFIX_COUNT);
	info->forced = sqlite3_column_int64(row, COLUMN_FORCED) != 0;
	if (sqlite3_column_bytes(row, COLUMN_DIGEST) != SVCTAG_DIGEST_SIZE ||
	    !copy_text(row, COLUMN_CLOUD, info->cloud, sizeof(info->cloud)) ||
	    !copy_text(row, COLUMN_PUBLISHED, info->published, sizeof(info->published)) ||
	    !svctag_day_is_valid(info->published) ||
	    !copy_text(row, COLUMN_SOURCE, info->source, sizeof(info->source)) ||
	    !copy_text(row, COLUMN_IMPORTED_AT, info->imported_at, sizeof(info->imported_at)) ||
	    parse_count(row, COLUMN_ADDRESSES_IPV4, &info->addresses[0]) != SVCTAG_OK ||
	    parse_count(row, COLUMN_ADDRESSES_IPV6, &info->addresses[1]) != SVCTAG_OK)
		return SVCTAG_E_CORRUPT;
	memcpy(info->digest, sqlite3_column_blob(row, COLUMN_DIGEST), SVCTAG_DIGEST_SIZE);
	info->warnings = strdup(db_text(row, COLUMN_WARNINGS));
	return info->warnings != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
}

/* Take a row in: the first sighting of a release makes the release. */
static svctag_error
add_row(svctag_catalogue *catalogue, size_t *capacity, sqlite3_stmt *row)
{
	int64_t id = sqlite3_column_int64(row, COLUMN_ID);
	svctag_error err;

	if (catalogue->release_count > 0 && catalogue->releases[catalogue->release_count - 1].id == id)
		return SVCTAG_OK;
	if (catalogue->release_count == *capacity) {
		size_t bigger = *capacity * 2 + 64;
		svctag_release_info *releases = realloc(catalogue->releases, bigger * sizeof(*releases));

		if (releases == NULL)
			return SVCTAG_E_NO_MEMORY;
		catalogue->releases = releases;
		*capacity = bigger;
	}
	err = parse_release(row, &catalogue->releases[catalogue->release_count]);
	if (err == SVCTAG_OK)
		catalogue->release_count++;
	return err;
}

/* Rows and their hash; the catalogue may be NULL where only the hash is wanted. */
static svctag_error
read_rows(sqlite3 *db, svctag_catalogue *catalogue, uint8_t digest[SVCTAG_DIGEST_SIZE], svctag_detail *detail)
{
	sqlite3_stmt *rows = NULL;
	struct sha256 sha;
	size_t capacity = 0;
	bool row = true;
	svctag_error err;

	svctag_sha256_begin(&sha);
	err = db_prepare(db, catalogue_sql, &rows, detail);
	while (err == SVCTAG_OK) {
		err = db_step(rows, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		if (catalogue != NULL)
			err = add_row(catalogue, &capacity, rows);
		hash_row(&sha, rows);
	}
	if (err == SVCTAG_E_CORRUPT)
		svctag_detail_set(detail, "the list of releases in the database is damaged");
	(void)sqlite3_finalize(rows);
	svctag_sha256_end(&sha, digest);
	return err;
}

static svctag_error
check_seal(sqlite3 *db, const uint8_t digest[SVCTAG_DIGEST_SIZE], bool empty, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	bool row = false;
	bool holds;
	svctag_error err;

	err = db_prepare(db, "SELECT digest FROM seal WHERE id = 1", &statement, detail);
	if (err == SVCTAG_OK)
		err = db_step(statement, &row, detail);
	if (err == SVCTAG_OK) {
		/* Before the first import there is neither a release nor a seal. */
		holds = row ? sqlite3_column_bytes(statement, 0) == SVCTAG_DIGEST_SIZE &&
					memcmp(sqlite3_column_blob(statement, 0), digest, SVCTAG_DIGEST_SIZE) == 0
			    : empty;
		if (!holds) {
			svctag_detail_set(detail,
					  "the list of releases in the database is damaged: its seal does not hold");
			err = SVCTAG_E_CORRUPT;
		}
	}
	(void)sqlite3_finalize(statement);
	return err;
}

svctag_error
store_read_catalogue(sqlite3 *db, svctag_catalogue **ret, svctag_detail *detail)
{
	svctag_catalogue *catalogue = calloc(1, sizeof(*catalogue));
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	svctag_error err;

	if (catalogue == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = read_rows(db, catalogue, digest, detail);
	if (err == SVCTAG_OK)
		err = check_seal(db, digest, catalogue->release_count == 0, detail);
	if (err == SVCTAG_OK)
		err = catalogue_index(catalogue);
	if (err != SVCTAG_OK) {
		svctag_catalogue_free(catalogue);
		return err;
	}
	*ret = catalogue;
	return SVCTAG_OK;
}

svctag_error
store_write_seal(sqlite3 *db, svctag_detail *detail)
{
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	sqlite3_stmt *statement = NULL;
	svctag_error err;

	err = read_rows(db, NULL, digest, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db,
				 "INSERT INTO seal (id, digest) VALUES (1, ?) ON CONFLICT DO UPDATE SET digest = "
				 "excluded.digest",
				 &statement, detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "b", digest, sizeof(digest));
	if (err == SVCTAG_OK)
		err = db_execute(statement, detail);
	(void)sqlite3_finalize(statement);
	return err;
}

svctag_error
store_find_cloud(sqlite3 *db, const char *name, int64_t *ret, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	bool row = false;
	svctag_error err;

	err = db_prepare(db, "SELECT id FROM cloud WHERE name = ?", &statement, detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "t", name);
	if (err == SVCTAG_OK)
		err = db_step(statement, &row, detail);
	if (err == SVCTAG_OK && !row) {
		svctag_detail_set(detail, "cloud %s is not in the database", name);
		err = SVCTAG_E_NOT_FOUND;
	}
	if (err == SVCTAG_OK)
		*ret = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return err;
}

/* The caller's particulars may be older than the database: does the release still stand there? */
static svctag_error
find_release(sqlite3 *db, const svctag_release_info *info, int64_t *ret_cloud_id, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	bool row = false;
	svctag_error err;

	err = db_prepare(db, "SELECT cloud_id FROM release WHERE id = ? AND position = ? AND digest = ?", &statement,
			 detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "iib", info->id, info->position, info->digest,
			      (size_t)SVCTAG_DIGEST_SIZE);
	if (err == SVCTAG_OK)
		err = db_step(statement, &row, detail);
	if (err == SVCTAG_OK && !row) {
		svctag_detail_set(detail, "release %" PRId64 " of cloud %s (%s) is not in the database any more",
				  info->change_number, info->cloud, info->published);
		err = SVCTAG_E_NOT_FOUND;
	}
	if (err == SVCTAG_OK)
		*ret_cloud_id = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return err;
}

svctag_error
store_read_checked(sqlite3 *db, const svctag_release_info *info, svctag_release **ret, svctag_detail *detail)
{
	svctag_release *release = NULL;
	int64_t cloud_id = 0;
	svctag_error err;

	err = find_release(db, info, &cloud_id, detail);
	if (err == SVCTAG_OK)
		err = store_read_content(db, cloud_id, info->position, info->change_number, &release, detail);
	if (err != SVCTAG_OK)
		return err;
	if (memcmp(svctag_release_digest(release), info->digest, SVCTAG_DIGEST_SIZE) != 0) {
		svctag_detail_set(detail,
				  "release %" PRId64
				  " of cloud %s (%s) is damaged: its content does not match its digest",
				  info->change_number, info->cloud, info->published);
		svctag_release_free(release);
		return SVCTAG_E_CORRUPT;
	}
	*ret = release;
	return SVCTAG_OK;
}

svctag_error
store_indexed_release(sqlite3 *db, int64_t cloud_id, int64_t *ret, svctag_detail *detail)
{
	return db_number_for(db, "SELECT release_id FROM release_index WHERE cloud_id = ?", cloud_id, ret, detail);
}

/* Straight into aligned memory, without SQLite's own copy of two megabytes. */
svctag_error
store_read_index(sqlite3 *db, int64_t cloud_id, void **ret, size_t *ret_size, svctag_detail *detail)
{
	sqlite3_blob *blob = NULL;
	void *data = NULL;
	size_t size = 0;
	svctag_error err = SVCTAG_OK;

	if (sqlite3_blob_open(db, "main", "release_index", "data", cloud_id, 0, &blob) != SQLITE_OK)
		return db_error(db, detail);
	size = (size_t)sqlite3_blob_bytes(blob);
	data = index_allocate(size);
	if (data == NULL)
		err = SVCTAG_E_NO_MEMORY;
	else if (sqlite3_blob_read(blob, data, (int)size, 0) != SQLITE_OK)
		err = db_error(db, detail);
	(void)sqlite3_blob_close(blob);
	if (err != SVCTAG_OK) {
		free(data);
		return err;
	}
	*ret = data;
	*ret_size = size;
	return SVCTAG_OK;
}

bool
store_index_is_current(sqlite3 *db, int64_t cloud_id)
{
	uint8_t begin[INDEX_FORMAT_END];
	sqlite3_blob *blob = NULL;
	bool current = true;

	if (sqlite3_blob_open(db, "main", "release_index", "data", cloud_id, 0, &blob) == SQLITE_OK &&
	    sqlite3_blob_read(blob, begin, sizeof(begin), 0) == SQLITE_OK)
		current = index_format_is_current(begin);
	(void)sqlite3_blob_close(blob);
	return current;
}

svctag_error
svctag_store_catalogue(svctag_store *store, svctag_catalogue **ret, svctag_detail *detail)
{
	svctag_error err = svctag_store_begin_read(store, detail);

	if (err != SVCTAG_OK)
		return err;
	err = store_read_catalogue(store->db, ret, detail);
	svctag_store_end_read(store);
	return err;
}

svctag_error
svctag_store_content(svctag_store *store, const svctag_release_info *info, svctag_release **ret, svctag_detail *detail)
{
	svctag_error err = svctag_store_begin_read(store, detail);

	if (err != SVCTAG_OK)
		return err;
	err = store_read_checked(store->db, info, ret, detail);
	svctag_store_end_read(store);
	return err;
}

static svctag_error
compile_snapshot(sqlite3 *db, const svctag_release_info *info, svctag_snapshot **ret, svctag_detail *detail)
{
	svctag_release *release = NULL;
	svctag_error err = store_read_checked(db, info, &release, detail);

	if (err == SVCTAG_OK)
		err = svctag_snapshot_of_release(release, info, ret, detail);
	svctag_release_free(release);
	return err;
}

/* The stored index where there is one for this release, in a format this library reads. */
static svctag_error
read_snapshot(sqlite3 *db, const svctag_release_info *info, svctag_snapshot **ret, svctag_detail *detail)
{
	svctag_detail why = { "" };
	int64_t cloud_id = 0;
	int64_t indexed = 0;
	void *data = NULL;
	size_t size = 0;
	svctag_error err;

	err = find_release(db, info, &cloud_id, detail);
	if (err != SVCTAG_OK)
		return err;
	err = store_indexed_release(db, cloud_id, &indexed, detail);
	if (err == SVCTAG_E_NOT_FOUND || (err == SVCTAG_OK && indexed != info->id))
		return compile_snapshot(db, info, ret, detail);
	if (err == SVCTAG_OK)
		err = store_read_index(db, cloud_id, &data, &size, detail);
	if (err != SVCTAG_OK)
		return err;
	err = snapshot_of_bytes(data, size, info, ret, &why);
	/* Written by another version: the next import replaces it. */
	if (err == SVCTAG_E_FORMAT)
		return compile_snapshot(db, info, ret, detail);
	if (err != SVCTAG_OK && why.text[0] != '\0')
		svctag_detail_set(detail, "%s", why.text);
	return err;
}

svctag_error
svctag_store_snapshot(svctag_store *store, const svctag_release_info *info, svctag_snapshot **ret,
		      svctag_detail *detail)
{
	svctag_error err = svctag_store_begin_read(store, detail);

	if (err != SVCTAG_OK)
		return err;
	err = read_snapshot(store->db, info, ret, detail);
	svctag_store_end_read(store);
	return err;
}

svctag_error
svctag_store_snapshot_at(svctag_store *store, const char *cloud, const char *reference, svctag_snapshot **ret,
			 svctag_detail *detail)
{
	svctag_catalogue *catalogue = NULL;
	const svctag_release_info *info = NULL;
	size_t number = 0;
	svctag_error err;

	err = svctag_store_begin_read(store, detail);
	if (err != SVCTAG_OK)
		return err;
	err = store_read_catalogue(store->db, &catalogue, detail);
	if (err == SVCTAG_OK)
		err = svctag_catalogue_find_cloud(catalogue, cloud, &number, detail);
	if (err == SVCTAG_OK)
		err = svctag_catalogue_resolve(catalogue, number, reference, &info, detail);
	if (err == SVCTAG_OK)
		err = read_snapshot(store->db, info, ret, detail);
	svctag_store_end_read(store);
	svctag_catalogue_free(catalogue);
	return err;
}

/* Readers do without an index; that none is there, or another release's, is damage all the same. */
static svctag_error
demand_index(sqlite3 *db, const svctag_release_info *info, svctag_detail *detail)
{
	int64_t cloud_id = 0;
	int64_t indexed = 0;
	svctag_error err = find_release(db, info, &cloud_id, detail);

	if (err == SVCTAG_OK)
		err = store_indexed_release(db, cloud_id, &indexed, detail);
	if (err == SVCTAG_E_NOT_FOUND || (err == SVCTAG_OK && indexed != info->id)) {
		svctag_detail_set(detail, "the index of the newest release of cloud %s is missing", info->cloud);
		err = SVCTAG_E_CORRUPT;
	}
	return err;
}

svctag_error
svctag_store_check_index(svctag_store *store, const svctag_release_info *info, svctag_detail *detail)
{
	svctag_snapshot *stored = NULL;
	svctag_snapshot *compiled = NULL;
	svctag_error err;

	err = svctag_store_begin_read(store, detail);
	if (err != SVCTAG_OK)
		return err;
	err = demand_index(store->db, info, detail);
	if (err == SVCTAG_OK)
		err = read_snapshot(store->db, info, &stored, detail);
	if (err == SVCTAG_OK)
		err = compile_snapshot(store->db, info, &compiled, detail);
	svctag_store_end_read(store);
	if (err == SVCTAG_OK && !snapshot_same_bytes(stored, compiled)) {
		svctag_detail_set(detail, "the stored index of cloud %s differs from its release compiled again",
				  info->cloud);
		err = SVCTAG_E_CORRUPT;
	}
	svctag_snapshot_free(stored);
	svctag_snapshot_free(compiled);
	return err;
}
