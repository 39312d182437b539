/*
 * Each function breaks one thing of what a sound index searches.
 */
#include "broken_index.h"

#include <string.h>

#include "index_hash.h"

static struct inner_line *
top_of(struct blob *b, const struct index_node *node)
{
	return &b->lines[node - b->nodes].inner;
}

/* A node's first line below its top. */
static union index_line *
line_of(struct blob *b, const struct index_node *node)
{
	return &b->lines[node->place & NODE_LINE_MASK];
}

static void
no_lines(struct blob *b)
{
	b->header->line_count = 0;
}

static void
nodes_without_end(struct blob *b)
{
	b->header->node_count = UINT32_MAX;
}

static void
levels_without_end(struct blob *b)
{
	b->header->level_count = UINT32_MAX;
}

static void
pilots_without_end(struct blob *b)
{
	b->header->pilot_count = UINT32_MAX;
}

static void
entries_without_end(struct blob *b)
{
	b->header->entry_count = UINT32_MAX;
}

/* Where there is no direct node, what lies past the numbers is no node's top. */
static void
root_past_the_nodes(struct blob *b)
{
	b->roots[7] = (uint16_t)b->header->node_count;
}

static void
root_past_the_lines(struct blob *b)
{
	b->roots[7] = (uint16_t)b->header->line_count;
}

static void
root_of_a_line_of_all(struct blob *b)
{
	b->roots[7] = 1;
}

/* From what answers nothing to the line of constants. */
static void
root_without_a_prefix_that_has_one(struct blob *b)
{
	b->nodes[0].base = 0;
}

static void
nothing_that_answers(struct blob *b)
{
	b->lines[1].leaf.slot[3] = 1;
}

static void
nothing_with_children(struct blob *b)
{
	b->lines[0].inner.last[2] = 5;
}

static void
fewer_nodes_than_all_have(struct blob *b)
{
	b->header->node_count = FIRST_NODE - 1;
}

static void
direct_past_the_lines(struct blob *b)
{
	union index_line *top = &b->lines[b->direct];

	for (size_t i = 0; i < INNER_CHILDREN - 1; i++)
		top->inner.last[i] = INT16_MIN;
}

static void
direct_that_is_a_leaf(struct blob *b)
{
	b->roots[7] = (uint16_t)(b->direct + 1);
}

static void
direct_without_an_end(struct blob *b)
{
	b->lines[b->direct].inner.last[INNER_CHILDREN - 1] = 5;
}

static void
direct_out_of_order(struct blob *b)
{
	b->lines[b->direct].inner.last[0] = INT16_MAX;
	b->lines[b->direct].inner.last[1] = 5;
}

static void
direct_slot_past_the_last(struct blob *b)
{
	for (size_t i = 0; i < LEAF_RUNS; i++)
		b->lines[b->direct + 1].leaf.slot[i] = (uint16_t)(b->header->prefix_count[0] + 1);
}

/* Two roots with the same node: as neighbours in one short prefix have it. */
static void
direct_of_two_roots(struct blob *b)
{
	b->roots[7] = b->direct;
}

static void
node_past_the_lines(struct blob *b)
{
	b->small->place = b->header->line_count;
}

static void
node_far_past_the_lines(struct blob *b)
{
	b->small->place = 2U << NODE_KIND_SHIFT | NODE_LINE_MASK;
}

/* With its top that would be one more than there can be. */
static void
node_of_too_many_levels(struct blob *b)
{
	b->large->place |= NODE_LEVELS << NODE_KIND_SHIFT;
}

/* Its inner line is there, its leaves are not. */
static void
node_that_ends_past_the_lines(struct blob *b)
{
	b->small->place = 1U << NODE_KIND_SHIFT | (b->header->line_count - 1);
}

static void
unknown_kind(struct blob *b)
{
	b->small->place |= 8U << NODE_KIND_SHIFT;
}

static void
base_past_the_last(struct blob *b)
{
	b->small->base = b->header->prefix_count[0] + b->header->prefix_count[1];
}

static void
base_of_the_other_family(struct blob *b)
{
	b->small->base = b->header->prefix_count[0];
}

static void
base_that_wraps_around(struct blob *b)
{
	b->small->base = UINT32_MAX - 1;
}

