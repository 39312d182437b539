/*
 * Where lines end, many at a time: who knows that before reading the lines
 * need not be done with one of them to begin with the next.
 */
#ifndef TEXT_ENDS_H
#define TEXT_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A text is looked through in steps of so many bytes. */
#define ENDS_STEP 64
/** Most bytes that are looked through at once. */
#define ENDS_MOST 512
/** So many places are written in each step, whatever there is. */
#define ENDS_WRITTEN 6

struct ends {
	size_t count;
	uint16_t at[ENDS_MOST + ENDS_WRITTEN]; /**< where the line feeds are; behind `count` is anything */
};

/** Does the processor have what ends_find() needs? */
bool ends_are_usable(void);

/**
 * Find the line feeds in a text. Only where ends_are_usable().
 * @param size  a multiple of ENDS_STEP, at most ENDS_MOST
 */
void ends_find(const char *text, size_t size, struct ends *ret);

#endif
