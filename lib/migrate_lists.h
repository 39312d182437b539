/**
 * @file
 * Lists of numbers, each kept once: what has the same list gets the same
 * number. Hidden.
 */
#ifndef SVCTAG_MIGRATE_LISTS_H
#define SVCTAG_MIGRATE_LISTS_H

#include <svctag/index.h>

/** Zero-initialise; number_lists_release(). */
struct number_lists {
	uint32_t *numbers; /**< of all lists, one after another */
	size_t number_count;
	size_t number_capacity;
	size_t *begins; /**< of each list, and where the last one ends */
	size_t count;
	size_t capacity;
	uint32_t *slots; /**< a list's number plus one, by its hash; 0: free */
	size_t slot_count;
};

/**
 * The number of the list; a new one gets the next.
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT (more lists than numbers)
 */
SVCTAG_MUST_CHECK svctag_error number_lists_add(struct number_lists *lists, const uint32_t *numbers, size_t count,
						uint32_t *ret);

/** The numbers live until the next addition. */
svctag_index_list number_lists_at(const struct number_lists *lists, size_t i);

void number_lists_release(struct number_lists *lists);

#endif
