/**
 * @file
 * The history of a cloud, or of one tag, straight from the intervals: every
 * span of every (tag, prefix), with releases as numbers in order. Hidden.
 *
 * No release is put together, so no digest is compared. What guards instead:
 * the seal over the list of releases; every end of a span has to be the
 * position of a loaded release; spans of one key may not overlap; and where a
 * whole cloud is read, each release has to have just as many tags and
 * memberships as the sealed list says. A lost, added or moved span shows; a
 * prefix whose address bits flipped does not, which svctag_store_content() of
 * its releases (`svctag verify`) would find.
 */
#ifndef SVCTAG_TIMELINE_H
#define SVCTAG_TIMELINE_H

#include <svctag/store.h>

/** A prefix in a tag without a break. */
struct timeline_span {
	svctag_prefix prefix;
	uint32_t tag;
	uint32_t name;  /**< as the tag was spelt then */
	uint32_t from;  /**< the first release that has it */
	uint32_t until; /**< the first that lacks it again; release_count: none does */
};

/** A tag's presence; its prefixes may change meanwhile. */
struct timeline_presence {
	uint32_t tag;
	uint32_t from;
	uint32_t until;
};

/** Names that differ in letter case alone are one tag: no release has two of them. */
struct timeline_tag {
	const char *name; /**< its newest spelling */
	size_t first_span;
	size_t span_count;
};

struct timeline {
	svctag_catalogue *catalogue;
	size_t cloud;
	uint32_t release_count;
	struct timeline_tag *tags; /**< by name, letter case aside */
	size_t tag_count;
	struct timeline_span *spans; /**< by tag, then prefix, then time */
	size_t span_count;
	struct timeline_presence *presences; /**< in no order */
	size_t presence_count;
	char **names; /**< every spelling */
	size_t name_count;
};

/**
 * @param cloud     as for svctag_catalogue_find_cloud()
 * @param tag       its name in any letter case; NULL for all of the cloud
 * @param[out] ret  the caller owns it: timeline_free()
 * @return as svctag_store_catalogue(), and SVCTAG_E_EMPTY, SVCTAG_E_NOT_FOUND (no such cloud, or the tag is in no
 *         release; then `detail` names the tag)
 */
SVCTAG_MUST_CHECK svctag_error timeline_load(svctag_store *store, const char *cloud, const char *tag,
					     struct timeline **ret, svctag_detail *detail);

/** Accepts NULL. */
void timeline_free(struct timeline *timeline);

const svctag_release_info *timeline_release(const struct timeline *timeline, size_t i);

/** The number of a tag by its name in any letter case; tag_count if there is none. */
size_t timeline_find_tag(const struct timeline *timeline, const char *name);

/** Copies of the tag's prefixes in a release, in order; free() them. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error timeline_prefixes_at(const struct timeline *timeline, size_t tag, uint32_t release,
						    svctag_prefix **ret, size_t *ret_count);

#endif