static void
make_constant(struct blob *b, uint32_t base)
{
	*b->small = (struct index_node){ NODE_CONSTANT, base };
	for (size_t i = 0; i < INNER_CHILDREN; i++)
		top_of(b, b->small)->last[i] = INT16_MAX;
}

static void
constant_past_the_last(struct blob *b)
{
	make_constant(b, b->header->prefix_count[0]);
}

static void
nothing_as_a_constant(struct blob *b)
{
	make_constant(b, INDEX_NONE);
}

/* From the line of constants it would get to other lines. */
static void
constant_with_children(struct blob *b)
{
	make_constant(b, INDEX_NONE);
	top_of(b, b->small)->last[0] = 0;
}

static void
shared_lines(struct blob *b)
{
	*b->small = *b->large;
}

static void
a_leaf_of_another_node(struct blob *b)
{
	b->small->place = (b->large->place & NODE_LINE_MASK) + 1;
}

/* A leaf read as an inner line, an inner line as a leaf. */
static void
one_level_more(struct blob *b)
{
	b->small->place += 1U << NODE_KIND_SHIFT;
}

static void
one_level_less(struct blob *b)
{
	b->large->place -= 1U << NODE_KIND_SHIFT;
}

static void
narrow_read_as_wide(struct blob *b)
{
	b->small->place |= NODE_WIDE << NODE_KIND_SHIFT;
}

static void
more_children_than_there_are(struct blob *b)
{
	for (size_t i = 0; i < INNER_CHILDREN - 1; i++)
		top_of(b, b->small)->last[i] = INT16_MIN;
}

static void
ends_out_of_order(struct blob *b)
{
	int16_t *last = line_of(b, b->small)->leaf.last;

	last[0] = INT16_MAX - 1;
	last[1] = 3;
}

static void
children_out_of_order(struct blob *b)
{
	int16_t *last = top_of(b, b->large)->last;

	last[0] = INT16_MAX - 1;
	last[1] = 3;
}

static void
a_last_end_that_is_not_the_greatest(struct blob *b)
{
	line_of(b, b->small)->leaf.last[LEAF_RUNS - 1] = INT16_MAX - 1;
}

static void
a_last_child_that_is_not_the_greatest(struct blob *b)
{
	top_of(b, b->large)->last[INNER_CHILDREN - 1] = INT16_MAX - 1;
}

static void
inner_line_without_an_end(struct blob *b)
{
	line_of(b, b->large)->inner.last[INNER_CHILDREN - 1] = INT16_MAX - 1;
}

static void
slot_past_the_last(struct blob *b)
{
	struct leaf_line *leaf = &line_of(b, b->small)->leaf;

	for (size_t i = 0; i < LEAF_RUNS; i++)
		leaf->slot[i] = UINT16_MAX;
}

static void
constant_line_that_is_not(struct blob *b)
{
	b->lines[NODE_CONSTANT].leaf.slot[15] = 2;
}

static void
default_past_the_last(struct blob *b)
{
	b->header->default_ipv6 = b->header->prefix_count[0] + b->header->prefix_count[1];
}

static void
default_of_the_other_family(struct blob *b)
{
	b->header->default_ipv6 = 0;
}

static void
entry_of_the_other_family(struct blob *b)
{
	b->entries[0].node = *b->small;
}

/* Strides begin at whole bytes, the last one 16 bits before the end. */
static void
depth_past_the_end(struct blob *b)
{
	b->levels[0].depth = 120;
}

static void
depth_far_past_the_end(struct blob *b)
{
	b->levels[0].depth = UINT32_MAX - 7;
}

static void
depth_inside_a_byte(struct blob *b)
{
	b->levels[1].depth = 47;
}

static void
another_depth(struct blob *b)
{
	b->levels[0].depth = 112;
	b->levels[1].depth = 0;
}

static void
agreed_that_is_not(struct blob *b)
{
	b->levels[0].agreed_mask = UINT64_MAX;
	b->levels[0].agreed = UINT64_MAX;
	b->levels[1].agreed_mask = UINT64_MAX;
}

static void
levels_without_entries(struct blob *b)
{
	b->header->entry_count = 0;
}

