/**
 * @file
 * Which addresses a tag held when: its prefixes, which may nest and touch,
 * merged into ranges that do neither, each with the releases in which it was
 * just this range. In every release the tag's ranges are disjoint and not
 * adjacent, so
 *
 *   a tag holds all of a range   if and only if one of its coverages does
 *   how many addresses it has    is a sum over its coverages
 *
 * and a history needs no set of any release. Hidden.
 */
#ifndef SVCTAG_COVERAGE_H
#define SVCTAG_COVERAGE_H

#include <svctag/set.h>

#include "timeline.h"

struct coverage {
	svctag_u128 first;
	svctag_u128 last;
	uint32_t tag;
	uint32_t from; /**< as in struct timeline_span */
	uint32_t until;
	uint8_t family;
};

/** Zero-initialise; free() the items. */
struct coverage_list {
	struct coverage *items;
	size_t count;
	size_t capacity;
};

/** Append the coverages of a tag. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error coverage_of_tag(const struct timeline *timeline, size_t tag, struct coverage_list *list);

/** How many addresses it is. */
svctag_count coverage_size(const struct coverage *coverage);

/**
 * Finds what contains a range: coverages by their first address, below a tree
 * of the greatest last addresses. Work is proportional to what is found, times
 * a logarithm, whatever there is.
 */
struct coverage_index {
	const struct coverage *items; /**< by family, then first; the caller's */
	size_t begin[2], end[2];      /**< by SVCTAG_FAMILY_INDEX */
	svctag_u128 *greatest;        /**< node n has the children 2n and 2n + 1; leaves from `leaves` on */
	size_t leaves;
};

/**
 * Sorts the items of the list, which has to stay as it is afterwards.
 * @param[out] ret  release with coverage_index_release()
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error coverage_index_make(const struct coverage_list *list, struct coverage_index *ret);
void coverage_index_release(struct coverage_index *index);

/** Zero-initialise, use again and again, free() the items. */
struct coverage_hits {
	const struct coverage **items;
	size_t count;
	size_t capacity;
};

/** All coverages that contain all of the range. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error coverage_index_find(const struct coverage_index *index, const svctag_range *range,
						   struct coverage_hits *hits);

/** A set that is asked how many of its addresses lie in a range. */
struct measure {
	const svctag_set *set; /**< the caller's */
	svctag_count *before;  /**< addresses of the family in the ranges before each */
};

/** @param[out] ret  free() its `before` */
SVCTAG_MUST_CHECK svctag_error measure_make(const svctag_set *set, struct measure *ret);
/** How many addresses of the coverage are in the set? */
svctag_count measure_common(const struct measure *measure, const struct coverage *coverage);

#endif
