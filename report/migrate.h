/*
 * The outward forms of a migration: which tags replace a list, at what cost.
 * The rules themselves are written by rules.h.
 */
#ifndef REPORT_MIGRATE_H
#define REPORT_MIGRATE_H

#include <advice/rules_migration.h>

#include "report.h"

/** `migrate LIST`. */
SVCTAG_MUST_CHECK svctag_error report_migrate(FILE *out, const struct report_style *style,
					      const struct proposal *proposal);
/** The same for a merge request or a wiki. */
SVCTAG_MUST_CHECK svctag_error report_migrate_markdown(FILE *out, const struct proposal *proposal);

/** Room for report_migrate_title(). */
#define REPORT_TITLE_SIZE 300
/** One line for the head of the rules: what they were made from. */
const char *report_migrate_title(const struct proposal *proposal, char text[REPORT_TITLE_SIZE]);

#endif
