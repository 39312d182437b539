#include "position_table.h"

#include <stdlib.h>

/* Releases that came in order lie 4,096 apart. */
static size_t
cache_slot(int64_t position)
{
	return (uint64_t)position >> 12 & 255;
}

/* Where it is, or belongs. */
static size_t
search(const struct position_set *set, int64_t position)
{
	size_t low = 0;
	size_t high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->items[middle] < position)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static svctag_error
insert(struct position_set *set, size_t at, int64_t position)
{
	if (set->count == POSITION_TABLE_MAX)
		return SVCTAG_E_LIMIT;
	if (set->count == set->capacity) {
		size_t bigger = set->capacity * 2 + 64;
		int64_t *items = reallocarray(set->items, bigger, sizeof(*items));

		if (items == NULL)
			return SVCTAG_E_NO_MEMORY;
		set->items = items;
		set->capacity = bigger;
	}
	memmove(&set->items[at + 1], &set->items[at], (set->count - at) * sizeof(*set->items));
	set->items[at] = position;
	set->count++;
	return SVCTAG_OK;
}

svctag_error
position_set_add(struct position_set *set, int64_t position)
{
	size_t slot = cache_slot(position);
	svctag_error err = SVCTAG_OK;
	size_t at;

	if (position == SPAN_OPEN || (set->cache[slot].used && set->cache[slot].position == position))
		return SVCTAG_OK;
	at = search(set, position);
	if (at == set->count || set->items[at] != position)
		err = insert(set, at, position);
	set->cache[slot].position = position;
	set->cache[slot].used = true;
	return err;
}

svctag_error
position_set_write(struct position_set *set, uint8_t *bytes)
{
	int64_t first = set->count > 0 ? set->items[0] : 0;
	size_t i;

	store_le64(bytes, (uint64_t)first);
	for (i = 0; i < set->count; i++) {
		uint64_t after = (uint64_t)set->items[i] - (uint64_t)first;

		if (after > UINT32_MAX)
			return SVCTAG_E_LIMIT;
		store_le32(bytes + POSITION_TABLE_SIZE(i), (uint32_t)after);
	}
	/* From now on it says where. */
	memset(set->cache, 0, sizeof(set->cache));
	return SVCTAG_OK;
}

uint16_t
position_set_place(struct position_set *set, int64_t position)
{
	size_t slot = cache_slot(position);

	if (position == SPAN_OPEN)
		return POSITION_OPEN;
	if (!set->cache[slot].used || set->cache[slot].position != position) {
		set->cache[slot].position = position;
		set->cache[slot].at = search(set, position);
		set->cache[slot].used = true;
	}
	return (uint16_t)set->cache[slot].at;
}

void
position_set_release(struct position_set *set)
{
	free(set->items);
	set->items = NULL;
	set->count = set->capacity = 0;
}

static uint32_t
after_first(const uint8_t *bytes, size_t place)
{
	return load_le32(bytes + POSITION_TABLE_SIZE(place));
}

static int64_t
position_at(const struct position_table *table, size_t place)
{
	return (int64_t)(load_le64(table->bytes) + after_first(table->bytes, place));
}

bool
position_table_open(const uint8_t *bytes, size_t count, struct position_table *ret)
{
	bool ordered = true;
	size_t i;

	/* The last is a position, too. */
	if (count > POSITION_TABLE_MAX ||
	    (count > 0 && (int64_t)load_le64(bytes) > INT64_MAX - 1 - after_first(bytes, count - 1)))
		return false;
	for (i = 1; i < count; i++)
		ordered &= after_first(bytes, i - 1) < after_first(bytes, i);
	*ret = (struct position_table){ bytes, count };
	return ordered;
}

bool
position_table_at(const struct position_table *table, uint16_t place, int64_t *ret)
{
	if (place != POSITION_OPEN && place >= table->count)
		return false;
	*ret = place == POSITION_OPEN ? SPAN_OPEN : position_at(table, place);
	return true;
}

bool
position_table_find(const struct position_table *table, int64_t position, uint16_t *ret)
{
	size_t low = 0;
	size_t high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (position_at(table, middle) <= position)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	*ret = (uint16_t)(low - 1);
	return true;
}
