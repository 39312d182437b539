/*
 * A node covers the 65,536 keys of one stride of 16 bits as *runs*:
 * neighbouring keys with the same answer are one run. Runs are kept in 64-byte
 * lines: up to 16 in a leaf, above it as many levels of lines with the ends of
 * 32 children as it takes. A node's lines follow one another depth first, so
 * that a child's place follows from its number and nothing has to be read to
 * know it.
 *
 * Prefixes come sorted by address, then length, so one sweep with a stack of
 * the prefixes that are open at the moment gives a node's runs in order: a
 * longer prefix shadows the shorter ones around it.
 *
 * The first ends of a node, its top, are not among these lines but in what
 * leads to it: see index_roots.c for IPv4 and index_levels.c for IPv6.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "index_hash.h"
#include "index_tree.h"

/** Prefixes open at once inside one stride: one for each length, and what is around them. */
#define MAX_OPEN (STRIDE + 2U)

/** Keys up to `last`, beginning after the run before: the prefix that is their answer plus one, or 0. */
struct index_run {
	uint32_t last;
	uint32_t slot;
};

/** Prefixes that the sweep is inside of. */
struct sweep {
	uint32_t next_key; /**< keys below have their run */
	struct index_run open[MAX_OPEN];
	size_t open_count;
};

/* Append the run up to key `last`, or lengthen the one before. */
static svctag_error
push_run(struct index_tree *tree, struct sweep *sweep, uint32_t last, uint32_t slot)
{
	sweep->next_key = last + 1;
	if (tree->run_count > 0 && tree->runs[tree->run_count - 1].slot == slot) {
		tree->runs[tree->run_count - 1].last = last;
		return SVCTAG_OK;
	}
	if (tree->run_count == tree->run_capacity) {
		size_t capacity = tree->run_capacity == 0 ? 4096 : tree->run_capacity * 2;
		struct index_run *runs = realloc(tree->runs, capacity * sizeof(*runs));

		if (runs == NULL)
			return SVCTAG_E_NO_MEMORY;
		tree->runs = runs;
		tree->run_capacity = capacity;
	}
	tree->runs[tree->run_count++] = (struct index_run){ last, slot };
	return SVCTAG_OK;
}

/* Write the runs before `key`, closing the prefixes that end before it. */
static svctag_error
advance(struct index_tree *tree, struct sweep *sweep, uint32_t key)
{
	svctag_error err = SVCTAG_OK;

	while (err == SVCTAG_OK) {
		const struct index_run *top = &sweep->open[sweep->open_count - 1];
		uint32_t last = top->last < key ? top->last : key - 1;

		if (sweep->next_key < key && sweep->next_key <= last)
			err = push_run(tree, sweep, last, top->slot);
		if (top->last >= key)
			break;
		sweep->open_count--;
	}
	return err;
}

/* What is around the stride is open from the first key past the last. */
svctag_error
index_tree_sweep(struct index_tree *tree, const struct index_prefixes *prefixes, const uint32_t *ids, size_t count,
		 uint32_t depth, uint32_t inherited)
{
	struct sweep sweep = { .open = { { UINT32_MAX, inherited == INDEX_NONE ? 0 : inherited + 1 } },
			       .open_count = 1 };
	svctag_error err = SVCTAG_OK;
	size_t i;

	tree->run_count = 0;
	for (i = 0; err == SVCTAG_OK && i < count; i++) {
		const svctag_prefix *prefix = prefixes->all[ids[i]];
		uint32_t key = key_stride(key_of_bytes(prefix->bytes), depth);
		uint32_t keys = 1U << (depth + STRIDE - prefix->length);

		err = advance(tree, &sweep, key);
		sweep.open[sweep.open_count++] = (struct index_run){ key + keys - 1, ids[i] + 1 };
	}
	return err == SVCTAG_OK ? advance(tree, &sweep, UINT16_MAX + 1U) : err;
}

/* Append zeroed lines. */
static svctag_error
add_lines(struct index_tree *tree, size_t count, size_t *ret)
{
	if (tree->line_count + count > NODE_LINE_MASK)
		return SVCTAG_E_LIMIT;
	if (tree->line_count + count > tree->line_capacity) {
		size_t capacity = (tree->line_count + count) * 2 + 1024;
		union index_line *lines = realloc(tree->lines, capacity * sizeof(*lines));

		if (lines == NULL)
			return SVCTAG_E_NO_MEMORY;
		tree->lines = lines;
		tree->line_capacity = capacity;
	}
	memset(tree->lines + tree->line_count, 0, count * sizeof(*tree->lines));
	*ret = tree->line_count;
	tree->line_count += count;
	return SVCTAG_OK;
}

