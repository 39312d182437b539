/**
 * @file
 * The history of a tag's prefixes, as `tag.prefixes` holds it: one list of
 * spans in a few bytes each, behind a checksum (docs/store.md, "Prefixes").
 * Packed, it is only read, in one pass and without memory of its own; to be
 * changed it is unpacked, and packed anew. Hidden.
 */
#ifndef SVCTAG_SPAN_LIST_H
#define SVCTAG_SPAN_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <svctag/address.h>

#include "position_table.h"

/** A prefix is in the tag at the positions from `first` on, before `until`. */
struct span {
	svctag_prefix prefix;
	int64_t first;
	int64_t until; /**< SPAN_OPEN: it still holds */
};

/** In the order of prefix and first; those of one prefix do not touch. Zero-initialise. */
struct span_list {
	struct span *items;
	size_t count;
	size_t capacity;
};

/** Frees the items; the list is empty then. */
void span_list_release(struct span_list *list);

/** One span more at the end, in whatever order. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error span_list_add(struct span_list *list, const struct span *span);

/**
 * @param[out] ret  free() it; NULL for an empty list
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT (more than POSITION_TABLE_MAX positions, or 2^32 spans),
 *         SVCTAG_E_INVALID (not in order, spans of one prefix that touch, one that ends before it begins)
 */
SVCTAG_MUST_CHECK svctag_error span_list_pack(const struct span_list *list, void **ret, size_t *ret_size);

/**
 * @param size      0: an empty list
 * @param[out] ret  span_list_release() it; empty unless SVCTAG_OK
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_CORRUPT (no list of such spans of prefixes)
 */
SVCTAG_MUST_CHECK svctag_error span_list_unpack(const void *data, size_t size, struct span_list *ret);

/** A packed list, to be read where it lies. */
struct span_view {
	struct position_table positions;
	const uint8_t *rows[2]; /**< IPv4, IPv6 */
	size_t counts[2];
};

/**
 * The checksum holds, and all rows are there; what they say is not looked at.
 * @param data  has to live as long as the view
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT
 */
SVCTAG_MUST_CHECK svctag_error span_view_open(const void *data, size_t size, struct span_view *ret);

/**
 * The prefixes at a position, in order; as they are stored, perhaps invalid.
 * @param[out] ret  room for all of the list, view->counts[0] + view->counts[1]: more than how many are returned may
 *                  have been written
 * @return how many
 */
size_t span_view_prefixes_at(const struct span_view *view, int64_t position, svctag_prefix *ret);

#endif
