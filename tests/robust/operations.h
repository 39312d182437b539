/*
 * Operations that allocations fail under: what they work on, and those of them
 * that ask a loaded release and need no database.
 */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "answers.h"

/* What the operations work on. */
struct bench {
	char *folder;
	char *database;       /* the one worked on */
	unsigned char *image; /* it, with the older release in it */
	size_t image_size;
	char *newer;  /* the release to import */
	char *packed; /* the same, gzip */
	char *legacy; /* an XML list */
	unsigned char *json;
	size_t json_size;
	svctag_snapshot *snapshot;
	svctag_release *sparse; /* so many parts of IPv4 in use that its index is begun anew, see index_roots.c */
	struct answers_queries queries;
	struct answers old_state, new_state;
	size_t wrong;
};

/*
 * Of `bench->snapshot`: snapshot_operations.c. `ret` is a hash of what has been
 * found or printed, the same each time; nothing stays allocated.
 */

/* What the queries find, and the prefixes of some tags. */
SVCTAG_MUST_CHECK svctag_error operation_lookup(struct bench *bench, uint64_t *ret);
/* The queries as a list to migrate. */
SVCTAG_MUST_CHECK svctag_error operation_migrate(struct bench *bench, uint64_t *ret);
/* A scenario read, planned for the release, printed as answer and as rules. */
SVCTAG_MUST_CHECK svctag_error operation_plan(struct bench *bench, uint64_t *ret);
/* A security group migrated, printed as answer and as rules. */
SVCTAG_MUST_CHECK svctag_error operation_propose(struct bench *bench, uint64_t *ret);
/* Some tags in every format, and once as the fewest prefixes. */
SVCTAG_MUST_CHECK svctag_error operation_export(struct bench *bench, uint64_t *ret);

#endif
