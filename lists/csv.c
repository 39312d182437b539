/*
 * CSV with `,` `;` or tab: which separator, whether there is a heading and
 * which column holds the addresses is found by looking at the first records.
 */
#include "csv.h"

#include <stdint.h>
#include <stdio.h>

#include "columns.h"
#include "reader.h"
#include "text.h"

#define SHAPE_RECORDS 20
#define COLUMN_RECORDS 1000

static const char separators[] = { ',', ';', '\t' };

struct layout {
	char separator;
	bool has_heading;
	size_t address; /* the column; SIZE_MAX if none was found */
	size_t other;   /* another that holds addresses too; SIZE_MAX if there is none */
	enum list_side side;
	enum column_role roles[CSV_MAX_CELLS];
};

static struct csv_records
records_of(const struct reader *reader, char separator)
{
	return (struct csv_records){ .rest = reader_text(reader), .separator = separator, .next_line = 1 };
}

/* Does the cell begin with an address, or with what was meant to be one? */
static bool
begins_with_address(struct span cell)
{
	struct span word;
	struct token token;

	return text_next(&cell, &word) && (token_resembles(word) || token_parse(word, &token) == SVCTAG_OK);
}

/* How many of the first records have as many cells as the first one, which has to have two. */
static size_t
count_alike(const struct reader *reader, char separator, struct csv_record *record, size_t *ret_records)
{
	struct csv_records records = records_of(reader, separator);
	size_t alike = 0, count = 0, seen;

	for (seen = 0; seen < SHAPE_RECORDS && csv_next(&records, record); seen++) {
		if (seen == 0)
			count = record->count;
		alike += record->count == count;
	}
	*ret_records = seen;
	return count >= 2 ? alike : 0;
}

/* Of several that fit the one that most records agree on; a comma where none does. */
static char
find_separator(const struct reader *reader, struct csv_record *record, bool *ret_is_table)
{
	size_t best = 0;
	char separator = ',';

	*ret_is_table = false;
	for (size_t i = 0; i < sizeof(separators); i++) {
		size_t seen, alike = count_alike(reader, separators[i], record, &seen);

		if (alike <= best)
			continue;
		best = alike;
		separator = separators[i];
		*ret_is_table = alike == seen;
	}
	return separator;
}

/* Which columns hold addresses: how many cells of each, in the first records. */
static void
find_columns(const struct reader *reader, struct layout *layout, struct csv_record *record)
{
	struct csv_records records = records_of(reader, layout->separator);
	size_t counts[CSV_MAX_CELLS] = { 0 }, best = 0;

	for (size_t seen = 0; seen < COLUMN_RECORDS && csv_next(&records, record); seen++) {
		for (size_t i = 0; i < record->count; i++)
			counts[i] += begins_with_address(record->cells[i]);
	}
	layout->address = layout->other = SIZE_MAX;
	for (size_t i = 0; i < CSV_MAX_CELLS; i++) {
		if (counts[i] > best) {
			best = counts[i];
			layout->address = i;
		}
	}
	for (size_t i = 0; i < CSV_MAX_CELLS && layout->other == SIZE_MAX; i++) {
		if (i != layout->address && counts[i] > 0 && counts[i] >= best / 2)
			layout->other = i;
	}
}

static bool
has_digit(struct span text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (is_digit(text.text[i]))
			return true;
	}
	return false;
}

/* A first record with an address is none; one whose names are known is; else digits tell a broken address. */
static bool
is_heading(const struct layout *layout, const struct csv_record *first)
{
	bool is_known = false;

	for (size_t i = 0; i < first->count; i++) {
		if (begins_with_address(first->cells[i]))
			return false;
		is_known |= column_role_of(first->cells[i]) != COLUMN_OTHER;
	}
	if (is_known || layout->address >= first->count)
		return true;
	return !has_digit(first->cells[layout->address]);
}

/* The column of the options, by heading or number. */
static void
choose_column(struct reader *reader, struct layout *layout, const struct csv_record *first)
{
	const char *wanted = reader->options->column;

	layout->other = SIZE_MAX;
	for (size_t i = 0; i < first->count; i++) {
		if (span_is(first->cells[i], wanted)) {
			layout->address = i;
			layout->has_heading = true;
			return;
		}
	}
	if (span_is_number(span_of(wanted)) && strlen(wanted) <= 3) {
		size_t number = 0;

		for (const char *p = wanted; *p != '\0'; p++)
			number = number * 10 + (size_t)(*p - '0');
		layout->address = number - 1;
		if (number >= 1 && number <= first->count)
			return;
	}
	reader_fail(reader, SVCTAG_E_NOT_FOUND, "has no column \"%s\" among the %zu of its first line", wanted,
		    first->count);
}

