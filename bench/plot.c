/*
 * Plots of what the benchmarks wrote: reads their JSON from one folder and
 * leaves charts in another. What has not been run is left out.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <report/svg.h>

#define MOST_POINTS 16
#define MOST_CURVES 4
#define MOST_PANELS 4

/**
 * Where a curve's values are: the median of a result in a group, or a fact.
 * A '*' stands for the name of the point.
 */
struct curve {
	const char *name;
	const char *group;
	const char *result;
	const char *fact;
};

struct picture {
	const char *title;
	double scale; /**< of the values as they are drawn */
	struct curve curves[MOST_CURVES];
};

/** A chart, and the benchmark it is of. */
struct plot {
	const char *bench;
	const char *title;
	const char *description;
	const char *axis;
	struct picture pictures[MOST_PANELS];
};

static const struct plot plots[] = {
	{ "growth",
	  "Look-ups as the table grows",
	  "Time of a look-up, size and build time of the index, with 10,000 to 2,000,000 prefixes.",
	  "prefixes",
	  { { "IPv4, ns",
	      1,
	      { { "one at a time", "IPv4, one at a time", "*", NULL }, { "batch", "IPv4, batch", "*", NULL } } },
	    { "IPv6, ns",
	      1,
	      { { "one at a time", "IPv6, one at a time", "*", NULL }, { "batch", "IPv6, batch", "*", NULL } } },
	    { "Search structure, MB", 1e-6, { { "search structure", NULL, NULL, "search structure, * prefixes" } } },
	    { "Build, ms", 1, { { "build", NULL, NULL, "build, * prefixes" } } } } },
	{ "history",
	  "Answers as the history grows",
	  "Time of answers and of the next import, and size of the file, with 1 to 1,000 releases.",
	  "releases",
	  { { "Answers, ms",
	      1,
	      { { "check --at, the first release", "svctag check --at 1", "*", NULL },
		{ "check, the newest", "svctag check", "*", NULL },
		{ "loading the first", "load the first release", "*", NULL } } },
	    { "Import of the next release, ms", 1, { { "import", NULL, NULL, "* releases: one import" } } },
	    { "File, MB", 1e-6, { { "file", NULL, NULL, "* releases: file" } } } } },
};

static void
die(const char *what, const char *why)
{
	(void)fprintf(stderr, "plot: %s: %s\n", what, why);
	exit(2);
}

/* NULL: there is no such file. */
static cJSON *
read_json(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;
	cJSON *root;

	if (file == NULL && errno == ENOENT)
		return NULL;
	if (file == NULL || getdelim(&text, &room, '\0', file) < 0)
		die(path, strerror(errno));
	(void)fclose(file);
	root = cJSON_Parse(text);
	free(text);
	if (root == NULL)
		die(path, "is not JSON");
	return root;
}

static const cJSON *
find_named(const cJSON *array, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array) if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name")),
						   name) == 0) return item;
	return NULL;
}

/* The pattern with the point's name in the place of '*'. */
static void
fill(const char *pattern, const char *point, char *text, size_t size)
{
	size_t before = strcspn(pattern, "*");
	const char *after = pattern + before + (pattern[before] != '\0');

	(void)snprintf(text, size, "%.*s%s%s", (int)before, pattern, pattern[before] != '\0' ? point : "", after);
}

static double
value_of(const cJSON *root, const struct curve *curve, const char *point)
{
	const cJSON *groups = cJSON_GetObjectItemCaseSensitive(root, "groups");
	const cJSON *number;
	char name[128];

	if (curve->fact != NULL) {
		fill(curve->fact, point, name, sizeof(name));
		number = cJSON_GetObjectItemCaseSensitive(
			find_named(cJSON_GetObjectItemCaseSensitive(root, "facts"), name), "value");
	} else {
		const cJSON *group;

		fill(curve->group, point, name, sizeof(name));
		group = find_named(groups, name);
		fill(curve->result, point, name, sizeof(name));
		number = cJSON_GetObjectItemCaseSensitive(
			find_named(cJSON_GetObjectItemCaseSensitive(group, "results"), name), "median");
	}
	return cJSON_GetNumberValue(number); /* NAN for NULL */
}

/* The results of the first group: "10,000" is the name of its number. */
static size_t
find_points(const cJSON *root, char names[][32], double *numbers)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, "groups");
	const cJSON *item;
	size_t count = 0;

	array = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(array, 0), "results");
	cJSON_ArrayForEach(item, array)
	{
		const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));

		if (count == MOST_POINTS)
			break;
		(void)snprintf(names[count], 32, "%s", name);
		numbers[count] = 0;
		if (strspn(name, "0123456789,") != strlen(name))
			die(name, "is not a number of the first group's, from which points are taken");
		for (const char *digit = names[count]; *digit != '\0'; digit++)
			if (*digit != ',')
				numbers[count] = numbers[count] * 10 + (*digit - '0');
		count++;
	}
	return count;
}

static void
draw(const struct plot *plot, const cJSON *root, const char *path)
{
	char names[MOST_POINTS][32];
	double numbers[MOST_POINTS];
	double values[MOST_PANELS][MOST_CURVES][MOST_POINTS];
	struct svg_series series[MOST_PANELS][MOST_CURVES];
	struct svg_panel panels[MOST_PANELS];
	struct svg_chart chart = { .title = plot->title,
				   .description = plot->description,
				   .numbers = numbers,
				   .numbers_name = plot->axis,
				   .panels = panels };
	FILE *file = fopen(path, "w");

	if (file == NULL)
		die(path, strerror(errno));
	chart.count = find_points(root, names, numbers);
	for (size_t p = 0; p < MOST_PANELS && plot->pictures[p].title != NULL; p++) {
		const struct picture *picture = &plot->pictures[p];

		panels[p] = (struct svg_panel){ .title = picture->title, .kind = SVG_LINES, .series = series[p] };
		for (size_t c = 0; c < MOST_CURVES && picture->curves[c].name != NULL; c++) {
			for (size_t i = 0; i < chart.count; i++)
				values[p][c][i] = picture->scale * value_of(root, &picture->curves[c], names[i]);
			series[p][c] = (struct svg_series){ picture->curves[c].name, values[p][c] };
			panels[p].series_count++;
		}
		chart.panel_count++;
	}
	if (chart.count == 0 || svg_write(file, &chart) != SVCTAG_OK || fclose(file) != 0)
		die(path, "could not be written");
}

int
main(int argc, char **argv)
{
	if (argc != 3) {
		(void)fputs("usage: bench_plot RESULTS FOLDER\nPlots what the benchmarks left in RESULTS.\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(plots) / sizeof(plots[0]); i++) {
		char path[4096];
		cJSON *root;

		(void)snprintf(path, sizeof(path), "%s/%s.json", argv[1], plots[i].bench);
		root = read_json(path);
		if (root == NULL)
			continue;
		(void)snprintf(path, sizeof(path), "%s/bench-%s.svg", argv[2], plots[i].bench);
		draw(&plots[i], root, path);
		(void)fprintf(stderr, "plot: %s\n", path);
		cJSON_Delete(root);
	}
	return 0;
}
