/*
 * What an answer about an address says, in numbers, laid out by its longest
 * prefix: the tags, as places of their parts, with the length of the prefix by which each holds it, all
 * of which begin as the longest does. The index would say the same from a
 * dozen places; here it is one cache line, which is what counts where the
 * next question is about somewhere else.
 */
#ifndef REPORT_FRAGMENTS_OUTLINES_H
#define REPORT_FRAGMENTS_OUTLINES_H

#include "fragments.h"

/* As many tags as there is room for; real addresses have at most five. */
#define OUTLINE_TAGS REPORT_FRAGMENTS_TAGS
#define OUTLINE_TOO_MANY UINT8_MAX
#define OUTLINE_NO_PARTS UINT32_MAX

struct report_outline {
	_Alignas(64) svctag_prefix longest;
	uint8_t count; /* or OUTLINE_TOO_MANY, and the rest says nothing */
	uint8_t lengths[OUTLINE_TAGS];
	uint32_t region;             /* where the parts of the tag are whose region it is, or OUTLINE_NO_PARTS */
	uint32_t size;               /* of all parts that the answer has */
	uint32_t tags[OUTLINE_TAGS]; /* where the parts of each are */
};

_Static_assert(sizeof(struct report_outline) == 64, "one cache line");

/*
 * One for each prefix of the index, by its number. Sizes are left to the caller.
 * @param places  by tag: where its parts are
 * @return to be freed; NULL: out of memory
 */
struct report_outline *outlines_new(const svctag_index *index, const uint32_t *places);

/* The one of what svctag_index_lookup() gave, SVCTAG_NO_PREFIX too. */
const struct report_outline *outline_of(const struct report_outline *outlines, uint32_t prefix);

#endif
