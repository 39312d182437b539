/**
 * @file
 * Longest-prefix match, compiled once for every processor the library is
 * built for (index_lookup.c) and on x86-64 once more for those with AVX2
 * (index_avx2.c).
 *
 * Every step reads at a place that svctag_index_open() has found to be inside
 * the blob, and there are at most eight levels and four lines to a node:
 * nothing here checks, and nothing loops for long.
 *
 * One look-up is two or three cold cache lines and hardly a branch that is
 * guessed wrong, so that the processor works at several look-ups of a loop at
 * once. The batched ones do so by plan: what is the same step for all is done
 * for all before the next one begins, and who goes which way is sorted out
 * without branches. Hidden.
 */
#ifndef SVCTAG_INDEX_WALK_H
#define SVCTAG_INDEX_WALK_H

#include "bits.h"
#include "index_internal.h"
#include "index_search.h"

/** Look-ups in flight, as measured: two lines each in IPv4, three and more in IPv6. */
#define IN_FLIGHT_IPV4 16U
#define IN_FLIGHT_IPV6 32U

/** A look-up in IPv6 that has found its entry: one stride is left. */
struct pending {
	const struct index_entry *entry;
	uint32_t place; /**< of its answer */
	int16_t key;
};

/* Ends are stored as signed numbers, since those are what SSE2 compares. */
static inline int16_t
signed_key(uint16_t key)
{
	return (int16_t)(key ^ KEY_BIAS);
}

static inline const union index_line *
first_line(const svctag_index *index, struct index_node node)
{
	return index->lines + (node.place & NODE_LINE_MASK);
}

static inline uint32_t
leaf_answer(const struct leaf_line *leaf, uint32_t base, int16_t key)
{
	uint32_t slot = leaf->slot[leaf_place(leaf, key)];

	return (base + slot - 1) | -(uint32_t)(slot == 0); /* all ones: SVCTAG_NO_PREFIX */
}

/* Out of the way of what is nearly always the case. */
#define SELDOM __attribute__((noinline, cold))

/* From a line with so many levels of inner lines, of a node of any kind. */
static inline uint32_t
search_below(const union index_line *line, struct index_node node, uint32_t levels, int16_t key)
{
	for (; levels > 0; levels--)
		line += 1 + (size_t)inner_place(&line->inner, key) * index_child_lines[levels - 1];
	if ((node.place >> NODE_KIND_SHIFT & NODE_WIDE) != 0)
		return line->wide.slot[wide_place(&line->wide, key)] - 1; /* 0 becomes SVCTAG_NO_PREFIX */
	return leaf_answer(&line->leaf, node.base, key);
}

/* From a node of any kind, below this child of its top. */
static SELDOM uint32_t
search_any(const svctag_index *index, const struct index_node *node, uint32_t child, int16_t key)
{
	uint32_t levels = node->place >> NODE_KIND_SHIFT & NODE_LEVELS;

	return search_below(first_line(index, *node) + (size_t)child * index_child_lines[levels], *node, levels, key);
}

/* Nearly all nodes are a top and its leaves: their kind is 0, and their place the first leaf. */
static inline uint32_t
search_child(const svctag_index *index, const struct index_node *node, uint32_t child, int16_t key)
{
	if (__builtin_expect(node->place >> NODE_KIND_SHIFT != 0, 0))
		return search_any(index, node, child, key);
	return leaf_answer(&index->lines[node->place + child].leaf, node->base, key);
}

static inline uint32_t
search_node(const svctag_index *index, uint32_t number, int16_t key)
{
	return search_child(index, &index->nodes[number], inner_place(&index->tops[number], key), key);
}

static inline uint32_t
search_entry(const svctag_index *index, const struct index_entry *entry, int16_t key)
{
	return search_child(index, &entry->node, entry_place(entry, key), key);
}

static inline bool
filter_holds(const uint64_t *filter, uint32_t bit)
{
	return (filter[bit / 64] >> bit % 64 & 1) != 0;
}

