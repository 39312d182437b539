/* What a benchmark writes: JSON for machines, a table for whoever watches. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <report/json.h>

#include "harness_internal.h"

double
bench_load(void)
{
	double load = 0;

	return getloadavg(&load, 1) == 1 ? load : (double)NAN;
}

/* The processor's name as /proc/cpuinfo has it. */
static void
processor_name(char *text, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256];

	(void)snprintf(text, size, "unknown");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		const char *colon = strstr(line, ": ");

		if (strncmp(line, "model name", 10) != 0 || colon == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(text, size, "%s", colon + 2);
		break;
	}
	if (file != NULL)
		(void)fclose(file);
}

static void
add_machine(struct json *json, cJSON *root, const struct bench *bench)
{
	cJSON *machine = json_add_object(json, root, "machine");
	struct utsname system;
	char name[256];

	processor_name(name, sizeof(name));
	json_add_text(json, machine, "processor", name);
	json_add_integer(json, machine, "cores", sysconf(_SC_NPROCESSORS_ONLN));
	json_add_integer(json, machine, "cacheL1d", sysconf(_SC_LEVEL1_DCACHE_SIZE));
	json_add_integer(json, machine, "cacheL2", sysconf(_SC_LEVEL2_CACHE_SIZE));
	json_add_integer(json, machine, "cacheL3", sysconf(_SC_LEVEL3_CACHE_SIZE));
	if (uname(&system) == 0) {
		(void)snprintf(name, sizeof(name), "%.60s %.60s %.60s", system.sysname, system.release, system.machine);
		json_add_text(json, machine, "kernel", name);
	}
	json_add_text(json, machine, "compiler", __VERSION__);
	json_add_fraction(json, machine, "loadBefore", bench->load_before);
	json_add_fraction(json, machine, "loadAfter", bench_load());
}

static void
add_data(struct json *json, cJSON *root, const struct bench *bench)
{
	const svctag_release *release = bench->document.release;
	char digest[SVCTAG_DIGEST_TEXT_SIZE];
	cJSON *data;

	if (release == NULL)
		return;
	data = json_add_object(json, root, "data");
	svctag_digest_format(svctag_release_digest(release), digest);
	json_add_text(json, data, "file", strrchr(bench->data_path, '/') + 1);
	json_add_text(json, data, "cloud", bench->document.cloud);
	json_add_integer(json, data, "changeNumber", svctag_release_change_number(release));
	json_add_text(json, data, "id", digest);
	json_add_integer(json, data, "tags", (int64_t)svctag_release_tag_count(release));
	json_add_integer(json, data, "prefixes", (int64_t)svctag_release_unique_prefix_count(release));
}

static void
add_result(struct json *json, cJSON *results, const struct bench_result *result, size_t repeats)
{
	cJSON *object = json_add_object(json, results, NULL);
	cJSON *figures;

	json_add_text(json, object, "name", result->name);
	json_add_fraction(json, object, "median", result->median);
	json_add_fraction(json, object, "least", result->least);
	json_add_fraction(json, object, "most", result->most);
	json_add_fraction(json, object, "spread", (result->most - result->least) / result->median);
	figures = json_add_array(json, object, "figures");
	for (size_t i = 0; i < repeats; i++)
		json_add_fraction(json, figures, NULL, result->figures[i]);
}

static void
add_outcome(struct json *json, cJSON *groups, const struct bench_outcome *outcome, size_t repeats)
{
	cJSON *group = json_add_object(json, groups, NULL);
	cJSON *results;
	cJSON *ratios;

	json_add_text(json, group, "name", outcome->name);
	json_add_text(json, group, "unit", outcome->unit);
	json_add_bool(json, group, "moreIsBetter", outcome->rate);
	results = json_add_array(json, group, "results");
	for (size_t i = 0; i < outcome->result_count; i++)
		add_result(json, results, &outcome->results[i], repeats);
	ratios = json_add_array(json, group, "ratios");
	for (size_t i = 0; i < outcome->ratio_count; i++) {
		const struct bench_ratio *ratio = &outcome->ratios[i];
		cJSON *object = json_add_object(json, ratios, NULL);

		json_add_text(json, object, "subject", ratio->subject);
		json_add_text(json, object, "against", ratio->against);
		json_add_fraction(json, object, "ratio", ratio->ratio);
		json_add_fraction(json, object, "ratioOfMedians", ratio->of_medians);
		json_add_fraction(json, object, "atLeast", ratio->at_least);
		json_add_bool(json, object, "reached", ratio->ratio >= ratio->at_least);
	}
}

