/**
 * @file
 * Searching one line: the place of the first end that is not below the key.
 * Ends are sorted and the last one is the greatest there is, so it is also the
 * number of ends below the key, and never past the line. (Of an entry, the last
 * one is not stored.) A whole line is
 * compared at once where the processor can; the plain C is the meaning.
 * Hidden.
 */
#ifndef SVCTAG_INDEX_SEARCH_H
#define SVCTAG_INDEX_SEARCH_H

#include "index_format.h"

/* SVCTAG_INDEX_SCALAR: the tests build it both ways. */
#if defined(SVCTAG_INDEX_SCALAR)
#define INDEX_SEARCH "plain C"
#elif defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__POPCNT__)
#include <immintrin.h>
#define INDEX_SEARCH "AVX-512"
#define INDEX_SEARCH_AVX512
#elif defined(__AVX2__) && defined(__POPCNT__)
#include <immintrin.h>
#define INDEX_SEARCH "AVX2"
#define INDEX_SEARCH_AVX2
#elif defined(__SSE2__)
#include <emmintrin.h>
#define INDEX_SEARCH "SSE2"
#define INDEX_SEARCH_SSE2
#elif defined(__aarch64__)
#include <arm_neon.h>
#define INDEX_SEARCH "NEON"
#define INDEX_SEARCH_NEON
#else
#define INDEX_SEARCH "plain C"
#endif

/* Without a branch; also the last end is compared. */
static inline uint32_t
line_place(const int16_t *last, uint32_t n, int16_t key)
{
	uint32_t before = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		before += last[i] < key;
	return before;
}

/* A key in every place where an end may stand: made once, compared with as many lines as it takes. */
#if defined(INDEX_SEARCH_AVX512)

typedef __m512i line_key;

static inline line_key
line_key_of(int16_t key)
{
	return _mm512_set1_epi16(key);
}

static inline __m128i
load_vector(const void *bytes)
{
	return _mm_loadu_si128((const __m128i *)bytes);
}

/* Of the bytes of an address whose places are given, the first two: without a detour through a register of numbers. */
static inline line_key
line_key_in(__m128i address, __m128i places)
{
	/* No more than is needed: the compiler would make numbers that repeat instead of loading them. */
	const __m128i bias = _mm_set_epi16(0, 0, 0, 0, 0, 0, 0, INT16_MIN);

	return _mm512_broadcastw_epi16(_mm_xor_si128(_mm_shuffle_epi8(address, places), bias));
}

static inline line_key
line_key_at(const uint8_t bytes[16], const uint8_t places[16])
{
	return line_key_in(load_vector(bytes), load_vector(places));
}

/* The last 16 bits of an IPv4 address: turned over in a vector, they take no register for numbers. */
static inline line_key
line_key_of_ipv4(uint32_t address)
{
	const __m128i bias = _mm_set_epi16(0, 0, 0, 0, 0, 0, 0, INT16_MIN);

	return _mm512_broadcastw_epi16(_mm_xor_si128(_mm_cvtsi32_si128((int)address), bias));
}

static inline int16_t
line_key_first(line_key key)
{
	return (int16_t)_mm_cvtsi128_si32(_mm512_castsi512_si128(key));
}

static inline uint32_t
inner_place(const struct inner_line *line, line_key key)
{
	__m512i ends = _mm512_load_si512((const void *)line->last);

	return (uint32_t)__builtin_popcountll(_mm512_cmpgt_epi16_mask(key, ends));
}

/* Of the eight numbers after an entry's key, the last four are ends. To shift takes no constant, as to mask would. */
static inline __mmask32
entry_ends_below(const struct index_entry *entry, line_key key)
{
	__m128i numbers = _mm_load_si128((const __m128i *)(const void *)&entry->node);

	return _kshiftri_mask32(_mm_cmpgt_epi16_mask(_mm512_castsi512_si128(key), numbers), 4);
}

static inline uint32_t
entry_place(const struct index_entry *entry, line_key key)
{
	return (uint32_t)__builtin_popcountll(entry_ends_below(entry, key));
}

