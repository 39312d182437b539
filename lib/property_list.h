/**
 * @file
 * The history of a tag's presence and properties, as `tag.properties` holds
 * it: one list of spans, behind a checksum (docs/store.md, "Properties").
 * Unpacked, it is changed in place, and packed anew. Hidden.
 */
#ifndef SVCTAG_PROPERTY_LIST_H
#define SVCTAG_PROPERTY_LIST_H

#include <svctag/release.h>

#include "position_table.h"

/** The tag is there, with these properties, at the positions from `first` on, before `until`. */
struct property_span {
	int64_t first;
	int64_t until;                /**< SPAN_OPEN: it still is */
	svctag_properties properties; /**< the name is not among them; texts are borrowed */
};

/** In the order of first; none overlap, and those that touch differ. Zero-initialise. */
struct property_list {
	struct property_span *items;
	size_t count;
	size_t capacity;
};

/** The very same, as stored; the order of features counts, the name does not. */
bool properties_same(const svctag_properties *a, const svctag_properties *b);

/** Frees the items; the list is empty then. */
void property_list_release(struct property_list *list);

/** One span more at the end, in whatever order. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error property_list_add(struct property_list *list, const struct property_span *span);

/** In the order of first. */
void property_list_sort(struct property_list *list);

/**
 * @param[out] ret  free() it; NULL for an empty list
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT (as position_set_add()), SVCTAG_E_INVALID (not in order, or spans that are one)
 */
SVCTAG_MUST_CHECK svctag_error property_list_pack(const struct property_list *list, void **ret, size_t *ret_size);

/**
 * @param data      has to live as long as the list: its texts point there
 * @param size      0: an empty list
 * @param[out] ret  property_list_release() it; empty unless SVCTAG_OK
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_CORRUPT (no list of such spans)
 */
SVCTAG_MUST_CHECK svctag_error property_list_unpack(const void *data, size_t size, struct property_list *ret);

/**
 * What the tag says of itself at a position, read where it lies.
 * @param data            has to live as long as the properties
 * @param[out] ret_there  false: nothing, the tag is not there
 * @param[out] ret        its name is untouched; undefined unless SVCTAG_OK and there
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT
 */
SVCTAG_MUST_CHECK svctag_error property_list_at(const void *data, size_t size, int64_t position, bool *ret_there,
						svctag_properties *ret);

#endif
