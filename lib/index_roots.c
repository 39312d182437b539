/*
 * IPv4: 65,536 roots, one for each beginning of 16 bits, and what lies below
 * them.
 *
 * A root's node answers for the other 16 bits. Where its runs fit one inner
 * line's leaves and its prefixes are numbered low enough for 16 bits, the root
 * is the number of that inner line, and the leaves are behind it: nothing else
 * has to be read. All nodes of real releases are of this kind but the few that
 * are denser: these have a number, under which there are a node and its top.
 * In a larger table, where it would be more than a few, all nodes have one.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "index_tree.h"

/** The greatest root. */
#define MOST_ROOT (ROOT_SLOTS - 1)

/** What is known of the roots before any node is made. */
struct plan {
	uint32_t answers[ROOT_SLOTS];     /**< the longest prefix that holds all of the root, or INDEX_NONE */
	uint64_t longer[ROOT_SLOTS / 64]; /**< a bit for each root that longer prefixes are below */
	bool direct;                      /**< nodes are, where they can be */
	uint32_t numbers[ROOT_SLOTS];     /**< 0, a node's number, or ROOT_SLOTS + a direct node's line */
};

static uint32_t
first_stride(const svctag_prefix *prefix)
{
	return (uint32_t)prefix->bytes[0] << 8 | prefix->bytes[1];
}

static bool
has_longer(const struct plan *plan, uint32_t root)
{
	return (plan->longer[root / 64] >> root % 64 & 1) != 0;
}

/* Is it held as a whole, by another prefix than the last root that was? */
static bool
begins_constant(const struct plan *plan, uint32_t root, uint32_t last)
{
	return !has_longer(plan, root) && plan->answers[root] != INDEX_NONE && plan->answers[root] != last;
}

/* Sorted as they are, longer prefixes are painted over shorter ones. */
static void
make_plan(struct plan *plan, const struct index_prefixes *prefixes)
{
	size_t i;

	memset(plan->answers, 0xff, sizeof(plan->answers));
	for (i = 0; i < prefixes->counts[0]; i++) {
		const svctag_prefix *prefix = prefixes->all[i];
		uint32_t root = first_stride(prefix);

		if (prefix->length > STRIDE) {
			plan->longer[root / 64] |= (uint64_t)1 << root % 64;
			continue;
		}
		for (uint32_t n = 0; n < 1U << (STRIDE - prefix->length); n++)
			plan->answers[root + n] = (uint32_t)i;
	}
}

/* The node of the runs in hand: direct if it can be, or else the next number. @param[out] ret  as plan->numbers has */
static svctag_error
place_node(struct index_tree *tree, const struct plan *plan, uint32_t *ret)
{
	uint32_t number = tree->node_count;
	svctag_error err;

	/* Behind as many tops as there may be beside direct nodes. */
	if (plan->direct && index_tree_is_direct(tree) && tree->line_count + FEW_NODES - FIRST_NODE <= MOST_ROOT) {
		uint32_t line = 0;

		err = index_tree_put_direct(tree, &line);
		*ret = ROOT_SLOTS + line;
		return err;
	}
	if (number > MOST_ROOT)
		return SVCTAG_E_LIMIT;
	err = index_tree_put_node(tree, (struct index_top){ tree->tops[number].last, INNER_CHILDREN, INNER_CHILDREN },
				  &tree->nodes[number]);
	tree->node_count++;
	*ret = number;
	return err;
}

/* Have more nodes numbers than a table may have that has direct ones? */
static bool
is_mixed(const struct index_tree *tree, const struct plan *plan)
{
	return plan->direct && tree->node_count > FEW_NODES;
}

