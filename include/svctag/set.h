/**
 * @file
 * Sets of addresses of both families: sorted, disjoint, non-adjacent
 * inclusive ranges. Two sets with the same addresses are the same ranges,
 * however they were made. A set that is no longer changed may be read from
 * any thread.
 */
#ifndef SVCTAG_SET_H
#define SVCTAG_SET_H

#include <svctag/address.h>
#include <svctag/count.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct svctag_set svctag_set;

/** An empty set. The caller owns it: svctag_set_free(). @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_set_new(svctag_set **ret);

/** Accepts NULL. */
SVCTAG_API void svctag_set_free(svctag_set *set);

/** The union of the prefixes, which may overlap and come in any order. @return as svctag_set_new() */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_set_of_prefixes(const svctag_prefix *prefixes, size_t count,
								 svctag_set **ret);

/** The union of the ranges, which may overlap and come in any order. @return as svctag_set_new() */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_set_of_ranges(const svctag_range *ranges, size_t count,
							       svctag_set **ret);

/** a ∪ b, a ∩ b, a \ b as new sets. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_set_union(const svctag_set *a, const svctag_set *b, svctag_set **ret);
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_set_intersection(const svctag_set *a, const svctag_set *b,
								  svctag_set **ret);
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_set_difference(const svctag_set *a, const svctag_set *b,
								svctag_set **ret);

/** How many ranges, and the i-th of them in order (IPv4 first). The pointer lives as long as the set. */
SVCTAG_API size_t svctag_set_range_count(const svctag_set *set);
SVCTAG_API const svctag_range *svctag_set_range(const svctag_set *set, size_t i);

/** Exact number of addresses of the family. */
SVCTAG_API svctag_count svctag_set_count(const svctag_set *set, uint8_t family);

SVCTAG_API bool svctag_set_holds(const svctag_set *set, const svctag_address *address);
/** Does the set hold every address of the range? */
SVCTAG_API bool svctag_set_holds_range(const svctag_set *set, const svctag_range *range);
SVCTAG_API bool svctag_set_equal(const svctag_set *a, const svctag_set *b);
SVCTAG_API bool svctag_set_is_empty(const svctag_set *set);

/**
 * The set as the fewest prefixes, in order.
 * @param[out] ret        free() it; NULL when there are none
 * @param[out] ret_count  how many
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_set_prefixes(const svctag_set *set, svctag_prefix **ret,
							      size_t *ret_count);

#ifdef __cplusplus
}
#endif

#endif
