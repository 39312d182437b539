/**
 * @file
 * How IPv6 addresses are hashed, the same for who builds and who asks.
 * Hidden.
 */
#ifndef SVCTAG_INDEX_HASH_H
#define SVCTAG_INDEX_HASH_H

#include "index_format.h"

/** Odd numbers without a pattern (from the golden ratio and from splitmix64). */
#define HASH_HIGH 0x9E3779B97F4A7C15U
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

static inline uint64_t
key_hash(struct index_key key, uint64_t seed)
{
	uint64_t hash = (key.high ^ seed) * HASH_HIGH;

	hash = (hash ^ hash >> 32 ^ key.low) * HASH_LOW;
	return hash ^ hash >> 29;
}

/** A number below n, from 32 bits that are evenly spread. */
static inline uint32_t
hash_below(uint32_t hash, uint32_t n)
{
	return (uint32_t)((uint64_t)hash * n >> 32);
}

/** In which bucket a key is; its pilot says where in the table its keys are. */
static inline uint32_t
hash_bucket(uint64_t hash, uint32_t buckets)
{
	return hash_below((uint32_t)(hash >> 32), buckets);
}

static inline uint32_t
hash_place(uint64_t hash, uint16_t pilot, uint32_t entries)
{
	return hash_below((uint32_t)(hash * (2 * (uint64_t)pilot + 1) >> 32), entries);
}

#endif
