/* What there is to tell of a list, for people who read it in a mail, a chat or a ticket. */
#include <math.h>

#include "drift_event.h"
#include "drift_internal.h"
#include "format.h"

/** Most entries and lines that are listed; the JSON has more. */
#define MOST_ROWS 1000

static void
write_head(FILE *out, const struct report_drift_event *event, const struct drift_answer *answer)
{
	const svctag_release_info *before = report_drift_event_before(event);
	char text[FORMAT_RELEASE_SIZE];

	switch (event->occasion) {
	case REPORT_DRIFT_RELEASE:
		fputs("Entries that were in the tag they are meant for in ", out);
		format_markdown(out, format_release(before, text));
		fputs(" are so no more: what they were allowed for is blocked, and they open what may be anybody's.\n",
		      out);
		if (svctag_catalogue_gap(answer->catalogue, before, report_drift_event_at(event)))
			fputs("\n> Releases between these two were never loaded.\n", out);
		break;
	case REPORT_DRIFT_FIRST: fputs("The list is watched from now on. This is how it stands.\n", out); break;
	case REPORT_DRIFT_CHANGED: fputs("The list was changed. This is how it stands.\n", out); break;
	}
	fputs("\n- list: ", out);
	format_markdown(out, event->path);
	fprintf(out, " (%s), %zu entr%s\n", event->list->format, event->list->entry_count,
		event->list->entry_count == 1 ? "y" : "ies");
}

static void
write_states(FILE *out, const struct report_drift_event *event)
{
	static const char *const names[] = {
		[SVCTAG_DRIFT_AS_INTENDED] = "as intended",
		[SVCTAG_DRIFT_OTHER_TAG] = "in another tag",
		[SVCTAG_DRIFT_ONLY_AZURECLOUD] = "only in AzureCloud",
		[SVCTAG_DRIFT_NONE] = "in no tag",
	};
	const size_t *states = svctag_drift_states(event->drift, event->release);

	for (int s = 0; s < SVCTAG_DRIFT_STATE_COUNT; s++)
		fprintf(out, "- %s: %zu\n", names[s], states[s]);
	if (event->returned_count > 0)
		fprintf(out, "- came back to their tag: %zu\n", event->returned_count);
}

static void
write_more(FILE *out, size_t count)
{
	if (count > MOST_ROWS)
		fprintf(out, "\n… and %zu more.\n", count - MOST_ROWS);
}

/* The state of a broken entry in the release that the event is about. */
static const char *
where_now(const struct report_drift_event *event, const struct drift_answer *answer, size_t entry,
	  char text[DRIFT_WHERE_SIZE])
{
	const svctag_drift_span *span = drift_span_at(event->drift, entry, event->release);

	return drift_where(answer, span->state, span->tag, text);
}

static void
write_broken(FILE *out, const struct report_drift_event *event, const struct drift_answer *answer)
{
	if (event->broken_count == 0)
		return;
	fputs("\n| Entry | Place | Meant for | Now in | Since |\n|---|---|---|---|---|\n", out);
	for (size_t i = 0; i < event->broken_count && i < MOST_ROWS; i++) {
		const size_t entry = event->broken[i];
		const svctag_release_info *since = drift_broken_since(answer, entry, event->release);
		char release[FORMAT_RELEASE_SIZE];
		char text[SVCTAG_RANGE_TEXT_SIZE];
		char place[LIST_PLACE_SIZE];
		char where[DRIFT_WHERE_SIZE];

		list_entry_format(&event->list->entries[entry], text);
		drift_place(event->list, entry, place);
		fprintf(out, "| %s | ", text);
		format_markdown(out, place);
		fputs(" | ", out);
		format_markdown(out, drift_tag_or_null(answer, svctag_drift_intent(event->drift, entry)));
		fputs(" | ", out);
		format_markdown(out, where_now(event, answer, entry, where));
		fputs(" | ", out);
		format_markdown(out, since == NULL ? "always" : format_release(since, release));
		fputs(" |\n", out);
	}
	write_more(out, event->broken_count);
}

static void
write_coverage(FILE *out, const svctag_drift_coverage *coverage, int family)
{
	const double fraction = drift_fraction(coverage, family);
	char missing[SVCTAG_COUNT_TEXT_SIZE];
	char stale[SVCTAG_COUNT_TEXT_SIZE];

	if (isnan(fraction))
		fputs(" | -", out);
	else
		fprintf(out, " | %.2f %%", 100 * fraction);
	fprintf(out, " | %s | %s", format_count(coverage->missing[family], missing),
		format_count(coverage->stale[family], stale));
}

static void
write_tags(FILE *out, const struct report_drift_event *event)
{
	if (event->tag_count == 0)
		return;
	fputs("\nWhat the list covers of these tags. Missing addresses are blocked by it, stale ones open without "
	      "need.\n\n| Tag | IPv4 covered | Missing | Stale | IPv6 covered | Missing | Stale |\n"
	      "|---|--:|--:|--:|--:|--:|--:|\n",
	      out);
	for (size_t i = 0; i < event->tag_count && i < MOST_ROWS; i++) {
		const svctag_drift_coverage coverage =
			svctag_drift_coverage_at(event->drift, event->tags[i], event->release);
		const uint32_t tag = svctag_drift_intended(event->drift, event->tags[i]);

		fputs("| ", out);
		format_markdown(out, svctag_drift_tag_name(event->drift, tag));
		if (!svctag_drift_tag_is_known(event->drift, tag))
			fputs(" (in no loaded release)", out);
		write_coverage(out, &coverage, 0);
		write_coverage(out, &coverage, 1);
		fputs(" |\n", out);
	}
	write_more(out, event->tag_count);
}

static void
write_unreadable(FILE *out, const struct report_drift_event *event)
{
	const struct list *list = event->list;
	size_t written = 0;

	if (report_drift_event_unreadable(event) == 0)
		return;
	fputs("\nNot read, and so not watched:\n\n", out);
	for (size_t i = 0; i < list->problem_count && written < MOST_ROWS; i++) {
		const struct list_problem *problem = &list->problems[i];
		char place[LIST_PLACE_SIZE];

		if (problem->is_warning)
			continue;
		list_place_format(list, problem->line, problem->path, place);
		fputs("- ", out);
		format_markdown(out, place);
		fputs(": '", out);
		format_markdown(out, problem->text);
		fputs("': ", out);
		format_markdown(out, problem->error);
		putc('\n', out);
		written++;
	}
	write_more(out, report_drift_event_unreadable(event));
}

svctag_error
report_drift_event_markdown(FILE *out, const struct report_drift_event *event)
{
	const struct drift_answer answer = drift_answer_of(event->list, event->drift);
	char title[REPORT_DRIFT_TITLE_SIZE];

	fputs("# ", out);
	report_drift_event_title(event, title);
	format_markdown(out, title);
	fputs("\n\n", out);
	write_head(out, event, &answer);
	write_states(out, event);
	write_broken(out, event, &answer);
	write_tags(out, event);
	write_unreadable(out, event);
	return format_written(out);
}
