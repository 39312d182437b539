/*
 * SHA-256 by the instructions that x86 processors have had for it since 2017.
 * Each release is hashed twice on its way in, a megabyte each time; these take
 * an eighth of the time.
 */
#include "sha256.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>

#define TARGET __attribute__((target("sha,sse4.1")))

static TARGET __m128i
load(const void *from)
{
	return _mm_loadu_si128(from);
}

/* The next four words of the schedule, which replace the oldest four. */
static TARGET __m128i
extend(const __m128i w[4], unsigned int at)
{
	__m128i oldest = _mm_sha256msg1_epu32(w[at % 4], w[(at + 1) % 4]);
	__m128i sevenths = _mm_alignr_epi8(w[(at + 3) % 4], w[(at + 2) % 4], 4);

	return _mm_sha256msg2_epu32(_mm_add_epi32(oldest, sevenths), w[(at + 3) % 4]);
}

/* The instructions want the words as a, b, e, f and c, d, g, h, from the highest lane down. */
static TARGET void
compress_x86(uint32_t state[8], const uint8_t *blocks, size_t count)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i cdab = _mm_shuffle_epi32(load(state), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(load(state + 4), 0x1b);
	__m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
	__m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

	for (; count > 0; count--, blocks += 64) {
		__m128i abef_before = abef;
		__m128i cdgh_before = cdgh;
		__m128i w[4];

		for (unsigned int i = 0; i < 16; i++) {
			__m128i input;

			w[i % 4] = i < 4 ? _mm_shuffle_epi8(load(blocks + (size_t)i * 16), swap) : extend(w, i);
			input = _mm_add_epi32(w[i % 4], load(sha256_constants + (size_t)i * 4));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, input);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(input, 0x0e));
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	cdab = _mm_shuffle_epi32(abef, 0x1b); /* feba */
	efgh = _mm_shuffle_epi32(cdgh, 0xb1); /* dchg */
	_mm_storeu_si128((void *)state, _mm_blend_epi16(cdab, efgh, 0xf0));
	_mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(efgh, cdab, 8));
}

sha256_compress *
sha256_compress_native(void)
{
	unsigned int eax;
	unsigned int ebx;
	unsigned int ecx;
	unsigned int edx;

	if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & bit_SSE4_1) == 0 || (ecx & bit_SSSE3) == 0)
		return NULL;
	if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || (ebx & bit_SHA) == 0)
		return NULL;
	return compress_x86;
}

#else

sha256_compress *
sha256_compress_native(void)
{
	return NULL;
}

#endif
