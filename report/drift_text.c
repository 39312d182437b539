/* A drift for people. */
#include <math.h>
#include <string.h>

#include "drift_internal.h"
#include "format.h"
#include "loaded.h"
#include "table.h"

/* So much is listed; the other formats have all. */
#define MOST_ENTRIES 40
#define MOST_PROBLEMS 10
#define MOST_TAGS 40

void
drift_problems_text(FILE *out, const struct report_style *style, const struct list *list)
{
	size_t shown = 0;

	for (size_t i = 0; i < list->problem_count && shown < MOST_PROBLEMS; i++, shown++) {
		const struct list_problem *problem = &list->problems[i];
		char place[LIST_PLACE_SIZE];

		list_place_format(list, problem->line, problem->path, place);
		fprintf(out, "  %s%s:%s ", format_colour(style, problem->is_warning ? FORMAT_CHANGED : FORMAT_BAD),
			problem->is_warning ? "warning" : "unreadable", format_colour(style, FORMAT_PLAIN));
		format_text(out, place);
		fputs(": '", out);
		format_text(out, problem->text);
		fputs("': ", out);
		format_text(out, problem->error);
		putc('\n', out);
	}
	if (list->problem_count + list->problems_left_off > shown)
		fprintf(out, "  … and %zu more\n", list->problem_count + list->problems_left_off - shown);
}

static void
list_text(FILE *out, const struct report_style *style, const struct drift_answer *answer)
{
	const svctag_count *addresses = svctag_drift_addresses(answer->drift);
	size_t entries = answer->list->entry_count;
	char ipv4[SVCTAG_COUNT_TEXT_SIZE];
	char ipv6[SVCTAG_COUNT_TEXT_SIZE];

	fputs(format_colour(style, FORMAT_HEADING), out);
	format_text(out, answer->list->name);
	fprintf(out, "%s (%s): %zu entr%s, %s IPv4 and %s IPv6 addresses\n", format_colour(style, FORMAT_PLAIN),
		answer->list->format, entries, entries == 1 ? "y" : "ies", format_count(addresses[0], ipv4),
		format_count(addresses[1], ipv6));
	drift_problems_text(out, style, answer->list);
}

const char *
drift_where(const struct drift_answer *answer, svctag_drift_state state, uint32_t tag, char text[DRIFT_WHERE_SIZE])
{
	if (tag == SVCTAG_DRIFT_NO_TAG)
		return "no tag";
	snprintf(text, DRIFT_WHERE_SIZE, "%s%s", state == SVCTAG_DRIFT_ONLY_AZURECLOUD ? "only " : "",
		 svctag_drift_tag_name(answer->drift, tag));
	return text;
}

static void
break_text(FILE *out, const struct report_style *style, const struct drift_answer *answer)
{
	const svctag_drift_break *first = svctag_drift_first_break(answer->drift);
	const svctag_release_info *release;
	const svctag_release_info *before;
	char entry[SVCTAG_RANGE_TEXT_SIZE];
	char to[DRIFT_WHERE_SIZE];

	if (first == NULL) {
		fprintf(out, "%snothing that was as intended broke%s\n", format_colour(style, FORMAT_GOOD),
			format_colour(style, FORMAT_PLAIN));
		return;
	}
	release = drift_release(answer, first->release);
	before = drift_release(answer, first->release - 1);
	list_entry_format(&answer->list->entries[first->entry], entry);
	fprintf(out, "%sfirst broken%s between %lld (%s) and %lld (%s): %s left ", format_colour(style, FORMAT_BAD),
		format_colour(style, FORMAT_PLAIN), (long long)before->change_number, before->published,
		(long long)release->change_number, release->published, entry);
	format_text(out, svctag_drift_tag_name(answer->drift, first->from));
	fputs(", then in ", out);
	format_text(out, drift_where(answer, first->state, first->to, to));
	if (first->count > 1)
		fprintf(out, "; %zu entries broke then", first->count);
	putc('\n', out);
}