static void
fill_leaf(struct leaf_line *leaf, const struct index_run *runs, size_t count, uint32_t base)
{
	size_t i;

	for (i = 0; i < LEAF_RUNS; i++) {
		const struct index_run *run = &runs[i < count ? i : count - 1];

		leaf->last[i] = i < count - 1 ? signed_key(run->last) : INT16_MAX;
		leaf->slot[i] = run->slot == 0 ? 0 : (uint16_t)(run->slot - base);
	}
}

static void
fill_wide(struct wide_line *wide, const struct index_run *runs, size_t count)
{
	size_t i;

	for (i = 0; i < WIDE_RUNS; i++) {
		const struct index_run *run = &runs[i < count ? i : count - 1];

		if (i < WIDE_RUNS - 1)
			wide->last[i] = i < count - 1 ? signed_key(run->last) : INT16_MAX;
		wide->slot[i] = run->slot;
	}
}

/** How a node is laid out. */
struct shape {
	uint32_t kind;
	uint32_t base;
	size_t leaf_runs;
};

/** Of direct nodes: slots are what they say. */
static const struct shape direct = { .leaf_runs = LEAF_RUNS };

static size_t fill_children(struct index_tree *tree, const struct shape *shape, uint32_t levels,
			    const struct index_run *runs, size_t count, struct index_top top, size_t at);

/* The lines for these runs with so many levels of inner lines, at lines[at]; returns how many there are. */
static size_t
fill_lines(struct index_tree *tree, const struct shape *shape, uint32_t levels, const struct index_run *runs,
	   size_t count, size_t at)
{
	if (levels > 0) {
		struct index_top inner = { tree->lines[at].inner.last, INNER_CHILDREN, INNER_CHILDREN };

		return 1 + fill_children(tree, shape, levels - 1, runs, count, inner, at + 1);
	}
	if ((shape->kind & NODE_WIDE) != 0)
		fill_wide(&tree->lines[at].wide, runs, count);
	else
		fill_leaf(&tree->lines[at].leaf, runs, count, shape->base);
	return 1;
}

/* How many runs a child with so many levels of inner lines takes. */
static size_t
child_runs(const struct shape *shape, uint32_t levels)
{
	size_t runs = shape->leaf_runs;

	for (; levels > 0; levels--)
		runs *= INNER_CHILDREN;
	return runs;
}

/* The ends of an inner line or a top, and the children from lines[at] on; returns how many lines these are. */
static size_t
fill_children(struct index_tree *tree, const struct shape *shape, uint32_t levels, const struct index_run *runs,
	      size_t count, struct index_top top, size_t at)
{
	size_t below = child_runs(shape, levels);
	size_t used = 0;
	uint32_t i;

	for (i = 0; i < top.children; i++) {
		size_t here = count < below ? count : below;

		if (i < top.ends)
			top.last[i] = count > below ? signed_key(runs[here - 1].last) : INT16_MAX;
		if (here == 0)
			continue;
		used = i * (size_t)index_child_lines[levels];
		used += fill_lines(tree, shape, levels, runs, here, at + used);
		runs += here;
		count -= here;
	}
	return used;
}

static size_t count_children(const struct shape *shape, uint32_t levels, size_t count);

/* What fill_lines() will return. */
static size_t
count_lines(const struct shape *shape, uint32_t levels, size_t count)
{
	return levels == 0 ? 1 : 1 + count_children(shape, levels - 1, count);
}

/* What fill_children() will: children stand at fixed distances, so only the last one is short. */
static size_t
count_children(const struct shape *shape, uint32_t levels, size_t count)
{
	size_t below = child_runs(shape, levels);
	size_t full = (count - 1) / below;

	return full * index_child_lines[levels] + count_lines(shape, levels, count - full * below);
}

/* Do slots fit 16 bits, from the least to the greatest prefix? And how many levels does it take? */
static struct shape
choose_shape(const struct index_tree *tree, uint32_t children)
{
	struct shape shape = { .base = UINT32_MAX, .leaf_runs = LEAF_RUNS };
	uint32_t greatest = 0;
	size_t room;
	size_t i;

	for (i = 0; i < tree->run_count; i++) {
		uint32_t slot = tree->runs[i].slot;

		if (slot != 0 && slot - 1 < shape.base)
			shape.base = slot - 1;
		if (slot > greatest)
			greatest = slot;
	}
	/* Slots as they are where they fit: then that of no prefix needs not be asked for, see leaf_answer_absolute(). */
	if (greatest <= UINT16_MAX)
		shape.base = 0;
	if (greatest > shape.base && greatest - shape.base > UINT16_MAX) {
		shape.leaf_runs = WIDE_RUNS;
		shape.base = 0;
	}
	room = shape.leaf_runs * children;
	for (; room < tree->run_count; room *= INNER_CHILDREN)
		shape.kind++;
	if (shape.leaf_runs == WIDE_RUNS)
		shape.kind |= NODE_WIDE;
	return shape;
}

