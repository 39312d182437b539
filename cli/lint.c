#include <stdlib.h>
#include <string.h>

#include <report/history.h>
#include <report/lint.h>

#include "cli.h"
#include "list.h"
#include "scenario.h"

/** One call. */
struct linting {
	const struct cli *cli;
	struct cli_scenario scenario;
	struct plan_argument *arguments; /* of the scenario, and a --target that is a parameter of it */
	size_t argument_count;
	struct lint_options options;
	struct list *list;
	svctag_store *store;
	svctag_snapshot *snapshot;
	struct plan *plan;
};

/* --ignore leaves some checks out, --only all others. */
static bool
take_checks(struct linting *linting)
{
	const struct cli *cli = linting->cli;
	bool only = cli->values[OPTION_ONLY] != NULL;

	for (size_t i = 0; i < LINT_CHECK_COUNT; i++)
		linting->options.off[i] = only;
	for (size_t i = 0; i < cli->given_count; i++) {
		enum cli_option option = cli->given[i].option;
		svctag_detail detail = { "" };
		enum lint_check check;

		if (option != OPTION_IGNORE && option != OPTION_ONLY)
			continue;
		if (lint_check_find(cli->given[i].value, &check, &detail) != SVCTAG_OK) {
			cli_error("%s: %s", cli_option_name(option), detail.text);
			return false;
		}
		linting->options.off[check] = option == OPTION_IGNORE;
	}
	return true;
}

/*
 * --target names what the rules are for, or is the parameter of a scenario
 * that has one of that name; no region is called nsg, udr or firewall.
 */
static bool
take_targets(struct linting *linting)
{
	const struct cli *cli = linting->cli;
	const struct cli_scenario *scenario = &linting->scenario;
	size_t count = scenario->argument_count;

	linting->arguments = calloc(count + cli->given_count + 1, sizeof(*linting->arguments));
	if (linting->arguments == NULL) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		return false;
	}
	if (count > 0)
		memcpy(linting->arguments, scenario->arguments, count * sizeof(*scenario->arguments));
	for (size_t i = 0; i < cli->given_count; i++) {
		const char *value = cli->given[i].value;

		if (cli->given[i].option != OPTION_TARGET)
			continue;
		if (svctag_target_find(value, &linting->options.target) == SVCTAG_OK) {
			linting->options.has_target = true;
		} else if (scenario->scenario != NULL &&
			   scenario_find_parameter(scenario->scenario, "target") != SCENARIO_NONE) {
			linting->arguments[count++] = (struct plan_argument){ "target", value };
		} else {
			cli_error("--target wants nsg, udr or firewall, not '%s'", value);
			return false;
		}
	}
	linting->argument_count = count;
	return true;
}

/* Without a scenario an option of some other command is not unknown, but misplaced. */
static bool
check_open(const struct cli *cli)
{
	if (cli->values[OPTION_SCENARIO] != NULL || cli->open_count == 0)
		return true;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const char *name = cli_option_name((enum cli_option)i);

		if (strlen(name) == cli->open[0].size && memcmp(name, cli->open[0].word, cli->open[0].size) == 0) {
			cli_error("lint takes %s only as a scenario's parameter: name the scenario with --scenario",
				  name);
			return false;
		}
	}
	return true;
}

static bool
open_all(struct linting *linting)
{
	const struct cli *cli = linting->cli;

	if (!check_open(cli) || !take_checks(linting) ||
	    !cli_scenario_open(cli, cli->values[OPTION_SCENARIO], &linting->scenario) ||
	    !cli_list_read(cli, linting->scenario.operands[0], &linting->list) ||
	    !cli_open(cli, SVCTAG_STORE_READ, &linting->store) ||
	    !cli_snapshot(cli, linting->store, NULL, &linting->snapshot))
		return false;
	return true;
}

static bool
make_plan(struct linting *linting)
{
	struct cli_scenario with = linting->scenario;

	if (!take_targets(linting))
		return false;
	with.arguments = linting->arguments;
	with.argument_count = linting->argument_count;
	return with.scenario == NULL || cli_scenario_plan(&with, linting->snapshot, &linting->plan);
}

