#include <importer/importer.h>
#include <nightly/nightly.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "fetch.h"
#include "list.h"

/* A run, and what its command line asks for. */
struct run {
	const struct cli *cli;
	struct nightly_settings settings;
	struct http_settings http;
	struct nightly_watch watch;
	struct nightly *nightly;
	char *folder;       /* settings.folder */
	char *secret;       /* settings.secret */
	const char **hooks; /* settings.hooks */
	size_t failures;    /* of fetching, importing and noting: said already */
};

/* ---- understanding the command line ---- */

/* --state, $XDG_STATE_HOME/svctag/nightly, or ~/.local/state/svctag/nightly. NULL after a message. */
static char *
state_folder(const struct cli *cli)
{
	const char *named = cli->values[OPTION_STATE];
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *path = NULL;
	int length;

	if (named != NULL && *named != '\0') {
		length = asprintf(&path, "%s", named);
	} else if (named == NULL && state != NULL && *state == '/') {
		length = asprintf(&path, "%s/svctag/nightly", state);
	} else if (named == NULL && home != NULL && *home != '\0') {
		length = asprintf(&path, "%s/.local/state/svctag/nightly", home);
	} else {
		cli_error("no folder to keep the state in: name it with --state DIR");
		return NULL;
	}
	if (length >= 0)
		return path;
	cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
	return NULL;
}

static bool
take_watch(struct run *run)
{
	const struct cli *cli = run->cli;
	svctag_detail detail = { "" };
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < cli->given_count; i++) {
		const struct cli_given *given = &cli->given[i];

		if (given->option == OPTION_WATCH)
			err = nightly_watch_add(&run->watch, given->value, strlen(given->value), &detail);
		else if (given->option == OPTION_WATCH_FILE)
			err = nightly_watch_read(&run->watch, given->value, &detail);
		if (err != SVCTAG_OK) {
			cli_fail(given->option == OPTION_WATCH ? "--watch" : NULL, err, &detail);
			return false;
		}
	}
	if (cli->values[OPTION_WATCH_FILE] != NULL && nightly_watch_is_empty(&run->watch)) {
		cli_error("%s: nothing to watch is in it; without a list everything is told",
			  cli->values[OPTION_WATCH_FILE]);
		return false;
	}
	run->settings.watch = &run->watch;
	return true;
}

static bool
take_hooks(struct run *run)
{
	const struct cli *cli = run->cli;
	const char *file = cli->values[OPTION_HOOK_SECRET_FILE];
	svctag_detail detail = { "" };
	svctag_error err;

	run->hooks = calloc(cli->given_count + 1, sizeof(*run->hooks));
	if (run->hooks == NULL) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		return false;
	}
	run->settings.hook_count = cli_repeated(cli, OPTION_HOOK, run->hooks);
	run->settings.hooks = run->hooks;
	if (file == NULL)
		return true;
	if (run->settings.hook_count == 0) {
		cli_error("--hook-secret-file signs what is posted with --hook URL; there is none");
		return false;
	}
	err = nightly_read_secret(file, &run->secret, &run->settings.secret_size, &detail);
	run->settings.secret = run->secret;
	if (err != SVCTAG_OK)
		cli_fail("--hook-secret-file", err, &detail);
	return err == SVCTAG_OK;
}

/* What --list takes, and what says how lists are to be read. */
static bool
check_lists(const struct cli *cli)
{
	for (size_t i = 0; i < cli->given_count; i++) {
		if (cli->given[i].option == OPTION_LIST && strcmp(cli->given[i].value, "-") == 0) {
			cli_error("--list wants a file that every run can read, not standard input");
			return false;
		}
	}
	if (cli->values[OPTION_LIST] == NULL &&
	    (cli->values[OPTION_INPUT] != NULL || cli->values[OPTION_INTENT] != NULL ||
	     cli->values[OPTION_COLUMN] != NULL)) {
		cli_error("--input, --intent and --column are about the lists that --list FILE names; there is none");
		return false;
	}
	return true;
}

static void
complain(void *context, const char *subject, svctag_error err, const svctag_detail *detail)
{
	(void)context;
	cli_fail(subject, err, detail);
}

static bool
take_options(struct run *run)
{
	const struct cli *cli = run->cli;

	if (cli->values[OPTION_FROM] == NULL && cli->operand_count > 0) {
		cli_error("unexpected argument '%s'; files to play instead of fetching go with --from",
			  cli->operands[0]);
		return false;
	}
	if (cli->values[OPTION_EXEC] != NULL && *cli->values[OPTION_EXEC] == '\0') {
		cli_error("--exec wants a command");
		return false;
	}
	if (cli->style.format != REPORT_TEXT && cli->style.format != REPORT_JSON) {
		cli_error("--format of nightly is text or json");
		return false;
	}
	run->folder = state_folder(cli);
	if (run->folder == NULL || !check_lists(cli) || !take_watch(run) || !take_hooks(run))
		return false;
	run->http = http_settings_default();
	if (!cli_fetch_limits(cli, &run->http))
		return false;
	run->settings.folder = run->folder;
	run->settings.wait = cli->values[OPTION_WAIT] != NULL;
	run->settings.cloud = cli_all_clouds(cli) ? NULL : cli->values[OPTION_CLOUD];
	run->settings.command = cli->values[OPTION_EXEC];
	run->settings.http = &run->http;
	run->settings.complain = complain;
	return true;
}

