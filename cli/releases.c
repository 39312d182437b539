#include "cli.h"

static enum cli_exit
run(const struct cli *cli)
{
	svctag_catalogue *catalogue = NULL;
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code = CLI_ERROR;
	svctag_error err;
	size_t cloud;

	if (!cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	err = svctag_store_catalogue(store, &catalogue, &detail);
	if (err != SVCTAG_OK)
		cli_fail(NULL, err, &detail);
	else if (cli_cloud(cli, catalogue, true, &cloud))
		code = cli_written(report_releases(stdout, &cli->style, catalogue, cloud), CLI_YES);
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_releases = {
	.name = "releases",
	.summary = "what is loaded",
	.synopsis = "",
	.help = "List the loaded releases of every cloud in the order of their publication, with\n"
		"their counts and the warnings that their import left.\n"
		"\n"
		"Options:\n"
		"  --cloud CLOUD    only this cloud\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag releases\n"
		"  svctag releases --cloud China --format json\n"
		"\n"
		"Exit codes: 0 listed; 2 an error.\n",
	.options = OPTIONS(OPTION_CLOUD),
	.run = run,
};
