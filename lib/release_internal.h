/**
 * @file
 * What the index builder and the store may see of a release. Hidden.
 */
#ifndef SVCTAG_RELEASE_INTERNAL_H
#define SVCTAG_RELEASE_INTERNAL_H

#include <svctag/release.h>

/** One (prefix, tag) membership. */
struct membership {
	const svctag_prefix *prefix;
	uint32_t tag;
};

/** All memberships ordered by prefix, then tag; as many as svctag_release_prefix_count(). */
const struct membership *release_memberships(const svctag_release *release);

/**
 * Put memberships in the order of their prefixes; those of one prefix stay as they come.
 * @param[in,out] members  malloc()ed; replaced
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY (nothing is changed)
 */
SVCTAG_MUST_CHECK svctag_error memberships_sort(struct membership **members, size_t count);

/**
 * Room for prefixes of the tag added last, which count only when they are taken.
 * @param[out] ret  for `count` of them, to be filled from the beginning
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error release_builder_room(svctag_release_builder *builder, size_t count, svctag_prefix **ret);
/**
 * Take so many of those in the room.
 * @return as svctag_release_builder_add_prefix()
 */
SVCTAG_MUST_CHECK svctag_error release_builder_take(svctag_release_builder *builder, size_t count);

/** The canonical content of docs/store.md through SHA-256. */
void release_compute_digest(int64_t change_number, const svctag_tag *tags, size_t tag_count,
			    uint8_t digest[SVCTAG_DIGEST_SIZE]);

/** Exact number of addresses of prefixes sorted by svctag_prefix_compare(), overlaps counted once. */
void prefixes_count_addresses(const svctag_prefix *prefixes, size_t count, svctag_count ret[2]);

#endif