/* ---- the steps ---- */

static void
fail(struct run *run, const char *subject, svctag_error err, const svctag_detail *detail)
{
	cli_fail(subject, err, detail);
	run->failures++;
}

/* One file; what is wrong with it does not stop the others. */
static void
import_file(struct run *run, svctag_store *store, const struct importer_item *item)
{
	const struct cli *cli = run->cli;
	struct importer_outcome outcome = { 0 };
	svctag_detail detail = { "" };
	svctag_error err = importer_import_item(store, item, run->settings.cloud, cli->values[OPTION_FORCE] != NULL,
						&outcome, &detail);

	if (err != SVCTAG_OK)
		fail(run, item->path, err, &detail);
	free(outcome.warnings);
}

/* What was saved by other means: the files and folders of --from, and the operands after it. */
static void
import_files(struct run *run)
{
	const struct cli *cli = run->cli;
	const char **paths = calloc(cli->given_count + cli->operand_count + 1, sizeof(*paths));
	struct importer_plan plan = { 0 };
	svctag_detail detail = { "" };
	svctag_store *store = NULL;
	char today[SVCTAG_DAY_SIZE];
	svctag_error err = SVCTAG_E_NO_MEMORY;
	size_t count;

	if (paths != NULL) {
		count = cli_repeated(cli, OPTION_FROM, paths);
		for (size_t i = 0; i < cli->operand_count; i++)
			paths[count++] = cli->operands[i];
		cli_today(today);
		err = importer_plan_make(paths, count, NULL, today, &plan, &detail);
	}
	if (err != SVCTAG_OK)
		fail(run, NULL, err, &detail);
	else if (plan.count > 0 && !cli_open(cli, SVCTAG_STORE_WRITE, &store))
		run->failures++;
	for (size_t i = 0; store != NULL && i < plan.count; i++)
		import_file(run, store, &plan.items[i]);
	svctag_store_close(store);
	importer_plan_release(&plan);
	free(paths);
}

/* nightly_begin() or nightly_note(), with the database open only while it is needed. */
static bool
note(struct run *run, svctag_error (*step)(struct nightly *nightly, svctag_store *store, svctag_detail *detail))
{
	svctag_detail detail = { "" };
	svctag_store *store = NULL;
	svctag_error err;

	if (!cli_open(run->cli, SVCTAG_STORE_WRITE, &store)) {
		run->failures++;
		return false;
	}
	err = step(run->nightly, store, &detail);
	svctag_store_close(store);
	if (err != SVCTAG_OK)
		fail(run, NULL, err, &detail);
	return err == SVCTAG_OK;
}

/* One list; what is wrong with it does not stop the others. */
static void
note_list(struct run *run, svctag_store *store, const char *path)
{
	const char *intent = run->cli->values[OPTION_INTENT];
	svctag_detail detail = { "" };
	struct list *list = NULL;
	svctag_error err;

	if (!cli_list_read(run->cli, path, &list)) {
		run->failures++;
		return;
	}
	err = nightly_note_list(run->nightly, store, path, list, intent, &detail);
	if (err != SVCTAG_OK)
		fail(run, path, err, &detail);
	list_free(list);
}

static void
note_lists(struct run *run)
{
	const struct cli *cli = run->cli;
	svctag_store *store = NULL;

	if (cli->values[OPTION_LIST] == NULL)
		return;
	if (!cli_open(cli, SVCTAG_STORE_READ, &store)) {
		run->failures++;
		return;
	}
	for (size_t i = 0; i < cli->given_count; i++) {
		if (cli->given[i].option == OPTION_LIST)
			note_list(run, store, cli->given[i].value);
	}
	svctag_store_close(store);
}

/* Everything between the state's opening and its closing. What failed is said; what came before it holds. */
static void
work(struct run *run)
{
	svctag_detail detail = { "" };
	svctag_error err;

	if (!note(run, nightly_begin))
		return;
	if (run->cli->values[OPTION_FROM] != NULL)
		import_files(run);
	else if (cli_fetch_quietly(run->cli) != CLI_YES)
		run->failures++;
	(void)note(run, nightly_note);
	note_lists(run);
	err = nightly_deliver(run->nightly, &detail);
	if (err != SVCTAG_OK)
		fail(run, NULL, err, &detail);
}

