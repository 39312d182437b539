/* What answers from parts are made of. */
#ifndef REPORT_FRAGMENTS_INTERNAL_H
#define REPORT_FRAGMENTS_INTERNAL_H

#include "fragments.h"
#include "fragments_outlines.h"

/* What text answers say behind the address, made when first asked for. */
struct label_store;

/*
 * An answer is
 *   opening QUERY middle NORMALIZED release region ,"matches":[ MATCH , … ]}
 * and a match is
 *   head PREFIX tail
 * These are the parts of one tag, one text behind the other: the region as a
 * JSON string, head, tail.
 */
struct tag_parts {
	uint32_t region_size;
	uint32_t head_size;
	uint32_t tail_size;
	char text[];
};

struct report_fragments {
	const svctag_snapshot *snapshot;
	const svctag_index *index;
	char *release; /* the same for every answer; NULL: there are no tags, or no prefixes */
	size_t release_size;
	char *parts; /* of all tags; an outline says where each one's are */
	size_t size;
	size_t capacity;
	struct label_store *labels;
	struct report_outline *outlines;
};

/* For so many prefixes. @return NULL: out of memory */
struct label_store *label_store_new(size_t prefixes);
/* Accepts NULL. */
void label_store_free(struct label_store *store);

#endif
