/*
 * A multibit radix tree with strides of 16 bits. Each node covers the 65,536
 * keys of one stride as *runs*: neighbouring keys with the same slot are one
 * run, and the runs of a node are kept in 64-byte lines, searched as a static
 * B+-tree. Strides on which everything below agrees are skipped in one line
 * (path compression: without it the /117 to /128 of IPv6 would cost a chain
 * of five nodes each).
 *
 * Prefixes come sorted by address, then length, so one sweep with a stack of
 * the prefixes that are open at the moment gives a node's runs in order
 * (leaf pushing): a longer prefix shadows the shorter ones around it.
 */
#include <stdlib.h>
#include <string.h>

#include "index_tree.h"

#define STRIDE 16U
/** Prefixes open at once inside one stride: one for each length. */
#define MAX_OPEN (STRIDE + 2U)

struct index_run {
	uint32_t last; /**< its greatest key */
	uint32_t slot;
};

/** A prefix that ends inside the stride. */
struct open_prefix {
	uint32_t last;
	uint32_t slot;
};

struct builder {
	struct index_tree *tree;
	const svctag_prefix *const *prefixes;
};

/** One node in the making. */
struct sweep {
	unsigned int depth; /**< bits before this stride */
	size_t first_run;   /**< of this node, on the shared stack */
	uint32_t next_key;  /**< keys below have their run */
	struct open_prefix open[MAX_OPEN];
	size_t open_count;
};

static svctag_error build_node(struct builder *builder, unsigned int depth, size_t first, size_t end,
			       uint32_t inherited, uint32_t *ret);

static uint32_t
key_at(const svctag_prefix *prefix, unsigned int depth)
{
	return (uint32_t)prefix->bytes[depth / 8] << 8 | prefix->bytes[depth / 8 + 1];
}

/* Append the run up to key `last`, or lengthen the one before. */
static svctag_error
push_run(struct index_tree *tree, struct sweep *sweep, uint32_t last, uint32_t slot)
{
	if (tree->run_count > sweep->first_run && tree->runs[tree->run_count - 1].slot == slot) {
		tree->runs[tree->run_count - 1].last = last;
	} else {
		if (tree->run_count == tree->run_capacity) {
			size_t capacity = tree->run_capacity == 0 ? 4096 : tree->run_capacity * 2;
			struct index_run *runs = realloc(tree->runs, capacity * sizeof(*runs));

			if (runs == NULL)
				return SVCTAG_E_NO_MEMORY;
			tree->runs = runs;
			tree->run_capacity = capacity;
		}
		tree->runs[tree->run_count++] = (struct index_run){ last, slot };
	}
	sweep->next_key = last + 1;
	return SVCTAG_OK;
}

/* Write the runs before `key`, closing the prefixes that end before it. */
static svctag_error
advance(struct index_tree *tree, struct sweep *sweep, uint32_t key)
{
	while (sweep->next_key < key) {
		const struct open_prefix *top = &sweep->open[sweep->open_count - 1];
		uint32_t last = top->last < key - 1 ? top->last : key - 1;
		svctag_error err = SVCTAG_OK;

		if (sweep->next_key <= last)
			err = push_run(tree, sweep, last, top->slot);
		if (err != SVCTAG_OK)
			return err;
		if (top->last < key)
			sweep->open_count--;
	}
	/* One that ended just before the key is closed too. */
	while (sweep->open[sweep->open_count - 1].last < key)
		sweep->open_count--;
	return SVCTAG_OK;
}

/* Prefixes [first, *ret_end) go on past this stride under one key. */
static svctag_error
sweep_child(struct builder *builder, struct sweep *sweep, size_t first, size_t end, size_t *ret_end)
{
	uint32_t key = key_at(builder->prefixes[first], sweep->depth);
	size_t last = first;
	uint32_t slot = 0;
	svctag_error err;

	while (last < end && key_at(builder->prefixes[last], sweep->depth) == key)
		last++;
	err = advance(builder->tree, sweep, key);
	if (err == SVCTAG_OK)
		err = build_node(builder, sweep->depth + STRIDE, first, last, sweep->open[sweep->open_count - 1].slot,
				 &slot);
	if (err == SVCTAG_OK)
		err = push_run(builder->tree, sweep, key, slot);
	*ret_end = last;
	return err;
}