/* One of the two has no ends below the key, so that it is all the same whether they are added or united. */
static inline uint32_t
entry_child(const struct index_entry *entry, const struct inner_line *top, line_key key)
{
	__mmask32 below = _mm512_cmpgt_epi16_mask(key, _mm512_load_si512((const void *)top->last));

	return (uint32_t)__builtin_popcountll(_kor_mask32(below, entry_ends_below(entry, key)));
}

/* What is behind the ends of a leaf: its slots less one. */
static inline __m512i
leaf_prefixes(const struct leaf_line *line)
{
	__m512i slots = _mm512_cvtepu16_epi32(_mm256_load_si256((const __m256i *)(const void *)line->slot));

	return _mm512_add_epi32(slots, _mm512_set1_epi32(-1));
}

/*
 * Of 16 numbers for the ends of a leaf, the one for the first end that is not below the key. To gather those that are
 * left takes no register for numbers; to count, to address and to load take three. They are gathered in the key, which
 * is there in time: the instruction waits for what it overwrites.
 */
static inline __m128i
leaf_pick(const struct leaf_line *line, line_key key, __m512i numbers)
{
	__m256i ends = _mm256_load_si256((const __m256i *)(const void *)line->last);
	__mmask16 left = _mm256_cmple_epi16_mask(_mm512_castsi512_si256(key), ends);

	return _mm512_castsi512_si128(_mm512_mask_compress_epi32(key, left, numbers));
}

static inline uint32_t
leaf_prefix(const struct leaf_line *line, line_key key)
{
	return (uint32_t)_mm_cvtsi128_si32(leaf_pick(line, key, leaf_prefixes(line)));
}

#elif defined(INDEX_SEARCH_AVX2)

typedef __m256i line_key;

static inline line_key
line_key_of(int16_t key)
{
	return _mm256_set1_epi16(key);
}

static inline line_key
line_key_at(const uint8_t bytes[16], const uint8_t places[16])
{
	__m256i address = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
	__m256i order = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)places));

	return _mm256_xor_si256(_mm256_shuffle_epi8(address, order), _mm256_set1_epi16(INT16_MIN));
}

static inline uint32_t
inner_place(const struct inner_line *line, line_key key)
{
	const __m256i *ends = (const __m256i *)(const void *)line->last;
	__m256i low = _mm256_cmpgt_epi16(key, _mm256_load_si256(ends));
	__m256i high = _mm256_cmpgt_epi16(key, _mm256_load_si256(ends + 1));

	/* Packing mixes the halves up: count, whatever the order. */
	return (uint32_t)__builtin_popcount((uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(low, high)));
}

static inline uint32_t
entry_place(const struct index_entry *entry, line_key key)
{
	__m128i ends = _mm_loadl_epi64((const __m128i *)(const void *)entry->last);
	uint32_t below = (uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi16(_mm256_castsi256_si128(key), ends));

	return (uint32_t)__builtin_popcount(below & 0xff) / 2;
}

static inline uint32_t
leaf_place(const struct leaf_line *line, line_key key)
{
	__m256i below = _mm256_cmpgt_epi16(key, _mm256_load_si256((const __m256i *)(const void *)line->last));

	return (uint32_t)__builtin_popcount((uint32_t)_mm256_movemask_epi8(below)) / 2;
}

#elif defined(INDEX_SEARCH_SSE2)

typedef __m128i line_key;

static inline line_key
line_key_of(int16_t key)
{
	return _mm_set1_epi16(key);
}

/* One bit for each of 16 ends: is it below the key? */
static inline uint32_t
line_ends_below(const int16_t *last, line_key key)
{
	const __m128i *ends = (const __m128i *)(const void *)last;
	__m128i low = _mm_cmpgt_epi16(key, _mm_load_si128(ends));
	__m128i high = _mm_cmpgt_epi16(key, _mm_load_si128(ends + 1));

	return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(low, high));
}

