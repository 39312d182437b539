/* The answer to a query, on a page. */
#include "html.h"

#include "format.h"
#include "lookup.h"
#include "markup.h"

#include <string.h>

#include <svctag/explain.h>
#include <svctag/region.h>

/* So many tags, and prefixes of each, are listed; the other formats have all. */
#define MOST_TAGS 300
#define MOST_PREFIXES 20

/* "eastus (East US)" */
static void
write_region(FILE *out, const struct html_place *place, const svctag_snapshot *snapshot, const char *name)
{
	const svctag_region *region = svctag_region_find(name, svctag_snapshot_info(snapshot)->cloud);

	html_link(out, place, name);
	if (region != NULL) {
		fputs(" <span class=\"faint\">", out);
		markup_text(out, region->display_name);
		fputs("</span>", out);
	}
}

static void
write_head(FILE *out, const struct html_place *place, const struct lookup_answer *answer)
{
	fputs("<h1><code>", out);
	markup_bytes(out, answer->asked->text, answer->asked->size);
	fputs("</code></h1>\n<p class=\"lead\">", out);
	if (answer->result->match_count == 0) {
		fputs("<strong>In no tag</strong>", out);
	} else {
		fputs("Region ", out);
		if (answer->result->region != NULL)
			write_region(out, place, answer->snapshot, answer->result->region);
		else
			fputs("<strong>none</strong>", out);
		fprintf(out, "<span class=\"dot\"> · </span>%zu tag%s", answer->result->match_count,
			answer->result->match_count == 1 ? "" : "s");
	}
	fputs("<span class=\"dot\"> · </span>", out);
	html_release(out, svctag_snapshot_info(answer->snapshot));
	fputs("</p>\n", out);
	if (answer->asked->size != strlen(answer->query->normalized) ||
	    memcmp(answer->asked->text, answer->query->normalized, answer->asked->size) != 0)
		fprintf(out, "<p class=\"faint\">Looked up as <code>%s</code>.</p>\n", answer->query->normalized);
}

/* What the registries say of an address that no tag has. */
static void
write_special(FILE *out, const svctag_query *query)
{
	const svctag_special_range *special = svctag_special_range_find(&query->range);

	fputs("<p>A valid address outside Azure's published ranges", out);
	if (special != NULL)
		fprintf(out, ": <code>%s</code> is special, %s (%s)%s", special->prefix, special->name, special->rfc,
			special->global ? "" : ", and not seen on the public Internet");
	fputs(".</p>\n", out);
}

/* One prefix, or the first and how many more. */
static void
write_prefixes(FILE *out, const struct lookup_answer *answer, const svctag_match *match)
{
	const svctag_index *index = svctag_snapshot_index(answer->snapshot);
	const uint32_t *ids = answer->result->prefixes + match->first_prefix;
	svctag_prefix prefix = svctag_index_prefix(index, match->prefix);

	if (match->prefix_count < 2) {
		html_prefix(out, &prefix);
		return;
	}
	fputs("<details><summary>", out);
	html_prefix(out, &prefix);
	fprintf(out, " and %zu more</summary><ul>", match->prefix_count - 1);
	for (size_t i = 0; i < match->prefix_count && i < MOST_PREFIXES; i++) {
		prefix = svctag_index_prefix(index, ids[i]);
		fputs("<li>", out);
		html_prefix(out, &prefix);
		fputs("</li>", out);
	}
	if (match->prefix_count > MOST_PREFIXES)
		fprintf(out, "<li>… %zu more</li>", match->prefix_count - MOST_PREFIXES);
	fputs("</ul></details>", out);
}

static void
write_covered(FILE *out, const struct lookup_answer *answer, const svctag_match *match)
{
	if (match->contains) {
		fputs("all of it", out);
		return;
	}
	html_count(out, match->covered);
	fprintf(out, " (%.3g %%)",
		100 * svctag_count_fraction(match->covered, svctag_count_of_range(&answer->query->range)));
}

static void
write_match(FILE *out, const struct html_place *place, const struct lookup_answer *answer, const svctag_match *match)
{
	svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(answer->snapshot), match->tag);

	fputs("<tr><th scope=\"row\">", out);
	html_link(out, place, tag.properties.name);
	fputs("</th>", out);
	html_cell(out, "Prefix");
	fputs("<code>", out);
	write_prefixes(out, answer, match);
	fputs("</code></td>", out);
	if (answer->query->kind != SVCTAG_QUERY_ADDRESS) {
		html_cell(out, "Covers");
		write_covered(out, answer, match);
		fputs("</td>", out);
	}
	html_property_cells(out, place, &tag.properties);
	fputs("</tr>\n", out);
}

static void
write_matches(FILE *out, const struct html_place *place, const struct lookup_answer *answer)
{
	static const char *const of_address[] = { "Tag", "Prefix", "Region", "Service", "Usable in" };
	static const char *const of_block[] = { "Tag", "Prefix", "Covers", "Region", "Service", "Usable in" };

	fprintf(out, "<table class=\"stacks\"><caption>Tags that %s, the most specific first</caption>\n",
		answer->query->kind == SVCTAG_QUERY_ADDRESS ? "hold it" : "have addresses of it");
	if (answer->query->kind == SVCTAG_QUERY_ADDRESS)
		html_columns(out, of_address, sizeof(of_address) / sizeof(of_address[0]));
	else
		html_columns(out, of_block, sizeof(of_block) / sizeof(of_block[0]));
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < answer->result->match_count && i < MOST_TAGS; i++)
		write_match(out, place, answer, &answer->result->matches[i]);
	fputs("</tbody></table>\n", out);
	if (answer->result->match_count > MOST_TAGS)
		fprintf(out, "<p>%zu more tags are in the data.</p>\n", answer->result->match_count - MOST_TAGS);
}

/* The answer's own address. */
struct data_link {
	const struct html_place *place;
	const svctag_query *query;
};

static void
write_data_link(FILE *out, const void *what)
{
	const struct data_link *link = what;

	fputs("/v1/lookup?q=", out);
	html_query(out, link->query->normalized);
	html_place(out, link->place);
}

svctag_error
report_html_lookup(FILE *out, const struct html_place *place, const svctag_snapshot *snapshot,
		   const struct report_query *asked, const svctag_query *query, const svctag_lookup_result *result)
{
	const struct lookup_answer answer = { snapshot, asked, query, result };
	const struct data_link link = { place, query };
	const struct html_data data = { .label = "As data", .write = write_data_link, .what = &link };

	write_head(out, place, &answer);
	if (result->match_count > 0)
		write_matches(out, place, &answer);
	else
		write_special(out, query);
	fputs("<p>", out);
	html_data_links(out, &data);
	fputs("</p>\n", out);
	return format_written(out);
}
