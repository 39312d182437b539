#include <stdlib.h>
#include <unistd.h>

#include "cli.h"

/* Find the release and take it out, in what is one step for other users of the database. */
static svctag_error
forget(const struct cli *cli, svctag_store *store, svctag_catalogue **ret_catalogue,
       const svctag_release_info **ret_info, svctag_detail *detail)
{
	svctag_error err = svctag_store_catalogue(store, ret_catalogue, detail);
	size_t cloud;

	if (err == SVCTAG_OK)
		err = svctag_catalogue_find_cloud(*ret_catalogue, cli->values[OPTION_CLOUD], &cloud, detail);
	if (err == SVCTAG_OK)
		err = svctag_catalogue_resolve(*ret_catalogue, cloud, cli->operands[0], ret_info, detail);
	if (err == SVCTAG_OK)
		err = svctag_store_forget(store, *ret_info, detail);
	return err;
}

/* Opening for writing would make a database where none is. */
static bool
exists(const struct cli *cli)
{
	char *path = cli_database_path(cli);
	bool found = path != NULL && access(path, F_OK) == 0;

	if (path != NULL && !found)
		cli_error("%s: no such database", path);
	free(path);
	return found;
}

static enum cli_exit
run(const struct cli *cli)
{
	const svctag_release_info *info = NULL;
	svctag_catalogue *catalogue = NULL;
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code;
	svctag_error err;

	if (cli_all_clouds(cli)) {
		cli_error("forget takes out one release of one cloud: name it instead of --cloud all");
		return CLI_ERROR;
	}
	if (!exists(cli) || !cli_open(cli, SVCTAG_STORE_WRITE, &store))
		return CLI_ERROR;
	err = forget(cli, store, &catalogue, &info, &detail);
	if (err == SVCTAG_OK)
		code = cli_written(report_forgotten(stdout, &cli->style, info), CLI_YES);
	else
		code = cli_fail(NULL, err, &detail);
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_forget = {
	.name = "forget",
	.summary = "take a release back out",
	.synopsis = "REF",
	.help = "Take one release out of the database; the others answer as before. Importing its\n"
		"file again brings it back.\n"
		"\n"
		"Options:\n"
		"  --cloud CLOUD    the release's cloud; default: the only one loaded, else Public\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag forget id:1a2b3c4d\n"
		"  svctag forget --cloud China latest\n"
		"\n"
		"Exit codes: 0 taken out; 2 an error, also when there is no such release.\n",
	.options = OPTIONS(OPTION_CLOUD),
	.least_operands = 1,
	.most_operands = 1,
	.run = run,
};