/* The sections keep their sizes: what was the last pilot is a gap. Keys are looked up by a mask. */
static void
pilots_that_are_no_power_of_two(struct blob *b)
{
	b->header->pilot_count--;
}

static void
entry_with_ends_out_of_order(struct blob *b)
{
	b->entries[0].last[0] = INT16_MAX;
	b->entries[0].last[1] = 3;
}

/* The node's children stop before these. */
static void
entry_with_more_children_than_there_are(struct blob *b)
{
	for (uint32_t i = 0; i < b->header->entry_count; i++)
		for (size_t n = 0; n < ENTRY_CHILDREN - 1; n++)
			b->entries[i].last[n] = INT16_MIN;
}

static void
other_seeds(struct blob *b)
{
	b->header->seed = 0;
}

/* Every key is looked for at another place, but with its bucket's top. */
static void
other_pilots(struct blob *b)
{
	for (uint32_t i = 0; i < b->header->pilot_count; i++)
		b->pilots[i] ^= ~PILOT_TOP;
}

static void
tops_past_the_last(struct blob *b)
{
	memset(b->pilots, 0xff, b->header->pilot_count * sizeof(*b->pilots));
}

static void
no_tops(struct blob *b)
{
	b->header->top_count = 0;
}

static void
tops_without_end(struct blob *b)
{
	b->header->top_count = UINT32_MAX;
}

/* Of all entries, which have no room for more children. */
static void
first_top_with_ends(struct blob *b)
{
	b->bucket_tops[0].last[0] = 0;
}

static void
first_top_without_an_end(struct blob *b)
{
	for (uint32_t i = 0; i < INNER_CHILDREN; i++)
		b->bucket_tops[0].last[i] = INT16_MIN;
}

/* Only one of the two may have ends: the other way around, adding up places is not the same as uniting them. */
static void
ends_in_an_entry_and_its_top(struct blob *b)
{
	for (uint32_t i = 0; i < b->header->entry_count; i++) {
		struct index_entry *entry = &b->entries[i];
		uint64_t hash = key_hash((struct index_key){ entry->high, entry->low }, hash_seeds(b->header->seed));
		uint32_t pilot = b->pilots[hash_bucket(hash, bucket_shift(b->header->pilot_count))];
		struct inner_line *top = &b->bucket_tops[(pilot & PILOT_TOP) / sizeof(*b->bucket_tops)];

		if ((pilot & PILOT_TOP) == 0 || (entry->low & KEY_APART) != 0)
			continue;
		/* A child of the top becomes the entry's: there are as many lines as before. */
		entry->last[0] = INT16_MIN;
		memmove(&top->last[0], &top->last[1], (INNER_CHILDREN - 1) * sizeof(top->last[0]));
	}
}

/* What stands apart is not found any more, and what does not is searched without its top. */
static void
keys_apart_turned_over(struct blob *b)
{
	for (uint32_t i = 0; i < b->header->entry_count; i++)
		b->entries[i].low ^= KEY_APART;
}

/* Its place is not that of leaves. */
static void
entry_of_another_kind_not_apart(struct blob *b)
{
	b->entries[0].low &= ~(uint64_t)KEY_APART;
	b->entries[0].node.place |= 1U << NODE_KIND_SHIFT;
}

static void
filter_that_passes_all(struct blob *b)
{
	memset(b->filter, 0xff, FILTER_BITS / 8);
}

