/**
 * @file
 * Building what an index searches. Hidden.
 */
#ifndef SVCTAG_INDEX_TREE_H
#define SVCTAG_INDEX_TREE_H

#include "index_format.h"

/** The search structure in the making; zero-initialise. */
struct index_tree {
	uint64_t *filters[2]; /**< FILTER_BITS each, by SVCTAG_FAMILY_INDEX */
	uint16_t *roots;
	struct index_node *nodes;
	struct inner_line *tops; /**< of the nodes */
	uint32_t node_count;
	struct index_level levels[MOST_LEVELS];
	uint32_t level_count;
	uint16_t *pilots;
	size_t pilot_count;
	struct index_entry *entries;
	size_t entry_count;
	uint32_t default_ipv6;
	union index_line *lines;
	size_t line_count;
	size_t line_capacity;
	struct index_run *runs; /**< of the node in hand */
	size_t run_count;
	size_t run_capacity;
	bool sorted; /**< build no hash tables (tests; and where none can be found) */
};

/** What it is built from: distinct and sorted, IPv4 first; a prefix's place is its id. */
struct index_prefixes {
	const svctag_prefix *const *all;
	const uint32_t *parents; /**< the next shorter one that covers it, or INDEX_NONE */
	size_t counts[2];        /**< by SVCTAG_FAMILY_INDEX */
};

/**
 * Build both families.
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT
 */
svctag_error index_tree_build(struct index_tree *tree, const struct index_prefixes *prefixes);

/** As svctag_index_build(), but with sorted levels where hash tables are the rule: for the tests. */
svctag_error index_build(const svctag_release *release, bool sorted, void **ret, size_t *ret_size);

/** Accepts a zero-initialised tree. */
void index_tree_release(struct index_tree *tree);

/** Where the ends of a node's top are to be written. */
struct index_top {
	int16_t *last;
	uint32_t ends;
	uint32_t children; /**< as many, or one more */
};

/**
 * The node of one stride.
 * @param ids        prefixes that end in the stride after the first `depth` bits, which they share; sorted
 * @param inherited  the prefix that holds what they don't, or INDEX_NONE
 */
svctag_error index_tree_add_node(struct index_tree *tree, const struct index_prefixes *prefixes, const uint32_t *ids,
				 size_t count, uint32_t depth, uint32_t inherited, struct index_top top,
				 struct index_node *ret);

/** The levels of IPv6 with their tables; `lines` has its constant line already. */
svctag_error index_levels_build(struct index_tree *tree, const struct index_prefixes *prefixes);

/**
 * Place entries whose keys are in key[] order so that the level finds them.
 * @param[in,out] level  depth and entry_count, the number of keys, are given
 * @param entries  sorted by key, each key once
 */
svctag_error index_level_place(struct index_tree *tree, struct index_level *level, const struct index_entry *entries);

/** The longest of the prefixes around this one whose length is at most `depth`, or INDEX_NONE. */
uint32_t index_parent_within(const struct index_prefixes *prefixes, uint32_t id, uint32_t depth);

#endif
