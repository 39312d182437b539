#include <string.h>

#include "cli.h"

static enum cli_exit
answer(const struct cli *cli, const svctag_snapshot *snapshot, uint8_t family)
{
	const char *name = cli->operands[0];
	struct report_prefixes prefixes = { 0 };
	enum cli_exit code;
	svctag_error err;
	uint32_t tag;

	if (!cli_tag(snapshot, name, strlen(name), &tag))
		return CLI_ERROR;
	err = report_prefixes_select(snapshot, tag, family, cli->values[OPTION_AGGREGATE] != NULL, &prefixes);
	if (err != SVCTAG_OK)
		return cli_fail(NULL, err, NULL);
	code = cli_written(report_tag(stdout, &cli->style, snapshot, tag, &prefixes), CLI_YES);
	report_prefixes_release(&prefixes);
	return code;
}

static enum cli_exit
run(const struct cli *cli)
{
	svctag_snapshot *snapshot = NULL;
	svctag_store *store = NULL;
	enum cli_exit code = CLI_ERROR;
	uint8_t family;

	if (!cli_family(cli, &family) || !cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	if (cli_snapshot(cli, store, NULL, &snapshot))
		code = answer(cli, snapshot, family);
	svctag_snapshot_free(snapshot);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_show = {
	.name = "show",
	.summary = "one tag with its prefixes",
	.synopsis = "TAG",
	.help = "Show a tag: its properties, its totals and its prefixes. The name is taken in\n"
		"any letter case.\n"
		"\n"
		"Options:\n"
		"  --family 4|6     only prefixes of IPv4 or of IPv6\n"
		"  --aggregate      the fewest prefixes that hold the same addresses, instead of\n"
		"                   the published ones\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --at REF         as of that release; default latest\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag show AzureFrontDoor.Backend\n"
		"  svctag show storage.eastus --family 4 --aggregate --format csv\n"
		"\n"
		"Exit codes: 0 shown; 2 an error, also when there is no such tag.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_FAMILY, OPTION_AGGREGATE),
	.least_operands = 1,
	.most_operands = 1,
	.run = run,
};
