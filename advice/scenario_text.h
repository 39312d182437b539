/*
 * Texts with holes: "Storage.{here}". What a scenario's names stand for.
 */
#ifndef ADVICE_SCENARIO_TEXT_H
#define ADVICE_SCENARIO_TEXT_H

#include "scenario.h"

/** What stands before a hole, and the name in it; size 0 behind the last one. */
struct scenario_piece {
	const char *literal;
	size_t literal_size;
	const char *name;
	size_t name_size;
};

/** Take the next piece off a text whose braces match. @return false at the end */
bool scenario_next_piece(const char **text, struct scenario_piece *ret);

/** Does each '{' have its '}', with a name between them? */
bool scenario_braces_match(const char *text);

/** The parameter that a name stands for in a place (NULL: in none), or SCENARIO_NONE. */
size_t scenario_resolve(const struct scenario *scenario, const struct scenario_place *place, const char *name,
			size_t size);

#endif
