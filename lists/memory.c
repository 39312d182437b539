/*
 * Blocks in a chain; each piece is cut from the newest one. What would waste
 * much of a block gets one of its own.
 */
#include "memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)256 << 10)

struct block {
	struct block *next;
	alignas(max_align_t) char bytes[];
};

struct list_memory {
	struct block *blocks; /* the newest first */
	char *free;
	size_t left;
};

struct list_memory *
list_memory_new(void)
{
	return calloc(1, sizeof(struct list_memory));
}

void
list_memory_free(struct list_memory *memory)
{
	if (memory == NULL)
		return;
	while (memory->blocks != NULL) {
		struct block *next = memory->blocks->next;

		free(memory->blocks);
		memory->blocks = next;
	}
	free(memory);
}

static struct block *
add_block(struct list_memory *memory, size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->next = memory->blocks;
	memory->blocks = block;
	return block;
}

/* Not aligned: for text. */
static char *
take(struct list_memory *memory, size_t size)
{
	struct block *block;
	char *piece;

	if (size > BLOCK_SIZE / 8) {
		block = add_block(memory, size);
		return block != NULL ? block->bytes : NULL;
	}
	if (size > memory->left) {
		block = add_block(memory, BLOCK_SIZE);
		if (block == NULL)
			return NULL;
		memory->free = block->bytes;
		memory->left = BLOCK_SIZE;
	}
	piece = memory->free;
	memory->free += size;
	memory->left -= size;
	return piece;
}

void *
list_memory_allocate(struct list_memory *memory, size_t size)
{
	const size_t unit = alignof(max_align_t);
	size_t past = memory->left % unit;

	/* Blocks are whole units, so what is left tells how the free place is aligned. Before the first there is none. */
	if (past > 0) {
		memory->free += past;
		memory->left -= past;
	}
	if (size > SIZE_MAX - unit)
		return NULL;
	return take(memory, (size + unit - 1) / unit * unit);
}

char *
list_memory_copy(struct list_memory *memory, const char *text, size_t size)
{
	char *copy;

	if (size == SIZE_MAX)
		return NULL;
	copy = take(memory, size + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}
