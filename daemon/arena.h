/**
 * @file
 * Room for what a request consists of: it is taken piece by piece and given
 * back all at once, when the request has been answered. What fits goes into
 * room that the arena was lent, and that the next request gets again; the rest
 * is allocated.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena_piece;

/** Zero-initialise for one without lent room; for one thread at a time. */
struct arena {
	char *next;  /**< free */
	size_t left; /**< bytes from there on */
	struct arena_piece *pieces;
};

/** Begin with lent room. @param room  aligned for pointers; outlives what is taken */
void arena_lend(struct arena *arena, void *room, size_t size);

/** @return so many bytes, aligned for pointers and not initialised, until arena_release(); NULL: no memory */
void *arena_take(struct arena *arena, size_t size);

/** Give everything back, the lent room too. */
void arena_release(struct arena *arena);

#endif