static inline uint32_t
inner_place(const struct inner_line *line, line_key key)
{
	/* 64 bits, so that a bit is left to be found where all 32 ends are below the key. */
	return (uint32_t)__builtin_ctzll(
		~(uint64_t)(line_ends_below(line->last, key) | line_ends_below(line->last + 16, key) << 16));
}

static inline uint32_t
entry_place(const struct index_entry *entry, line_key key)
{
	__m128i ends = _mm_loadl_epi64((const __m128i *)(const void *)entry->last);
	uint32_t below = (uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi16(key, ends));

	return (uint32_t)__builtin_ctz(~(below & 0xff)) / 2;
}

static inline uint32_t
leaf_place(const struct leaf_line *line, line_key key)
{
	return (uint32_t)__builtin_ctz(~line_ends_below(line->last, key));
}

#elif defined(INDEX_SEARCH_NEON)

typedef int16x8_t line_key;

static inline line_key
line_key_of(int16_t key)
{
	return vdupq_n_s16(key);
}

/* For each of eight ends, 1 if it is below the key. */
static inline uint16x8_t
line_ends_below(const int16_t *last, line_key key)
{
	return vshrq_n_u16(vcltq_s16(vld1q_s16(last), key), 15);
}

static inline uint32_t
inner_place(const struct inner_line *line, line_key key)
{
	uint16x8_t low = vaddq_u16(line_ends_below(line->last, key), line_ends_below(line->last + 8, key));
	uint16x8_t high = vaddq_u16(line_ends_below(line->last + 16, key), line_ends_below(line->last + 24, key));

	return vaddvq_u16(vaddq_u16(low, high));
}

static inline uint32_t
entry_place(const struct index_entry *entry, line_key key)
{
	return vaddv_u16(vshr_n_u16(vclt_s16(vld1_s16(entry->last), vget_low_s16(key)), 15));
}

static inline uint32_t
leaf_place(const struct leaf_line *line, line_key key)
{
	return vaddvq_u16(vaddq_u16(line_ends_below(line->last, key), line_ends_below(line->last + 8, key)));
}

#else

typedef int16_t line_key;

static inline line_key
line_key_of(int16_t key)
{
	return key;
}

static inline uint32_t
inner_place(const struct inner_line *line, line_key key)
{
	return line_place(line->last, INNER_CHILDREN, key);
}

static inline uint32_t
entry_place(const struct index_entry *entry, line_key key)
{
	return line_place(entry->last, ENTRY_CHILDREN - 1, key);
}

static inline uint32_t
leaf_place(const struct leaf_line *line, line_key key)
{
	return line_place(line->last, LEAF_RUNS, key);
}

#endif

#if !defined(INDEX_SEARCH_AVX512) && !defined(INDEX_SEARCH_AVX2)

/* Of the two bytes of an address whose places are given, the second one first. */
static inline line_key
line_key_at(const uint8_t bytes[16], const uint8_t places[16])
{
	uint32_t key = (uint32_t)bytes[places[1]] << 8 | bytes[places[0]];

	return line_key_of((int16_t)(key ^ KEY_BIAS));
}

#endif

#if !defined(INDEX_SEARCH_AVX512)

/* The slot of a leaf at a key's place, less one: 0 becomes SVCTAG_NO_PREFIX. */
static inline uint32_t
leaf_prefix(const struct leaf_line *line, line_key key)
{
	return line->slot[leaf_place(line, key)] - 1U;
}

/* The last 16 bits of an IPv4 address. */
static inline line_key
line_key_of_ipv4(uint32_t address)
{
	return line_key_of(signed_key(address));
}

/* The child that an entry's ends and those of the top of its bucket lead to: one of them has none. */
static inline uint32_t
entry_child(const struct index_entry *entry, const struct inner_line *top, line_key key)
{
	return entry_place(entry, key) + inner_place(top, key);
}

#endif

static inline uint32_t
wide_place(const struct wide_line *line, int16_t key)
{
	return line_place(line->last, WIDE_RUNS - 1, key);
}

#endif
