/**
 * @file
 * The memory of a list: many small pieces that live as long as it does.
 */
#ifndef LISTS_MEMORY_H
#define LISTS_MEMORY_H

#include <stddef.h>

struct list_memory;

/** @return NULL when there is no memory */
struct list_memory *list_memory_new(void);

/** Accepts NULL. */
void list_memory_free(struct list_memory *memory);

/** So many bytes, aligned for anything. @return NULL when there is no memory */
void *list_memory_allocate(struct list_memory *memory, size_t size);

/** A copy with a closing NUL. @return NULL when there is no memory */
char *list_memory_copy(struct list_memory *memory, const char *text, size_t size);

#endif
