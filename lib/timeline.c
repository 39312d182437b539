#include "timeline.h"

#include <stdlib.h>
#include <string.h>

#include "property_list.h"
#include "span_list.h"
#include "store_internal.h"
#include "text.h"

/** A row of the table of tags. */
struct tag_row {
	int64_t id;
	uint32_t name;
	uint32_t tag;
};

/** A timeline in the making. */
struct loading {
	struct timeline *timeline;
	sqlite3 *db;
	int64_t cloud_id;
	const char *only; /**< this tag alone; NULL: all */
	struct tag_row *rows;
	size_t row_capacity, span_capacity, presence_capacity;
	size_t *live_tags, *live_spans; /**< by release: how many begin there less how many end there */
	uint32_t *newest;               /**< by tag: until when the spelling lasted that was seen to last longest */
};

static svctag_error
damaged(svctag_detail *detail, const char *what)
{
	svctag_detail_set(detail, "the history in the database is damaged: %s; `svctag verify` says where", what);
	return SVCTAG_E_CORRUPT;
}

/* Room for one element more in an array. */
static void *
grown(void *array, size_t count, size_t *capacity, size_t element)
{
	size_t bigger = *capacity == 0 ? 1024 : *capacity * 2;
	void *memory;

	if (count < *capacity)
		return array;
	memory = reallocarray(array, bigger, element);
	if (memory != NULL)
		*capacity = bigger;
	return memory;
}

const svctag_release_info *
timeline_release(const struct timeline *timeline, size_t i)
{
	return svctag_catalogue_release(timeline->catalogue, timeline->cloud, i);
}

void
timeline_free(struct timeline *timeline)
{
	size_t i;

	if (timeline == NULL)
		return;
	for (i = 0; i < timeline->name_count; i++)
		free(timeline->names[i]);
	free(timeline->names);
	free(timeline->tags);
	free(timeline->spans);
	free(timeline->presences);
	svctag_catalogue_free(timeline->catalogue);
	free(timeline);
}

/* The number of the release at a position. */
static bool
release_at(const struct timeline *timeline, int64_t position, uint32_t *ret)
{
	uint32_t low = 0;
	uint32_t high = timeline->release_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (timeline_release(timeline, middle)->position < position)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == timeline->release_count || timeline_release(timeline, low)->position != position)
		return false;
	*ret = low;
	return true;
}

/* The releases at which a span begins and ends. */
static svctag_error
find_ends(const struct timeline *timeline, int64_t first, int64_t end, uint32_t *ret_from, uint32_t *ret_until,
	  svctag_detail *detail)
{
	uint32_t from = 0;
	uint32_t until = timeline->release_count;

	if (!release_at(timeline, first, &from) || (end != SPAN_OPEN && !release_at(timeline, end, &until)) ||
	    from >= until)
		return damaged(detail, "a span does not begin or end at a release");
	*ret_from = from;
	*ret_until = until;
	return SVCTAG_OK;
}

static svctag_error
add_name(struct loading *loading, sqlite3_stmt *row)
{
	struct timeline *timeline = loading->timeline;
	size_t capacity = loading->row_capacity;
	void *rows = grown(loading->rows, timeline->name_count, &loading->row_capacity, sizeof(*loading->rows));
	void *names;

	if (rows == NULL)
		return SVCTAG_E_NO_MEMORY;
	loading->rows = rows;
	names = grown(timeline->names, timeline->name_count, &capacity, sizeof(*timeline->names));
	if (names == NULL)
		return SVCTAG_E_NO_MEMORY;
	timeline->names = names;
	loading->rows[timeline->name_count] =
		(struct tag_row){ sqlite3_column_int64(row, 0), (uint32_t)timeline->name_count, 0 };
	timeline->names[timeline->name_count] = strdup(db_text(row, 1));
	return timeline->names[timeline->name_count++] != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
}

