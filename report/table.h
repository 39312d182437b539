/*
 * Aligned columns for people. Cells are collected first, because a column is
 * as wide as its widest cell; a failed allocation is remembered and reported
 * by table_print().
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "report.h"

struct table {
	const char *alignment; /* one 'l' or 'r' for each column */
	char *text;            /* the cells, each closed by NUL */
	size_t text_used, text_size;
	size_t *offsets; /* where each cell begins */
	size_t count, capacity;
	bool failed;
};

/** Add the next cell, row by row. Control characters and what is not UTF-8 become '?'. */
void table_cell(struct table *table, const char *text);
void table_cellf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * Print all rows and empty the table.
 * @param indent  blanks before each row
 * @param header  the first row is a heading
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_IO
 */
SVCTAG_MUST_CHECK svctag_error table_print(struct table *table, FILE *out, const struct report_style *style, int indent,
					   bool header);
void table_release(struct table *table);

#endif
