/*
 * GET /v1/history: when which tags held an address, or how a tag grew. Reads
 * the whole history of a cloud from the database, so a worker does it.
 */
#include <string.h>

#include "negotiate.h"
#include "report/history.h"
#include "view.h"
#include "work.h"

#define HISTORY_FORMATS                                                                                           \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV) | \
	 FORMAT_CHART)
/** Most spans of one answer: it is put together in memory before it is written. */
#define MAX_SPANS 20000

/** What is asked: an address, prefix or range, or else a tag. */
struct question {
	const char *text; /* NULL: a tag */
	const char *tag;
	svctag_query query;
	struct form form;
	const char *cloud;
};

static bool
parse_question(const struct request *request, struct question *ret, struct reply *reply)
{
	size_t queries = request_parameter_count(request, "q");
	svctag_detail detail = { "" };
	svctag_error err;

	ret->text = request_parameter(request, "q");
	ret->tag = request_parameter(request, "tag");
	if ((ret->text == NULL) == (ret->tag == NULL) || queries > 1) {
		reply_problem(reply, 400, "one parameter is wanted: q, an address, prefix or range, or tag");
		return false;
	}
	if (ret->text == NULL)
		return true;
	err = svctag_query_parse(ret->text, strlen(ret->text), &ret->query, &detail);
	if (err != SVCTAG_OK)
		reply_error(reply, err, &detail);
	return err == SVCTAG_OK;
}

static void
write_history(const struct question *question, const svctag_history *history, struct work *work, struct reply *reply)
{
	const struct report_style style = { .format = question->form.format };
	const struct report_query asked = { .text = question->text, .size = strlen(question->text) };
	FILE *out = work_open(work);
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (out != NULL && question->form.other == FORMAT_CHART)
		err = report_history_svg(out, &question->query, history);
	else if (out != NULL)
		err = report_history(out, &style, &asked, &question->query, history, REPORT_WIDTH);
	work_close(work, out, err, question->form.media_type, reply);
}

static void
answer_query(const struct request *request, svctag_store *store, const struct question *question, struct work *work,
	     struct reply *reply)
{
	svctag_history *history = NULL;
	svctag_detail detail = { "" };
	svctag_error err = svctag_history_of_range(store, question->cloud, &question->query.range, &history, &detail);

	if (err != SVCTAG_OK) {
		reply_error(reply, err, &detail);
	} else if (svctag_history_count(history) > MAX_SPANS) {
		svctag_detail_set(&detail, "the timeline has %zu spans, the most that is answered is %d; ask for less",
				  svctag_history_count(history), MAX_SPANS);
		reply_problem(reply, 400, detail.text);
	} else if (!view_cloud_is_known(request, svctag_history_catalogue(history), svctag_history_cloud(history),
					question->form.media_type, reply)) {
		write_history(question, history, work, reply);
	}
	svctag_history_free(history);
}

static void
write_growth(const struct question *question, const svctag_growth *growth, struct work *work, struct reply *reply)
{
	const struct report_style style = { .format = question->form.format };
	FILE *out = work_open(work);
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (out != NULL)
		err = question->form.other == FORMAT_CHART ? report_growth_svg(out, growth)
							   : report_growth(out, &style, growth);
	work_close(work, out, err, question->form.media_type, reply);
}

static void
answer_tag(const struct request *request, svctag_store *store, const struct question *question,
	   const svctag_snapshot *newest, struct work *work, struct reply *reply)
{
	svctag_growth *growth = NULL;
	svctag_detail detail = { "" };
	svctag_error err = svctag_growth_of_tag(store, question->cloud, question->tag, &growth, &detail);

	if (err == SVCTAG_E_NOT_FOUND) /* names of the newest release that come near may help */
		report_unknown_tag(newest, question->tag, strlen(question->tag), &detail);
	if (err != SVCTAG_OK)
		reply_error(reply, err, &detail);
	else if (!view_cloud_is_known(request, svctag_growth_catalogue(growth), svctag_growth_cloud(growth),
				      question->form.media_type, reply))
		write_growth(question, growth, work, reply);
	svctag_growth_free(growth);
}

static void
answer(const struct request *request, const struct context *context, const struct question *question, size_t cloud,
       struct reply *reply)
{
	svctag_store *store;
	struct work work;

	if (work_begin_reading(&work, request, context, &store, reply)) {
		if (question->text != NULL)
			answer_query(request, store, question, &work, reply);
		else
			answer_tag(request, store, question, generation_newest(context->generation, cloud), &work,
				   reply);
	}
	work_release(&work);
}

void
get_history(struct request *request, const struct context *context, struct reply *reply)
{
	struct question question = { 0 };
	const svctag_catalogue *catalogue;
	size_t cloud;

	if (!parse_question(request, &question, reply) ||
	    !negotiate_form(request, HISTORY_FORMATS, reply, &question.form) ||
	    !view_find_one_cloud(request, context, &cloud, reply))
		return;
	catalogue = generation_catalogue(context->generation);
	question.cloud = svctag_catalogue_cloud(catalogue, cloud);
	/* What is read may be newer than this generation: the answer gets the ETag of what it was read from. */
	if (view_cloud_is_known(request, catalogue, cloud, question.form.media_type, reply))
		return;
	if (context->database == NULL)
		reply->defer = true;
	else
		answer(request, context, &question, cloud, reply);
}
