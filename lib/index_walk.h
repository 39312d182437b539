/**
 * @file
 * Longest-prefix match, compiled once for every processor the library is
 * built for (index_lookup.c) and on x86-64 once more for those with AVX2 and
 * with AVX-512 (index_avx2.c, index_avx512.c).
 *
 * Every step reads at a place that svctag_index_open() has found to be inside
 * the blob, and there are at most eight levels and four lines to a node:
 * nothing here checks, and nothing loops for long.
 *
 * One look-up is two or three cold cache lines and hardly a branch that is
 * guessed wrong, so that the processor works at several look-ups of a loop at
 * once. Where that is not enough, the batched ones do so by plan: what is the
 * same step for all is done for all before the next one begins.
 *
 * Here is what both families have in common: leaves, and nodes of any kind.
 * Hidden.
 */
#ifndef SVCTAG_INDEX_WALK_H
#define SVCTAG_INDEX_WALK_H

#include "bits.h"
#include "index_internal.h"
#include "index_search.h"

static inline const union index_line *
first_line(const svctag_index *index, struct index_node node)
{
	return index->lines + (node.place & NODE_LINE_MASK);
}

#if defined(INDEX_SEARCH_AVX512)

static inline uint32_t
leaf_answer_to(const struct leaf_line *leaf, uint32_t base, line_key key)
{
	__m128i prefix = leaf_pick(leaf, key, leaf_prefixes(leaf));
	__m128i none = _mm_cmpeq_epi32(prefix, _mm_set1_epi32(-1));

	return (uint32_t)_mm_cvtsi128_si32(_mm_or_si128(_mm_add_epi32(prefix, _mm_set1_epi32((int)base)), none));
}

/* The same in an index of which that is known: 0 less one is SVCTAG_NO_PREFIX, below base 0, where alone it is met. */
static inline uint32_t
leaf_answer_absolute(const struct leaf_line *leaf, uint32_t base, line_key key)
{
	__m512i answers = _mm512_add_epi32(leaf_prefixes(leaf), _mm512_set1_epi32((int)base));

	return (uint32_t)_mm_cvtsi128_si32(leaf_pick(leaf, key, answers));
}

#else

static inline uint32_t
leaf_answer_to(const struct leaf_line *leaf, uint32_t base, line_key key)
{
	uint32_t slot = leaf->slot[leaf_place(leaf, key)];
	uint32_t none = SVCTAG_NO_PREFIX;
	uint32_t some = base + slot - 1;

	__asm__("" : "+r"(none), "+r"(some));
	return slot == 0 ? none : some;
}

/*
 * The same in an index of which that is known: 0 less one is SVCTAG_NO_PREFIX, below base 0, where alone it is met.
 * The base is to be added from memory: added up with the rest at once, it takes a register more.
 */
static inline uint32_t
leaf_answer_absolute(const struct leaf_line *leaf, uint32_t base, line_key key)
{
	uint32_t sum = leaf->slot[leaf_place(leaf, key)] + base;

	__asm__("" : "+r"(sum));
	return sum - 1;
}

#endif

static inline uint32_t
leaf_answer(const struct leaf_line *leaf, uint32_t base, int16_t key)
{
	return leaf_answer_to(leaf, base, line_key_of(key));
}

/* Out of the way of what is nearly always the case. */
#define SELDOM __attribute__((noinline, cold))

/* From a line with so many levels of inner lines, of a node of any kind. */
static inline uint32_t
search_below(const union index_line *line, struct index_node node, uint32_t levels, int16_t key)
{
	for (; levels > 0; levels--)
		line += 1 + (size_t)inner_place(&line->inner, line_key_of(key)) * index_child_lines[levels - 1];
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

#endif
