/*
 * GET and POST /v1/lookup. One query of a GET answers with its object; lists,
 * from either method, go through `struct batch`, which writes the answer piece
 * by piece: a GET gathers the pieces, a POST sends each when there is room for
 * it, so that a list of a million needs no more memory than its own text.
 */
#include <stdlib.h>
#include <string.h>

#include "negotiate.h"
#include "query_list.h"
#include "view.h"

#define LOOKUP_FORMATS \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV))
/** Bytes after which a piece is handed on. */
#define PIECE_SIZE 65536
/** Most bytes of an answer that is held as a whole. */
#define GATHERED_MAX (32U << 20)
/** A JSON document up to this size is read where it arrives; a longer one by a worker. */
#define SMALL_DOCUMENT 65536

/** A list of queries on its way to being answered. */
struct batch {
	struct view view;
	struct query_list list;
	char *text; /* the list's */
	struct report_lookup_stream stream;
	svctag_lookup_result result;
	bool begun;
};

static void
batch_free(void *context)
{
	struct batch *batch = context;

	if (batch == NULL)
		return;
	svctag_lookup_result_release(&batch->result);
	view_release(&batch->view);
	free(batch->text);
	free(batch);
}

/** Takes the view over, if it succeeds. */
static struct batch *
batch_new(struct view *view, enum report_format format)
{
	struct batch *batch = calloc(1, sizeof(*batch));

	if (batch == NULL)
		return NULL;
	batch->view = *view;
	*view = (struct view){ 0 };
	batch->stream.style.format = format;
	batch->stream.snapshots = batch->view.snapshots;
	batch->stream.snapshot_count = batch->view.count;
	batch->stream.all_clouds = batch->view.all_clouds;
	return batch;
}

/** Has the text a letter in its last label, as host names have and addresses have not? */
static bool
is_host_name(const char *text, size_t size)
{
	bool letter = false;

	if (size > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return false; /* a number, as some would have it */
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			letter = true;
		else if (c == '.' && i + 1 < size)
			letter = false;
		else if ((c < '0' || c > '9') && c != '-' && c != '.' && c != '_')
			return false;
	}
	return letter;
}

/** Parse, with the one thing said that people get wrong. */
static svctag_error
parse_query(const struct report_query *asked, svctag_query *ret, svctag_detail *detail)
{
	svctag_error err = svctag_query_parse(asked->text, asked->size, ret, detail);

	if (err != SVCTAG_OK && is_host_name(asked->text, asked->size))
		svctag_detail_set(detail, "a host name is not resolved here: ask for its addresses");
	return err;
}

static bool
is_json(enum report_format format)
{
	return format == REPORT_JSON || format == REPORT_NDJSON;
}

static svctag_error
answer_item(struct batch *batch, const struct query_item *item, FILE *out)
{
	struct report_query asked = { .text = item->text, .size = item->size };
	svctag_detail detail = { "" };
	svctag_query query;
	svctag_error err;

	if (batch->list.lines)
		asked.line = batch->list.line;
	if (asked.size > QUERY_MAX_ITEM) {
		asked.size = QUERY_MAX_ITEM;
		return report_lookup_error(&batch->stream, out, &asked, "the line is longer than any query");
	}
	err = parse_query(&asked, &query, &detail);
	if (err != SVCTAG_OK)
		return report_lookup_error(&batch->stream, out, &asked,
					   detail.text[0] != '\0' ? detail.text : svctag_error_text(err));
	for (size_t i = 0; i < batch->view.count; i++) {
		const struct report_fragments *fragments = batch->view.fragments[i];
		struct report_fragments_answer answer;

		if (fragments != NULL && is_json(batch->stream.style.format) &&
		    report_fragments_find(fragments, asked.text, asked.size, &query, &answer)) {
			err = report_lookup_found(&batch->stream, out, fragments, &answer);
			if (err != SVCTAG_OK)
				return err;
			continue;
		}
		err = svctag_lookup(batch->view.snapshots[i], &query, &batch->result);
		if (err == SVCTAG_OK)
			err = report_lookup_item(&batch->stream, out, batch->view.snapshots[i], &asked, &query,
						 &batch->result);
		if (err != SVCTAG_OK)
			return err;
	}
	return SVCTAG_OK;
}

