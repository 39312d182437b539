#include "page_tags.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <svctag/diff.h>

#include "effort.h"
#include "report/markup.h"
#include "view.h"

/** Rows of a list of tags, unless all are asked for. */
#define MOST_ROWS 200
/** Names that a misspelt one may mean. */
#define MOST_NEAR 5

/** A heading and a list of tags. */
struct listing {
	const struct page *page;
	const char *heading; /**< or NULL */
	const char *remark;
	const svctag_region *region; /**< or NULL */
	struct html_tags_view view;
};

static void
write_data_link(FILE *out, const void *what)
{
	fputs("/v1/tags?match=*", out);
	html_place(out, what);
}

/** The rest of a list that was cut off; and all tags as data. */
static void
write_more(FILE *out, const struct listing *listing)
{
	const struct page *page = listing->page;
	const char *typed = *page->query != '\0' ? page->query : page->match;
	const struct html_data data = { "Download every tag of the release", true, write_data_link, &page->place };

	if (listing->view.count > listing->view.most) {
		fprintf(out, "<p><a href=\"/?%s", *page->query != '\0' ? "q=" : "view=tags&amp;match=");
		html_query(out, typed);
		html_place(out, &page->place);
		fputs("&amp;all=1\">Show all ", out);
		html_number(out, listing->view.count);
		fputs("</a></p>\n", out);
	}
	fputs("<p>", out);
	html_data_links(out, &data);
	fputs("</p>\n", out);
}

static svctag_error
write_listing(FILE *out, const void *what)
{
	const struct listing *listing = what;
	svctag_error err;

	if (listing->heading != NULL) {
		fputs("<h1>", out);
		markup_text(out, listing->heading);
		fputs("</h1>\n<p class=\"lead\">", out);
		markup_text(out, listing->remark);
		fputs("</p>\n", out);
	}
	if (listing->region != NULL) {
		fputs("<p class=\"faint\">Region <code>", out);
		markup_text(out, listing->region->region);
		fputs("</code>, as a location of resources <code>", out);
		markup_text(out, listing->region->arm_name);
		fputs("</code></p>\n", out);
	}
	err = report_html_tags(out, &listing->view);
	if (err == SVCTAG_OK)
		write_more(out, listing);
	return err;
}

static svctag_error
write_tag(FILE *out, const void *what)
{
	return report_html_tag(out, what);
}

static size_t
prefix_count(const svctag_snapshot *snapshot, uint32_t tag)
{
	svctag_index_tag info = svctag_index_tag_at(svctag_snapshot_index(snapshot), tag);

	return (size_t)info.family_prefix_count[0] + info.family_prefix_count[1];
}

void
page_show_tag(struct page *page, const svctag_snapshot *snapshot, uint32_t tag)
{
	const char *family = request_parameter(page->request, "family");
	const char *aggregate = request_parameter(page->request, "aggregate");
	struct report_prefixes prefixes = { 0 };
	const struct html_tag_view view = { &page->place, snapshot, tag, &prefixes };
	svctag_detail detail = { "" };
	uint8_t wanted = family == NULL ? 0 : *family == '4' ? SVCTAG_IPV4 : *family == '6' ? SVCTAG_IPV6 : 0;
	svctag_error err;

	if (effort_defer(effort_is_much(prefix_count(snapshot, tag)), page->context, page->reply))
		return;
	err = report_prefixes_select(snapshot, tag, wanted, aggregate != NULL && strcmp(aggregate, "true") == 0,
				     &prefixes);
	if (err == SVCTAG_OK)
		page_send(page, 200, svctag_index_tag_name(svctag_snapshot_index(snapshot), tag), NULL, write_tag,
			  &view);
	else
		page_error(page, err, &detail);
	report_prefixes_release(&prefixes);
}

bool
page_show_region(struct page *page, const svctag_snapshot *snapshot, const svctag_region *region)
{
	const struct report_tag_filter filter = { .region = region->region };
	struct listing listing = { .page = page,
				   .heading = region->display_name,
				   .remark = "A region: its tags",
				   .region = region,
				   .view = { .place = &page->place, .snapshot = snapshot, .most = SIZE_MAX } };
	svctag_detail detail = { "" };
	uint32_t *tags = NULL;
	svctag_error err = report_tags_select(snapshot, &filter, &tags, &listing.view.count);
	bool any = err != SVCTAG_OK || listing.view.count > 0;

	listing.view.tags = tags;
	if (err != SVCTAG_OK)
		page_error(page, err, &detail);
	else if (any)
		page_send(page, 200, region->display_name, NULL, write_listing, &listing);
	free(tags);
	return any;
}

/** Is it a part of the text, in any letter case (ASCII)? */
static bool
has_part(const char *text, const char *part)
{
	size_t size = strlen(part);

	for (; *text != '\0'; text++)
		if (strncasecmp(text, part, size) == 0)
			return true;
	return size == 0;
}

/** Does a tag fit what was typed: a part of its name, service or region, or a pattern for its name? */
static bool
fits(const svctag_index_tag *tag, const char *typed)
{
	if (strpbrk(typed, "*?") != NULL)
		return svctag_pattern_matches(typed, tag->properties.name);
	return has_part(tag->properties.name, typed) || has_part(tag->properties.system_service, typed) ||
	       has_part(tag->properties.region, typed);
}

