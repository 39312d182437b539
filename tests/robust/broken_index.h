/*
 * Ways to break a compiled index by hand.
 */
#ifndef BROKEN_INDEX_H
#define BROKEN_INDEX_H

#include "index_format.h"

/* The blob in hand, with its sections. */
struct blob {
	uint8_t *bytes;
	size_t size;
	struct index_header *header;
	uint16_t *roots;
	struct index_node *nodes;
	uint64_t *filter;
	struct index_level *levels;
	uint32_t *pilots;
	struct inner_line *bucket_tops;
	struct index_entry *entries;
	union index_line *lines;
	uint32_t *address_ipv4;
	uint8_t *address_ipv6;
	uint8_t *length;
	uint32_t *parent;
	uint32_t *set;
	uint32_t *set_first;
	uint32_t *members;
	struct index_tag_record *tags;
	char *strings;
	/* Numbered IPv4 nodes with a top and leaves, and with one level of inner lines between; NULL if there is none. */
	struct index_node *small, *large;
	uint16_t direct; /* a root of a node without a number, 0 if there is none */
};

enum outcome {
	REFUSED,
	HARMLESS, /* refused, or opened and all answers inside */
};

struct breakage {
	const char *name;
	void (*apply)(struct blob *blob);
	enum outcome want;
	bool direct; /* of a blob with direct nodes of IPv4; in others all have numbers */
};

extern const struct breakage breakages[];
extern const size_t breakage_count;

/* Of the search structure: broken_search.c. */
extern const struct breakage search_breakages[];
extern const size_t search_breakage_count;

/* From bytes and header to all that follows. */
void broken_find_sections(struct blob *blob);

#endif