/* An address that has passed the filter. */
static inline uint32_t
walk_ipv4(const svctag_index *index, uint32_t address)
{
	return search_node(index, index->roots[address >> 16], signed_key((uint16_t)address));
}

static inline struct index_key
key_of_bytes(const uint8_t bytes[16])
{
	return (struct index_key){ load_be64(bytes), load_be64(bytes + 8) };
}

/* Which entry the key has, if it is in the level, which is a hash table. */
static inline const struct index_entry *
level_entry(const struct open_level *level, struct index_key key)
{
	uint64_t hash = key_hash(key, level->seed);
	uint16_t pilot = level->pilots[hash_bucket(hash, level->bucket_shift)];

	return &level->entries[hash_place(hash, pilot, level->entry_shift)];
}

static inline uint32_t
entry_is(const struct index_entry *entry, struct index_key key)
{
	return ((entry->high ^ key.high) | (entry->low ^ key.low)) == 0;
}

/* An address that has passed the filter. The longest lengths first: what a level knows hides what shorter ones say. */
static inline uint32_t
walk_ipv6(const svctag_index *index, const uint8_t bytes[16])
{
	struct index_key address = key_of_bytes(bytes);
	const struct open_level *level = index->levels;
	const struct open_level *end = level + index->level_count;

	for (; level < end; level++) {
		struct index_key key = key_and(address, level->mask);
		const struct index_entry *entry = level_entry(level, key);

		if (entry_is(entry, key))
			return search_entry(index, entry, signed_key(key_stride(address, level->depth)));
	}
	return index->head.default_ipv6;
}

/* Up to IN_FLIGHT_IPV4 addresses, whether or not they pass the filter. */
static inline void
walk_some_ipv4(const svctag_index *index, const uint32_t *addresses, uint32_t count, uint32_t *ids)
{
	const struct leaf_line *leaves[IN_FLIGHT_IPV4];
	uint16_t numbers[IN_FLIGHT_IPV4];
	uint32_t i;

	for (i = 0; i < count; i++) {
		numbers[i] = index->roots[addresses[i] >> 16];
		__builtin_prefetch(&index->tops[numbers[i]]);
		__builtin_prefetch(&index->nodes[numbers[i]]);
	}
	for (i = 0; i < count; i++) {
		uint32_t child = inner_place(&index->tops[numbers[i]], signed_key((uint16_t)addresses[i]));

		/* Of another kind: any line will do, it is not looked at. */
		leaves[i] = &(first_line(index, index->nodes[numbers[i]]) + child)->leaf;
		__builtin_prefetch(leaves[i]);
	}
	for (i = 0; i < count; i++) {
		struct index_node node = index->nodes[numbers[i]];
		int16_t key = signed_key((uint16_t)addresses[i]);

		ids[i] = __builtin_expect(node.place >> NODE_KIND_SHIFT != 0, 0)
				 ? search_node(index, numbers[i], key)
				 : leaf_answer(leaves[i], node.base, key);
	}
}

/* The same, only those that pass. @return how many do */
static inline uint32_t
walk_passing_ipv4(const svctag_index *index, const uint32_t *addresses, uint32_t count, uint32_t *ids)
{
	uint32_t passing[IN_FLIGHT_IPV4] = { 0 };
	uint32_t answers[IN_FLIGHT_IPV4];
	uint32_t places = 0; /* as bits */
	uint32_t passed = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		ids[i] = SVCTAG_NO_PREFIX;
		places |= (uint32_t)filter_holds(index->head.filter[0], addresses[i] >> 16) << i;
	}
	for (uint32_t left = places; left != 0; left &= left - 1)
		passing[passed++] = addresses[__builtin_ctz(left)];
	walk_some_ipv4(index, passing, passed, answers);
	for (i = 0; i < passed; i++, places &= places - 1)
		ids[__builtin_ctz(places)] = answers[i];
	return passed;
}

