/*
 * Dotted quads, fast: where a run of digits and dots begins, is it one
 * address? The same strings as inet_pton() takes, no octal, no short forms.
 */
#ifndef TEXT_QUAD_H
#define TEXT_QUAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * As many bytes past the end of a text have to be readable: vectors and words
 * are loaded whole. What they are does not matter.
 */
#define QUAD_SLACK 32

/**
 * Read the run of digits and dots at the start of a text.
 * @param text      with QUAD_SLACK readable bytes
 * @param[out] ret  in host byte order; untouched if there is none
 * @return the length of the run if all of it is a dotted quad, else 0
 */
size_t quad_read_plain(const char *text, uint32_t *ret);

#ifdef __SSE2__
#include <endian.h>
#include <immintrin.h>
#include <string.h>

/* The values that a number of so many digits begins from: less has a leading zero, none has four digits. */
static const unsigned int quad_least[16] = { 1000, 0,    10,   100,  1000, 1000, 1000, 1000,
					     1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000 };

/* The number of `length` digits at `text`; anything when they are not one to three. */
static inline unsigned int
quad_octet(const char *text, unsigned int length)
{
	uint32_t word;

	memcpy(&word, text, sizeof(word));
	/* The last digit to the top byte; what comes after the number goes out there, zeros come in below. */
	word = le32toh(word) << ((32 - 8 * length) & 31) & 0x0f0f0f0f;
	return (word >> 24) + ((word >> 16) & 15) * 10 + ((word >> 8) & 15) * 100;
}

/* The places of the dots in the run of digits and dots at the start, as bits; and how long it is, 16 at most. */
static inline unsigned int
quad_dots(__m128i bytes, unsigned int *ret_end)
{
	__m128i values = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
	unsigned int dots = (unsigned int)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')));
	unsigned int digits =
		(unsigned int)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values));
	unsigned int end = (unsigned int)__builtin_ctz(~(digits | dots));

	*ret_end = end;
	return dots & ((1U << end) - 1);
}

/**
 * The same as quad_read_plain() without a branch on the data but at its end:
 * the places of the dots come from one vector comparison, and how long a
 * number is and what it may be from a table.
 */
static inline size_t
quad_read(const char *text, uint32_t *ret)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text);
	unsigned int end = 0;
	unsigned int dots = quad_dots(bytes, &end);
	unsigned int dot1, dot2, dot3, a, b, c, d, wrong;

	/* A dot that is not there is at 16, past any end. */
	dots |= 1U << 16;
	dot1 = (unsigned int)__builtin_ctz(dots);
	dots = (dots & (dots - 1)) | 1U << 16;
	dot2 = (unsigned int)__builtin_ctz(dots);
	dots = (dots & (dots - 1)) | 1U << 16;
	dot3 = (unsigned int)__builtin_ctz(dots);
	dots &= dots - 1;
	if (dot3 >= end || (dots & 0xffff) != 0)
		return 0;
	a = quad_octet(text, dot1);
	b = quad_octet(text + dot1 + 1, dot2 - dot1 - 1);
	c = quad_octet(text + dot2 + 1, dot3 - dot2 - 1);
	d = quad_octet(text + dot3 + 1, end - dot3 - 1);
	/* Differences below zero have their highest bit set. */
	wrong = (a - quad_least[dot1]) | (b - quad_least[dot2 - dot1 - 1]) | (c - quad_least[dot3 - dot2 - 1]) |
		(d - quad_least[end - dot3 - 1]) | (255 - a) | (255 - b) | (255 - c) | (255 - d);
	if (wrong >> 31 != 0)
		return 0;
	*ret = a << 24 | b << 16 | c << 8 | d;
	return end;
}

/** There are 81 ways in which four numbers of one to three digits lie in a text. */
#define QUAD_PATTERNS 81

/** What quad_read_table() knows of each: made once, by quad_table_fill(). */
struct quad_table {
	/** By the places of the dots and of the end, as bits from 1 on: 1 and up; 0: no quad lies so. */
	uint8_t pattern[1 << 15];
	struct {
		uint8_t shuffle[16]; /**< digits to hundreds, tens and ones */
		int32_t least[4];    /**< less has a leading zero; of no quad more than any number is */
	} of[1 + QUAD_PATTERNS];
};

void quad_table_fill(struct quad_table *table);

/** Does the processor have what quad_read_table() needs? */
bool quad_table_is_usable(void);

/** What those who call quad_read_table() are compiled for: processors with AVX2 (2013). */
#define QUAD_TABLE_TARGET __attribute__((target("avx2,bmi2")))

/**
 * Is a text of a known size a dotted quad? In half the time of quad_read().
 * @param text      with QUAD_SLACK readable bytes
 * @param[out] ret  in host byte order; untouched if it is none
 */
QUAD_TABLE_TARGET static inline bool
quad_read_table(const struct quad_table *table, const char *text, size_t size, uint32_t *ret)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text);
	unsigned int dots = (unsigned int)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')));
	__m128i shuffle, least, digits, numbers, wrong;
	unsigned int pattern;

	if (size < sizeof("0.0.0.0") - 1 || size > sizeof("255.255.255.255") - 1)
		return false;
	/* A dot at the very start is left out here, and no digit below. */
	pattern = table->pattern[(_bzhi_u32(dots, (unsigned int)size) | 1U << size) >> 1];
	shuffle = _mm_loadu_si128((const __m128i *)(const void *)table->of[pattern].shuffle);
	least = _mm_loadu_si128((const __m128i *)(const void *)table->of[pattern].least);
	/* Nothing, hundreds, tens, ones of each number; then the four numbers. */
	digits = _mm_shuffle_epi8(_mm_sub_epi8(bytes, _mm_set1_epi8('0')), shuffle);
	numbers = _mm_madd_epi16(_mm_maddubs_epi16(digits, _mm_set1_epi32(0x010a6400)), _mm_set1_epi16(1));
	wrong = _mm_or_si128(_mm_cmpgt_epi32(least, numbers), _mm_cmpgt_epi32(numbers, _mm_set1_epi32(255)));
	wrong = _mm_or_si128(wrong, _mm_subs_epu8(digits, _mm_set1_epi8(9)));
	if (!_mm_testz_si128(wrong, wrong))
		return false;
	numbers = _mm_packs_epi32(numbers, numbers);
	*ret = be32toh((uint32_t)_mm_cvtsi128_si32(_mm_packus_epi16(numbers, numbers)));
	return true;
}
#else
static inline size_t
quad_read(const char *text, uint32_t *ret)
{
	return quad_read_plain(text, ret);
}

struct quad_table {
	char unused;
};

static inline void
quad_table_fill(struct quad_table *table)
{
	table->unused = 0;
}

static inline bool
quad_table_is_usable(void)
{
	return false;
}

#define QUAD_TABLE_TARGET

static inline bool
quad_read_table(const struct quad_table *table, const char *text, size_t size, uint32_t *ret)
{
	uint32_t address;

	(void)table;
	if (quad_read_plain(text, &address) != size || size == 0)
		return false;
	*ret = address;
	return true;
}
#endif

#endif