/* Names come in order, letter case aside: equal ones are neighbours. */
static svctag_error
number_tags(struct loading *loading)
{
	struct timeline *timeline = loading->timeline;
	size_t i;

	timeline->tags = calloc(timeline->name_count + 1, sizeof(*timeline->tags));
	loading->newest = calloc(timeline->name_count + 1, sizeof(*loading->newest));
	if (timeline->tags == NULL || loading->newest == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < timeline->name_count; i++) {
		if (i == 0 || ascii_casecmp(timeline->names[i - 1], timeline->names[i]) != 0)
			timeline->tags[timeline->tag_count++].name = timeline->names[i];
		loading->rows[i].tag = (uint32_t)timeline->tag_count - 1;
	}
	return SVCTAG_OK;
}

static int
compare_rows(const void *a, const void *b)
{
	int64_t x = ((const struct tag_row *)a)->id;
	int64_t y = ((const struct tag_row *)b)->id;

	return (x > y) - (x < y);
}

/* The tags that are meant, their rows then by id. */
static svctag_error
read_tags(struct loading *loading, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	bool row = true;
	svctag_error err;

	err = db_prepare(loading->db,
			 "SELECT id, name FROM tag WHERE cloud_id = ?1 AND (?2 IS NULL OR name = ?2 COLLATE NOCASE) "
			 "ORDER BY name COLLATE NOCASE, name",
			 &statement, detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "it", loading->cloud_id, loading->only);
	while (err == SVCTAG_OK) {
		err = db_step(statement, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		err = add_name(loading, statement);
	}
	(void)sqlite3_finalize(statement);
	if (err == SVCTAG_OK)
		err = number_tags(loading);
	if (err == SVCTAG_OK && loading->timeline->name_count > 1)
		qsort(loading->rows, loading->timeline->name_count, sizeof(*loading->rows), compare_rows);
	if (err == SVCTAG_OK && loading->only != NULL && loading->timeline->name_count == 0) {
		svctag_detail_set(detail, "tag \"%.100s\" is in no loaded release of cloud %s", loading->only,
				  svctag_catalogue_cloud(loading->timeline->catalogue, loading->timeline->cloud));
		err = SVCTAG_E_NOT_FOUND;
	}
	return err;
}

/* Rows come by tag id: the next one is of this tag or of one after it. */
static const struct tag_row *
seek_row(const struct loading *loading, int64_t id, size_t *at)
{
	while (*at < loading->timeline->name_count && loading->rows[*at].id < id)
		++*at;
	return *at < loading->timeline->name_count && loading->rows[*at].id == id ? &loading->rows[*at] : NULL;
}

static svctag_error
add_presence(struct loading *loading, const struct tag_row *tag, const struct property_span *one, svctag_detail *detail)
{
	struct timeline *timeline = loading->timeline;
	struct timeline_presence presence = { .tag = tag->tag };
	void *memory = grown(timeline->presences, timeline->presence_count, &loading->presence_capacity,
			     sizeof(*timeline->presences));
	svctag_error err;

	if (memory == NULL)
		return SVCTAG_E_NO_MEMORY;
	timeline->presences = memory;
	err = find_ends(timeline, one->first, one->until, &presence.from, &presence.until, detail);
	if (err != SVCTAG_OK)
		return err;
	timeline->presences[timeline->presence_count++] = presence;
	loading->live_tags[presence.from]++;
	loading->live_tags[presence.until]--;
	if (presence.until >= loading->newest[tag->tag]) {
		loading->newest[tag->tag] = presence.until;
		timeline->tags[tag->tag].name = timeline->names[tag->name];
	}
	return SVCTAG_OK;
}

static svctag_error
add_span(struct loading *loading, const struct tag_row *tag, const struct span *one, svctag_detail *detail)
{
	struct timeline *timeline = loading->timeline;
	struct timeline_span span = { .prefix = one->prefix, .tag = tag->tag, .name = tag->name };
	void *memory = grown(timeline->spans, timeline->span_count, &loading->span_capacity, sizeof(*timeline->spans));
	svctag_error err;

	if (memory == NULL)
		return SVCTAG_E_NO_MEMORY;
	timeline->spans = memory;
	err = find_ends(timeline, one->first, one->until, &span.from, &span.until, detail);
	if (err != SVCTAG_OK)
		return err;
	timeline->spans[timeline->span_count++] = span;
	timeline->tags[span.tag].span_count++;
	loading->live_spans[span.from]++;
	loading->live_spans[span.until]--;
	return SVCTAG_OK;
}

static svctag_error
add_presences(struct loading *loading, const struct tag_row *tag, sqlite3_stmt *row, svctag_detail *detail)
{
	const void *data = sqlite3_column_blob(row, 1);
	struct property_list list = { 0 };
	svctag_error err = property_list_unpack(data, (size_t)sqlite3_column_bytes(row, 1), &list);
	size_t i;

	if (err == SVCTAG_E_CORRUPT)
		err = damaged(detail, "a tag's properties");
	for (i = 0; err == SVCTAG_OK && i < list.count; i++)
		err = add_presence(loading, tag, &list.items[i], detail);
	property_list_release(&list);
	return err;
}

static svctag_error
add_spans(struct loading *loading, const struct tag_row *tag, sqlite3_stmt *row, svctag_detail *detail)
{
	const void *data = sqlite3_column_blob(row, 2);
	struct span_list list = { 0 };
	svctag_error err = span_list_unpack(data, (size_t)sqlite3_column_bytes(row, 2), &list);
	size_t i;

	if (err == SVCTAG_E_CORRUPT)
		err = damaged(detail, "a tag's prefixes");
	for (i = 0; err == SVCTAG_OK && i < list.count; i++)
		err = add_span(loading, tag, &list.items[i], detail);
	span_list_release(&list);
	return err;
}

/* The tags that are meant, in the order of their numbers. */
static svctag_error
read_spans(struct loading *loading, svctag_detail *detail)
{
	sqlite3_stmt *rows = NULL;
	size_t at = 0;
	bool row = true;
	svctag_error err;

	err = db_prepare(loading->db,
			 "SELECT id, properties, prefixes FROM tag WHERE +cloud_id = ?1 AND (?2 IS NULL OR name = ?2 "
			 "COLLATE NOCASE) ORDER BY id",
			 &rows, detail);
	if (err == SVCTAG_OK)
		err = db_bind(rows, detail, "it", loading->cloud_id, loading->only);
	while (err == SVCTAG_OK) {
		const struct tag_row *tag;

		err = db_step(rows, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		tag = seek_row(loading, sqlite3_column_int64(rows, 0), &at);
		err = tag != NULL ? add_presences(loading, tag, rows, detail) : damaged(detail, "a tag has no name");
		if (err == SVCTAG_OK)
			err = add_spans(loading, tag, rows, detail);
	}
	(void)sqlite3_finalize(rows);
	return err;
}

static int
compare_spans(const void *a, const void *b)
{
	const struct timeline_span *x = a;
	const struct timeline_span *y = b;
	int order = svctag_prefix_compare(&x->prefix, &y->prefix);

	return order != 0 ? order : (x->from > y->from) - (x->from < y->from);
}

/* Put the spans, which came by tag id, into the order of the tags' numbers. */
static svctag_error
group_spans(struct timeline *timeline)
{
	struct timeline_span *spans = malloc((timeline->span_count + 1) * sizeof(*spans));
	size_t first = 0;
	size_t i;

	if (spans == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < timeline->tag_count; i++) {
		timeline->tags[i].first_span = first;
		first += timeline->tags[i].span_count;
		timeline->tags[i].span_count = 0;
	}
	for (i = 0; i < timeline->span_count; i++) {
		struct timeline_tag *tag = &timeline->tags[timeline->spans[i].tag];

		spans[tag->first_span + tag->span_count++] = timeline->spans[i];
	}
	free(timeline->spans);
	timeline->spans = spans;
	return SVCTAG_OK;
}

/* Several spellings were read one after the other; everything else is in order already. */
static svctag_error
order_spans(struct timeline *timeline, svctag_detail *detail)
{
	size_t i;
	size_t j;

	for (i = 0; i < timeline->tag_count; i++) {
		struct timeline_span *spans = timeline->spans + timeline->tags[i].first_span;
		size_t count = timeline->tags[i].span_count;

		for (j = 1; j < count && compare_spans(&spans[j - 1], &spans[j]) < 0; j++)
			continue;
		if (j < count)
			qsort(spans, count, sizeof(*spans), compare_spans);
		for (j = 1; j < count; j++)
			if (spans[j].from < spans[j - 1].until &&
			    svctag_prefix_compare(&spans[j - 1].prefix, &spans[j].prefix) == 0)
				return damaged(detail, "two spans of one prefix overlap");
	}
	return SVCTAG_OK;
}

/* Does every release have as many tags and memberships as the sealed list says? */
static svctag_error
check_counts(const struct loading *loading, svctag_detail *detail)
{
	size_t tags = 0;
	size_t spans = 0;
	size_t i;

	for (i = 0; i < loading->timeline->release_count; i++) {
		const svctag_release_info *info = timeline_release(loading->timeline, i);

		tags += loading->live_tags[i];
		spans += loading->live_spans[i];
		if (tags != info->tag_count || spans != info->prefix_count)
			return damaged(detail, "a release has more or fewer prefixes than when it was imported");
	}
	return SVCTAG_OK;
}

static svctag_error
load(struct loading *loading, const char *cloud, svctag_detail *detail)
{
	struct timeline *timeline = loading->timeline;
	svctag_error err;

	err = store_read_catalogue(loading->db, &timeline->catalogue, detail);
	if (err == SVCTAG_OK)
		err = svctag_catalogue_find_cloud(timeline->catalogue, cloud, &timeline->cloud, detail);
	if (err != SVCTAG_OK)
		return err;
	timeline->release_count = (uint32_t)svctag_catalogue_release_count(timeline->catalogue, timeline->cloud);
	/* Ends that are no release's count past the last one. Sums wrap round, and back. */
	loading->live_tags = calloc((size_t)timeline->release_count + 1, sizeof(*loading->live_tags));
	loading->live_spans = calloc((size_t)timeline->release_count + 1, sizeof(*loading->live_spans));
	if (loading->live_tags == NULL || loading->live_spans == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = store_find_cloud(loading->db, svctag_catalogue_cloud(timeline->catalogue, timeline->cloud),
			       &loading->cloud_id, detail);
	if (err == SVCTAG_OK)
		err = read_tags(loading, detail);
	if (err == SVCTAG_OK)
		err = read_spans(loading, detail);
	if (err == SVCTAG_OK && loading->only == NULL)
		err = check_counts(loading, detail);
	if (err == SVCTAG_OK)
		err = group_spans(timeline);
	if (err == SVCTAG_OK)
		err = order_spans(timeline, detail);
	return err;
}

svctag_error
timeline_load(svctag_store *store, const char *cloud, const char *tag, struct timeline **ret, svctag_detail *detail)
{
	struct loading loading = { .db = store->db, .only = tag };
	svctag_error err;

	loading.timeline = calloc(1, sizeof(*loading.timeline));
	if (loading.timeline == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = svctag_store_begin_read(store, detail);
	if (err == SVCTAG_OK) {
		err = load(&loading, cloud, detail);
		svctag_store_end_read(store);
	}
	free(loading.rows);
	free(loading.live_tags);
	free(loading.live_spans);
	free(loading.newest);
	if (err != SVCTAG_OK) {
		timeline_free(loading.timeline);
		return err;
	}
	*ret = loading.timeline;
	return SVCTAG_OK;
}

size_t
timeline_find_tag(const struct timeline *timeline, const char *name)
{
	size_t low = 0;
	size_t high = timeline->tag_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = ascii_casecmp(timeline->tags[middle].name, name);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return timeline->tag_count;
}

svctag_error
timeline_prefixes_at(const struct timeline *timeline, size_t tag, uint32_t release, svctag_prefix **ret,
		     size_t *ret_count)
{
	const struct timeline_tag *it = &timeline->tags[tag];
	svctag_prefix *prefixes = malloc((it->span_count + 1) * sizeof(*prefixes));
	size_t count = 0;
	size_t i;

	if (prefixes == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < it->span_count; i++) {
		const struct timeline_span *span = &timeline->spans[it->first_span + i];

		if (span->from <= release && release < span->until)
			prefixes[count++] = span->prefix;
	}
	*ret = prefixes;
	*ret_count = count;
	return SVCTAG_OK;
}
