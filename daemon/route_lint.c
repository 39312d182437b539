/*
 * POST /v1/lint: what is wrong, or a bad habit, in a list of addresses or an
 * export of rules. The history is read from the database, so a worker does it,
 * and gives up what takes too long.
 */
#include <stdlib.h>
#include <string.h>

#include "advice/plan.h"
#include "negotiate.h"
#include "posted_list.h"
#include "report/lint.h"
#include "view.h"
#include "work.h"

#define LINT_FORMATS                                                                                              \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV) | \
	 FORMAT_SARIF)
/** Most entries of a list, and most names in it. */
#define MAX_ENTRIES 200000

/** One question, and the work on its answer. */
struct job {
	const struct request *request;
	struct lint_options options;
	struct scenario *scenario; /**< or NULL */
	struct plan_argument *arguments;
	size_t argument_count;
	struct plan *plan; /**< of the scenario */
	struct form form;
	struct work work;
	struct reply *reply;
};

static void
release(struct job *job)
{
	plan_free(job->plan);
	scenario_free(job->scenario);
	free(job->arguments);
}

static bool
refuse(const struct job *job, const char *detail)
{
	reply_problem(job->reply, 400, detail);
	return false;
}

/* ------------------------------------------------------------ parameters */

/** `ignore` leaves a check out, `only` all others. */
static bool
take_check(struct job *job, const struct request_parameter *parameter)
{
	svctag_detail detail = { "" };
	svctag_detail told;
	enum lint_check check;

	if (lint_check_find(parameter->value, &check, &detail) != SVCTAG_OK) {
		svctag_detail_set(&told, "the parameter %s: %s", parameter->name, detail.text);
		return refuse(job, told.text);
	}
	job->options.off[check] = strcmp(parameter->name, "ignore") == 0;
	return true;
}

