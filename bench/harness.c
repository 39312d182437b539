#include "harness.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness_internal.h"

#define REPEATS "7"
#define SAMPLE "schema/sample"

void
bench_die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)fputs("bench: ", stderr);
	(void)vfprintf(stderr, format, arguments);
	(void)fputc('\n', stderr);
	va_end(arguments);
	exit(2);
}

FILE *
bench_open(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (file == NULL)
		bench_die("%s: %s", path, strerror(errno));
	return file;
}

void
bench_close(FILE *file, const char *path)
{
	bool failed = ferror(file) != 0;

	if (fclose(file) != 0 || failed)
		bench_die("%s: %s", path, strerror(errno));
}

void *
bench_allocate(size_t count, size_t size)
{
	void *memory = calloc(count != 0 ? count : 1, size);

	if (memory == NULL)
		bench_die("out of memory");
	return memory;
}

char *
bench_copy_text(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		bench_die("out of memory");
	return copy;
}

/* One more element, zeroed, at the end of an array of `count`. */
static void *
append(void *array, size_t count, size_t size)
{
	char *bigger = realloc(array, (count + 1) * size);

	if (bigger == NULL)
		bench_die("out of memory");
	memset(bigger + count * size, 0, size);
	return bigger;
}

uint64_t
bench_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545F4914F6CDD1DU;
}

const char *
bench_option(const struct bench *bench, const char *name, const char *fallback)
{
	for (int i = 1; i + 1 < bench->argc; i += 2)
		if (strncmp(bench->argv[i], "--", 2) == 0 && strcmp(bench->argv[i] + 2, name) == 0)
			return bench->argv[i + 1];
	return fallback;
}

