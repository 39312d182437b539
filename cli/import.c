#include <errno.h>
#include <importer/importer.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Warnings told of one file; a release that drops a region has hundreds. */
#define MOST_WARNINGS 3

/* An import under way. */
struct import {
	const struct cli *cli;
	svctag_store *store;
	const struct importer_plan *plan;
	struct report_import_stream stream;
	bool failed;          /* a file was refused: said already */
	svctag_error written; /* of the first answer that could not be written */
	int write_errno;
};

/* A file was refused: say so on stderr, and write it down in its place. */
static svctag_error
refuse(struct import *import, const char *file, svctag_error err, const svctag_detail *detail)
{
	const struct report_import item = {
		.file = file,
		.error = detail->text[0] != '\0' ? detail->text : svctag_error_text(err),
	};

	cli_error("%s: %s", file, item.error);
	import->failed = true;
	return report_import_item(&import->stream, stdout, &item);
}

static void
tell_warnings(const char *file, const char *warnings)
{
	size_t told = 0;
	size_t left = 0;

	while (warnings != NULL && *warnings != '\0') {
		const char *end = strchrnul(warnings, '\n');

		if (told < MOST_WARNINGS) {
			cli_warning("%s: %.*s", file, (int)(end - warnings), warnings);
			told++;
		} else {
			left++;
		}
		warnings = *end == '\0' ? end : end + 1;
	}
	if (left > 0)
		cli_warning("%s: and %zu more, kept with the release: `svctag releases --format json`", file, left);
}

/* What became of one file, on stdout; a reader that goes away does not stop the import. */
static void
tell(void *context, size_t i, svctag_error err, const struct importer_outcome *outcome, const svctag_detail *detail)
{
	struct import *import = context;
	const struct importer_plan *plan = import->plan;
	const char *file = plan->items[i].path;
	svctag_error written;

	if (err != SVCTAG_OK) {
		written = refuse(import, file, err, detail);
	} else {
		const struct report_import done = {
			.file = file,
			.result = outcome->result,
			.release = &outcome->info,
			.warnings = outcome->warnings,
		};

		tell_warnings(file, outcome->warnings);
		cli_progress(0, 0, "");
		written = report_import_item(&import->stream, stdout, &done);
	}
	if (import->written == SVCTAG_OK && written != SVCTAG_OK) {
		import->write_errno = errno;
		import->written = written;
	}
	if (i + 1 < plan->count)
		cli_progress(i + 1, plan->count, plan->items[i + 1].path);
}

static void
import_plan(struct import *import)
{
	const struct importer_plan *plan = import->plan;
	const struct cli *cli = import->cli;

	if (plan->count > 1)
		cli_progress(0, plan->count, plan->items[0].path);
	importer_import_plan(import->store, plan, cli->values[OPTION_CLOUD], cli->values[OPTION_FORCE] != NULL, tell,
			     import);
	cli_progress(0, 0, "");
}

/* Sort out the operands that are no files; they fail, the others are imported. */
static size_t
existing_files(struct import *import, const char **ret)
{
	size_t count = 0;

	for (size_t i = 0; i < import->cli->operand_count; i++) {
		const char *path = import->cli->operands[i];
		svctag_detail detail = { "" };

		if (strcmp(path, "-") == 0)
			svctag_detail_set(&detail, "standard input cannot be imported: the day of a release is told "
						   "from its file's name; save it first");
		else if (access(path, F_OK) != 0)
			svctag_detail_set(&detail, "no such file or folder");
		else
			ret[count++] = path;
		if (detail.text[0] != '\0' && import->written == SVCTAG_OK)
			import->written = refuse(import, path, SVCTAG_E_IO, &detail);
	}
	return count;
}

/* Plan, open and import. False after a message, when nothing could be begun. */
static bool
import_files(struct import *import, const char *const *paths, size_t count)
{
	const struct cli *cli = import->cli;
	struct importer_plan plan = { 0 };
	svctag_detail detail = { "" };
	char today[SVCTAG_DAY_SIZE];
	svctag_error err;
	bool ok = true;

	cli_today(today);
	err = importer_plan_make(paths, count, cli->values[OPTION_PUBLISHED], today, &plan, &detail);
	if (err != SVCTAG_OK) {
		cli_fail(NULL, err, &detail);
		return false;
	}
	if (plan.count > 0)
		ok = cli_open(cli, SVCTAG_STORE_WRITE, &import->store);
	import->plan = &plan;
	if (ok && import->written == SVCTAG_OK)
		import_plan(import);
	import->plan = NULL;
	importer_plan_release(&plan);
	return ok;
}

static enum cli_exit
run(const struct cli *cli)
{
	struct import import = { .cli = cli, .stream = { .style = cli->style } };
	const char *day = cli->values[OPTION_PUBLISHED];
	enum cli_exit code;
	const char **paths;
	size_t count;

	if (day != NULL && !svctag_day_is_valid(day)) {
		cli_error("--published wants a day written YYYY-MM-DD, not '%s'", day);
		return CLI_ERROR;
	}
	if (cli_all_clouds(cli)) {
		cli_error("a file holds one cloud; without --cloud any is taken");
		return CLI_ERROR;
	}
	paths = calloc(cli->operand_count, sizeof(*paths));
	if (paths == NULL)
		return cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
	import.written = report_import_begin(&import.stream, stdout);
	count = existing_files(&import, paths);
	if (!import_files(&import, paths, count))
		import.failed = true;
	if (import.written == SVCTAG_OK)
		import.written = report_import_end(&import.stream, stdout);
	if (import.write_errno != 0)
		errno = import.write_errno; /* for the message */
	code = cli_written(import.written, import.failed ? CLI_ERROR : CLI_YES);
	free(paths);
	svctag_store_close(import.store);
	return code;
}

const struct cli_command cli_import = {
	.name = "import",
	.summary = "load releases from files and folders",
	.synopsis = "FILE|DIR…",
	.help = "Load releases: the published JSON file, what `az network list-service-tags`\n"
		"saves, or an XML list of until 2020, which becomes a release of cloud\n"
		"Public-legacy; plain or gzip (.gz). Of a folder every *.json, *.json.gz, *.xml\n"
		"and *.xml.gz below it. Each file is a transaction of its own; they are taken in\n"
		"the order of their days, in whatever order they are named.\n"
		"\n"
		"The day of publication is that of --published, or else the first YYYYMMDD or\n"
		"YYYY-MM-DD in the file's name. What is loaded already is left `unchanged`; the\n"
		"same content under an earlier day is `moved` to it. A release that lost\n"
		"implausibly much against the one before it is refused.\n"
		"\n"
		"Options:\n"
		"  --published DAY  the day of publication, YYYY-MM-DD, of every file named\n"
		"  --force          load even what the plausibility check refuses; it is recorded\n"
		"  --cloud CLOUD    take only files of this cloud\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag import ServiceTags_Public_20251110.json\n"
		"  svctag import ~/servicetags/\n"
		"  svctag import --published 2025-11-10 tags.json.gz\n"
		"\n"
		"Exit codes: 0 all are loaded; 2 any was refused (the others are kept).\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_PUBLISHED, OPTION_FORCE),
	.least_operands = 1,
	.most_operands = SIZE_MAX,
	.run = run,
};
