/*
 * GET /v1/plan and /v1/plan/{scenario}: the built-in scenarios, and what one
 * needs. Whatever the query has besides at, cloud, format and output is the
 * scenario's.
 */
#include <stdlib.h>
#include <string.h>

#include "negotiate.h"
#include "report/plan.h"
#include "view.h"

#define PLAN_FORMATS \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV))

/** What is asked, but for the release. */
struct question {
	const struct request *request;
	struct scenario *scenario;
	struct plan_argument *arguments;
	size_t argument_count;
	struct form form;
	bool rules; /**< these alone, as `output` says */
	enum rules_output output;
};

static void
release(struct question *question)
{
	scenario_free(question->scenario);
	free(question->arguments);
}

/** Is it a parameter of the route, and not of a scenario? */
static bool
is_own(const char *name)
{
	static const char *const own[] = { "at", "cloud", "format", "output" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(own[i], name) == 0)
			return true;
	}
	return false;
}

static bool
take_arguments(struct question *question, struct reply *reply)
{
	const struct request *request = question->request;
	svctag_detail detail;

	question->arguments = calloc(request->parameter_count + 1, sizeof(*question->arguments));
	if (question->arguments == NULL) {
		reply_problem(reply, 503, svctag_error_text(SVCTAG_E_NO_MEMORY));
		return false;
	}
	for (size_t i = 0; i < request->parameter_count; i++) {
		const struct request_parameter *parameter = &request->parameters[i];

		if (!is_own(parameter->name)) {
			question->arguments[question->argument_count++] =
				(struct plan_argument){ parameter->name, parameter->value };
		} else if (request_parameter_count(request, parameter->name) > 1) {
			svctag_detail_set(&detail, "the parameter '%s' is given more than once", parameter->name);
			reply_problem(reply, 400, detail.text);
			return false;
		}
	}
	return true;
}

/** Rules, if `output` asks for them, or a plan in whatever form. */
static bool
take_form(struct question *question, struct reply *reply)
{
	const char *output = request_parameter(question->request, "output");

	if (output == NULL)
		return negotiate_form(question->request, PLAN_FORMATS | FORMAT_MARKDOWN, reply, &question->form);
	question->rules = true;
	if (!rules_output_parse(output, &question->output)) {
		reply_problem(reply, 400, "the parameter output has to be az, bicep, terraform or json");
		return false;
	}
	if (request_parameter(question->request, "format") != NULL) {
		reply_problem(reply, 400, "output is for rules, format for the plan: give one of them");
		return false;
	}
	question->form.media_type = negotiate_media_type(question->output == RULES_JSON ? REPORT_JSON : REPORT_TEXT);
	return true;
}

static bool
take_scenario(struct question *question, struct reply *reply)
{
	svctag_detail detail = { "" };
	svctag_error err = scenario_builtin_read(question->request->name, &question->scenario, &detail);

	if (err != SVCTAG_OK)
		reply_error(reply, err, &detail);
	return err == SVCTAG_OK;
}

static svctag_error
write_plan(FILE *out, const struct question *question, const struct plan *plan)
{
	const struct report_style style = { .format = question->form.format };

	if (question->rules)
		return report_plan_rules(out, question->output, plan);
	if (question->form.other == FORMAT_MARKDOWN)
		return report_plan_markdown(out, plan);
	return report_plan(out, &style, plan);
}

static void
answer(const struct question *question, const svctag_snapshot *snapshot, struct reply *reply)
{
	svctag_detail detail = { "" };
	svctag_detail told = { "" };
	struct plan *plan;
	FILE *out;
	svctag_error err =
		plan_make(question->scenario, snapshot, question->arguments, question->argument_count, &plan, &detail);

	if (err != SVCTAG_OK) {
		/* Of what the client wrote, the particulars begin with the parameter's name. */
		if (detail.text[0] != '\0')
			svctag_detail_set(&told, "the parameter %s", detail.text);
		reply_error(reply, err, &told);
		return;
	}
	out = reply_open(reply);
	if (out != NULL)
		reply_close(reply, out, write_plan(out, question, plan), question->form.media_type);
	plan_free(plan);
}

void
get_plan(struct request *request, const struct context *context, struct reply *reply)
{
	struct question question = { .request = request };
	struct view view = { 0 };

	if (take_scenario(&question, reply) && take_arguments(&question, reply) && take_form(&question, reply) &&
	    view_open(&view, request, context, true, reply)) {
		if (!view_settle(&view, request, question.form.media_type, reply))
			answer(&question, view.snapshots[0], reply);
		view_release(&view);
	}
	release(&question);
}

static size_t
read_builtins(struct report_scenario *scenarios, struct scenario **read, size_t most)
{
	const struct scenario_builtin *builtin;
	size_t count = 0;

	while (count < most && (builtin = scenario_builtin_at(count)) != NULL &&
	       scenario_builtin_read(builtin->name, &read[count], NULL) == SVCTAG_OK) {
		scenarios[count] = (struct report_scenario){ .scenario = read[count] };
		count++;
	}
	return count;
}

void
get_plans(struct request *request, const struct context *context, struct reply *reply)
{
	struct report_scenario scenarios[SCENARIO_MAX_BUILTINS];
	struct scenario *read[SCENARIO_MAX_BUILTINS];
	struct report_style style = { 0 };
	size_t count;
	FILE *out;

	(void)context; /* the same in every release */
	if (!negotiate_format(request, PLAN_FORMATS, reply, &style.format) ||
	    view_is_known(request, NULL, 0, negotiate_media_type(style.format), reply))
		return;
	count = read_builtins(scenarios, read, SCENARIO_MAX_BUILTINS);
	out = reply_open(reply);
	if (out != NULL)
		reply_close(reply, out, report_scenarios(out, &style, scenarios, count),
			    negotiate_media_type(style.format));
	while (count > 0)
		scenario_free(read[--count]);
}