/* A node for each root under which longer prefixes are. @param ids  room for all of IPv4 */
static svctag_error
add_nodes(struct index_tree *tree, const struct index_prefixes *prefixes, struct plan *plan, uint32_t *ids)
{
	uint32_t count = (uint32_t)prefixes->counts[0];
	svctag_error err = SVCTAG_OK;
	uint32_t i = 0;

	while (err == SVCTAG_OK && i < count && !is_mixed(tree, plan)) {
		uint32_t root = first_stride(prefixes->all[i]);
		uint32_t inherited = index_parent_within(prefixes, i, STRIDE);
		size_t n = 0;

		/* Those that are not longer than the stride stand before all others of their root. */
		for (; i < count && prefixes->all[i]->length > STRIDE && first_stride(prefixes->all[i]) == root; i++)
			ids[n++] = i;
		if (n == 0) {
			i++;
			continue;
		}
		err = index_tree_sweep(tree, prefixes, ids, n, STRIDE, inherited);
		if (err == SVCTAG_OK)
			err = place_node(tree, plan, &plan->numbers[root]);
	}
	return err;
}

/* The other roots have one answer each; neighbours with the same one share a node. */
static svctag_error
add_constants(struct index_tree *tree, const struct index_prefixes *prefixes, struct plan *plan)
{
	uint32_t constant = INDEX_NONE;
	uint32_t number = 0;
	svctag_error err = SVCTAG_OK;

	for (uint32_t root = 0; err == SVCTAG_OK && root < ROOT_SLOTS && !is_mixed(tree, plan); root++) {
		if (begins_constant(plan, root, constant)) {
			constant = plan->answers[root];
			err = index_tree_sweep(tree, prefixes, NULL, 0, STRIDE, constant);
			if (err == SVCTAG_OK)
				err = place_node(tree, plan, &number);
		}
		if (!has_longer(plan, root) && plan->answers[root] != INDEX_NONE)
			plan->numbers[root] = number;
	}
	return err;
}

/* Now that all tops are there, it is known where lines come to lie. */
static void
write_roots(struct index_tree *tree, const struct plan *plan)
{
	for (uint32_t root = 0; root < ROOT_SLOTS; root++) {
		uint32_t number = plan->numbers[root];
		bool direct = number >= ROOT_SLOTS;

		tree->roots[root] = (uint16_t)(direct ? index_tree_line(tree, number - ROOT_SLOTS) : number);
	}
}

static svctag_error
add_all(struct index_tree *tree, const struct index_prefixes *prefixes, struct plan *plan, uint32_t *ids)
{
	svctag_error err = add_nodes(tree, prefixes, plan, ids);

	return err == SVCTAG_OK ? add_constants(tree, prefixes, plan) : err;
}

/* All nodes; anew, with numbers alone, as soon as these are more than a few. */
static svctag_error
add_either(struct index_tree *tree, const struct index_prefixes *prefixes, struct plan *plan, uint32_t *ids)
{
	svctag_error err;

	plan->direct = (tree->without & INDEX_WITHOUT_DIRECT) == 0;
	err = add_all(tree, prefixes, plan, ids);
	if (err != SVCTAG_OK || !is_mixed(tree, plan))
		return err;
	plan->direct = false;
	tree->node_count = FIRST_NODE;
	tree->line_count = FIRST_NODE;
	return add_all(tree, prefixes, plan, ids);
}

svctag_error
index_roots_build(struct index_tree *tree, const struct index_prefixes *prefixes)
{
	struct plan *plan = calloc(1, sizeof(*plan));
	uint32_t *ids = malloc((prefixes->counts[0] + 1) * sizeof(*ids));
	svctag_error err = SVCTAG_E_NO_MEMORY;

	tree->roots = calloc(ROOT_SLOTS, sizeof(*tree->roots));
	tree->nodes = calloc(ROOT_SLOTS, sizeof(*tree->nodes)); /* as many as roots can number */
	tree->tops = calloc(ROOT_SLOTS, sizeof(*tree->tops));
	tree->node_count = FIRST_NODE;
	if (plan != NULL && ids != NULL && tree->roots != NULL && tree->nodes != NULL && tree->tops != NULL) {
		tree->nodes[0] = (struct index_node){ NODE_CONSTANT, INDEX_NONE };
		make_plan(plan, prefixes);
		err = add_either(tree, prefixes, plan, ids);
		if (err == SVCTAG_OK)
			write_roots(tree, plan);
	}
	free(plan);
	free(ids);
	return err;
}
