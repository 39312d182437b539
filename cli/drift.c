#include <stdlib.h>
#include <string.h>

#include <report/drift.h>
#include <report/history.h>

#include "cli.h"
#include "list.h"

/* Nothing is loaded, or something is not found. */
static enum cli_exit
refuse(const svctag_store *store, svctag_error err, const svctag_detail *detail)
{
	return cli_fail(err == SVCTAG_E_EMPTY ? svctag_store_path(store) : NULL, err, detail);
}

/* An intent that no release has is mostly a slip of the pen. */
static void
warn_unknown(const svctag_drift *drift)
{
	for (size_t i = 0; i < svctag_drift_intended_count(drift); i++) {
		uint32_t tag = svctag_drift_intended(drift, i);

		if (!svctag_drift_tag_is_known(drift, tag))
			cli_warning("no loaded release has a tag '%s', which entries are meant for",
				    svctag_drift_tag_name(drift, tag));
	}
}

static enum cli_exit
answer_list(const struct cli *cli, const struct list *list, const svctag_drift *drift)
{
	enum cli_exit code = svctag_drift_has_drifted(drift) ? CLI_NO : CLI_YES;
	svctag_error err;

	warn_unknown(drift);
	err = cli_wants_more_format(cli) ? report_drift_svg(stdout, list, drift)
					 : report_drift(stdout, &cli->style, list, drift, cli_width());
	return cli_written(err, code);
}

static enum cli_exit
of_list(const struct cli *cli, svctag_store *store)
{
	svctag_drift_entry *entries = NULL;
	svctag_drift *drift = NULL;
	struct list *list = NULL;
	svctag_detail detail = { "" };
	struct cli_bar bar = { "tags and entries", SIZE_MAX };
	enum cli_exit code;
	svctag_error err;

	if (!cli_list_read(cli, cli->operands[0], &list))
		return CLI_ERROR;
	err = report_drift_entries(list, cli->values[OPTION_INTENT], &entries);
	if (err == SVCTAG_OK)
		err = svctag_drift_of_list(store, cli->values[OPTION_CLOUD], entries, list->entry_count, cli_bar_step,
					   &bar, &drift, &detail);
	cli_progress(0, 0, "");
	if (err != SVCTAG_OK) {
		code = refuse(store, err, &detail);
	} else if (list->entry_count == 0) {
		cli_list_empty(list);
		code = CLI_ERROR;
	} else {
		code = answer_list(cli, list, drift);
	}
	svctag_drift_free(drift);
	free(entries);
	list_free(list);
	return code;
}

static enum cli_exit
of_copy(const struct cli *cli, svctag_store *store)
{
	svctag_drift *drift = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code;
	svctag_error err = svctag_drift_of_copy(store, cli->values[OPTION_CLOUD], cli->values[OPTION_TAG],
						cli->values[OPTION_FROZEN], &drift, &detail);

	if (err != SVCTAG_OK)
		return refuse(store, err, &detail);
	code = svctag_drift_has_drifted(drift) ? CLI_NO : CLI_YES;
	err = cli_wants_more_format(cli) ? report_drift_copy_svg(stdout, drift)
					 : report_drift_copy(stdout, &cli->style, drift);
	svctag_drift_free(drift);
	return cli_written(err, code);
}

static bool
check_operands(const struct cli *cli)
{
	bool list = cli->operand_count > 0;
	bool tag = cli->values[OPTION_TAG] != NULL;

	if (list == tag || tag != (cli->values[OPTION_FROZEN] != NULL)) {
		cli_error("drift wants a LIST, or --tag TAG and --frozen REF");
		return false;
	}
	if (tag && (cli->values[OPTION_INPUT] != NULL || cli->values[OPTION_INTENT] != NULL ||
		    cli->values[OPTION_COLUMN] != NULL)) {
		cli_error("--input, --intent and --column are about a LIST, not about --tag");
		return false;
	}
	if (cli_all_clouds(cli)) {
		cli_error("drift follows one cloud: name it instead of --cloud all");
		return false;
	}
	return true;
}

static enum cli_exit
run(const struct cli *cli)
{
	svctag_store *store = NULL;
	enum cli_exit code;

	if (!check_operands(cli) || !cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	code = cli->operand_count > 0 ? of_list(cli, store) : of_copy(cli, store);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_drift = {
	.name = "drift",
	.summary = "what a hard-coded list of addresses became",
	.synopsis = "LIST | --tag TAG --frozen REF",
	.help = "Follow the entries of a list through all loaded releases: how many are still in\n"
		"the tag that they are meant for, in another, only in AzureCloud, or in none;\n"
		"how much of those tags the list covers, which of its addresses are stale, and\n"
		"when the first entry broke. LIST is a file, or - for standard input: plain text,\n"
		"CSV, Markdown, exports of firewalls; the format is detected. An entry is meant\n"
		"for the tag in the list's `intent` column, or for that of --intent, or else for\n"
		"the narrowest that held it in the first loaded release.\n"
		"\n"
		"With --tag and --frozen, what became of a copy of the tag made at that release.\n"
		"\n"
		"Options:\n"
		"  --input NAME     the format of LIST, instead of detecting it\n"
		"  --column NAME    of a CSV file the column with the addresses, or its number\n"
		"  --intent TAG     what entries are meant for whose list does not say\n"
		"  --tag TAG        follow a copy of this tag\n"
		"  --frozen REF     made at this release\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --format FORMAT  text, json, ndjson, csv or svg\n"
		"\n"
		"Examples:\n"
		"  svctag drift firewall.txt --intent Storage.EastUS\n"
		"  az network nsg rule list -g rg --nsg-name nsg | svctag drift - --format json\n"
		"  svctag drift --tag AzureKeyVault --frozen 2021-01-06 --format svg >drift.svg\n"
		"\n"
		"Exit codes: 0 the list is as it was meant; 1 it has drifted: an entry left the tag\n"
		"it is meant for or is not in it, or a tag that was covered wholly is so no more; 2\n"
		"an error.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_TAG, OPTION_FROZEN, OPTION_INPUT, OPTION_INTENT, OPTION_COLUMN),
	.more_format = "svg",
	.most_operands = 1,
	.run = run,
};
