/* The outward form of one lookup, shared by single answers and streams. */
#ifndef REPORT_LOOKUP_H
#define REPORT_LOOKUP_H

#include "report.h"

/** Everything that one answer is made of. */
struct lookup_answer {
	const svctag_snapshot *snapshot;
	const struct report_query *asked;
	const svctag_query *query;
	const svctag_lookup_result *result;
};

/** The object, and `end` after it. */
SVCTAG_MUST_CHECK svctag_error lookup_write_json(FILE *out, const struct lookup_answer *answer, const char *end);
/** A record for each match, or one without a tag. */
SVCTAG_MUST_CHECK svctag_error lookup_write_csv(FILE *out, const struct lookup_answer *answer);
#define LOOKUP_CSV_HEADER                                                                                         \
	"query,host,cloud,changeNumber,published,id,kind,normalized,region,tag,prefix,relation,coveredAddresses," \
	"coveredFraction,tagRegion,systemService,networkFeatures,tagChangeNumber,error\n"
/** For people. */
SVCTAG_MUST_CHECK svctag_error lookup_write_text(FILE *out, const struct report_style *style,
						 const struct lookup_answer *answer);

#endif
