/*
 * History as intervals. A span [first, until) of a key (a tag with its
 * properties, or a prefix of a tag) holds at every release position inside
 * it; until NULL: it still holds. An end is always the position of the first
 * release that lacks the key or has it with another value.
 *
 * A release enters at a position r that nothing refers to yet, before the
 * release at n (if one follows). What the intervals say at r is then what
 * held before; only keys for which the new content says otherwise change:
 *
 *   covers r, is not in the content    cut: the span ends at r; if it held
 *                                      at n too, the rest becomes its own
 *   is in the content, nothing covers  if a span with this value begins at
 *                                      n, it begins at r now; else a new
 *                                      span [r, n)
 *
 * so the work is one scan and as many writes as the neighbours differ. The
 * result depends on the contents and their order alone, never on the order of
 * arrival.
 */
#include <stdlib.h>
#include <string.h>

#include "release_internal.h"
#include "store_internal.h"

/** What is to be done for one key. */
enum {
	OP_SPLIT = 1,  /**< the covering span's part from n on becomes a span of its own; before the cut */
	OP_CUT = 2,    /**< the covering span ends at r */
	OP_EXTEND = 4, /**< the span that begins at n begins at r */
	OP_INSERT = 8, /**< a new span [r, n) */
};

/** What the intervals say of one key around r. */
struct span_state {
	bool covers;
	int64_t cover_first;
	bool cover_goes_on; /**< past n */
	bool cover_equal;   /**< its value is the content's */
	bool next;          /**< a span begins at n */
	bool next_equal;
};

static unsigned int
decide(const struct span_state *state, bool present)
{
	unsigned int ops = 0;

	if (present && state->covers && state->cover_equal)
		return 0;
	if (state->covers)
		ops |= OP_CUT | (state->cover_goes_on ? OP_SPLIT : 0U);
	if (present)
		ops |= state->next && state->next_equal ? OP_EXTEND : OP_INSERT;
	return ops;
}

/** One decision that was not "nothing". */
struct change {
	int64_t tag_id;
	int64_t cover_first;
	const svctag_properties *properties; /**< of the content, where it has the tag */
	unsigned int ops;
	uint8_t key[SPAN_KEY_SIZE];
	size_t key_size; /**< 0: the tag itself */
};

/** A tag of the content with the store's number for it. */
struct known_tag {
	int64_t id;
	const svctag_tag *tag;
};

struct insertion {
	sqlite3 *db;
	const struct span_place *place;
	struct known_tag *tags; /**< by id */
	size_t tag_count;
	struct change *changes;
	size_t change_count;
	size_t change_capacity;
};

static int
compare_known(const void *a, const void *b)
{
	int64_t x = ((const struct known_tag *)a)->id;
	int64_t y = ((const struct known_tag *)b)->id;

	return (x > y) - (x < y);
}

static svctag_error
tag_id(sqlite3_stmt *find, sqlite3_stmt *add, int64_t cloud_id, const char *name, int64_t *ret, svctag_detail *detail)
{
	bool row = false;
	svctag_error err;

	err = db_bind(find, detail, "it", cloud_id, name);
	if (err == SVCTAG_OK)
		err = db_step(find, &row, detail);
	if (err == SVCTAG_OK && row)
		*ret = sqlite3_column_int64(find, 0);
	(void)sqlite3_reset(find);
	if (err != SVCTAG_OK || row)
		return err;
	err = db_bind(add, detail, "it", cloud_id, name);
	if (err == SVCTAG_OK)
		err = db_execute(add, detail);
	if (err == SVCTAG_OK)
		*ret = sqlite3_last_insert_rowid(sqlite3_db_handle(add));
	return err;
}

