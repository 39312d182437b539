/*
 * Tables. A row may have more cells than the heading: its last cell belongs to
 * the last heading, and those that are too many to the one before.
 *
 * The Site Recovery guidance of 2017 has such a table: each row a region by
 * its display name, two service addresses and one for monitoring, under three
 * headings. What its columns are meant for is known: AzureSiteRecovery, and
 * EventHub of the row's region.
 */
#include <stdio.h>

#include <svctag/region.h>

#include "columns.h"
#include "markdown.h"

#define MAX_CELLS 64

#define SERVICE_TAG "AzureSiteRecovery"
#define MONITORING_TAG "EventHub"

struct cells {
	struct span cells[MAX_CELLS];
	size_t count; /* may be greater than what is kept */
};

/* What a column's addresses are meant for, if its heading says that. */
enum purpose {
	PURPOSE_NONE,
	PURPOSE_SERVICE,
	PURPOSE_MONITORING,
};

struct column {
	enum column_role role;
	enum list_side side;
	enum purpose purpose;
	bool has_addresses; /* of most of its cells: those without one are told */
};

struct table {
	struct reader *reader;
	const char *section;
	size_t column_count;
	struct column columns[MAX_CELLS];
};

/* ------------------------------------------------------------------ cells */

/* The bar that ends a cell, or the end of the line. "\|" is none. */
static size_t
find_bar(struct span line)
{
	size_t i = 0;

	while (i < line.size && line.text[i] != '|') {
		if (line.text[i] == '\\' && i + 1 < line.size)
			i++;
		i++;
	}
	return i < line.size ? i : line.size;
}

/* Bars at both ends of a line are its border. */
static void
split_row(struct span line, struct cells *ret)
{
	line = span_trim(line);
	if (line.size > 0 && line.text[0] == '|')
		line = span_from(line, 1);
	ret->count = 0;
	for (;;) {
		size_t bar = find_bar(line);

		if (ret->count < MAX_CELLS)
			ret->cells[ret->count] = span_trim((struct span){ .text = line.text, .size = bar });
		ret->count++;
		if (bar == line.size || bar + 1 == line.size)
			break;
		line = span_from(line, bar + 1);
	}
	if (ret->count > MAX_CELLS)
		ret->count = MAX_CELLS;
}

static bool
has_bar(struct span line)
{
	return line.size > 0 && memchr(line.text, '|', line.size) != NULL;
}

/* "--- | :---:": only such, with at least one dash and one bar. */
static bool
is_delimiter(struct span line)
{
	bool has_dash = false;

	for (size_t i = 0; i < line.size; i++) {
		has_dash |= line.text[i] == '-';
		if (line.text[i] != '-' && line.text[i] != '|' && line.text[i] != ':' && !is_blank(line.text[i]))
			return false;
	}
	return has_dash && has_bar(line);
}

bool
markdown_table_begins(const struct lines *lines)
{
	struct lines ahead = *lines;

	return has_bar(lines->line) && lines_next(&ahead) && is_delimiter(ahead.line);
}

/* Without stars and underscores of emphasis, and ticks of code. */
static struct span
plain_text(struct span cell)
{
	while (cell.size > 0 && strchr("*_`", cell.text[0]) != NULL)
		cell = span_from(cell, 1);
	while (cell.size > 0 && strchr("*_`", cell.text[cell.size - 1]) != NULL)
		cell.size--;
	return span_trim(cell);
}

/* Which heading the i-th cell of a row belongs to. */
static size_t
column_of(const struct table *table, size_t cell_count, size_t i)
{
	size_t last = table->column_count - 1;

	if (cell_count <= table->column_count || i < last)
		return i;
	if (i + 1 == cell_count)
		return last;
	return last > 0 ? last - 1 : 0;
}

/* --------------------------------------------------------------- headings */

static bool
any_holds(const struct cells *headings, const char *text)
{
	for (size_t i = 0; i < headings->count; i++) {
		if (span_holds(headings->cells[i], text))
			return true;
	}
	return false;
}

/* Of the guidance's table and its revisions, and of no other that has the word "service" in a heading. */
static bool
is_guidance(const struct cells *headings)
{
	struct span first = headings->cells[0];
	bool has_regions = span_holds(first, "location") || span_holds(first, "region") || span_holds(first, "target");

	return has_regions && (any_holds(headings, "recovery") || any_holds(headings, "monitoring"));
}

static enum purpose
purpose_of(struct span heading)
{
	if (span_holds(heading, "monitoring"))
		return PURPOSE_MONITORING;
	if (span_holds(heading, "service") || span_holds(heading, "recovery"))
		return PURPOSE_SERVICE;
	return PURPOSE_NONE;
}