static inline uint32_t
count_answers(const uint32_t *ids)
{
	uint32_t none = 0;
	uint32_t i;

	for (i = 0; i < IN_FLIGHT_IPV4; i++)
		none += ids[i] == SVCTAG_NO_PREFIX;
	return IN_FLIGHT_IPV4 - none;
}

/* Where most addresses pass the filter, asking it does not pay: what the last ones did decides for the next. */
static inline void
walk_batch_ipv4(const svctag_index *index, const uint32_t *addresses, size_t count, uint32_t *ids)
{
	uint32_t passed = 0;

	for (; count >= IN_FLIGHT_IPV4; count -= IN_FLIGHT_IPV4) {
		if (passed > IN_FLIGHT_IPV4 / 2) {
			walk_some_ipv4(index, addresses, IN_FLIGHT_IPV4, ids);
			passed = count_answers(ids);
		} else {
			passed = walk_passing_ipv4(index, addresses, IN_FLIGHT_IPV4, ids);
		}
		addresses += IN_FLIGHT_IPV4;
		ids += IN_FLIGHT_IPV4;
	}
	(void)walk_passing_ipv4(index, addresses, (uint32_t)count, ids);
}

/** A look-up that still seeks its level. */
struct seeking {
	struct index_key address;
	const struct index_entry *entry; /**< of the level in hand */
	uint32_t place;                  /**< of its answer */
};

/* One level for all that still seek: those that it knows become pending. */
static inline uint32_t
walk_level(const svctag_index *index, const struct open_level *level, struct seeking *seeking, uint32_t count,
	   struct pending *pending, uint32_t *pending_count)
{
	uint32_t found = *pending_count;
	uint32_t left = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		seeking[i].entry = level_entry(level, key_and(seeking[i].address, level->mask));
		__builtin_prefetch(seeking[i].entry);
	}
	for (i = 0; i < count; i++) {
		struct seeking one = seeking[i];
		uint32_t known = entry_is(one.entry, key_and(one.address, level->mask));

		/* Written down in both places; it stays in one of them. */
		pending[found].entry = one.entry;
		pending[found].place = one.place;
		pending[found].key = signed_key(key_stride(one.address, level->depth));
		__builtin_prefetch(first_line(index, one.entry->node) + entry_place(one.entry, pending[found].key));
		found += known;
		seeking[left] = one;
		left += 1 - known;
	}
	*pending_count = found;
	return left;
}

/* Up to IN_FLIGHT_IPV6 addresses. */
static inline void
walk_some_ipv6(const svctag_index *index, const uint8_t *addresses, uint32_t count, uint32_t *ids)
{
	/* One more: an entry is written before it is known to stay. */
	struct seeking seeking[IN_FLIGHT_IPV6 + 1];
	struct pending pending[IN_FLIGHT_IPV6 + 1];
	uint32_t left = 0;
	uint32_t found = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct index_key address = key_of_bytes(addresses + (size_t)i * 16);

		ids[i] = index->head.default_ipv6;
		seeking[left] = (struct seeking){ .address = address, .place = i };
		left += filter_holds(index->head.filter[1], (uint32_t)(address.high >> 48));
	}
	for (i = 0; i < index->level_count && left > 0; i++)
		left = walk_level(index, &index->levels[i], seeking, left, pending, &found);
	/* The analyzer does not see that each of them was written before it was counted. */
	for (i = 0; i < found; i++) /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
		ids[pending[i].place] = search_entry(index, pending[i].entry, pending[i].key);
}

static inline void
walk_batch_ipv6(const svctag_index *index, const uint8_t *addresses, size_t count, uint32_t *ids)
{
	for (; count >= IN_FLIGHT_IPV6;
	     count -= IN_FLIGHT_IPV6, addresses += (size_t)IN_FLIGHT_IPV6 * 16, ids += IN_FLIGHT_IPV6)
		walk_some_ipv6(index, addresses, IN_FLIGHT_IPV6, ids);
	walk_some_ipv6(index, addresses, (uint32_t)count, ids);
}

#endif
