/*
 * GET /v1/check: is it in the tag?
 */
#include <string.h>

#include "effort.h"
#include "negotiate.h"
#include "view.h"

#define CHECK_FORMATS \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV))

static void
answer(const struct view *view, const struct report_query *asked, const char *tag_name, enum report_format format,
       struct reply *reply)
{
	const struct report_style style = { .format = format };
	const svctag_snapshot *snapshot = view->snapshots[0];
	svctag_lookup_result result = { 0 };
	svctag_detail detail = { "" };
	svctag_query query;
	uint32_t tag;
	FILE *out;
	svctag_error err = svctag_query_parse(asked->text, asked->size, &query, &detail);

	if (err == SVCTAG_OK) {
		err = svctag_index_find_tag(svctag_snapshot_index(snapshot), tag_name, strlen(tag_name), &tag);
		if (err != SVCTAG_OK)
			report_unknown_tag(snapshot, tag_name, strlen(tag_name), &detail);
	}
	if (err != SVCTAG_OK) {
		reply_error(reply, err, &detail);
		return;
	}
	out = reply_open(reply);
	if (out == NULL)
		return;
	err = svctag_lookup_tag(snapshot, &query, tag, &result);
	if (err == SVCTAG_OK)
		err = report_check(out, &style, snapshot, asked, &query, tag, &result);
	svctag_lookup_result_release(&result);
	reply_close(reply, out, err, negotiate_media_type(format));
}

void
get_check(struct request *request, const struct context *context, struct reply *reply)
{
	const char *tag = request_parameter(request, "tag");
	struct report_query asked = { .text = request_parameter(request, "q") };
	struct view view = { 0 };
	enum report_format format;

	if (request_parameter_count(request, "q") != 1 || tag == NULL) {
		reply_problem(reply, 400,
			      "one parameter q (an address, a prefix or a range) and one parameter tag "
			      "are needed");
		return;
	}
	asked.size = strlen(asked.text);
	if (!negotiate_format(request, CHECK_FORMATS, reply, &format) ||
	    !view_open(&view, request, context, true, reply))
		return;
	if (!view_settle(&view, request, negotiate_media_type(format), reply) &&
	    !effort_defer(effort_asks_widely(request), context, reply))
		answer(&view, &asked, tag, format, reply);
	view_release(&view);
}
