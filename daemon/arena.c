#include "arena.h"

#include <stdlib.h>

/** The least that is allocated. */
#define PIECE_SIZE ((size_t)1024)
#define ALIGNMENT sizeof(void *)

struct arena_piece {
	struct arena_piece *next;
	char room[];
};

void
arena_lend(struct arena *arena, void *room, size_t size)
{
	*arena = (struct arena){ .next = room, .left = size };
}

/** What was left of the piece before is lost until the release. */
static void *
add_piece(struct arena *arena, size_t size)
{
	size_t room = size > PIECE_SIZE ? size : PIECE_SIZE;
	struct arena_piece *piece = malloc(sizeof(*piece) + room);

	if (piece == NULL)
		return NULL;
	piece->next = arena->pieces;
	arena->pieces = piece;
	arena->next = piece->room + size;
	arena->left = room - size;
	return piece->room;
}

void *
arena_take(struct arena *arena, size_t size)
{
	char *taken = arena->next;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > arena->left)
		return add_piece(arena, size);
	arena->next += size;
	arena->left -= size;
	return taken;
}

void
arena_release(struct arena *arena)
{
	while (arena->pieces != NULL) {
		struct arena_piece *piece = arena->pieces;

		arena->pieces = piece->next;
		free(piece);
	}
	*arena = (struct arena){ 0 };
}
