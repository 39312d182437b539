/*
 * Dotted quads take a short way: they are looked up together, and their
 * answers are put together from parts made before. All else, whatever report/
 * has to write, goes to a stream in memory first and is copied from there.
 * Both give the same bytes.
 */
#include "bulk.h"

#include <stdlib.h>

#include "quads.h"

/** Bytes after which a piece is handed on, where its room does not say. */
#define PIECE_SIZE 65536
/** Few answers are longer. */
#define USUAL_ANSWER 2048
/** Few labels are longer. */
#define USUAL_LABEL 384
#define CACHE_LINE 64
/** So many labels are on their way from memory while one is copied. */
#define AHEAD 6
/** An answer longer than this was uncommon; the room for it is not kept. */
#define SLOW_KEPT ((size_t)1 << 20)

struct bulk {
	struct view view;
	struct query_list list;
	char *text; /* the list's */
	struct report_lookup_stream stream;
	svctag_lookup_result result;
	bool begun;
	const struct report_fragments *fragments; /* for the short way; NULL: there is none */
	struct quads quads;                       /* the last ones that were looked up */
	size_t answered;                          /* of them */
	const struct report_label *labels[QUADS_MOST];
	FILE *slow; /* writes to what follows */
	char *slow_text;
	size_t slow_size;
};

static void
close_slow(struct bulk *bulk)
{
	if (bulk->slow != NULL)
		fclose(bulk->slow);
	free(bulk->slow_text);
	bulk->slow = NULL;
	bulk->slow_text = NULL;
	bulk->slow_size = 0;
}

void
bulk_free(void *context)
{
	struct bulk *bulk = context;

	if (bulk == NULL)
		return;
	close_slow(bulk);
	svctag_lookup_result_release(&bulk->result);
	view_release(&bulk->view);
	free(bulk->text);
	free(bulk);
}

static bool
is_json(const struct bulk *bulk)
{
	return bulk->stream.style.format == REPORT_JSON || bulk->stream.style.format == REPORT_NDJSON;
}

struct bulk *
bulk_new(struct view *view, enum report_format format)
{
	struct bulk *bulk = calloc(1, sizeof(*bulk));

	if (bulk == NULL)
		return NULL;
	bulk->view = *view;
	*view = (struct view){ 0 };
	bulk->stream.style.format = format;
	bulk->stream.snapshots = bulk->view.snapshots;
	bulk->stream.snapshot_count = bulk->view.count;
	bulk->stream.all_clouds = bulk->view.all_clouds;
	if (bulk->view.count == 1 && format != REPORT_CSV)
		bulk->fragments = bulk->view.fragments[0];
	return bulk;
}

void
bulk_take(struct bulk *bulk, char *text, const struct query_list *list)
{
	bulk->text = text;
	bulk->list = *list;
}

/** Where report/ writes to. @return NULL when there is no memory */
static FILE *
begin_slow(struct bulk *bulk)
{
	if (bulk->slow_size > SLOW_KEPT)
		close_slow(bulk);
	if (bulk->slow == NULL)
		bulk->slow = open_memstream(&bulk->slow_text, &bulk->slow_size);
	else
		rewind(bulk->slow);
	return bulk->slow;
}

/** Append what was written. */
static svctag_error
end_slow(struct bulk *bulk, svctag_error err, struct output *out)
{
	if (err != SVCTAG_OK)
		return err;
	if (fflush(bulk->slow) != 0 || !output_reserve(out, bulk->slow_size))
		return SVCTAG_E_NO_MEMORY;
	output_add(out, bulk->slow_text, bulk->slow_size);
	return SVCTAG_OK;
}

/** Append an answer in JSON. */
static svctag_error
put_answer(struct bulk *bulk, const struct report_fragments *fragments, const struct report_fragments_answer *answer,
	   struct output *out)
{
	const char *end;

	if (!output_reserve(out, answer->size + REPORT_STREAM_EXTRA))
		return SVCTAG_E_NO_MEMORY;
	end = report_stream_answer(&bulk->stream, fragments, answer, out->data + out->size);
	out->size = (size_t)(end - out->data);
	return SVCTAG_OK;
}

/** Answer a query from one snapshot. */
static svctag_error
answer_query(struct bulk *bulk, size_t i, const struct report_query *asked, const svctag_query *query,
	     struct output *out)
{
	const struct report_fragments *fragments = bulk->view.fragments[i];
	struct report_fragments_answer answer;
	svctag_error err;
	FILE *slow;

