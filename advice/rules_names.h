/**
 * @file
 * Names of rules: made fit for the platform and unique in any letter case.
 */
#ifndef ADVICE_RULES_NAMES_H
#define ADVICE_RULES_NAMES_H

#include <lists/memory.h>
#include <svctag/error.h>

#include "rules.h"

/** A name that is taken, and the number that the next one like it is tried with. */
struct rule_name {
	const char *text; /**< NULL: a free slot */
	size_t next;
};

/** Open addressing; zero-initialise, release with rule_names_release(). The texts are somebody else's memory. */
struct rule_names {
	struct rule_name *slots;
	size_t capacity; /**< a power of two, or 0 */
	size_t count;
};

/** Accepts a zero-initialised table. */
void rule_names_release(struct rule_names *names);

/**
 * The letters that the platform takes, the others as '-', cut to RULE_NAME_SIZE.
 * A name that would be empty is "rule".
 */
void rule_name_fit(const char *text, char ret[RULE_NAME_SIZE + 1]);

/**
 * Take a fit name, or where it is taken the same with a number.
 * @param[out] ret  in `memory`
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error rule_names_take(struct rule_names *names, struct list_memory *memory, const char *name,
					       const char **ret);

#endif
