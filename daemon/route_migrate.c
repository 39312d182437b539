/*
 * POST /v1/migrate: which tags replace a list of addresses, or the rules that
 * use them. The history is read from the database, and a choice may take a
 * while, so a worker does it. How much is tried is bounded by steps, not by
 * time, so that one list has one answer; what takes too long is given up.
 */
#include <stdlib.h>
#include <string.h>

#include "negotiate.h"
#include "posted_list.h"
#include "report/migrate.h"
#include "report/rules.h"
#include "view.h"
#include "work.h"

#define MIGRATE_FORMATS                                                                                           \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV) | \
	 FORMAT_MARKDOWN)
/** Most entries of a list. */
#define MAX_ENTRIES 200000
/** Most that maxRules may ask for. */
#define MAX_RULES 1000000

/** One question, and the work on its answer. */
struct job {
	const struct request *request;
	struct proposal_options options;
	bool rules; /**< these alone, as `output` says */
	bool rollback;
	enum rules_output output;
	struct form form;
	struct work work;
	struct reply *reply;
};

static bool
refuse(const struct job *job, const char *detail)
{
	reply_problem(job->reply, 400, detail);
	return false;
}

/** A parameter that is true or false. @return false when reply is a problem */
static bool
take_flag(const struct job *job, const char *name, bool *ret)
{
	const char *value = request_parameter(job->request, name);
	svctag_detail detail;

	*ret = value != NULL && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
	if (value == NULL || *ret || strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
		return true;
	svctag_detail_set(&detail, "the parameter %s has to be true or false", name);
	return refuse(job, detail.text);
}

/** As the command line takes it: decimal digits alone. */
static bool
take_max_rules(struct job *job)
{
	const char *text = request_parameter(job->request, "maxRules");
	size_t number = 0;

	if (text == NULL)
		return true;
	for (const char *c = text; *c >= '0' && *c <= '9' && number <= MAX_RULES; text = ++c)
		number = number * 10 + (size_t)(*c - '0');
	if (*text != '\0' || number < 1 || number > MAX_RULES)
		return refuse(job, "the parameter maxRules has to be a whole number from 1 to 1000000");
	job->options.max_rules = number;
	return true;
}

static bool
take_choice(struct job *job)
{
	const char *target = request_parameter(job->request, "target");
	const char *prefer = request_parameter(job->request, "prefer");

	if (target != NULL && svctag_target_find(target, &job->options.choice.target) != SVCTAG_OK)
		return refuse(job, "the parameter target has to be nsg, udr or firewall");
	if (prefer != NULL && strcmp(prefer, "rules") == 0)
		job->options.choice.prefer = SVCTAG_PREFER_RULES;
	else if (prefer != NULL && strcmp(prefer, "addresses") != 0)
		return refuse(job, "the parameter prefer has to be addresses or rules");
	job->options.intent = request_parameter(job->request, "intent");
	return take_flag(job, "allowBroad", &job->options.choice.allow_broad) && take_max_rules(job);
}

/** Rules, if `output` asks for them, or a report in whatever form. */
static bool
take_form(struct job *job)
{
	const char *output = request_parameter(job->request, "output");

	if (!take_flag(job, "rollback", &job->rollback))
		return false;
	if (output == NULL) {
		if (job->rollback)
			return refuse(job, "rollback is about the rules of output");
		return negotiate_form(job->request, MIGRATE_FORMATS, job->reply, &job->form);
	}
	if (!rules_output_parse(output, &job->output))
		return refuse(job, "the parameter output has to be az, bicep, terraform or json");
	if (request_parameter(job->request, "format") != NULL)
		return refuse(job, "output is about rules, format about the report: give one of them");
	job->rules = true;
	job->form.media_type = negotiate_media_type(job->output == RULES_JSON ? REPORT_JSON : REPORT_TEXT);
	return true;
}

static svctag_error
write_rules(FILE *out, const struct job *job, const struct proposal *proposal)
{
	char title[REPORT_TITLE_SIZE];
	const struct rules_place place = { .title = report_migrate_title(proposal, title) };

	return job->rollback ? report_rules_rollback(out, job->output, proposal->rules, proposal->own, &place)
			     : report_rules(out, job->output, proposal->rules, &place);
}

static svctag_error
write_report(FILE *out, const struct job *job, const struct proposal *proposal)
{
	const struct report_style style = { .format = job->form.format };

	if (job->form.other == FORMAT_MARKDOWN)
		return report_migrate_markdown(out, proposal);
	return report_migrate(out, &style, proposal);
}

static void
write_answer(struct job *job, const struct proposal *proposal)
{
	svctag_error err = SVCTAG_E_NO_MEMORY;
	FILE *out = work_open(&job->work);

	if (out != NULL)
		err = job->rules ? write_rules(out, job, proposal) : write_report(out, job, proposal);
	work_close(&job->work, out, err, job->form.media_type, job->reply);
}

/** Too many rules, or too few allowed: that is the client's. What the work ended with is not. */
static void
refuse_proposal(struct job *job, svctag_error error, const svctag_detail *detail)
{
	if (error == SVCTAG_E_LIMIT && job->work.end == WORK_GOES_ON)
		reply_problem(job->reply, 400, detail->text);
	else
		work_failed(&job->work, error, detail, job->reply);
}

static void
migrate(struct job *job, svctag_store *store, const svctag_snapshot *snapshot, const struct list *list)
{
	struct proposal *proposal = NULL;
	svctag_detail detail = { "" };
	svctag_error err = proposal_make(snapshot, list, &job->options, work_progress, &job->work, &proposal, &detail);

	if (err == SVCTAG_OK && !job->rules)
		err = proposal_find_since(proposal, store, work_progress, &job->work, &detail);
	if (err != SVCTAG_OK)
		refuse_proposal(job, err, &detail);
	else
		write_answer(job, proposal);
	proposal_free(proposal);
}

static void
answer(struct job *job, const struct context *context, const svctag_snapshot *snapshot)
{
	struct list *list = NULL;
	svctag_store *store;

	if (work_begin_reading(&job->work, job->request, context, &store, job->reply) &&
	    posted_list_read(job->request, MAX_ENTRIES, &list, job->reply))
		migrate(job, store, snapshot, list);
	list_free(list);
	work_release(&job->work);
}

void
post_migrate(struct request *request, const struct context *context, struct reply *reply)
{
	struct job job = { .request = request, .reply = reply };
	struct view view = { 0 };

	if (!posted_list_accepts(request, reply) || !take_choice(&job) || !take_form(&job) ||
	    !view_open(&view, request, context, true, reply))
		return;
	if (context->database == NULL)
		reply->defer = true;
	else
		answer(&job, context, view.snapshots[0]);
	view_release(&view);
	if (!reply->defer)
		reply->cache_control = "no-store"; /* of a POST */
}
