/*
 * Where releases stand in their cloud. Positions leave gaps, so that a
 * back-fill only writes what differs; when a gap is used up, all positions of
 * the cloud are spread out again.
 */
#include <stdlib.h>

#include "store_lists.h"
#include "store_write.h"

svctag_error
store_read_positions(sqlite3 *db, int64_t cloud_id, struct span_positions *ret, svctag_detail *detail)
{
	struct span_positions positions = { 0 };
	sqlite3_stmt *rows = NULL;
	int64_t count = 0;
	bool row = false;
	svctag_error err;

	err = db_number_for(db, "SELECT count(*) FROM release WHERE cloud_id = ?", cloud_id, &count, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db, "SELECT position FROM release WHERE cloud_id = ? ORDER BY position", &rows,
				 detail);
	if (err == SVCTAG_OK)
		err = db_bind(rows, detail, "i", cloud_id);
	if (err == SVCTAG_OK) {
		positions.items = calloc((size_t)count + 1, sizeof(*positions.items));
		err = positions.items == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	}
	while (err == SVCTAG_OK && positions.count < (size_t)count) {
		err = db_step(rows, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		positions.items[positions.count++] = sqlite3_column_int64(rows, 0);
	}
	(void)sqlite3_finalize(rows);
	if (err != SVCTAG_OK) {
		free(positions.items);
		return err;
	}
	*ret = positions;
	return SVCTAG_OK;
}

static svctag_error
spread(struct tag_lists *lists, const void *positions, bool *ret_changed)
{
	if (!property_list_fits(&lists->properties, positions) || !span_list_fits(&lists->prefixes, positions))
		return SVCTAG_E_CORRUPT;
	property_list_spread(&lists->properties, positions, STORE_POSITION_GAP);
	span_list_spread(&lists->prefixes, positions, STORE_POSITION_GAP);
	*ret_changed = true;
	return SVCTAG_OK;
}

/* By way of the negative numbers below all in use, so that no two rows ever collide. */
static svctag_error
spread_releases(sqlite3 *db, int64_t cloud_id, svctag_detail *detail)
{
	static const char *const steps[] = {
		"CREATE TEMP TABLE renumbered AS SELECT position AS old, (row_number() OVER (ORDER BY position)) * "
		"4096 AS new FROM release WHERE cloud_id = ?1",
		"UPDATE release SET position = -4611686018427387904 + (SELECT new FROM renumbered WHERE old = "
		"position) WHERE cloud_id = ?1",
		"UPDATE release SET position = position + 4611686018427387904 WHERE cloud_id = ?1",
		"DROP TABLE renumbered",
	};
	svctag_error err = SVCTAG_OK;
	size_t i;

	for (i = 0; err == SVCTAG_OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
		sqlite3_stmt *statement = NULL;

		err = db_prepare(db, steps[i], &statement, detail);
		if (err == SVCTAG_OK && sqlite3_bind_parameter_count(statement) == 1)
			err = db_bind(statement, detail, "i", cloud_id);
		if (err == SVCTAG_OK)
			err = db_execute(statement, detail);
		(void)sqlite3_finalize(statement);
	}
	return err;
}

/* Spread a cloud's positions out again, spans included: a gap was used up. */
static svctag_error
renumber(sqlite3 *db, int64_t cloud_id, svctag_detail *detail)
{
	struct span_positions positions = { 0 };
	svctag_error err = store_read_positions(db, cloud_id, &positions, detail);

	if (err == SVCTAG_OK)
		err = store_change_tags(db, cloud_id, spread, &positions, detail);
	if (err == SVCTAG_OK)
		err = spread_releases(db, cloud_id, detail);
	free(positions.items);
	return err;
}

svctag_error
store_position_of(sqlite3 *db, int64_t release_id, int64_t *ret, svctag_detail *detail)
{
	return db_number_for(db, "SELECT position FROM release WHERE id = ?", release_id, ret, detail);
}

/* The position of the first release after this one. */
svctag_error
store_find_next(sqlite3 *db, struct span_place *place, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	bool row = false;
	svctag_error err;

	err = db_prepare(db, "SELECT min(position) FROM release WHERE cloud_id = ? AND position > ?", &statement,
			 detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "ii", place->cloud_id, place->position);
	if (err == SVCTAG_OK)
		err = db_step(statement, &row, detail);
	if (err == SVCTAG_OK) {
		place->has_next = row && sqlite3_column_type(statement, 0) != SQLITE_NULL;
		place->next = place->has_next ? sqlite3_column_int64(statement, 0) : 0;
	}
	(void)sqlite3_finalize(statement);
	return err;
}

/* The position of the cloud's first release. */
static svctag_error
find_first(sqlite3 *db, struct span_place *place, svctag_detail *detail)
{
	place->position = INT64_MIN;
	return store_find_next(db, place, detail);
}

/*
 * A free position after the release `previous` (0: before all), and what
 * follows it.
 */
svctag_error
store_make_place(sqlite3 *db, int64_t cloud_id, int64_t previous, struct span_place *ret, svctag_detail *detail)
{
	struct span_place place = { .cloud_id = cloud_id };
	int64_t low = 0;
	svctag_error err;
	int attempt;

	for (attempt = 0; attempt < 2; attempt++) {
		err = previous == 0 ? find_first(db, &place, detail)
				    : store_position_of(db, previous, &place.position, detail);
		if (err == SVCTAG_OK && previous != 0)
			err = store_find_next(db, &place, detail);
		if (err != SVCTAG_OK)
			return err;
		low = previous == 0 ? place.next - 2 * (int64_t)STORE_POSITION_GAP : place.position;
		place.position = place.has_next ? low + (place.next - low) / 2 : low + STORE_POSITION_GAP;
		if (place.position > low) {
			*ret = place;
			return SVCTAG_OK;
		}
		err = renumber(db, cloud_id, detail);
		if (err != SVCTAG_OK)
			return err;
	}
	return SVCTAG_E_LIMIT;
}
