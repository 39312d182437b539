/**
 * @file
 * Records of RFC 4180 with any separator.
 */
#ifndef LISTS_CSV_H
#define LISTS_CSV_H

#include "token.h"

#define CSV_MAX_CELLS 256

/** Where the records come from. Start with `rest`, `separator`, and 1 in `next_line`. */
struct csv_records {
	struct span rest;
	char separator;
	size_t next_line;
	bool line_quotes; /**< a quote was never closed: from here on quotes end with their line */
};

struct csv_record {
	size_t line; /**< where it begins */
	size_t count;
	struct span cells[CSV_MAX_CELLS]; /**< without blanks and quotes around them; "" inside stays as it is */
	size_t lines[CSV_MAX_CELLS];      /**< where each cell begins */
	bool is_broken;                   /**< a quote that is never closed, or text behind a closing one; or too many
					       cells: those past the last are left out */
};

/** The next record; empty lines and lines that begin with `#` are passed over. @return false at the end */
bool csv_next(struct csv_records *records, struct csv_record *ret);

#endif
