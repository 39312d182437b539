/**
 * @file
 * Building what an index searches. Hidden.
 */
#ifndef SVCTAG_INDEX_TREE_H
#define SVCTAG_INDEX_TREE_H

#include "index_format.h"

/** The search structure in the making; zero-initialise. */
struct index_tree {
	uint16_t *roots;
	struct index_node *nodes; /**< by number: from FIRST_NODE on */
	struct inner_line *tops;  /**< of the nodes, by number */
	uint32_t node_count;      /**< the next number */
	uint64_t *filter;         /**< of IPv6: FILTER_BITS */
	struct index_level levels[MOST_LEVELS];
	uint32_t level_count;
	struct index_entry *entries; /**< of all levels: the keys, then as a table */
	size_t entry_count;
	uint32_t *pilots;
	uint32_t pilot_count;
	uint64_t seed;
	struct inner_line *bucket_tops; /**< of the entries */
	uint32_t top_count;
	uint32_t default_ipv6;
	union index_line *lines; /**< without the tops, see index_tree_line() */
	size_t line_count;
	size_t line_capacity;
	struct index_run *runs; /**< of the node in hand */
	size_t run_count;
	size_t run_capacity;
	unsigned int without; /**< INDEX_WITHOUT_… */
};

/** What an index can do without, as large or odd tables have to; for the tests. */
#define INDEX_WITHOUT_TABLES 1U /**< entries are sorted, not hashed */
#define INDEX_WITHOUT_DIRECT 2U /**< all nodes of IPv4 have numbers */

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

/** As svctag_index_build(), without what is named: INDEX_WITHOUT_…, 0 for nothing. */
svctag_error index_build(const svctag_release *release, unsigned int without, void **ret, size_t *ret_size);

/** Accepts a zero-initialised tree. */
void index_tree_release(struct index_tree *tree);

/** Where the ends of a node's top are to be written. */
struct index_top {
	int16_t *last;
	uint32_t ends;
	uint32_t children; /**< as many, or one more */
};

/**
 * Find the runs of one stride: `runs`.
 * @param ids        prefixes that end in the stride after the first `depth` bits, which they share; sorted
 * @param inherited  the prefix that holds what they don't, or INDEX_NONE
 */
svctag_error index_tree_sweep(struct index_tree *tree, const struct index_prefixes *prefixes, const uint32_t *ids,
			      size_t count, uint32_t depth, uint32_t inherited);

/** A node of the runs in hand, which are not all without a prefix. */
svctag_error index_tree_put_node(struct index_tree *tree, struct index_top top, struct index_node *ret);

/** Both: the node of one stride. */
svctag_error index_tree_add_node(struct index_tree *tree, const struct index_prefixes *prefixes, const uint32_t *ids,
				 size_t count, uint32_t depth, uint32_t inherited, struct index_top top,
				 struct index_node *ret);

/** Can the runs in hand be a direct node? They fit an inner line's leaves, and prefixes plus one fit 16 bits. */
bool index_tree_is_direct(const struct index_tree *tree);

/** Make them one. @param[out] ret  its inner line, see index_tree_line() */
svctag_error index_tree_put_direct(struct index_tree *tree, uint32_t *ret);

/** Where a line of the tree comes to lie once all nodes have their numbers: behind their tops. */
uint32_t index_tree_line(const struct index_tree *tree, uint32_t line);

/** Roots and nodes of IPv4; `lines` has those that are the same in every index. */
svctag_error index_roots_build(struct index_tree *tree, const struct index_prefixes *prefixes);

/** The levels of IPv6 with their table and the filter; `lines` likewise. */
svctag_error index_levels_build(struct index_tree *tree, const struct index_prefixes *prefixes);

/** Make a table of the entries, each key of which is there once: hashed, or sorted if that cannot be. */
svctag_error index_table_place(struct index_tree *tree);

/** The order of keys, for qsort(): as of the addresses that they are the first bits of. */
int index_entry_compare(const void *a, const void *b);

/** The longest of the prefixes around this one whose length is at most `depth`, or INDEX_NONE. */
uint32_t index_parent_within(const struct index_prefixes *prefixes, uint32_t id, uint32_t depth);

#endif