/** The next piece of the answer: a reply_stream's `next`. */
static svctag_error
batch_next(void *context, FILE *out, bool *ret_done)
{
	struct batch *batch = context;
	const off_t start = ftello(out);
	struct query_item item;
	svctag_error err = SVCTAG_OK;

	if (!batch->begun)
		err = report_lookup_begin(&batch->stream, out);
	batch->begun = true;
	while (err == SVCTAG_OK && ftello(out) - start < PIECE_SIZE) {
		if (!query_list_next(&batch->list, &item)) {
			*ret_done = true;
			return report_lookup_end(&batch->stream, out);
		}
		err = answer_item(batch, &item, out);
	}
	return err;
}

/** All pieces in one; a piece may be long, so the limit is a soft one. */
static void
gather(struct batch *batch, const char *content_type, struct reply *reply)
{
	svctag_error err = SVCTAG_OK;
	bool done = false;
	size_t gathered = 0;
	FILE *out = reply_open(reply);

	if (out == NULL)
		return;
	while (err == SVCTAG_OK && !done) {
		char *piece = NULL;
		size_t size = 0;
		FILE *part = open_memstream(&piece, &size);

		err = part == NULL ? SVCTAG_E_NO_MEMORY : batch_next(batch, part, &done);
		if (part != NULL && fclose(part) != 0 && err == SVCTAG_OK)
			err = SVCTAG_E_NO_MEMORY;
		gathered += size;
		if (err == SVCTAG_OK && gathered > GATHERED_MAX)
			err = SVCTAG_E_LIMIT;
		if (err == SVCTAG_OK && fwrite(piece, 1, size, out) != size)
			err = SVCTAG_E_NO_MEMORY;
		free(piece);
	}
	reply_close(reply, out, err, content_type);
	if (err == SVCTAG_E_LIMIT)
		reply_problem(reply, 400, "the answer is too long for one GET; POST the list, or ask for less");
}

/** The common answer, about one address, without a stream. @return false when it has to be made otherwise */
static bool
answer_address(const struct report_fragments *fragments, const struct report_query *asked, const svctag_query *query,
	       enum report_format format, struct reply *reply)
{
	struct report_fragments_answer answer;
	char *body, *end;

	if (fragments == NULL || !is_json(format) ||
	    !report_fragments_find(fragments, asked->text, asked->size, query, &answer))
		return false;
	body = malloc(answer.size + sizeof("\n")); /* a NUL behind it, as behind every body */
	if (body == NULL)
		return false;
	end = report_fragments_write(fragments, &answer, body);
	*end++ = '\n';
	*end = '\0';
	reply_give(reply, body, (size_t)(end - body), negotiate_media_type(format));
	return true;
}

/** Answer a GET's one query. */
static void
answer_one(const struct view *view, const struct report_query *asked, enum report_format format, struct reply *reply)
{
	const struct report_style style = { .format = format };
	const svctag_snapshot *snapshot = view->snapshots[0];
	svctag_lookup_result result = { 0 };
	svctag_detail detail = { "" };
	svctag_query query;
	svctag_error err = parse_query(asked, &query, &detail);
	FILE *out;

	if (err != SVCTAG_OK) {
		reply_error(reply, err, &detail);
		return;
	}
	if (answer_address(view->fragments[0], asked, &query, format, reply))
		return;
	out = reply_open(reply);
	if (out == NULL)
		return;
	err = svctag_lookup(snapshot, &query, &result);
	if (err == SVCTAG_OK)
		err = report_lookup(out, &style, snapshot, asked, &query, &result);
	svctag_lookup_result_release(&result);
	reply_close(reply, out, err, negotiate_media_type(format));
}

/** The values of all q parameters as a list. @return NULL when there is no memory */
static char *
join_queries(const struct request *request, size_t *ret_size)
{
	size_t size = 0;
	char *text, *p;

	for (size_t i = 0; i < request->parameter_count; i++)
		if (strcmp(request->parameters[i].name, "q") == 0)
			size += strlen(request->parameters[i].value) + 1;
	text = malloc(size);
	if (text == NULL)
		return NULL;
	p = text;
	for (size_t i = 0; i < request->parameter_count; i++)
		if (strcmp(request->parameters[i].name, "q") == 0)
			p = stpcpy(p, request->parameters[i].value) + 1;
	*ret_size = size;
	return text;
}

