#include <stdlib.h>
#include <sys/stat.h>

#include "cli.h"

/* Far more than anybody keeps. */
#define MOST_DAYS 100000

/* Bytes of a file; 0 if there is none. */
static uint64_t
size_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* The database with its write-ahead log. */
static uint64_t
database_size(const char *path)
{
	char *log = NULL;
	uint64_t size = size_of(path);

	if (asprintf(&log, "%s-wal", path) < 0)
		return size;
	size += size_of(log);
	free(log);
	return size;
}

/* Is the newest release of every cloud that is asked for recent enough? Says which is not. */
static bool
is_recent(const svctag_catalogue *catalogue, size_t wanted, const char *today, long days)
{
	size_t clouds = svctag_catalogue_cloud_count(catalogue);
	bool recent = clouds > 0;

	if (clouds == 0)
		cli_error("no release is loaded");
	for (size_t c = 0; c < clouds; c++) {
		size_t count = svctag_catalogue_release_count(catalogue, c);
		const svctag_release_info *newest;
		int64_t age;

		if (count == 0 || (wanted != REPORT_ALL_CLOUDS && wanted != c))
			continue;
		newest = svctag_catalogue_release(catalogue, c, count - 1);
		age = svctag_day_number(today) - svctag_day_number(newest->published);
		if (age > days) {
			cli_error("the newest release of %s is %lld days old, more than %ld", newest->cloud,
				  (long long)age, days);
			recent = false;
		}
	}
	return recent;
}

static enum cli_exit
answer(const struct cli *cli, const svctag_store *store, const svctag_catalogue *catalogue, long days)
{
	char today[SVCTAG_DAY_SIZE];
	struct report_database database = {
		.path = svctag_store_path(store),
		.size = database_size(svctag_store_path(store)),
		.schema = SVCTAG_SCHEMA_VERSION,
		.today = today,
	};
	enum cli_exit code = CLI_YES;
	size_t cloud;

	if (!cli_cloud(cli, catalogue, true, &cloud))
		return CLI_ERROR;
	cli_today(today);
	if (cli->values[OPTION_MAX_AGE] != NULL && !is_recent(catalogue, cloud, today, days))
		code = CLI_NO;
	return cli_written(report_status(stdout, &cli->style, &database, catalogue, cloud), code);
}

static enum cli_exit
run(const struct cli *cli)
{
	svctag_catalogue *catalogue = NULL;
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code;
	svctag_error err;
	long days = 0;

	if (cli->values[OPTION_MAX_AGE] != NULL && !cli_number(cli, OPTION_MAX_AGE, 0, MOST_DAYS, &days))
		return CLI_ERROR;
	if (!cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	err = svctag_store_catalogue(store, &catalogue, &detail);
	code = err == SVCTAG_OK ? answer(cli, store, catalogue, days) : cli_fail(NULL, err, &detail);
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_status = {
	.name = "status",
	.summary = "how old the data is, and how much",
	.synopsis = "",
	.help = "Say for each cloud which release is the newest, how many days ago it was\n"
		"published, and how much is loaded; and the database's size.\n"
		"\n"
		"Options:\n"
		"  --max-age DAYS   exit 1 when a newest release is older than that: for\n"
		"                   monitoring. Releases come weekly\n"
		"  --cloud CLOUD    only this cloud\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag status\n"
		"  svctag status --cloud Public --max-age 14 >/dev/null\n"
		"\n"
		"Exit codes: 0 done; 1 older than --max-age, or nothing is loaded to have an age;\n"
		"2 an error.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_MAX_AGE),
	.run = run,
};
