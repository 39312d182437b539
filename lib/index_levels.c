/*
 * IPv6 has prefixes of a few lengths that lie far apart (/40 to /64, /117 to
 * /128): a walk down from the first bit would pass many nodes with one child.
 * So lengths are cut into levels of up to 16 neighbouring ones that are in
 * use. A level has an entry for each of the different bits that come before
 * them, and what follows is searched in one node. A look-up asks the levels
 * from the longest to the shortest; the first one that knows the address is
 * right, as its node has inherited what the shorter ones say.
 *
 * Prefixes that are a little shorter than what a level's nodes begin with are
 * not left to the next level but expanded into this one: an entry for each key
 * that they cover (controlled prefix expansion; Srinivasan, Varghese: Fast
 * address lookups using controlled prefix expansion, 1999). So real data have
 * two levels, and mostly one look at the address tells which.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "index_hash.h"
#include "index_tree.h"

/** Prefixes are expanded by so many bits at most. */
#define MOST_EXPANDED 8U

/** Which lengths a level takes in. */
struct cut {
	uint32_t longest;
	uint32_t depth;    /**< longer ones are in its nodes */
	uint32_t shortest; /**< the others are expanded */
};

/** The prefixes of IPv6 by length, ::/0 aside. */
struct lengths {
	size_t count[129];
	size_t all;
};

static void
count_lengths(const struct index_prefixes *prefixes, struct lengths *lengths)
{
	size_t i;

	*lengths = (struct lengths){ .all = prefixes->counts[1] };
	for (i = prefixes->counts[0]; i < prefixes->counts[0] + prefixes->counts[1]; i++)
		lengths->count[prefixes->all[i]->length]++;
	lengths->count[0] = 0;
}

/* Is any length from `first` to `last` in use? */
static bool
in_use(const struct lengths *lengths, uint32_t first, uint32_t last)
{
	uint32_t length;

	for (length = first; length <= last; length++)
		if (lengths->count[length] > 0)
			return true;
	return false;
}

/* How many entries it takes to expand the lengths from `shortest` on, if they cover nothing twice. */
static uint64_t
expanded_entries(const struct lengths *lengths, uint32_t shortest, uint32_t depth)
{
	uint64_t entries = 0;
	uint32_t length;

	for (length = shortest; length <= depth; length++)
		entries += (uint64_t)lengths->count[length] << (depth - length);
	return entries;
}

/*
 * The latest byte to begin with from which one stride reaches the longest
 * length, and behind which the others are that it could reach as well. As many
 * lengths before it are expanded as do not make more entries than there are
 * prefixes; those of just the depth never do.
 */
static struct cut
cut_lengths(const struct lengths *lengths, uint32_t longest)
{
	struct cut cut = { .longest = longest };

	cut.depth = longest > STRIDE ? (longest - STRIDE + 7) / 8 * 8 : 0;
	while (cut.depth + 8 < longest && cut.depth + 8 <= MOST_DEPTH && !in_use(lengths, cut.depth + 1, cut.depth + 8))
		cut.depth += 8;
	cut.shortest = cut.depth > MOST_EXPANDED ? cut.depth - MOST_EXPANDED : 1;
	while (cut.shortest < cut.depth && expanded_entries(lengths, cut.shortest, cut.depth) > lengths->all)
		cut.shortest++;
	return cut;
}

/* Room for so many entries more. */
static svctag_error
reserve_entries(struct index_tree *tree, size_t more)
{
	struct index_entry *entries = realloc(tree->entries, (tree->entry_count + more) * sizeof(*entries));

	if (entries == NULL)
		return SVCTAG_E_NO_MEMORY;
	tree->entries = entries;
	return SVCTAG_OK;
}

/* Nodes of the prefixes that are longer than the depth: ids[0 … count), sorted. There is room for their entries. */
static svctag_error
add_nodes(struct index_tree *tree, const struct index_prefixes *prefixes, const uint32_t *ids, size_t count,
	  uint32_t depth)
{
	struct index_key mask = level_mask(tree->level_count, depth);
	svctag_error err = SVCTAG_OK;
	size_t i = 0;

	while (err == SVCTAG_OK && i < count) {
		struct index_entry *entry = &tree->entries[tree->entry_count++];
		struct index_key key = level_key(key_of_bytes(prefixes->all[ids[i]]->bytes), mask);
		uint32_t inherited = index_parent_within(prefixes, ids[i], depth);
		size_t first = i;

		for (; i < count; i++) {
			struct index_key next = level_key(key_of_bytes(prefixes->all[ids[i]]->bytes), mask);

			if (next.high != key.high || next.low != key.low)
				break;
		}
		entry->high = key.high;
		entry->low = key.low;
		err = index_tree_add_node(tree, prefixes, ids + first, i - first, depth, inherited,
					  (struct index_top){ entry->last, ENTRY_CHILDREN - 1, ENTRY_CHILDREN },
					  &entry->node);
	}
	return err;
}

static svctag_u128
key_value(struct index_key key)
{
	return (svctag_u128)key.high << 64 | key.low;
}

/* The key that follows by one in the first `depth` bits: less their mask is plus the lowest of them. */
static struct index_key
next_key(struct index_key key, uint32_t depth)
{
	svctag_u128 next = key_value(key) - key_value(key_mask(depth));

	return (struct index_key){ (uint64_t)(next >> 64), (uint64_t)next };
}

