/*
 * The outward forms of histories: when which tag held an address, and how a
 * tag grew. As in report.h, on which it builds.
 */
#ifndef REPORT_HISTORY_H
#define REPORT_HISTORY_H

#include <svctag/history.h>

#include "report.h"

/** Columns of a terminal that is none. */
#define REPORT_WIDTH 100

/**
 * `history QUERY`.
 * @param width  of the terminal, for the bars of the text form
 */
SVCTAG_MUST_CHECK svctag_error report_history(FILE *out, const struct report_style *style,
					      const struct report_query *asked, const svctag_query *query,
					      const svctag_history *history, unsigned int width);

/** The same as a chart: one row for each tag. */
SVCTAG_MUST_CHECK svctag_error report_history_svg(FILE *out, const svctag_query *query, const svctag_history *history);

/** `history --tag TAG`. */
SVCTAG_MUST_CHECK svctag_error report_growth(FILE *out, const struct report_style *style, const svctag_growth *growth);

/** The same as a chart. */
SVCTAG_MUST_CHECK svctag_error report_growth_svg(FILE *out, const svctag_growth *growth);

#endif
