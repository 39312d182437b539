#include <string.h>

#include "csv.h"
#include "diff.h"
#include "format.h"

static void
csv_row(struct csv *csv, const struct diff_answer *answer, const svctag_tag_diff *tag, const char *what)
{
	csv_text(csv, diff_current(tag)->name);
	csv_text(csv, diff_change_text(tag->change));
	csv_integer(csv, answer->from->change_number);
	csv_text(csv, answer->from->published);
	csv_integer(csv, answer->to->change_number);
	csv_text(csv, answer->to->published);
	csv_text(csv, what);
}

static void
csv_list(struct csv *csv, const struct diff_answer *answer, const svctag_tag_diff *tag, const char *what,
	 const svctag_prefix_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		csv_row(csv, answer, tag, what);
		csv_prefix(csv, &list->prefixes[i]);
		csv_text(csv, NULL);
		csv_text(csv, NULL);
		csv_end(csv);
	}
}

static void
csv_properties(struct csv *csv, const struct diff_answer *answer, const svctag_tag_diff *tag)
{
	if (tag->from == NULL || tag->to == NULL)
		return;
	for (enum diff_property p = 0; p < DIFF_PROPERTY_COUNT; p++) {
		char number[DIFF_NUMBER_SIZE];

		if (!diff_property_differs(p, &tag->from->properties, &tag->to->properties))
			continue;
		csv_row(csv, answer, tag, diff_property_name(p));
		csv_text(csv, NULL);
		csv_text(csv, diff_property_text(p, &tag->from->properties, number));
		csv_text(csv, diff_property_text(p, &tag->to->properties, number));
		csv_end(csv);
	}
}

svctag_error
diff_write_csv(FILE *out, const struct diff_answer *answer)
{
	struct csv csv = { .out = out };

	fputs("tag,change,fromChangeNumber,fromPublished,toChangeNumber,toPublished,what,prefix,from,to\n", out);
	for (size_t i = 0; i < svctag_diff_tag_count(answer->diff); i++) {
		const svctag_tag_diff *tag = svctag_diff_tag(answer->diff, i);

		csv_list(&csv, answer, tag, "added", &tag->added);
		csv_list(&csv, answer, tag, "removed", &tag->removed);
		csv_list(&csv, answer, tag, "regroupedFrom", &tag->regrouped_from);
		csv_list(&csv, answer, tag, "regroupedTo", &tag->regrouped_to);
		csv_list(&csv, answer, tag, "gained", &tag->gained);
		csv_list(&csv, answer, tag, "lost", &tag->lost);
		csv_properties(&csv, answer, tag);
	}
	return format_written(out);
}

static void
text_list(FILE *out, const struct report_style *style, enum format_colour colour, const char *mark,
	  const svctag_prefix_list *list, const char *note)
{
	for (size_t i = 0; i < list->count; i++) {
		char text[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&list->prefixes[i], text);
		fprintf(out, "    %s%s %s%s%s\n", format_colour(style, colour), mark, text, note,
			format_colour(style, FORMAT_PLAIN));
	}
}

static void
text_properties(FILE *out, const svctag_tag_diff *tag)
{
	if (tag->from == NULL || tag->to == NULL)
		return;
	for (enum diff_property p = 0; p < DIFF_PROPERTY_COUNT; p++) {
		char from_number[DIFF_NUMBER_SIZE];
		char to_number[DIFF_NUMBER_SIZE];
		const char *from = diff_property_text(p, &tag->from->properties, from_number);
		const char *to = diff_property_text(p, &tag->to->properties, to_number);

		if (diff_property_differs(p, &tag->from->properties, &tag->to->properties))
			fprintf(out, "    %s: %s -> %s\n", diff_property_name(p), from == NULL ? "null" : from,
				to == NULL ? "null" : to);
	}
}

static void
text_tag(FILE *out, const struct report_style *style, const svctag_tag_diff *tag)
{
	static const char marks[] = { '+', '-', '~' };
	static const enum format_colour colours[] = { FORMAT_GOOD, FORMAT_BAD, FORMAT_CHANGED };

	fprintf(out, "%s%c %s%s%s\n", format_colour(style, colours[tag->change]), marks[tag->change],
		diff_current(tag)->name,
		tag->change == SVCTAG_CHANGE_ADDED     ? " (new tag)"
		: tag->change == SVCTAG_CHANGE_REMOVED ? " (tag gone)"
						       : "",
		format_colour(style, FORMAT_PLAIN));
	text_list(out, style, FORMAT_GOOD, "+", &tag->added, "");
	text_list(out, style, FORMAT_BAD, "-", &tag->removed, "");
	text_list(out, style, FORMAT_FAINT, "-", &tag->regrouped_from, "  regrouped: its addresses stay in the tag");
	text_list(out, style, FORMAT_FAINT, "+", &tag->regrouped_to, "  regrouped: its addresses were in the tag");
	text_properties(out, tag);
}

static void
text_addresses(FILE *out, const char *what, const svctag_count counts[2])
{
	char text[SVCTAG_COUNT_TEXT_SIZE];

	fprintf(out, "  addresses %s: %s IPv4, ", what, format_count(counts[0], text));
	fprintf(out, "%s IPv6\n", format_count(counts[1], text));
}

static void
text_head(FILE *out, const struct report_style *style, const struct diff_answer *answer)
{
	const svctag_diff_summary *summary = svctag_diff_get_summary(answer->diff);
	char text[FORMAT_RELEASE_SIZE];

	fprintf(out, "%s%s", format_colour(style, FORMAT_HEADING), format_release(answer->from, text));
	fprintf(out, " -> %s%s\n", format_release(answer->to, text), format_colour(style, FORMAT_PLAIN));
	if (answer->gap)
		fputs("  note: releases between these two were never loaded\n", out);
	if (strcmp(answer->from->source, answer->to->source) != 0)
		fprintf(out, "  note: the sources differ (%s, %s): not every difference is a change\n",
			answer->from->source, answer->to->source);
	fprintf(out, "  tags: %zu added, %zu removed, %zu changed\n", summary->tags_added, summary->tags_removed,
		summary->tags_changed);
	fprintf(out, "  prefixes: %zu added, %zu removed, %zu regrouped\n", summary->prefixes_added,
		summary->prefixes_removed, summary->prefixes_regrouped);
	text_addresses(out, "gained", summary->addresses_gained);
	text_addresses(out, "lost", summary->addresses_lost);
}

svctag_error
diff_write_text(FILE *out, const struct report_style *style, const struct diff_answer *answer)
{
	text_head(out, style, answer);
	for (size_t i = 0; i < svctag_diff_tag_count(answer->diff); i++)
		text_tag(out, style, svctag_diff_tag(answer->diff, i));
	return format_written(out);
}
