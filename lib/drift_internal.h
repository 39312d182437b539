/**
 * @file
 * What a drift is made of. Hidden.
 */
#ifndef SVCTAG_DRIFT_INTERNAL_H
#define SVCTAG_DRIFT_INTERNAL_H

#include <svctag/drift.h>

#include "coverage.h"

/** Where an entry's spans are. */
struct drift_entry {
	uint32_t intent; /**< a tag, an unknown name (from tag_count on), or SVCTAG_DRIFT_NO_TAG */
	size_t first_span;
	size_t span_count;
};

/** A tag and the list from one release on until the next point. */
struct drift_point {
	svctag_count tag[2];
	svctag_count covered[2];
	uint32_t release;
};

/** A tag that entries are meant for. */
struct drift_intended {
	uint32_t tag;
	svctag_count list[2];
	struct drift_point *points; /**< the first is of release 0 */
	size_t point_count;
};

struct svctag_drift {
	struct timeline *timeline;
	const svctag_release_info *frozen;
	size_t (*states)[SVCTAG_DRIFT_STATE_COUNT]; /**< by release */
	struct drift_entry *entries;
	size_t entry_count;
	svctag_drift_span *spans;
	size_t span_count;
	struct drift_intended *intended; /**< by name, letter case aside */
	size_t intended_count;
	char **unknown; /**< intents that name no tag */
	size_t unknown_count;
	svctag_count addresses[2];
	svctag_drift_break first_break;
	bool broken;
	bool drifted;
};

/** Find the tags that are meant, and what the list covers of each. The list is sorted by tag on the way. */
SVCTAG_MUST_CHECK svctag_error drift_measure_list(svctag_drift *drift, const svctag_drift_entry *entries,
						  struct coverage_list *list);

/** The same for a copy of the only tag. */
SVCTAG_MUST_CHECK svctag_error drift_measure_copy(svctag_drift *drift, const svctag_set *copy,
						  const struct coverage_list *list);

#endif
