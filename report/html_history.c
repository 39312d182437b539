/* When which tag held what was asked for, on a page. */
#include "html.h"

#include "format.h"
#include "loaded.h"
#include "markup.h"

#include <stdlib.h>

/* So many spans are listed; the other formats have all. */
#define MOST_SPANS 200

static void
write_loaded(FILE *out, const svctag_history *history)
{
	const svctag_catalogue *catalogue = svctag_history_catalogue(history);
	size_t cloud = svctag_history_cloud(history);
	size_t count = svctag_catalogue_release_count(catalogue, cloud);

	fprintf(out, "<p class=\"faint\">%zu release%s of ", count, format_plural(count));
	markup_text(out, svctag_catalogue_cloud(catalogue, cloud));
	fprintf(out, " loaded, %s to %s", svctag_catalogue_release(catalogue, cloud, 0)->published,
		svctag_catalogue_release(catalogue, cloud, count - 1)->published);
}

/* "; change numbers 103 and 105 to 107 were never loaded". */
static svctag_error
write_gaps(FILE *out, const svctag_history *history)
{
	struct loaded_gap *gaps = NULL;
	size_t count = 0;
	svctag_error err = loaded_gaps(svctag_history_catalogue(history), svctag_history_cloud(history), &gaps, &count);

	if (err != SVCTAG_OK)
		return err;
	for (size_t i = 0; i < count && i < 8; i++) {
		fputs(i == 0 ? "; never loaded: " : ", ", out);
		fprintf(out, "%lld", (long long)gaps[i].from);
		if (gaps[i].to != gaps[i].from)
			fprintf(out, "–%lld", (long long)gaps[i].to);
	}
	fputs(count > 8 ? ", …</p>\n" : "</p>\n", out);
	free(gaps);
	return SVCTAG_OK;
}

static void
write_chart(FILE *out, const struct html_place *place, const svctag_query *query)
{
	const struct html_place all = { .cloud = place->cloud };

	fputs("<div class=\"chart\" role=\"region\" aria-label=\"Chart\" tabindex=\"0\"><img loading=\"lazy\" "
	      "alt=\"When which tag held it, as bars; the table below says the same\" src=\"/v1/history?q=",
	      out);
	html_query(out, query->normalized);
	html_place(out, &all);
	fputs("&amp;format=svg\"></div>\n", out);
}

static void
write_end(FILE *out, const char *label, const svctag_release_info *info)
{
	html_cell(out, label);
	if (info == NULL)
		fputs("<strong>now</strong></td>", out);
	else
		fprintf(out, "%s <span class=\"faint\">%lld</span></td>", info->published,
			(long long)info->change_number);
}

static void
write_spans(FILE *out, const struct html_place *place, const svctag_history *history)
{
	static const char *const columns[] = { "Tag", "Prefix", "From", "To" };
	size_t count = svctag_history_count(history);

	fputs("<table class=\"stacks\"><caption>Every unbroken span, the oldest first</caption>\n", out);
	html_columns(out, columns, sizeof(columns) / sizeof(columns[0]));
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < count && i < MOST_SPANS; i++) {
		const svctag_history_entry *entry = svctag_history_at(history, i);
		/* a tag that is gone is shown as it was last */
		const struct html_place then = { place->cloud, entry->to == NULL ? NULL : entry->to->published };

		fprintf(out, "<tr%s><th scope=\"row\">", entry->to == NULL ? "" : " class=\"past\"");
		html_link(out, &then, entry->tag);
		fputs("</th>", out);
		html_cell(out, "Prefix");
		fputs("<code>", out);
		html_prefix(out, &entry->prefix);
		fputs("</code></td>", out);
		write_end(out, "From", entry->from);
		write_end(out, "To", entry->to);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
	if (count > MOST_SPANS)
		fprintf(out, "<p>%zu more spans are in the data.</p>\n", count - MOST_SPANS);
}

svctag_error
report_html_history(FILE *out, const struct html_place *place, const svctag_query *query, const svctag_history *history)
{
	svctag_error err;

	fputs("<section class=\"timeline\"><h2>Timeline</h2>\n", out);
	write_loaded(out, history);
	err = write_gaps(out, history);
	if (err != SVCTAG_OK)
		return err;
	if (svctag_history_count(history) == 0) {
		fputs("<p>It was in no tag in any of them.</p>\n", out);
	} else {
		write_chart(out, place, query);
		write_spans(out, place, history);
	}
	fputs("</section>\n", out);
	return format_written(out);
}
