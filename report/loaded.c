#include "loaded.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

/* A chart shows the newest release for as long as releases mostly last. */
#define DAYS_A_RELEASE 7

static int
compare_series(const void *a, const void *b)
{
	const svctag_release_info *x = *(const svctag_release_info *const *)a;
	const svctag_release_info *y = *(const svctag_release_info *const *)b;
	int order = strcmp(x->source, y->source);

	return order != 0 ? order : (x->change_number > y->change_number) - (x->change_number < y->change_number);
}

svctag_error
loaded_gaps(const svctag_catalogue *catalogue, size_t cloud, struct loaded_gap **ret, size_t *ret_count)
{
	size_t releases = svctag_catalogue_release_count(catalogue, cloud);
	const svctag_release_info **infos = calloc(releases + 1, sizeof(*infos));
	struct loaded_gap *gaps = calloc(releases + 1, sizeof(*gaps));
	size_t count = 0;

	if (infos == NULL || gaps == NULL) {
		free(infos);
		free(gaps);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < releases; i++)
		infos[i] = svctag_catalogue_release(catalogue, cloud, i);
	qsort(infos, releases, sizeof(*infos), compare_series);
	for (size_t i = 1; i < releases; i++)
		if (strcmp(infos[i - 1]->source, infos[i]->source) == 0 &&
		    infos[i]->change_number - infos[i - 1]->change_number > 1)
			gaps[count++] = (struct loaded_gap){ infos[i]->source, infos[i - 1]->change_number + 1,
							     infos[i]->change_number - 1 };
	free(infos);
	*ret = gaps;
	*ret_count = count;
	return SVCTAG_OK;
}

void
loaded_json(struct json *json, cJSON *root, const svctag_catalogue *catalogue, size_t cloud)
{
	size_t releases = svctag_catalogue_release_count(catalogue, cloud);
	cJSON *object = json_add_object(json, root, "loaded");
	struct loaded_gap *gaps = NULL;
	size_t count = 0;
	cJSON *array;

	json_add_release(json, object, "first", svctag_catalogue_release(catalogue, cloud, 0));
	json_add_release(json, object, "last", svctag_catalogue_release(catalogue, cloud, releases - 1));
	json_add_integer(json, object, "count", (int64_t)releases);
	array = json_add_array(json, object, "gaps");
	if (loaded_gaps(catalogue, cloud, &gaps, &count) != SVCTAG_OK)
		json->failed = true;
	for (size_t i = 0; i < count; i++) {
		cJSON *gap = json_add_object(json, array, NULL);

		json_add_reference(json, gap, "source", gaps[i].source);
		json_add_integer(json, gap, "from", gaps[i].from);
		json_add_integer(json, gap, "to", gaps[i].to);
	}
	free(gaps);
}

static void
gaps_text(FILE *out, const struct loaded_gap *gaps, size_t count, unsigned int width)
{
	int64_t numbers = 0;
	size_t used;
	size_t i;

	for (i = 0; i < count; i++)
		numbers += gaps[i].to - gaps[i].from + 1;
	used = (size_t)fprintf(out, "%" PRId64 " change number%s between them never loaded:", numbers,
			       format_plural((size_t)numbers));
	for (i = 0; i < count && used + 16 < width; i++) {
		char text[48];

		if (gaps[i].from == gaps[i].to)
			snprintf(text, sizeof(text), "%" PRId64, gaps[i].from);
		else
			snprintf(text, sizeof(text), "%" PRId64 "-%" PRId64, gaps[i].from, gaps[i].to);
		used += (size_t)fprintf(out, "%s %s", i == 0 ? "" : ",", text);
	}
	fputs(i < count ? ", …\n" : "\n", out);
}

svctag_error
loaded_text(FILE *out, const struct report_style *style, const svctag_catalogue *catalogue, size_t cloud,
	    unsigned int width)
{
	size_t releases = svctag_catalogue_release_count(catalogue, cloud);
	const svctag_release_info *first = svctag_catalogue_release(catalogue, cloud, 0);
	const svctag_release_info *last = svctag_catalogue_release(catalogue, cloud, releases - 1);
	struct loaded_gap *gaps = NULL;
	size_t count = 0;
	svctag_error err = loaded_gaps(catalogue, cloud, &gaps, &count);

	if (err != SVCTAG_OK)
		return err;
	fprintf(out, "%s%s: %zu release%s, %lld (%s) to %lld (%s)", format_colour(style, FORMAT_FAINT), first->cloud,
		releases, format_plural(releases), (long long)first->change_number, first->published,
		(long long)last->change_number, last->published);
	fprintf(out, "%s\n", format_colour(style, FORMAT_PLAIN));
	if (count > 0) {
		fputs(format_colour(style, FORMAT_FAINT), out);
		gaps_text(out, gaps, count, width);
		fputs(format_colour(style, FORMAT_PLAIN), out);
	}
	free(gaps);
	return SVCTAG_OK;
}

svctag_error
loaded_days(const svctag_catalogue *catalogue, size_t cloud, int64_t **ret)
{
	size_t releases = svctag_catalogue_release_count(catalogue, cloud);
	int64_t *days = calloc(releases + 1, sizeof(*days));

	if (days == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < releases; i++)
		days[i] = svctag_day_number(svctag_catalogue_release(catalogue, cloud, i)->published);
	days[releases] = days[releases - 1] + DAYS_A_RELEASE;
	*ret = days;
	return SVCTAG_OK;
}

struct loaded_columns
loaded_columns_fit(const svctag_catalogue *catalogue, size_t cloud, unsigned int room)
{
	size_t releases = svctag_catalogue_release_count(catalogue, cloud);
	size_t columns = room < 10 ? 10 : room;

	return (struct loaded_columns){ releases, columns < releases ? columns : releases };
}

size_t
loaded_column_begin(const struct loaded_columns *columns, size_t column)
{
	return column * columns->releases / columns->columns;
}

const char *
loaded_column_text(size_t have, size_t of)
{
	if (have == 0)
		return "·";
	return have == of ? "█" : "▒";
}

void
loaded_gap_bar(FILE *out, const svctag_catalogue *catalogue, size_t cloud, const struct loaded_columns *columns)
{
	for (size_t c = 0; c < columns->columns; c++) {
		bool gap = false;

		for (size_t r = loaded_column_begin(columns, c); r < loaded_column_begin(columns, c + 1); r++)
			gap = gap || (r > 0 &&
				      svctag_catalogue_gap(catalogue, svctag_catalogue_release(catalogue, cloud, r - 1),
							   svctag_catalogue_release(catalogue, cloud, r)));
		fputs(gap ? "^" : " ", out);
	}
}
