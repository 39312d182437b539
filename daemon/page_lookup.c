/*
 * The view of what was typed into the box: an address, prefix or range, else
 * a tag, else a region, else part of the names of tags.
 */
#include <stdlib.h>
#include <string.h>

#include <svctag/region.h>

#include "page.h"
#include "page_tags.h"
#include "report/markup.h"
#include "view.h"

/** The answer to a query. */
struct answer {
	const struct page *page;
	const svctag_snapshot *snapshot;
	svctag_query query;
	svctag_lookup_result result;
	svctag_history *history;
	svctag_detail history_error; /**< why there is none */
	size_t elsewhere;            /**< another cloud that has it, or SIZE_MAX */
};

/** "It is in AzureCloud of China": an address is often looked up in the wrong cloud. */
static void
write_elsewhere(FILE *out, const struct answer *answer)
{
	const struct page *page = answer->page;

	if (answer->elsewhere == SIZE_MAX)
		return;
	fputs("<p class=\"notice\">It is in tags of another cloud: <a href=\"/?q=", out);
	html_query(out, answer->query.normalized);
	html_place(out, &(struct html_place){ .cloud = svctag_catalogue_cloud(page->catalogue, answer->elsewhere) });
	fputs("\">look it up in ", out);
	markup_text(out, svctag_catalogue_cloud(page->catalogue, answer->elsewhere));
	fputs("</a>.</p>\n", out);
}

static svctag_error
write_answer(FILE *out, const void *what)
{
	const struct answer *answer = what;
	const struct page *page = answer->page;
	const struct report_query asked = { .text = page->query, .size = strlen(page->query) };
	svctag_error err =
		report_html_lookup(out, &page->place, answer->snapshot, &asked, &answer->query, &answer->result);

	if (err != SVCTAG_OK)
		return err;
	write_elsewhere(out, answer);
	if (answer->history != NULL)
		return report_html_history(out, &page->place, &answer->query, answer->history);
	fputs("<p class=\"notice\">The timeline could not be read: ", out);
	markup_text(out, answer->history_error.text);
	fputs("</p>\n", out);
	return SVCTAG_OK;
}

/** A cloud other than the page's whose newest release has the query in a tag. */
static svctag_error
find_elsewhere(struct answer *answer)
{
	const struct generation *generation = answer->page->context->generation;
	svctag_lookup_result result = { 0 };
	svctag_error err = SVCTAG_OK;

	answer->elsewhere = SIZE_MAX;
	for (size_t i = 0; answer->result.match_count == 0 && answer->elsewhere == SIZE_MAX && err == SVCTAG_OK &&
			   i < svctag_catalogue_cloud_count(answer->page->catalogue);
	     i++) {
		err = svctag_lookup(generation_newest(generation, i), &answer->query, &result);
		if (err == SVCTAG_OK && i != answer->page->cloud && result.match_count > 0)
			answer->elsewhere = i;
	}
	svctag_lookup_result_release(&result);
	return err;
}

/** Without a history the page still says what it knows. */
static void
read_history(struct answer *answer)
{
	const struct page *page = answer->page;
	svctag_store *store;
	svctag_error err = database_store(page->context->database, &store, NULL, &answer->history_error);

	if (err == SVCTAG_OK)
		err = svctag_history_of_range(store, svctag_catalogue_cloud(page->catalogue, page->cloud),
					      &answer->query.range, &answer->history, &answer->history_error);
	if (err != SVCTAG_OK && answer->history_error.text[0] == '\0')
		svctag_detail_set(&answer->history_error, "%s", svctag_error_text(err));
}

static void
answer_query(struct page *page, const struct view *view, const svctag_query *query)
{
	struct answer answer = { .page = page, .snapshot = view->snapshots[0], .query = *query };
	svctag_detail detail = { "" };
	svctag_error err = svctag_lookup(answer.snapshot, query, &answer.result);

	if (err == SVCTAG_OK)
		err = find_elsewhere(&answer);
	if (err == SVCTAG_OK) {
		read_history(&answer);
		page_send(page, 200, page->query, NULL, write_answer, &answer);
	} else {
		page_error(page, err, &detail);
	}
	svctag_history_free(answer.history);
	svctag_lookup_result_release(&answer.result);
}

/** What was typed is a name, or wrong. */
static void
answer_name(struct page *page, const struct view *view, const svctag_detail *detail)
{
	const svctag_snapshot *snapshot = view->snapshots[0];
	const svctag_region *region = svctag_region_find(page->query, svctag_snapshot_info(snapshot)->cloud);
	uint32_t tag;

	if (svctag_index_find_tag(svctag_snapshot_index(snapshot), page->query, strlen(page->query), &tag) ==
	    SVCTAG_OK) {
		page_show_tag(page, snapshot, tag);
		return;
	}
	if (region != NULL && page_show_region(page, snapshot, region))
		return;
	page_show_like(page, snapshot, detail);
}

void
page_lookup(struct page *page)
{
	svctag_detail detail = { "" };
	svctag_query query;
	bool is_query = svctag_query_parse(page->query, strlen(page->query), &query, &detail) == SVCTAG_OK;
	struct view view = { 0 };

	if (is_query && !page_may_read(page))
		return;
	if (!view_open(&view, page->request, page->context, true, page->reply))
		return;
	if (is_query)
		answer_query(page, &view, &query);
	else
		answer_name(page, &view, &detail);
	view_release(&view);
}