static void
take_headings(struct table *table, struct span line)
{
	struct cells headings;
	bool guidance;

	split_row(line, &headings);
	guidance = is_guidance(&headings);
	table->column_count = headings.count;
	for (size_t i = 0; i < headings.count; i++) {
		struct span heading = plain_text(headings.cells[i]);

		table->columns[i] = (struct column){
			.role = column_role_of(heading),
			.side = column_side_of(heading),
			.purpose = guidance && i > 0 ? purpose_of(heading) : PURPOSE_NONE,
		};
	}
}

/* ------------------------------------------------------------------- rows */

/* The next row: up to an empty line or one without a bar. */
static bool
next_row(struct lines *lines, struct cells *ret)
{
	struct lines ahead = *lines;

	if (!lines_next(&ahead) || !has_bar(ahead.line))
		return false;
	*lines = ahead;
	split_row(ahead.line, ret);
	return true;
}

static bool
has_address(struct span cell)
{
	struct span word;

	return markdown_next_address(&cell, &word);
}

static bool
is_empty(struct span cell)
{
	return cell.size == 0 || span_is(cell, "-") || span_is(cell, "n/a") || span_is(cell, "none") ||
	       token_dash_size(cell) == cell.size;
}

/* A look at all rows before they are read: columns of addresses have some in at least half of their cells, or a heading
 * that says so and one at least. */
static void
find_address_columns(struct table *table, struct lines lines)
{
	size_t full[MAX_CELLS] = { 0 }, with[MAX_CELLS] = { 0 };
	struct cells row;

	while (next_row(&lines, &row)) {
		for (size_t i = 0; i < row.count; i++) {
			size_t column = column_of(table, row.count, i);

			full[column] += !is_empty(plain_text(row.cells[i]));
			with[column] += has_address(row.cells[i]);
		}
	}
	for (size_t i = 0; i < MAX_CELLS; i++)
		table->columns[i].has_addresses =
			with[i] > 0 && (with[i] * 2 >= full[i] || table->columns[i].role == COLUMN_ADDRESS);
}

/* The tag of monitoring in the row's region. */
static const char *
monitoring_intent(struct table *table, const struct origin *origin, struct span region_name)
{
	const svctag_region *region;
	char text[100];
	int length;

	region_name = plain_text(region_name);
	length = snprintf(text, sizeof(text), "%.*s", region_name.size < 64 ? (int)region_name.size : 64,
			  region_name.text);
	region = length > 0 && region_name.size < 64 ? svctag_region_find(text, NULL) : NULL;
	if (region == NULL || region->tag_suffix[0] == '\0') {
		reader_warning(table->reader, origin, region_name,
			       "no region of this name has tags: its monitoring address is read without an intent");
		return NULL;
	}
	length = snprintf(text, sizeof(text), MONITORING_TAG ".%s", region->tag_suffix);
	return reader_intent(table->reader, (struct span){ .text = text, .size = (size_t)length });
}

static const char *
intent_of(struct table *table, const struct origin *origin, const struct row_facts *facts, enum purpose purpose,
	  const struct cells *row)
{
	if (facts->intent.size > 0)
		return reader_intent(table->reader, plain_text(facts->intent));
	switch (purpose) {
	case PURPOSE_SERVICE: return reader_intent(table->reader, span_of(SERVICE_TAG));
	case PURPOSE_MONITORING: return monitoring_intent(table, origin, row->cells[0]);
	case PURPOSE_NONE: break;
	}
	return NULL;
}

static void
read_cell(struct table *table, struct origin *origin, const struct row_facts *facts, const struct cells *row, size_t i)
{
	const struct column *column = &table->columns[column_of(table, row->count, i)];
	struct span cell = row->cells[i];

	if (!has_address(cell)) {
		if (column->has_addresses && !is_empty(plain_text(cell)))
			reader_problem(table->reader, origin, cell, "no address in this cell");
		return;
	}
	origin->side = column->side;
	origin->intent = intent_of(table, origin, facts, column->purpose, row);
	(void)markdown_read_words(table->reader, origin, cell);
}

static void
read_row(struct table *table, size_t line, const struct cells *row)
{
	struct row_facts facts = { 0 };
	struct origin origin = { .line = line };

	for (size_t i = 0; i < row->count; i++)
		row_facts_take(&facts, table->columns[column_of(table, row->count, i)].role, plain_text(row->cells[i]));
	origin.rule = row_facts_rule(table->reader, &facts, table->section);
	for (size_t i = 0; i < row->count; i++)
		read_cell(table, &origin, &facts, row, i);
	if (row->count == MAX_CELLS)
		reader_warning(table->reader, &origin, row->cells[0], "only the first %d cells of a row are read",
			       MAX_CELLS);
}

void
markdown_read_table(struct reader *reader, struct lines *lines, const char *section)
{
	struct table table = { .reader = reader, .section = section };
	struct cells row;

	take_headings(&table, lines->line);
	(void)lines_next(lines); /* the dashes */
	find_address_columns(&table, *lines);
	while (reader_goes_on(reader) && next_row(lines, &row))
		read_row(&table, lines->number, &row);
}
