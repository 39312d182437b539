#include <report/plan.h>

#include "output.h"
#include "scenario.h"

/* What is missing is in the answer; beside rules alone it has to be said. */
static void
warn(const struct plan *plan)
{
	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct plan_rule *rule = &plan->rules[i];
		const char *place = plan->places[rule->place].place->name;

		if (!rule->exists)
			cli_warning("%s: no rule for %s: the release has no such tag", place, rule->tag);
		else if (rule->made == NULL)
			cli_warning("%s: no rule for %s: it cannot be used in rules of kind %s", place, rule->tag,
				    svctag_target_text(plan->scenario->target));
	}
}

static enum cli_exit
print(const struct cli *cli, const struct plan *plan, const enum rules_output *output)
{
	enum cli_exit code = plan->complete ? CLI_YES : CLI_NO;

	if (output != NULL) {
		warn(plan);
		return cli_written(report_plan_rules(stdout, *output, plan), code);
	}
	if (cli_wants_more_format(cli))
		return cli_written(report_plan_markdown(stdout, plan), code);
	return cli_written(report_plan(stdout, &cli->style, plan), code);
}

static enum cli_exit
answer(const struct cli *cli, const struct cli_scenario *scenario, const enum rules_output *output)
{
	svctag_snapshot *snapshot = NULL;
	svctag_store *store = NULL;
	struct plan *plan = NULL;
	enum cli_exit code = CLI_ERROR;

	if (!cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	if (cli_snapshot(cli, store, NULL, &snapshot) && cli_scenario_plan(scenario, snapshot, &plan))
		code = print(cli, plan, output);
	plan_free(plan);
	svctag_snapshot_free(snapshot);
	svctag_store_close(store);
	return code;
}

static enum cli_exit
run(const struct cli *cli)
{
	const char *name = cli->operand_count > 0 ? cli->operands[0] : NULL;
	struct cli_scenario scenario = { 0 };
	enum rules_output output = RULES_AZ;
	enum cli_exit code = CLI_ERROR;

	if (name == NULL && cli->open_count == 0 && cli->values[OPTION_OUTPUT] == NULL)
		return cli_scenario_list(cli);
	if (name == NULL) {
		cli_error("plan wants the scenario's name before its options; `svctag plan` alone lists the scenarios");
		return CLI_ERROR;
	}
	if (cli_output(cli, &output) && cli_scenario_open(cli, name, &scenario))
		code = answer(cli, &scenario, cli->values[OPTION_OUTPUT] != NULL ? &output : NULL);
	cli_scenario_close(&scenario);
	return code;
}

const struct cli_command cli_plan = {
	.name = "plan",
	.summary = "the rules that a documented scenario needs",
	.synopsis = "[SCENARIO [--PARAMETER VALUE]…]",
	.help = "Say which rules a scenario needs, as the documentation of a service has it, for\n"
		"the regions and options given: every tag is looked up in the release, counted,\n"
		"and checked for whether it can be used there. With the host names for proxies,\n"
		"and advice. Without a SCENARIO: which there are, with their parameters.\n"
		"\n"
		"SCENARIO is the name of one that is built in or in $XDG_CONFIG_HOME/svctag/\n"
		"scenarios (~/.config/svctag/scenarios), or a file (with a / or ending in .json);\n"
		"docs/scenarios.md describes the files. Its parameters are options after its\n"
		"name: --source eastus or --source=eastus; flags stand alone. Regions are taken\n"
		"in any spelling: eastus, \"East US\", EastUS.\n"
		"\n"
		"Options:\n"
		"  --output FORM    the rules alone: az, bicep, terraform or json\n"
		"  --scenario-dir DIR  look for scenarios there first\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --at REF         as of that release; default latest\n"
		"  --format FORMAT  text, json, ndjson, csv or markdown\n"
		"\n"
		"Examples:\n"
		"  svctag plan\n"
		"  svctag plan site-recovery --source eastus --target centralus --disk-encryption\n"
		"  svctag plan site-recovery --source eastus --target centralus --output bicep\n"
		"  svctag plan ./mine.json --region \"West Europe\" --format markdown\n"
		"\n"
		"Exit codes: 0 planned; 1 planned, but a tag is not in the release or cannot be\n"
		"used: its rule is left out; 2 an error, also when a region is none of the cloud.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_OUTPUT, OPTION_SCENARIO_DIR),
	.more_format = "markdown",
	.takes_parameters = true,
	.most_operands = 1,
	.run = run,
};
