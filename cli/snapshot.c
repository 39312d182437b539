#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include <nightly/file.h>
#include <report/snapshot.h>

#include "cli.h"

/* What sha256sum -c reads, beside the copy, for whoever fetches both. */
static svctag_error
write_checksum(const char *path, const svctag_published *published, svctag_detail *detail)
{
	char *folder = strdup(path);
	char *name = strdup(path);
	char *line = NULL, *file = NULL;
	svctag_error err = SVCTAG_E_NO_MEMORY;
	size_t size;
	FILE *out;

	out = folder == NULL || name == NULL ? NULL : open_memstream(&line, &size);
	if (out != NULL) {
		err = report_snapshot_checksum(out, basename(name), published);
		if (fclose(out) != 0 && err == SVCTAG_OK)
			err = SVCTAG_E_NO_MEMORY;
	}
	if (err == SVCTAG_OK && asprintf(&file, "%s.sha256", basename(name)) < 0)
		err = SVCTAG_E_NO_MEMORY;
	if (err == SVCTAG_OK)
		err = file_replace(dirname(folder), file, line, size, detail);
	free(file);
	free(line);
	free(name);
	free(folder);
	return err;
}

static enum cli_exit
run(const struct cli *cli)
{
	const char *path = cli->operands[0];
	svctag_catalogue *catalogue = NULL;
	svctag_published published;
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code;
	svctag_error err;

	if (!cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	err = svctag_store_publish(store, path, &published, &detail);
	if (err == SVCTAG_OK)
		err = write_checksum(path, &published, &detail);
	if (err == SVCTAG_OK)
		err = svctag_store_catalogue(store, &catalogue, &detail);
	if (err == SVCTAG_OK)
		code = cli_written(report_snapshot(stdout, &cli->style, path, &published, catalogue), CLI_YES);
	else
		code = cli_fail(NULL, err, &detail);
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_publish = {
	.name = "snapshot",
	.summary = "publish an immutable copy of the database",
	.synopsis = "FILE",
	.help = "Write a copy of the database to FILE for replicas to fetch: one state of it,\n"
		"without a write-ahead log, verified, and put under its name in one step, so that\n"
		"a web server or an object store always hands out a whole one. FILE.sha256 is\n"
		"written beside it, as `sha256sum -c` reads it. The database may be in use.\n"
		"\n"
		"Options:\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag snapshot /srv/www/svctag.db\n"
		"  svctagd --db /srv/www/svctag.db\n"
		"\n"
		"Exit codes: 0 written; 2 an error, and FILE is what it was.\n",
	.least_operands = 1,
	.most_operands = 1,
	.run = run,
};
