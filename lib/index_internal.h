/**
 * @file
 * An open index: pointers into its blob. Hidden.
 */
#ifndef SVCTAG_INDEX_INTERNAL_H
#define SVCTAG_INDEX_INTERNAL_H

#include "index_hash.h"

/** A level of IPv6, ready to be asked. */
struct open_level {
	struct index_key mask;
	uint64_t seed;
	const uint16_t *pilots;
	const struct index_entry *entries; /**< of this level */
	uint8_t bucket_shift;              /**< as hash_bucket() and hash_place() take them */
	uint8_t entry_shift;
	uint8_t depth;
	bool sorted;
	uint32_t entry_count;
};

struct svctag_index {
	/* What every look-up needs comes first. */
	struct svctag_index_head head;
	const uint16_t *roots;
	const struct index_node *nodes;
	const struct inner_line *tops;
	const union index_line *lines;
	uint32_t level_count;
	struct open_level levels[MOST_LEVELS];
	bool avx2;   /**< it is used */
	bool sorted; /**< some level is */

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

/** Look up with AVX2 if the processor has it, or in any case without. */
void index_use_avx2(struct svctag_index *index, bool use);

/* index_avx2.c; only where the processor has it. A single address has passed the filter. */
uint32_t index_avx2_search_ipv4(const svctag_index *index, uint32_t address);
uint32_t index_avx2_search_ipv6(const svctag_index *index, const uint8_t address[16]);
void index_avx2_batch_ipv4(const svctag_index *index, const uint32_t *addresses, size_t count, uint32_t *ids);
void index_avx2_batch_ipv6(const svctag_index *index, const uint8_t *addresses, size_t count, uint32_t *ids);

#endif
