/**
 * @file
 * How IPv6 addresses are hashed, the same for who builds and who asks.
 * Hidden.
 */
#ifndef SVCTAG_INDEX_HASH_H
#define SVCTAG_INDEX_HASH_H

#include "index_format.h"

/** An odd number without a pattern (from splitmix64). */
#define HASH_LOW 0xBF58476D1CE4E5B9U

/** The first bits of an IPv6 address, as two numbers. */
struct index_key {
	uint64_t high;
	uint64_t low;
};

/** Keep the first `depth` bits: 0 to 128. */
static inline struct index_key
key_mask(uint32_t depth)
{
	return (struct index_key){
		depth == 0    ? 0
		: depth >= 64 ? UINT64_MAX
			      : UINT64_MAX << (64 - depth),
		depth <= 64    ? 0
		: depth >= 128 ? UINT64_MAX
			       : UINT64_MAX << (128 - depth),
	};
}

static inline struct index_key
key_and(struct index_key key, struct index_key mask)
{
	return (struct index_key){ key.high & mask.high, key.low & mask.low };
}

/** The 16 bits that follow the first `depth`, which is less than 128; zeros past the end. */
static inline uint16_t
key_stride(struct index_key key, uint32_t depth)
{
	svctag_u128 address = (svctag_u128)key.high << 64 | key.low;

	return (uint16_t)(address << depth >> 112);
}

/** Two multiplications side by side, of which the upper bits are good. @param seed  odd */
static inline uint64_t
key_hash(struct index_key key, uint64_t seed)
{
	return key.high * seed + key.low * HASH_LOW;
}

/** In which bucket a key is, of 2^bits; its pilot says where in the table its keys are. @param shift  64 - bits */
static inline uint32_t
hash_bucket(uint64_t hash, uint32_t shift)
{
	return (uint32_t)(hash >> shift);
}

/** Keys of one bucket have the same upper bits, so both halves are taken. @param shift  32 - bits */
static inline uint32_t
hash_place(uint64_t hash, uint16_t pilot, uint32_t shift)
{
	return (uint32_t)(hash ^ hash >> 32) * (2 * (uint32_t)pilot + 1) >> shift;
}

/** The shifts for a table of so many buckets or entries: 2^1 to 2^31. */
static inline uint32_t
hash_shift(uint32_t width, uint32_t count)
{
	return width - (uint32_t)__builtin_ctz(count);
}

static inline bool
is_hash_count(uint32_t count)
{
	return count >= 2 && (count & (count - 1)) == 0;
}

#endif
