/**
 * @file
 * Addresses one after another in plain text.
 */
#ifndef LISTS_TEXT_H
#define LISTS_TEXT_H

#include "reader.h"

/** The next word between blanks and commas, without quotes; a range with blanks around its dash is one.
 * @return false at the end */
bool text_next(struct span *rest, struct span *ret);

/** "a - b": the word, or the range that it begins, which is then taken from `rest`. Only addresses on both sides make
 * it one; else the dash is punctuation. */
struct span text_extend(struct span word, struct span *rest);

#endif
