#include "fragments_outlines.h"

#include <stdlib.h>
#include <string.h>

/* An answer without a tag. */
static const struct report_outline nothing = { .region = OUTLINE_NO_PARTS };

static void
fill(const svctag_index *index, uint32_t id, const uint32_t *places, struct report_outline *outline)
{
	uint32_t numbers[OUTLINE_TAGS], ids[OUTLINE_TAGS];
	svctag_address_tags tags = { .tags = numbers, .prefixes = ids, .room = OUTLINE_TAGS };

	outline->longest = svctag_index_prefix(index, id);
	if (svctag_lookup_tags(index, id, &tags) != SVCTAG_OK) {
		outline->count = OUTLINE_TOO_MANY;
		return;
	}
	outline->count = (uint8_t)tags.count;
	outline->region = tags.region == SVCTAG_NO_TAG ? OUTLINE_NO_PARTS : places[tags.region];
	for (size_t i = 0; i < tags.count; i++) {
		outline->tags[i] = places[numbers[i]];
		outline->lengths[i] = svctag_index_prefix(index, ids[i]).length;
	}
}

struct report_outline *
outlines_new(const svctag_index *index, const uint32_t *places)
{
	size_t count = svctag_index_total_prefix_count(index);
	struct report_outline *outlines =
		aligned_alloc(_Alignof(struct report_outline), (count + 1) * sizeof(*outlines));

	for (uint32_t id = 0; outlines != NULL && id < count; id++)
		fill(index, id, places, &outlines[id]);
	return outlines;
}

const struct report_outline *
outline_of(const struct report_outline *outlines, uint32_t prefix)
{
	return prefix == SVCTAG_NO_PREFIX ? &nothing : &outlines[prefix];
}
