/* The three outward forms of a diff besides JSON share these. */
#ifndef REPORT_DIFF_H
#define REPORT_DIFF_H

#include "report.h"

/** Everything that one answer is made of. */
struct diff_answer {
	const svctag_release_info *from;
	const svctag_release_info *to;
	bool gap;
	const svctag_diff *diff;
};

/** A property of a tag that may differ between releases. */
enum diff_property {
	DIFF_CHANGE_NUMBER,
	DIFF_REGION,
	DIFF_REGION_ID,
	DIFF_PLATFORM,
	DIFF_SYSTEM_SERVICE,
	DIFF_NETWORK_FEATURES,
	DIFF_PROPERTY_COUNT,
};

/** Its published name. */
const char *diff_property_name(enum diff_property property);
/** Do the two have different values? Feature lists compare as sets. */
bool diff_property_differs(enum diff_property property, const svctag_properties *a, const svctag_properties *b);

/** Room for diff_property_text() of a number. */
#define DIFF_NUMBER_SIZE 24
/** The value as text; NULL where it is null or left out. May point to `number` or into the properties. */
const char *diff_property_text(enum diff_property property, const svctag_properties *properties,
			       char number[DIFF_NUMBER_SIZE]);

/** The properties that are current: of `to`, or of `from` when the tag is gone. */
const svctag_properties *diff_current(const svctag_tag_diff *tag);
/** "added", "removed", "changed". */
const char *diff_change_text(svctag_change change);

SVCTAG_MUST_CHECK svctag_error diff_write_csv(FILE *out, const struct diff_answer *answer);
SVCTAG_MUST_CHECK svctag_error diff_write_text(FILE *out, const struct report_style *style,
					       const struct diff_answer *answer);

#endif
