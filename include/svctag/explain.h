/**
 * @file
 * Why an address is in no tag, or not in the one expected: special-purpose
 * ranges, the last release that had it otherwise, and what is nearest.
 */
#ifndef SVCTAG_EXPLAIN_H
#define SVCTAG_EXPLAIN_H

#include <svctag/lookup.h>
#include <svctag/store.h>

/** A block of the registries that RFC 6890 began, or of multicast. Static. */
typedef struct svctag_special_range {
	const char *prefix; /**< canonical text */
	const char *name;   /**< "Private-Use" */
	const char *rfc;    /**< "RFC 1918" */
	bool global;        /**< may be seen on the public Internet */
} svctag_special_range;

/**
 * The smallest special-purpose block that holds all of the range; NULL if
 * there is none. Any thread.
 */
SVCTAG_API const svctag_special_range *svctag_special_range_find(const svctag_range *range);

/** Names of tags, in the explanation's memory. */
typedef struct svctag_name_list {
	const char **names;
	size_t count;
} svctag_name_list;

/** What is next to a query on one side. */
typedef struct svctag_neighbour {
	bool found;
	svctag_prefix prefix;  /**< the longest that holds the nearest address that is in a tag without the query */
	svctag_count distance; /**< addresses from the query to that one; 1 if it is the next */
	svctag_name_list tags; /**< of that address, most specific first */
} svctag_neighbour;

/** Zero-initialise before the first use, release at the end. */
typedef struct svctag_explanation {
	const svctag_special_range *special;  /**< or NULL */
	bool only_azure_cloud;                /**< it is in tags, all of them AzureCloud or AzureCloud.<region> */
	const svctag_release_info *last_held; /**< the last release before the one asked in which some address of the
	                                           query was in a tag that has none of it now; NULL for never */
	svctag_name_list last_tags;           /**< those tags, by name */
	svctag_neighbour below, above;        /**< nearest prefixes that have no address of the query */
} svctag_explanation;

/** The history of a cloud, ready to explain. Immutable: any thread may use it. */
typedef struct svctag_explainer svctag_explainer;

/**
 * @param cloud     as for svctag_catalogue_find_cloud()
 * @param[out] ret  the caller owns it: svctag_explainer_free()
 * @return as svctag_history_of_range()
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_explainer_new(svctag_store *store, const char *cloud,
							       svctag_explainer **ret, svctag_detail *detail);

/** Accepts NULL. */
SVCTAG_API void svctag_explainer_free(svctag_explainer *explainer);

/**
 * @param snapshot     of the explainer's cloud
 * @param explanation  filled anew; what it points to belongs to it, the explainer, and the snapshot
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_explain(const svctag_explainer *explainer,
							 const svctag_snapshot *snapshot, const svctag_query *query,
							 svctag_explanation *explanation);

/** Accepts a zero-initialised explanation. */
SVCTAG_API void svctag_explanation_release(svctag_explanation *explanation);

#endif
