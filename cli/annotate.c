#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "annotate_streams.h"

/* More threads than this have to be asked for: reading and writing take their share too. */
#define DEFAULT_THREADS 4

/* What it says besides the library's own checks. */
static bool
check_options(const struct cli *cli)
{
	bool field = cli->values[OPTION_FIELD] != NULL;

	if (cli->style.format != REPORT_TEXT) {
		cli_error("annotate writes lines in the form in which it reads them: text, CSV with --csv, JSON with "
			  "--key; --format does not change it");
		return false;
	}
	if (cli->values[OPTION_KEY] != NULL &&
	    (field || cli->values[OPTION_SEPARATOR] != NULL || cli->values[OPTION_CSV] != NULL ||
	     cli->values[OPTION_HEADER] != NULL)) {
		cli_error("--key is for lines of JSON; --field, --separator, --csv and --header are not");
		return false;
	}
	if (cli->values[OPTION_CSV] != NULL && !field) {
		cli_error("--csv wants to know where the address is: --field N, or --header and --field NAME");
		return false;
	}
	if (cli->values[OPTION_ADD_TAGS] != NULL && cli->values[OPTION_ONLY] == NULL &&
	    cli->values[OPTION_NOT] == NULL) {
		cli_error("--add-tags goes with --only or --not; without them tags are always added");
		return false;
	}
	return true;
}

/* A number, or with a header a column's name. */
static bool
take_field(const struct cli *cli, struct annotate_options *options)
{
	const char *field = cli->values[OPTION_FIELD];
	long number = 0;

	if (field == NULL)
		return true;
	options->input = cli->values[OPTION_CSV] != NULL ? ANNOTATE_CSV : ANNOTATE_FIELD;
	if (field[strspn(field, "0123456789")] != '\0' && options->header) {
		options->field_name = field;
		return true;
	}
	if (field[strspn(field, "0123456789")] != '\0') {
		cli_error("--field wants a number from 1, or with --header the name of a column, not '%s'", field);
		return false;
	}
	if (!cli_number(cli, OPTION_FIELD, 1, 1000000, &number))
		return false;
	options->field = (size_t)number;
	return true;
}

/* The cores that this process may use. */
static unsigned int
default_threads(void)
{
	cpu_set_t set;
	int cores = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return cores < DEFAULT_THREADS ? (unsigned int)cores : DEFAULT_THREADS;
}

static bool
take_threads(const struct cli *cli, struct annotate_options *options)
{
	long number = 0;

	options->threads = default_threads();
	if (cli->values[OPTION_THREADS] == NULL)
		return true;
	if (!cli_number(cli, OPTION_THREADS, 1, ANNOTATE_MOST_THREADS, &number))
		return false;
	options->threads = (unsigned int)number;
	return true;
}

/* @param patterns  twice cli->given_count of them */
static bool
take_options(const struct cli *cli, const char **patterns, struct annotate_options *options)
{
	const char *separator = cli->values[OPTION_SEPARATOR];

	if (!check_options(cli))
		return false;
	options->header = cli->values[OPTION_HEADER] != NULL;
	options->separator = separator != NULL && strcmp(separator, "\\t") == 0 ? "\t" : separator;
	if (separator != NULL && *separator == '\0') {
		cli_error("--separator wants one character or several, not none");
		return false;
	}
	if (cli->values[OPTION_KEY] != NULL) {
		options->input = ANNOTATE_JSON;
		options->key = cli->values[OPTION_KEY];
	}
	options->name_prefix = cli->values[OPTION_NAME_PREFIX];
	options->add = cli->values[OPTION_ADD_TAGS] != NULL;
	options->only = patterns;
	options->only_count = cli_repeated(cli, OPTION_ONLY, patterns);
	options->except = patterns + options->only_count;
	options->except_count = cli_repeated(cli, OPTION_NOT, patterns + options->only_count);
	return take_field(cli, options) && take_threads(cli, options);
}

/* A pattern that fits no tag is mostly a slip of the pen. */
static void
warn_unknown(const svctag_snapshot *snapshot, const struct annotate_options *options)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);

	for (size_t i = 0; i < options->only_count + options->except_count; i++) {
		const char *pattern = options->only[i]; /* those of --not come behind */
		uint32_t tag = 0;

		while (tag < svctag_index_tag_count(index) &&
		       !svctag_pattern_matches(pattern, svctag_index_tag_name(index, tag)))
			tag++;
		if (tag == svctag_index_tag_count(index))
			cli_warning("no tag fits '%s'; `svctag tags` lists them", pattern);
	}
}

/* What was not looked up, and why, in one line. */
static void
tell_others(const struct annotate_counts *counts)
{
	uint64_t others = counts->missing + counts->unreadable + counts->too_long;
	char text[160] = "";
	size_t used = 0;

	if (others == 0)
		return;
	if (counts->missing > 0)
		used += (size_t)snprintf(text, sizeof(text), ", %" PRIu64 " without an address", counts->missing);
	if (counts->unreadable > 0)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 ", %" PRIu64 " with something else in its place", counts->unreadable);
	if (counts->too_long > 0)
		snprintf(text + used, sizeof(text) - used, ", %" PRIu64 " longer than %zu MiB", counts->too_long,
			 ANNOTATE_LONGEST >> 20);
	cli_warning("%" PRIu64 " of %" PRIu64 " lines not looked up: %s", others, counts->lines, text + 2);
}

