/**
 * @file
 * How IPv6 addresses are hashed, the same for who builds and who asks.
 * Hidden.
 */
#ifndef SVCTAG_INDEX_HASH_H
#define SVCTAG_INDEX_HASH_H

#include "bits.h"
#include "index_format.h"

/** Odd numbers without a pattern (from splitmix64); one fits the instruction that multiplies by it. */
#define HASH_LOW 0xBF58476D1CE4E5B9U
#define HASH_PLACE 0x4BB13311U

/** The first bits of an IPv6 address, as two numbers. */
struct index_key {
	uint64_t high;
	uint64_t low;
};

static inline struct index_key
key_of_bytes(const uint8_t bytes[16])
{
	return (struct index_key){ load_be64(bytes), load_be64(bytes + 8) };
}

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

/**
 * What makes a level's key of an address: its first `depth` bits, and in the
 * last ones, which are always past the depth, the number of the level. So keys
 * of different levels differ.
 */
static inline struct index_key
level_mask(uint32_t number, uint32_t depth)
{
	struct index_key mask = key_mask(depth);

	mask.low |= number;
	return mask;
}

/** The key of an address. @param mask  level_mask() */
static inline struct index_key
level_key(struct index_key address, struct index_key mask)
{
	address.low |= MOST_LEVELS - 1;
	return key_and(address, mask);
}

/** What the halves of a key are multiplied by. */
static inline struct index_key
hash_seeds(uint64_t seed)
{
	return (struct index_key){ seed, HASH_LOW };
}

/** Two multiplications side by side. @param seeds  odd, both */
static inline uint64_t
key_hash(struct index_key key, struct index_key seeds)
{
	return key.high * seeds.high + key.low * seeds.low;
}

/** By how much hash_bucket() shifts, for so many buckets: a power of two, at least two. */
static inline uint32_t
bucket_shift(uint32_t bucket_count)
{
	return 64 - (uint32_t)__builtin_ctz(bucket_count);
}

/** In which bucket a key is: the upper bits of its hash, on which all bits of a key have a say, however short it is. */
static inline uint32_t
hash_bucket(uint64_t hash, uint32_t shift)
{
	return (uint32_t)(hash >> shift);
}

/** At which of so many entries, moved by the pilot of its bucket: the hash multiplied once more tells its keys apart. */
static inline uint32_t
hash_place(uint64_t hash, uint32_t pilot, uint64_t entry_count)
{
	return (uint32_t)(((uint32_t)(hash * HASH_PLACE >> 32) + pilot) * entry_count >> 32);
}

static inline bool
is_bucket_count(uint32_t count)
{
	return count >= 2 && (count & (count - 1)) == 0;
}

#endif
