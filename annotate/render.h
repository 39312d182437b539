/*
 * What is added to a line, as text: columns, CSV columns, JSON members. Made
 * once for each set of tags, so this need not be fast.
 */
#ifndef ANNOTATE_RENDER_H
#define ANNOTATE_RENDER_H

#include "annotate.h"

/** Where the values of JSON lie: its members are `name:value,name:value`; offsets count from the start. */
struct rendered_places {
	uint32_t region_value, region_end, tags_value;
};

/** A text. */
struct rendered {
	char *text; /**< free() it; NUL-terminated */
	size_t size;
	struct rendered_places places; /**< of JSON */
};

/** The names of what is added. */
struct render_names {
	char *region;
	char *tags;
};

/**
 * @param region  NULL: none
 * @param tags    numbers in the snapshot's index
 * @param ret     free its text
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error render_label(const struct annotate_options *options, const struct render_names *names,
					    const svctag_index *index, const char *region, const uint32_t *tags,
					    size_t count, struct rendered *ret);

/** The names of the added columns, for the header. free() it. NULL: out of memory */
char *render_header(const struct annotate_options *options, const struct render_names *names);

#endif
