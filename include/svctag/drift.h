/**
 * @file
 * What a hard-coded list of addresses became, release by release: how many of
 * its entries are still in the tags that they were meant for, and how much of
 * those tags the list covers. docs/drift.md gives the definitions.
 *
 * Read from the intervals that the store keeps, checked as
 * <svctag/history.h> says. Time is proportional to the entries times what
 * contains them, memory to what changes; neither to entries times releases of
 * content. What is returned is immutable and independent of the store and of
 * the entries: any thread may read it.
 */
#ifndef SVCTAG_DRIFT_H
#define SVCTAG_DRIFT_H

#include <svctag/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most entries of one list. */
#define SVCTAG_DRIFT_MAX_ENTRIES 4000000
/** "No tag." */
#define SVCTAG_DRIFT_NO_TAG UINT32_MAX

/** One line of somebody's list. */
typedef struct svctag_drift_entry {
	svctag_range range;
	const char *intent; /**< the tag it is meant to stand for, in any letter case; NULL: the narrowest that held it
			         in the first loaded release */
} svctag_drift_entry;

/** Where an entry is in a release. */
typedef enum svctag_drift_state {
	SVCTAG_DRIFT_AS_INTENDED,     /**< the tag it is meant for holds all of it */
	SVCTAG_DRIFT_OTHER_TAG,       /**< some other tag does, and not only AzureCloud or AzureCloud.<region> */
	SVCTAG_DRIFT_ONLY_AZURECLOUD, /**< only those do */
	SVCTAG_DRIFT_NONE,            /**< no tag holds all of it */
	SVCTAG_DRIFT_STATE_COUNT,
} svctag_drift_state;

/** "asIntended", "otherTag", "onlyAzureCloud", "none". Static. */
SVCTAG_API const char *svctag_drift_state_text(svctag_drift_state state);

/** An entry's state for some releases. */
typedef struct svctag_drift_span {
	size_t first; /**< number of the first of the cloud's releases for which it holds */
	size_t until; /**< number of the first for which it does not, or their count */
	svctag_drift_state state;
	uint32_t tag; /**< the tag it is meant for while as intended, else the narrowest that holds it;
	                   SVCTAG_DRIFT_NO_TAG for none */
} svctag_drift_span;

/** A tag against what of the list is meant for it, in one release. By SVCTAG_FAMILY_INDEX. */
typedef struct svctag_drift_coverage {
	svctag_count tag[2];     /**< addresses of the tag */
	svctag_count list[2];    /**< addresses of the entries that are meant for it, overlaps counted once */
	svctag_count covered[2]; /**< addresses in both */
	svctag_count missing[2]; /**< of the tag, not in the list: a firewall blocks them */
	svctag_count stale[2];   /**< of the list, not in the tag: a firewall still opens them */
} svctag_drift_coverage;

/** The first time that an entry was not as intended any more. */
typedef struct svctag_drift_break {
	size_t release; /**< number of the first release that does not have it as intended */
	size_t entry;
	size_t count;  /**< how many entries broke in that release */
	uint32_t from; /**< the tag it was meant for */
	uint32_t to;   /**< the narrowest that holds it then, or SVCTAG_DRIFT_NO_TAG */
	svctag_drift_state state;
} svctag_drift_break;

/**
 * Called now and then; from the thread of the caller.
 * @return false to give up: the function returns SVCTAG_E_LIMIT
 */
typedef bool (*svctag_drift_progress)(void *context, size_t done, size_t of);

typedef struct svctag_drift svctag_drift;

/**
 * @param cloud     as for svctag_catalogue_find_cloud()
 * @param entries   not needed afterwards
 * @param progress  may be NULL
 * @param[out] ret  the caller owns it: svctag_drift_free()
 * @return SVCTAG_OK, SVCTAG_E_EMPTY, SVCTAG_E_NOT_FOUND (no such cloud), SVCTAG_E_LIMIT, SVCTAG_E_NO_MEMORY,
 *         SVCTAG_E_BUSY, SVCTAG_E_CORRUPT, SVCTAG_E_DATABASE
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_drift_of_list(svctag_store *store, const char *cloud,
							       const svctag_drift_entry *entries, size_t count,
							       svctag_drift_progress progress, void *context,
							       svctag_drift **ret, svctag_detail *detail);

/**
 * What became of a copy of a tag that was made at a release: a drift without
 * entries, of that one tag.
 * @param reference  as for svctag_catalogue_resolve()
 * @return as svctag_drift_of_list(); SVCTAG_E_NOT_FOUND also when there is no such tag or release, or the release
 *         lacks the tag; SVCTAG_E_SYNTAX, SVCTAG_E_DUPLICATE (the reference)
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_drift_of_copy(svctag_store *store, const char *cloud, const char *tag,
							       const char *reference, svctag_drift **ret,
							       svctag_detail *detail);

/** Accepts NULL. */
SVCTAG_API void svctag_drift_free(svctag_drift *drift);

/** What was loaded when it was made, and which cloud of it is meant. Everything lives as long as the drift. */
SVCTAG_API const svctag_catalogue *svctag_drift_catalogue(const svctag_drift *drift);
SVCTAG_API size_t svctag_drift_cloud(const svctag_drift *drift);
/** Of svctag_drift_of_copy() the release that was copied; else NULL. */
SVCTAG_API const svctag_release_info *svctag_drift_frozen(const svctag_drift *drift);

/**
 * Is it the list's fault? An entry was as intended and is, or was, not any
 * more; an entry with an intent is not as intended in the newest release; or
 * a tag (of one family) that the list covered wholly once has addresses that
 * it does not cover now.
 */
SVCTAG_API bool svctag_drift_has_drifted(const svctag_drift *drift);

/** Addresses of all entries, overlaps counted once. By SVCTAG_FAMILY_INDEX. */
SVCTAG_API const svctag_count *svctag_drift_addresses(const svctag_drift *drift);

/** How many entries are in each state in the i-th of the cloud's releases, by svctag_drift_state. */
SVCTAG_API const size_t *svctag_drift_states(const svctag_drift *drift, size_t release);

/** The name of a tag that a span or a break mentions. */
SVCTAG_API const char *svctag_drift_tag_name(const svctag_drift *drift, uint32_t tag);

/** The tags that entries are meant for, in order of their names in any letter case. */
SVCTAG_API size_t svctag_drift_intended_count(const svctag_drift *drift);
/** The number of the i-th of them, for svctag_drift_tag_name(). */
SVCTAG_API uint32_t svctag_drift_intended(const svctag_drift *drift, size_t i);
/** Does any loaded release have the tag with this number? An intent may name one that none has. */
SVCTAG_API bool svctag_drift_tag_is_known(const svctag_drift *drift, uint32_t tag);
/** The i-th of them in one of the cloud's releases. */
SVCTAG_API svctag_drift_coverage svctag_drift_coverage_at(const svctag_drift *drift, size_t i, size_t release);

SVCTAG_API size_t svctag_drift_entry_count(const svctag_drift *drift);
/** The tag that an entry is meant for, or SVCTAG_DRIFT_NO_TAG. */
SVCTAG_API uint32_t svctag_drift_intent(const svctag_drift *drift, size_t entry);
/** An entry's states in order, from the first release to the last, without a gap. */
SVCTAG_API const svctag_drift_span *svctag_drift_timeline(const svctag_drift *drift, size_t entry, size_t *ret_count);

/** The earliest break, of the first entry in the list that broke then; NULL if none ever did. */
SVCTAG_API const svctag_drift_break *svctag_drift_first_break(const svctag_drift *drift);

#ifdef __cplusplus
}
#endif

#endif
