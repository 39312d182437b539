#include "spans_write.h"

#include <stdlib.h>

/** The columns of `find`. */
enum {
	COLUMN_ID,
	COLUMN_PROPERTIES,
	COLUMN_PREFIXES,
};

/** A list in its bytes. */
struct packed {
	const void *data;
	size_t size;
	void *ours; /**< to be freed */
};

svctag_error
span_writer_prepare(struct span_writer *writer, svctag_detail *detail)
{
	svctag_error err;

	err = db_prepare(writer->db, "SELECT id, properties, prefixes FROM tag WHERE cloud_id = ? AND name = ?",
			 &writer->find, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(writer->db,
				 "INSERT INTO tag (cloud_id, name, properties, prefixes) VALUES (?, ?, ?, ?)",
				 &writer->add, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(writer->db, "UPDATE tag SET properties = ?2, prefixes = ?3 WHERE id = ?1",
				 &writer->put, detail);
	return err;
}

void
span_writer_release(struct span_writer *writer)
{
	(void)sqlite3_finalize(writer->find);
	(void)sqlite3_finalize(writer->add);
	(void)sqlite3_finalize(writer->put);
	property_list_release(&writer->properties);
	span_edit_release(&writer->prefixes);
}

void
span_writer_turn_to(struct span_writer *writer, const char *name)
{
	writer->name = name;
	writer->begun = false;
	writer->changes_properties = false;
	writer->changes_prefixes = false;
}

static svctag_error
damaged(const struct span_writer *writer, svctag_detail *detail)
{
	svctag_detail_set(detail, "the database is damaged: the history of tag %s", writer->name);
	return SVCTAG_E_CORRUPT;
}

/* What of the tag was stored so far, in this column. */
static struct packed
stored(const struct span_writer *writer, int column)
{
	struct packed packed = { 0 };

	if (writer->found) {
		packed.data = sqlite3_column_blob(writer->find, column);
		packed.size = (size_t)sqlite3_column_bytes(writer->find, column);
	}
	return packed;
}

/* The tag's row. It is held until the tag is left: the lists point there. */
static svctag_error
find(struct span_writer *writer, svctag_detail *detail)
{
	svctag_error err = SVCTAG_OK;

	if (writer->begun)
		return SVCTAG_OK;
	writer->found = false;
	err = db_bind(writer->find, detail, "it", writer->place->cloud_id, writer->name);
	if (err == SVCTAG_OK)
		err = db_step(writer->find, &writer->found, detail);
	writer->begun = err == SVCTAG_OK;
	return err;
}

svctag_error
span_write_tag(struct span_writer *writer, const svctag_properties *properties, unsigned int ops, svctag_detail *detail)
{
	svctag_error err = find(writer, detail);

	if (err == SVCTAG_OK && !writer->changes_properties) {
		struct packed packed = stored(writer, COLUMN_PROPERTIES);

		property_list_release(&writer->properties);
		err = property_list_unpack(packed.data, packed.size, &writer->properties);
		writer->changes_properties = err == SVCTAG_OK;
	}
	if (err == SVCTAG_OK)
		err = property_list_enter(&writer->properties, properties, ops, writer->place);
	return err == SVCTAG_E_CORRUPT ? damaged(writer, detail) : err;
}

svctag_error
span_write_prefix(struct span_writer *writer, const svctag_prefix *prefix, unsigned int ops, svctag_detail *detail)
{
	svctag_error err = find(writer, detail);

	if (err == SVCTAG_OK && !writer->changes_prefixes) {
		struct packed packed = stored(writer, COLUMN_PREFIXES);

		span_edit_release(&writer->prefixes);
		err = span_edit_begin(&writer->prefixes, packed.data, packed.size);
		writer->changes_prefixes = err == SVCTAG_OK;
	}
	if (err == SVCTAG_OK)
		err = span_edit_prefix(&writer->prefixes, prefix, ops, writer->place);
	return err == SVCTAG_E_CORRUPT ? damaged(writer, detail) : err;
}

/* What the column is to hold: what it held, or the list anew. */
static svctag_error
pack_properties(struct span_writer *writer, struct packed *ret)
{
	svctag_error err = SVCTAG_OK;

	*ret = stored(writer, COLUMN_PROPERTIES);
	if (writer->changes_properties) {
		err = property_list_pack(&writer->properties, &ret->ours, &ret->size);
		ret->data = ret->ours;
	}
	return err == SVCTAG_E_INVALID ? SVCTAG_E_CORRUPT : err;
}

static svctag_error
pack_prefixes(struct span_writer *writer, struct packed *ret)
{
	svctag_error err = SVCTAG_OK;

	*ret = stored(writer, COLUMN_PREFIXES);
	if (writer->changes_prefixes) {
		err = span_edit_finish(&writer->prefixes, &ret->ours, &ret->size);
		ret->data = ret->ours;
	}
	return err;
}

static svctag_error
store_lists(struct span_writer *writer, const struct packed *properties, const struct packed *prefixes,
	    svctag_detail *detail)
{
	sqlite3_stmt *statement = writer->found ? writer->put : writer->add;
	svctag_error err;

	if (writer->found)
		err = db_bind(statement, detail, "ibb", sqlite3_column_int64(writer->find, COLUMN_ID), properties->data,
			      properties->size, prefixes->data, prefixes->size);
	else
		err = db_bind(statement, detail, "itbb", writer->place->cloud_id, writer->name, properties->data,
			      properties->size, prefixes->data, prefixes->size);
	return err == SVCTAG_OK ? db_execute(statement, detail) : err;
}

svctag_error
span_writer_leave(struct span_writer *writer, svctag_detail *detail)
{
	struct packed properties = { 0 };
	struct packed prefixes = { 0 };
	svctag_error err;

	if (!writer->begun)
		return SVCTAG_OK;
	err = pack_properties(writer, &properties);
	if (err == SVCTAG_OK)
		err = pack_prefixes(writer, &prefixes);
	if (err == SVCTAG_E_CORRUPT)
		err = damaged(writer, detail);
	else if (err == SVCTAG_E_LIMIT)
		svctag_detail_set(detail, "the history of tag %s can hold no more releases", writer->name);
	if (err == SVCTAG_OK)
		err = store_lists(writer, &properties, &prefixes, detail);
	free(properties.ours);
	free(prefixes.ours);
	(void)sqlite3_reset(writer->find);
	writer->begun = false;
	return err;
}
