/*
 * GET and POST /v1/lookup. One query of a GET answers with its object; lists,
 * from either method, go through bulk.h, which writes the answer piece by piece:
 * a GET gathers the pieces, a POST sends each when there is room for it, so
 * that a list of a million needs no more memory than its own text.
 */
#include <stdlib.h>
#include <string.h>

#include "bulk.h"
#include "effort.h"
#include "negotiate.h"

#define LOOKUP_FORMATS \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV))
/** Most bytes of an answer that is held as a whole. */
#define GATHERED_MAX (32U << 20)
/** A JSON document up to this size is read where it arrives; a longer one by a worker. */
#define SMALL_DOCUMENT 65536

static bool
is_json(enum report_format format)
{
	return format == REPORT_JSON || format == REPORT_NDJSON;
}

/** All pieces in one. */
static void
gather(struct bulk *bulk, const char *content_type, struct reply *reply)
{
	const svctag_detail none = { "" };
	svctag_error err = SVCTAG_OK;
	struct output out = { 0 };
	bool done = false;

	while (err == SVCTAG_OK && !done) {
		err = bulk_next(bulk, &out, &done);
		if (err == SVCTAG_OK && out.size > GATHERED_MAX)
			err = SVCTAG_E_LIMIT;
	}
	if (err == SVCTAG_OK) {
		out.data[out.size] = '\0'; /* as behind every body; there is slack for it */
		reply_give(reply, out.data, out.size, content_type);
		return;
	}
	output_release(&out);
	if (err == SVCTAG_E_LIMIT)
		reply_problem(reply, 400, "the answer is too long for one GET; POST the list, or ask for less");
	else
		reply_error(reply, err, &none);
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
	reply->pattern.fragments = fragments;
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
	svctag_error err = query_parse(asked->text, asked->size, &query, &detail);
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
	struct query_list list = { 0 };
	char *text = join_queries(request, &list.size);
	struct bulk *bulk = text == NULL ? NULL : bulk_new(view, format);

	list.text = text;
	if (bulk == NULL) {
		free(text);
		reply_problem(reply, 503, svctag_error_text(SVCTAG_E_NO_MEMORY));
		return;
	}
	bulk_take(bulk, text, &list);
	gather(bulk, negotiate_media_type(format), reply);
	bulk_free(bulk);
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
	if (view_settle(&view, request, negotiate_media_type(format), reply) ||
	    effort_defer(effort_asks_widely(request), context, reply)) {
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

/** Make the body the list. @return false when reply has been made */
static bool
take_list(struct bulk *bulk, struct request *request, struct reply *reply)
{
	static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark, which some editors leave */
	struct query_list list = { .lines = negotiate_is_type(request->content_type, "text/plain") };
	svctag_detail detail = { "" };
	svctag_error err = SVCTAG_OK;
	char *text = request->body;

	if (text == NULL) {
		reply_problem(reply, 400, "the body is empty; it has to be a list of queries");
		return false;
	}
	list.size = request->body_size;
	if (list.size >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0) {
		text += sizeof(mark) - 1;
		list.size -= sizeof(mark) - 1;
	}
	if (!list.lines)
		err = query_list_of_json(text, &list.size, &detail);
	if (err != SVCTAG_OK) {
		reply_error(reply, err, &detail);
		return false;
	}
	list.text = text;
	bulk_take(bulk, request->body, &list);
	request->body = NULL;
	request->body_size = 0;
	return true;
}

void
post_lookup(struct request *request, const struct context *context, struct reply *reply)
{
	struct view view = { 0 };
	struct bulk *bulk;
	enum report_format format;
	bool is_long;

	if (!negotiate_format(request, LOOKUP_FORMATS, reply, &format))
		return;
	is_long = request->body != NULL && effort_has_spans(request->body, request->body_size);
	if (effort_defer(is_long || (request->body_size > SMALL_DOCUMENT &&
				     !negotiate_is_type(request->content_type, "text/plain")),
			 context, reply))
		return;
	if (!view_open(&view, request, context, false, reply))
		return;
	bulk = bulk_new(&view, format);
	if (bulk == NULL) {
		view_release(&view);
		reply_problem(reply, 503, svctag_error_text(SVCTAG_E_NO_MEMORY));
		return;
	}
	if (!take_list(bulk, request, reply)) {
		bulk_free(bulk);
		return;
	}
	reply->status = 200;
	reply->content_type = negotiate_media_type(format);
	reply->cache_control = "no-store"; /* of a POST */
	reply->stream = (struct reply_stream){ bulk_next, bulk_free, bulk, is_long };
}
