#include <string.h>

#include "cli.h"

static enum cli_exit
answer(const struct cli *cli, const svctag_snapshot *snapshot, const svctag_query *query)
{
	static const enum cli_exit codes[] = {
		[REPORT_MEMBER_YES] = CLI_YES,
		[REPORT_MEMBER_PARTIAL] = CLI_NO,
		[REPORT_MEMBER_NO] = CLI_NO,
	};
	const struct report_query asked = { .text = cli->operands[0], .size = strlen(cli->operands[0]) };
	const char *name = cli->operands[1];
	svctag_lookup_result result = { 0 };
	enum cli_exit code;
	svctag_error err;
	uint32_t tag;

	if (!cli_tag(snapshot, name, strlen(name), &tag))
		return CLI_ERROR;
	err = svctag_lookup_tag(snapshot, query, tag, &result);
	if (err != SVCTAG_OK)
		return cli_fail(NULL, err, NULL);
	code = codes[report_member_of(&result)];
	code = cli_written(report_check(stdout, &cli->style, snapshot, &asked, query, tag, &result), code);
	svctag_lookup_result_release(&result);
	return code;
}

static enum cli_exit
run(const struct cli *cli)
{
	const char *text = cli->operands[0];
	svctag_snapshot *snapshot = NULL;
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code = CLI_ERROR;
	svctag_query query;
	svctag_error err = svctag_query_parse(text, strlen(text), &query, &detail);

	if (err != SVCTAG_OK) {
		cli_error("'%s': %s", text, detail.text[0] != '\0' ? detail.text : svctag_error_text(err));
		return CLI_ERROR;
	}
	if (!cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	if (cli_snapshot(cli, store, NULL, &snapshot))
		code = answer(cli, snapshot, &query);
	svctag_snapshot_free(snapshot);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_check = {
	.name = "check",
	.summary = "is an address, prefix or range in a tag?",
	.synopsis = "QUERY TAG",
	.help = "Say whether the tag holds all of the query (yes), a part of it (partial) or\n"
		"nothing of it (no), and by which of its prefixes. The query is an address, a\n"
		"prefix or a range a-b; tag names are taken in any letter case.\n"
		"\n"
		"Options:\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --at REF         as of that release; default latest\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag check 13.82.88.226 Storage.EastUS\n"
		"  svctag check --at 2022-03-01 13.82.88.0/24 AzureCloud\n"
		"  svctag check \"$address\" AzureFrontDoor.Backend >/dev/null || echo 'not the front door'\n"
		"\n"
		"Exit codes: 0 yes; 1 no, or partly; 2 an error, also when there is no such tag.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT),
	.least_operands = 2,
	.most_operands = 2,
	.run = run,
};
