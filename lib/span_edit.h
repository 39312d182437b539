/**
 * @file
 * What a release that enters, leaves or moves does to the lists of a tag.
 * Hidden.
 */
#ifndef SVCTAG_SPAN_EDIT_H
#define SVCTAG_SPAN_EDIT_H

#include "property_list.h"
#include "span_list.h"
#include "store_internal.h"

/** What is to be done for one key, in this order. */
enum {
	SPAN_SPLIT = 1,  /**< the covering span's part from the next release on becomes a span of its own */
	SPAN_CUT = 2,    /**< the covering span ends here */
	SPAN_EXTEND = 4, /**< the span that begins at the next release begins here */
	SPAN_INSERT = 8, /**< a new span, from here to the next release */
};

/**
 * Change a tag's properties.
 * @param ops         SPAN_…, at the place
 * @param properties  what SPAN_INSERT stores, borrowed; NULL where that is not among them
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_CORRUPT (the span that is meant is not there)
 */
SVCTAG_MUST_CHECK svctag_error property_list_enter(struct property_list *list, const svctag_properties *properties,
						   unsigned int ops, const struct span_place *place);

/** A pass over a list of prefixes that writes it anew, with changes. Zero-initialise. */
struct span_edit {
	struct span_list from;
	size_t at; /**< so many of them have been taken over */
	struct span_list to;
};

/** @param data  the packed list @return as span_list_unpack() */
SVCTAG_MUST_CHECK svctag_error span_edit_begin(struct span_edit *edit, const void *data, size_t size);

/**
 * Change the spans of one prefix; each prefix once, in order.
 * @param ops  SPAN_…, at the place
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_CORRUPT (the span that is meant is not there)
 */
SVCTAG_MUST_CHECK svctag_error span_edit_prefix(struct span_edit *edit, const svctag_prefix *prefix, unsigned int ops,
						const struct span_place *place);

/** Take over the rest and pack it. @return as span_list_pack(), but SVCTAG_E_CORRUPT for SVCTAG_E_INVALID */
SVCTAG_MUST_CHECK svctag_error span_edit_finish(struct span_edit *edit, void **ret, size_t *ret_size);

/** Also after any of these has failed. */
void span_edit_release(struct span_edit *edit);

/**
 * Take the release at the place out of the lists: its boundaries move to the
 * next release, or to the end of time; what lay between the two alone goes,
 * and what ended at it and begins again at the next is one.
 * @return true: something changed
 */
bool property_list_leave(struct property_list *list, const struct span_place *place);
bool span_list_leave(struct span_list *list, const struct span_place *place);

/** The positions of a cloud's releases, in order. */
struct span_positions {
	int64_t *items;
	size_t count;
};

/** Does every span begin and end at one of the positions? */
bool property_list_fits(const struct property_list *list, const struct span_positions *positions);
bool span_list_fits(const struct span_list *list, const struct span_positions *positions);

/** Does every prefix hold only where the tag is there? */
bool span_list_is_within(const struct span_list *list, const struct property_list *properties);

/** In lists that fit: where a position is the i-th, counted from 1, i * gap takes its place. */
void property_list_spread(struct property_list *list, const struct span_positions *positions, int64_t gap);
void span_list_spread(struct span_list *list, const struct span_positions *positions, int64_t gap);

#endif
