/* What answers from parts are made of. */
#ifndef REPORT_FRAGMENTS_INTERNAL_H
#define REPORT_FRAGMENTS_INTERNAL_H

#include "fragments.h"

/* What text answers say behind the address, made when first asked for. */
struct label_store;

/* A part of the text that all parts stand in. */
struct part {
	uint32_t offset;
	uint32_t size;
};

/*
 * An answer is
 *   opening QUERY middle NORMALIZED release region ,"matches":[ MATCH , … ]}
 * and a match is
 *   head PREFIX tail
 */
struct tag_parts {
	struct part head;
	struct part tail;
	struct part region; /* as a JSON string */
};

struct report_fragments {
	const svctag_snapshot *snapshot;
	const svctag_index *index;
	char *text;
	size_t size;
	size_t capacity;
	struct part release; /* the same for every answer */
	struct label_store *labels;
	struct tag_parts tags[];
};

/* As svctag_lookup_tags(). Sets count, tags, prefixes and region. @return false when there are too many */
bool fragments_collect(const svctag_index *index, uint32_t prefix, struct report_fragments_answer *answer);

/* For so many prefixes. @return NULL: out of memory */
struct label_store *label_store_new(size_t prefixes);
/* Accepts NULL. */
void label_store_free(struct label_store *store);

#endif
