#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

/* Blanks between two columns. */
#define GUTTER 2

/* Room for `more` elements in a growing array. */
static bool
grow(struct table *table, void **array, size_t *capacity, size_t used, size_t more, size_t element)
{
	size_t wanted = *capacity == 0 ? 256 : *capacity;
	void *grown;

	if (used + more <= *capacity)
		return true;
	while (wanted < used + more)
		wanted *= 2;
	grown = reallocarray(*array, wanted, element);
	if (grown == NULL) {
		table->failed = true;
		return false;
	}
	*array = grown;
	*capacity = wanted;
	return true;
}

void
table_cell(struct table *table, const char *text)
{
	size_t size = strlen(text) + 1;
	void *bytes = table->text;
	void *offsets = table->offsets;

	if (table->failed)
		return;
	if (grow(table, &bytes, &table->text_size, table->text_used, size, 1))
		table->text = bytes;
	if (grow(table, &offsets, &table->capacity, table->count, 1, sizeof(*table->offsets)))
		table->offsets = offsets;
	if (table->failed)
		return;
	memcpy(table->text + table->text_used, text, size);
	report_make_printable(table->text + table->text_used);
	table->offsets[table->count++] = table->text_used;
	table->text_used += size;
}

void
table_cellf(struct table *table, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		table->failed = true;
		return;
	}
	table_cell(table, text);
	free(text);
}

/* Columns on the screen: bytes that do not continue a UTF-8 sequence. */
static size_t
width_of(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0U) != 0x80;
	return width;
}

static void
print_row(const struct table *table, FILE *out, const size_t *widths, size_t width, size_t row)
{
	size_t columns = width;

	/* No blanks at the end of a line. */
	while (columns > 1 && table->text[table->offsets[row * width + columns - 1]] == '\0')
		columns--;
	for (size_t c = 0; c < columns; c++) {
		const char *text = table->text + table->offsets[row * width + c];
		int padding = (int)(widths[c] - width_of(text));

		if (table->alignment[c] == 'r')
			fprintf(out, "%*s%s", padding, "", text);
		else if (c + 1 < columns)
			fprintf(out, "%s%*s", text, padding, "");
		else
			fputs(text, out);
		if (c + 1 < columns)
			fprintf(out, "%*s", GUTTER, "");
	}
}

svctag_error
table_print(struct table *table, FILE *out, const struct report_style *style, int indent, bool header)
{
	size_t columns = strlen(table->alignment);
	size_t *widths = calloc(columns, sizeof(*widths));

	if (widths == NULL || table->failed) {
		free(widths);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t width = width_of(table->text + table->offsets[i]);

		if (width > widths[i % columns])
			widths[i % columns] = width;
	}
	for (size_t row = 0; row < table->count / columns; row++) {
		bool heading = header && row == 0;

		fprintf(out, "%*s%s", indent, "", heading ? format_colour(style, FORMAT_HEADING) : "");
		print_row(table, out, widths, columns, row);
		fprintf(out, "%s\n", heading ? format_colour(style, FORMAT_PLAIN) : "");
	}
	free(widths);
	table->count = 0;
	table->text_used = 0;
	return format_written(out);
}

void
table_release(struct table *table)
{
	free(table->text);
	free(table->offsets);
}
