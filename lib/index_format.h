/**
 * @file
 * The bytes of a compiled index; docs/index-format.md describes them. All
 * numbers are in the byte order of the machine that built it. Hidden.
 */
#ifndef SVCTAG_INDEX_FORMAT_H
#define SVCTAG_INDEX_FORMAT_H

#include <svctag/index.h>

#define INDEX_MAGIC "SVCTAGIX"
#define INDEX_BYTE_ORDER 0x01020304U
/** What the checksum covers begins here. */
#define INDEX_CHECKED_FROM 32U
/** "No text", "no prefix". */
#define INDEX_NONE UINT32_MAX

#define ROOT_SLOTS 65536U
#define LEAF_RUNS 11U
#define INNER_CHILDREN 31U

/**
 * A slot is what a 16-bit stride leads to: 0, nothing; a prefix id plus one;
 * or, with SLOT_NODE set, a node: its kind and the number of its first line.
 * Kinds 0 to 3 are runs below that many levels of inner lines.
 */
#define SLOT_NODE 0x80000000U
#define SLOT_KIND_SHIFT 28U
#define SLOT_KIND_MASK 7U
#define SLOT_LINE_MASK 0x0fffffffU
#define SLOT_KIND_SKIP 4U
#define SLOT_MAX_LEVELS 3U

/** Runs of a stride: run i ends at key last[i]; the last run has no end to compare. */
struct leaf_line {
	uint32_t slot[LEAF_RUNS];
	uint16_t last[LEAF_RUNS - 1];
};

/** Child i holds the keys up to last[i]. */
struct inner_line {
	uint32_t first_child;
	uint16_t last[INNER_CHILDREN - 1];
};

/** Strides that all prefixes below agree on: up to bit `to` the address has to be `bytes`. */
struct skip_line {
	uint8_t bytes[16];
	uint32_t to;
	uint32_t child; /**< where it is */
	uint32_t miss;  /**< where it is not: never a node */
	uint8_t unused[36];
};

union index_line {
	struct leaf_line leaf;
	struct inner_line inner;
	struct skip_line skip;
};

struct index_header {
	char magic[8];
	uint32_t byte_order;
	uint32_t format;
	uint64_t size; /**< of the whole blob */
	uint64_t checksum;
	uint8_t digest[SVCTAG_DIGEST_SIZE]; /**< of the release */
	uint32_t root_ipv6;
	uint32_t line_count;
	uint32_t prefix_count[2]; /**< by SVCTAG_FAMILY_INDEX */
	uint32_t set_count;
	uint32_t member_count;
	uint32_t tag_count;
	uint32_t string_size;
	uint8_t unused[32];
};

/** Texts are offsets into the strings, or INDEX_NONE. */
struct index_tag_record {
	int64_t change_number;
	uint64_t addresses[2][3]; /**< low and high half of svctag_count.low, then svctag_count.high */
	uint32_t name;
	uint32_t region;
	uint32_t platform;
	uint32_t system_service;
	uint32_t network_features;
	int32_t region_id;
	uint32_t has_region_id;
	uint32_t rank;
	uint32_t family_prefix_count[2];
};

_Static_assert(sizeof(union index_line) == 64, "a line is a cache line");
_Static_assert(sizeof(struct index_header) == 128, "the header is two lines");
_Static_assert(sizeof(struct index_tag_record) == 96, "tag records have no padding");

/** Where each section begins; sections follow one another at multiples of 64 bytes. */
struct index_layout {
	uint64_t roots;        /**< uint32_t[ROOT_SLOTS], IPv4 */
	uint64_t lines;        /**< union index_line[line_count] */
	uint64_t address_ipv4; /**< uint32_t[], host byte order */
	uint64_t address_ipv6; /**< uint8_t[][16], network byte order */
	uint64_t length;       /**< uint8_t[], both families from here on */
	uint64_t parent;       /**< uint32_t[] */
	uint64_t set;          /**< uint32_t[]: which tag set lists the prefix */
	uint64_t set_first;    /**< uint32_t[set_count + 1], into members */
	uint64_t members;      /**< uint32_t[member_count]: tags in order of rank */
	uint64_t tags;         /**< struct index_tag_record[tag_count], in byte order of names */
	uint64_t strings;
	uint64_t size;
};

struct index_layout svctag_index_layout(const struct index_header *header);

#endif
