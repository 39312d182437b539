/*
 * Answers as parts of an HTML page. Each function writes whole elements, with
 * headings from <h1> down; the page around them (head, navigation, styles) is
 * the caller's. Links lead back to the page: "/?q=…". There are no styles, no
 * scripts and no identifiers other than those said here, so that a strict
 * Content-Security-Policy holds and a style sheet has classes to go by.
 *
 * Everything that comes from outside (queries, names of tags) is escaped.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include <svctag/history.h>

#include "diff.h"
#include "report.h"

/** What links keep of the page's address. Zero-initialised: nothing. */
struct html_place {
	const char *cloud; /**< NULL: the one that is meant when none is named */
	const char *at;    /**< the release as it was asked for; NULL: the newest */
};

/** What a page about a tag shows of it. */
struct html_tag_view {
	const struct html_place *place;
	const svctag_snapshot *snapshot;
	uint32_t tag;
	const struct report_prefixes *prefixes;
};

/** What a list of tags shows. */
struct html_tags_view {
	const struct html_place *place;
	const svctag_snapshot *snapshot;
	const uint32_t *tags;
	size_t count;
	size_t most; /**< so many are listed */
};

/** `lookup`: which tags hold it, in which region, usable where. */
SVCTAG_MUST_CHECK svctag_error report_html_lookup(FILE *out, const struct html_place *place,
						  const svctag_snapshot *snapshot, const struct report_query *asked,
						  const svctag_query *query, const svctag_lookup_result *result);

/** `history`: the chart (fetched from /v1/history) and the spans. */
SVCTAG_MUST_CHECK svctag_error report_html_history(FILE *out, const struct html_place *place, const svctag_query *query,
						   const svctag_history *history);

/** `show`: a tag, its prefixes (in an element with the identifier "prefixes"), how it grew. */
SVCTAG_MUST_CHECK svctag_error report_html_tag(FILE *out, const struct html_tag_view *view);

/** `tags`: a table, without a heading. */
SVCTAG_MUST_CHECK svctag_error report_html_tags(FILE *out, const struct html_tags_view *view);

/** `releases` of one cloud, the newest first, in a form that asks for the difference of two. */
SVCTAG_MUST_CHECK svctag_error report_html_releases(FILE *out, const struct html_place *place,
						    const svctag_catalogue *catalogue, size_t cloud);

/** `diff`, without a heading. */
SVCTAG_MUST_CHECK svctag_error report_html_diff(FILE *out, const struct html_place *place,
						const struct diff_answer *answer);

/* What those and the page share. */

/** Bytes percent-encoded (RFC 3986), as a value in a query string. */
void html_query(FILE *out, const char *text);

/** "&amp;cloud=…&amp;at=…": what a link keeps, behind at least one parameter. */
void html_place(FILE *out, const struct html_place *place);

/** <a href="/?q=TEXT">TEXT</a> */
void html_link(FILE *out, const struct html_place *place, const char *text);

/** Links to the data behind a view, in the formats for programs. */
struct html_data {
	const char *label;
	bool download; /**< as a file, rather than to be shown */
	/** The address, escaped, with a query string to which the format is added. */
	void (*write)(FILE *out, const void *what);
	const void *what;
};

void html_data_links(FILE *out, const struct html_data *data);

/** <td data-label="LABEL">: the label stands before the value where there is no room for columns. */
void html_cell(FILE *out, const char *label);
/** The same for numbers. */
void html_number_cell(FILE *out, const char *label);

/** <th scope="col">NAME</th> for each; "#NAME" stands over numbers. */
void html_columns(FILE *out, const char *const *names, size_t count);

/** Digits in groups of three. */
void html_count(FILE *out, svctag_count count);
void html_number(FILE *out, size_t number);

/** A whole cell with a number. */
void html_count_cell(FILE *out, const char *label, svctag_count count);
/** Whole cells of a tag: region, service, where it can be used. */
void html_property_cells(FILE *out, const struct html_place *place, const svctag_properties *properties);

/** Where a tag can be used: each feature in an element of its own. */
void html_features(FILE *out, const char *network_features);

void html_prefix(FILE *out, const svctag_prefix *prefix);

/** "Public 376 (2025-11-10)" */
void html_release(FILE *out, const svctag_release_info *info);

#endif
