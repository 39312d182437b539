/* What the forms of a drift share. */
#ifndef REPORT_DRIFT_INTERNAL_H
#define REPORT_DRIFT_INTERNAL_H

#include "drift.h"

/** Everything that one answer is made of. */
struct drift_answer {
	const struct list *list; /**< NULL for a copy of a tag */
	const svctag_drift *drift;
	const svctag_catalogue *catalogue;
	size_t cloud;
	size_t releases;
};

struct drift_answer drift_answer_of(const struct list *list, const svctag_drift *drift);
const svctag_release_info *drift_release(const struct drift_answer *answer, size_t i);

/** How much of the tag's addresses of a family is covered; NAN where the tag has none. */
double drift_fraction(const svctag_drift_coverage *coverage, int family);

/** Where the i-th entry of the list stands. */
void drift_place(const struct list *list, size_t entry, char text[LIST_PLACE_SIZE]);

SVCTAG_MUST_CHECK svctag_error drift_write_text(FILE *out, const struct report_style *style,
						const struct drift_answer *answer, unsigned int width);
SVCTAG_MUST_CHECK svctag_error drift_copy_write_text(FILE *out, const struct report_style *style,
						     const struct drift_answer *answer);

#endif