/* Find or make the number of each of the content's tags. */
static svctag_error
number_tags(struct insertion *in, const svctag_release *release, svctag_detail *detail)
{
	sqlite3_stmt *find = NULL;
	sqlite3_stmt *add = NULL;
	size_t i;
	svctag_error err;

	in->tag_count = svctag_release_tag_count(release);
	in->tags = malloc((in->tag_count + 1) * sizeof(*in->tags));
	if (in->tags == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = db_prepare(in->db, "SELECT id FROM tag WHERE cloud_id = ? AND name = ?", &find, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(in->db, "INSERT INTO tag (cloud_id, name) VALUES (?, ?)", &add, detail);
	for (i = 0; err == SVCTAG_OK && i < in->tag_count; i++) {
		in->tags[i].tag = svctag_release_tag(release, i);
		err = tag_id(find, add, in->place->cloud_id, in->tags[i].tag->properties.name, &in->tags[i].id, detail);
	}
	if (err == SVCTAG_OK && in->tag_count > 1)
		qsort(in->tags, in->tag_count, sizeof(*in->tags), compare_known);
	(void)sqlite3_finalize(find);
	(void)sqlite3_finalize(add);
	return err;
}

static svctag_error
add_change(struct insertion *in, const struct change *change)
{
	if (change->ops == 0)
		return SVCTAG_OK;
	if (in->change_count == in->change_capacity) {
		size_t capacity = in->change_capacity * 2 + 256;
		struct change *changes = realloc(in->changes, capacity * sizeof(*changes));

		if (changes == NULL)
			return SVCTAG_E_NO_MEMORY;
		in->changes = changes;
		in->change_capacity = capacity;
	}
	in->changes[in->change_count++] = *change;
	return SVCTAG_OK;
}

/* Take one row (first, until at these columns) into the state of its key. */
static void
note_span(const struct span_place *place, sqlite3_stmt *row, int column, bool equal, struct span_state *state)
{
	int64_t first = sqlite3_column_int64(row, column);
	bool open = sqlite3_column_type(row, column + 1) == SQLITE_NULL;

	if (place->has_next && first == place->next) {
		state->next = true;
		state->next_equal = equal;
		return;
	}
	state->covers = true;
	state->cover_first = first;
	state->cover_equal = equal;
	state->cover_goes_on = place->has_next && (open || sqlite3_column_int64(row, column + 1) > place->next);
}

static bool
same_text(const char *a, sqlite3_stmt *row, int column)
{
	if (a == NULL || sqlite3_column_type(row, column) == SQLITE_NULL)
		return a == NULL && sqlite3_column_type(row, column) == SQLITE_NULL;
	return strcmp(a, db_text(row, column)) == 0;
}

/* The properties of a row of tag_span from this column on. */
static bool
same_properties(const svctag_properties *p, sqlite3_stmt *row, int column)
{
	bool has_id = sqlite3_column_type(row, column + 2) != SQLITE_NULL;

	return p->change_number == sqlite3_column_int64(row, column) && same_text(p->region, row, column + 1) &&
	       p->has_region_id == has_id && (!has_id || p->region_id == sqlite3_column_int(row, column + 2)) &&
	       same_text(p->platform, row, column + 3) && same_text(p->system_service, row, column + 4) &&
	       same_text(p->network_features, row, column + 5);
}

#define AROUND "((s.first <= ?2 AND (s.until IS NULL OR s.until > ?2)) OR s.first = ?3)"

/* -1 is no position that could follow. */
static svctag_error
bind_place(sqlite3_stmt *statement, const struct span_place *place, svctag_detail *detail)
{
	return db_bind(statement, detail, "iii", place->cloud_id, place->position,
		       place->has_next ? place->next : INT64_MIN);
}

static svctag_error
settle_tag(struct insertion *in, int64_t id, const svctag_tag *tag, const struct span_state *state)
{
	struct change change = {
		.tag_id = id,
		.cover_first = state->cover_first,
		.properties = tag != NULL ? &tag->properties : NULL,
		.ops = decide(state, tag != NULL),
	};

	return add_change(in, &change);
}

/* Walk the spans of tags and the content's tags together, both by tag id. */
static svctag_error
compare_tag_spans(struct insertion *in, svctag_detail *detail)
{
	sqlite3_stmt *rows = NULL;
	size_t i = 0;
	bool row = false;
	svctag_error err;

	err = db_prepare(in->db,
			 "SELECT s.tag_id, s.first, s.until, s.change_number, s.region, s.region_id, s.platform, "
			 "s.system_service, s.network_features FROM tag_span s JOIN tag t ON t.id = s.tag_id "
			 "WHERE t.cloud_id = ?1 AND " AROUND " ORDER BY s.tag_id, s.first",
			 &rows, detail);
	if (err == SVCTAG_OK)
		err = bind_place(rows, in->place, detail);
	if (err == SVCTAG_OK)
		err = db_step(rows, &row, detail);
	while (err == SVCTAG_OK && (row || i < in->tag_count)) {
		struct span_state state = { 0 };
		const svctag_tag *tag = NULL;
		int64_t id = row ? sqlite3_column_int64(rows, 0) : INT64_MAX;

		if (i < in->tag_count && in->tags[i].id <= id) {
			id = in->tags[i].id;
			tag = in->tags[i++].tag;
		}
		while (err == SVCTAG_OK && row && sqlite3_column_int64(rows, 0) == id) {
			bool equal = tag != NULL && same_properties(&tag->properties, rows, 3);

			note_span(in->place, rows, 1, equal, &state);
			err = db_step(rows, &row, detail);
		}
		if (err == SVCTAG_OK)
			err = settle_tag(in, id, tag, &state);
	}
	(void)sqlite3_finalize(rows);
	return err;
}

/** The content's (tag id, prefix) pairs in the order of prefix_span's key. */
struct incoming {
	const struct insertion *in;
	size_t tag;
	size_t prefix;
	int64_t tag_id; /**< of the pair it stands at */
	uint8_t key[SPAN_KEY_SIZE];
	size_t key_size; /**< 0 past the end */
};

static void
incoming_settle(struct incoming *it)
{
	while (it->tag < it->in->tag_count && it->prefix == it->in->tags[it->tag].tag->prefix_count) {
		it->tag++;
		it->prefix = 0;
	}
	it->key_size = 0;
	if (it->tag == it->in->tag_count)
		return;
	it->tag_id = it->in->tags[it->tag].id;
	it->key_size = span_key_of_prefix(&it->in->tags[it->tag].tag->prefixes[it->prefix], it->key);
}

static int
compare_keys(const void *a, size_t a_size, const void *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* The pair against the row: <0, the pair comes first; at the end of either the other does. */
static int
compare_with_row(const struct incoming *it, sqlite3_stmt *rows, bool row)
{
	int64_t id;

	if (it->key_size == 0 || !row)
		return it->key_size == 0 ? 1 : -1;
	id = sqlite3_column_int64(rows, 0);
	if (it->tag_id != id)
		return it->tag_id < id ? -1 : 1;
	return compare_keys(it->key, it->key_size, sqlite3_column_blob(rows, 1), (size_t)sqlite3_column_bytes(rows, 1));
}

/* One key from the rows, the content, or both. */
static svctag_error
merge_prefix(struct insertion *in, struct incoming *it, sqlite3_stmt *rows, bool *row, svctag_detail *detail)
{
	struct span_state state = { 0 };
	struct change change = { 0 };
	int order = compare_with_row(it, rows, *row);
	svctag_error err = SVCTAG_OK;

	if (order <= 0) {
		change.tag_id = it->tag_id;
		change.key_size = it->key_size;
		memcpy(change.key, it->key, it->key_size);
		it->prefix++;
		incoming_settle(it);
	} else {
		size_t size = (size_t)sqlite3_column_bytes(rows, 1);

		if (size > SPAN_KEY_SIZE || size == 0) {
			svctag_detail_set(detail, "a prefix in the database is damaged");
			return SVCTAG_E_CORRUPT;
		}
		change.tag_id = sqlite3_column_int64(rows, 0);
		change.key_size = size;
		memcpy(change.key, sqlite3_column_blob(rows, 1), size);
	}
	while (order >= 0 && err == SVCTAG_OK && *row && sqlite3_column_int64(rows, 0) == change.tag_id &&
	       compare_keys(change.key, change.key_size, sqlite3_column_blob(rows, 1),
			    (size_t)sqlite3_column_bytes(rows, 1)) == 0) {
		note_span(in->place, rows, 2, true, &state);
		err = db_step(rows, row, detail);
	}
	change.cover_first = state.cover_first;
	change.ops = decide(&state, order <= 0);
	return err == SVCTAG_OK ? add_change(in, &change) : err;
}

static svctag_error
compare_prefix_spans(struct insertion *in, svctag_detail *detail)
{
	struct incoming it = { .in = in };
	sqlite3_stmt *rows = NULL;
	bool row = false;
	svctag_error err;

	incoming_settle(&it);
	/* The order is the primary key's: no sorting, one pass over the table. */
	err = db_prepare(in->db,
			 "SELECT s.tag_id, s.prefix, s.first, s.until FROM prefix_span s "
			 "WHERE s.tag_id IN (SELECT id FROM tag WHERE cloud_id = ?1) AND " AROUND
			 " ORDER BY s.tag_id, s.prefix, s.first",
			 &rows, detail);
	if (err == SVCTAG_OK)
		err = bind_place(rows, in->place, detail);
	if (err == SVCTAG_OK)
		err = db_step(rows, &row, detail);
	while (err == SVCTAG_OK && (row || it.key_size > 0))
		err = merge_prefix(in, &it, rows, &row, detail);
	(void)sqlite3_finalize(rows);
	return err;
}

/** The four writes for one of the two tables. */
struct writes {
	sqlite3_stmt *split;
	sqlite3_stmt *cut;
	sqlite3_stmt *extend;
	sqlite3_stmt *insert;
};

static void
writes_release(struct writes *writes)
{
	(void)sqlite3_finalize(writes->split);
	(void)sqlite3_finalize(writes->cut);
	(void)sqlite3_finalize(writes->extend);
	(void)sqlite3_finalize(writes->insert);
}

static svctag_error
prepare_tag_writes(sqlite3 *db, struct writes *writes, svctag_detail *detail)
{
	svctag_error err;

	err = db_prepare(db,
			 "INSERT INTO tag_span SELECT tag_id, ?3, until, change_number, region, region_id, platform, "
			 "system_service, network_features FROM tag_span WHERE tag_id = ?1 AND first = ?2",
			 &writes->split, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db, "UPDATE tag_span SET until = ?3 WHERE tag_id = ?1 AND first = ?2", &writes->cut,
				 detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db, "UPDATE tag_span SET first = ?3 WHERE tag_id = ?1 AND first = ?2", &writes->extend,
				 detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db,
				 "INSERT INTO tag_span (tag_id, first, until, change_number, region, system_service, "
				 "region_id, platform, network_features) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
				 &writes->insert, detail);
	return err;
}

static svctag_error
prepare_prefix_writes(sqlite3 *db, struct writes *writes, svctag_detail *detail)
{
	svctag_error err;

	err = db_prepare(db,
			 "INSERT INTO prefix_span SELECT tag_id, prefix, ?3, until FROM prefix_span "
			 "WHERE tag_id = ?1 AND first = ?2 AND prefix = ?4",
			 &writes->split, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db,
				 "UPDATE prefix_span SET until = ?3 WHERE tag_id = ?1 AND first = ?2 AND prefix = ?4",
				 &writes->cut, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db,
				 "UPDATE prefix_span SET first = ?3 WHERE tag_id = ?1 AND first = ?2 AND prefix = ?4",
				 &writes->extend, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db, "INSERT INTO prefix_span (tag_id, first, until, prefix) VALUES (?, ?, ?, ?)",
				 &writes->insert, detail);
	return err;
}

/* Run a write that moves a boundary of the span that begins at `first`. */
static svctag_error
move_boundary(sqlite3_stmt *write, const struct change *change, int64_t first, int64_t boundary, svctag_detail *detail)
{
	svctag_error err;

	if (change->key_size > 0)
		err = db_bind(write, detail, "iiib", change->tag_id, first, boundary, change->key, change->key_size);
	else
		err = db_bind(write, detail, "iii", change->tag_id, first, boundary);
	return err == SVCTAG_OK ? db_execute(write, detail) : err;
}

static svctag_error
insert_span(sqlite3_stmt *insert, const struct span_place *place, const struct change *change, svctag_detail *detail)
{
	const svctag_properties *p = change->properties;
	svctag_error err;

	if (change->key_size > 0)
		err = db_bind(insert, detail, "iiib", change->tag_id, place->position, place->next, change->key,
			      change->key_size);
	else
		err = db_bind(insert, detail, "iiiitt", change->tag_id, place->position, place->next, p->change_number,
			      p->region, p->system_service);
	if (err == SVCTAG_OK && !place->has_next && sqlite3_bind_null(insert, 3) != SQLITE_OK)
		err = SVCTAG_E_DATABASE;
	if (err == SVCTAG_OK && change->key_size == 0) {
		int code = p->has_region_id ? sqlite3_bind_int(insert, 7, p->region_id) : sqlite3_bind_null(insert, 7);

		if (code == SQLITE_OK)
			code = sqlite3_bind_text(insert, 8, p->platform, -1, SQLITE_STATIC);
		if (code == SQLITE_OK)
			code = sqlite3_bind_text(insert, 9, p->network_features, -1, SQLITE_STATIC);
		if (code != SQLITE_OK)
			err = db_error(sqlite3_db_handle(insert), detail);
	}
	return err == SVCTAG_OK ? db_execute(insert, detail) : err;
}

static svctag_error
apply_change(const struct span_place *place, const struct writes *writes, const struct change *change,
	     svctag_detail *detail)
{
	svctag_error err = SVCTAG_OK;

	if ((change->ops & OP_SPLIT) != 0)
		err = move_boundary(writes->split, change, change->cover_first, place->next, detail);
	if (err == SVCTAG_OK && (change->ops & OP_CUT) != 0)
		err = move_boundary(writes->cut, change, change->cover_first, place->position, detail);
	if (err == SVCTAG_OK && (change->ops & OP_EXTEND) != 0)
		err = move_boundary(writes->extend, change, place->next, place->position, detail);
	if (err == SVCTAG_OK && (change->ops & OP_INSERT) != 0)
		err = insert_span(writes->insert, place, change, detail);
	return err;
}

static svctag_error
apply_changes(const struct insertion *in, svctag_detail *detail)
{
	struct writes tags = { 0 };
	struct writes prefixes = { 0 };
	size_t i;
	svctag_error err;

	err = prepare_tag_writes(in->db, &tags, detail);
	if (err == SVCTAG_OK)
		err = prepare_prefix_writes(in->db, &prefixes, detail);
	for (i = 0; err == SVCTAG_OK && i < in->change_count; i++) {
		const struct change *change = &in->changes[i];

		err = apply_change(in->place, change->key_size > 0 ? &prefixes : &tags, change, detail);
	}
	writes_release(&tags);
	writes_release(&prefixes);
	return err;
}

svctag_error
spans_insert(sqlite3 *db, const struct span_place *place, const svctag_release *release, svctag_detail *detail)
{
	struct insertion in = { .db = db, .place = place };
	svctag_error err;

	err = number_tags(&in, release, detail);
	if (err == SVCTAG_OK)
		err = compare_tag_spans(&in, detail);
	if (err == SVCTAG_OK)
		err = compare_prefix_spans(&in, detail);
	if (err == SVCTAG_OK)
		err = apply_changes(&in, detail);
	free(in.tags);
	free(in.changes);
	return err;
}

/*
 * Taking out the release at r, before the one at n: boundaries at r move to n
 * (or to the end of time), what lay between r and n alone goes, and a span
 * that ended at r grows together with an equal one that begins at n. The two
 * tables differ in what makes a key and an equal value.
 */
#define OF_CLOUD "tag_id IN (SELECT id FROM tag WHERE cloud_id = ?1)"
#define SAME_TAG                                                                                               \
	"b.tag_id = a.tag_id AND b.change_number = a.change_number AND b.region = a.region AND "               \
	"b.region_id IS a.region_id AND b.platform IS a.platform AND b.system_service = a.system_service AND " \
	"b.network_features IS a.network_features"
#define SAME_PREFIX "b.tag_id = a.tag_id AND b.prefix = a.prefix"
#define REMOVE_FROM(table, same)                                                                                    \
	"UPDATE " table " AS a SET until = (SELECT b.until FROM " table " b WHERE " same " AND b.first = ?3) "      \
	"WHERE a." OF_CLOUD " AND a.until = ?2 AND EXISTS "                                                         \
	"(SELECT 1 FROM " table " b WHERE " same " AND b.first = ?3)",                                              \
		"DELETE FROM " table " AS b WHERE b." OF_CLOUD " AND b.first = ?3 AND EXISTS (SELECT 1 FROM " table \
		" a WHERE " same " AND a.first < ?2 AND (a.until IS NULL OR a.until > ?3))",                        \
		"UPDATE " table " SET until = ?3 WHERE " OF_CLOUD " AND until = ?2",                                \
		"DELETE FROM " table " WHERE " OF_CLOUD " AND first = ?2 AND until IS ?3",                          \
		"UPDATE " table " SET first = ?3 WHERE " OF_CLOUD " AND first = ?2"

static const char *const removals[] = {
	REMOVE_FROM("tag_span", SAME_TAG),
	REMOVE_FROM("prefix_span", SAME_PREFIX),
	"DELETE FROM tag WHERE cloud_id = ?1 AND NOT EXISTS (SELECT 1 FROM tag_span s WHERE s.tag_id = tag.id)",
};

svctag_error
spans_remove(sqlite3 *db, const struct span_place *place, svctag_detail *detail)
{
	svctag_error err = SVCTAG_OK;
	size_t i;

	for (i = 0; err == SVCTAG_OK && i < sizeof(removals) / sizeof(removals[0]); i++) {
		sqlite3_stmt *statement = NULL;
		int parameters;

		err = db_prepare(db, removals[i], &statement, detail);
		if (err != SVCTAG_OK)
			break;
		parameters = sqlite3_bind_parameter_count(statement);
		if (parameters == 1)
			err = db_bind(statement, detail, "i", place->cloud_id);
		else if (parameters == 2)
			err = db_bind(statement, detail, "ii", place->cloud_id, place->position);
		else if (place->has_next)
			err = db_bind(statement, detail, "iii", place->cloud_id, place->position, place->next);
		else
			err = db_bind(statement, detail, "iin", place->cloud_id, place->position);
		if (err == SVCTAG_OK)
			err = db_execute(statement, detail);
		(void)sqlite3_finalize(statement);
	}
	return err;
}
