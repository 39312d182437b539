/* Tags by name: exact but for letter case, and what was probably meant. */
#include <stdlib.h>
#include <string.h>

#include <svctag/index.h>

#include "text.h"

/** Longer names are not compared by distance. */
#define MAX_NAME 128
/** Most names that are proposed. */
#define MAX_NEAR 16

static bool
same_name(const char *name, const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (name[i] == '\0' || ascii_lower(name[i]) != ascii_lower(text[i]))
			return false;
	return name[size] == '\0';
}

svctag_error
svctag_index_find_tag(const svctag_index *index, const char *name, size_t size, uint32_t *ret)
{
	uint32_t count = (uint32_t)svctag_index_tag_count(index);
	uint32_t i;

	for (i = 0; i < count; i++)
		if (same_name(svctag_index_tag_name(index, i), name, size)) {
			*ret = i;
			return SVCTAG_OK;
		}
	return SVCTAG_E_NOT_FOUND;
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance without regard to letter case. */
static size_t
distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
	size_t row[MAX_NAME + 1];
	size_t i;
	size_t j;

	for (j = 0; j <= b_size; j++)
		row[j] = j;
	for (i = 1; i <= a_size; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= b_size; j++) {
			size_t substituted = diagonal + (ascii_lower(a[i - 1]) != ascii_lower(b[j - 1]));

			diagonal = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1, substituted);
		}
	}
	return row[b_size];
}

/** A candidate and how far it is from what was asked. */
struct near_name {
	uint32_t id;
	size_t distance;
};

/* Into a list sorted by distance that keeps `limit` elements; equal ones stay in order of their names. */
static size_t
keep_nearest(struct near_name *list, size_t count, size_t limit, struct near_name candidate)
{
	size_t place = count;

	while (place > 0 && list[place - 1].distance > candidate.distance)
		place--;
	if (place == limit)
		return count;
	if (count == limit)
		count--;
	memmove(list + place + 1, list + place, (count - place) * sizeof(*list));
	list[place] = candidate;
	return count + 1;
}

size_t
svctag_index_near_tags(const svctag_index *index, const char *name, size_t size, uint32_t *ids, size_t limit)
{
	struct near_name nearest[MAX_NEAR];
	size_t furthest = size / 3 > 2 ? size / 3 : 2;
	uint32_t tags = (uint32_t)svctag_index_tag_count(index);
	size_t count = 0;
	uint32_t id;

	if (limit > MAX_NEAR)
		limit = MAX_NEAR;
	if (size == 0 || size > MAX_NAME || limit == 0)
		return 0;
	for (id = 0; id < tags; id++) {
		const char *candidate = svctag_index_tag_name(index, id);
		size_t length = strlen(candidate);
		struct near_name near = { .id = id };

		if (length > MAX_NAME || length > size + furthest || size > length + furthest)
			continue;
		near.distance = distance(name, size, candidate, length);
		if (near.distance <= furthest)
			count = keep_nearest(nearest, count, limit, near);
	}
	for (id = 0; id < count; id++)
		ids[id] = nearest[id].id;
	return count;
}
