/* What is wrong with a database that no answer shows. */
#include <stdlib.h>

#include "store_lists.h"

/* The first row of the statement, if there is one, is what is wrong. */
static svctag_error
check_none(sqlite3 *db, const char *sql, const char *what, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	bool row = false;
	svctag_error err = db_prepare(db, sql, &statement, detail);

	if (err == SVCTAG_OK)
		err = db_step(statement, &row, detail);
	if (err == SVCTAG_OK && row) {
		svctag_detail_set(detail, "the database is damaged: %s%s", what, db_text(statement, 0));
		err = SVCTAG_E_CORRUPT;
	}
	(void)sqlite3_finalize(statement);
	return err;
}

svctag_error
store_check_pages(sqlite3 *db, svctag_detail *detail)
{
	return check_none(db, "SELECT integrity_check FROM pragma_integrity_check(1) WHERE integrity_check <> 'ok'", "",
			  detail);
}

svctag_error
store_check_rows(sqlite3 *db, svctag_detail *detail)
{
	svctag_error err = store_check_pages(db, detail);

	return err == SVCTAG_OK
		       ? check_none(db, "PRAGMA foreign_key_check", "a row belongs to nothing in table ", detail)
		       : err;
}

/*
 * An end between releases changes no answer yet: it would when a release is put there. Nor does a prefix that holds
 * where its tag is not there, but in its history.
 */
static svctag_error
check_tag(struct tag_lists *lists, const void *positions, bool *ret_changed)
{
	*ret_changed = false;
	return lists->properties.count > 0 && property_list_fits(&lists->properties, positions) &&
			       span_list_fits(&lists->prefixes, positions) &&
			       span_list_is_within(&lists->prefixes, &lists->properties)
		       ? SVCTAG_OK
		       : SVCTAG_E_CORRUPT;
}

/* What is kept of tags is whole, and all spans begin and end at releases. */
static svctag_error
check_tags(sqlite3 *db, svctag_detail *detail)
{
	sqlite3_stmt *clouds = NULL;
	bool row = false;
	svctag_error err = db_prepare(db, "SELECT id FROM cloud", &clouds, detail);

	while (err == SVCTAG_OK) {
		struct span_positions positions = { 0 };
		int64_t cloud_id;

		err = db_step(clouds, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		cloud_id = sqlite3_column_int64(clouds, 0);
		err = store_read_positions(db, cloud_id, &positions, detail);
		if (err == SVCTAG_OK)
			err = store_change_tags(db, cloud_id, check_tag, &positions, detail);
		free(positions.items);
	}
	(void)sqlite3_finalize(clouds);
	return err;
}

static svctag_error
check_all(sqlite3 *db, svctag_detail *detail)
{
	svctag_error err = store_check_rows(db, detail);

	if (err == SVCTAG_OK)
		err = store_check_list(db, detail);
	return err == SVCTAG_OK ? check_tags(db, detail) : err;
}

/* In one state of the file. */
svctag_error
svctag_store_check(svctag_store *store, svctag_detail *detail)
{
	svctag_error err = svctag_store_begin_read(store, detail);

	if (err != SVCTAG_OK)
		return err;
	err = check_all(store->db, detail);
	svctag_store_end_read(store);
	return err;
}