/* The runs of one stride, on top of the shared stack from sweep->first_run on. */
static svctag_error
sweep_stride(struct builder *builder, struct sweep *sweep, size_t first, size_t end)
{
	svctag_error err = SVCTAG_OK;
	size_t i = first;

	while (err == SVCTAG_OK && i < end) {
		const svctag_prefix *prefix = builder->prefixes[i];
		unsigned int inside = prefix->length - sweep->depth;
		uint32_t key = key_at(prefix, sweep->depth);

		if (inside > STRIDE) {
			err = sweep_child(builder, sweep, i, end, &i);
			continue;
		}
		err = advance(builder->tree, sweep, key);
		sweep->open[sweep->open_count++] = (struct open_prefix){ key | 0xffffU >> inside, (uint32_t)i + 1 };
		i++;
	}
	return err == SVCTAG_OK ? advance(builder->tree, sweep, ROOT_SLOTS) : err;
}

static void
sweep_begin(struct sweep *sweep, const struct index_tree *tree, unsigned int depth, uint32_t inherited)
{
	sweep->depth = depth;
	sweep->first_run = tree->run_count;
	sweep->next_key = 0;
	/* Never closed: it reaches past the last key. */
	sweep->open[0] = (struct open_prefix){ UINT32_MAX, inherited };
	sweep->open_count = 1;
}

static svctag_error
add_lines(struct index_tree *tree, size_t count, uint32_t *ret_first)
{
	size_t needed = tree->line_count + count;

	if (needed > SLOT_LINE_MASK)
		return SVCTAG_E_LIMIT;
	if (needed > tree->line_capacity) {
		size_t capacity = needed + needed / 2 + 64;
		union index_line *lines = realloc(tree->lines, capacity * sizeof(*lines));

		if (lines == NULL)
			return SVCTAG_E_NO_MEMORY;
		tree->lines = lines;
		tree->line_capacity = capacity;
	}
	*ret_first = (uint32_t)tree->line_count;
	memset(tree->lines + tree->line_count, 0, count * sizeof(*tree->lines));
	tree->line_count = needed;
	return SVCTAG_OK;
}

static void
fill_leaf(struct leaf_line *leaf, const struct index_run *runs, size_t count)
{
	size_t i;

	for (i = 0; i < LEAF_RUNS; i++) {
		const struct index_run *run = &runs[i < count ? i : count - 1];

		leaf->slot[i] = run->slot;
		if (i < LEAF_RUNS - 1)
			leaf->last[i] = i < count - 1 ? (uint16_t)run->last : UINT16_MAX;
	}
}

/* Inner lines over [first, first + count); the greatest key of each child is in lasts. */
static void
fill_inner(struct inner_line *inner, uint32_t first, const uint16_t *lasts, size_t count)
{
	size_t i;

	inner->first_child = first;
	for (i = 0; i < INNER_CHILDREN - 1; i++)
		inner->last[i] = i < count - 1 ? lasts[i] : UINT16_MAX;
}

/* Levels of inner lines above the leaves until one line is left. */
static svctag_error
write_inner(struct index_tree *tree, uint32_t first, size_t count, uint16_t *lasts, uint32_t *ret)
{
	uint32_t levels = 0;

	while (count > 1) {
		size_t parents = (count + INNER_CHILDREN - 1) / INNER_CHILDREN;
		uint32_t above = 0;
		size_t i;
		svctag_error err = add_lines(tree, parents, &above);

		if (err != SVCTAG_OK)
			return err;
		for (i = 0; i < parents; i++) {
			size_t from = i * INNER_CHILDREN;
			size_t children = count - from < INNER_CHILDREN ? count - from : INNER_CHILDREN;

			fill_inner(&tree->lines[above + i].inner, first + (uint32_t)from, lasts + from, children);
			lasts[i] = lasts[from + children - 1];
		}
		first = above;
		count = parents;
		levels++;
	}
	*ret = SLOT_NODE | levels << SLOT_KIND_SHIFT | first;
	return SVCTAG_OK;
}

/* Turn the runs on top of the stack into lines. */
static svctag_error
write_node(struct index_tree *tree, size_t first_run, uint32_t *ret)
{
	const struct index_run *runs = tree->runs + first_run;
	size_t count = tree->run_count - first_run;
	size_t leaves = (count + LEAF_RUNS - 1) / LEAF_RUNS;
	uint16_t *lasts = malloc(leaves * sizeof(*lasts));
	uint32_t first = 0;
	svctag_error err;
	size_t i;

	if (lasts == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = add_lines(tree, leaves, &first);
	for (i = 0; err == SVCTAG_OK && i < leaves; i++) {
		size_t from = i * LEAF_RUNS;
		size_t here = count - from < LEAF_RUNS ? count - from : LEAF_RUNS;

		fill_leaf(&tree->lines[first + i].leaf, runs + from, here);
		lasts[i] = (uint16_t)runs[from + here - 1].last;
	}
	if (err == SVCTAG_OK)
		err = write_inner(tree, first, leaves, lasts, ret);
	free(lasts);
	return err;
}

static unsigned int
common_bits(const svctag_prefix *a, const svctag_prefix *b)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		if (a->bytes[i] != b->bytes[i])
			return i * 8 + (unsigned int)__builtin_clz((unsigned int)(a->bytes[i] ^ b->bytes[i])) - 24;
	return 128;
}

