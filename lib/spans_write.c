#include "spans_write.h"

/*
 * Parameters: the tag; for a prefix its key; the position of the release; and,
 * but for a cut, that of the one after it (NULL for none).
 */
#define COVERS(position) "first < " position " AND (until IS NULL OR until > " position ")"

/** One statement and where it goes. */
struct preparation {
	sqlite3_stmt **ret;
	const char *sql;
};

svctag_error
span_writer_prepare(struct span_writer *writer, svctag_detail *detail)
{
	const struct preparation preparations[] = {
		{ &writer->find_tag, "SELECT id FROM tag WHERE cloud_id = ? AND name = ?" },
		{ &writer->add_tag, "INSERT INTO tag (cloud_id, name) VALUES (?, ?)" },
		{ &writer->tags.split,
		  "INSERT INTO tag_span SELECT tag_id, ?3, until, change_number, region, region_id, platform, "
		  "system_service, network_features FROM tag_span WHERE tag_id = ?1 AND " COVERS("?2") },
		{ &writer->tags.cut, "UPDATE tag_span SET until = ?2 WHERE tag_id = ?1 AND " COVERS("?2") },
		{ &writer->tags.extend, "UPDATE tag_span SET first = ?2 WHERE tag_id = ?1 AND first = ?3" },
		{ &writer->tags.insert,
		  "INSERT INTO tag_span (tag_id, first, until, change_number, region, system_service, region_id, "
		  "platform, network_features) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)" },
		{ &writer->prefixes.split, "INSERT INTO prefix_span SELECT tag_id, prefix, ?4, until FROM prefix_span "
					   "WHERE tag_id = ?1 AND prefix = ?2 AND " COVERS("?3") },
		{ &writer->prefixes.cut,
		  "UPDATE prefix_span SET until = ?3 WHERE tag_id = ?1 AND prefix = ?2 AND " COVERS("?3") },
		{ &writer->prefixes.extend,
		  "UPDATE prefix_span SET first = ?3 WHERE tag_id = ?1 AND prefix = ?2 AND first = ?4" },
		{ &writer->prefixes.insert,
		  "INSERT INTO prefix_span (tag_id, prefix, first, until) VALUES (?, ?, ?, ?)" },
	};
	svctag_error err = SVCTAG_OK;
	size_t i;

	for (i = 0; err == SVCTAG_OK && i < sizeof(preparations) / sizeof(preparations[0]); i++)
		err = db_prepare(writer->db, preparations[i].sql, preparations[i].ret, detail);
	return err;
}

static void
release_statements(struct span_statements *statements)
{
	(void)sqlite3_finalize(statements->split);
	(void)sqlite3_finalize(statements->cut);
	(void)sqlite3_finalize(statements->extend);
	(void)sqlite3_finalize(statements->insert);
}

void
span_writer_release(struct span_writer *writer)
{
	release_statements(&writer->tags);
	release_statements(&writer->prefixes);
	(void)sqlite3_finalize(writer->find_tag);
	(void)sqlite3_finalize(writer->add_tag);
}

void
span_writer_turn_to(struct span_writer *writer, const char *name)
{
	writer->name = name;
	writer->tag_id = 0;
}

/* Find or make the number of the tag at hand. */
static svctag_error
number_tag(struct span_writer *writer, svctag_detail *detail)
{
	int64_t cloud_id = writer->place->cloud_id;
	bool row = false;
	svctag_error err;

	if (writer->tag_id != 0)
		return SVCTAG_OK;
	err = db_bind(writer->find_tag, detail, "it", cloud_id, writer->name);
	if (err == SVCTAG_OK)
		err = db_step(writer->find_tag, &row, detail);
	if (err == SVCTAG_OK && row)
		writer->tag_id = sqlite3_column_int64(writer->find_tag, 0);
	(void)sqlite3_reset(writer->find_tag);
	if (err != SVCTAG_OK || row)
		return err;
	err = db_bind(writer->add_tag, detail, "it", cloud_id, writer->name);
	if (err == SVCTAG_OK)
		err = db_execute(writer->add_tag, detail);
	if (err == SVCTAG_OK)
		writer->tag_id = sqlite3_last_insert_rowid(writer->db);
	return err;
}

