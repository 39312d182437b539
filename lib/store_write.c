/* Transactions, and what every change of the database ends with. */
#include <stdlib.h>
#include <string.h>

#include "catalogue_internal.h"
#include "prove.h"
#include "snapshot_internal.h"
#include "store_write.h"

svctag_error
store_begin_write(svctag_store *store, svctag_detail *detail)
{
	if (store->mode != SVCTAG_STORE_WRITE || store->readers > 0) {
		svctag_detail_set(detail, "the database was opened for reading, or is being read");
		return SVCTAG_E_INVALID;
	}
	return store_begin(store->db, "BEGIN IMMEDIATE", detail);
}

svctag_error
store_end_write(svctag_store *store, svctag_error err, svctag_detail *detail)
{
	if (err == SVCTAG_OK)
		err = db_run(store->db, "COMMIT", detail);
	if (err != SVCTAG_OK)
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

svctag_error
store_move_sightings(sqlite3 *db, int64_t from, int64_t to, const char *day, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	svctag_error err;

	err = db_prepare(db, "UPDATE sighting SET release_id = ?2 WHERE release_id = ?1 AND published >= ?3",
			 &statement, detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "iit", from, to, day);
	if (err == SVCTAG_OK)
		err = db_execute(statement, detail);
	(void)sqlite3_finalize(statement);
	return err;
}

/* The old one goes first: replaced in place, it would give its pages back only after the new one has taken others. */
static svctag_error
write_index(sqlite3 *db, int64_t cloud_id, int64_t release_id, const void *data, size_t size, svctag_detail *detail)
{
	sqlite3_stmt *drop = NULL;
	sqlite3_stmt *add = NULL;
	svctag_error err;

	err = db_prepare(db, "DELETE FROM release_index WHERE cloud_id = ?", &drop, detail);
	if (err == SVCTAG_OK)
		err = db_bind(drop, detail, "i", cloud_id);
	if (err == SVCTAG_OK)
		err = db_execute(drop, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db, "INSERT INTO release_index (cloud_id, release_id, data) VALUES (?, ?, ?)", &add,
				 detail);
	if (err == SVCTAG_OK)
		err = db_bind(add, detail, "iib", cloud_id, release_id, data, size);
	if (err == SVCTAG_OK)
		err = db_execute(add, detail);
	(void)sqlite3_finalize(drop);
	(void)sqlite3_finalize(add);
	return err;
}

/* Compile the cloud's newest release, store it, open what is stored, and let it answer. */
static svctag_error
compile_newest(sqlite3 *db, int64_t cloud_id, const svctag_release_info *newest, const svctag_release *known,
	       svctag_detail *detail)
{
	svctag_release *release = NULL;
	svctag_snapshot *proof = NULL;
	void *data = NULL;
	size_t size = 0;
	svctag_error err = SVCTAG_OK;

	if (known == NULL)
		err = store_read_checked(db, newest, &release, detail);
	if (err == SVCTAG_OK)
		err = svctag_index_build(known != NULL ? known : release, &data, &size);
	if (err == SVCTAG_OK)
		err = write_index(db, cloud_id, newest->id, data, size, detail);
	free(data);
	data = NULL;
	if (err == SVCTAG_OK)
		err = store_read_index(db, cloud_id, &data, &size, detail);
	if (err == SVCTAG_OK)
		err = snapshot_of_bytes(data, size, newest, &proof, detail);
	if (err == SVCTAG_OK)
		err = prove_snapshot(proof, known != NULL ? known : release, detail);
	svctag_snapshot_free(proof);
	svctag_release_free(release);
	return err;
}

static const svctag_release_info *
newest_of(const svctag_catalogue *catalogue, const char *cloud)
{
	size_t i;

	for (i = 0; i < catalogue->cloud_count; i++)
		if (sqlite3_stricmp(catalogue->clouds[i].name, cloud) == 0)
			return svctag_catalogue_release(catalogue, i, catalogue->clouds[i].count - 1);
	return NULL;
}

svctag_error
store_finish_write(sqlite3 *db, int64_t cloud_id, const char *cloud, const svctag_release *release,
		   svctag_catalogue **ret, svctag_detail *detail)
{
	svctag_catalogue *catalogue = NULL;
	const svctag_release_info *newest = NULL;
	int64_t indexed = 0;
	svctag_error err;

	err = store_write_seal(db, detail);
	if (err == SVCTAG_OK)
		err = store_read_catalogue(db, &catalogue, detail);
	if (err == SVCTAG_OK) {
		newest = newest_of(catalogue, cloud);
		err = store_indexed_release(db, cloud_id, &indexed, detail);
		if (err == SVCTAG_E_NOT_FOUND)
			err = SVCTAG_OK;
	}
	if (err == SVCTAG_OK && newest != NULL && (newest->id != indexed || !store_index_is_current(db, cloud_id))) {
		bool known = release != NULL &&
			     memcmp(svctag_release_digest(release), newest->digest, SVCTAG_DIGEST_SIZE) == 0;

		err = compile_newest(db, cloud_id, newest, known ? release : NULL, detail);
	}
	/* What is damaged shows before it is committed over. */
	if (err == SVCTAG_OK)
		err = store_check_pages(db, detail);
	if (err != SVCTAG_OK) {
		svctag_catalogue_free(catalogue);
		return err;
	}
	*ret = catalogue;
	return SVCTAG_OK;
}
