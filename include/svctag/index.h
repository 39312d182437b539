/**
 * @file
 * The compiled index of one release: an immutable, position-independent,
 * checksummed block of bytes that answers longest-prefix matches for both
 * families and leads from the matching prefix to every tag that holds the
 * address. A radix structure with 16-bit strides: IPv4 has a direct root of
 * 65,536 slots, IPv6 a perfect hash table of the first bits, by ranges of
 * prefix lengths in use; what lies below either is one static B+-tree of
 * 64-byte lines over the runs of its stride. docs/index-format.md describes
 * every byte.
 *
 * Distinct prefixes are numbered in svctag_prefix_compare() order, IPv4
 * first; tags are numbered in byte order of their names. A prefix knows the
 * tags that list it and the next shorter prefix that covers it.
 *
 * An open index is immutable: any thread may read it.
 */
#ifndef SVCTAG_INDEX_H
#define SVCTAG_INDEX_H

#include <svctag/release.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Raised when a blob written before cannot be read any more. */
#define SVCTAG_INDEX_FORMAT 5
/** A blob has to lie at a multiple of this. */
#define SVCTAG_INDEX_ALIGNMENT 64
/** "No prefix holds the address." */
#define SVCTAG_NO_PREFIX UINT32_MAX

typedef struct svctag_index svctag_index;

/** What the index knows of a tag. Strings live as long as the index. */
typedef struct svctag_index_tag {
	svctag_properties properties;
	uint32_t family_prefix_count[2]; /**< by SVCTAG_FAMILY_INDEX */
	svctag_count addresses[2];
	uint32_t rank; /**< 0 for the tag with fewest addresses; ties by name */
} svctag_index_tag;

/** The numbers of tags or prefixes, in the index's own memory. */
typedef struct svctag_index_list {
	const uint32_t *ids;
	size_t count;
} svctag_index_list;

/**
 * Compile a release.
 * @param[out] ret       bytes at a multiple of SVCTAG_INDEX_ALIGNMENT; free() them
 * @param[out] ret_size  how many
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT (more than 65,533 nodes
 *         of IPv4, see docs/index-format.md, or 2^28 lines in all)
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_index_build(const svctag_release *release, void **ret,
							     size_t *ret_size);

/**
 * Verify bytes (checksum, every offset, every number) and make them usable
 * where they lie. No blob, however hostile, makes later calls read outside it
 * or run for ever.
 * @param data  aligned; has to outlive the index and stay unchanged
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_FORMAT (another version or
 *         byte order), SVCTAG_E_CORRUPT, SVCTAG_E_INVALID (not aligned)
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_index_open(const void *data, size_t size, svctag_index **ret,
							    svctag_detail *detail);

/** Accepts NULL. The bytes stay the caller's. */
SVCTAG_API void svctag_index_close(svctag_index *index);

/** The checksum (XXH64) inside a blob of at least a header's size; 0 if it is shorter. */
SVCTAG_API uint64_t svctag_index_checksum(const void *data, size_t size);

/** The digest of the release that was compiled. */
SVCTAG_API const uint8_t *svctag_index_digest(const svctag_index *index);

/** The longest prefix that holds the address, or SVCTAG_NO_PREFIX. */
SVCTAG_API uint32_t svctag_index_lookup(const svctag_index *index, const svctag_address *address);

/**
 * How an open index begins: for the two functions below alone. Most addresses
 * of the internet are in no prefix; saying so costs less than a call.
 */
struct svctag_index_head {
	const uint16_t *roots; /**< by IPv4's first 16 bits: 0 where no prefix meets what begins with them */
	uint32_t (*search_ipv4)(const svctag_index *index, uint32_t address, uint32_t root);
	/** A bit for IPv6's first two bytes, the low one first: does any prefix meet what begins with them? */
	const uint64_t *filter;
	uint32_t (*search_ipv6)(const svctag_index *index, const uint8_t address[16]);
	uint32_t default_ipv6; /**< ::/0 or SVCTAG_NO_PREFIX: what the filter of IPv6 does not know */
};

