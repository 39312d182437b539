/*
 * GET /v1/diff: what changed between two releases of a cloud. Reads both from
 * the database, so a worker does it.
 */
#include "negotiate.h"
#include "view.h"

#define DIFF_FORMATS                                                                                              \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV) | \
	 FORMAT_MARKDOWN)

/** Two releases of one catalogue. */
struct ends {
	const svctag_release_info *from;
	const svctag_release_info *to;
};

static bool
resolve(const struct request *request, const struct context *context, struct ends *ret, struct reply *reply)
{
	const char *from = request_parameter(request, "from");
	svctag_detail detail = { "" };
	size_t cloud;
	svctag_error err;

	if (!view_find_one_cloud(request, context, &cloud, reply))
		return false;
	err = svctag_catalogue_resolve(generation_catalogue(context->generation), cloud,
				       from != NULL ? from : "previous", &ret->from, &detail);
	if (err == SVCTAG_OK)
		err = svctag_catalogue_resolve(generation_catalogue(context->generation), cloud,
					       request_parameter(request, "to"), &ret->to, &detail);
	if (err != SVCTAG_OK)
		reply_error(reply, err, &detail);
	return err == SVCTAG_OK;
}

static svctag_error
write_diff(FILE *out, const struct form *form, const struct ends *ends, bool gap, const svctag_diff *diff)
{
	const struct report_style style = { .format = form->format };

	if (form->other == FORMAT_MARKDOWN)
		return report_diff_markdown(out, ends->from, ends->to, gap, diff);
	return report_diff(out, &style, ends->from, ends->to, gap, diff);
}

static void
answer(const struct request *request, const struct context *context, const struct ends *ends, const struct form *form,
       struct reply *reply)
{
	const svctag_catalogue *catalogue = generation_catalogue(context->generation);
	svctag_release *from = NULL, *to = NULL;
	svctag_diff *diff = NULL;
	svctag_detail detail = { "" };
	svctag_store *store;
	FILE *out;
	svctag_error err = database_store(context->database, &store, NULL, &detail);

	if (err == SVCTAG_OK)
		err = database_content(store, ends->from, &from, &detail);
	if (err == SVCTAG_OK)
		err = database_content(store, ends->to, &to, &detail);
	if (err == SVCTAG_OK)
		err = svctag_diff_releases(from, to, request_parameter(request, "tag"), &diff);
	if (err != SVCTAG_OK) {
		reply_error(reply, err, &detail);
	} else if ((out = reply_open(reply)) != NULL) {
		err = write_diff(out, form, ends, svctag_catalogue_gap(catalogue, ends->from, ends->to), diff);
		reply_close(reply, out, err, form->media_type);
	}
	svctag_diff_free(diff);
	svctag_release_free(to);
	svctag_release_free(from);
}

void
get_diff(struct request *request, const struct context *context, struct reply *reply)
{
	struct form form;
	struct ends ends;

	if (!negotiate_form(request, DIFF_FORMATS, reply, &form) || !resolve(request, context, &ends, reply))
		return;
	if (view_is_known(request, (const svctag_release_info *const[]){ ends.from, ends.to }, 2, form.media_type,
			  reply))
		return;
	if (context->database == NULL)
		reply->defer = true;
	else
		answer(request, context, &ends, &form, reply);
}
