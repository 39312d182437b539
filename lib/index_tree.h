/**
 * @file
 * Building the radix tree of an index. Hidden.
 */
#ifndef SVCTAG_INDEX_TREE_H
#define SVCTAG_INDEX_TREE_H

#include "index_format.h"

/** Lines in the making; zero-initialise, free `lines`. */
struct index_tree {
	union index_line *lines;
	size_t line_count;
	size_t line_capacity;
	struct index_run *runs; /**< a stack that the recursion shares */
	size_t run_count;
	size_t run_capacity;
};

/**
 * Build both families.
 * @param prefixes  distinct and sorted, IPv4 first; a prefix's place is its id
 * @param counts    how many of each family
 * @param[out] roots      ROOT_SLOTS slots for IPv4
 * @param[out] ret_root6  the slot of IPv6
 */
svctag_error index_tree_build(struct index_tree *tree, const svctag_prefix *const *prefixes, const size_t counts[2],
			      uint32_t *roots, uint32_t *ret_root6);

/** Accepts a zero-initialised tree. */
void index_tree_release(struct index_tree *tree);

#endif