struct bench *
bench_begin(int argc, char **argv, const char *name, const char *question)
{
	struct bench *bench = bench_allocate(1, sizeof(*bench));
	unsigned long repeats;
	char *end;

	*bench = (struct bench){ .name = name, .question = question, .argc = argc, .argv = argv };
	for (int i = 1; i < argc; i += 2)
		if (strncmp(argv[i], "--", 2) != 0 || i + 1 == argc)
			bench_die("usage: %s [--data FILE|FOLDER] [--repeats N] [--output FILE] [--OPTION VALUE]…\n%s",
				  argv[0], question);
	repeats = strtoul(bench_option(bench, "repeats", REPEATS), &end, 10);
	if (*end != '\0' || repeats == 0 || repeats > BENCH_MOST_REPEATS)
		bench_die("--repeats has to be 1 to %d", BENCH_MOST_REPEATS);
	bench->repeats = repeats;
	bench->load_before = bench_load();
	return bench;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts them. */
static double
median_of(double *figures, size_t count)
{
	qsort(figures, count, sizeof(*figures), compare_doubles);
	return count % 2 != 0 ? figures[count / 2] : (figures[count / 2 - 1] + figures[count / 2]) / 2;
}

static void
summarize(struct bench_result *result, size_t count)
{
	double sorted[BENCH_MOST_REPEATS];

	memcpy(sorted, result->figures, count * sizeof(*sorted));
	result->median = median_of(sorted, count);
	result->least = sorted[0];
	result->most = sorted[count - 1];
}

static double
measure_once(const struct bench_group *group, const struct bench_contender *contender)
{
	double (*clock)(void) = group->computes ? bench_processor_time : bench_now;
	double began;
	double seconds;

	if (contender->measure != NULL)
		return contender->measure(contender->context);
	began = clock();
	contender->run(contender->context);
	seconds = clock() - began;
	return group->rate ? contender->operations / seconds / group->scale
			   : seconds * group->scale / contender->operations;
}

static const struct bench_result *
find_result(const struct bench_outcome *outcome, const char *name, size_t size)
{
	for (size_t i = 0; i < outcome->result_count; i++)
		if (strlen(outcome->results[i].name) == size && strncmp(outcome->results[i].name, name, size) == 0)
			return &outcome->results[i];
	return NULL;
}

/* The best of several names; NULL when none of them was measured. */
static const struct bench_result *
find_best(const struct bench_outcome *outcome, const char *names)
{
	const struct bench_result *best = NULL;

	while (*names != '\0') {
		size_t size = strcspn(names, "|");
		const struct bench_result *one = find_result(outcome, names, size);

		if (one != NULL &&
		    (best == NULL || (outcome->rate ? one->median > best->median : one->median < best->median)))
			best = one;
		names += size + (names[size] == '|');
	}
	return best;
}

/* How many times as good the subject is. */
static double
ratio_of(bool rate, double subject, double against)
{
	return rate ? subject / against : against / subject;
}

/* A peer that this machine lacks leaves its ratio out. */
static void
judge(struct bench_outcome *outcome, const struct bench_demand *demand, size_t rounds)
{
	double ratios[BENCH_MOST_REPEATS];
	const struct bench_result *subject = find_best(outcome, demand->subject);
	const struct bench_result *against = find_best(outcome, demand->against);
	struct bench_ratio *ratio;

	if (subject == NULL || against == NULL)
		return;
	outcome->ratios = append(outcome->ratios, outcome->ratio_count, sizeof(*outcome->ratios));
	ratio = &outcome->ratios[outcome->ratio_count++];
	ratio->subject = bench_copy_text(subject->name);
	ratio->against = bench_copy_text(against->name);
	for (size_t i = 0; i < rounds; i++)
		ratios[i] = ratio_of(outcome->rate, subject->figures[i], against->figures[i]);
	ratio->ratio = median_of(ratios, rounds);
	ratio->of_medians = ratio_of(outcome->rate, subject->median, against->median);
	ratio->at_least = demand->at_least;
}

void
bench_compare(struct bench *bench, const struct bench_group *group)
{
	struct bench_outcome *outcome;
	size_t count = group->contender_count;

	bench->outcomes = append(bench->outcomes, bench->outcome_count, sizeof(*bench->outcomes));
	outcome = &bench->outcomes[bench->outcome_count++];
	outcome->name = bench_copy_text(group->name);
	outcome->unit = bench_copy_text(group->unit);
	outcome->rate = group->rate;
	outcome->results = bench_allocate(count, sizeof(*outcome->results));
	outcome->result_count = count;
	for (size_t i = 0; i < count; i++) {
		outcome->results[i].name = bench_copy_text(group->contenders[i].name);
		(void)measure_once(group, &group->contenders[i]);
	}
	for (size_t round = 0; round < bench->repeats; round++)
		for (size_t i = 0; i < count; i++)
			outcome->results[i].figures[round] = measure_once(group, &group->contenders[i]);
	for (size_t i = 0; i < count; i++)
		summarize(&outcome->results[i], bench->repeats);
	for (size_t i = 0; i < group->demand_count; i++)
		judge(outcome, &group->demands[i], bench->repeats);
}

double
bench_median(const struct bench *bench, const char *contender)
{
	const struct bench_result *result =
		bench->outcome_count == 0
			? NULL
			: find_result(&bench->outcomes[bench->outcome_count - 1], contender, strlen(contender));

	return result == NULL ? (double)NAN : result->median;
}

void
bench_fact(struct bench *bench, const char *name, const char *unit, double value, double at_most)
{
	bench->facts = append(bench->facts, bench->fact_count, sizeof(*bench->facts));
	bench->facts[bench->fact_count++] =
		(struct bench_figure){ bench_copy_text(name), bench_copy_text(unit), value, at_most };
}

void
bench_note(struct bench *bench, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	(void)fprintf(stderr, "%s\n", text);
	bench->notes = append(bench->notes, bench->note_count, sizeof(*bench->notes));
	bench->notes[bench->note_count++] = bench_copy_text(text);
}

static void
load_release(struct bench *bench)
{
	const char *path = bench_option(bench, "data", SAMPLE);
	struct importer_plan plan = { 0 };
	svctag_detail detail = { "" };
	char *data = NULL;
	size_t size = 0;

	if (importer_plan_make(&path, 1, NULL, "2000-01-01", &plan, &detail) != SVCTAG_OK || plan.count == 0)
		bench_die("%s: no releases: %s", path, detail.text);
	bench->data_path = bench_copy_text(plan.items[plan.count - 1].path);
	importer_plan_release(&plan);
	if (importer_read_file(bench->data_path, &data, &size, &detail) != SVCTAG_OK ||
	    importer_decode(data, size, &bench->document, &detail) != SVCTAG_OK)
		bench_die("%s: %s", bench->data_path, detail.text);
	free(data);
}

const svctag_release *
bench_release(struct bench *bench)
{
	if (bench->document.release == NULL)
		load_release(bench);
	return bench->document.release;
}

const char *
bench_release_path(struct bench *bench)
{
	(void)bench_release(bench);
	return bench->data_path;
}

static void
release_outcome(struct bench_outcome *outcome)
{
	for (size_t i = 0; i < outcome->result_count; i++)
		free(outcome->results[i].name);
	for (size_t i = 0; i < outcome->ratio_count; i++) {
		free(outcome->ratios[i].subject);
		free(outcome->ratios[i].against);
	}
	free(outcome->results);
	free(outcome->ratios);
	free(outcome->name);
	free(outcome->unit);
}

static void
release_bench(struct bench *bench)
{
	for (size_t i = 0; i < bench->outcome_count; i++)
		release_outcome(&bench->outcomes[i]);
	for (size_t i = 0; i < bench->fact_count; i++) {
		free(bench->facts[i].name);
		free(bench->facts[i].unit);
	}
	for (size_t i = 0; i < bench->note_count; i++)
		free(bench->notes[i]);
	free(bench->outcomes);
	free(bench->facts);
	free(bench->notes);
	free(bench->data_path);
	importer_document_release(&bench->document);
	free(bench);
}

int
bench_end(struct bench *bench)
{
	const char *path = bench_option(bench, "output", NULL);
	FILE *out = path != NULL ? fopen(path, "w") : stdout;

	if (out == NULL)
		bench_die("%s: %s", path, strerror(errno));
	bench_write_table(bench, stderr);
	bench_write_json(bench, out);
	if (fflush(out) != 0 || (path != NULL && fclose(out) != 0))
		bench_die("%s: %s", path != NULL ? path : "stdout", strerror(errno));
	release_bench(bench);
	return 0;
}
