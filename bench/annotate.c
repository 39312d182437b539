/*
 * How many lines a second get their tags? Ten million dotted quads in a file,
 * read and written by the program as its users call it, beside grepcidr, which
 * only filters, and beside the loops that one would write: getline(),
 * inet_pton(), and a binary search or libmaxminddb. All throw away what they
 * write. The slower ones get fewer lines; what is compared is the rate.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lookup_table.h"
#include "stored.h"

/** One in so many lines is enough for what is slow. */
#define SLOW_SHARE 5

/** Everything under one spread of addresses. */
struct subject {
	const struct table *table;
	size_t lines;
	char database[STORED_PATH_SIZE];
	char prefixes[STORED_PATH_SIZE]; /**< what grepcidr matches */
	char log[STORED_PATH_SIZE];
	char part[STORED_PATH_SIZE]; /**< its first lines */
	char output[STORED_PATH_SIZE];
};

static void
write_log(const char *path, const uint32_t *addresses, size_t count)
{
	FILE *file = bench_open(path, "w");

	for (size_t i = 0; i < count; i++) {
		uint32_t a = addresses[i];

		fprintf(file, "%u.%u.%u.%u\n", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	}
	bench_close(file, path);
}

static void
write_logs(const struct subject *subject, enum spread spread)
{
	uint32_t *addresses = table_queries_ipv4(subject->table, spread, subject->lines);

	write_log(subject->log, addresses, subject->lines);
	write_log(subject->part, addresses, subject->lines / SLOW_SHARE);
	free(addresses);
}

static void
write_prefixes(const struct subject *subject)
{
	FILE *file = bench_open(subject->prefixes, "w");

	for (size_t i = 0; i < subject->table->ipv4_count; i++) {
		char text[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&subject->table->prefix[i], text);
		fprintf(file, "%s\n", text);
	}
	bench_close(file, subject->prefixes);
}

/* Seconds that a program takes; it may find something or not. */
static double
run_program(const char *const argv[], const char *output)
{
	struct bench_process process = bench_process_run(argv, NULL, output);

	if (process.status > 1)
		bench_die("%s failed", argv[0]);
	return process.seconds;
}

static double
annotate(const struct subject *subject, const char *threads, const char *pattern, const char *log, const char *output)
{
	const char *argv[] = { stored_program(),
			       "--db",
			       subject->database,
			       "annotate",
			       "--threads",
			       threads,
			       log,
			       pattern == NULL ? NULL : "--only",
			       pattern,
			       NULL };

	return run_program(argv, output);
}

static double
measure_one(void *context)
{
	const struct subject *subject = context;

	return (double)subject->lines / 1e6 / annotate(subject, "1", NULL, subject->log, NULL);
}

static double
measure_two(void *context)
{
	const struct subject *subject = context;

	return (double)subject->lines / 1e6 / annotate(subject, "2", NULL, subject->log, NULL);
}

static double
measure_filter(void *context)
{
	const struct subject *subject = context;

	return (double)subject->lines / 1e6 / annotate(subject, "1", "*", subject->log, NULL);
}

/* The lines that slow contenders get. */
static double
slow_millions(const struct subject *subject)
{
	size_t lines = subject->lines / SLOW_SHARE;

	return (double)lines / 1e6;
}

static double
grepcidr(const struct subject *subject, const char *output)
{
	const char *argv[] = { "grepcidr", "-f", subject->prefixes, subject->part, NULL };

	return run_program(argv, output);
}

static double
measure_grepcidr(void *context)
{
	const struct subject *subject = context;

	return slow_millions(subject) / grepcidr(subject, NULL);
}

/** A loop over lines that asks one engine. */
struct loop {
	const struct subject *subject;
	const struct engine *engine;
};

static void
write_tags(FILE *out, const struct table *table, uint32_t set)
{
	if (set == 0) {
		fputs("\t-", out);
		return;
	}
	for (const uint32_t *tag = table->names[set]; *tag != UINT32_MAX; tag++) {
		putc_unlocked(tag == table->names[set] ? '\t' : ',', out);
		fputs(svctag_index_tag_name(table->index, *tag), out);
	}
}

static void
loop_over(const struct loop *loop, const char *output)
{
	const struct table *table = loop->subject->table;
	FILE *in = bench_open(loop->subject->part, "r");
	FILE *out = bench_open(output, "w");
	size_t room = 0;
	char *line = NULL;
	ssize_t size;

	while ((size = getline(&line, &room, in)) > 0) {
		struct in_addr address;
		uint32_t query, set = 0;

		line[size - 1] = '\0';
		fputs(line, out);
		if (inet_pton(AF_INET, line, &address) == 1) {
			query = ntohl(address.s_addr);
			loop->engine->ipv4(loop->engine->state, &query, 1, &set);
			write_tags(out, table, set);
		}
		putc_unlocked('\n', out);
	}
	free(line);
	fclose(in);
	bench_close(out, output);
}

static double
measure_loop(void *context)
{
	const struct loop *loop = context;
	double begin = bench_now();

	loop_over(loop, "/dev/null");
	return slow_millions(loop->subject) / (bench_now() - begin);
}

/* Do two files say the same? Of columns only the first and, of the last, its names in any order count. */
static void
compare(const char *ours, const char *theirs, bool columns)
{
	FILE *a = bench_open(ours, "r");
	FILE *b = bench_open(theirs, "r");
	char *line = NULL, *other = NULL;
	size_t room = 0, other_room = 0, number = 0;

	while (getline(&line, &room, a) > 0) {
		const char *tags = strrchr(line, '\t');
		bool same;

		number++;
		if (getline(&other, &other_room, b) <= 0)
			bench_die("%s ends before %s, line %zu", theirs, ours, number);
		if (!columns) {
			same = strcmp(line, other) == 0;
		} else {
			size_t own = strcspn(line, "\t");

			/* The names are those of the same set, in another order. */
			same = tags != NULL && strncmp(line, other, own + 1) == 0 &&
			       strlen(tags) == strlen(other + own);
			for (char *name = strtok(other + own, "\t,\n"); name != NULL && same;
			     name = strtok(NULL, ",\n"))
				same = strstr(tags, name) != NULL;
		}
		if (!same)
			bench_die("%s and %s differ in line %zu", ours, theirs, number);
	}
	if (getline(&other, &other_room, b) > 0)
		bench_die("%s has more lines than %s", theirs, ours);
	free(line);
	free(other);
	fclose(a);
	fclose(b);
}

static void
check_peers(const struct subject *subject, bool has_grepcidr, const struct loop *loops, size_t count)
{
	char theirs[STORED_PATH_SIZE + 8];

	(void)snprintf(theirs, sizeof(theirs), "%s-peer", subject->output);
	if (has_grepcidr) {
		(void)annotate(subject, "1", "*", subject->part, subject->output);
		(void)grepcidr(subject, theirs);
		compare(subject->output, theirs, false);
	}
	(void)annotate(subject, "2", NULL, subject->part, subject->output);
	for (size_t i = 0; i < count; i++) {
		loop_over(&loops[i], theirs);
		compare(subject->output, theirs, true);
	}
	stored_remove(subject->output);
	stored_remove(theirs);
}

static bool
is_installed(const char *program)
{
	const char *argv[] = { "sh", "-c", "command -v \"$0\"", program, NULL };

	return bench_process_run(argv, NULL, NULL).status == 0;
}

static void
measure_spread(struct bench *bench, struct subject *subject, enum spread spread, const struct engines *engines)
{
	bool has_grepcidr = is_installed("grepcidr");
	struct bench_contender contenders[BENCH_MOST_CONTENDERS] = {
		{ .name = "svctag", .measure = measure_one, .context = subject },
		{ .name = "svctag, 2 threads", .measure = measure_two, .context = subject },
		{ .name = "svctag, filter", .measure = measure_filter, .context = subject },
		{ .name = "grepcidr, filter", .measure = measure_grepcidr, .context = subject },
	};
	struct bench_demand demands[3] = { { "svctag, 2 threads", "svctag", 1.7 } };
	struct bench_group group = { .name = spread_names[spread],
				     .unit = "million lines/s",
				     .rate = true,
				     .contenders = contenders,
				     .contender_count = has_grepcidr ? 4 : 3,
				     .demands = demands,
				     .demand_count = 1 };
	struct loop loops[MOST_ENGINES];

	if (has_grepcidr)
		demands[group.demand_count++] = (struct bench_demand){ "svctag", "grepcidr, filter", 10 };
	for (size_t i = 0; i < engines->count; i++) {
		const struct engine *engine = &engines->engine[i];

		loops[i] = (struct loop){ subject, engine };
		contenders[group.contender_count++] =
			(struct bench_contender){ .name = engine->name, .measure = measure_loop, .context = &loops[i] };
		/* Outside Azure it has nothing to decode, and getline() takes most of the time. */
		if (spread == SPREAD_AZURE && strstr(engine->name, "list") != NULL)
			demands[group.demand_count++] = (struct bench_demand){ "svctag", engine->name, 25 };
	}
	write_logs(subject, spread);
	check_peers(subject, has_grepcidr, loops, engines->count);
	bench_compare(bench, &group);
	stored_remove(subject->log);
	stored_remove(subject->part);
}

int
main(int argc, char **argv)
{
	struct bench *bench = bench_begin(argc, argv, "annotate", "How many lines a second get their tags?");
	struct table *table = table_make(bench_release(bench));
	struct subject subject = { .table = table,
				   .lines = strtoul(bench_option(bench, "lines", "10000000"), NULL, 10) };
	struct engines engines = { .count = 0 };
	const char *import[] = { stored_program(), "--db",       subject.database,          "import",
				 "--published",    "2025-01-01", bench_release_path(bench), NULL };

	if (subject.lines < SLOW_SHARE)
		bench_die("--lines: a number from %d", SLOW_SHARE);
	stored_path(bench, "annotate.db", subject.database);
	stored_path(bench, "annotate.prefixes", subject.prefixes);
	stored_path(bench, "annotate.log", subject.log);
	stored_path(bench, "annotate.part", subject.part);
	stored_path(bench, "annotate.out", subject.output);
	stored_remove(subject.database);
	(void)run_program(import, NULL);
	write_prefixes(&subject);
	engines_add_array(&engines, table);
#ifdef SVCTAG_HAVE_MAXMINDDB
	engines_add_maxminddb(&engines, table, bench);
#else
	bench_note(bench, "libmaxminddb is not installed");
#endif
	if (!is_installed("grepcidr"))
		bench_note(bench, "grepcidr is not installed");
	measure_spread(bench, &subject, SPREAD_UNIFORM, &engines);
	measure_spread(bench, &subject, SPREAD_AZURE, &engines);
	stored_remove(subject.database);
	stored_remove(subject.prefixes);
	table_free(table);
	return bench_end(bench);
}
