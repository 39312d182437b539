#include "html.h"

#include <string.h>

#include "format.h"
#include "markup.h"

void
html_query(FILE *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			putc(*text, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*text);
	}
}

void
html_place(FILE *out, const struct html_place *place)
{
	if (place->cloud != NULL) {
		fputs("&amp;cloud=", out);
		html_query(out, place->cloud);
	}
	if (place->at != NULL) {
		fputs("&amp;at=", out);
		html_query(out, place->at);
	}
}

void
html_link(FILE *out, const struct html_place *place, const char *text)
{
	fputs("<a href=\"/?q=", out);
	html_query(out, text);
	html_place(out, place);
	fputs("\">", out);
	markup_text(out, text);
	fputs("</a>", out);
}

void
html_data_links(FILE *out, const struct html_data *data)
{
	static const char *const formats[][2] = { { "json", "JSON" }, { "csv", "CSV" }, { "text", "text" } };

	fprintf(out, "<span class=\"others\">%s: ", data->label);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		fprintf(out, "<a%s href=\"", data->download ? " download" : "");
		data->write(out, data->what);
		fprintf(out, "&amp;format=%s\">%s</a> ", formats[i][0], formats[i][1]);
	}
	fputs("</span>", out);
}

void
html_cell(FILE *out, const char *label)
{
	fprintf(out, "<td data-label=\"%s\">", label);
}

void
html_number_cell(FILE *out, const char *label)
{
	fprintf(out, "<td class=\"n\" data-label=\"%s\">", label);
}

void
html_columns(FILE *out, const char *const *names, size_t count)
{
	fputs("<thead><tr>", out);
	for (size_t i = 0; i < count; i++) {
		bool number = names[i][0] == '#';

		fprintf(out, "<th scope=\"col\"%s>%s</th>", number ? " class=\"n\"" : "", names[i] + number);
	}
	fputs("</tr></thead>\n", out);
}

void
html_count(FILE *out, svctag_count count)
{
	char digits[SVCTAG_COUNT_TEXT_SIZE];
	size_t size = strlen(format_count(count, digits));

	if (strspn(digits, "0123456789") != size) { /* rounded */
		fputs(digits, out);
		return;
	}
	for (size_t i = 0; i < size; i++) {
		if (i > 0 && (size - i) % 3 == 0)
			putc(',', out);
		putc(digits[i], out);
	}
}

void
html_number(FILE *out, size_t number)
{
	html_count(out, svctag_count_of(number));
}

void
html_features(FILE *out, const char *network_features)
{
	const char *p = network_features;

	if (p == NULL || *p == '\0') {
		fputs("<span class=\"none\">nowhere</span>", out);
		return;
	}
	fputs("<span class=\"features\">", out);
	while (*p != '\0') {
		size_t size = strcspn(p, ",");

		fputs("<span class=\"feature\">", out);
		markup_bytes(out, p, size);
		fputs("</span> ", out);
		p += size;
		p += *p == ',';
	}
	fputs("</span>", out);
}

void
html_count_cell(FILE *out, const char *label, svctag_count count)
{
	html_number_cell(out, label);
	html_count(out, count);
	fputs("</td>", out);
}

void
html_property_cells(FILE *out, const struct html_place *place, const svctag_properties *properties)
{
	html_cell(out, "Region");
	if (*properties->region != '\0')
		html_link(out, place, properties->region);
	fputs("</td>", out);
	html_cell(out, "Service");
	markup_text(out, properties->system_service);
	fputs("</td>", out);
	html_cell(out, "Usable in");
	html_features(out, properties->network_features);
	fputs("</td>", out);
}

void
html_prefix(FILE *out, const svctag_prefix *prefix)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	svctag_prefix_format(prefix, text);
	fputs(text, out);
}

void
html_release(FILE *out, const svctag_release_info *info)
{
	char text[FORMAT_RELEASE_SIZE];

	markup_text(out, format_release(info, text));
}
