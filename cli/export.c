#include <report/export.h>

#include "cli.h"

static enum cli_exit
write_all(struct report_export *export)
{
	svctag_error err = SVCTAG_OK;
	bool done = false;

	while (!done && err == SVCTAG_OK)
		err = report_export_next(export, stdout, &done);
	return cli_written(err, CLI_YES);
}

static enum cli_exit
answer(const struct report_export_options *options, const svctag_snapshot *snapshot)
{
	struct report_export *export = NULL;
	svctag_detail detail = { "" };
	svctag_error err = report_export_begin(snapshot, options, &export, &detail);
	enum cli_exit code = err == SVCTAG_OK ? write_all(export) : cli_fail(NULL, err, &detail);

	report_export_free(export);
	return code;
}

static bool
take_options(const struct cli *cli, struct report_export_options *ret)
{
	const char *format = cli->values[OPTION_FORMAT];

	ret->tags = cli->values[OPTION_TAG];
	ret->region = cli->values[OPTION_REGION];
	ret->aggregate = cli->values[OPTION_AGGREGATE] != NULL;
	ret->name = cli->values[OPTION_NAME];
	if (format != NULL && !report_export_parse(format, &ret->format))
		return false; /* told with the command line */
	return cli_family(cli, &ret->family);
}

static enum cli_exit
run(const struct cli *cli)
{
	struct report_export_options options = { 0 };
	svctag_snapshot *snapshot = NULL;
	svctag_store *store = NULL;
	enum cli_exit code = CLI_ERROR;

	if (!take_options(cli, &options) || !cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	if (cli_snapshot(cli, store, NULL, &snapshot))
		code = answer(&options, snapshot);
	svctag_snapshot_free(snapshot);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_export = {
	.name = "export",
	.summary = "the tags in other systems' formats",
	.synopsis = "[--format FORMAT]",
	.help = "Write a release, or some of its tags, in another system's format; docs/export.md\n"
		"shows how each is used. What replaces an older export does so in one step.\n"
		"\n"
		"Formats:\n"
		"  json             the published file; `svctag import` reads it. The default\n"
		"  ndjson, csv      an object or a record for each tag and prefix\n"
		"  text             the prefixes alone, each once\n"
		"  nginx            a geo block: address to tags\n"
		"  haproxy          a map file for map_ip: address to tags\n"
		"  ipset            for `ipset restore`: the sets NAME4 and NAME6\n"
		"  nftables         for `nft -f`: the sets NAME4 and NAME6 of the table NAME\n"
		"  terraform        local values: the lists NAME_ipv4 and NAME_ipv6\n"
		"  postgres         for psql: the table NAME, with a GiST index\n"
		"  clickhouse       for clickhouse-client: the table NAME and an ip_trie\n"
		"\n"
		"Options:\n"
		"  --format FORMAT  one of these\n"
		"  --tag PATTERN    tags of this name, * and ? for any; several with commas\n"
		"  --region REGION  tags with this region property\n"
		"  --family 4|6     only prefixes of IPv4 or of IPv6\n"
		"  --aggregate      the fewest prefixes that hold the same addresses, instead of\n"
		"                   the published ones\n"
		"  --name NAME      of the sets, the table or the variable; default svctag\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --at REF         as of that release; default latest\n"
		"\n"
		"Examples:\n"
		"  svctag export > ServiceTags_Public_20251110.json\n"
		"  svctag export --tag 'AzureFrontDoor.Backend' --format nftables | nft -f -\n"
		"  svctag export --format postgres | psql inventory\n"
		"\n"
		"Exit codes: 0 written; 2 an error, also when no tag fits.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_TAG, OPTION_REGION, OPTION_FAMILY, OPTION_AGGREGATE,
			   OPTION_NAME),
	.more_format = "nginx, haproxy, ipset, nftables, terraform, postgres, clickhouse",
	.run = run,
};
