/**
 * @file
 * When which tag held an address, and how a tag grew: read from the intervals
 * that the store keeps, not from one release after the other.
 *
 * The list of releases is checked against its seal, the ends of all spans
 * against that list, and for a whole cloud the number of tags and memberships
 * of every release. Digests are not compared: only putting a release together
 * (svctag_store_content()) does that.
 *
 * What is returned is immutable and independent of the store: any thread may
 * read it.
 */
#ifndef SVCTAG_HISTORY_H
#define SVCTAG_HISTORY_H

#include <svctag/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One unbroken span of one prefix in one tag. */
typedef struct svctag_history_entry {
	const char *tag; /**< as spelt then */
	svctag_prefix prefix;
	const svctag_release_info *from; /**< the first release that had it */
	const svctag_release_info *to;   /**< the last one that had it; NULL: the last loaded release has it */
	size_t first;                    /**< number of `from` among the cloud's releases */
	size_t until;                    /**< number of the first release without it again, or their count */
} svctag_history_entry;

typedef struct svctag_history svctag_history;

/**
 * Every span that has an address of the range, ordered by first release, then
 * tag, then prefix.
 * @param cloud     as for svctag_catalogue_find_cloud()
 * @param[out] ret  the caller owns it: svctag_history_free()
 * @return SVCTAG_OK (also when there is none), SVCTAG_E_EMPTY, SVCTAG_E_NOT_FOUND (no such cloud),
 *         SVCTAG_E_NO_MEMORY, SVCTAG_E_BUSY, SVCTAG_E_CORRUPT, SVCTAG_E_DATABASE
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_history_of_range(svctag_store *store, const char *cloud,
								  const svctag_range *range, svctag_history **ret,
								  svctag_detail *detail);

/** Accepts NULL. */
SVCTAG_API void svctag_history_free(svctag_history *history);

/** What was loaded when it was made, and which cloud of it is meant. Everything lives as long as the history. */
SVCTAG_API const svctag_catalogue *svctag_history_catalogue(const svctag_history *history);
SVCTAG_API size_t svctag_history_cloud(const svctag_history *history);
SVCTAG_API size_t svctag_history_count(const svctag_history *history);
SVCTAG_API const svctag_history_entry *svctag_history_at(const svctag_history *history, size_t i);

/** A tag in one release. */
typedef struct svctag_growth_point {
	bool present;              /**< the release has the tag, perhaps without a prefix */
	size_t prefix_count[2];    /**< by SVCTAG_FAMILY_INDEX */
	svctag_count addresses[2]; /**< overlaps counted once */
} svctag_growth_point;

typedef struct svctag_growth svctag_growth;

/**
 * @param tag       its name in any letter case
 * @param[out] ret  the caller owns it: svctag_growth_free()
 * @return as svctag_history_of_range(); SVCTAG_E_NOT_FOUND also when no loaded release has the tag
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_growth_of_tag(svctag_store *store, const char *cloud, const char *tag,
							       svctag_growth **ret, svctag_detail *detail);

/** Accepts NULL. */
SVCTAG_API void svctag_growth_free(svctag_growth *growth);

SVCTAG_API const svctag_catalogue *svctag_growth_catalogue(const svctag_growth *growth);
SVCTAG_API size_t svctag_growth_cloud(const svctag_growth *growth);
/** In its newest spelling. */
SVCTAG_API const char *svctag_growth_tag(const svctag_growth *growth);
/** In the i-th of the cloud's releases. */
SVCTAG_API const svctag_growth_point *svctag_growth_at(const svctag_growth *growth, size_t i);

#ifdef __cplusplus
}
#endif

#endif
