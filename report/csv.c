#include "csv.h"

#include <inttypes.h>
#include <string.h>

static char
separator_of(const struct csv *csv)
{
	return csv->separator == '\0' ? ',' : csv->separator;
}

static void
separate(struct csv *csv)
{
	if (csv->started)
		putc(separator_of(csv), csv->out);
	csv->started = true;
}

void
csv_bytes(struct csv *csv, const char *bytes, size_t size)
{
	bool quote = false;

	separate(csv);
	for (size_t i = 0; i < size && !quote; i++)
		quote = bytes[i] == separator_of(csv) || bytes[i] == '"' || bytes[i] == '\n' || bytes[i] == '\r';
	if (!quote) {
		fwrite(bytes, 1, size, csv->out);
		return;
	}
	putc('"', csv->out);
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '"')
			putc('"', csv->out);
		putc(bytes[i], csv->out);
	}
	putc('"', csv->out);
}

void
csv_text(struct csv *csv, const char *text)
{
	csv_bytes(csv, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

void
csv_integer(struct csv *csv, int64_t number)
{
	separate(csv);
	fprintf(csv->out, "%" PRId64, number);
}

void
csv_fraction(struct csv *csv, double number)
{
	separate(csv);
	fprintf(csv->out, "%.15g", number);
}

void
csv_count(struct csv *csv, svctag_count count)
{
	char text[SVCTAG_COUNT_TEXT_SIZE];

	svctag_count_format(count, text);
	csv_text(csv, text);
}

void
csv_prefix(struct csv *csv, const svctag_prefix *prefix)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	svctag_prefix_format(prefix, text);
	csv_text(csv, text);
}

void
csv_release(struct csv *csv, const svctag_release_info *info)
{
	char digest[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_digest_format(info->digest, digest);
	csv_text(csv, info->cloud);
	csv_integer(csv, info->change_number);
	csv_text(csv, info->published);
	csv_text(csv, digest);
}

void
csv_end(struct csv *csv)
{
	putc('\n', csv->out);
	csv->started = false;
}
