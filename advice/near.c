#include "near.h"

#include <stdint.h>
#include <string.h>

/* Longer words than this are not compared. */
#define LONGEST 31

/* Levenshtein distance in two rows; both words are at most LONGEST long. */
static size_t
distance(const char *a, const char *b)
{
	size_t b_length = strlen(b);
	size_t row[LONGEST + 1];

	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < b_length; j++) {
			size_t above = row[j + 1];
			size_t best = diagonal + (a[i] != b[j]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j + 1] = best;
			diagonal = above;
		}
	}
	return row[b_length];
}

const char *
near_find(const char *word, const char *const *candidates, size_t count)
{
	const char *nearest = NULL;
	size_t least = strlen(word) / 3 + 2; /* farther away is another word */

	if (strlen(word) > LONGEST)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t d = strlen(candidates[i]) > LONGEST ? SIZE_MAX : distance(word, candidates[i]);

		if (d < least) {
			least = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
