#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* Which tag at which release, as asked. */
struct wanted {
	const char *tag;
	size_t tag_size;
	const char *reference;         /* NULL: --at, else latest */
	char cloud[SVCTAG_CLOUD_SIZE]; /* "": --cloud */
};

/* "TAG", "TAG@REF" or "TAG@CLOUD:REF"; no tag has an @ in its name, and id: begins a reference. */
static struct wanted
split(const char *text, const char *reference)
{
	struct wanted wanted = { .tag = text, .tag_size = strcspn(text, "@"), .reference = reference };
	const char *colon;
	size_t size;

	if (text[wanted.tag_size] == '\0')
		return wanted;
	wanted.reference = text + wanted.tag_size + 1;
	colon = strchr(wanted.reference, ':');
	size = colon != NULL ? (size_t)(colon - wanted.reference) : 0;
	if (size == 0 || size >= sizeof(wanted.cloud) || strncmp(wanted.reference, "id:", 3) == 0)
		return wanted;
	memcpy(wanted.cloud, wanted.reference, size);
	wanted.reference = colon + 1;
	return wanted;
}

static bool
take_wanted(const struct cli *cli, struct wanted *a, struct wanted *b)
{
	const char *from = cli->values[OPTION_FROM];
	const char *to = cli->values[OPTION_TO];

	if (cli->operand_count == 1 && from == NULL && to == NULL) {
		cli_error("compare with what? Name a second tag, or the releases with --from REF and --to REF");
		return false;
	}
	*a = split(cli->operands[0], from);
	*b = split(cli->operands[cli->operand_count - 1], to);
	return true;
}

static bool
load_side(const struct cli *cli, svctag_store *store, const struct wanted *wanted, svctag_snapshot **ret_snapshot,
	  struct report_side *ret)
{
	struct cli other = *cli;

	if (wanted->cloud[0] != '\0')
		other.values[OPTION_CLOUD] = wanted->cloud;
	if (!cli_snapshot(&other, store, wanted->reference, ret_snapshot))
		return false;
	ret->snapshot = *ret_snapshot;
	return cli_tag(ret->snapshot, wanted->tag, wanted->tag_size, &ret->tag);
}

static svctag_error
compare_sides(const struct report_side *a, const struct report_side *b, svctag_comparison *ret)
{
	svctag_prefix *a_prefixes = NULL;
	svctag_prefix *b_prefixes = NULL;
	size_t a_count = 0;
	size_t b_count = 0;
	svctag_error err;

	err = svctag_index_tag_prefixes(svctag_snapshot_index(a->snapshot), a->tag, &a_prefixes, &a_count);
	if (err == SVCTAG_OK)
		err = svctag_index_tag_prefixes(svctag_snapshot_index(b->snapshot), b->tag, &b_prefixes, &b_count);
	if (err == SVCTAG_OK)
		err = svctag_compare_prefixes(a_prefixes, a_count, b_prefixes, b_count, ret);
	free(a_prefixes);
	free(b_prefixes);
	return err;
}

static enum cli_exit
answer(const struct cli *cli, const struct report_side *a, const struct report_side *b)
{
	svctag_comparison comparison = { 0 };
	svctag_error err = compare_sides(a, b, &comparison);
	enum cli_exit code;

	if (err != SVCTAG_OK)
		code = cli_fail(NULL, err, NULL);
	else
		code = cli_written(report_compare(stdout, &cli->style, a, b, &comparison), CLI_YES);
	svctag_comparison_release(&comparison);
	return code;
}

static enum cli_exit
run(const struct cli *cli)
{
	svctag_snapshot *snapshots[2] = { NULL, NULL };
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code = CLI_ERROR;
	struct report_side a, b;
	struct wanted wanted_a, wanted_b;
	svctag_error err;

	if (!take_wanted(cli, &wanted_a, &wanted_b) || !cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	/* Both sides from one state of the database. */
	err = svctag_store_begin_read(store, &detail);
	if (err != SVCTAG_OK) {
		cli_fail(NULL, err, &detail);
		goto out;
	}
	if (load_side(cli, store, &wanted_a, &snapshots[0], &a) && load_side(cli, store, &wanted_b, &snapshots[1], &b))
		code = answer(cli, &a, &b);
	svctag_store_end_read(store);
out:
	svctag_snapshot_free(snapshots[0]);
	svctag_snapshot_free(snapshots[1]);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_compare = {
	.name = "compare",
	.summary = "how two tags, or one tag at two releases, overlap",
	.synopsis = "TAG[@[CLOUD:]REF] [TAG[@[CLOUD:]REF]]",
	.help = "Compare the addresses of two tags, or of one tag at two releases: whether one\n"
		"contains the other, what both hold, and what only either holds, each as the\n"
		"fewest prefixes. TAG@CLOUD:REF takes a tag from another cloud.\n"
		"\n"
		"Options:\n"
		"  --from REF       the release of the first tag\n"
		"  --to REF         the release of the second tag\n"
		"  --at REF         the release of whatever has none; default latest\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag compare Storage.EastUS AzureCloud.eastus\n"
		"  svctag compare AzureKeyVault --from 128 --to latest\n"
		"  svctag compare Storage@previous Storage@latest --format csv\n"
		"  svctag compare AzureCloud.eastus@Public-legacy:2018-10-25 AzureCloud.eastus@Public:latest\n"
		"\n"
		"Exit codes: 0 compared; 2 an error, also when there is no such tag.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_FROM, OPTION_TO),
	.least_operands = 1,
	.most_operands = 2,
	.run = run,
};