static svctag_error
releases_text(FILE *out, const struct report_style *style, const struct drift_answer *answer)
{
	static const char *const heading[] = { "CHANGE",    "PUBLISHED",       "AS INTENDED",
					       "OTHER TAG", "ONLY AZURECLOUD", "NO TAG" };
	struct table table = { .alignment = "rlrrrr" };
	svctag_error err;

	for (size_t i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, heading[i]);
	for (size_t r = 0; r < answer->releases; r++) {
		const svctag_release_info *info = drift_release(answer, r);
		const size_t *states = svctag_drift_states(answer->drift, r);

		if (r > 0 && r + 1 < answer->releases &&
		    memcmp(states, svctag_drift_states(answer->drift, r - 1),
			   SVCTAG_DRIFT_STATE_COUNT * sizeof(*states)) == 0)
			continue;
		table_cellf(&table, "%lld", (long long)info->change_number);
		table_cell(&table, info->published);
		for (int s = 0; s < SVCTAG_DRIFT_STATE_COUNT; s++)
			table_cellf(&table, "%zu", states[s]);
	}
	err = table_print(&table, out, style, 2, true);
	table_release(&table);
	return err;
}

static void
cell_fraction(struct table *table, double fraction)
{
	if (isnan(fraction))
		table_cell(table, "-");
	else
		table_cellf(table, "%.2f %%", 100 * fraction);
}

static void
cells_coverage(struct table *table, const svctag_drift_coverage *coverage)
{
	char count[SVCTAG_COUNT_TEXT_SIZE];

	for (int f = 0; f < 2; f++) {
		cell_fraction(table, drift_fraction(coverage, f));
		table_cell(table, format_count(coverage->missing[f], count));
		table_cell(table, format_count(coverage->stale[f], count));
	}
}