/** The same for an IPv4 address in host byte order. */
SVCTAG_API inline uint32_t
svctag_index_lookup_ipv4(const svctag_index *index, uint32_t address)
{
	const struct svctag_index_head *head = (const struct svctag_index_head *)(const void *)index;
	uint32_t root = head->roots[address >> 16];

	if (root == 0)
		return SVCTAG_NO_PREFIX;
	return head->search_ipv4(index, address, root);
}

/** The same for an IPv6 address in network byte order. IPv4-mapped addresses are not unmapped here. */
SVCTAG_API inline uint32_t
svctag_index_lookup_ipv6(const svctag_index *index, const uint8_t address[16])
{
	const struct svctag_index_head *head = (const struct svctag_index_head *)(const void *)index;
	size_t first = (size_t)address[0] | (size_t)address[1] << 8; /* one load on most machines, and one shift */

	if ((head->filter[first >> 6] >> (first & 63) & 1) == 0)
		return head->default_ipv6;
	return head->search_ipv6(index, address);
}

/**
 * Many at once: several look-ups wait for memory at the same time.
 * @param addresses  IPv4 in host byte order; IPv6 in network byte order, 16 bytes each
 * @param[out] ids   for each address what svctag_index_lookup_ipv4() or _ipv6() gives
 */
SVCTAG_API void svctag_index_lookup_batch_ipv4(const svctag_index *index, const uint32_t *addresses, size_t count,
					       uint32_t *ids);
SVCTAG_API void svctag_index_lookup_batch_ipv6(const svctag_index *index, const uint8_t *addresses, size_t count,
					       uint32_t *ids);

SVCTAG_API size_t svctag_index_prefix_count(const svctag_index *index, uint8_t family);
/** All of them, both families: ids run from 0 to this. */
SVCTAG_API size_t svctag_index_total_prefix_count(const svctag_index *index);
/** The prefix with this number; id has to be less than the total count. */
SVCTAG_API svctag_prefix svctag_index_prefix(const svctag_index *index, uint32_t id);
/** The next shorter prefix that covers this one, or SVCTAG_NO_PREFIX. */
SVCTAG_API uint32_t svctag_index_parent(const svctag_index *index, uint32_t id);
/** The tags that list exactly this prefix, in order of rank. */
SVCTAG_API svctag_index_list svctag_index_prefix_tags(const svctag_index *index, uint32_t id);
/**
 * The prefixes that begin in the range after its first address: ids [*ret_first, *ret_end). Together with what
 * svctag_index_lookup() gives for the first address, and its parents, they are all that meet the range.
 */
SVCTAG_API void svctag_index_prefixes_in(const svctag_index *index, const svctag_range *range, uint32_t *ret_first,
					 uint32_t *ret_end);

SVCTAG_API size_t svctag_index_tag_count(const svctag_index *index);
/** The tag with this number; id has to be less than the count. */
SVCTAG_API svctag_index_tag svctag_index_tag_at(const svctag_index *index, uint32_t id);
/** Just its name, as published. */
SVCTAG_API const char *svctag_index_tag_name(const svctag_index *index, uint32_t id);
/** Find by name in any letter case (ASCII). @return SVCTAG_OK, SVCTAG_E_NOT_FOUND */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_index_find_tag(const svctag_index *index, const char *name,
								size_t size, uint32_t *ret);
/** Up to `limit` tags with names near this one (edit distance, any case), nearest first; returns how many. */
SVCTAG_API size_t svctag_index_near_tags(const svctag_index *index, const char *name, size_t size, uint32_t *ids,
					 size_t limit);
/**
 * The prefixes of a tag in order, as published.
 * @param[out] ret        free() it; NULL when there are none
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_index_tag_prefixes(const svctag_index *index, uint32_t tag,
								    svctag_prefix **ret, size_t *ret_count);

#ifdef __cplusplus
}
#endif

#endif
