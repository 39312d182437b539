#include "store_lists.h"

#include <stdlib.h>

/** Statements for the next tag, for one that changed, and for one that is no more. */
struct walk {
	sqlite3_stmt *next;
	sqlite3_stmt *put;
	sqlite3_stmt *drop;
	tag_change change;
	const void *context;
};

static svctag_error
put_tag(struct walk *walk, int64_t tag_id, const struct tag_lists *lists, svctag_detail *detail)
{
	void *properties = NULL;
	void *prefixes = NULL;
	size_t properties_size = 0;
	size_t prefixes_size = 0;
	svctag_error err = property_list_pack(&lists->properties, &properties, &properties_size);

	if (err == SVCTAG_OK)
		err = span_list_pack(&lists->prefixes, &prefixes, &prefixes_size);
	if (err == SVCTAG_OK)
		err = db_bind(walk->put, detail, "ibb", tag_id, properties, properties_size, prefixes, prefixes_size);
	if (err == SVCTAG_OK)
		err = db_execute(walk->put, detail);
	free(properties);
	free(prefixes);
	return err == SVCTAG_E_INVALID ? SVCTAG_E_CORRUPT : err;
}

static svctag_error
drop_tag(struct walk *walk, int64_t tag_id, svctag_detail *detail)
{
	svctag_error err = db_bind(walk->drop, detail, "i", tag_id);

	return err == SVCTAG_OK ? db_execute(walk->drop, detail) : err;
}

static svctag_error
read_lists(sqlite3_stmt *row, struct tag_lists *ret)
{
	const void *properties = sqlite3_column_blob(row, 2);
	const void *prefixes = sqlite3_column_blob(row, 3);
	svctag_error err = property_list_unpack(properties, (size_t)sqlite3_column_bytes(row, 2), &ret->properties);

	if (err == SVCTAG_OK)
		err = span_list_unpack(prefixes, (size_t)sqlite3_column_bytes(row, 3), &ret->prefixes);
	return err;
}

/* The tag in the row at hand. */
static svctag_error
visit(struct walk *walk, svctag_detail *detail)
{
	int64_t tag_id = sqlite3_column_int64(walk->next, 0);
	struct tag_lists lists = { 0 };
	bool changed = false;
	svctag_error err = read_lists(walk->next, &lists);

	if (err == SVCTAG_OK)
		err = walk->change(&lists, walk->context, &changed);
	if (err == SVCTAG_OK && changed)
		err = lists.properties.count > 0 || lists.prefixes.count > 0 ? put_tag(walk, tag_id, &lists, detail)
									     : drop_tag(walk, tag_id, detail);
	if (err == SVCTAG_E_CORRUPT)
		svctag_detail_set(detail, "the database is damaged: the history of tag %s", db_text(walk->next, 1));
	else if (err == SVCTAG_E_LIMIT)
		svctag_detail_set(detail, "the history of tag %s can hold no more releases", db_text(walk->next, 1));
	property_list_release(&lists.properties);
	span_list_release(&lists.prefixes);
	return err;
}

static svctag_error
walk_tags(struct walk *walk, int64_t cloud_id, svctag_detail *detail)
{
	int64_t last = INT64_MIN;
	bool row = true;
	svctag_error err = SVCTAG_OK;

	while (err == SVCTAG_OK) {
		err = db_bind(walk->next, detail, "ii", cloud_id, last);
		if (err == SVCTAG_OK)
			err = db_step(walk->next, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		last = sqlite3_column_int64(walk->next, 0);
		err = visit(walk, detail);
	}
	return err;
}

svctag_error
store_change_tags(sqlite3 *db, int64_t cloud_id, tag_change change, const void *context, svctag_detail *detail)
{
	struct walk walk = { .change = change, .context = context };
	svctag_error err;

	/* By number, each found anew: what is written meanwhile does not matter. */
	err = db_prepare(db,
			 "SELECT id, name, properties, prefixes FROM tag WHERE +cloud_id = ?1 AND id > ?2 "
			 "ORDER BY id LIMIT 1",
			 &walk.next, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db, "UPDATE tag SET properties = ?2, prefixes = ?3 WHERE id = ?1", &walk.put, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db, "DELETE FROM tag WHERE id = ?", &walk.drop, detail);
	if (err == SVCTAG_OK)
		err = walk_tags(&walk, cloud_id, detail);
	(void)sqlite3_finalize(walk.next);
	(void)sqlite3_finalize(walk.put);
	(void)sqlite3_finalize(walk.drop);
	return err;
}