static void
heading_coverage(struct table *table)
{
	static const char *const heading[] = { "IPV4 COVERED", "MISSING", "STALE", "IPV6 COVERED", "MISSING", "STALE" };

	for (size_t i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(table, heading[i]);
}

static svctag_error
tags_text(FILE *out, const struct report_style *style, const struct drift_answer *answer)
{
	size_t count = svctag_drift_intended_count(answer->drift);
	struct table table = { .alignment = "lrrrrrrl" };
	svctag_error err;

	if (count == 0)
		return SVCTAG_OK;
	fprintf(out, "\nThe tags that entries are meant for, in %lld (%s):\n",
		(long long)drift_release(answer, answer->releases - 1)->change_number,
		drift_release(answer, answer->releases - 1)->published);
	table_cell(&table, "TAG");
	heading_coverage(&table);
	table_cell(&table, "");
	for (size_t i = 0; i < count && i < MOST_TAGS; i++) {
		svctag_drift_coverage coverage = svctag_drift_coverage_at(answer->drift, i, answer->releases - 1);
		uint32_t tag = svctag_drift_intended(answer->drift, i);

		table_cell(&table, svctag_drift_tag_name(answer->drift, tag));
		cells_coverage(&table, &coverage);
		table_cell(&table, svctag_drift_tag_is_known(answer->drift, tag) ? "" : "in no loaded release");
	}
	err = table_print(&table, out, style, 2, true);
	table_release(&table);
	if (count > MOST_TAGS)
		fprintf(out, "  … and %zu more\n", count - MOST_TAGS);
	return err;
}

/* Is there anything to say of the entry? */
static bool
is_worth_telling(const struct drift_answer *answer, size_t entry)
{
	size_t count;
	const svctag_drift_span *spans = svctag_drift_timeline(answer->drift, entry, &count);

	for (size_t s = 0; s < count; s++)
		if (spans[s].state != SVCTAG_DRIFT_AS_INTENDED)
			return true;
	return false;
}

/* One line for each state that it was in. */
static void
entry_text(FILE *out, const struct report_style *style, const struct drift_answer *answer, size_t i)
{
	uint32_t intent = svctag_drift_intent(answer->drift, i);
	char text[SVCTAG_RANGE_TEXT_SIZE];
	char place[LIST_PLACE_SIZE];
	char tag[DRIFT_WHERE_SIZE];
	size_t count;
	const svctag_drift_span *spans = svctag_drift_timeline(answer->drift, i, &count);

	list_entry_format(&answer->list->entries[i], text);
	drift_place(answer->list, i, place);
	fprintf(out, "  %s  %s", text, format_colour(style, FORMAT_FAINT));
	format_text(out, place);
	fprintf(out, "%s  meant for ", format_colour(style, FORMAT_PLAIN));
	format_text(out, intent == SVCTAG_DRIFT_NO_TAG ? "no tag" : svctag_drift_tag_name(answer->drift, intent));
	putc('\n', out);
	for (size_t s = 0; s < count; s++) {
		bool good = spans[s].state == SVCTAG_DRIFT_AS_INTENDED;

		fprintf(out, "    %s from %5lld  %s", drift_release(answer, spans[s].first)->published,
			(long long)drift_release(answer, spans[s].first)->change_number,
			format_colour(style, good ? FORMAT_GOOD : FORMAT_BAD));
		format_text(out, drift_where(answer, spans[s].state, spans[s].tag, tag));
		fprintf(out, "%s\n", format_colour(style, FORMAT_PLAIN));
	}
}

static void
entries_text(FILE *out, const struct report_style *style, const struct drift_answer *answer)
{
	size_t told = 0;
	size_t all = 0;

	for (size_t i = 0; i < svctag_drift_entry_count(answer->drift); i++) {
		if (!is_worth_telling(answer, i))
			continue;
		if (all++ == 0)
			fputs("\nEntries that are, or once were, not as intended:\n", out);
		if (told < MOST_ENTRIES) {
			entry_text(out, style, answer, i);
			told++;
		}
	}
	if (all > told)
		fprintf(out, "  … and %zu more; --format json and ndjson have them all\n", all - told);
}

svctag_error
drift_write_text(FILE *out, const struct report_style *style, const struct drift_answer *answer, unsigned int width)
{
	svctag_error err;

	list_text(out, style, answer);
	err = loaded_text(out, style, answer->catalogue, answer->cloud, width);
	if (err != SVCTAG_OK)
		return err;
	break_text(out, style, answer);
	putc('\n', out);
	err = releases_text(out, style, answer);
	if (err == SVCTAG_OK)
		err = tags_text(out, style, answer);
	if (err == SVCTAG_OK)
		entries_text(out, style, answer);
	return err == SVCTAG_OK ? format_written(out) : err;
}

static bool
same_coverage(const svctag_drift_coverage *a, const svctag_drift_coverage *b)
{
	for (int f = 0; f < 2; f++)
		if (svctag_count_compare(a->missing[f], b->missing[f]) != 0 ||
		    svctag_count_compare(a->stale[f], b->stale[f]) != 0)
			return false;
	return true;
}

svctag_error
drift_copy_write_text(FILE *out, const struct report_style *style, const struct drift_answer *answer)
{
	struct table table = { .alignment = "rlrrrrrr" };
	char frozen[FORMAT_RELEASE_SIZE];
	svctag_error err;

	fputs(format_colour(style, FORMAT_HEADING), out);
	format_text(out, svctag_drift_tag_name(answer->drift, svctag_drift_intended(answer->drift, 0)));
	fprintf(out, "%s copied from %s\n", format_colour(style, FORMAT_PLAIN),
		format_release(svctag_drift_frozen(answer->drift), frozen));
	table_cell(&table, "CHANGE");
	table_cell(&table, "PUBLISHED");
	heading_coverage(&table);
	for (size_t r = 0; r < answer->releases; r++) {
		const svctag_release_info *info = drift_release(answer, r);
		svctag_drift_coverage coverage = svctag_drift_coverage_at(answer->drift, 0, r);
		svctag_drift_coverage before = svctag_drift_coverage_at(answer->drift, 0, r > 0 ? r - 1 : 0);

		if (r > 0 && r + 1 < answer->releases && same_coverage(&coverage, &before))
			continue;
		table_cellf(&table, "%lld", (long long)info->change_number);
		table_cell(&table, info->published);
		cells_coverage(&table, &coverage);
	}
	err = table_print(&table, out, style, 2, true);
	table_release(&table);
	return err;
}
