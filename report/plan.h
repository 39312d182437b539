/*
 * The outward forms of a plan, and the list of scenarios. As in report.h, on
 * which it builds.
 */
#ifndef REPORT_PLAN_H
#define REPORT_PLAN_H

#include <advice/plan.h>

#include "rules.h"

/** `plan SCENARIO` */
SVCTAG_MUST_CHECK svctag_error report_plan(FILE *out, const struct report_style *style, const struct plan *plan);
/** The same as Markdown, for people. */
SVCTAG_MUST_CHECK svctag_error report_plan_markdown(FILE *out, const struct plan *plan);

/** The rules of all places that can be made, in one document. Places without rules are left out. */
SVCTAG_MUST_CHECK svctag_error report_plan_rules(FILE *out, enum rules_output output, const struct plan *plan);

/** A scenario that there is. */
struct report_scenario {
	const struct scenario *scenario;
	const char *file; /**< NULL: built in */
};

/** `plan` alone. */
SVCTAG_MUST_CHECK svctag_error report_scenarios(FILE *out, const struct report_style *style,
						const struct report_scenario *scenarios, size_t count);

#endif
