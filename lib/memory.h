/**
 * @file
 * Freeing what is only lent out as const. Hidden.
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

#endif
