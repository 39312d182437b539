/*
 * Allocations that fail on demand. The linker wraps what the project's own
 * static libraries call; SQLite, cJSON, expat and zlib are given the same
 * functions through their hooks. One thread.
 */
#ifndef FAILING_H
#define FAILING_H

#include <stdbool.h>
#include <stdint.h>

/* Hooks into SQLite and cJSON; before anything else uses them. */
void failing_install(void);
/* The n-th allocation from now on fails, once; 0: none does. */
void failing_arm(uint64_t n);
/* No failures any more. Returns the allocations since failing_arm(). */
uint64_t failing_disarm(void);
/* Blocks that are allocated and not freed. */
int64_t failing_live(void);

#endif
