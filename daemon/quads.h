/**
 * @file
 * The many dotted quads of a list, read and looked up together: what a list
 * of a million holds is nearly all of this kind, and everything else can
 * take its time.
 */
#ifndef QUADS_H
#define QUADS_H

#include <svctag/index.h>

#include "query_list.h"

/** So many at once: enough for look-ups to overlap, few enough for their answers to be a piece. */
#define QUADS_MOST 256

/** Items of a list, as they stand there; each is in its canonical form by itself. */
struct quads {
	size_t count;
	const char *text[QUADS_MOST]; /**< with QUAD_SLACK readable bytes */
	uint32_t address[QUADS_MOST];
	uint32_t prefix[QUADS_MOST]; /**< the longest that holds it, or SVCTAG_NO_PREFIX */
	uint8_t size[QUADS_MOST];
};

/**
 * Take the next items of the list, up to the first that is no dotted quad or
 * that stands in its last few bytes: those are query_list_next()'s.
 */
void quads_take(struct quads *quads, struct query_list *list);

/** Find their prefixes. */
void quads_look_up(struct quads *quads, const svctag_index *index);

#endif
