/**
 * @file
 * The words of a line as shells and firewalls have them: separated by blanks,
 * or in quotes.
 */
#ifndef LISTS_WORDS_H
#define LISTS_WORDS_H

#include "token.h"

/** The next word, without its quotes; a backslash in double quotes keeps the next character from ending them.
 * @return false at the end */
bool words_next(struct span *rest, struct span *ret);

/** The first word of a line. Empty if there is none. */
struct span words_first(struct span line);

/** How many lines a format is looked for in. */
#define DETECT_LINES 200

#endif
