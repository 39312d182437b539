/* What the parts of a plan share. */
#ifndef ADVICE_PLAN_INTERNAL_H
#define ADVICE_PLAN_INTERNAL_H

#include "plan.h"

/** Fill the values, which are zeroed. As plan_make(). */
SVCTAG_MUST_CHECK svctag_error plan_take_values(struct plan *plan, const struct plan_argument *arguments, size_t count,
						svctag_detail *detail);

/**
 * A region in any of its spellings, of the release's cloud: from the table of
 * regions, else (it is younger than the table) from the release's own tags.
 * @param detail  says of which cloud it is, or what it is near
 * @return SVCTAG_OK, SVCTAG_E_NOT_FOUND, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error plan_find_region(struct plan *plan, const char *text, const svctag_region **ret,
						svctag_detail *detail);

/** What a region is called where a hole is filled. */
enum plan_spelling {
	PLAN_TAG,  /**< "Storage.CentralUS", "AzureCloud.centralus" */
	PLAN_HOST, /**< "centralus" */
	PLAN_TEXT, /**< "Central US" */
};

/**
 * Fill the holes of a text.
 * @param place     whose aliases count; NULL: none
 * @param[out] ret  the plan's
 */
SVCTAG_MUST_CHECK svctag_error plan_fill(struct plan *plan, const struct scenario_place *place, const char *text,
					 enum plan_spelling spelling, const char **ret);

bool plan_holds(const struct plan *plan, const struct scenario_condition *when);

/** Add a note. There is room for as many as plan_make() has counted. */
SVCTAG_MUST_CHECK svctag_error plan_note(struct plan *plan, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