/* Of no lines of its own: all keys have the one answer. */
static struct index_node
put_constant(const struct index_tree *tree, struct index_top top)
{
	for (uint32_t i = 0; i < top.ends; i++)
		top.last[i] = INT16_MAX;
	return (struct index_node){ NODE_CONSTANT, tree->runs[0].slot - 1 };
}

svctag_error
index_tree_put_node(struct index_tree *tree, struct index_top top, struct index_node *ret)
{
	struct shape shape = choose_shape(tree, top.children);
	uint32_t levels = shape.kind & NODE_LEVELS;
	size_t first;
	svctag_error err;

	if (tree->run_count == 1) {
		*ret = put_constant(tree, top);
		return SVCTAG_OK;
	}
	err = add_lines(tree, count_children(&shape, levels, tree->run_count), &first);
	if (err != SVCTAG_OK)
		return err;
	(void)fill_children(tree, &shape, levels, tree->runs, tree->run_count, top, first);
	*ret = (struct index_node){ shape.kind << NODE_KIND_SHIFT | (uint32_t)first, shape.base };
	return SVCTAG_OK;
}

svctag_error
index_tree_add_node(struct index_tree *tree, const struct index_prefixes *prefixes, const uint32_t *ids, size_t count,
		    uint32_t depth, uint32_t inherited, struct index_top top, struct index_node *ret)
{
	svctag_error err = index_tree_sweep(tree, prefixes, ids, count, depth, inherited);

	return err == SVCTAG_OK ? index_tree_put_node(tree, top, ret) : err;
}

bool
index_tree_is_direct(const struct index_tree *tree)
{
	uint32_t greatest = 0;
	size_t i;

	for (i = 0; i < tree->run_count; i++)
		greatest = tree->runs[i].slot > greatest ? tree->runs[i].slot : greatest;
	return greatest <= UINT16_MAX && tree->run_count <= (size_t)INNER_CHILDREN * LEAF_RUNS;
}

svctag_error
index_tree_put_direct(struct index_tree *tree, uint32_t *ret)
{
	size_t first;
	svctag_error err = add_lines(tree, count_lines(&direct, 1, tree->run_count), &first);

	if (err != SVCTAG_OK)
		return err;
	(void)fill_lines(tree, &direct, 1, tree->runs, tree->run_count, first);
	*ret = (uint32_t)first;
	return SVCTAG_OK;
}

uint32_t
index_parent_within(const struct index_prefixes *prefixes, uint32_t id, uint32_t depth)
{
	while (id != INDEX_NONE && prefixes->all[id]->length > depth)
		id = prefixes->parents[id];
	return id;
}

/* The lines that are the same in every index. */
static svctag_error
add_first_lines(struct index_tree *tree)
{
	static const struct index_run nothing = { UINT16_MAX, 0 };
	static const struct index_run all = { UINT16_MAX, 1 };
	size_t first;
	svctag_error err = add_lines(tree, FIRST_NODE, &first);

	if (err != SVCTAG_OK)
		return err;
	(void)fill_lines(tree, &direct, 1, &nothing, 1, NOTHING_LINE);
	fill_leaf(&tree->lines[NODE_CONSTANT].leaf, &all, 1, 0);
	return SVCTAG_OK;
}

uint32_t
index_tree_line(const struct index_tree *tree, uint32_t line)
{
	return line < FIRST_NODE ? line : line + (tree->node_count - FIRST_NODE);
}

/* The tops come between the first lines and all others, which move by as many. */
static void
settle_node(const struct index_tree *tree, struct index_node *node)
{
	uint32_t line = index_tree_line(tree, node->place & NODE_LINE_MASK);

	node->place = (node->place & ~NODE_LINE_MASK) | line;
}

static svctag_error
settle(struct index_tree *tree)
{
	if (tree->line_count + tree->node_count > NODE_LINE_MASK)
		return SVCTAG_E_LIMIT;
	for (uint32_t i = FIRST_NODE; i < tree->node_count; i++)
		settle_node(tree, &tree->nodes[i]);
	for (size_t i = 0; i < tree->entry_count; i++)
		settle_node(tree, &tree->entries[i].node);
	return SVCTAG_OK;
}

svctag_error
index_tree_build(struct index_tree *tree, const struct index_prefixes *prefixes)
{
	svctag_error err = add_first_lines(tree);

	if (err == SVCTAG_OK)
		err = index_roots_build(tree, prefixes);
	if (err == SVCTAG_OK)
		err = index_levels_build(tree, prefixes);
	return err == SVCTAG_OK ? settle(tree) : err;
}

void
index_tree_release(struct index_tree *tree)
{
	free(tree->filter);
	free(tree->roots);
	free(tree->nodes);
	free(tree->tops);
	free(tree->pilots);
	free(tree->bucket_tops);
	free(tree->entries);
	free(tree->lines);
	free(tree->runs);
	memset(tree, 0, sizeof(*tree));
}
