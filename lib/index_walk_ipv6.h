/**
 * @file
 * Look-ups in IPv6: a filter, and levels of lengths whose keys are hashed. See index_walk.h. Hidden.
 */
#ifndef SVCTAG_INDEX_WALK_IPV6_H
#define SVCTAG_INDEX_WALK_IPV6_H

#include "index_walk.h"

/** Addresses of a batch that are taken together, and how many of them are looked at first. */
#define IN_FLIGHT_IPV6 64U
#define SAMPLE_IPV6 8U

/* One that stands apart. */
static inline uint32_t
search_apart(const svctag_index *index, const struct index_entry *entry, int16_t key)
{
	return search_any(index, &entry->node, entry_place(entry, line_key_of(key)), key);
}

/* One that does not. Whether it or the top has ends is a matter of chance, so both are looked at. */
static inline uint32_t
search_entry(const svctag_index *index, const struct index_entry *entry, const struct inner_line *top, line_key key,
	     bool absolute)
{
	uint32_t line = entry_child(entry, top, key) + entry->node.place;

	if (absolute)
		return leaf_answer_absolute(&index->lines[line].leaf, entry->node.base, key);
	return leaf_answer_to(&index->lines[line].leaf, entry->node.base, key);
}

static inline bool
filter_holds(const uint64_t *filter, uint32_t bit)
{
	return (filter[bit / 64] >> bit % 64 & 1) != 0;
}

/** Where entries are a hash table: the entry that a key has, if there is one, and the top of its bucket. */
struct hashed {
	const struct index_entry *entry;
	const struct inner_line *top;
};

static inline struct hashed
hashed_at(const svctag_index *index, uint64_t hash)
{
	uint32_t pilot = index->pilots[hash_bucket(hash, index->bucket_shift)];

	return (struct hashed){ &index->entries[hash_place(hash, pilot, index->entry_count)],
				(const void *)((const uint8_t *)index->bucket_tops + (pilot & PILOT_TOP)) };
}

static inline struct hashed
hashed_entry(const svctag_index *index, struct index_key key)
{
	return hashed_at(index, key_hash(key, index->seeds));
}

static inline bool
entry_is(const struct index_entry *entry, struct index_key key)
{
	return __builtin_expect(entry->high == key.high, 1) && __builtin_expect(entry->low == key.low, 1);
}

/* The key in an address's stride. */
static inline int16_t
stride_key(const struct open_level *level, const uint8_t bytes[16])
{
	return signed_key(load_be16(bytes + level->stride[1]));
}

/*
 * With which level to begin: the second, if the address cannot be in the
 * first. That is chance, so there is to be no branch: what the compiler does
 * not know to be two neighbours it selects, which is also shorter than
 * counting.
 */
static inline const struct open_level *
first_level(const svctag_index *index, const uint8_t bytes[16])
{
	const struct open_level *level = &index->levels[0];
	const struct open_level *next = &index->levels[1];
	uint64_t low;

	memcpy(&low, bytes + 8, sizeof(low));
	__asm__("" : "+r"(level), "+r"(next));
	return (low & index->agreed_mask[0]) != index->agreed[0] ? next : level;
}

/** An address and the level that its look-up begins with, and the entry that its key there has, if there is one. */
struct beginning {
#if defined(INDEX_SEARCH_AVX512)
	__m128i address;
	__m128i key;    /**< as in an entry */
	__m128i stride; /**< the level's */
#else
	const uint8_t *bytes;
	const struct open_level *level;
#endif
	struct hashed hashed;
};

#if defined(INDEX_SEARCH_AVX512)

static inline __m128i
select_vector(__m128i which, __m128i ones, __m128i zeros)
{
	return _mm_ternarylogic_epi64(which, ones, zeros, 0xca);
}

/*
 * As first_level(), level_key() and key_hash(), but in vectors, which takes
 * longer. How many look-ups of a loop are under way at once depends on how
 * many results the processor can keep, though: fewer numbers than vectors.
 */