/** What no scenario's parameter is called, but for `target`. */
static bool
is_own(const char *name)
{
	static const char *const own[] = { "input", "column", "intent", "name", "at", "cloud", "format", "scenario" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

/** What the rules are for; anything else under that name is the scenario's. */
static bool
take_target(struct job *job, const char *value)
{
	if (svctag_target_find(value, &job->options.target) != SVCTAG_OK)
		return false;
	job->options.has_target = true;
	return true;
}

static bool
take_other(struct job *job, const struct request_parameter *parameter)
{
	svctag_detail detail;

	if (job->scenario != NULL) {
		job->arguments[job->argument_count++] = (struct plan_argument){ parameter->name, parameter->value };
		return true;
	}
	if (strcmp(parameter->name, "target") == 0)
		return refuse(job, "the parameter target has to be nsg, udr or firewall");
	svctag_detail_set(&detail,
			  "unknown parameter '%.40s'; this route has: target ignore only scenario input column intent "
			  "name at cloud format, and those of the scenario",
			  parameter->name);
	return refuse(job, detail.text);
}

static bool
take_parameter(struct job *job, const struct request_parameter *parameter)
{
	svctag_detail detail;

	if (strcmp(parameter->name, "ignore") == 0 || strcmp(parameter->name, "only") == 0)
		return take_check(job, parameter);
	if (strcmp(parameter->name, "target") == 0 && take_target(job, parameter->value))
		return true;
	if (!is_own(parameter->name))
		return take_other(job, parameter);
	if (request_parameter_count(job->request, parameter->name) == 1)
		return true;
	svctag_detail_set(&detail, "the parameter '%s' is given more than once", parameter->name);
	return refuse(job, detail.text);
}

static bool
take_scenario(struct job *job)
{
	const char *name = request_parameter(job->request, "scenario");
	svctag_detail detail = { "" };
	svctag_error err = name == NULL ? SVCTAG_OK : scenario_builtin_read(name, &job->scenario, &detail);

	if (err == SVCTAG_E_NOT_FOUND)
		return refuse(job, detail.text);
	if (err != SVCTAG_OK)
		reply_error(job->reply, err, &detail);
	return err == SVCTAG_OK;
}

static bool
take_parameters(struct job *job)
{
	const struct request *request = job->request;
	bool only = request_parameter(request, "only") != NULL;

	for (size_t i = 0; i < LINT_CHECK_COUNT; i++)
		job->options.off[i] = only;
	job->options.intent = request_parameter(request, "intent");
	job->arguments = calloc(request->parameter_count + 1, sizeof(*job->arguments));
	if (job->arguments == NULL) {
		reply_error(job->reply, SVCTAG_E_NO_MEMORY, NULL);
		return false;
	}
	if (!take_scenario(job))
		return false;
	for (size_t i = 0; i < request->parameter_count; i++)
		if (!take_parameter(job, &request->parameters[i]))
			return false;
	return true;
}

/** What the scenario comes to in this release. */
static bool
make_plan(struct job *job, const svctag_snapshot *snapshot)
{
	svctag_detail detail = { "" };
	svctag_detail told = { "" };
	svctag_error err = job->scenario == NULL ? SVCTAG_OK
						 : plan_make(job->scenario, snapshot, job->arguments,
							     job->argument_count, &job->plan, &detail);

	if (err == SVCTAG_OK)
		return true;
	/* Of what the client wrote, the particulars begin with the parameter's name. */
	if (detail.text[0] != '\0')
		svctag_detail_set(&told, "the parameter %s", detail.text);
	reply_error(job->reply, err, &told);
	return false;
}

/* ---------------------------------------------------------------- answer */

static void
write_answer(struct job *job, const svctag_snapshot *snapshot, const struct list *list, const struct lint *findings)
{
	const struct report_lint report = {
		.list = list,
		.release = svctag_snapshot_info(snapshot),
		.findings = findings,
		.target = job->options.has_target ? svctag_target_text(job->options.target) : NULL,
	};
	const struct report_style style = { .format = job->form.format };
	svctag_error err = SVCTAG_E_NO_MEMORY;
	FILE *out = work_open(&job->work);

	if (out != NULL && job->form.other == FORMAT_SARIF)
		err = report_lint_sarif(out, &report);
	else if (out != NULL)
		err = report_lint(out, &style, &report);
	work_close(&job->work, out, err, job->form.media_type, job->reply);
}

static void
lint(struct job *job, svctag_store *store, const svctag_snapshot *snapshot, const struct list *list)
{
	struct lint *findings = NULL;
	svctag_detail detail = { "" };
	svctag_error err;

	if (list->mention_count > MAX_ENTRIES || list->rule_count > MAX_ENTRIES) {
		svctag_detail_set(&detail, "the list has more than %d rules or names", MAX_ENTRIES);
		reply_problem(job->reply, 413, detail.text);
		return;
	}
	job->options.plan = job->plan;
	job->options.store = store;
	job->options.progress = work_progress;
	job->options.context = &job->work;
	err = lint_list(list, snapshot, &job->options, &findings, &detail);
	if (err != SVCTAG_OK)
		work_failed(&job->work, err, &detail, job->reply);
	else
		write_answer(job, snapshot, list, findings);
	lint_free(findings);
}

static void
answer(struct job *job, const struct context *context, const svctag_snapshot *snapshot)
{
	struct list *list = NULL;
	svctag_store *store;

	if (work_begin_reading(&job->work, job->request, context, &store, job->reply) &&
	    posted_list_read_any(job->request, MAX_ENTRIES, &list, job->reply))
		lint(job, store, snapshot, list);
	list_free(list);
	work_release(&job->work);
}

void
post_lint(struct request *request, const struct context *context, struct reply *reply)
{
	struct job job = { .request = request, .reply = reply };
	struct view view = { 0 };

	if (posted_list_accepts(request, reply) && take_parameters(&job) &&
	    negotiate_form(request, LINT_FORMATS, reply, &job.form) &&
	    view_open(&view, request, context, true, reply)) {
		if (make_plan(&job, view.snapshots[0])) {
			if (context->database == NULL)
				reply->defer = true;
			else
				answer(&job, context, view.snapshots[0]);
		}
		view_release(&view);
	}
	release(&job);
	if (!reply->defer)
		reply->cache_control = "no-store"; /* of a POST */
}
