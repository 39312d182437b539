#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "lines.h"
#include "targets.h"

/* A lookup under way. */
struct lookup {
	struct targets targets;
	svctag_explainer **explainers; /* one for each target; NULL unless answers are to be explained */
	svctag_explanation explanation;
	struct report_style style;
	struct report_lookup_stream stream;
	bool single; /* one query: answered as one object if it has one answer */
	svctag_lookup_result result;
	size_t asked, matched, bad;
	char first_bad[600]; /* why, and where */
};

/* Ask every target; write what each says. */
static svctag_error
answer(struct lookup *lookup, const struct report_query *asked, const svctag_query *query)
{
	struct report_query explained = *asked;
	bool matched = false;
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < lookup->targets.count && err == SVCTAG_OK; i++) {
		const svctag_snapshot *snapshot = lookup->targets.snapshots[i];

		err = svctag_lookup(snapshot, query, &lookup->result);
		if (err == SVCTAG_OK && lookup->explainers != NULL) {
			err = svctag_explain(lookup->explainers[i], snapshot, query, &lookup->explanation);
			explained.explanation = &lookup->explanation;
		}
		if (err != SVCTAG_OK)
			break;
		matched = matched || lookup->result.match_count > 0;
		err = lookup->single
			      ? report_lookup(stdout, &lookup->style, snapshot, &explained, query, &lookup->result)
			      : report_lookup_item(&lookup->stream, stdout, snapshot, &explained, query,
						   &lookup->result);
	}
	lookup->matched += matched;
	return err;
}

/* A query without an answer takes its place, and the first of them is kept for the message at the end. */
static svctag_error
refuse(struct lookup *lookup, const struct report_query *asked, const char *why)
{
	int shown = asked->size > 64 ? 64 : (int)asked->size;

	if (lookup->bad++ == 0 && asked->line > 0)
		snprintf(lookup->first_bad, sizeof(lookup->first_bad), "line %zu: '%.*s': %s", asked->line, shown,
			 asked->text, why);
	else if (lookup->bad == 1)
		snprintf(lookup->first_bad, sizeof(lookup->first_bad), "'%.*s': %s", shown, asked->text, why);
	if (!lookup->single)
		return report_lookup_error(&lookup->stream, stdout, asked, why);
	if (lookup->style.format == REPORT_TEXT)
		return SVCTAG_OK; /* the message says it all */
	lookup->stream.style.format = lookup->style.format == REPORT_JSON ? REPORT_NDJSON : lookup->style.format;
	if (report_lookup_begin(&lookup->stream, stdout) != SVCTAG_OK)
		return SVCTAG_E_IO;
	return report_lookup_error(&lookup->stream, stdout, asked, why);
}

/* One result for each address of the host. */
static svctag_error
answer_host(struct lookup *lookup, const struct report_query *asked)
{
	char name[HOST_SIZE];
	char text[SVCTAG_ADDRESS_TEXT_SIZE];
	svctag_address *addresses = NULL;
	size_t count = 0;
	const char *why = NULL;
	svctag_error err;

	memcpy(name, asked->text, asked->size);
	name[asked->size] = '\0';
	err = host_resolve(name, &addresses, &count, &why);
	if (err == SVCTAG_E_NOT_FOUND) {
		char message[256];

		snprintf(message, sizeof(message), "cannot resolve the host name: %s", why);
		return refuse(lookup, asked, message);
	}
	if (lookup->single && count != 1) {
		lookup->single = false;
		err = err == SVCTAG_OK ? report_lookup_begin(&lookup->stream, stdout) : err;
	}
	for (size_t i = 0; i < count && err == SVCTAG_OK; i++) {
		struct report_query one = { .text = text, .host = name, .line = asked->line };
		svctag_query query;

		one.size = svctag_address_format(&addresses[i], text);
		err = svctag_query_parse(text, one.size, &query, NULL);
		if (err == SVCTAG_OK)
			err = answer(lookup, &one, &query);
	}
	free(addresses);
	return err;
}

static svctag_error
ask(struct lookup *lookup, const struct report_query *asked)
{
	svctag_detail detail = { "" };
	svctag_query query;
	svctag_error err = svctag_query_parse(asked->text, asked->size, &query, &detail);

	lookup->asked++;
	if (err == SVCTAG_OK)
		return answer(lookup, asked, &query);
	if (host_is_name(asked->text, asked->size))
		return answer_host(lookup, asked);
	return refuse(lookup, asked, detail.text[0] != '\0' ? detail.text : svctag_error_text(err));
}

/* Empty lines and comments are for people. */
static bool
is_query(const char *line, size_t size)
{
	return size > 0 && line[0] != '#';
}

static svctag_error
ask_lines(struct lookup *lookup, struct lines *lines)
{
	struct report_query asked = { 0 };
	svctag_error err = SVCTAG_OK;
	bool cut = false;
	int status = 0;

	while (err == SVCTAG_OK) {
		/* Whoever feeds line by line gets the answers so far before being waited for. */
		if (!lines_is_ready(lines) && fflush(stdout) != 0)
			return SVCTAG_E_IO;
		status = lines_read(lines, &asked.text, &asked.size, &cut);
		if (status <= 0)
			break;
		asked.line = lines->number;
		if (cut) {
			lookup->asked++;
			err = refuse(lookup, &asked, "the line is longer than any query");
		} else if (is_query(asked.text, asked.size)) {
			err = ask(lookup, &asked);
		}
	}
	if (status < 0) {
		cli_error("standard input: %s", strerror(errno));
		lookup->bad = SIZE_MAX; /* told already */
	}
	return err;
}