static inline struct beginning
begin_ipv6(const svctag_index *index, const uint8_t bytes[16])
{
	const __m128i order = _mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
	const struct open_level *level = index->levels;
	__m128i address = load_vector(bytes);
	__m128i low = _mm_unpackhi_epi64(address, address);
	__m128i agreed = _mm_and_si128(low, load_vector(index->agreed_mask));
	__m128i first = _mm_cmpeq_epi64(agreed, load_vector(index->agreed));
	__m128i mask = select_vector(first, load_vector(&level[0].mask), load_vector(&level[1].mask));
	__m128i stride = select_vector(first, load_vector(level[0].stride), load_vector(level[1].stride));
	__m128i key = _mm_or_si128(_mm_shuffle_epi8(address, order), _mm_set_epi64x(MOST_LEVELS - 1, 0));
	__m128i products;
	__m128i hash;

	key = _mm_and_si128(key, mask);
	products = _mm_mullo_epi64(key, load_vector(&index->seeds));
	hash = _mm_add_epi64(products, _mm_unpackhi_epi64(products, products));
	return (struct beginning){ address, key, stride, hashed_at(index, (uint64_t)_mm_cvtsi128_si64(hash)) };
}

static inline bool
begin_holds(const struct beginning *begin)
{
	__m128i entry = _mm_load_si128((const __m128i *)(const void *)begin->hashed.entry);
	__mmask16 differ = _mm_cmpneq_epi64_mask(begin->key, entry);

	return _mm512_kortestz(differ, differ) != 0;
}

static inline line_key
begin_line_key(const struct beginning *begin)
{
	return line_key_in(begin->address, begin->stride);
}

/* The same, and the key itself. */
static inline line_key
begin_keys(const struct beginning *begin, int16_t *ret_key)
{
	line_key key = begin_line_key(begin);

	*ret_key = line_key_first(key);
	return key;
}

#else

static inline struct beginning
begin_ipv6(const svctag_index *index, const uint8_t bytes[16])
{
	const struct open_level *level = first_level(index, bytes);
	struct index_key key = level_key(key_of_bytes(bytes), level->mask);

	return (struct beginning){ bytes, level, hashed_entry(index, key) };
}

/* The key is made once more, so that its registers are free for others. */
static inline bool
begin_holds(const struct beginning *begin)
{
	return entry_is(begin->hashed.entry, level_key(key_of_bytes(begin->bytes), begin->level->mask));
}

static inline line_key
begin_line_key(const struct beginning *begin)
{
	return line_key_at(begin->bytes, begin->level->stride);
}

/* The same, and the key itself. */
static inline line_key
begin_keys(const struct beginning *begin, int16_t *ret_key)
{
	*ret_key = stride_key(begin->level, begin->bytes);
	return line_key_of(*ret_key);
}

#endif

/* From this level on, whatever it takes. */
static SELDOM uint32_t
walk_levels(const svctag_index *index, const uint8_t bytes[16], const struct open_level *level)
{
	for (; level < index->levels + index->level_count; level++) {
		struct index_key key = level_key(key_of_bytes(bytes), level->mask);
		struct hashed hashed = hashed_entry(index, key);

		if (entry_is(hashed.entry, key))
			return search_entry(index, hashed.entry, hashed.top, line_key_at(bytes, level->stride), false);
		key.low |= KEY_APART;
		if (entry_is(hashed.entry, key))
			return search_apart(index, hashed.entry, stride_key(level, bytes));
	}
	return index->head.default_ipv6;
}

/* What the level that it begins with does not answer at once. */
static SELDOM uint32_t
walk_again(const svctag_index *index, const uint8_t bytes[16])
{
	return walk_levels(index, bytes, first_level(index, bytes));
}

/*
 * An address that has passed the filter. The longest lengths first: what a
 * level knows hides what shorter ones say. There is a level.
 */
