/**
 * @file
 * What all benchmarks share. A program answers one question: it makes
 * contenders (ours and its peers'), lets them run by turns several times, and
 * writes machine, data, commit, medians and spread as JSON. Interleaving is
 * what makes ratios hold on a machine that others use too: whatever slows one
 * contender slows its neighbours in the same round.
 *
 *	struct bench *bench = bench_begin(argc, argv, "lookup", "How long does one look-up take?");
 *	struct bench_contender contenders[] = {
 *		{ .name = "svctag", .run = run_ours, .context = &ours, .operations = 1e6 },
 *		{ .name = "binary search", .run = run_theirs, .context = &theirs, .operations = 1e6 },
 *	};
 *	struct bench_demand demands[] = { { "svctag", "binary search", 3 } };
 *	struct bench_group group = { .name = "ipv4 azure", .unit = "ns", .scale = 1e9, ... };
 *
 *	bench_compare(bench, &group);
 *	bench_fact(bench, "index", "bytes", size, 1 << 20);
 *	return bench_end(bench);
 *
 * Everything here ends the program, saying why, when something goes wrong:
 * a benchmark that could not measure has nothing to report.
 *
 * Options that every program knows: --data FILE|FOLDER (of releases; the
 * newest counts), --repeats N, --output FILE; and --NAME VALUE for whatever
 * bench_option() asks for.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdio.h>

#include <svctag/svctag.h>

/** Contenders in a group, and contenders that a demand compares with. */
#define BENCH_MOST_CONTENDERS 16

struct bench;

/** What is measured. Give `run`, which the harness times, or `measure`. */
struct bench_contender {
	const char *name;
	void (*run)(void *context);       /**< does so many operations */
	double (*measure)(void *context); /**< gives the figure itself, in the group's unit */
	void *context;
	double operations; /**< of one run */
};

/** "subject is at least so many times better than `against`", which may be several, separated by '|': the best. */
struct bench_demand {
	const char *subject;
	const char *against;
	double at_least;
};

/** Contenders under one condition. */
struct bench_group {
	const char *name;
	const char *unit; /**< of one operation: "ns", "s"; of a rate: "lines/s" */
	double scale;     /**< units in a second, for `run`; a rate: operations in a unit */
	bool rate;        /**< operations per second: more is better */
	bool computes;    /**< `run` only computes: count its processor time, which others' work does not lengthen */
	const struct bench_contender *contenders;
	size_t contender_count;
	const struct bench_demand *demands;
	size_t demand_count;
};

struct bench *bench_begin(int argc, char **argv, const char *name, const char *question);

/** The value of --NAME, or else the fallback. */
const char *bench_option(const struct bench *bench, const char *name, const char *fallback);

/** Measure a group: one round untimed, then `repeats` rounds, each contender once in each. */
void bench_compare(struct bench *bench, const struct bench_group *group);

/** One figure measured otherwise, with what it may be at most (NAN: anything). */
void bench_fact(struct bench *bench, const char *name, const char *unit, double value, double at_most);

/** A line for the report: what was left out and why, a peer's version. Also goes to stderr. */
void bench_note(struct bench *bench, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Write the JSON and, on stderr, a table. @return for main(): 0, also when a demand is not met */
int bench_end(struct bench *bench);

/** The median of the contender in the group measured last. */
double bench_median(const struct bench *bench, const char *contender);

/** The newest release of --data, else of the sample; the bench owns it. Its path is named in the JSON. */
const svctag_release *bench_release(struct bench *bench);
/** Its file. */
const char *bench_release_path(struct bench *bench);

/** Seconds of a clock that only goes forward. */
double bench_now(void);

/** Seconds of processor time that this process has had. */
double bench_processor_time(void);

/** "bench: …" on stderr, exit 2. */
_Noreturn void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** A file as fopen() gives it, or the end of the program. */
FILE *bench_open(const char *path, const char *mode);

/** All of it is there, or the program ends. @param path  for the message */
void bench_close(FILE *file, const char *path);

/** Zeroed memory. */
void *bench_allocate(size_t count, size_t size);

/** xorshift64*; *state is not 0. The same numbers in every run. */
uint64_t bench_random(uint64_t *state);

/** What a process took. */
struct bench_process {
	double seconds;
	double cpu_seconds;
	double peak_bytes;
	int status; /**< what it exited with */
};

/**
 * Run a program and wait for it.
 * @param argv    ends with NULL; found in $PATH
 * @param input   file for its stdin, or NULL for nothing
 * @param output  file for its stdout, or NULL to throw it away
 */
struct bench_process bench_process_run(const char *const argv[], const char *input, const char *output);

#endif
