/* A drift as a chart. */
#include <math.h>
#include <stdlib.h>

#include "drift_internal.h"
#include "loaded.h"
#include "svg.h"

/* So many tags are drawn: those with the most addresses in the list. */
#define MOST_TAGS 5

/* States, then the shares of the tags by family. */
#define VALUES (SVCTAG_DRIFT_STATE_COUNT + 2 * MOST_TAGS)

static double
list_size(const struct drift_answer *answer, size_t i)
{
	svctag_drift_coverage coverage = svctag_drift_coverage_at(answer->drift, i, 0);

	return svctag_count_to_double(coverage.list[0]) + svctag_count_to_double(coverage.list[1]);
}

/* The tags that are drawn, the largest first. */
static size_t
choose_tags(const struct drift_answer *answer, size_t chosen[MOST_TAGS])
{
	size_t count = 0;

	for (size_t i = 0; i < svctag_drift_intended_count(answer->drift); i++) {
		size_t at = count < MOST_TAGS ? count++ : MOST_TAGS - 1;

		if (at == MOST_TAGS - 1 && count == MOST_TAGS && i >= MOST_TAGS &&
		    list_size(answer, chosen[at]) >= list_size(answer, i))
			continue;
		for (; at > 0 && list_size(answer, chosen[at - 1]) < list_size(answer, i); at--)
			chosen[at] = chosen[at - 1];
		chosen[at] = i;
	}
	return count;
}

static void
fill_values(const struct drift_answer *answer, const size_t *chosen, size_t tags, double *values)
{
	size_t n = answer->releases;

	for (size_t r = 0; r < n; r++) {
		const size_t *states = svctag_drift_states(answer->drift, r);

		for (size_t s = 0; s < SVCTAG_DRIFT_STATE_COUNT; s++)
			values[s * n + r] = (double)states[s];
		for (size_t t = 0; t < tags; t++) {
			svctag_drift_coverage coverage = svctag_drift_coverage_at(answer->drift, chosen[t], r);

			for (size_t f = 0; f < 2; f++)
				values[(SVCTAG_DRIFT_STATE_COUNT + f * MOST_TAGS + t) * n + r] =
					drift_fraction(&coverage, (int)f);
		}
	}
}

/* Series of the entries' states, and of the tags' shares by family. */
struct series {
	struct svg_series states[SVCTAG_DRIFT_STATE_COUNT];
	struct svg_series tags[2][MOST_TAGS];
};

static void
make_series(const struct drift_answer *answer, const size_t *chosen, size_t tags, const double *values,
	    struct series *ret)
{
	static const char *const names[] = { "as intended", "other tag", "only AzureCloud", "no tag" };
	size_t n = answer->releases;

	for (size_t s = 0; s < SVCTAG_DRIFT_STATE_COUNT; s++)
		ret->states[s] = (struct svg_series){ names[s], values + s * n };
	for (size_t t = 0; t < tags; t++) {
		const char *name =
			svctag_drift_tag_name(answer->drift, svctag_drift_intended(answer->drift, chosen[t]));

		for (size_t f = 0; f < 2; f++)
			ret->tags[f][t] =
				(struct svg_series){ name,
						     values + (SVCTAG_DRIFT_STATE_COUNT + f * MOST_TAGS + t) * n };
	}
}

static svctag_error
list_chart(FILE *out, const struct drift_answer *answer, const int64_t *days, const struct series *series, size_t tags)
{
	bool ipv6 = !svctag_count_is_zero(svctag_drift_addresses(answer->drift)[1]);
	struct svg_panel panels[3] = {
		{ .title = "Entries",
		  .kind = SVG_STACKED,
		  .series = series->states,
		  .series_count = SVCTAG_DRIFT_STATE_COUNT },
	};
	char titles[2][128];
	char title[320];
	char description[512];
	struct svg_chart chart = { .title = title,
				   .description = description,
				   .days = days,
				   .count = answer->releases,
				   .panels = panels,
				   .panel_count = 1 };

	for (size_t f = 0; f < (ipv6 ? 2U : 1U) && tags > 0; f++) {
		snprintf(titles[f], sizeof(titles[f]), "Share of the IPv%d addresses of the tag that the list covers%s",
			 f == 0 ? 4 : 6,
			 svctag_drift_intended_count(answer->drift) > tags ? ", the tags with most entries" : "");
		panels[chart.panel_count++] = (struct svg_panel){ .title = titles[f],
								  .kind = SVG_LINES,
								  .series = series->tags[f],
								  .series_count = tags,
								  .percent = true };
	}
	snprintf(title, sizeof(title), "What became of %.200s", answer->list->name);
	snprintf(description, sizeof(description),
		 "How many of %zu entries were in the tag they are meant for, in another, only in AzureCloud or in "
		 "none, and how much of their tags they covered, in %zu releases of cloud %s from %s to %s.",
		 answer->list->entry_count, answer->releases, svctag_catalogue_cloud(answer->catalogue, answer->cloud),
		 drift_release(answer, 0)->published, drift_release(answer, answer->releases - 1)->published);
	return svg_write(out, &chart);
}

