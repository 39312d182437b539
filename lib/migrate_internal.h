/**
 * @file
 * Migration in parts: what an entry may be given to (migrate_classes.c), what
 * the candidates open beyond what is asked (migrate_atoms.c), and the choice
 * among them (migrate_problem.h). Tags are named by their rank here: 0 has
 * the fewest addresses. That makes everything independent of the order of the
 * entries, and lists of tags come out as they are shown. Hidden.
 */
#ifndef SVCTAG_MIGRATE_INTERNAL_H
#define SVCTAG_MIGRATE_INTERNAL_H

#include <svctag/migrate.h>

#include "coverage.h"
#include "migrate_lists.h"
#include "migrate_problem.h"

/** A release, as a migration to one target sees it. Arrays are by rank. */
struct migrate_world {
	const svctag_index *index;
	const svctag_migrate_options *options;
	uint32_t tag_count;
	uint32_t *tags;        /**< the index's number */
	uint32_t *ranks;       /**< the rank of each of the index's tags */
	uint32_t *by_name;     /**< ranks in order of the names in any letter case */
	svctag_usable *usable; /**< in the target */
	bool *broad;
	struct coverage_list coverages; /**< of all tags, which are named by rank there too */
	struct coverage_index finder;
};

SVCTAG_MUST_CHECK svctag_error migrate_world_make(const svctag_index *index, const svctag_migrate_options *options,
						  struct migrate_world *ret);
/** Accepts one that is half-built. */
void migrate_world_release(struct migrate_world *world);

/**
 * Entries of which the same can be said. Stored as a list of numbers: the
 * reason, the tag that is meant (or SVCTAG_MIGRATE_NO_TAG), how many
 * alternatives there are, and the ranks of these, ascending. Of a class that
 * has no intent and is not kept, all its candidates are there, under the
 * provisional reason SVCTAG_MIGRATE_CHEAPEST; of any other the first
 * SVCTAG_MIGRATE_ALTERNATIVES.
 */
struct migrate_class {
	svctag_migrate_reason reason;
	uint32_t intent;
	uint32_t all;
	svctag_index_list tags;
};

struct migrate_class migrate_class_at(const struct number_lists *classes, size_t i);

/** Told after so many entries; false to give up. */
typedef bool (*migrate_step)(void *context, size_t done);

/**
 * @param classes        zero-initialised
 * @param[out] class_of  the class of each entry
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT (given up)
 */
SVCTAG_MUST_CHECK svctag_error migrate_classify(const struct migrate_world *world, const svctag_migrate_entry *entries,
						size_t count, migrate_step step, void *context,
						struct number_lists *classes, uint32_t *class_of);

/**
 * What the tags open beyond the addresses asked for: adds an atom for each
 * family and each set of these tags that has addresses of its own.
 * @param ranks    the problem's tags, ascending
 * @param problem  its tags and groups are there
 */
SVCTAG_MUST_CHECK svctag_error migrate_add_atoms(const struct migrate_world *world, const svctag_set *asked,
						 const uint32_t *ranks, size_t count, svctag_prefer prefer,
						 struct migrate_draft *draft);

#endif