/* A constant for each key that the prefix covers. There is room for them. */
static void
expand(struct index_tree *tree, const struct index_prefixes *prefixes, uint32_t id, uint32_t depth)
{
	const svctag_prefix *prefix = prefixes->all[id];
	struct index_key key = level_key(key_of_bytes(prefix->bytes), level_mask(tree->level_count, depth));
	uint32_t left = 1U << (depth - prefix->length);

	for (; left > 0; left--, key = next_key(key, depth))
		tree->entries[tree->entry_count++] = (struct index_entry){
			.high = key.high,
			.low = key.low,
			.node = { NODE_CONSTANT, id },
			.last = { INT16_MAX, INT16_MAX, INT16_MAX, INT16_MAX },
		};
}

/* By key; then nodes before constants, and longer prefixes, which have the greater numbers, before what is around them. */
static int
compare_claims(const void *a, const void *b)
{
	const struct index_entry *x = a;
	const struct index_entry *y = b;
	int order = index_entry_compare(a, b);

	if (order != 0)
		return order;
	if (x->node.place == NODE_CONSTANT && y->node.place == NODE_CONSTANT)
		return (x->node.base < y->node.base) - (x->node.base > y->node.base);
	return (x->node.place == NODE_CONSTANT) - (y->node.place == NODE_CONSTANT);
}

/* Of the entries from `first` on with the same key, only the one that is right: a node has inherited the others. */
static void
settle_claims(struct index_tree *tree, size_t first)
{
	size_t kept = first;
	size_t i;

	qsort(tree->entries + first, tree->entry_count - first, sizeof(*tree->entries), compare_claims);
	for (i = first; i < tree->entry_count; i++)
		if (kept == first || index_entry_compare(&tree->entries[kept - 1], &tree->entries[i]) != 0)
			tree->entries[kept++] = tree->entries[i];
	tree->entry_count = kept;
}

/* What is the same in the low halves of all keys from `first` on. */
static struct index_level
describe_level(const struct index_tree *tree, size_t first, uint32_t depth)
{
	struct index_level level = { .depth = depth, .agreed_mask = key_mask(depth).low };
	size_t i;

	for (i = first; i < tree->entry_count; i++)
		level.agreed_mask &= ~(tree->entries[first].low ^ tree->entries[i].low);
	level.agreed = tree->entries[first].low & level.agreed_mask;
	return level;
}

/* One level. @param ids  room for all prefixes of IPv6 */
static svctag_error
add_level(struct index_tree *tree, const struct index_prefixes *prefixes, const struct lengths *lengths,
	  const struct cut *cut, uint32_t *ids)
{
	size_t end = prefixes->counts[0] + prefixes->counts[1];
	size_t first = tree->entry_count;
	size_t count = 0;
	svctag_error err;
	size_t i;

	for (i = prefixes->counts[0]; i < end; i++)
		if (prefixes->all[i]->length > cut->depth && prefixes->all[i]->length <= cut->longest)
			ids[count++] = (uint32_t)i;
	err = reserve_entries(tree, count + (size_t)expanded_entries(lengths, cut->shortest, cut->depth));
	if (err == SVCTAG_OK)
		err = add_nodes(tree, prefixes, ids, count, cut->depth);
	if (err != SVCTAG_OK)
		return err;
	for (i = prefixes->counts[0]; i < end; i++)
		if (prefixes->all[i]->length >= cut->shortest && prefixes->all[i]->length <= cut->depth)
			expand(tree, prefixes, (uint32_t)i, cut->depth);
	settle_claims(tree, first);
	tree->levels[tree->level_count++] = describe_level(tree, first, cut->depth);
	return SVCTAG_OK;
}

/* A bit for each first two bytes that a prefix other than ::/0 meets. */
static void
fill_filter(struct index_tree *tree, const struct index_prefixes *prefixes)
{
	size_t i;

	for (i = prefixes->counts[0]; i < prefixes->counts[0] + prefixes->counts[1]; i++) {
		const svctag_prefix *prefix = prefixes->all[i];
		uint32_t first = key_stride(key_of_bytes(prefix->bytes), 0);
		uint32_t end = first + (prefix->length < STRIDE ? 1U << (STRIDE - prefix->length) : 1U);

		for (; prefix->length > 0 && first < end; first++) {
			uint32_t bit = filter_bit_ipv6((const uint8_t[2]){ (uint8_t)(first >> 8), (uint8_t)first });

			tree->filter[bit / 64] |= (uint64_t)1 << bit % 64;
		}
	}
}

svctag_error
index_levels_build(struct index_tree *tree, const struct index_prefixes *prefixes)
{
	uint32_t *ids = malloc((prefixes->counts[1] + 1) * sizeof(*ids));
	struct lengths lengths;
	uint32_t longest = 128;
	svctag_error err;

	tree->filter = calloc(FILTER_BITS / 8, 1);
	err = ids != NULL && tree->filter != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
	count_lengths(prefixes, &lengths);
	tree->default_ipv6 = INDEX_NONE;
	if (prefixes->counts[1] > 0 && prefixes->all[prefixes->counts[0]]->length == 0)
		tree->default_ipv6 = (uint32_t)prefixes->counts[0];
	while (err == SVCTAG_OK && longest > 0) {
		struct cut cut;

		if (lengths.count[longest] == 0) {
			longest--;
			continue;
		}
		cut = cut_lengths(&lengths, longest);
		err = add_level(tree, prefixes, &lengths, &cut, ids);
		longest = cut.shortest - 1;
	}
	if (err == SVCTAG_OK)
		err = index_table_place(tree);
	if (err == SVCTAG_OK)
		fill_filter(tree, prefixes);
	free(ids);
	return err;
}
