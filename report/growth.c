/* How a tag grew, release by release. */
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "format.h"
#include "history.h"
#include "json.h"
#include "loaded.h"
#include "svg.h"
#include "table.h"

/* Everything that one answer is made of. */
struct answer {
	const svctag_growth *growth;
	const svctag_catalogue *catalogue;
	size_t cloud;
	size_t releases;
};

static struct answer
answer_of(const svctag_growth *growth)
{
	const svctag_catalogue *catalogue = svctag_growth_catalogue(growth);
	size_t cloud = svctag_growth_cloud(growth);

	return (struct answer){ growth, catalogue, cloud, svctag_catalogue_release_count(catalogue, cloud) };
}

static void
point_fields(struct json *json, cJSON *object, const struct answer *answer, size_t i)
{
	const svctag_growth_point *point = svctag_growth_at(answer->growth, i);
	cJSON *counts;

	json_add_release(json, object, "release", svctag_catalogue_release(answer->catalogue, answer->cloud, i));
	json_add_bool(json, object, "present", point->present);
	counts = json_add_object(json, object, "prefixCount");
	json_add_integer(json, counts, "ipv4", (int64_t)point->prefix_count[0]);
	json_add_integer(json, counts, "ipv6", (int64_t)point->prefix_count[1]);
	json_add_counts(json, object, "addressCount", point->addresses);
}

static svctag_error
growth_json(FILE *out, const struct answer *answer)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	json_add_reference(&json, root, "tag", svctag_growth_tag(answer->growth));
	loaded_json(&json, root, answer->catalogue, answer->cloud);
	array = json_add_array(&json, root, "releases");
	for (size_t i = 0; i < answer->releases && !json.failed; i++)
		point_fields(&json, json_add_object(&json, array, NULL), answer, i);
	return json_finish(&json, root, out, "\n");
}

static svctag_error
growth_ndjson(FILE *out, const struct answer *answer)
{
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < answer->releases && err == SVCTAG_OK; i++) {
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		json_add_reference(&json, root, "tag", svctag_growth_tag(answer->growth));
		point_fields(&json, root, answer, i);
		err = json_finish(&json, root, out, "\n");
	}
	return err;
}

static svctag_error
growth_csv(FILE *out, const struct answer *answer)
{
	struct csv csv = { .out = out };

	fputs(CSV_RELEASE_HEADER ",tag,present,prefixCountIpv4,prefixCountIpv6,addressCountIpv4,addressCountIpv6\n",
	      out);
	for (size_t i = 0; i < answer->releases; i++) {
		const svctag_growth_point *point = svctag_growth_at(answer->growth, i);

		csv_release(&csv, svctag_catalogue_release(answer->catalogue, answer->cloud, i));
		csv_text(&csv, svctag_growth_tag(answer->growth));
		csv_text(&csv, point->present ? "true" : "false");
		csv_integer(&csv, (int64_t)point->prefix_count[0]);
		csv_integer(&csv, (int64_t)point->prefix_count[1]);
		csv_count(&csv, point->addresses[0]);
		csv_count(&csv, point->addresses[1]);
		csv_end(&csv);
	}
	return format_written(out);
}

static bool
same_point(const svctag_growth_point *a, const svctag_growth_point *b)
{
	return a->present == b->present && memcmp(a->prefix_count, b->prefix_count, sizeof(a->prefix_count)) == 0 &&
	       svctag_count_compare(a->addresses[0], b->addresses[0]) == 0 &&
	       svctag_count_compare(a->addresses[1], b->addresses[1]) == 0;
}

static void
point_row(struct table *table, const struct answer *answer, size_t i)
{
	const svctag_release_info *info = svctag_catalogue_release(answer->catalogue, answer->cloud, i);
	const svctag_growth_point *point = svctag_growth_at(answer->growth, i);
	char count[SVCTAG_COUNT_TEXT_SIZE];

	table_cellf(table, "%lld", (long long)info->change_number);
	table_cell(table, info->published);
	for (int f = 0; f < 2; f++)
		table_cellf(table, "%zu", point->prefix_count[f]);
	for (int f = 0; f < 2; f++)
		table_cell(table, format_count(point->addresses[f], count));
	table_cell(table, point->present ? "" : "not in the release");
}

