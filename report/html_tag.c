/* A tag, and lists of tags, on a page. */
#include "html.h"

#include "format.h"
#include "markup.h"

static void
write_term(FILE *out, const char *name)
{
	fprintf(out, "<div><dt>%s</dt><dd>", name);
}

static void
write_family(FILE *out, const char *name, uint32_t prefixes, svctag_count addresses)
{
	write_term(out, name);
	html_number(out, prefixes);
	fprintf(out, " prefix%s, ", prefixes == 1 ? "" : "es");
	html_count(out, addresses);
	fputs(" addresses</dd></div>\n", out);
}

static void
write_facts(FILE *out, const struct html_tag_view *view, const svctag_index_tag *tag)
{
	const svctag_properties *p = &tag->properties;

	fputs("<dl class=\"facts\">\n", out);
	write_term(out, "Usable in");
	html_features(out, p->network_features);
	fputs("</dd></div>\n", out);
	write_term(out, "Region");
	if (*p->region != '\0')
		html_link(out, view->place, p->region);
	else
		fputs("none", out);
	fputs("</dd></div>\n", out);
	write_term(out, "Service");
	markup_text(out, *p->system_service != '\0' ? p->system_service : "none");
	fputs("</dd></div>\n", out);
	write_term(out, "Version");
	fprintf(out, "%lld</dd></div>\n", (long long)p->change_number);
	write_family(out, "IPv4", tag->family_prefix_count[0], tag->addresses[0]);
	write_family(out, "IPv6", tag->family_prefix_count[1], tag->addresses[1]);
	fputs("</dl>\n", out);
}

/* "&amp;family=4&amp;aggregate=true" */
static void
write_choice(FILE *out, uint8_t family, bool aggregate)
{
	if (family != 0)
		fprintf(out, "&amp;family=%u", family);
	if (aggregate)
		fputs("&amp;aggregate=true", out);
}

static void
write_option(FILE *out, const struct html_tag_view *view, const char *name, const char *label, uint8_t family,
	     bool aggregate)
{
	bool chosen = view->prefixes->family == family && view->prefixes->aggregate == aggregate;

	fputs("<a href=\"/?q=", out);
	html_query(out, name);
	html_place(out, view->place);
	write_choice(out, family, aggregate);
	fprintf(out, "\"%s>%s</a> ", chosen ? " aria-current=\"true\"" : "", label);
}

static void
write_data_link(FILE *out, const void *what)
{
	const struct html_tag_view *view = what;

	fputs("/v1/tags/", out);
	html_query(out, svctag_index_tag_name(svctag_snapshot_index(view->snapshot), view->tag));
	/* one parameter that is always there */
	fprintf(out, "/prefixes?aggregate=%s", view->prefixes->aggregate ? "true" : "false");
	html_place(out, view->place);
	write_choice(out, view->prefixes->family, false);
}

static void
write_prefixes(FILE *out, const struct html_tag_view *view, const char *name)
{
	const struct report_prefixes *prefixes = view->prefixes;
	const struct html_data data = { "Download", true, write_data_link, view };

	fputs("<section><h2>Prefixes</h2>\n<div class=\"tools\"><span class=\"choice\" role=\"group\" "
	      "aria-label=\"Which prefixes\">",
	      out);
	write_option(out, view, name, "all", 0, prefixes->aggregate);
	write_option(out, view, name, "IPv4", SVCTAG_IPV4, prefixes->aggregate);
	write_option(out, view, name, "IPv6", SVCTAG_IPV6, prefixes->aggregate);
	fputs("</span><span class=\"choice\" role=\"group\" aria-label=\"In which form\">", out);
	write_option(out, view, name, "as published", prefixes->family, false);
	write_option(out, view, name, "fewest", prefixes->family, true);
	fputs("</span>\n<button type=\"button\" class=\"needs-script\" data-copy=\"prefixes\">Copy ", out);
	html_number(out, prefixes->count);
	fputs("</button>\n", out);
	html_data_links(out, &data);
	fputs("</div>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Prefixes\">"
	      "<pre id=\"prefixes\" class=\"columns\">",
	      out);
	for (size_t i = 0; i < prefixes->count; i++) {
		html_prefix(out, &prefixes->prefixes[i]);
		putc('\n', out);
	}
	fputs(prefixes->count == 0 ? "none</pre></div></section>\n" : "</pre></div></section>\n", out);
}

static void
write_growth(FILE *out, const struct html_tag_view *view, const char *name)
{
	const struct html_place all = { .cloud = view->place->cloud };

	fputs("<section><h2>How it grew</h2>\n<div class=\"chart\" role=\"region\" aria-label=\"Chart\" "
	      "tabindex=\"0\"><img loading=\"lazy\" width=\"960\" height=\"664\" alt=\"Prefixes and addresses of the "
	      "tag, release by release\" src=\"/v1/history?tag=",
	      out);
	html_query(out, name);
	html_place(out, &all);
	fputs("&amp;format=svg\"></div></section>\n", out);
}

svctag_error
report_html_tag(FILE *out, const struct html_tag_view *view)
{
	svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(view->snapshot), view->tag);
	const char *name = tag.properties.name;

	fputs("<h1>", out);
	markup_text(out, name);
	fputs("</h1>\n<p class=\"lead\">Service tag<span class=\"dot\"> · </span>", out);
	html_release(out, svctag_snapshot_info(view->snapshot));
	fputs("</p>\n", out);
	write_facts(out, view, &tag);
	write_prefixes(out, view, name);
	write_growth(out, view, name);
	return format_written(out);
}

static void
write_row(FILE *out, const struct html_tags_view *view, uint32_t number)
{
	svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(view->snapshot), number);

	fputs("<tr><th scope=\"row\">", out);
	html_link(out, view->place, tag.properties.name);
	fputs("</th>", out);
	html_property_cells(out, view->place, &tag.properties);
	html_count_cell(out, "IPv4 prefixes", svctag_count_of(tag.family_prefix_count[0]));
	html_count_cell(out, "IPv4 addresses", tag.addresses[0]);
	html_count_cell(out, "IPv6 prefixes", svctag_count_of(tag.family_prefix_count[1]));
	fputs("</tr>\n", out);
}

svctag_error
report_html_tags(FILE *out, const struct html_tags_view *view)
{
	static const char *const columns[] = { "Tag",           "Region",         "Service",
					       "Usable in",     "#IPv4 prefixes", "#IPv4 addresses",
					       "#IPv6 prefixes" };

	fputs("<table class=\"stacks\"><caption>", out);
	html_number(out, view->count);
	fprintf(out, " tag%s of ", format_plural(view->count));
	html_release(out, svctag_snapshot_info(view->snapshot));
	if (view->count > view->most) {
		fputs(", the first ", out);
		html_number(out, view->most);
	}
	fputs("</caption>\n", out);
	html_columns(out, columns, sizeof(columns) / sizeof(columns[0]));
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < view->count && i < view->most; i++)
		write_row(out, view, view->tags[i]);
	fputs("</tbody></table>\n", out);
	return format_written(out);
}
