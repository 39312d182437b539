/* Views of releases: what is loaded, and what changed between two. */
#include <string.h>

#include "difference.h"
#include "page.h"
#include "report/markup.h"

static svctag_error
write_releases(FILE *out, const void *what)
{
	const struct page *page = what;

	return report_html_releases(out, &page->place, page->catalogue, page->cloud);
}

void
page_releases(struct page *page)
{
	page->view = "releases";
	page_send(page, 200, "Releases", "releases.html", write_releases, page);
}

/** A difference and what it is shown on. */
struct shown {
	const struct page *page;
	struct difference_ends ends;
	struct difference difference;
};

/** The data, of the same releases and tags. */
static void
write_data_link(FILE *out, const void *what)
{
	const struct shown *shown = what;

	fprintf(out, "/v1/diff?from=%s&amp;to=%s", shown->ends.from->published, shown->ends.to->published);
	if (*shown->page->match != '\0') {
		fputs("&amp;tag=", out);
		html_query(out, shown->page->match);
	}
	html_place(out, &(struct html_place){ .cloud = shown->page->place.cloud });
}

static svctag_error
write_difference(FILE *out, const void *what)
{
	const struct shown *shown = what;
	const struct diff_answer answer = { shown->ends.from, shown->ends.to, shown->ends.gap, shown->difference.diff };
	const struct html_data data = { .label = "As data", .write = write_data_link, .what = shown };
	svctag_error err;

	fputs("<h1>What changed</h1>\n<p class=\"lead\">", out);
	html_release(out, shown->ends.from);
	fputs(" → ", out);
	html_release(out, shown->ends.to);
	if (*shown->page->match != '\0') {
		fputs(", tags like <code>", out);
		markup_text(out, shown->page->match);
		fputs("</code>", out);
	}
	fputs("</p>\n", out);
	err = report_html_diff(out, &shown->page->place, &answer);
	if (err != SVCTAG_OK)
		return err;
	fputs("<p>", out);
	html_data_links(out, &data);
	fputs("</p>\n", out);
	return SVCTAG_OK;
}

void
page_diff(struct page *page)
{
	const char *tag = request_parameter(page->request, "tag");
	struct shown shown = { .page = page };
	svctag_detail detail = { "" };
	svctag_error err;

	page->view = "releases";
	page->match = tag != NULL ? tag : "";
	err = difference_resolve(page->request, page->catalogue, page->cloud, &shown.ends, &detail);
	if (err == SVCTAG_OK && !page_may_read(page))
		return;
	if (err == SVCTAG_OK)
		err = difference_read(page->context->database, &shown.ends, tag, &shown.difference, &detail);
	if (err == SVCTAG_OK)
		page_send(page, 200, "What changed", NULL, write_difference, &shown);
	else
		page_error(page, err, &detail);
	difference_release(&shown.difference);
}