static enum cli_exit
stream(const struct cli *cli, const struct annotate_options *options, struct annotator *annotator)
{
	static const char *const standard_input[] = { "-" };
	struct streams streams = { .names = cli->operand_count > 0 ? cli->operands : standard_input,
				   .count = cli->operand_count > 0 ? cli->operand_count : 1 };
	struct annotate_counts counts = { 0 };
	svctag_detail detail = { "" };
	struct annotate_io io;
	svctag_error err;
	bool found;

	streams_begin(&streams);
	io = streams_io(&streams);
	err = annotate_run(annotator, &io, &counts, &detail);
	streams_end(&streams);
	if (err == SVCTAG_E_NOT_FOUND)
		return cli_fail(streams.name, err, &detail);
	found = options->only_count + options->except_count > 0 ? counts.kept > 0 : counts.matched > 0;
	if (err != SVCTAG_OK)
		return cli_written(err, found ? CLI_YES : CLI_NO);
	tell_others(&counts);
	if (streams.failures > 0)
		return CLI_ERROR;
	return found ? CLI_YES : CLI_NO;
}

static enum cli_exit
run(const struct cli *cli)
{
	const char **patterns = calloc(cli->given_count + 1, sizeof(*patterns));
	struct annotate_options options = { 0 };
	struct annotator *annotator = NULL;
	svctag_snapshot *snapshot = NULL;
	svctag_store *store = NULL;
	enum cli_exit code = CLI_ERROR;
	svctag_detail detail = { "" };
	svctag_error err;

	if (patterns == NULL)
		return cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
	if (!take_options(cli, patterns, &options) || !cli_open(cli, SVCTAG_STORE_READ, &store) ||
	    !cli_snapshot(cli, store, NULL, &snapshot))
		goto out;
	/* Lines may come for days. */
	svctag_store_close(store);
	store = NULL;
	warn_unknown(snapshot, &options);
	err = annotator_new(snapshot, &options, &annotator, &detail);
	code = err == SVCTAG_OK ? stream(cli, &options, annotator) : cli_fail(NULL, err, &detail);
out:
	annotator_free(annotator);
	svctag_snapshot_free(snapshot);
	svctag_store_close(store);
	free(patterns);
	return code;
}

const struct cli_command cli_annotate = {
	.name = "annotate",
	.summary = "add region and tags to the lines of a log, or filter it by tag",
	.synopsis = "[FILE…]",
	.help = "Look up the address in each line of the files, or of standard input, and write\n"
		"the line with two columns more: the region, and the tags with commas between\n"
		"them, most specific first; `-` stands for none. With --only or --not, write the\n"
		"lines whose address is in a tag, or is not, and leave them as they are: a grep\n"
		"for service tags. Lines without an address are passed on and counted.\n"
		"\n"
		"Where the address is:\n"
		"  (nothing)          the first address anywhere in the line: alone, in brackets,\n"
		"                     with a port\n"
		"  --field N          in the Nth field; with --header also by NAME\n"
		"  --separator TEXT   between fields, and before what is added; \\t is a tab;\n"
		"                     default: runs of blanks, and a tab before what is added\n"
		"  --csv              fields may be quoted, and have separators and line ends in\n"
		"                     them (RFC 4180)\n"
		"  --header           the first line of each file names the columns\n"
		"  --key NAME         each line is a JSON object, and this member has the address;\n"
		"                     a.b is b in a. Members `region` and `tags` come beside it\n"
		"\n"
		"Options:\n"
		"  --only PATTERN     just lines with an address in a tag of this name; may be\n"
		"                     repeated: in any of them. `*` is any text, `?` one character\n"
		"  --not PATTERN      no line with an address in such a tag; may be repeated\n"
		"  --add-tags         with --only and --not: add region and tags as well\n"
		"  --prefix TEXT      before the names region and tags in a header or in JSON\n"
		"  --threads NUMBER   default: as many as there are cores, at most 4; the order of\n"
		"                     lines is always kept\n"
		"  --cloud CLOUD      default: the only one loaded, else Public\n"
		"  --at REF           as of that release; default latest\n"
		"\n"
		"Examples:\n"
		"  svctag annotate access.log\n"
		"  tail -f access.log | svctag annotate --field 1\n"
		"  svctag annotate --csv --header --field clientIp flows.csv >tagged.csv\n"
		"  svctag annotate --key source.ip --prefix azure_ events.ndjson\n"
		"  svctag annotate --only 'Storage.*' --only Storage firewall.log | wc -l\n"
		"\n"
		"Exit codes: 0 an address was in a tag, or a line was chosen; 1 none; 2 an error.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_FIELD, OPTION_SEPARATOR, OPTION_CSV, OPTION_HEADER,
			   OPTION_KEY, OPTION_ONLY, OPTION_NOT, OPTION_ADD_TAGS, OPTION_NAME_PREFIX, OPTION_THREADS),
	.most_operands = SIZE_MAX,
	.run = run,
};