/* What was read as content has to be there as one span. */
static svctag_error
write_one(struct span_writer *writer, sqlite3_stmt *statement, svctag_detail *detail)
{
	svctag_error err = db_execute(statement, detail);

	if (err == SVCTAG_OK && sqlite3_changes(writer->db) != 1) {
		svctag_detail_set(detail, "the database is damaged: the history of tag %s", writer->name);
		err = SVCTAG_E_CORRUPT;
	}
	return err;
}

/* A statement that moves a boundary of the tag's spans. */
static svctag_error
move_tag(struct span_writer *writer, sqlite3_stmt *statement, svctag_detail *detail)
{
	const struct span_place *place = writer->place;
	const char *kinds = statement == writer->tags.cut ? "ii" : "iio";
	svctag_error err = db_bind(statement, detail, kinds, writer->tag_id, place->position,
				   place->has_next ? &place->next : NULL);

	return err == SVCTAG_OK ? write_one(writer, statement, detail) : err;
}

static svctag_error
insert_tag(struct span_writer *writer, const svctag_properties *p, svctag_detail *detail)
{
	const struct span_place *place = writer->place;
	const int64_t region_id = p->region_id;
	svctag_error err =
		db_bind(writer->tags.insert, detail, "iioittott", writer->tag_id, place->position,
			place->has_next ? &place->next : NULL, p->change_number, p->region, p->system_service,
			p->has_region_id ? &region_id : NULL, p->platform, p->network_features);

	return err == SVCTAG_OK ? write_one(writer, writer->tags.insert, detail) : err;
}

svctag_error
span_write_tag(struct span_writer *writer, const svctag_properties *properties, unsigned int ops, svctag_detail *detail)
{
	const struct span_statements *to = &writer->tags;
	svctag_error err = number_tag(writer, detail);

	if (err == SVCTAG_OK && (ops & SPAN_SPLIT) != 0)
		err = move_tag(writer, to->split, detail);
	if (err == SVCTAG_OK && (ops & SPAN_CUT) != 0)
		err = move_tag(writer, to->cut, detail);
	if (err == SVCTAG_OK && (ops & SPAN_EXTEND) != 0)
		err = move_tag(writer, to->extend, detail);
	if (err == SVCTAG_OK && (ops & SPAN_INSERT) != 0)
		err = insert_tag(writer, properties, detail);
	return err;
}

/* A statement about the prefix. */
static svctag_error
write_prefix(struct span_writer *writer, sqlite3_stmt *statement, const svctag_prefix *prefix, svctag_detail *detail)
{
	const struct span_place *place = writer->place;
	uint8_t key[SPAN_KEY_SIZE];
	size_t size = span_key_of_prefix(prefix, key);
	const char *kinds = statement == writer->prefixes.cut ? "ibi" : "ibio";
	svctag_error err = db_bind(statement, detail, kinds, writer->tag_id, key, size, place->position,
				   place->has_next ? &place->next : NULL);

	return err == SVCTAG_OK ? write_one(writer, statement, detail) : err;
}

svctag_error
span_write_prefix(struct span_writer *writer, const svctag_prefix *prefix, unsigned int ops, svctag_detail *detail)
{
	const struct span_statements *to = &writer->prefixes;
	svctag_error err = number_tag(writer, detail);

	if (err == SVCTAG_OK && (ops & SPAN_SPLIT) != 0)
		err = write_prefix(writer, to->split, prefix, detail);
	if (err == SVCTAG_OK && (ops & SPAN_CUT) != 0)
		err = write_prefix(writer, to->cut, prefix, detail);
	if (err == SVCTAG_OK && (ops & SPAN_EXTEND) != 0)
		err = write_prefix(writer, to->extend, prefix, detail);
	if (err == SVCTAG_OK && (ops & SPAN_INSERT) != 0)
		err = write_prefix(writer, to->insert, prefix, detail);
	return err;
}
