#include "ends.h"

#ifdef __SSE2__
#include <immintrin.h>

#define VECTORS __attribute__((target("avx2,bmi,popcnt")))

bool
ends_are_usable(void)
{
	return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
	       __builtin_cpu_supports("popcnt") != 0;
}

/* A bit for each line feed of 32 bytes. */
VECTORS static inline uint64_t
feeds_of(const char *text)
{
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)text);

	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\n')));
}

/* Write the place of the lowest bit. @return the others */
VECTORS static inline uint64_t
put_place(uint64_t feeds, size_t base, uint16_t *to)
{
	uint64_t place = _tzcnt_u64(feeds);

	/* Or the compiler gathers places in a vector before it writes them, which takes longer. */
	__asm__("" : "+r"(place));
	*to = (uint16_t)(base + place);
	return _blsr_u64(feeds);
}

/*
 * Of dotted quads mostly four or five end in 64 bytes: to write some more and
 * count fewer costs less than a branch on how many there are.
 */
VECTORS static inline size_t
put_places(uint64_t feeds, size_t base, uint16_t *to)
{
	const size_t count = (size_t)__builtin_popcountll(feeds);

	for (size_t i = 0; i < ENDS_WRITTEN; i++)
		feeds = put_place(feeds, base, &to[i]);
	for (size_t i = ENDS_WRITTEN; i < count; i++)
		feeds = put_place(feeds, base, &to[i]);
	return count;
}

VECTORS void
ends_find(const char *text, size_t size, struct ends *ret)
{
	size_t count = 0;

	for (size_t at = 0; at < size; at += ENDS_STEP)
		count += put_places(feeds_of(text + at) | feeds_of(text + at + 32) << 32, at, ret->at + count);
	ret->count = count;
}
#else
bool
ends_are_usable(void)
{
	return false;
}

void
ends_find(const char *text, size_t size, struct ends *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n')
			ret->at[ret->count++] = (uint16_t)i;
	}
}
#endif