svctag_error
report_drift_svg(FILE *out, const struct list *list, const svctag_drift *drift)
{
	const struct drift_answer answer = drift_answer_of(list, drift);
	double *values = calloc(answer.releases * VALUES, sizeof(*values));
	size_t chosen[MOST_TAGS] = { 0 };
	size_t tags = choose_tags(&answer, chosen);
	struct series series = { 0 };
	int64_t *days = NULL;
	svctag_error err = values == NULL ? SVCTAG_E_NO_MEMORY : loaded_days(answer.catalogue, answer.cloud, &days);

	if (err == SVCTAG_OK) {
		fill_values(&answer, chosen, tags, values);
		make_series(&answer, chosen, tags, values, &series);
		err = list_chart(out, &answer, days, &series, tags);
	}
	free(values);
	free(days);
	return err;
}

/* What is drawn of a copy, by family. */
enum {
	COPY_COVERED,
	COPY_MISSING,
	COPY_STALE,
	COPY_VALUES,
};

static void
fill_copy(const struct drift_answer *answer, double *values)
{
	size_t n = answer->releases;

	for (size_t r = 0; r < n; r++) {
		svctag_drift_coverage coverage = svctag_drift_coverage_at(answer->drift, 0, r);

		for (size_t f = 0; f < 2; f++) {
			values[(f * COPY_VALUES + COPY_COVERED) * n + r] = drift_fraction(&coverage, (int)f);
			values[(f * COPY_VALUES + COPY_MISSING) * n + r] = svctag_count_to_double(coverage.missing[f]);
			values[(f * COPY_VALUES + COPY_STALE) * n + r] = svctag_count_to_double(coverage.stale[f]);
		}
	}
}

static svctag_error
copy_chart(FILE *out, const struct drift_answer *answer, const int64_t *days, const double *values)
{
	const svctag_release_info *frozen = svctag_drift_frozen(answer->drift);
	const char *tag = svctag_drift_tag_name(answer->drift, svctag_drift_intended(answer->drift, 0));
	size_t n = answer->releases;
	const struct svg_series covered[] = { { "IPv4", values + COPY_COVERED * n },
					      { "IPv6", values + (COPY_VALUES + COPY_COVERED) * n } };
	const struct svg_series counts[2][2] = {
		{ { "missing", values + COPY_MISSING * n }, { "stale", values + COPY_STALE * n } },
		{ { "missing", values + (COPY_VALUES + COPY_MISSING) * n },
		  { "stale", values + (COPY_VALUES + COPY_STALE) * n } },
	};
	const struct svg_panel panels[] = {
		{ .title = "Share of the tag that the copy covers",
		  .kind = SVG_LINES,
		  .series = covered,
		  .series_count = 2,
		  .top = 1,
		  .percent = true },
		{ .title = "IPv4 addresses", .kind = SVG_LINES, .series = counts[0], .series_count = 2 },
		{ .title = "IPv6 addresses", .kind = SVG_LINES, .series = counts[1], .series_count = 2 },
	};
	char title[320];
	char description[512];
	const struct svg_chart chart = {
		.title = title, .description = description, .days = days, .count = n, .panels = panels, .panel_count = 3
	};

	snprintf(title, sizeof(title), "What became of a copy of %s made at %lld (%s)", tag,
		 (long long)frozen->change_number, frozen->published);
	snprintf(description, sizeof(description),
		 "The share of the tag %s that its copy of %s covers, the addresses that the copy misses, and those "
		 "that "
		 "are the tag's no more, in %zu releases of cloud %s.",
		 tag, frozen->published, n, frozen->cloud);
	return svg_write(out, &chart);
}

svctag_error
report_drift_copy_svg(FILE *out, const svctag_drift *drift)
{
	const struct drift_answer answer = drift_answer_of(NULL, drift);
	double *values = calloc(answer.releases * COPY_VALUES * 2, sizeof(*values));
	int64_t *days = NULL;
	svctag_error err = values == NULL ? SVCTAG_E_NO_MEMORY : loaded_days(answer.catalogue, answer.cloud, &days);

	if (err == SVCTAG_OK) {
		fill_copy(&answer, values);
		err = copy_chart(out, &answer, days, values);
	}
	free(values);
	free(days);
	return err;
}
