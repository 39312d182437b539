/*
 * The outward forms of a drift: what a list, or a copy of a tag, became. As in
 * report.h, on which it builds.
 */
#ifndef REPORT_DRIFT_H
#define REPORT_DRIFT_H

#include <lists/lists.h>
#include <svctag/drift.h>

#include "report.h"

/**
 * A list's entries for svctag_drift_of_list(), in their order.
 * @param intent    of entries whose list names none; NULL for none
 * @param[out] ret  free() it; its strings are the list's
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error report_drift_entries(const struct list *list, const char *intent,
						    svctag_drift_entry **ret);

/** `drift LIST`. The drift is of report_drift_entries() of this list. */
SVCTAG_MUST_CHECK svctag_error report_drift(FILE *out, const struct report_style *style, const struct list *list,
					    const svctag_drift *drift, unsigned int width);
/** The same as a chart. */
SVCTAG_MUST_CHECK svctag_error report_drift_svg(FILE *out, const struct list *list, const svctag_drift *drift);

/** `drift --tag TAG --frozen REF`. The drift is of svctag_drift_of_copy(). */
SVCTAG_MUST_CHECK svctag_error report_drift_copy(FILE *out, const struct report_style *style,
						 const svctag_drift *drift);
/** The same as a chart. */
SVCTAG_MUST_CHECK svctag_error report_drift_copy_svg(FILE *out, const svctag_drift *drift);

#endif