/* To which multiple of the stride do all these prefixes agree without one of them ending? */
static unsigned int
agreed_depth(const struct builder *builder, unsigned int depth, size_t first, size_t end)
{
	unsigned int shared = common_bits(builder->prefixes[first], builder->prefixes[end - 1]);
	size_t i;

	for (i = first; i < end && shared > depth; i++)
		if (builder->prefixes[i]->length <= shared)
			shared = builder->prefixes[i]->length - 1U;
	shared -= shared % STRIDE;
	return shared > depth ? shared : depth;
}

static svctag_error
write_skip(struct builder *builder, const svctag_prefix *prefix, unsigned int to, uint32_t child, uint32_t miss,
	   uint32_t *ret)
{
	struct skip_line *skip;
	uint32_t line = 0;
	svctag_error err = add_lines(builder->tree, 1, &line);

	if (err != SVCTAG_OK)
		return err;
	skip = &builder->tree->lines[line].skip;
	memcpy(skip->bytes, prefix->bytes, to / 8);
	skip->to = to;
	skip->child = child;
	skip->miss = miss;
	*ret = SLOT_NODE | SLOT_KIND_SKIP << SLOT_KIND_SHIFT | line;
	return SVCTAG_OK;
}

/* The node for prefixes [first, end), all longer than depth and alike up to it. */
static svctag_error
build_node(struct builder *builder, unsigned int depth, size_t first, size_t end, uint32_t inherited, uint32_t *ret)
{
	unsigned int agreed = agreed_depth(builder, depth, first, end);
	struct sweep sweep;
	uint32_t slot = 0;
	svctag_error err;

	sweep_begin(&sweep, builder->tree, agreed, inherited);
	err = sweep_stride(builder, &sweep, first, end);
	if (err == SVCTAG_OK)
		err = write_node(builder->tree, sweep.first_run, &slot);
	builder->tree->run_count = sweep.first_run;
	if (err == SVCTAG_OK && agreed > depth)
		err = write_skip(builder, builder->prefixes[first], agreed, slot, inherited, &slot);
	if (err == SVCTAG_OK)
		*ret = slot;
	return err;
}

/* IPv4's first stride is a table of its own. */
static svctag_error
build_ipv4(struct builder *builder, size_t count, uint32_t *roots)
{
	struct index_tree *tree = builder->tree;
	uint32_t inherited = 0;
	struct sweep sweep;
	svctag_error err;
	uint32_t key = 0;
	size_t i = 0;

	if (count > 0 && builder->prefixes[0]->length == 0)
		inherited = (uint32_t)++i;
	sweep_begin(&sweep, tree, 0, inherited);
	err = sweep_stride(builder, &sweep, i, count);
	for (i = sweep.first_run; err == SVCTAG_OK && i < tree->run_count; i++)
		while (key <= tree->runs[i].last)
			roots[key++] = tree->runs[i].slot;
	tree->run_count = sweep.first_run;
	return err;
}

svctag_error
index_tree_build(struct index_tree *tree, const svctag_prefix *const *prefixes, const size_t counts[2], uint32_t *roots,
		 uint32_t *ret_root6)
{
	struct builder builder = { tree, prefixes };
	size_t first = counts[0];
	size_t end = counts[0] + counts[1];
	uint32_t inherited = 0;
	svctag_error err;

	err = build_ipv4(&builder, counts[0], roots);
	if (err != SVCTAG_OK)
		return err;
	if (counts[1] > 0 && prefixes[first]->length == 0)
		inherited = (uint32_t)++first;
	*ret_root6 = inherited;
	return first < end ? build_node(&builder, 0, first, end, inherited, ret_root6) : SVCTAG_OK;
}

void
index_tree_release(struct index_tree *tree)
{
	free(tree->lines);
	free(tree->runs);
	memset(tree, 0, sizeof(*tree));
}
