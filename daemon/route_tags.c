/*
 * GET /v1/tags, /v1/tags/{name} and /v1/tags/{name}/prefixes.
 */
#include <stdlib.h>
#include <string.h>

#include "effort.h"
#include "negotiate.h"
#include "prefix_options.h"
#include "view.h"

#define TAG_FORMATS \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV))

/** Form, releases, and whether the client has the answer already: what every route here starts with. */
static bool
begin(struct view *view, const struct request *request, const struct context *context, struct reply *reply,
      struct report_style *ret_style)
{
	if (!negotiate_format(request, TAG_FORMATS, reply, &ret_style->format) ||
	    !view_open(view, request, context, true, reply))
		return false;
	if (!view_settle(view, request, negotiate_media_type(ret_style->format), reply))
		return true;
	view_release(view);
	return false;
}

void
get_tags(struct request *request, const struct context *context, struct reply *reply)
{
	const struct report_tag_filter filter = { .pattern = request_parameter(request, "match"),
						  .region = request_parameter(request, "region"),
						  .service = request_parameter(request, "service") };
	struct report_style style = { 0 };
	struct view view = { 0 };
	svctag_detail detail = { "" };
	uint32_t *tags = NULL;
	size_t count = 0;
	svctag_error err;
	FILE *out;

	if (!begin(&view, request, context, reply, &style))
		return;
	err = report_tags_select(view.snapshots[0], &filter, &tags, &count);
	if (err != SVCTAG_OK) {
		reply_error(reply, err, &detail);
	} else if (!effort_defer(effort_is_much(count), context, reply) && (out = reply_open(reply)) != NULL) {
		err = report_tags(out, &style, view.snapshots[0], tags, count);
		reply_close(reply, out, err, negotiate_media_type(style.format));
	}
	free(tags);
	view_release(&view);
}

typedef svctag_error (*tag_writer)(FILE *out, const struct report_style *style, const svctag_snapshot *snapshot,
				   uint32_t tag, const struct report_prefixes *prefixes);

static void
write_tag(const svctag_snapshot *snapshot, const char *name, const struct report_prefixes *asked,
	  const struct report_style *style, tag_writer writer, struct reply *reply)
{
	struct report_prefixes prefixes = { 0 };
	svctag_detail detail = { "" };
	uint32_t tag;
	FILE *out;
	svctag_error err = svctag_index_find_tag(svctag_snapshot_index(snapshot), name, strlen(name), &tag);

	if (err != SVCTAG_OK)
		report_unknown_tag(snapshot, name, strlen(name), &detail);
	else
		err = report_prefixes_select(snapshot, tag, asked->family, asked->aggregate, &prefixes);
	if (err != SVCTAG_OK) {
		reply_error(reply, err, &detail);
	} else if ((out = reply_open(reply)) != NULL) {
		err = writer(out, style, snapshot, tag, &prefixes);
		reply_close(reply, out, err, negotiate_media_type(style->format));
	}
	report_prefixes_release(&prefixes);
}

static size_t
prefix_count(const svctag_snapshot *snapshot, const char *name)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	svctag_index_tag info;
	uint32_t tag;

	if (svctag_index_find_tag(index, name, strlen(name), &tag) != SVCTAG_OK)
		return 0;
	info = svctag_index_tag_at(index, tag);
	return (size_t)info.family_prefix_count[0] + info.family_prefix_count[1];
}

static void
answer_tag(const struct request *request, const struct context *context, tag_writer writer, struct reply *reply)
{
	struct report_prefixes asked = { 0 };
	struct report_style style = { 0 };
	struct view view = { 0 };

	if (!prefix_options_take(request, &asked, reply) || !begin(&view, request, context, reply, &style))
		return;
	if (!effort_defer(effort_is_much(prefix_count(view.snapshots[0], request->name)), context, reply))
		write_tag(view.snapshots[0], request->name, &asked, &style, writer, reply);
	view_release(&view);
}

void
get_tag(struct request *request, const struct context *context, struct reply *reply)
{
	answer_tag(request, context, report_tag, reply);
}

void
get_tag_prefixes(struct request *request, const struct context *context, struct reply *reply)
{
	answer_tag(request, context, report_prefix_list, reply);
}
