/* What changed between two releases, on a page. */
#include "html.h"

#include <string.h>

#include "format.h"
#include "markup.h"

/* So many tags, and prefixes of each, are listed; the other formats have all. */
#define MOST_TAGS 400
#define MOST_PREFIXES 100

static void
write_figure(FILE *out, const char *name, size_t count)
{
	fprintf(out, "<div><dt>%s</dt><dd>", name);
	html_number(out, count);
	fputs("</dd></div>\n", out);
}

static void
write_addresses(FILE *out, const char *name, const char *sign, const svctag_count counts[2])
{
	fprintf(out, "<div><dt>%s</dt><dd>%s", name, sign);
	html_count(out, counts[0]);
	fputs(" IPv4", out);
	if (!svctag_count_is_zero(counts[1])) {
		fprintf(out, ", %s", sign);
		html_count(out, counts[1]);
		fputs(" IPv6", out);
	}
	fputs("</dd></div>\n", out);
}

static void
write_summary(FILE *out, const struct diff_answer *answer)
{
	const svctag_diff_summary *summary = svctag_diff_get_summary(answer->diff);
	char day[SVCTAG_DAY_SIZE];

	fputs("<dl class=\"facts\">\n", out);
	write_figure(out, "Tags added", summary->tags_added);
	write_figure(out, "Tags removed", summary->tags_removed);
	write_figure(out, "Tags changed", summary->tags_changed);
	write_figure(out, "Prefixes added", summary->prefixes_added);
	write_figure(out, "Prefixes removed", summary->prefixes_removed);
	write_figure(out, "Prefixes regrouped", summary->prefixes_regrouped);
	write_addresses(out, "Addresses gained", "+", summary->addresses_gained);
	write_addresses(out, "Addresses lost", "−", summary->addresses_lost);
	fputs("</dl>\n", out);
	report_in_use_from(answer->to, day);
	fprintf(out, "<p class=\"faint\">New ranges may come into use from %s, a week after publication.</p>\n", day);
	if (answer->gap)
		fputs("<p class=\"notice\">Releases between these two were never loaded.</p>\n", out);
	if (strcmp(answer->from->source, answer->to->source) != 0)
		fprintf(out, "<p class=\"notice\">The sources differ (%s, %s): not every difference is a change.</p>\n",
			answer->from->source, answer->to->source);
}

static void
write_list(FILE *out, const char *kind, const char *title, const svctag_prefix_list *list)
{
	if (list->count == 0)
		return;
	fprintf(out, "<h3>%s</h3><ul class=\"prefix-list %s\">", title, kind);
	for (size_t i = 0; i < list->count && i < MOST_PREFIXES; i++) {
		fputs("<li>", out);
		html_prefix(out, &list->prefixes[i]);
		fputs("</li>", out);
	}
	if (list->count > MOST_PREFIXES)
		fprintf(out, "<li>… %zu more</li>", list->count - MOST_PREFIXES);
	fputs("</ul>\n", out);
}

static void
write_value(FILE *out, const char *value)
{
	if (value == NULL || *value == '\0')
		fprintf(out, "<span class=\"faint\">%s</span>", value == NULL ? "null" : "nothing");
	else
		markup_text(out, value);
}

static void
write_properties(FILE *out, const svctag_tag_diff *tag)
{
	if (tag->from == NULL || tag->to == NULL)
		return;
	for (enum diff_property p = 0; p < DIFF_PROPERTY_COUNT; p++) {
		char number[DIFF_NUMBER_SIZE];

		if (!diff_property_differs(p, &tag->from->properties, &tag->to->properties))
			continue;
		fprintf(out, "<p><span class=\"faint\">%s</span> ", diff_property_name(p));
		write_value(out, diff_property_text(p, &tag->from->properties, number));
		fputs(" → ", out);
		write_value(out, diff_property_text(p, &tag->to->properties, number));
		fputs("</p>\n", out);
	}
}

/* "+3 −1 ~2": prefixes gained, lost and regrouped. */
static void
write_counts(FILE *out, const svctag_tag_diff *tag)
{
	size_t regrouped = tag->regrouped_from.count + tag->regrouped_to.count;

	if (tag->gained.count + tag->lost.count + regrouped == 0 && tag->change == SVCTAG_CHANGE_CHANGED) {
		fputs("<span class=\"kind\">properties</span>", out);
		return;
	}
	fputs("<span class=\"counts\">", out);
	if (tag->gained.count > 0)
		fprintf(out, "<span class=\"gained\">+%zu</span> ", tag->gained.count);
	if (tag->lost.count > 0)
		fprintf(out, "<span class=\"lost\">−%zu</span> ", tag->lost.count);
	if (regrouped > 0)
		fprintf(out, "<span class=\"faint\">~%zu</span>", regrouped);
	fputs("</span>", out);
}

static void
write_tag(FILE *out, const struct html_place *place, const struct diff_answer *answer, const svctag_tag_diff *tag)
{
	static const char *const names[] = {
		[SVCTAG_CHANGE_ADDED] = "new", [SVCTAG_CHANGE_REMOVED] = "gone", [SVCTAG_CHANGE_CHANGED] = ""
	};
	const svctag_properties *properties = diff_current(tag);
	/* as it was in the release that has it */
	const struct html_place then = { place->cloud, (tag->to != NULL ? answer->to : answer->from)->published };

	fprintf(out, "<details class=\"change %s\"><summary><span class=\"name\">", diff_change_text(tag->change));
	markup_text(out, properties->name);
	fprintf(out, "</span> <span class=\"kind\">%s</span> ", names[tag->change]);
	write_counts(out, tag);
	fputs("</summary>\n<p>", out);
	html_link(out, &then, properties->name);
	fputs("</p>\n", out);
	write_properties(out, tag);
	write_list(out, "gained", "Addresses gained", &tag->gained);
	write_list(out, "lost", "Addresses lost", &tag->lost);
	write_list(out, "regrouped", "Regrouped, no longer listed", &tag->regrouped_from);
	write_list(out, "regrouped", "Regrouped, now listed", &tag->regrouped_to);
	fputs("</details>\n", out);
}

svctag_error
report_html_diff(FILE *out, const struct html_place *place, const struct diff_answer *answer)
{
	size_t count = svctag_diff_tag_count(answer->diff);

	write_summary(out, answer);
	fprintf(out, "<section class=\"changes\"><h2>%zu tag%s differ%s</h2>\n", count, format_plural(count),
		count == 1 ? "s" : "");
	for (size_t i = 0; i < count && i < MOST_TAGS; i++)
		write_tag(out, place, answer, svctag_diff_tag(answer->diff, i));
	if (count > MOST_TAGS)
		fprintf(out, "<p>%zu more tags are in the data; ask for tags of one name only.</p>\n",
			count - MOST_TAGS);
	fputs("</section>\n", out);
	return format_written(out);
}