static svctag_error
growth_text(FILE *out, const struct report_style *style, const struct answer *answer)
{
	static const char *const heading[] = {
		"CHANGE", "PUBLISHED", "IPV4 PREFIXES", "IPV6 PREFIXES", "IPV4 ADDRESSES", "IPV6 ADDRESSES", ""
	};
	struct table table = { .alignment = "rlrrrrl" };
	size_t left_out = 0;
	svctag_error err;

	fprintf(out, "%s%s%s\n", format_colour(style, FORMAT_HEADING), svctag_growth_tag(answer->growth),
		format_colour(style, FORMAT_PLAIN));
	err = loaded_text(out, style, answer->catalogue, answer->cloud, REPORT_WIDTH);
	if (err != SVCTAG_OK)
		return err;
	for (size_t i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, heading[i]);
	for (size_t i = 0; i < answer->releases; i++) {
		if (i > 0 && i + 1 < answer->releases &&
		    same_point(svctag_growth_at(answer->growth, i - 1), svctag_growth_at(answer->growth, i)))
			left_out++;
		else
			point_row(&table, answer, i);
	}
	err = table_print(&table, out, style, 2, true);
	table_release(&table);
	if (err == SVCTAG_OK && left_out > 0)
		fprintf(out, "%s%zu release%s without a change of these figures left out%s\n",
			format_colour(style, FORMAT_FAINT), left_out, format_plural(left_out),
			format_colour(style, FORMAT_PLAIN));
	return err == SVCTAG_OK ? format_written(out) : err;
}

svctag_error
report_growth(FILE *out, const struct report_style *style, const svctag_growth *growth)
{
	const struct answer answer = answer_of(growth);

	switch (style->format) {
	case REPORT_JSON: return growth_json(out, &answer);
	case REPORT_NDJSON: return growth_ndjson(out, &answer);
	case REPORT_CSV: return growth_csv(out, &answer);
	case REPORT_TEXT: break;
	}
	return growth_text(out, style, &answer);
}

/* What the chart shows, each `releases` numbers long. */
enum {
	VALUE_ADDRESSES_IPV4,
	VALUE_ADDRESSES_IPV6,
	VALUE_PREFIXES_IPV4,
	VALUE_PREFIXES_IPV6,
	VALUE_COUNT,
};

static void
fill_values(const struct answer *answer, double *values)
{
	for (size_t i = 0; i < answer->releases; i++) {
		const svctag_growth_point *point = svctag_growth_at(answer->growth, i);

		for (size_t f = 0; f < 2; f++) {
			values[(VALUE_ADDRESSES_IPV4 + f) * answer->releases + i] =
				svctag_count_to_double(point->addresses[f]);
			values[(VALUE_PREFIXES_IPV4 + f) * answer->releases + i] = (double)point->prefix_count[f];
		}
	}
}

static svctag_error
growth_chart(FILE *out, const struct answer *answer, const int64_t *days, const double *values)
{
	size_t n = answer->releases;
	const struct svg_series addresses[] = { { "IPv4", values + VALUE_ADDRESSES_IPV4 * n },
						{ "IPv6", values + VALUE_ADDRESSES_IPV6 * n } };
	const struct svg_series prefixes[] = { { "IPv4", values + VALUE_PREFIXES_IPV4 * n },
					       { "IPv6", values + VALUE_PREFIXES_IPV6 * n } };
	const struct svg_panel panels[] = {
		{ .title = "IPv4 addresses", .kind = SVG_AREA, .series = &addresses[0], .series_count = 1 },
		{ .title = "IPv6 addresses", .kind = SVG_AREA, .series = &addresses[1], .series_count = 1 },
		{ .title = "Prefixes", .kind = SVG_LINES, .series = prefixes, .series_count = 2 },
	};
	char title[320];
	char description[512];
	struct svg_chart chart = {
		.title = title, .description = description, .days = days, .count = n, .panels = panels, .panel_count = 3
	};

	snprintf(title, sizeof(title), "%s over time", svctag_growth_tag(answer->growth));
	snprintf(description, sizeof(description),
		 "Addresses and prefixes of the tag %s of cloud %s in %zu releases from %s to %s.",
		 svctag_growth_tag(answer->growth), svctag_catalogue_cloud(answer->catalogue, answer->cloud), n,
		 svctag_catalogue_release(answer->catalogue, answer->cloud, 0)->published,
		 svctag_catalogue_release(answer->catalogue, answer->cloud, n - 1)->published);
	return svg_write(out, &chart);
}

svctag_error
report_growth_svg(FILE *out, const svctag_growth *growth)
{
	const struct answer answer = answer_of(growth);
	double *values = calloc(answer.releases * VALUE_COUNT, sizeof(*values));
	int64_t *days = NULL;
	svctag_error err = values == NULL ? SVCTAG_E_NO_MEMORY : loaded_days(answer.catalogue, answer.cloud, &days);

	if (err == SVCTAG_OK) {
		fill_values(&answer, values);
		err = growth_chart(out, &answer, days, values);
	}
	free(values);
	free(days);
	return err;
}
