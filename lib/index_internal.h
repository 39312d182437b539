/**
 * @file
 * An open index: pointers into its blob. Hidden.
 */
#ifndef SVCTAG_INDEX_INTERNAL_H
#define SVCTAG_INDEX_INTERNAL_H

#include "index_hash.h"

/** A level of IPv6, ready to be asked. */
struct open_level {
	struct index_key mask; /**< level_mask() */
	/** The places of its stride's bytes in an address, the second one first, eight times: see line_key_at(). */
	uint8_t stride[16];
};

/** The ways to look up, compiled for one kind of processor; the single ones as in svctag_index_head. */
struct index_calls {
	uint32_t (*search_ipv4)(const svctag_index *index, uint32_t address, uint32_t root);
	uint32_t (*search_many_ipv4)(const svctag_index *index, uint32_t address, uint32_t root);
	uint32_t (*search_ipv6)(const svctag_index *index, const uint8_t address[16]);
	uint32_t (*search_absolute_ipv6)(const svctag_index *index, const uint8_t address[16]);
	void (*batch_ipv4)(const svctag_index *index, const uint32_t *addresses, size_t count, uint32_t *ids);
	void (*batch_ipv6)(const svctag_index *index, const uint8_t *addresses, size_t count, uint32_t *ids);
};

/** Vectors that look-ups may use, the wider the later. */
enum index_vectors {
	INDEX_VECTORS_BASE, /**< what the library as a whole is built for */
	INDEX_VECTORS_AVX2,
	INDEX_VECTORS_AVX512,
};

struct svctag_index {
	/* What every look-up needs comes first. */
	struct svctag_index_head head;
	const union index_line *lines;
	uint32_t node_count;
	const struct index_node *nodes;
	const struct index_entry *entries;
	const uint32_t *pilots;
	const struct inner_line *bucket_tops;
	uint64_t entry_count;
	_Alignas(16) struct index_key seeds; /* so that what is read as vectors does not lie in two lines */
	/* Of the first level; as an address's low half is in memory, and twice, to be compared with vectors of two. */
	uint64_t agreed_mask[2];
	uint64_t agreed[2];
	uint32_t bucket_shift;
	uint32_t level_count;
	bool sorted;   /**< the entries are */
	bool absolute; /**< as index_verify() has it */
	_Alignas(16) struct open_level levels[MOST_LEVELS];
	const struct index_calls *calls;

	const struct index_header *header;
	const uint32_t *address_ipv4;
	const uint8_t *address_ipv6;
	const uint8_t *length;
	const uint32_t *parent;
	const uint32_t *set;
	const uint32_t *set_first;
	const uint32_t *members;
	const struct index_tag_record *tags;
	const char *strings;
};

/** Look up with the widest vectors that the processor has, but none wider than these. @return those */
enum index_vectors index_use_vectors(struct svctag_index *index, enum index_vectors widest);

/* index_avx2.c and index_avx512.c: on x86-64; to be called only where the processor has it. */
extern const struct index_calls index_calls_avx2;
extern const struct index_calls index_calls_avx512;

#endif
