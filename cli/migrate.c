#include <stdlib.h>
#include <string.h>

#include <report/migrate.h>

#include "cli.h"
#include "list.h"
#include "output.h"

/* What was asked for, beside the list. */
struct request {
	struct proposal_options options;
	bool wants_rules;
	enum rules_output output;
};

/* Beside the rules alone, what is to be known of them. */
static void
warn(const struct proposal *proposal)
{
	size_t problems = proposal->list->problems_left_off;
	const svctag_limit *limit;
	size_t value;

	for (size_t i = 0; i < proposal->list->problem_count; i++)
		problems += !proposal->list->problems[i].is_warning;
	if (problems > 0)
		cli_warning("%s: %zu of its entries could not be read; the report lists them", proposal->list->name,
			    problems);
	if (proposal_kept(proposal) > 0)
		cli_warning("%zu of %zu entries kept as addresses; the report says why", proposal_kept(proposal),
			    proposal->list->entry_count);
	for (size_t i = 0; (limit = svctag_limit_at(i)) != NULL; i++)
		if (rules_limit_value(proposal->rules, limit, &value) && value > limit->maximum)
			cli_warning("%s: %zu, at most %u", limit->what, value, limit->maximum);
	for (size_t i = 0; i < proposal->note_count; i++)
		cli_warning("%s", proposal->notes[i]);
}

static svctag_error
print_rules(const struct cli *cli, const struct request *request, const struct proposal *proposal)
{
	char title[REPORT_TITLE_SIZE];
	const struct rules_place place = {
		.resource_group = cli->values[OPTION_RESOURCE_GROUP],
		.name = cli->values[OPTION_NAME],
		.title = report_migrate_title(proposal, title),
	};

	if (cli->values[OPTION_ROLLBACK] != NULL)
		return report_rules_rollback(stdout, request->output, proposal->rules, proposal->own, &place);
	return report_rules(stdout, request->output, proposal->rules, &place);
}

static enum cli_exit
print(const struct cli *cli, const struct request *request, const struct proposal *proposal)
{
	enum cli_exit code = proposal_kept(proposal) > 0 ? CLI_NO : CLI_YES;

	if (request->wants_rules) {
		warn(proposal);
		return cli_written(print_rules(cli, request, proposal), code);
	}
	if (cli_wants_more_format(cli))
		return cli_written(report_migrate_markdown(stdout, proposal), code);
	return cli_written(report_migrate(stdout, &cli->style, proposal), code);
}

static enum cli_exit
answer(const struct cli *cli, const struct request *request, svctag_store *store, const svctag_snapshot *snapshot,
       const struct list *list)
{
	struct cli_bar choosing = { "entries", SIZE_MAX };
	struct cli_bar looking = { "history", SIZE_MAX };
	struct proposal *proposal = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code;
	svctag_error err;

	err = proposal_make(snapshot, list, &request->options, cli_bar_step, &choosing, &proposal, &detail);
	cli_progress(0, 0, "");
	/* Rules alone do not say since when. */
	if (err == SVCTAG_OK && !request->wants_rules)
		err = proposal_find_since(proposal, store, cli_bar_step, &looking, &detail);
	cli_progress(0, 0, "");
	code = err == SVCTAG_OK ? print(cli, request, proposal) : cli_fail(NULL, err, &detail);
	proposal_free(proposal);
	return code;
}

static enum cli_exit
migrate(const struct cli *cli, const struct request *request, svctag_store *store)
{
	svctag_snapshot *snapshot = NULL;
	struct list *list = NULL;
	enum cli_exit code = CLI_ERROR;

	if (cli_list_read(cli, cli->operands[0], &list)) {
		if (list->entry_count == 0)
			cli_list_empty(list);
		else if (cli_snapshot(cli, store, NULL, &snapshot))
			code = answer(cli, request, store, snapshot, list);
	}
	svctag_snapshot_free(snapshot);
	list_free(list);
	return code;
}

static bool
take_target(const struct cli *cli, struct request *request)
{
	const char *target = cli->values[OPTION_TARGET];

	if (target != NULL && svctag_target_find(target, &request->options.choice.target) != SVCTAG_OK) {
		cli_error("--target wants nsg, udr or firewall, not '%s'", target);
		return false;
	}
	return true;
}

