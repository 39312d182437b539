#include <stdlib.h>

#include "cli.h"

static enum cli_exit
answer(const struct cli *cli, const svctag_snapshot *snapshot)
{
	const struct report_tag_filter filter = {
		.pattern = cli->operand_count > 0 ? cli->operands[0] : NULL,
		.region = cli->values[OPTION_REGION],
		.service = cli->values[OPTION_SERVICE],
	};
	enum cli_exit code;
	uint32_t *tags = NULL;
	size_t count = 0;
	svctag_error err = report_tags_select(snapshot, &filter, &tags, &count);

	if (err != SVCTAG_OK)
		return cli_fail(NULL, err, NULL);
	code = count > 0 ? CLI_YES : CLI_NO;
	code = cli_written(report_tags(stdout, &cli->style, snapshot, tags, count), code);
	free(tags);
	return code;
}

static enum cli_exit
run(const struct cli *cli)
{
	svctag_snapshot *snapshot = NULL;
	svctag_store *store = NULL;
	enum cli_exit code = CLI_ERROR;

	if (!cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	if (cli_snapshot(cli, store, NULL, &snapshot))
		code = answer(cli, snapshot);
	svctag_snapshot_free(snapshot);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_tags = {
	.name = "tags",
	.summary = "list tags with their sizes and where they are usable",
	.synopsis = "[PATTERN]",
	.help = "List the tags of a release with prefix counts, address totals and where Azure\n"
		"accepts them. In the pattern `*` is any text and `?` one character; without\n"
		"either it is a whole name. Letter case does not matter.\n"
		"\n"
		"Options:\n"
		"  --region REGION    only tags with this region property, such as eastus; \"\" for\n"
		"                     tags without a region\n"
		"  --service SERVICE  only tags with this systemService, such as AzureStorage\n"
		"  --cloud CLOUD      default: the only one loaded, else Public\n"
		"  --at REF           as of that release; default latest\n"
		"  --format FORMAT    text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag tags 'Storage.*'\n"
		"  svctag tags --region eastus --format csv\n"
		"\n"
		"Exit codes: 0 any tag is listed; 1 none; 2 an error.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_REGION, OPTION_SERVICE),
	.most_operands = 1,
	.run = run,
};