static void
add_facts(struct json *json, cJSON *root, const struct bench *bench)
{
	cJSON *facts = json_add_array(json, root, "facts");

	for (size_t i = 0; i < bench->fact_count; i++) {
		const struct bench_figure *fact = &bench->facts[i];
		cJSON *object = json_add_object(json, facts, NULL);

		json_add_text(json, object, "name", fact->name);
		json_add_text(json, object, "unit", fact->unit);
		json_add_fraction(json, object, "value", fact->value);
		if (isnan(fact->at_most))
			continue;
		json_add_fraction(json, object, "atMost", fact->at_most);
		json_add_bool(json, object, "reached", fact->value <= fact->at_most);
	}
}

void
bench_write_json(const struct bench *bench, FILE *out)
{
	struct json json = { false };
	cJSON *root = json_object(&json);
	const char *commit = getenv("SVCTAG_COMMIT");
	char when[32];
	time_t now = time(NULL);
	struct tm utc;
	cJSON *list;

	(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	json_add_text(&json, root, "bench", bench->name);
	json_add_text(&json, root, "question", bench->question);
	json_add_text(&json, root, "commit", commit != NULL ? commit : "unknown");
	json_add_text(&json, root, "when", when);
	json_add_integer(&json, root, "repeats", (int64_t)bench->repeats);
	add_machine(&json, root, bench);
	add_data(&json, root, bench);
	list = json_add_array(&json, root, "groups");
	for (size_t i = 0; i < bench->outcome_count; i++)
		add_outcome(&json, list, &bench->outcomes[i], bench->repeats);
	add_facts(&json, root, bench);
	list = json_add_array(&json, root, "notes");
	for (size_t i = 0; i < bench->note_count; i++)
		json_add_text(&json, list, NULL, bench->notes[i]);
	if (json_finish(&json, root, out, "\n") != SVCTAG_OK)
		bench_die("cannot write the results");
}

void
bench_write_table(const struct bench *bench, FILE *out)
{
	(void)fprintf(out, "\n%s\n", bench->question);
	for (size_t i = 0; i < bench->outcome_count; i++) {
		const struct bench_outcome *outcome = &bench->outcomes[i];

		(void)fprintf(out, "\n%s, %s (median, least, most)\n", outcome->name, outcome->unit);
		for (size_t n = 0; n < outcome->result_count; n++) {
			const struct bench_result *result = &outcome->results[n];

			(void)fprintf(out, "  %-40s %12.4g %12.4g %12.4g\n", result->name, result->median,
				      result->least, result->most);
		}
		for (size_t n = 0; n < outcome->ratio_count; n++) {
			const struct bench_ratio *ratio = &outcome->ratios[n];

			(void)fprintf(out, "  %s %s: %.4g x (of the medians %.4g), at least %.4g: %s\n", ratio->subject,
				      ratio->against, ratio->ratio, ratio->of_medians, ratio->at_least,
				      ratio->ratio >= ratio->at_least ? "reached" : "NOT REACHED");
		}
	}
	(void)fputc('\n', out);
	for (size_t i = 0; i < bench->fact_count; i++) {
		const struct bench_figure *fact = &bench->facts[i];

		(void)fprintf(out, "%s: %.6g %s", fact->name, fact->value, fact->unit);
		if (!isnan(fact->at_most))
			(void)fprintf(out, ", at most %.6g: %s", fact->at_most,
				      fact->value <= fact->at_most ? "reached" : "NOT REACHED");
		(void)fputc('\n', out);
	}
}
