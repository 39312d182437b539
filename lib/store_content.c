/* The content of a release, put together from the intervals. */
#include "property_list.h"
#include "release_internal.h"
#include "span_list.h"
#include "store_internal.h"

/* The columns of the statement below. */
enum {
	COLUMN_NAME,
	COLUMN_PROPERTIES,
	COLUMN_PREFIXES,
};

static svctag_error
read_prefixes(sqlite3_stmt *tag, int64_t position, svctag_release_builder *builder)
{
	const void *data = sqlite3_column_blob(tag, COLUMN_PREFIXES);
	struct span_view view;
	svctag_prefix *prefixes;
	svctag_error err = span_view_open(data, (size_t)sqlite3_column_bytes(tag, COLUMN_PREFIXES), &view);

	if (err != SVCTAG_OK || view.counts[0] + view.counts[1] == 0)
		return err;
	err = release_builder_room(builder, view.counts[0] + view.counts[1], &prefixes);
	return err == SVCTAG_OK ? release_builder_take(builder, span_view_prefixes_at(&view, position, prefixes)) : err;
}

/* One tag, if it is there, with its prefixes into the builder. */
static svctag_error
read_tag(sqlite3_stmt *tag, int64_t position, svctag_release_builder *builder, svctag_detail *detail)
{
	svctag_properties properties = { .name = db_text(tag, COLUMN_NAME) };
	const void *data = sqlite3_column_blob(tag, COLUMN_PROPERTIES);
	bool there = false;
	svctag_error err = property_list_at(data, (size_t)sqlite3_column_bytes(tag, COLUMN_PROPERTIES), position,
					    &there, &properties);

	if (err == SVCTAG_OK && there)
		err = svctag_release_builder_add_tag(builder, &properties);
	if (err == SVCTAG_OK && there)
		err = read_prefixes(tag, position, builder);
	if (err == SVCTAG_E_INVALID || err == SVCTAG_E_CORRUPT) {
		svctag_detail_set(detail, "the database is damaged: the history of tag \"%.100s\"", properties.name);
		err = SVCTAG_E_CORRUPT;
	}
	return err;
}

svctag_error
store_read_content(sqlite3 *db, int64_t cloud_id, int64_t position, int64_t change_number, svctag_release **ret,
		   svctag_detail *detail)
{
	svctag_release_builder *builder = NULL;
	sqlite3_stmt *tags = NULL;
	bool row;
	svctag_error err;

	err = svctag_release_builder_new(change_number, &builder);
	/* As they lie in the file, which few other clouds' tags make longer. */
	if (err == SVCTAG_OK)
		err = db_prepare(db, "SELECT name, properties, prefixes FROM tag WHERE +cloud_id = ?", &tags, detail);
	if (err == SVCTAG_OK)
		err = db_bind(tags, detail, "i", cloud_id);
	while (err == SVCTAG_OK) {
		err = db_step(tags, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		err = read_tag(tags, position, builder, detail);
	}
	if (err == SVCTAG_OK)
		err = svctag_release_builder_finish(builder, ret, detail);
	(void)sqlite3_finalize(tags);
	svctag_release_builder_free(builder);
	return err == SVCTAG_E_DUPLICATE ? SVCTAG_E_CORRUPT : err;
}
