/*
 * What does a long history cost? Release after release is made out of the
 * newest one, each changing as much of it as a real week does (some 290 rows
 * of 92,000), and at some lengths of the history a copy is kept: what one
 * import took, the size of the file, and then, by turns, what questions cost, of
 * the newest release, of the one before it and of the first. The first has to be
 * the same, bit by bit, however many came after it.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <importer/importer.h>

#include "../lib/snapshot_internal.h"
#include "harness.h"
#include "stored.h"

#define CLOUD "Bench"
#define MOST_RELEASES "1000"
/** One prefix in so many is given up, and one in so many split, in a release. */
#define RARITY 1300
/** Imports that a median is taken of. */
#define WINDOW 9
/** Lengths of the history. */
#define MARKS 6
/** Releases that a short history has. */
#define FEW 10
#define FEW_NAME "the last 10 alone"

enum action {
	KEEP,
	DROP,
	SPLIT,
};

struct growth {
	char path[STORED_PATH_SIZE];
	svctag_store *store;
	svctag_release *last[FEW]; /* the release of each number, while it is one of the last */
	svctag_snapshot *first;    /* compiled from the first content itself */
	uint64_t random;
	size_t count;
	double seconds[WINDOW]; /* of the last imports */
	char query[SVCTAG_ADDRESS_TEXT_SIZE];
	char tag[256];
};

/** The history when it had so many releases. */
struct mark {
	size_t count;
	const char *name;
	char path[STORED_PATH_SIZE];
	char few_path[STORED_PATH_SIZE]; /* the last FEW of them alone; "" where that is no less */
	svctag_store *store;
	const struct growth *growth;
};

static void
must(svctag_error err, const svctag_detail *detail)
{
	if (err != SVCTAG_OK)
		bench_die("%s", detail->text[0] != '\0' ? detail->text : svctag_error_text(err));
}

static enum action
draw(uint64_t *random, const svctag_prefix *prefix)
{
	uint64_t number = bench_random(random) % RARITY;

	if (number == 0)
		return DROP;
	return number == 1 && prefix->length < (prefix->family == SVCTAG_IPV4 ? 32 : 128) ? SPLIT : KEEP;
}

static void
add_prefix(svctag_release_builder *builder, const svctag_prefix *prefix, enum action action)
{
	const svctag_detail none = { "" };
	svctag_range range = svctag_prefix_range(prefix);
	svctag_prefix half;

	if (action == DROP)
		return;
	if (action == KEEP) {
		must(svctag_release_builder_add_prefix(builder, prefix), &none);
		return;
	}
	half = svctag_prefix_make(&range.first, prefix->length + 1U);
	must(svctag_release_builder_add_prefix(builder, &half), &none);
	half = svctag_prefix_make(&range.last, prefix->length + 1U);
	must(svctag_release_builder_add_prefix(builder, &half), &none);
}

/* A tag's own number grows when its prefixes change, as in the published file. */
static void
add_tag(svctag_release_builder *builder, const svctag_tag *tag, uint64_t *random, uint8_t *actions)
{
	const svctag_detail none = { "" };
	svctag_properties properties = tag->properties;
	bool changed = false;

	for (size_t i = 0; i < tag->prefix_count; i++) {
		actions[i] = (uint8_t)draw(random, &tag->prefixes[i]);
		changed |= actions[i] != KEEP;
	}
	properties.change_number += changed;
	must(svctag_release_builder_add_tag(builder, &properties), &none);
	for (size_t i = 0; i < tag->prefix_count; i++)
		add_prefix(builder, &tag->prefixes[i], actions[i]);
}

static svctag_release *
next_release(const svctag_release *release, int64_t change_number, uint64_t *random)
{
	uint8_t *actions = bench_allocate(svctag_release_prefix_count(release) + 1, 1);
	svctag_detail detail = { "" };
	svctag_release_builder *builder;
	svctag_release *next;

	must(svctag_release_builder_new(change_number, &builder), &detail);
	for (size_t i = 0; i < svctag_release_tag_count(release); i++)
		add_tag(builder, svctag_release_tag(release, i), random, actions);
	must(svctag_release_builder_finish(builder, &next, &detail), &detail);
	svctag_release_builder_free(builder);
	free(actions);
	return next;
}

