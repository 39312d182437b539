/*
 * GET /v1/diff: what changed between two releases of a cloud. Reads both from
 * the database, so a worker does it.
 */
#include "difference.h"
#include "negotiate.h"
#include "view.h"

#define DIFF_FORMATS                                                                                              \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV) | \
	 FORMAT_MARKDOWN)

static svctag_error
write_diff(FILE *out, const struct form *form, const struct difference_ends *ends, const svctag_diff *diff)
{
	const struct report_style style = { .format = form->format };

	if (form->other == FORMAT_MARKDOWN)
		return report_diff_markdown(out, ends->from, ends->to, ends->gap, diff);
	return report_diff(out, &style, ends->from, ends->to, ends->gap, diff);
}

static void
answer(const struct request *request, const struct context *context, const struct difference_ends *ends,
       const struct form *form, struct reply *reply)
{
	struct difference difference = { 0 };
	svctag_detail detail = { "" };
	FILE *out;
	svctag_error err =
		difference_read(context->database, ends, request_parameter(request, "tag"), &difference, &detail);

	if (err != SVCTAG_OK) {
		reply_error(reply, err, &detail);
	} else if ((out = reply_open(reply)) != NULL) {
		err = write_diff(out, form, ends, difference.diff);
		reply_close(reply, out, err, form->media_type);
	}
	difference_release(&difference);
}

void
get_diff(struct request *request, const struct context *context, struct reply *reply)
{
	struct difference_ends ends;
	svctag_detail detail = { "" };
	struct form form;
	svctag_error err;
	size_t cloud;

	if (!negotiate_form(request, DIFF_FORMATS, reply, &form) ||
	    !view_find_one_cloud(request, context, &cloud, reply))
		return;
	err = difference_resolve(request, generation_catalogue(context->generation), cloud, &ends, &detail);
	if (err != SVCTAG_OK) {
		reply_error(reply, err, &detail);
		return;
	}
	if (view_is_known(request, (const svctag_release_info *const[]){ ends.from, ends.to }, 2, form.media_type,
			  reply))
		return;
	if (context->database == NULL)
		reply->defer = true;
	else
		answer(request, context, &ends, &form, reply);
}