static bool
take_choice(const struct cli *cli, struct request *request)
{
	const char *prefer = cli->values[OPTION_PREFER];
	long most = 0;

	if (prefer != NULL && strcmp(prefer, "rules") == 0) {
		request->options.choice.prefer = SVCTAG_PREFER_RULES;
	} else if (prefer != NULL && strcmp(prefer, "addresses") != 0) {
		cli_error("--prefer wants addresses or rules, not '%s'", prefer);
		return false;
	}
	if (cli->values[OPTION_MAX_RULES] != NULL && !cli_number(cli, OPTION_MAX_RULES, 1, 1000000, &most))
		return false;
	request->options.max_rules = (size_t)most;
	request->options.choice.allow_broad = cli->values[OPTION_ALLOW_BROAD] != NULL;
	request->options.intent = cli->values[OPTION_INTENT];
	return true;
}

static bool
take_output(const struct cli *cli, struct request *request)
{
	static const enum cli_option of_output[] = { OPTION_ROLLBACK, OPTION_RESOURCE_GROUP, OPTION_NAME };

	request->wants_rules = cli->values[OPTION_OUTPUT] != NULL;
	if (!cli_output(cli, &request->output))
		return false;
	for (size_t i = 0; i < sizeof(of_output) / sizeof(of_output[0]); i++) {
		const char *value = cli->values[of_output[i]];

		if (!request->wants_rules && value != NULL) {
			cli_error("%s is about the rules of --output", cli_option_name(of_output[i]));
			return false;
		}
		if (value != NULL && of_output[i] != OPTION_ROLLBACK && !rules_place_is_valid(value)) {
			cli_error("%s wants letters, digits, '.', '_', '-' and parentheses, at most 90, not '%s'",
				  cli_option_name(of_output[i]), value);
			return false;
		}
	}
	return true;
}

static enum cli_exit
run(const struct cli *cli)
{
	struct request request = { .wants_rules = false };
	svctag_store *store = NULL;
	enum cli_exit code;

	if (!take_target(cli, &request) || !take_choice(cli, &request) || !take_output(cli, &request) ||
	    !cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	code = migrate(cli, &request, store);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_migrate = {
	.name = "migrate",
	.summary = "which tags replace a hard-coded list, at what cost, as rules",
	.synopsis = "LIST",
	.help = "Find the service tags that cover what a list of addresses means, and the rules\n"
		"that use them. LIST is a file, or - for standard input, of any form that drift\n"
		"takes. Fewest entries stay addresses; then the fewest IPv4, then IPv6 addresses\n"
		"are opened; then the fewest tags are used. A tag that the target cannot use is\n"
		"never proposed. An entry that is meant for a tag (the list's `intent` column, or\n"
		"--intent) gets that one or stays an address.\n"
		"\n"
		"Options:\n"
		"  --target TARGET  nsg (default), udr (route table) or firewall\n"
		"  --prefer WHAT    addresses (default), or rules: fewest tags come before fewest\n"
		"                   addresses\n"
		"  --max-rules N    no more rules than that in all, those that keep addresses too\n"
		"  --allow-broad    also AzureCloud, AzureCloud.REGION, and tags of all regions\n"
		"                   that have one for each\n"
		"  --output FORM    the rules alone: az, bicep, terraform or json\n"
		"  --rollback       with --output, the way back: the list's own rules restored,\n"
		"                   the proposed ones removed\n"
		"  --resource-group NAME, --name NAME  where the rules are put; default\n"
		"                   my-resource-group, and my-nsg, my-route-table or my-firewall\n"
		"  --input NAME     the format of LIST, instead of detecting it\n"
		"  --column NAME    of a CSV file the column with the addresses, or its number\n"
		"  --intent TAG     what entries are meant for whose list does not say\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --at REF         with the tags of that release; default latest\n"
		"  --format FORMAT  text, json, ndjson, csv or markdown\n"
		"\n"
		"Examples:\n"
		"  svctag migrate firewall.txt\n"
		"  az network nsg rule list -g rg --nsg-name nsg | svctag migrate - --format json\n"
		"  svctag migrate rules.json --output bicep --name nsg >rules.bicep\n"
		"  svctag migrate rules.json --output bicep --name nsg --rollback >back.bicep\n"
		"\n"
		"Exit codes: 0 every entry found its tag (those on the own side of a rule need\n"
		"none); 1 entries stay addresses; 2 an error, also when --max-rules cannot be met.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_TARGET, OPTION_PREFER, OPTION_MAX_RULES, OPTION_ALLOW_BROAD,
			   OPTION_OUTPUT, OPTION_ROLLBACK, OPTION_RESOURCE_GROUP, OPTION_NAME, OPTION_INPUT,
			   OPTION_COLUMN, OPTION_INTENT),
	.more_format = "markdown",
	.least_operands = 1,
	.most_operands = 1,
	.run = run,
};