/** The tags that fit, in order of their names. @param[out] ret  free() it; at least one element */
static svctag_error
select_fitting(const svctag_snapshot *snapshot, const char *typed, uint32_t **ret, size_t *ret_count)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	size_t of = svctag_index_tag_count(index), count = 0;
	uint32_t *tags = calloc(of + 1, sizeof(*tags));

	if (tags == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (uint32_t i = 0; i < of; i++) {
		svctag_index_tag tag = svctag_index_tag_at(index, i);

		if (fits(&tag, typed))
			tags[count++] = i;
	}
	*ret = tags;
	*ret_count = count;
	return SVCTAG_OK;
}

/** What is wrong with what was typed, and what it may have meant. */
struct misspelt {
	const struct page *page;
	const svctag_snapshot *snapshot;
	const char *detail;
	uint32_t near[MOST_NEAR];
	size_t near_count;
};

static svctag_error
write_misspelt(FILE *out, const void *what)
{
	const struct misspelt *misspelt = what;
	const svctag_index *index = svctag_snapshot_index(misspelt->snapshot);

	fputs("<h1>Not found</h1>\n<p class=\"lead problem\">", out);
	markup_text(out, misspelt->detail);
	fputs("</p>\n", out);
	for (size_t i = 0; i < misspelt->near_count; i++) {
		fputs(i == 0 ? "<p>Did you mean " : i + 1 == misspelt->near_count ? " or " : ", ", out);
		html_link(out, &misspelt->page->place, svctag_index_tag_name(index, misspelt->near[i]));
	}
	fputs(misspelt->near_count > 0 ? "?</p>\n" : "", out);
	fputs("<p>What can be looked up:</p>\n<ul>\n"
	      "<li>an address: <code>198.51.100.7</code>, <code>2001:db8::7</code></li>\n"
	      "<li>a prefix: <code>198.51.100.0/24</code></li>\n"
	      "<li>a range: <code>198.51.100.7-198.51.100.19</code></li>\n"
	      "<li>a tag, or part of its name: <code>Storage.EastUS</code>, <code>Sql*</code></li>\n"
	      "<li>a region: <code>eastus</code>, <code>West Europe</code></li>\n</ul>\n"
	      "<p class=\"faint\">Host names are not resolved here: look up their addresses.</p>\n",
	      out);
	return SVCTAG_OK;
}

/** Is it meant for an address, rather than for a name? No tag begins with a digit. */
static bool
looks_like_address(const char *text)
{
	return isdigit((unsigned char)*text) ||
	       (strchr(text, ':') != NULL && strspn(text, "0123456789abcdefABCDEF.:/-") == strlen(text));
}

static void
show_misspelt(struct page *page, const svctag_snapshot *snapshot, const svctag_detail *detail)
{
	struct misspelt misspelt = { .page = page, .snapshot = snapshot, .detail = detail->text };
	svctag_detail unknown;

	if (looks_like_address(page->query)) {
		page_send(page, 400, "Not an address", NULL, write_misspelt, &misspelt);
		return;
	}
	svctag_detail_set(&unknown, "\"%s\" is no address, prefix or range, and no tag or region of this release.",
			  page->query);
	misspelt.detail = unknown.text;
	misspelt.near_count = svctag_index_near_tags(svctag_snapshot_index(snapshot), page->query, strlen(page->query),
						     misspelt.near, MOST_NEAR);
	page_send(page, 404, "Not found", NULL, write_misspelt, &misspelt);
}

/** The list of what fits, cut off unless `all` is asked for. */
static void
show_fitting(struct page *page, const svctag_snapshot *snapshot, const char *frame, struct listing *listing,
	     const char *title)
{
	listing->page = page;
	listing->view.place = &page->place;
	listing->view.snapshot = snapshot;
	listing->view.most = request_parameter(page->request, "all") != NULL ? SIZE_MAX : MOST_ROWS;
	page_send(page, 200, title, frame, write_listing, listing);
}

void
page_show_like(struct page *page, const svctag_snapshot *snapshot, const svctag_detail *detail)
{
	struct listing listing = { .heading = page->query,
				   .remark = "No tag has this very name; these have it in "
					     "theirs, or in service or region" };
	svctag_detail none = { "" };
	uint32_t *tags = NULL;
	svctag_error err = looks_like_address(page->query)
				   ? SVCTAG_OK
				   : select_fitting(snapshot, page->query, &tags, &listing.view.count);

	listing.view.tags = tags;
	if (strpbrk(page->query, "*?") != NULL)
		listing.remark = "Tags with such names";
	if (err != SVCTAG_OK)
		page_error(page, err, &none);
	else if (listing.view.count > 0)
		show_fitting(page, snapshot, NULL, &listing, page->query);
	else
		show_misspelt(page, snapshot, detail);
	free(tags);
}

void
page_tags(struct page *page)
{
	const char *match = request_parameter(page->request, "match");
	struct listing listing = { 0 };
	svctag_detail detail = { "" };
	struct view view = { 0 };
	uint32_t *tags = NULL;
	svctag_error err;

	page->view = "tags";
	page->match = match != NULL ? match : "";
	if (!view_open(&view, page->request, page->context, true, page->reply))
		return;
	err = select_fitting(view.snapshots[0], page->match, &tags, &listing.view.count);
	listing.view.tags = tags;
	if (err == SVCTAG_OK)
		show_fitting(page, view.snapshots[0], "tags.html", &listing, "Tags");
	else
		page_error(page, err, &detail);
	free(tags);
	view_release(&view);
}