static void
answer_many(struct view *view, const struct request *request, enum report_format format, struct reply *reply)
{
	struct batch *batch = batch_new(view, format);

	if (batch != NULL)
		batch->text = join_queries(request, &batch->list.size);
	if (batch == NULL || batch->text == NULL) {
		reply_problem(reply, 503, svctag_error_text(SVCTAG_E_NO_MEMORY));
	} else {
		batch->list.text = batch->text;
		gather(batch, negotiate_media_type(format), reply);
	}
	batch_free(batch);
}

static bool
has_queries(size_t count, struct reply *reply)
{
	svctag_detail detail;

	if (count == 0) {
		reply_problem(reply, 400, "the parameter q is missing: an address, a prefix or a range");
		return false;
	}
	if (count > SERVICE_MAX_QUERIES) {
		svctag_detail_set(&detail, "%zu queries in one GET, the most is %d; POST the list", count,
				  SERVICE_MAX_QUERIES);
		reply_problem(reply, 400, detail.text);
		return false;
	}
	return true;
}

void
get_lookup(struct request *request, const struct context *context, struct reply *reply)
{
	size_t count = request_parameter_count(request, "q");
	struct view view = { 0 };
	enum report_format format;

	if (!has_queries(count, reply) || !negotiate_format(request, LOOKUP_FORMATS, reply, &format) ||
	    !view_open(&view, request, context, false, reply))
		return;
	if (view_settle(&view, request, negotiate_media_type(format), reply)) {
		view_release(&view);
		return;
	}
	if (count == 1 && !view.all_clouds) {
		const char *text = request_parameter(request, "q");
		const struct report_query asked = { .text = text, .size = strlen(text) };

		answer_one(&view, &asked, format, reply);
	} else {
		answer_many(&view, request, format, reply);
	}
	view_release(&view);
}

/** Make the body the batch's list. @return false when reply has been made */
static bool
take_list(struct batch *batch, struct request *request, struct reply *reply)
{
	static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark, which some editors leave */
	svctag_detail detail = { "" };
	svctag_error err = SVCTAG_OK;
	char *text;
	size_t size;

	if (request->body == NULL) {
		reply_problem(reply, 400, "the body is empty; it has to be a list of queries");
		return false;
	}
	text = batch->text = request->body;
	size = request->body_size;
	request->body = NULL;
	request->body_size = 0;
	if (size >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0) {
		text += sizeof(mark) - 1;
		size -= sizeof(mark) - 1;
	}
	batch->list.lines = negotiate_is_type(request->content_type, "text/plain");
	if (!batch->list.lines)
		err = query_list_of_json(text, &size, &detail);
	batch->list.text = text;
	batch->list.size = size;
	if (err != SVCTAG_OK)
		reply_error(reply, err, &detail);
	return err == SVCTAG_OK;
}

void
post_lookup(struct request *request, const struct context *context, struct reply *reply)
{
	struct view view = { 0 };
	struct batch *batch;
	enum report_format format;

	if (!negotiate_format(request, LOOKUP_FORMATS, reply, &format))
		return;
	if (request->body_size > SMALL_DOCUMENT && context->database == NULL &&
	    !negotiate_is_type(request->content_type, "text/plain")) {
		reply->defer = true;
		return;
	}
	if (!view_open(&view, request, context, false, reply))
		return;
	batch = batch_new(&view, format);
	if (batch == NULL) {
		view_release(&view);
		reply_problem(reply, 503, svctag_error_text(SVCTAG_E_NO_MEMORY));
		return;
	}
	if (!take_list(batch, request, reply)) {
		batch_free(batch);
		return;
	}
	reply->status = 200;
	reply->content_type = negotiate_media_type(format);
	reply->cache_control = "no-store"; /* of a POST */
	reply->stream = (struct reply_stream){ batch_next, batch_free, batch };
}
