/* What is loaded of a cloud, on a page. */
#include "html.h"

#include "format.h"
#include "markup.h"

/* A radio button of the form: this release as one end of the difference. */
static void
write_end(FILE *out, const char *end, const char *label, const svctag_release_info *info, bool chosen)
{
	char digest[FORMAT_DIGEST_SIZE];

	html_cell(out, label);
	fprintf(out, "<input type=\"radio\" name=\"%s\" value=\"id:%s\" aria-label=\"%s %lld of %s\"%s></td>", end,
		format_digest(info->digest, digest), label, (long long)info->change_number, info->published,
		chosen ? " checked" : "");
}

static void
write_release(FILE *out, const struct html_place *place, const svctag_catalogue *catalogue, size_t cloud, size_t i)
{
	const svctag_release_info *info = svctag_catalogue_release(catalogue, cloud, i);
	size_t count = svctag_catalogue_release_count(catalogue, cloud);
	const struct html_place here = { .cloud = place->cloud };
	char digest[FORMAT_DIGEST_SIZE];

	fprintf(out, "<tr><th scope=\"row\">%s</th>", info->published);
	html_number_cell(out, "Change number");
	fprintf(out, "%lld</td>", (long long)info->change_number);
	write_end(out, "from", "From", info, count == 1 || i + 2 == count);
	write_end(out, "to", "To", info, i + 1 == count);
	html_cell(out, "Changes");
	if (i > 0) {
		const svctag_release_info *before = svctag_catalogue_release(catalogue, cloud, i - 1);

		fprintf(out, "<a href=\"/?view=diff&amp;from=id:%s", format_digest(before->digest, digest));
		fprintf(out, "&amp;to=id:%s", format_digest(info->digest, digest));
		html_place(out, &here);
		fprintf(out, "\" aria-label=\"What changed on %s\">what changed</a>%s", info->published,
			svctag_catalogue_gap(catalogue, before, info) ? " <span class=\"faint\">after a gap</span>"
								      : "");
	}
	fputs("</td>", out);
	html_count_cell(out, "Tags", svctag_count_of(info->tag_count));
	html_count_cell(out, "Prefixes", svctag_count_of(info->prefix_count));
	html_cell(out, "Source");
	fprintf(out, "%s%s</td>", info->source, info->forced ? ", forced" : "");
	html_cell(out, "Content");
	fprintf(out, "<code>%s</code></td></tr>\n", format_digest(info->digest, digest));
}

svctag_error
report_html_releases(FILE *out, const struct html_place *place, const svctag_catalogue *catalogue, size_t cloud)
{
	static const char *const columns[] = { "Published", "#Change number", "From",   "To",     "Changes",
					       "#Tags",     "#Prefixes",      "Source", "Content" };
	size_t count = svctag_catalogue_release_count(catalogue, cloud);

	fputs("<form action=\"/\" class=\"releases\"><input type=\"hidden\" name=\"view\" value=\"diff\">\n", out);
	if (place->cloud != NULL) {
		fputs("<input type=\"hidden\" name=\"cloud\" value=\"", out);
		markup_text(out, place->cloud);
		fputs("\">\n", out);
	}
	fputs("<p class=\"tools\"><button>Compare From with To</button> <label>only tags like "
	      "<input name=\"tag\" placeholder=\"Storage*\" autocomplete=\"off\" spellcheck=\"false\"></label></p>\n",
	      out);
	fprintf(out, "<table class=\"stacks\"><caption>%zu release%s of ", count, format_plural(count));
	markup_text(out, svctag_catalogue_cloud(catalogue, cloud));
	fputs(", the newest first</caption>\n", out);
	html_columns(out, columns, sizeof(columns) / sizeof(columns[0]));
	fputs("<tbody>\n", out);
	for (size_t i = count; i > 0; i--)
		write_release(out, place, catalogue, cloud, i - 1);
	fputs("</tbody></table></form>\n", out);
	return format_written(out);
}