static svctag_error
ask_input(struct lookup *lookup)
{
	struct lines *lines = malloc(sizeof(*lines)); /* large for a stack */
	svctag_error err;

	if (lines == NULL)
		return SVCTAG_E_NO_MEMORY;
	lines_init(lines, STDIN_FILENO);
	err = ask_lines(lookup, lines);
	free(lines);
	return err;
}

static svctag_error
ask_all(const struct cli *cli, struct lookup *lookup)
{
	svctag_error err = SVCTAG_OK;

	if (!lookup->single)
		err = report_lookup_begin(&lookup->stream, stdout);
	for (size_t i = 0; i < cli->operand_count && err == SVCTAG_OK; i++) {
		const char *text = cli->operands[i];
		struct report_query asked = { .text = text, .size = strlen(text) };

		err = strcmp(text, "-") == 0 ? ask_input(lookup) : ask(lookup, &asked);
	}
	if (err == SVCTAG_OK && !lookup->single)
		err = report_lookup_end(&lookup->stream, stdout);
	return err;
}

/* What all the answers together mean. */
static enum cli_exit
verdict(const struct lookup *lookup)
{
	if (lookup->bad == SIZE_MAX)
		return CLI_ERROR;
	if (lookup->bad == 1)
		cli_error("%s", lookup->first_bad);
	else if (lookup->bad > 1)
		cli_error("%zu of %zu queries cannot be answered, the first: %s", lookup->bad, lookup->asked,
			  lookup->first_bad);
	if (lookup->bad > 0)
		return CLI_ERROR;
	return lookup->matched > 0 ? CLI_YES : CLI_NO;
}

/* The history of each target's cloud. False after a message. */
static bool
explainers_load(svctag_store *store, struct lookup *lookup)
{
	svctag_detail detail = { "" };
	svctag_error err = SVCTAG_OK;

	lookup->explainers = calloc(lookup->targets.count + 1, sizeof(svctag_explainer *));
	if (lookup->explainers == NULL)
		err = SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < lookup->targets.count && err == SVCTAG_OK; i++)
		err = svctag_explainer_new(store, svctag_snapshot_info(lookup->targets.snapshots[i])->cloud,
					   &lookup->explainers[i], &detail);
	if (err != SVCTAG_OK)
		cli_fail(NULL, err, &detail);
	return err == SVCTAG_OK;
}

static void
explainers_free(struct lookup *lookup)
{
	for (size_t i = 0; lookup->explainers != NULL && i < lookup->targets.count; i++)
		svctag_explainer_free(lookup->explainers[i]);
	free(lookup->explainers);
	svctag_explanation_release(&lookup->explanation);
}

static enum cli_exit
run(const struct cli *cli)
{
	struct lookup lookup = {
		.style = cli->style,
		.stream = { .style = cli->style, .all_clouds = cli_all_clouds(cli) },
		.single = cli->operand_count == 1 && strcmp(cli->operands[0], "-") != 0 && !cli_all_clouds(cli),
	};
	enum cli_exit code = CLI_ERROR;
	svctag_store *store = NULL;
	svctag_error err;

	if (!cli_open(cli, SVCTAG_STORE_READ, &store))
		return CLI_ERROR;
	if (!targets_load(cli, store, &lookup.targets))
		goto out;
	if (cli->values[OPTION_EXPLAIN] != NULL && !explainers_load(store, &lookup))
		goto out;
	lookup.stream.snapshots = (const svctag_snapshot *const *)lookup.targets.snapshots;
	lookup.stream.snapshot_count = lookup.targets.count;
	err = ask_all(cli, &lookup);
	code = cli_written(err, CLI_YES);
	if (code == CLI_YES)
		code = verdict(&lookup);
out:
	svctag_lookup_result_release(&lookup.result);
	explainers_free(&lookup);
	targets_release(&lookup.targets);
	svctag_store_close(store);
	return code;
}

const struct cli_command cli_lookup = {
	.name = "lookup",
	.summary = "which tags and which region an address, prefix or range belongs to",
	.synopsis = "QUERY… | -",
	.help = "Say for each query which region it is in and which service tags hold it, most\n"
		"specific first. A query is an address, a prefix (10.0.0.0/24), a range without\n"
		"blanks (10.0.0.1-10.0.0.9) or a host name, which is resolved and gives one\n"
		"result for each of its addresses. `-` reads queries from standard input, one to\n"
		"a line; empty lines and lines that begin with # are skipped.\n"
		"\n"
		"For a prefix or range each tag either contains all of it or overlaps a part.\n"
		"`usable in` says where Azure accepts the tag: NSG, UDR (route tables), FW\n"
		"(Azure Firewall), VSE (service endpoints), API.\n"
		"\n"
		"Options:\n"
		"  --cloud CLOUD    one cloud, or `all` to look in every one\n"
		"  --at REF         as of that release; default latest\n"
		"  --explain        say why an address is in no tag, or not in the one expected:\n"
		"                   special-purpose range, last release that held it, nearest\n"
		"                   prefixes (not in csv)\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag lookup 13.82.88.226\n"
		"  svctag lookup --explain 13.87.102.68\n"
		"  svctag lookup --at 2022-03-01 13.82.88.0/24 2603:1030:20e::-2603:1030:20e::ff\n"
		"  cut -d' ' -f1 access.log | sort -u | svctag lookup --format csv -\n"
		"\n"
		"Exit codes: 0 any query matched; 1 none did; 2 any query could not be read (all\n"
		"others are answered), or no release is loaded.\n",
	.options = OPTIONS(OPTION_CLOUD, OPTION_AT, OPTION_EXPLAIN),
	.least_operands = 1,
	.most_operands = SIZE_MAX,
	.run = run,
};