const struct breakage search_breakages[] = {
	{ "no lines", no_lines, REFUSED, false },
	{ "nodes without end", nodes_without_end, REFUSED, false },
	{ "levels without end", levels_without_end, REFUSED, false },
	{ "pilots without end", pilots_without_end, REFUSED, false },
	{ "entries without end", entries_without_end, REFUSED, false },
	{ "root past the nodes", root_past_the_nodes, REFUSED, false },
	{ "root past the lines", root_past_the_lines, REFUSED, false },
	{ "root of a line that all indexes have", root_of_a_line_of_all, REFUSED, false },
	{ "root without a prefix that has one", root_without_a_prefix_that_has_one, REFUSED, false },
	{ "nothing that answers", nothing_that_answers, REFUSED, false },
	{ "nothing with children", nothing_with_children, REFUSED, false },
	{ "fewer nodes than all have", fewer_nodes_than_all_have, REFUSED, false },
	{ "direct node past the lines", direct_past_the_lines, REFUSED, true },
	{ "direct node that is a leaf", direct_that_is_a_leaf, REFUSED, true },
	{ "direct node without an end", direct_without_an_end, REFUSED, true },
	{ "direct node out of order", direct_out_of_order, REFUSED, true },
	{ "direct slot past the last", direct_slot_past_the_last, REFUSED, true },
	{ "direct node of two roots", direct_of_two_roots, HARMLESS, true },
	{ "node past the lines", node_past_the_lines, REFUSED, false },
	{ "node far past the lines", node_far_past_the_lines, REFUSED, false },
	{ "node of too many levels", node_of_too_many_levels, REFUSED, false },
	{ "node that ends past the lines", node_that_ends_past_the_lines, REFUSED, false },
	{ "unknown kind of node", unknown_kind, REFUSED, false },
	{ "base past the last", base_past_the_last, REFUSED, false },
	{ "base of the other family", base_of_the_other_family, REFUSED, false },
	{ "base that wraps around", base_that_wraps_around, REFUSED, false },
	{ "constant past the last", constant_past_the_last, REFUSED, false },
	{ "nothing as a constant", nothing_as_a_constant, HARMLESS, false },
	{ "constant with children", constant_with_children, REFUSED, false },
	{ "shared lines", shared_lines, REFUSED, false },
	{ "a leaf of another node", a_leaf_of_another_node, REFUSED, false },
	{ "one level more", one_level_more, REFUSED, false },
	{ "one level less", one_level_less, HARMLESS, false },
	{ "narrow read as wide", narrow_read_as_wide, HARMLESS, false },
	{ "more children than there are", more_children_than_there_are, REFUSED, false },
	{ "ends out of order", ends_out_of_order, REFUSED, false },
	{ "children out of order", children_out_of_order, REFUSED, false },
	{ "a last end that is not the greatest", a_last_end_that_is_not_the_greatest, REFUSED, false },
	{ "a last child that is not the greatest", a_last_child_that_is_not_the_greatest, REFUSED, false },
	{ "inner line without an end", inner_line_without_an_end, REFUSED, false },
	{ "slot past the last", slot_past_the_last, REFUSED, false },
	{ "constant line that is not", constant_line_that_is_not, REFUSED, false },
	{ "default past the last", default_past_the_last, REFUSED, false },
	{ "default of the other family", default_of_the_other_family, REFUSED, false },
	{ "entry of the other family", entry_of_the_other_family, REFUSED, false },
	{ "depth past the end", depth_past_the_end, REFUSED, false },
	{ "depth far past the end", depth_far_past_the_end, REFUSED, false },
	{ "another depth", another_depth, HARMLESS, false },
	{ "depth inside a byte", depth_inside_a_byte, REFUSED, false },
	{ "agreed bits that are not", agreed_that_is_not, HARMLESS, false },
	{ "levels without entries", levels_without_entries, REFUSED, false },
	{ "pilots that are no power of two", pilots_that_are_no_power_of_two, REFUSED, false },
	{ "entry with ends out of order", entry_with_ends_out_of_order, REFUSED, false },
	{ "entry with more children than there are", entry_with_more_children_than_there_are, REFUSED, false },
	{ "other seeds", other_seeds, HARMLESS, false },
	{ "other pilots", other_pilots, HARMLESS, false },
	{ "tops past the last", tops_past_the_last, REFUSED, false },
	{ "no tops", no_tops, REFUSED, false },
	{ "tops without end", tops_without_end, REFUSED, false },
	{ "ends in an entry and its top", ends_in_an_entry_and_its_top, REFUSED, false },
	{ "first top with ends", first_top_with_ends, REFUSED, false },
	{ "first top without an end", first_top_without_an_end, REFUSED, false },
	{ "keys apart turned over", keys_apart_turned_over, HARMLESS, false },
	{ "entry of another kind that does not stand apart", entry_of_another_kind_not_apart, REFUSED, false },
	{ "filter that passes all", filter_that_passes_all, HARMLESS, false },
};

const size_t search_breakage_count = sizeof(search_breakages) / sizeof(search_breakages[0]);
