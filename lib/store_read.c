/* Reading: the catalogue and its seal, releases that are what they claim to be, indexes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <svctag/hmac.h>

#include "catalogue_internal.h"
#include "index_format.h"
#include "release_list.h"
#include "snapshot_internal.h"
#include "store_internal.h"

/* The seal's row: the list of releases, and its digest. The pointers live until the statement is stepped. */
struct seal {
	sqlite3_stmt *statement;
	bool there;
	const void *list;
	size_t size;
	const void *digest;
	size_t digest_size;
};

static svctag_error
read_seal(sqlite3 *db, struct seal *ret, svctag_detail *detail)
{
	struct seal seal = { 0 };
	svctag_error err = db_prepare(db, "SELECT list, digest FROM seal WHERE id = 1", &seal.statement, detail);

	if (err == SVCTAG_OK)
		err = db_step(seal.statement, &seal.there, detail);
	if (err == SVCTAG_OK && seal.there) {
		seal.list = sqlite3_column_blob(seal.statement, 0);
		seal.size = (size_t)sqlite3_column_bytes(seal.statement, 0);
		seal.digest = sqlite3_column_blob(seal.statement, 1);
		seal.digest_size = (size_t)sqlite3_column_bytes(seal.statement, 1);
	}
	*ret = seal;
	return err;
}

static svctag_error
damaged_list(const char *why, svctag_detail *detail)
{
	svctag_detail_set(detail, "the list of releases in the database is damaged%s", why);
	return SVCTAG_E_CORRUPT;
}

/* Before the first import there is neither a release nor a seal. */
static svctag_error
check_none(sqlite3 *db, svctag_detail *detail)
{
	int64_t releases = 0;
	svctag_error err = db_number(db, "SELECT EXISTS (SELECT 1 FROM release)", &releases, detail);

	return err == SVCTAG_OK && releases != 0 ? damaged_list(": it has no seal", detail) : err;
}

static svctag_error
empty_catalogue(svctag_catalogue **ret)
{
	svctag_catalogue *catalogue = calloc(1, sizeof(*catalogue));
	svctag_error err = catalogue != NULL ? catalogue_index(catalogue) : SVCTAG_E_NO_MEMORY;

	if (err != SVCTAG_OK) {
		svctag_catalogue_free(catalogue);
		return err;
	}
	*ret = catalogue;
	return SVCTAG_OK;
}

svctag_error
store_read_catalogue(sqlite3 *db, svctag_catalogue **ret, svctag_detail *detail)
{
	struct seal seal;
	svctag_error err = read_seal(db, &seal, detail);

	if (err == SVCTAG_OK && seal.there) {
		err = release_list_unpack(seal.list, seal.size, ret);
		if (err == SVCTAG_E_CORRUPT)
			err = damaged_list(": its seal does not hold", detail);
	} else if (err == SVCTAG_OK) {
		err = check_none(db, detail);
		if (err == SVCTAG_OK)
			err = empty_catalogue(ret);
	}
	(void)sqlite3_finalize(seal.statement);
	return err;
}

static svctag_error
compare_rows(sqlite3 *db, const struct seal *seal, svctag_detail *detail)
{
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	void *list = NULL;
	size_t size = 0;
	svctag_error err = release_list_pack(db, &list, &size, detail);

	if (err == SVCTAG_OK) {
		svctag_sha256(list, size, digest);
		if (size != seal->size || memcmp(list, seal->list, size) != 0)
			err = damaged_list(": its rows are not what was sealed", detail);
		else if (seal->digest_size != sizeof(digest) || memcmp(seal->digest, digest, sizeof(digest)) != 0)
			err = damaged_list(": its seal does not hold", detail);
	}
	free(list);
	return err;
}

svctag_error
store_check_list(sqlite3 *db, svctag_detail *detail)
{
	struct seal seal;
	svctag_error err = read_seal(db, &seal, detail);

	if (err == SVCTAG_OK)
		err = seal.there ? compare_rows(db, &seal, detail) : check_none(db, detail);
	(void)sqlite3_finalize(seal.statement);
	return err;
}

svctag_error
store_write_seal(sqlite3 *db, svctag_detail *detail)
{
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	sqlite3_stmt *statement = NULL;
	void *list = NULL;
	size_t size = 0;
	svctag_error err = release_list_pack(db, &list, &size, detail);

	if (err == SVCTAG_OK) {
		svctag_sha256(list, size, digest);
		err = db_prepare(db,
				 "INSERT INTO seal (id, digest, list) VALUES (1, ?1, ?2) ON CONFLICT DO UPDATE SET "
				 "digest = excluded.digest, list = excluded.list",
				 &statement, detail);
	}
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "bb", digest, sizeof(digest), list, size);
	if (err == SVCTAG_OK)
		err = db_execute(statement, detail);
	(void)sqlite3_finalize(statement);
	free(list);
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

/* The row of a release is not there. Perhaps it was taken away, perhaps damage befell it. */
static svctag_error
missing_release(sqlite3 *db, const svctag_release_info *info, svctag_detail *detail)
{
	svctag_error err = store_check_list(db, detail);

	if (err != SVCTAG_OK)
		return err;
	svctag_detail_set(detail, "release %" PRId64 " of cloud %s (%s) is not in the database any more",
			  info->change_number, info->cloud, info->published);
	return SVCTAG_E_NOT_FOUND;
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
	if (err == SVCTAG_OK && row)
		*ret_cloud_id = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return err == SVCTAG_OK && !row ? missing_release(db, info, detail) : err;
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
