/**
 * @file
 * What a misspelt word was probably meant to be.
 */
#ifndef ADVICE_NEAR_H
#define ADVICE_NEAR_H

#include <stddef.h>

/** The candidate that is nearest by Levenshtein's distance, unless that is another word altogether: then NULL. */
const char *near_find(const char *word, const char *const *candidates, size_t count);

#endif
