/* Taking a release out again, in one transaction. */
#include <string.h>

#include "catalogue_internal.h"
#include "store_write.h"

static svctag_error
run_for(sqlite3 *db, const char *sql, int64_t id, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	svctag_error err = db_prepare(db, sql, &statement, detail);

	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "i", id);
	if (err == SVCTAG_OK)
		err = db_execute(statement, detail);
	(void)sqlite3_finalize(statement);
	return err;
}

/* Out of the intervals and the list; its sightings are gone or moved before. */
static svctag_error
drop_release(sqlite3 *db, int64_t cloud_id, int64_t id, svctag_detail *detail)
{
	struct span_place place = { .cloud_id = cloud_id };
	svctag_error err;

	err = store_position_of(db, id, &place.position, detail);
	if (err == SVCTAG_OK)
		err = store_find_next(db, &place, detail);
	if (err == SVCTAG_OK)
		err = spans_remove(db, &place, detail);
	if (err == SVCTAG_OK)
		err = run_for(db, "DELETE FROM release_index WHERE release_id = ?", id, detail);
	if (err == SVCTAG_OK)
		err = run_for(db, "DELETE FROM release WHERE id = ?", id, detail);
	return err;
}

/* Two neighbours that were kept apart by the release between them and have one content are one release. */
static svctag_error
join_neighbours(sqlite3 *db, int64_t cloud_id, const svctag_release_info *before, const svctag_release_info *after,
		svctag_detail *detail)
{
	svctag_error err;

	if (before == NULL || after == NULL || memcmp(before->digest, after->digest, SVCTAG_DIGEST_SIZE) != 0)
		return SVCTAG_OK;
	err = store_move_sightings(db, after->id, before->id, "", detail);
	return err == SVCTAG_OK ? drop_release(db, cloud_id, after->id, detail) : err;
}

static svctag_error
forget_in_transaction(sqlite3 *db, const svctag_release_info *info, svctag_detail *detail)
{
	svctag_catalogue *catalogue = NULL;
	svctag_catalogue *after = NULL;
	const svctag_release_info *found = NULL;
	const svctag_release_info *previous = NULL;
	const svctag_release_info *next = NULL;
	int64_t cloud_id = 0;
	size_t i;
	svctag_error err = store_check_list(db, detail);

	if (err == SVCTAG_OK)
		err = store_read_catalogue(db, &catalogue, detail);
	for (i = 0; err == SVCTAG_OK && i < catalogue->release_count; i++) {
		const svctag_release_info *one = &catalogue->releases[i];

		if (strcmp(one->cloud, info->cloud) != 0)
			continue;
		/* Numbers are used again: a stale one must not hit another release. */
		if (one->id == info->id && one->position == info->position &&
		    memcmp(one->digest, info->digest, SVCTAG_DIGEST_SIZE) == 0)
			found = one;
		else if (found == NULL)
			previous = one;
		else if (next == NULL)
			next = one;
	}
	if (err == SVCTAG_OK && found == NULL) {
		svctag_detail_set(detail, "the release is not in the database any more");
		err = SVCTAG_E_NOT_FOUND;
	}
	if (err == SVCTAG_OK)
		err = store_find_cloud(db, info->cloud, &cloud_id, detail);
	if (err == SVCTAG_OK)
		err = run_for(db, "DELETE FROM sighting WHERE release_id = ?", found->id, detail);
	if (err == SVCTAG_OK)
		err = drop_release(db, cloud_id, found->id, detail);
	if (err == SVCTAG_OK)
		err = join_neighbours(db, cloud_id, previous, next, detail);
	if (err == SVCTAG_OK && previous == NULL && next == NULL)
		err = run_for(db, "DELETE FROM cloud WHERE id = ?", cloud_id, detail);
	if (err == SVCTAG_OK)
		err = store_finish_write(db, cloud_id, info->cloud, NULL, &after, detail);
	svctag_catalogue_free(after);
	svctag_catalogue_free(catalogue);
	return err;
}

svctag_error
svctag_store_forget(svctag_store *store, const svctag_release_info *info, svctag_detail *detail)
{
	svctag_error err;

	err = store_begin_write(store, detail);
	if (err != SVCTAG_OK)
		return err;
	err = forget_in_transaction(store->db, info, detail);
	return store_end_write(store, err, detail);
}
