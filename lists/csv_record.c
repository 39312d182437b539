/*
 * A quote that is never closed would swallow the rest of the file. Where one
 * is found the line is read again with the quote as an ordinary character, and
 * from then on no quoted cell goes past its line, so that this happens once.
 */
#include "csv.h"

/* The line at hand, with its end. */
static size_t
line_size(struct span rest)
{
	const char *newline = memchr(rest.text, '\n', rest.size);

	return newline != NULL ? (size_t)(newline - rest.text) + 1 : rest.size;
}

static void
skip(struct csv_records *records, size_t size)
{
	for (size_t i = 0; i < size; i++)
		records->next_line += records->rest.text[i] == '\n';
	records->rest = span_from(records->rest, size);
}

static bool
is_passed_over(struct span line)
{
	line = span_trim(line);
	return line.size == 0 || line.text[0] == '#';
}

/* To the closing quote; the opening one is at `i`. SIZE_MAX if there is none. */
static size_t
find_quote(const struct csv_records *records, size_t i)
{
	struct span rest = records->rest;

	for (i++; i < rest.size; i++) {
		if (rest.text[i] == '\n' && records->line_quotes)
			break;
		if (rest.text[i] != '"')
			continue;
		if (i + 1 == rest.size || rest.text[i + 1] != '"')
			return i;
		i++;
	}
	return SIZE_MAX;
}

static bool
ends_cell(const struct csv_records *records, size_t i)
{
	return i >= records->rest.size || records->rest.text[i] == records->separator || records->rest.text[i] == '\n';
}

/* The end of an unquoted cell. */
static size_t
find_end(const struct csv_records *records, size_t i)
{
	while (!ends_cell(records, i))
		i++;
	return i;
}

static bool
is_space(const struct csv_records *records, size_t i)
{
	char c = i < records->rest.size ? records->rest.text[i] : '\0';

	return (c == ' ' || c == '\t' || c == '\r') && c != records->separator;
}

static void
add_cell(struct csv_record *record, struct span cell, size_t line)
{
	if (record->count == CSV_MAX_CELLS) {
		record->is_broken = true;
		return;
	}
	record->lines[record->count] = line;
	record->cells[record->count++] = cell;
}

/* One cell; `i` is moved to what ends it. False when a quote in it does not do what quotes do. */
static bool
read_cell(const struct csv_records *records, size_t *i, size_t *line, struct csv_record *record)
{
	const char *text = records->rest.text;
	size_t begin = *i, close;

	while (is_space(records, begin))
		begin++;
	if (begin == records->rest.size || text[begin] != '"') {
		*i = find_end(records, *i);
		add_cell(record, span_trim(span_between(text + begin, text + (*i > begin ? *i : begin))), *line);
		return true;
	}
	close = find_quote(records, begin);
	if (close == SIZE_MAX)
		return false;
	for (*i = close + 1; is_space(records, *i); ++*i)
		;
	if (!ends_cell(records, *i))
		return false;
	add_cell(record, span_trim(span_between(text + begin + 1, text + close)), *line);
	for (size_t k = begin; k < close; k++)
		*line += text[k] == '\n';
	return true;
}

/* All cells of a record, whose size is the result; 0 when quotes are not as they should be. */
static size_t
read_record(const struct csv_records *records, struct csv_record *record)
{
	size_t i = 0, line = records->next_line;

	for (;;) {
		if (!read_cell(records, &i, &line, record))
			return 0;
		if (i >= records->rest.size || records->rest.text[i] == '\n')
			return i < records->rest.size ? i + 1 : i;
		i++;
	}
}

/* The line at hand split at every separator, whatever its quotes. */
static size_t
split_line(const struct csv_records *records, struct csv_record *record)
{
	size_t end = line_size(records->rest), i = 0;

	for (;;) {
		size_t stop = find_end(records, i);

		add_cell(record,
			 span_unquote(span_trim(span_between(records->rest.text + i, records->rest.text + stop))),
			 records->next_line);
		if (stop >= end || records->rest.text[stop] == '\n')
			return end;
		i = stop + 1;
	}
}

bool
csv_next(struct csv_records *records, struct csv_record *ret)
{
	size_t size;

	while (records->rest.size > 0) {
		size = line_size(records->rest);
		if (!is_passed_over((struct span){ .text = records->rest.text, .size = size }))
			break;
		skip(records, size);
	}
	if (records->rest.size == 0)
		return false;
	ret->line = records->next_line;
	ret->count = 0;
	ret->is_broken = false;
	size = read_record(records, ret);
	if (size == 0) {
		records->line_quotes = true;
		ret->count = 0;
		size = split_line(records, ret);
		ret->is_broken = true;
	}
	skip(records, size);
	return true;
}