/* One line, and none where there is nothing to say. */
static enum cli_exit
summarize(struct run *run)
{
	struct report_nightly result;
	enum cli_exit code;

	if (nightly_result(run->nightly, &result) != SVCTAG_OK)
		return cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
	result.failures += run->failures;
	code = result.failures > 0 || result.pending > 0 ? CLI_ERROR : CLI_YES;
	if (code == CLI_YES && result.begun_count == 0 && result.news_count == 0 && result.delivered == 0)
		return code;
	return cli_written(report_nightly(stdout, &run->cli->style, &result), code);
}

static enum cli_exit
run_nightly(const struct cli *cli)
{
	struct run run = { .cli = cli };
	svctag_detail detail = { "" };
	enum cli_exit code = CLI_ERROR;

	if (take_options(&run)) {
		svctag_error err = nightly_open(&run.settings, &run.nightly, &detail);

		if (err == SVCTAG_OK) {
			work(&run);
			code = summarize(&run);
		} else {
			cli_fail(NULL, err, &detail);
		}
	}
	nightly_close(run.nightly);
	nightly_watch_release(&run.watch);
	if (run.secret != NULL)
		explicit_bzero(run.secret, run.settings.secret_size);
	free(run.secret);
	free(run.hooks);
	free(run.folder);
	return code;
}

const struct cli_command cli_nightly = {
	.name = "nightly",
	.summary = "fetch, load, and tell what is new; for a scheduler",
	.synopsis = "[--from FILE|DIR…]",
	.help = "Fetch as `svctag fetch` does, with its options; compare each new release with\n"
		"the one before it; tell. What is new is written below the state folder, as\n"
		"diffs/<cloud>/<day>-<number>-<id>.json and .md and in feed.atom, posted to web\n"
		"hooks, and given to a command. Everybody is told once; whoever cannot be reached\n"
		"is told by a later run. Nothing is said of the first release of a cloud, nor of\n"
		"one that is older than the newest that was known.\n"
		"\n"
		"A list of addresses of one's own, in any form that `svctag drift` reads, is\n"
		"watched with --list: when entries leave the tag that they are meant for, that is\n"
		"told in the same ways, once, as lists/<list>/<day>-<number>-<id>.json and .md. A\n"
		"list that is new, or changed, is told of as it stands, if anything in it is not\n"
		"as intended. In posts \"event\" is \"list\" then, and not \"release\".\n"
		"\n"
		"Options, besides those of fetch (but --dry-run):\n"
		"  --state DIR          the state folder; default $XDG_STATE_HOME/svctag/nightly,\n"
		"                       else ~/.local/state/svctag/nightly\n"
		"  --watch WHAT         tell only of this: a tag, or a pattern of tags (* and ? as\n"
		"                       in a shell), a region, an address, prefix or range; may be\n"
		"                       repeated\n"
		"  --watch-file FILE    the same, one in each line, # begins a comment\n"
		"  --list FILE          tell when entries of this list break; may be repeated\n"
		"  --intent TAG         what entries are meant for whose list does not say\n"
		"  --input NAME, --column NAME\n"
		"                       how the lists are to be read, as `svctag drift`\n"
		"  --hook URL           post what is new there; may be repeated\n"
		"  --hook-secret-file FILE\n"
		"                       sign the posts with this secret (HMAC-SHA256)\n"
		"  --exec COMMAND       run it by /bin/sh -c for each of them, with the JSON on its\n"
		"                       standard input; an exit code but 0 is tried again next time\n"
		"  --from FILE|DIR…     load these files instead of fetching, as `svctag import`\n"
		"  --cloud CLOUD        fetch and tell of this one, and follow lists in it; default:\n"
		"                       fetch Public, tell of every cloud that is loaded, follow lists\n"
		"                       in Public, or the only one that is loaded\n"
		"  --wait               for another run, instead of failing\n"
		"  --format FORMAT      of the one line that says what was done: text or json\n"
		"\n"
		"Examples:\n"
		"  svctag nightly\n"
		"  svctag nightly --watch Storage.EastUS --watch 13.82.88.0/24 --exec 'mail -s azure ops'\n"
		"  svctag nightly --hook https://chat.example.com/azure --hook-secret-file /etc/svctag/secret\n"
		"  svctag nightly --list firewall.txt --list nsg.json --exec 'mail -s azure ops'\n"
		"  svctag nightly --from /mnt/mirror --state /srv/azure\n"
		"\n"
		"Exit codes: 0 nothing new, or all of it told; 2 something was not fetched, a list\n"
		"not read, or something not told: the next run tries again. Nothing is printed when\n"
		"there is nothing to say.\n",
	.options = OPTIONS(CLI_FETCH_OPTIONS, OPTION_STATE, OPTION_WATCH, OPTION_WATCH_FILE, OPTION_LIST, OPTION_INTENT,
			   OPTION_INPUT, OPTION_COLUMN, OPTION_HOOK, OPTION_HOOK_SECRET_FILE, OPTION_EXEC, OPTION_FROM),
	.most_operands = SIZE_MAX,
	.run = run_nightly,
};
