/**
 * @file
 * Freeing what is only lent out as const, and arrays that grow. Hidden.
 */
#ifndef SVCTAG_MEMORY_H
#define SVCTAG_MEMORY_H

#include <stdlib.h>
#include <string.h>

/** free() for memory whose owner holds it by a pointer to const. */
static inline void
free_const(const void *memory)
{
	void *owned;

	memcpy(&owned, &memory, sizeof(owned));
	free(owned);
}

/**
 * The array with room for `needed` elements, of which there is at least one.
 * NULL if there is no memory; then the array is as it was.
 */
static inline void *
memory_grown(void *array, size_t *capacity, size_t needed, size_t element)
{
	size_t bigger = needed + needed / 2 + 16;

	if (needed <= *capacity)
		return array;
	array = reallocarray(array, bigger, element);
	if (array != NULL)
		*capacity = bigger;
	return array;
}

#endif
