/*
 * GET /v1/export: a release, or some of its tags, in other systems' formats.
 * What it is made of is put together by a worker, and written while it is
 * sent: all of Public is some tens of megabytes in the wordiest of them.
 */
#include <stdlib.h>

#include "negotiate.h"
#include "prefix_options.h"
#include "report/export.h"
#include "view.h"

/** What Accept can ask for; the others have no media type of their own. */
#define EXPORT_FORMATS \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV))

/** An export on its way, and what it is made from. */
struct sending {
	struct view view;
	struct report_export *export;
};

static void
sending_free(void *context)
{
	struct sending *sending = context;

	if (sending == NULL)
		return;
	report_export_free(sending->export);
	view_release(&sending->view);
	free(sending);
}

/** A reply_stream's `next`. */
static svctag_error
sending_next(void *context, struct output *out, bool *ret_done)
{
	struct sending *sending = context;
	char *piece = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&piece, &size);
	svctag_error err;

	if (stream == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = report_export_next(sending->export, stream, ret_done);
	if ((fclose(stream) != 0 || !output_reserve(out, size)) && err == SVCTAG_OK)
		err = SVCTAG_E_NO_MEMORY;
	if (err == SVCTAG_OK)
		output_add(out, piece, size);
	free(piece);
	return err;
}

static void
refuse_format(struct reply *reply)
{
	svctag_detail detail;
	char names[160] = "";
	size_t size = 0;

	for (enum report_export_format i = 0; i < EXPORT_FORMAT_COUNT && size < sizeof(names); i++)
		size += (size_t)snprintf(names + size, sizeof(names) - size, " %s", report_export_name(i));
	svctag_detail_set(&detail, "this is not a format that this route has; there are:%s", names);
	reply_problem(reply, 400, detail.text);
}

/** The parameter decides, else Accept. @return false when reply is a problem */
static bool
take_format(const struct request *request, enum report_export_format *ret, struct reply *reply)
{
	static const enum report_export_format of[] = {
		[REPORT_TEXT] = EXPORT_TEXT,
		[REPORT_JSON] = EXPORT_JSON,
		[REPORT_NDJSON] = EXPORT_NDJSON,
		[REPORT_CSV] = EXPORT_CSV,
	};
	const char *name = request_parameter(request, "format");
	enum report_format format;

	if (name == NULL) {
		if (!negotiate_format(request, EXPORT_FORMATS, reply, &format))
			return false;
		*ret = of[format];
		return true;
	}
	reply->varies = true; /* as everywhere, the target alone does not say that it does not */
	if (report_export_parse(name, ret))
		return true;
	refuse_format(reply);
	return false;
}

static bool
take_options(const struct request *request, struct report_export_options *ret, struct reply *reply)
{
	struct report_prefixes prefixes = { 0 };

	if (!take_format(request, &ret->format, reply) || !prefix_options_take(request, &prefixes, reply))
		return false;
	ret->family = prefixes.family;
	ret->aggregate = prefixes.aggregate;
	ret->tags = request_parameter(request, "tag");
	ret->region = request_parameter(request, "region");
	ret->name = request_parameter(request, "name");
	return true;
}

/** Takes the view over, if it succeeds. */
static void
answer(struct view *view, const struct report_export_options *options, struct reply *reply)
{
	struct sending *sending = calloc(1, sizeof(*sending));
	svctag_detail detail = { "" };
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (sending != NULL)
		err = report_export_begin(view->snapshots[0], options, &sending->export, &detail);
	if (err != SVCTAG_OK) {
		free(sending);
		reply_error(reply, err, &detail);
		return;
	}
	sending->view = *view;
	*view = (struct view){ 0 };
	reply->status = 200;
	reply->content_type = report_export_media_type(options->format);
	reply->stream = (struct reply_stream){ sending_next, sending_free, sending, true };
}

void
get_export(struct request *request, const struct context *context, struct reply *reply)
{
	struct report_export_options options = { 0 };
	struct view view = { 0 };

	if (!take_options(request, &options, reply) || !view_open(&view, request, context, true, reply))
		return;
	if (!view_settle(&view, request, report_export_media_type(options.format), reply)) {
		if (context->database == NULL)
			reply->defer = true;
		else
			answer(&view, &options, reply);
	}
	view_release(&view);
}
