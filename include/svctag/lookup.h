/**
 * @file
 * Queries (an address, a prefix, a range) and what a snapshot answers to
 * them. Everything may be called from any thread; a result belongs to one
 * thread at a time and can be used again for the next query, which then
 * seldom allocates.
 */
#ifndef SVCTAG_LOOKUP_H
#define SVCTAG_LOOKUP_H

#include <svctag/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum svctag_query_kind {
	SVCTAG_QUERY_ADDRESS,
	SVCTAG_QUERY_PREFIX,
	SVCTAG_QUERY_RANGE,
} svctag_query_kind;

/** A query. A plain value. IPv4-mapped IPv6 has become IPv4. */
typedef struct svctag_query {
	svctag_query_kind kind;
	svctag_range range;                      /**< first == last for an address */
	char normalized[SVCTAG_RANGE_TEXT_SIZE]; /**< canonical text */
} svctag_query;

/**
 * @param[out] ret  untouched unless SVCTAG_OK
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_RANGE, SVCTAG_E_HOST_BITS, SVCTAG_E_FAMILY
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_query_parse(const char *text, size_t size, svctag_query *ret,
							     svctag_detail *detail);

/** "address", "prefix", "range". Static. */
SVCTAG_API const char *svctag_query_kind_text(svctag_query_kind kind);

/** One tag that has addresses of the query. Numbers are the index's. */
typedef struct svctag_match {
	uint32_t tag;
	uint32_t prefix;      /**< the tag's longest that holds the query's first matched address */
	bool contains;        /**< the tag covers all of the query, by one prefix or several together */
	svctag_count covered; /**< addresses of the query in the tag */
	size_t first_prefix;  /**< result->prefixes[first_prefix .. + prefix_count): all of the tag's
	                            prefixes that meet the query, in order; as published, not cut */
	size_t prefix_count;
} svctag_match;

/**
 * An answer. Zero-initialise before the first use, release at the end.
 * Matches are in order: longest `prefix` first, then the tag with fewest
 * addresses (both families together), then the name.
 */
typedef struct svctag_lookup_result {
	const svctag_match *matches;
	size_t match_count;
	const uint32_t *prefixes;
	const char *region; /**< of the AzureCloud.<region> tag, or else of the narrowest regional tag, that holds
	                         the whole query; NULL where there is none. Lives as long as the snapshot */
	void *memory;       /**< the library's */
} svctag_lookup_result;

/**
 * Which tags hold it?
 * @param result  filled anew; lists live until its next use
 * @return SVCTAG_OK (also when nothing matches), SVCTAG_E_NO_MEMORY
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_lookup(const svctag_snapshot *snapshot, const svctag_query *query,
							svctag_lookup_result *result);

/** Accepts a zero-initialised result. */
SVCTAG_API void svctag_lookup_result_release(svctag_lookup_result *result);

/**
 * Is it in this tag? As svctag_lookup(), for one tag: at most one match, and the region is told from it alone.
 * @param tag  the index's number of it
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_lookup_tag(const svctag_snapshot *snapshot, const svctag_query *query,
							    uint32_t tag, svctag_lookup_result *result);

/** "No tag." */
#define SVCTAG_NO_TAG UINT32_MAX

/**
 * The tags of all addresses that have the same longest prefix, in the order
 * of svctag_lookup()'s matches: those that list that prefix, by rank, then
 * those that list its parent, and so on; each tag once. The room is the
 * caller's, the rest is filled in.
 */
typedef struct svctag_address_tags {
	uint32_t *tags;     /**< room for `room` numbers of the index */
	uint32_t *prefixes; /**< the same room: of each tag the longest prefix that holds the addresses */
	size_t room;
	size_t count;
	uint32_t region; /**< the tag whose region svctag_lookup() gives, or SVCTAG_NO_TAG */
} svctag_address_tags;

/**
 * As svctag_lookup() of an address whose longest prefix is known, without
 * counting, sorting or allocating.
 * @param prefix    what svctag_index_lookup() gave; SVCTAG_NO_PREFIX is in no tag
 * @param[out] ret  count and region untouched unless SVCTAG_OK; what is in the room then is anything
 * @return SVCTAG_OK, SVCTAG_E_LIMIT (more tags than there is room for; as many as the lists of the prefix and its
 *         parents have together are always enough)
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_lookup_tags(const svctag_index *index, uint32_t prefix,
							     svctag_address_tags *ret);

#ifdef __cplusplus
}
#endif

#endif
