/* A diff for people who read it in a merge request, a wiki or a mail. */
#include <string.h>

#include "diff.h"
#include "format.h"

static void
count_row(FILE *out, const char *what, size_t count)
{
	fprintf(out, "| %s | %zu |\n", what, count);
}

static void
address_row(FILE *out, const char *what, const svctag_count counts[2])
{
	char text[SVCTAG_COUNT_TEXT_SIZE];

	fprintf(out, "| IPv4 addresses %s | %s |\n", what, format_count(counts[0], text));
	fprintf(out, "| IPv6 addresses %s | %s |\n", what, format_count(counts[1], text));
}

static void
write_head(FILE *out, const struct diff_answer *answer)
{
	const svctag_diff_summary *summary = svctag_diff_get_summary(answer->diff);
	char text[FORMAT_RELEASE_SIZE];
	char day[SVCTAG_DAY_SIZE];

	fputs("# ", out);
	format_markdown(out, format_release(answer->to, text));
	fputs("\n\nWhat changed since ", out);
	format_markdown(out, format_release(answer->from, text));
	report_in_use_from(answer->to, day);
	fprintf(out, ". New ranges may come into use from **%s**, a week after publication.\n\n", day);
	if (answer->gap)
		fputs("> Releases between these two were never loaded.\n\n", out);
	if (strcmp(answer->from->source, answer->to->source) != 0)
		fprintf(out, "> The sources differ (%s, %s): not every difference is a change.\n\n",
			answer->from->source, answer->to->source);
	fputs("| Summary | Count |\n|---|--:|\n", out);
	count_row(out, "Tags added", summary->tags_added);
	count_row(out, "Tags removed", summary->tags_removed);
	count_row(out, "Tags changed", summary->tags_changed);
	count_row(out, "Prefixes added", summary->prefixes_added);
	count_row(out, "Prefixes removed", summary->prefixes_removed);
	count_row(out, "Prefixes regrouped", summary->prefixes_regrouped);
	address_row(out, "gained", summary->addresses_gained);
	address_row(out, "lost", summary->addresses_lost);
}

static void
write_overview(FILE *out, const svctag_diff *diff)
{
	fputs("\n## Tags\n\n| Tag | Change | Region | Gained | Lost | Regrouped |\n|---|---|---|--:|--:|--:|\n", out);
	for (size_t i = 0; i < svctag_diff_tag_count(diff); i++) {
		const svctag_tag_diff *tag = svctag_diff_tag(diff, i);
		const svctag_properties *properties = diff_current(tag);

		fputs("| ", out);
		format_markdown(out, properties->name);
		fprintf(out, " | %s | ", diff_change_text(tag->change));
		format_markdown(out, properties->region);
		fprintf(out, " | %zu | %zu | %zu |\n", tag->gained.count, tag->lost.count,
			tag->regrouped_from.count + tag->regrouped_to.count);
	}
}

static void
write_value(FILE *out, const char *value)
{
	if (value == NULL)
		fputs("null", out);
	else if (*value == '\0')
		fputs("nothing", out);
	else
		format_markdown(out, value);
}

static void
write_properties(FILE *out, const svctag_tag_diff *tag)
{
	bool any = false;

	if (tag->from == NULL || tag->to == NULL)
		return;
	for (enum diff_property p = 0; p < DIFF_PROPERTY_COUNT; p++) {
		char number[DIFF_NUMBER_SIZE];

		if (!diff_property_differs(p, &tag->from->properties, &tag->to->properties))
			continue;
		fprintf(out, "%s- %s: ", any ? "" : "\n", diff_property_name(p));
		write_value(out, diff_property_text(p, &tag->from->properties, number));
		fputs(" → ", out);
		write_value(out, diff_property_text(p, &tag->to->properties, number));
		putc('\n', out);
		any = true;
	}
}

static void
write_prefixes(FILE *out, char mark, const svctag_prefix_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		char text[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&list->prefixes[i], text);
		fprintf(out, "%c %s\n", mark, text);
	}
}

static void
write_tag(FILE *out, const svctag_tag_diff *tag)
{
	size_t regrouped = tag->regrouped_from.count + tag->regrouped_to.count;

	fputs("\n### ", out);
	format_markdown(out, diff_current(tag)->name);
	fprintf(out, "%s\n",
		tag->change == SVCTAG_CHANGE_ADDED     ? " (new)"
		: tag->change == SVCTAG_CHANGE_REMOVED ? " (gone)"
						       : "");
	write_properties(out, tag);
	if (regrouped > 0)
		fprintf(out, "\n%zu prefix%s regrouped: written differently, the same addresses.\n", regrouped,
			regrouped == 1 ? "" : "es");
	if (tag->gained.count == 0 && tag->lost.count == 0)
		return;
	fputs("\nAddresses gained (+) and lost (-):\n\n```diff\n", out);
	write_prefixes(out, '+', &tag->gained);
	write_prefixes(out, '-', &tag->lost);
	fputs("```\n", out);
}

svctag_error
report_diff_markdown(FILE *out, const svctag_release_info *from, const svctag_release_info *to, bool gap,
		     const svctag_diff *diff)
{
	const struct diff_answer answer = { from, to, gap, diff };
	size_t count = svctag_diff_tag_count(diff);

	write_head(out, &answer);
	if (count == 0)
		fputs("\nNo tag changed.\n", out);
	else
		write_overview(out, diff);
	for (size_t i = 0; i < count; i++)
		write_tag(out, svctag_diff_tag(diff, i));
	return format_written(out);
}