static inline uint32_t
walk_ipv6(const svctag_index *index, const uint8_t bytes[16], bool absolute)
{
	struct beginning begin = begin_ipv6(index, bytes);

	if (__builtin_expect(!begin_holds(&begin), 0))
		return walk_again(index, bytes);
	return search_entry(index, begin.hashed.entry, begin.hashed.top, begin_line_key(&begin), absolute);
}

/** A look-up in IPv6 that has found its leaf. */
struct pending {
	const struct leaf_line *leaf;
	uint32_t base;
	int16_t key;
	uint16_t place; /**< of its answer */
};

/* As far as its leaf, if the level that it begins with answers at once. */
static inline bool
find_leaf(const svctag_index *index, const uint8_t bytes[16], struct pending *ret)
{
	struct beginning begin = begin_ipv6(index, bytes);
	const struct index_entry *entry = begin.hashed.entry;
	line_key key;

	if (__builtin_expect(!begin_holds(&begin), 0))
		return false;
	key = begin_keys(&begin, &ret->key);
	ret->base = entry->node.base;
	ret->leaf = &index->lines[entry->node.place + (size_t)entry_child(entry, begin.hashed.top, key)].leaf;
	__builtin_prefetch(ret->leaf);
	return true;
}

/* One that has passed the filter. @return where the next one is to be kept */
static inline struct pending *
enter_ipv6(const svctag_index *index, const uint8_t *addresses, uint32_t place, struct pending *next, uint32_t *ids)
{
	const uint8_t *bytes = addresses + (size_t)place * 16;

	next->place = (uint16_t)place;
	if (__builtin_expect(find_leaf(index, bytes, next), 1))
		return next + 1;
	ids[place] = walk_again(index, bytes);
	return next;
}

static inline void
leave_ipv6(const struct pending *one, const struct pending *end, bool absolute, uint32_t *ids)
{
	for (; one < end; one++) {
		line_key key = line_key_of(one->key);

		ids[one->place] = absolute ? leaf_answer_absolute(one->leaf, one->base, key)
					   : leaf_answer_to(one->leaf, one->base, key);
	}
}

static inline bool
passes(const svctag_index *index, const uint8_t *addresses, uint32_t i)
{
	return filter_holds(index->head.filter, filter_bit_ipv6(addresses + (size_t)i * 16));
}

/* Will it mostly be guessed right whether one of these passes the filter? The first ones speak for the others. */
static inline bool
mostly_pass(const svctag_index *index, const uint8_t *addresses, uint32_t count)
{
	uint32_t passed = 0;
	uint32_t i;

	for (i = 0; i < SAMPLE_IPV6 && count >= SAMPLE_IPV6; i++)
		passed += passes(index, addresses, i);
	return passed == SAMPLE_IPV6;
}

/* Up to IN_FLIGHT_IPV6 addresses. */
static inline void
walk_some_ipv6(const svctag_index *index, const uint8_t *addresses, uint32_t count, uint32_t *ids)
{
	struct pending pending[IN_FLIGHT_IPV6];
	struct pending *next = pending;
	uint16_t passing[IN_FLIGHT_IPV6 + 1]; /* a place is written down in any case, and counted if it passes */
	uint32_t passed = 0;
	bool mostly = mostly_pass(index, addresses, count);
	uint32_t i;

	for (i = 0; i < count && !mostly; i++) {
		ids[i] = index->head.default_ipv6;
		passing[passed] = (uint16_t)i;
		passed += passes(index, addresses, i);
	}
	/* What lies in memory is to be used from there: the compiler runs out of registers otherwise. */
	for (i = 0; i < passed; i++) {
		__asm__("" : "+r"(index));
		next = enter_ipv6(index, addresses, passing[i], next, ids);
	}
	for (i = 0; i < count && mostly; i++) {
		__asm__("" : "+r"(index));
		if (__builtin_expect(passes(index, addresses, i), 1))
			next = enter_ipv6(index, addresses, i, next, ids);
		else
			ids[i] = index->head.default_ipv6;
	}
	if (index->absolute)
		leave_ipv6(pending, next, true, ids);
	else
		leave_ipv6(pending, next, false, ids);
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
