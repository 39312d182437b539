/*
 * The tags of a database file with their packed lists, read out of it to be
 * looked at, or damaged and written back: as a list that says something else,
 * or byte by byte. Whatever fails ends the running test.
 */
#ifndef STORED_TAGS_H
#define STORED_TAGS_H

#include "testing.h"

#include "property_list.h"
#include "span_list.h"

/* The columns, and the two lists of a tag. */
enum {
	STORED_PROPERTIES,
	STORED_PREFIXES,
};

typedef struct stored_tag {
	int64_t id;
	int64_t cloud_id;
	char *name;
	uint8_t *bytes[2]; /* as they are in the file; NULL for an empty list */
	size_t sizes[2];
	struct property_list properties; /* its texts are in the bytes */
	struct span_list prefixes;
} stored_tag;

typedef struct stored_tags {
	stored_tag *list; /* in the order of their numbers */
	size_t count;
} stored_tags;

stored_tags stored_tags_read(const char *path);
/* The bytes of all of them; they are freed. */
void stored_tags_write(const char *path, stored_tags *tags);
void stored_tags_free(stored_tags *tags);

/* What the lists now say, in order, becomes the bytes; the lists are empty then. */
void stored_tag_pack(stored_tag *tag);
/* Packed so, they are what the file holds: there is one way to write a list. */
void stored_tag_check_bytes(stored_tag *tag);

/* The parts of a packed list that is not empty, to be written over. */
uint32_t packed_count(const uint8_t *bytes, size_t number); /* one of the four of its head */
void packed_set_count(uint8_t *bytes, size_t number, uint32_t count);
uint8_t *packed_position(uint8_t *bytes, size_t i);    /* how far after the first, 32 bits */
uint8_t *packed_properties(uint8_t *bytes, size_t i);  /* a span of properties */
uint8_t *packed_values(uint8_t *bytes);                /* the first value */
uint8_t *packed_prefix(uint8_t *bytes, size_t i);      /* a span of a prefix */
uint8_t *packed_prefix_ends(uint8_t *bytes, size_t i); /* its first and until */
/* Make the checksum right. */
void packed_seal(uint8_t *bytes, size_t size);

#endif