static enum cli_exit
answer(const struct linting *linting, const struct lint *findings)
{
	const struct cli *cli = linting->cli;
	const struct report_lint report = {
		.list = linting->list,
		.release = svctag_snapshot_info(linting->snapshot),
		.findings = findings,
		.target = linting->options.has_target ? svctag_target_text(linting->options.target) : NULL,
	};
	bool any = lint_total(findings, LINT_ERROR) > 0 || lint_total(findings, LINT_WARNING) > 0 ||
		   lint_total(findings, LINT_NOTE) > 0;
	svctag_error err = cli_wants_more_format(cli) ? report_lint_sarif(stdout, &report)
						      : report_lint(stdout, &cli->style, &report);

	return cli_written(err, any ? CLI_NO : CLI_YES);
}

static enum cli_exit
lint(struct linting *linting)
{
	struct lint *findings = NULL;
	svctag_detail detail = { "" };
	struct cli_bar bar = { "tags and entries", SIZE_MAX };
	enum cli_exit code;
	svctag_error err;

	linting->options.intent = linting->cli->values[OPTION_INTENT];
	linting->options.plan = linting->plan;
	linting->options.store = linting->store;
	linting->options.progress = cli_bar_step;
	linting->options.context = &bar;
	err = lint_list(linting->list, linting->snapshot, &linting->options, &findings, &detail);
	cli_progress(0, 0, "");
	code = err == SVCTAG_OK ? answer(linting, findings) : cli_fail(linting->list->name, err, &detail);
	lint_free(findings);
	return code;
}

static enum cli_exit
run(const struct cli *cli)
{
	struct linting linting = { .cli = cli };
	enum cli_exit code = CLI_ERROR;

	if (open_all(&linting) && make_plan(&linting))
		code = lint(&linting);
	plan_free(linting.plan);
	svctag_snapshot_free(linting.snapshot);
	svctag_store_close(linting.store);
	list_free(linting.list);
	free(linting.arguments);
	cli_scenario_close(&linting.scenario);
	return code;
}

const struct cli_command cli_lint = {
	.name = "lint",
	.summary = "hard-coded addresses and bad habits in rules and routes",
	.synopsis = "LIST",
	.help = "Look through a list of addresses or an export of rules for what is wrong, or will\n"
		"be: addresses that stand where a tag belongs, or have left theirs; tags that are\n"
		"misspelt, or cannot be used where they are; limits; rules that let anybody in;\n"
		"routes that replication does not survive. LIST is a file, or - for standard input:\n"
		"network security groups, route tables, Azure Firewall, templates, Terraform, and\n"
		"whatever else docs/lists.md describes; the format is detected. Each finding says\n"
		"what to write instead; docs/lint.md describes every check with examples.\n"
		"\n"
		"Options:\n"
		"  --target TARGET  what the rules are for, instead of what the format says: nsg,\n"
		"                   udr (a route table) or firewall\n"
		"  --ignore ID      leave a check out; may be repeated\n"
		"  --only ID        just this check; may be repeated\n"
		"  --scenario NAME  the rules of this scenario have to be there: site-recovery, or\n"
		"                   another that `svctag plan` lists, or a file\n"
		"  --PARAMETER …    what the scenario wants to know: --source eastus; its --target\n"
		"                   (a region) may be given beside the one above\n"
		"  --scenario-dir DIR\n"
		"                   look for scenarios here too\n"
		"  --input NAME     the format of LIST, instead of detecting it\n"
		"  --column NAME    of a CSV file the column with the addresses, or its number\n"
		"  --intent TAG     what entries are meant for whose list does not say\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --at REF         judge by this release; default: the newest\n"
		"  --format FORMAT  text, json, ndjson, csv or sarif\n"
		"\n"
		"Exit codes: 0 nothing was found; 1 findings, if only notes; 2 an error, told on\n"
		"stderr: the list or the database cannot be read.\n"
		"\n"
		"Examples:\n"
		"  svctag lint nsg.json\n"
		"  az network nsg show -g net -n edge | svctag lint - --format sarif > lint.sarif\n"
		"  svctag lint nsg.json --scenario site-recovery --source eastus --target centralus\n"
		"  svctag lint routes.json --ignore hard-coded-address\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_INPUT, OPTION_COLUMN, OPTION_INTENT, OPTION_TARGET,
			   OPTION_IGNORE, OPTION_ONLY, OPTION_SCENARIO, OPTION_SCENARIO_DIR),
	.more_format = "sarif",
	.least_operands = 1,
	.most_operands = 1,
	.takes_parameters = true,
	.run = run,
};
