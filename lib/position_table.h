/**
 * @file
 * The positions that a packed list of spans names, each once and in order:
 * spans say which of them they begin and end at. Hidden.
 */
#ifndef SVCTAG_POSITION_TABLE_H
#define SVCTAG_POSITION_TABLE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <svctag/error.h>

_Static_assert(sizeof(size_t) >= 8, "the size of a list is a sum of products of counts of 32 bits");

/** The end of a span that still holds: after every position. */
#define SPAN_OPEN INT64_MAX

/** So many different positions one list can name. */
#define POSITION_TABLE_MAX 65535

/** The bytes of a table: the first position, and how far after it each lies. */
#define POSITION_TABLE_SIZE(count) (8 + 4 * (count))

/** What stands for SPAN_OPEN: after every place in a table. */
#define POSITION_OPEN 0xffffU

/** A table in the making. Zero-initialise. */
struct position_set {
	int64_t *items;
	size_t count;
	size_t capacity;
	/** Where those of late are: they are few, and repeat. */
	struct {
		int64_t position;
		size_t at;
		bool used;
	} cache[256];
};

/**
 * @param position  SPAN_OPEN needs no place
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT (more than POSITION_TABLE_MAX)
 */
SVCTAG_MUST_CHECK svctag_error position_set_add(struct position_set *set, int64_t position);
/**
 * All are in: the bytes of the table, POSITION_TABLE_SIZE(set->count).
 * @return SVCTAG_OK, SVCTAG_E_LIMIT (they lie 2^32 apart: a million releases)
 */
SVCTAG_MUST_CHECK svctag_error position_set_write(struct position_set *set, uint8_t *bytes);
/** The place of one that is in, or POSITION_OPEN; after position_set_write(). */
uint16_t position_set_place(struct position_set *set, int64_t position);
void position_set_release(struct position_set *set);

/** A table in its bytes, which have to live as long. */
struct position_table {
	const uint8_t *bytes;
	size_t count;
};

/** @param bytes  POSITION_TABLE_SIZE(count) @return are there at most POSITION_TABLE_MAX of them, in order? */
bool position_table_open(const uint8_t *bytes, size_t count, struct position_table *ret);
/** The position at a place; SPAN_OPEN for POSITION_OPEN. @return is there such a place? */
bool position_table_at(const struct position_table *table, uint16_t place, int64_t *ret);
/**
 * The place of the last position that is not after this one: a span holds at it that begins not after that place
 * and ends after it.
 * @return false: all are after it
 */
bool position_table_find(const struct position_table *table, int64_t position, uint16_t *ret);

/* Numbers in packed lists are little-endian. */

static inline uint16_t
load_le16(const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return le16toh(value);
}

static inline uint32_t
load_le32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return le32toh(value);
}

static inline uint64_t
load_le64(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return le64toh(value);
}

static inline void
store_le16(uint8_t *bytes, uint16_t value)
{
	value = htole16(value);
	memcpy(bytes, &value, sizeof(value));
}

static inline void
store_le32(uint8_t *bytes, uint32_t value)
{
	value = htole32(value);
	memcpy(bytes, &value, sizeof(value));
}

static inline void
store_le64(uint8_t *bytes, uint64_t value)
{
	value = htole64(value);
	memcpy(bytes, &value, sizeof(value));
}

#endif