/* The release of this number, counted from 0; returns the seconds that it took. */
static double
import_one(svctag_store *store, const svctag_release *release, size_t number, svctag_release_info *ret)
{
	static struct importer_gate_options options = { .force = true };
	char day[SVCTAG_DAY_SIZE];
	svctag_import import = {
		.cloud = CLOUD,
		.published = day,
		.source = "file",
		.release = release,
		.gate = importer_gate,
		.gate_context = &options,
	};
	svctag_import_result result;
	svctag_detail detail = { "" };
	double began;

	svctag_day_format(svctag_day_number("2001-01-01") + 7 * (int64_t)number, day);
	began = bench_now();
	must(svctag_store_import(store, &import, &result, ret, &detail), &detail);
	return bench_now() - began;
}

static void
import_next(struct growth *growth, const svctag_release *origin)
{
	const svctag_release *from = growth->count > 0 ? growth->last[(growth->count - 1) % FEW] : origin;
	svctag_release *next = next_release(from, (int64_t)growth->count + 1, &growth->random);
	svctag_release_info info;
	svctag_detail detail = { "" };

	growth->seconds[growth->count % WINDOW] = import_one(growth->store, next, growth->count, &info);
	if (growth->first == NULL) {
		const char *tag;

		must(svctag_snapshot_of_release(next, &info, &growth->first, &detail), &detail);
		stored_question(next, growth->query, &tag);
		(void)snprintf(growth->tag, sizeof(growth->tag), "%s", tag);
	}
	svctag_release_free(growth->last[growth->count % FEW]);
	growth->last[growth->count++ % FEW] = next;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median_import(const struct growth *growth)
{
	size_t count = growth->count < WINDOW ? growth->count : WINDOW;
	double sorted[WINDOW];

	for (size_t i = 0; i < count; i++)
		sorted[i] = growth->seconds[i] * 1e3;
	qsort(sorted, count, sizeof(*sorted), compare_doubles);
	return sorted[count / 2];
}

static void
run_first(void *context)
{
	const struct mark *mark = context;
	svctag_snapshot *snapshot;
	svctag_detail detail = { "" };

	must(svctag_store_snapshot_at(mark->store, CLOUD, "1", &snapshot, &detail), &detail);
	if (!snapshot_same_bytes(snapshot, mark->growth->first))
		bench_die("after %zu releases the first is not what it was", mark->count);
	svctag_snapshot_free(snapshot);
}

static double
measure_check_latest(void *context)
{
	const struct mark *mark = context;

	return stored_check(mark->path, CLOUD, "latest", mark->growth->query, mark->growth->tag);
}

static double
measure_check_first(void *context)
{
	const struct mark *mark = context;

	return stored_check(mark->path, CLOUD, "1", mark->growth->query, mark->growth->tag);
}

/* Of one release, the first is all there is. */
static double
measure_check_previous(void *context)
{
	const struct mark *mark = context;

	return stored_check(mark->path, CLOUD, mark->count > 1 ? "previous" : "1", mark->growth->query,
			    mark->growth->tag);
}

static double
measure_check_few(void *context)
{
	const struct mark *mark = context;

	return stored_check(mark->few_path, CLOUD, "previous", mark->growth->query, mark->growth->tag);
}

/* The last releases alone. */
static void
keep_few(struct bench *bench, const struct growth *growth, struct mark *mark)
{
	svctag_release_info info;
	svctag_store *store;
	char name[64];

	(void)snprintf(name, sizeof(name), "history-few-%zu.db", mark->count);
	stored_path(bench, name, mark->few_path);
	stored_remove(mark->few_path);
	store = stored_open(mark->few_path);
	for (size_t i = mark->count - FEW; i < mark->count; i++)
		(void)import_one(store, growth->last[i % FEW], i, &info);
	svctag_store_close(store);
}

/* Import up to there, and keep what has come of it. */
static void
reach(struct bench *bench, struct growth *growth, const svctag_release *origin, struct mark *mark)
{
	char name[64];

	while (growth->count < mark->count)
		import_next(growth, origin);
	/* What is still in the write-ahead log goes into the file. */
	svctag_store_close(growth->store);
	mark->growth = growth;
	(void)snprintf(name, sizeof(name), "history-%zu.db", mark->count);
	stored_path(bench, name, mark->path);
	stored_copy(growth->path, mark->path);
	mark->store = stored_open(mark->path);
	growth->store = stored_open(growth->path);
	if (mark->count > FEW)
		keep_few(bench, growth, mark);
	(void)snprintf(name, sizeof(name), "%s releases: file", mark->name);
	bench_fact(bench, name, "bytes", stored_size(mark->path), (double)NAN);
	(void)snprintf(name, sizeof(name), "%s releases: one import", mark->name);
	bench_fact(bench, name, "ms", median_import(growth), (double)NAN);
}

/*
 * One question, at all lengths by turns. Of one release, the first is the newest, whose index is stored. A hundred
 * releases are two years; a thousand are nineteen, in which twice as many rows come together as one release has.
 */
static void
compare(struct bench *bench, const struct bench_contender *question, struct mark *marks, size_t count)
{
	static const struct bench_demand demands[] = { { "100", "10", 0.9 }, { "1,000", "10", 0.9 } };
	struct bench_contender contenders[MARKS];
	const struct bench_group group = { .name = question->name,
					   .unit = "ms",
					   .scale = 1e3,
					   .contenders = contenders,
					   .contender_count = count,
					   .demands = demands,
					   .demand_count = question->measure == measure_check_first ? 2 : 0 };

	for (size_t i = 0; i < count; i++) {
		contenders[i] = *question;
		contenders[i].name = marks[i].name;
		contenders[i].context = &marks[i];
	}
	bench_compare(bench, &group);
}

/* The same release, with all the history before it and with little. */
static void
compare_few(struct bench *bench, struct mark *mark)
{
	const struct bench_demand demand = { mark->name, FEW_NAME, 0.9 };
	const struct bench_contender contenders[] = {
		{ .name = mark->name, .measure = measure_check_previous, .context = mark },
		{ .name = FEW_NAME, .measure = measure_check_few, .context = mark },
	};
	char name[64];
	const struct bench_group group = { .name = name,
					   .unit = "ms",
					   .scale = 1e3,
					   .contenders = contenders,
					   .contender_count = 2,
					   .demands = &demand,
					   .demand_count = mark->count == 100 || mark->count == 1000 };

	(void)snprintf(name, sizeof(name), "svctag check --at previous, of %s", mark->name);
	bench_compare(bench, &group);
}

int
main(int argc, char **argv)
{
	static struct mark marks[MARKS] = { { .count = 1, .name = "1" },     { .count = 10, .name = "10" },
					    { .count = 30, .name = "30" },   { .count = 100, .name = "100" },
					    { .count = 300, .name = "300" }, { .count = 1000, .name = "1,000" } };
	static const struct bench_contender questions[] = {
		{ .name = "svctag check --at 1", .measure = measure_check_first },
		{ .name = "svctag check --at previous", .measure = measure_check_previous },
		{ .name = "load the first release", .run = run_first, .operations = 1 },
		{ .name = "svctag check", .measure = measure_check_latest },
	};
	struct bench *bench = bench_begin(argc, argv, "history", "What does a history of many releases cost?");
	const svctag_release *origin = bench_release(bench);
	size_t most = strtoul(bench_option(bench, "releases", MOST_RELEASES), NULL, 10);
	struct growth growth = { .random = 20250911 };
	size_t count = 0;

	(void)stored_program(); /* or else the program ends now, not after all imports */
	stored_path(bench, "history.db", growth.path);
	stored_remove(growth.path);
	growth.store = stored_open(growth.path);
	for (; count < MARKS && marks[count].count <= most; count++)
		reach(bench, &growth, origin, &marks[count]);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		compare(bench, &questions[i], marks, count);
	for (size_t i = 0; i < count; i++)
		if (marks[i].few_path[0] != '\0')
			compare_few(bench, &marks[i]);
	bench_note(bench, "the first release was the same, bit by bit, at every length of the history");
	for (size_t i = 0; i < count; i++) {
		svctag_store_close(marks[i].store);
		stored_remove(marks[i].path);
		if (marks[i].few_path[0] != '\0')
			stored_remove(marks[i].few_path);
	}
	svctag_store_close(growth.store);
	svctag_snapshot_free(growth.first);
	for (size_t i = 0; i < FEW; i++)
		svctag_release_free(growth.last[i]);
	stored_remove(growth.path);
	return bench_end(bench);
}
