/**
 * @file
 * A benchmark in progress. For the harness's own files only.
 */
#ifndef BENCH_HARNESS_INTERNAL_H
#define BENCH_HARNESS_INTERNAL_H

#include <importer/importer.h>

#include "harness.h"

#define BENCH_MOST_REPEATS 101

/** One contender's figures, in the group's unit. */
struct bench_result {
	char *name;
	double figures[BENCH_MOST_REPEATS]; /**< in the order measured */
	double median;
	double least;
	double most;
};

struct bench_ratio {
	char *subject;
	char *against;     /**< the best of those that were measured; NULL if none was */
	double ratio;      /**< the median of those of the rounds: whatever slows one slows all that are in it */
	double of_medians; /**< the ratio of the medians, which rounds that were slow for one alone move */
	double at_least;
};

struct bench_outcome {
	char *name;
	char *unit;
	bool rate;
	struct bench_result *results;
	size_t result_count;
	struct bench_ratio *ratios;
	size_t ratio_count;
};

struct bench_figure {
	char *name;
	char *unit;
	double value;
	double at_most;
};

struct bench {
	const char *name;
	const char *question;
	int argc;
	char **argv;
	size_t repeats;
	struct importer_document document;
	char *data_path;
	struct bench_outcome *outcomes;
	size_t outcome_count;
	struct bench_figure *facts;
	size_t fact_count;
	char **notes;
	size_t note_count;
	double load_before; /**< of the machine, one minute */
};

/** Runs until one is free, on a machine that others use too. */
double bench_load(void);
void bench_write_json(const struct bench *bench, FILE *out);
void bench_write_table(const struct bench *bench, FILE *out);
char *bench_copy_text(const char *text);

#endif