	if (fragments != NULL && is_json(bulk) &&
	    report_fragments_find(fragments, asked->text, asked->size, query, &answer))
		return put_answer(bulk, fragments, &answer, out);
	slow = begin_slow(bulk);
	if (slow == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = svctag_lookup(bulk->view.snapshots[i], query, &bulk->result);
	if (err == SVCTAG_OK)
		err = report_lookup_item(&bulk->stream, slow, bulk->view.snapshots[i], asked, query, &bulk->result);
	return end_slow(bulk, err, out);
}

static svctag_error
refuse_item(struct bulk *bulk, const struct report_query *asked, const char *message, struct output *out)
{
	FILE *slow = begin_slow(bulk);

	if (slow == NULL)
		return SVCTAG_E_NO_MEMORY;
	return end_slow(bulk, report_lookup_error(&bulk->stream, slow, asked, message), out);
}

static svctag_error
answer_item(struct bulk *bulk, const struct query_item *item, struct output *out)
{
	struct report_query asked = { .text = item->text, .size = item->size };
	svctag_detail detail = { "" };
	svctag_query query;
	svctag_error err;

	if (bulk->list.lines)
		asked.line = bulk->list.line;
	if (asked.size > QUERY_MAX_ITEM) {
		asked.size = QUERY_MAX_ITEM;
		return refuse_item(bulk, &asked, "the line is longer than any query", out);
	}
	err = query_parse(asked.text, asked.size, &query, &detail);
	if (err != SVCTAG_OK)
		return refuse_item(bulk, &asked, detail.text[0] != '\0' ? detail.text : svctag_error_text(err), out);
	for (size_t i = 0; i < bulk->view.count && err == SVCTAG_OK; i++)
		err = answer_query(bulk, i, &asked, &query, out);
	return err;
}

/** Labels lie all over the place: ask for one before its turn. */
static void
ask_for(const struct report_label *label)
{
	const char *line = (const char *)label;

	for (size_t i = 0; label != NULL && i < USUAL_LABEL; i += CACHE_LINE)
		__builtin_prefetch(line + i);
}

/** Answer a quad in text: the address and its label. */
static svctag_error
put_label(struct bulk *bulk, const struct query_item *item, size_t i, struct output *out)
{
	const struct report_label *label = bulk->labels[i];
	const char *end;

	if (i + AHEAD < bulk->quads.count)
		ask_for(bulk->labels[i + AHEAD]);
	if (label == NULL)
		return answer_item(bulk, item, out);
	if (!output_reserve(out, item->size + label->size + REPORT_STREAM_EXTRA))
		return SVCTAG_E_NO_MEMORY;
	end = report_stream_label(&bulk->stream, item->text, item->size, label, out->data + out->size);
	out->size = (size_t)(end - out->data);
	return SVCTAG_OK;
}

static svctag_error
put_json(struct bulk *bulk, const struct query_item *item, size_t i, struct output *out)
{
	const struct report_fragments_address address = { item->text, item->size, item->text, item->size };
	struct report_fragments_answer answer;

	if (report_fragments_of_prefix(bulk->fragments, bulk->quads.prefix[i], &address, &answer))
		return put_answer(bulk, bulk->fragments, &answer, out);
	return answer_item(bulk, item, out);
}

/** Is there to be more in a piece that began at `start`? */
static bool
has_room(const struct output *out, size_t start)
{
	if (out->size == start)
		return true;
	return out->borrowed ? out->capacity - out->size >= USUAL_ANSWER : out->size - start < PIECE_SIZE;
}

/** Answer quads that have been looked up. */
static svctag_error
answer_quads(struct bulk *bulk, size_t start, struct output *out)
{
	struct quads *quads = &bulk->quads;
	svctag_error err = SVCTAG_OK;

	while (bulk->answered < quads->count && err == SVCTAG_OK && has_room(out, start)) {
		size_t i = bulk->answered++;
		const struct query_item item = { quads->text[i], quads->size[i] };

		err = is_json(bulk) ? put_json(bulk, &item, i, out) : put_label(bulk, &item, i, out);
	}
	return err;
}

/** Look the quads up that come next in the list. @return whether there are any */
static bool
look_up_quads(struct bulk *bulk)
{
	struct quads *quads = &bulk->quads;

	if (bulk->fragments == NULL)
		return false;
	quads_take(quads, &bulk->list);
	bulk->answered = 0;
	if (quads->count == 0)
		return false;
	quads_look_up(quads, svctag_snapshot_index(bulk->view.snapshots[0]));
	if (!is_json(bulk))
		report_fragments_labels(bulk->fragments, quads->prefix, quads->count, bulk->labels);
	return true;
}

/** The beginning or the end of the whole. */
static svctag_error
put_frame(struct bulk *bulk, svctag_error (*write)(struct report_lookup_stream *stream, FILE *out), struct output *out)
{
	FILE *slow = begin_slow(bulk);

	return slow == NULL ? SVCTAG_E_NO_MEMORY : end_slow(bulk, write(&bulk->stream, slow), out);
}

svctag_error
bulk_next(void *context, struct output *out, bool *ret_done)
{
	struct bulk *bulk = context;
	const size_t start = out->size;
	struct query_item item;
	svctag_error err = SVCTAG_OK;

	if (!bulk->begun)
		err = put_frame(bulk, report_lookup_begin, out);
	bulk->begun = true;
	while (err == SVCTAG_OK && has_room(out, start)) {
		if (bulk->answered < bulk->quads.count || look_up_quads(bulk)) {
			err = answer_quads(bulk, start, out);
			continue;
		}
		if (!query_list_next(&bulk->list, &item)) {
			*ret_done = true;
			return put_frame(bulk, report_lookup_end, out);
		}
		err = answer_item(bulk, &item, out);
	}
	return err;
}
