#include "cli.h"

/* Everything that is held while two releases are compared. */
struct pair {
	svctag_catalogue *catalogue;
	const svctag_release_info *from_info;
	const svctag_release_info *to_info;
	svctag_release *from;
	svctag_release *to;
};

static void
pair_release(struct pair *pair)
{
	svctag_release_free(pair->from);
	svctag_release_free(pair->to);
	svctag_catalogue_free(pair->catalogue);
}

/* The release before `to` in the order of its cloud. */
static svctag_error
resolve_before(const svctag_catalogue *catalogue, size_t cloud, const svctag_release_info *to,
	       const svctag_release_info **ret, svctag_detail *detail)
{
	for (size_t i = 1; i < svctag_catalogue_release_count(catalogue, cloud); i++) {
		if (svctag_catalogue_release(catalogue, cloud, i) == to) {
			*ret = svctag_catalogue_release(catalogue, cloud, i - 1);
			return SVCTAG_OK;
		}
	}
	svctag_detail_set(detail, "%s has no release before %lld (%s) to compare with", to->cloud,
			  (long long)to->change_number, to->published);
	return SVCTAG_E_NOT_FOUND;
}

/* Load both contents, in one state of the database. */
static svctag_error
pair_load(const struct cli *cli, svctag_store *store, struct pair *pair, svctag_detail *detail)
{
	const char *from = cli->operand_count > 0 ? cli->operands[0] : NULL;
	const char *to = cli->operand_count > 1 ? cli->operands[1] : cli->values[OPTION_AT];
	svctag_error err;
	size_t cloud;

	err = svctag_store_catalogue(store, &pair->catalogue, detail);
	if (err == SVCTAG_OK)
		err = svctag_catalogue_find_cloud(pair->catalogue, cli->values[OPTION_CLOUD], &cloud, detail);
	if (err == SVCTAG_OK)
		err = svctag_catalogue_resolve(pair->catalogue, cloud, to, &pair->to_info, detail);
	if (err == SVCTAG_OK && from == NULL)
		err = resolve_before(pair->catalogue, cloud, pair->to_info, &pair->from_info, detail);
	else if (err == SVCTAG_OK)
		err = svctag_catalogue_resolve(pair->catalogue, cloud, from, &pair->from_info, detail);
	if (err == SVCTAG_OK)
		err = svctag_store_content(store, pair->from_info, &pair->from, detail);
	if (err == SVCTAG_OK)
		err = svctag_store_content(store, pair->to_info, &pair->to, detail);
	return err;
}

static enum cli_exit
answer(const struct cli *cli, const struct pair *pair)
{
	svctag_diff *diff = NULL;
	svctag_error err = svctag_diff_releases(pair->from, pair->to, cli->values[OPTION_TAG], &diff);
	enum cli_exit code;
	bool gap;

	if (err != SVCTAG_OK)
		return cli_fail(NULL, err, NULL);
	gap = svctag_catalogue_gap(pair->catalogue, pair->from_info, pair->to_info);
	code = svctag_diff_tag_count(diff) > 0 ? CLI_NO : CLI_YES;
	if (cli_wants_more_format(cli))
		err = report_diff_markdown(stdout, pair->from_info, pair->to_info, gap, diff);
	else
		err = report_diff(stdout, &cli->style, pair->from_info, pair->to_info, gap, diff);
	code = cli_written(err, code);
	svctag_diff_free(diff);
	return code;
}

static enum cli_exit
run(const struct cli *cli)
{
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	struct pair pair = { 0 };
	enum cli_exit code;
	svctag_error err;

	if (cli_all_clouds(cli)) {
		cli_error("diff compares releases of one cloud: name it instead of --cloud all");
		return CLI_ERROR;
	}
	if (cli->operand_count == 2 && cli->values[OPTION_AT] != NULL) {
		cli_error("diff takes TO or --at, not both");
		return CLI_ERROR;
	}
	if (!cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	err = svctag_store_begin_read(store, &detail);
	if (err == SVCTAG_OK) {
		err = pair_load(cli, store, &pair, &detail);
		svctag_store_end_read(store);
	}
	if (err == SVCTAG_E_EMPTY)
		code = cli_fail(svctag_store_path(store), err, NULL);
	else
		code = err == SVCTAG_OK ? answer(cli, &pair) : cli_fail(NULL, err, &detail);
	pair_release(&pair);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_diff = {
	.name = "diff",
	.summary = "what changed between two releases",
	.synopsis = "[FROM [TO]]",
	.help = "Say which tags came, went or changed between two releases of a cloud, and which\n"
		"addresses that gained or lost. FROM and TO are references to releases; TO is the\n"
		"latest by default, and FROM the one before it. A prefix is regrouped when only its text came or went\n"
		"while its addresses were in the tag before and after.\n"
		"\n"
		"Options:\n"
		"  --tag PATTERN    only tags whose name matches; * and ? as in a shell\n"
		"  --at REF         the same as TO\n"
		"  --cloud CLOUD    default: the only one loaded, else Public\n"
		"  --format FORMAT  text, json, ndjson, csv or markdown\n"
		"\n"
		"Examples:\n"
		"  svctag diff\n"
		"  svctag diff 2025-01-01 latest --tag 'AzureFrontDoor*'\n"
		"  svctag diff 345 346 --format json | jq .summary\n"
		"\n"
		"Exit codes: 0 no tag changed; 1 any did; 2 an error.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_TAG),
	.more_format = "markdown",
	.most_operands = 2,
	.run = run,
};
