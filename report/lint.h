/*
 * The outward forms of lint: findings in a list. As in report.h, on which it
 * builds.
 */
#ifndef REPORT_LINT_H
#define REPORT_LINT_H

#include <advice/lint.h>

#include "report.h"

/** Everything that one answer is made of. */
struct report_lint {
	const struct list *list;
	const svctag_release_info *release;
	const struct lint *findings; /**< of lint_list() on this list and a snapshot of this release */
	const char *target;          /**< as asked for, or NULL */
};

/** `lint`. */
SVCTAG_MUST_CHECK svctag_error report_lint(FILE *out, const struct report_style *style,
					   const struct report_lint *answer);

/** The same as SARIF 2.1.0, which code hosts and editors show beside the lines. */
SVCTAG_MUST_CHECK svctag_error report_lint_sarif(FILE *out, const struct report_lint *answer);

/** Most bytes of a rule's name that are repeated with each finding. */
#define REPORT_LINT_NAME 200

#endif
