/*
 * GET and POST /v1/drift: what a list of addresses, or a copy of a tag,
 * became. Reads the whole history of a cloud from the database, so a worker
 * does it, and gives up what takes too long.
 */
#include <stdlib.h>
#include <string.h>

#include "negotiate.h"
#include "posted_list.h"
#include "report/drift.h"
#include "report/history.h"
#include "view.h"
#include "work.h"

#define DRIFT_FORMATS                                                                                             \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV) | \
	 FORMAT_CHART)
/** Most entries of a list. */
#define MAX_ENTRIES 200000

/** One question, and the work on its answer. */
struct job {
	const struct request *request;
	const char *tag;    /* of a copy; else NULL */
	const char *frozen; /* likewise */
	const char *cloud;
	struct form form;
	struct work work;
	struct reply *reply;
};

static void
write_list(struct job *job, const struct list *list, const svctag_drift *drift)
{
	const struct report_style style = { .format = job->form.format };
	FILE *out = work_open(&job->work);
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (out != NULL && job->form.other == FORMAT_CHART)
		err = report_drift_svg(out, list, drift);
	else if (out != NULL)
		err = report_drift(out, &style, list, drift, REPORT_WIDTH);
	work_close(&job->work, out, err, job->form.media_type, job->reply);
}

static void
follow_list(struct job *job, svctag_store *store, const struct list *list)
{
	svctag_drift_entry *entries = NULL;
	svctag_drift *drift = NULL;
	svctag_detail detail = { "" };
	svctag_error err = report_drift_entries(list, request_parameter(job->request, "intent"), &entries);

	if (err == SVCTAG_OK)
		err = svctag_drift_of_list(store, job->cloud, entries, list->entry_count, work_progress, &job->work,
					   &drift, &detail);
	if (err != SVCTAG_OK)
		work_failed(&job->work, err, &detail, job->reply);
	else
		write_list(job, list, drift);
	svctag_drift_free(drift);
	free(entries);
}

static void
answer_list(struct job *job, svctag_store *store)
{
	struct list *list = NULL;

	if (posted_list_read(job->request, MAX_ENTRIES, &list, job->reply))
		follow_list(job, store, list);
	list_free(list);
}

static void
write_copy(struct job *job, const svctag_drift *drift)
{
	const struct report_style style = { .format = job->form.format };
	FILE *out = work_open(&job->work);
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (out != NULL)
		err = job->form.other == FORMAT_CHART ? report_drift_copy_svg(out, drift)
						      : report_drift_copy(out, &style, drift);
	work_close(&job->work, out, err, job->form.media_type, job->reply);
}

static void
answer_copy(struct job *job, svctag_store *store)
{
	svctag_drift *drift = NULL;
	svctag_detail detail = { "" };
	svctag_error err = svctag_drift_of_copy(store, job->cloud, job->tag, job->frozen, &drift, &detail);

	if (err != SVCTAG_OK)
		reply_error(job->reply, err, &detail);
	else if (job->request->method == METHOD_POST ||
		 !view_cloud_is_known(job->request, svctag_drift_catalogue(drift), svctag_drift_cloud(drift),
				      job->form.media_type, job->reply))
		write_copy(job, drift);
	svctag_drift_free(drift);
}

static void
answer(struct job *job, const struct context *context)
{
	svctag_store *store;

	if (work_begin_reading(&job->work, job->request, context, &store, job->reply)) {
		if (job->tag != NULL)
			answer_copy(job, store);
		else
			answer_list(job, store);
	}
	work_release(&job->work);
}

/** What both methods start with. @return false when the reply has been made */
static bool
begin(struct job *job, const struct context *context, size_t *ret_cloud)
{
	if (!negotiate_form(job->request, DRIFT_FORMATS, job->reply, &job->form) ||
	    !view_find_one_cloud(job->request, context, ret_cloud, job->reply))
		return false;
	job->cloud = svctag_catalogue_cloud(generation_catalogue(context->generation), *ret_cloud);
	return true;
}

static bool
refuse(struct reply *reply, const char *detail)
{
	reply_problem(reply, 400, detail);
	return false;
}

/** Are the parameters about a list, or about a copy, and the body accordingly? */
static bool
check_parameters(const struct job *job)
{
	static const char *const of_list[] = { "input", "intent", "column", "name" };

	if ((job->tag == NULL) != (job->frozen == NULL))
		return refuse(job->reply, "tag and frozen belong together: a copy of this tag, made at this release");
	if (job->tag == NULL && job->request->body_size == 0)
		return refuse(job->reply, "the body is empty; it has to be a list, unless tag and frozen are given");
	if (job->tag != NULL && job->request->body_size > 0)
		return refuse(job->reply, "either a list as the body, or the parameters tag and frozen");
	for (size_t i = 0; job->tag != NULL && i < sizeof(of_list) / sizeof(of_list[0]); i++)
		if (request_parameter(job->request, of_list[i]) != NULL)
			return refuse(job->reply, "input, intent, column and name are about a list, not about a tag");
	return job->tag != NULL || posted_list_accepts(job->request, job->reply);
}

void
post_drift(struct request *request, const struct context *context, struct reply *reply)
{
	struct job job = { .request = request,
			   .tag = request_parameter(request, "tag"),
			   .frozen = request_parameter(request, "frozen"),
			   .reply = reply };
	size_t cloud;

	if (!check_parameters(&job) || !begin(&job, context, &cloud))
		return;
	if (context->database == NULL) {
		reply->defer = true;
		return;
	}
	answer(&job, context);
	reply->cache_control = "no-store"; /* of a POST */
}

void
get_drift(struct request *request, const struct context *context, struct reply *reply)
{
	struct job job = { .request = request,
			   .tag = request_parameter(request, "tag"),
			   .frozen = request_parameter(request, "frozen"),
			   .reply = reply };
	size_t cloud;

	if (job.tag == NULL || job.frozen == NULL) {
		refuse(reply, "the parameters tag and frozen are wanted, a copy of this tag made at this release; "
			      "POST a list");
		return;
	}
	/* What is read may be newer than this generation: the answer gets the ETag of what it was read from. */
	if (!begin(&job, context, &cloud) ||
	    view_cloud_is_known(request, generation_catalogue(context->generation), cloud, job.form.media_type, reply))
		return;
	if (context->database == NULL)
		reply->defer = true;
	else
		answer(&job, context);
}
