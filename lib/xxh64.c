#include <string.h>

#include "xxh64.h"

#define PRIME_1 0x9E3779B185EBCA87ULL
#define PRIME_2 0xC2B2AE3D27D4EB4FULL
#define PRIME_3 0x165667B19E3779F9ULL
#define PRIME_4 0x85EBCA77C2B2AE63ULL
#define PRIME_5 0x27D4EB2F165667C5ULL

static uint64_t
rotate(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

/* The algorithm reads little-endian words. */
static uint64_t
load64(const uint8_t *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap64(value);
#endif
	return value;
}

static uint32_t
load32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	value = __builtin_bswap32(value);
#endif
	return value;
}

static uint64_t
round64(uint64_t lane, uint64_t input)
{
	return rotate(lane + input * PRIME_2, 31) * PRIME_1;
}

static uint64_t
finish(uint64_t hash, const uint8_t *p, size_t size)
{
	for (; size >= 8; p += 8, size -= 8)
		hash = rotate(hash ^ round64(0, load64(p)), 27) * PRIME_1 + PRIME_4;
	if (size >= 4) {
		hash = rotate(hash ^ load32(p) * PRIME_1, 23) * PRIME_2 + PRIME_3;
		p += 4;
		size -= 4;
	}
	for (; size > 0; p++, size--)
		hash = rotate(hash ^ *p * PRIME_5, 11) * PRIME_1;
	hash = (hash ^ hash >> 33) * PRIME_2;
	hash = (hash ^ hash >> 29) * PRIME_3;
	return hash ^ hash >> 32;
}

uint64_t
svctag_xxh64(const void *data, size_t size, uint64_t seed)
{
	const uint8_t *p = data;
	uint64_t lanes[4] = { seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed, seed - PRIME_1 };
	uint64_t total = size;
	uint64_t hash;
	unsigned int i;

	if (size < 32)
		return finish(seed + PRIME_5 + total, p, size);
	for (; size >= 32; size -= 32, p += 32)
		for (i = 0; i < 4; i++)
			lanes[i] = round64(lanes[i], load64(p + (size_t)i * 8));
	hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
	for (i = 0; i < 4; i++)
		hash = (hash ^ round64(0, lanes[i])) * PRIME_1 + PRIME_4;
	return finish(hash + total, p, size);
}
