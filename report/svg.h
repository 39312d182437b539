/*
 * Charts as SVG: a title and a description that screen readers read, axes, a
 * legend, one or more panels over the same days or numbers. Colours follow the
 * reader's light or dark scheme by CSS alone; there is no script and nothing is
 * fetched. Over days, values hold from their day to the next one, so lines are
 * steps; over numbers, values are points, which lines join.
 */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include "report.h"

/** Series of one panel that get a colour of their own; further ones are drawn like the last. */
#define SVG_COLOURS 8

struct svg_series {
	const char *name;
	const double *values; /**< one for each day or number; NAN where there is none */
};

enum svg_kind {
	SVG_LINES,   /**< each series by itself */
	SVG_AREA,    /**< the same, filled down to zero */
	SVG_STACKED, /**< each upon those before it, filled */
};

struct svg_panel {
	const char *title;
	enum svg_kind kind;
	const struct svg_series *series;
	size_t series_count;
	double top; /**< of the axis, which begins at zero; 0: as high as the values */
	bool percent;
};

/** A row of bars. */
struct svg_row {
	const char *name;
	const size_t (*spans)[2]; /**< [first, until) in the days */
	size_t span_count;
};

/** What is drawn: panels, or (with none) rows. */
struct svg_chart {
	const char *title;
	const char *description;
	const int64_t *days; /**< count + 1: each value's, and where the last one ends; svctag_day_number() */
	size_t count;
	/**
	 * Instead of days, with panels of SVG_LINES: `count` numbers above zero, rising, on an axis where each power of
	 * ten is as far from the next.
	 */
	const double *numbers;
	const char *numbers_name; /**< what they count */
	const struct svg_panel *panels;
	size_t panel_count;
	const struct svg_row *rows;
	size_t row_count;
};

/** @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_IO */
SVCTAG_MUST_CHECK svctag_error svg_write(FILE *out, const struct svg_chart *chart);

#endif