static void
find_layout(struct reader *reader, struct layout *layout, struct csv_record *record)
{
	struct csv_records records;
	bool is_table;

	layout->separator = find_separator(reader, record, &is_table);
	find_columns(reader, layout, record);
	records = records_of(reader, layout->separator);
	record->count = 0;
	(void)csv_next(&records, record);
	layout->has_heading = is_heading(layout, record);
	if (reader->options->column != NULL)
		choose_column(reader, layout, record);
	for (size_t i = 0; layout->has_heading && i < record->count; i++)
		layout->roles[i] = column_role_of(record->cells[i]);
	if (layout->has_heading && layout->address < record->count)
		layout->side = column_side_of(record->cells[layout->address]);
}

static bool
is_wildcard(struct span word)
{
	return span_is(word, "*") || span_is(word, "any") || span_is(word, "all") || span_is(word, "internet") ||
	       span_is(word, "VirtualNetwork") || span_is(word, "AzureLoadBalancer");
}

static void
read_cell(struct reader *reader, struct origin *origin, struct span cell)
{
	struct lines lines = { .rest = cell };
	size_t first_line = origin->line;

	while (reader_goes_on(reader) && lines_next(&lines)) {
		struct span rest = lines.line, word;

		origin->line = first_line + lines.number - 1;
		while (reader_goes_on(reader) && text_next(&rest, &word)) {
			if (is_wildcard(word))
				reader_mention(reader, origin, word);
			else
				(void)reader_address(reader, origin, word);
		}
	}
}

static void
read_record(struct reader *reader, const struct layout *layout, const struct csv_record *record)
{
	struct row_facts facts = { 0 };
	struct origin origin = { .line = record->line, .side = layout->side };

	if (record->is_broken)
		reader_warning(reader, &origin, record->cells[0],
			       "a quote that is not closed, or has text behind it; or more than %d cells",
			       CSV_MAX_CELLS);
	if (layout->address >= record->count)
		return;
	for (size_t i = 0; i < record->count; i++) {
		if (i != layout->address)
			row_facts_take(&facts, layout->roles[i], record->cells[i]);
	}
	origin.rule = row_facts_rule(reader, &facts, "");
	if (facts.intent.size > 0)
		origin.intent = reader_intent(reader, facts.intent);
	origin.line = record->lines[layout->address];
	read_cell(reader, &origin, record->cells[layout->address]);
}

/* The beginning of a text that has nothing but one table of cells, of which some are addresses and some are not. */
static bool
detect(const struct reader *reader)
{
	struct csv_record record;
	struct csv_records records;
	size_t addresses = 0, others = 0;
	bool is_table;
	char separator;

	if (span_ends(span_of(reader->name), ".csv") || span_ends(span_of(reader->name), ".tsv"))
		return true;
	separator = find_separator(reader, &record, &is_table);
	if (!is_table)
		return false;
	records = records_of(reader, separator);
	for (size_t seen = 0; seen < SHAPE_RECORDS && csv_next(&records, &record); seen++) {
		for (size_t i = 0; i < record.count; i++) {
			/* A comment of plain text, with commas of its own. */
			if (memchr(record.cells[i].text, '#', record.cells[i].size) != NULL)
				return false;
			addresses += begins_with_address(record.cells[i]);
			others += record.cells[i].size > 0 && !begins_with_address(record.cells[i]);
		}
	}
	return addresses > 0 && others > 0;
}

/* What is not read though it might have been. */
static void
report_layout(struct reader *reader, const struct layout *layout)
{
	struct origin origin = { .line = 1 };

	if (layout->address == SIZE_MAX && reader->size > 0)
		reader_problem(reader, &origin, span_of(""), "no column holds addresses");
	if (layout->other != SIZE_MAX)
		reader_warning(reader, &origin, span_of(""),
			       "column %zu is read; column %zu holds addresses too, and is not", layout->address + 1,
			       layout->other + 1);
}

static void
read_all(struct reader *reader)
{
	struct layout layout = { 0 };
	struct csv_record record;
	struct csv_records records;

	find_layout(reader, &layout, &record);
	if (!reader_goes_on(reader))
		return;
	report_layout(reader, &layout);
	records = records_of(reader, layout.separator);
	if (layout.has_heading)
		(void)csv_next(&records, &record);
	while (reader_goes_on(reader) && csv_next(&records, &record))
		read_record(reader, &layout, &record);
}

const struct list_format list_format_csv = {
	.name = "csv",
	.description = "comma-, semicolon- or tab-separated values",
	.detect = detect,
	.read = read_all,
};
