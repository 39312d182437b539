#include <string.h>

#include <report/history.h>

#include "cli.h"

/* Nothing is loaded, or something is not found. */
static enum cli_exit
refuse(const svctag_store *store, svctag_error err, const svctag_detail *detail)
{
	return cli_fail(err == SVCTAG_E_EMPTY ? svctag_store_path(store) : NULL, err, detail);
}

static enum cli_exit
of_query(const struct cli *cli, svctag_store *store, const svctag_query *query)
{
	const struct report_query asked = { .text = cli->operands[0], .size = strlen(cli->operands[0]) };
	svctag_history *history = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code;
	svctag_error err;

	err = svctag_history_of_range(store, cli->values[OPTION_CLOUD], &query->range, &history, &detail);
	if (err != SVCTAG_OK)
		return refuse(store, err, &detail);
	code = svctag_history_count(history) > 0 ? CLI_YES : CLI_NO;
	if (cli_wants_more_format(cli))
		err = report_history_svg(stdout, query, history);
	else
		err = report_history(stdout, &cli->style, &asked, query, history, cli_width());
	svctag_history_free(history);
	return cli_written(err, code);
}

/* No release has the tag: names of the newest one that come near may help. */
static enum cli_exit
unknown_tag(const struct cli *cli, svctag_store *store, const char *tag, const svctag_detail *detail)
{
	svctag_snapshot *snapshot = NULL;
	uint32_t number;

	if (svctag_store_snapshot_at(store, cli->values[OPTION_CLOUD], NULL, &snapshot, NULL) == SVCTAG_OK)
		(void)!cli_tag(snapshot, tag, strlen(tag), &number);
	else
		cli_fail(NULL, SVCTAG_E_NOT_FOUND, detail);
	svctag_snapshot_free(snapshot);
	return CLI_ERROR;
}

static enum cli_exit
of_tag(const struct cli *cli, svctag_store *store)
{
	const char *tag = cli->values[OPTION_TAG];
	svctag_growth *growth = NULL;
	svctag_detail detail = { "" };
	svctag_error err = svctag_growth_of_tag(store, cli->values[OPTION_CLOUD], tag, &growth, &detail);

	if (err == SVCTAG_E_NOT_FOUND)
		return unknown_tag(cli, store, tag, &detail);
	if (err != SVCTAG_OK)
		return refuse(store, err, &detail);
	err = cli_wants_more_format(cli) ? report_growth_svg(stdout, growth)
					 : report_growth(stdout, &cli->style, growth);
	svctag_growth_free(growth);
	return cli_written(err, CLI_YES);
}

static enum cli_exit
run(const struct cli *cli)
{
	const char *text = cli->operand_count > 0 ? cli->operands[0] : NULL;
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code;
	svctag_query query;
	svctag_error err;

	if ((text == NULL) == (cli->values[OPTION_TAG] == NULL)) {
		cli_error("history wants an address, prefix or range, or --tag TAG");
		return CLI_ERROR;
	}
	if (cli_all_clouds(cli)) {
		cli_error("history answers from one cloud: name it instead of --cloud all");
		return CLI_ERROR;
	}
	err = text == NULL ? SVCTAG_OK : svctag_query_parse(text, strlen(text), &query, &detail);
	if (err != SVCTAG_OK) {
		cli_error("'%s': %s", text, detail.text[0] != '\0' ? detail.text : svctag_error_text(err));
		return CLI_ERROR;
	}
	if (!cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	code = text == NULL ? of_tag(cli, store) : of_query(cli, store, &query);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_history = {
	.name = "history",
	.summary = "when an address was in which tags; how a tag grew",
	.synopsis = "QUERY | --tag TAG",
	.help = "Say over all loaded releases which tags held an address, prefix or range, each by\n"
		"which prefix, from which release to which. `now` means that the newest release\n"
		"has it. In the bars a column stands for one release or several: █ all of them\n"
		"had the tag, ▒ some, · none; ^ marks change numbers that were never loaded.\n"
		"With --tag, the prefixes and addresses of a tag in every release.\n"
		"\n"
		"Options:\n"
		"  --tag TAG        how this tag grew\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --format FORMAT  text, json, ndjson, csv or svg\n"
		"\n"
		"Examples:\n"
		"  svctag history 13.87.102.68\n"
		"  svctag history 40.74.28.0/23 --format csv\n"
		"  svctag history --tag AzureKeyVault --format svg >growth.svg\n"
		"\n"
		"Exit codes: 0 a tag held it, or the tag exists; 1 no tag ever did; 2 an error, also\n"
		"when no release has the tag.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_TAG),
	.more_format = "svg",
	.most_operands = 1,
	.run = run,
};
