/**
 * @file
 * The content of one release: a cloud's whole tag set under a change number,
 * as the importers decode it and the store gives it back. Built once with a
 * builder, then immutable and readable from any thread.
 *
 * The *digest* is the SHA-256 of the canonical content, described in
 * docs/store.md: change number, tags, properties and prefixes, sorted;
 * independent of the order and the line ends of the file it came from. Cloud,
 * day and source are attributes of a release, not content.
 */
#ifndef SVCTAG_RELEASE_H
#define SVCTAG_RELEASE_H

#include <svctag/address.h>
#include <svctag/count.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SVCTAG_DIGEST_SIZE 32
/** Hexadecimal digest with the closing NUL. */
#define SVCTAG_DIGEST_TEXT_SIZE 65

/** Most tags and most prefixes that one release may have; real ones have 3,041 and 95,823. */
#define SVCTAG_MAX_TAGS 100000
#define SVCTAG_MAX_PREFIXES 8000000

/** A tag's properties, spelt as published. Strings are UTF-8 without control characters. */
typedef struct svctag_properties {
	const char *name;
	int64_t change_number;        /**< the tag's own */
	const char *region;           /**< "" when the tag has none */
	int32_t region_id;            /**< meaningful if has_region_id */
	bool has_region_id;           /**< the Discovery API may leave it out */
	const char *platform;         /**< NULL where left out */
	const char *system_service;   /**< "" when there is none */
	const char *network_features; /**< comma-separated in published order; "" an empty list; NULL null */
} svctag_properties;

/** One tag of a release. */
typedef struct svctag_tag {
	svctag_properties properties;
	const svctag_prefix *prefixes; /**< sorted by svctag_prefix_compare(), no two equal */
	size_t prefix_count;
	size_t family_prefix_count[2]; /**< by SVCTAG_FAMILY_INDEX */
	svctag_count addresses[2];     /**< exact, overlaps counted once */
} svctag_tag;

typedef struct svctag_release svctag_release;
typedef struct svctag_release_builder svctag_release_builder;

/** @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_release_builder_new(int64_t change_number,
								     svctag_release_builder **ret);

/** Accepts NULL. */
SVCTAG_API void svctag_release_builder_free(svctag_release_builder *builder);

/**
 * Begin a tag; the strings are copied.
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT, SVCTAG_E_INVALID
 *         (an empty name, control characters, a NULL string where none may be)
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_release_builder_add_tag(svctag_release_builder *builder,
									 const svctag_properties *properties);

/** Add a prefix to the tag begun last. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT, SVCTAG_E_INVALID */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_release_builder_add_prefix(svctag_release_builder *builder,
									    const svctag_prefix *prefix);

/**
 * Sort, drop prefixes repeated within a tag, count, and compute the digest.
 * The builder is empty afterwards, whatever the result; free it all the same.
 * @param[out] ret  the caller owns it: svctag_release_free()
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_DUPLICATE (two tags whose
 *         names differ at most in case)
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_release_builder_finish(svctag_release_builder *builder,
									svctag_release **ret, svctag_detail *detail);

/** Accepts NULL. */
SVCTAG_API void svctag_release_free(svctag_release *release);

SVCTAG_API int64_t svctag_release_change_number(const svctag_release *release);
/** Tags in byte order of their names. Pointers live as long as the release. */
SVCTAG_API size_t svctag_release_tag_count(const svctag_release *release);
SVCTAG_API const svctag_tag *svctag_release_tag(const svctag_release *release, size_t i);
/** By name in any letter case (ASCII); NULL if there is none. */
SVCTAG_API const svctag_tag *svctag_release_find_tag(const svctag_release *release, const char *name);
/** Memberships (95,823 in release 376), distinct prefixes (53,586), prefixes repeated within a tag and dropped. */
SVCTAG_API size_t svctag_release_prefix_count(const svctag_release *release);
SVCTAG_API size_t svctag_release_unique_prefix_count(const svctag_release *release);
SVCTAG_API size_t svctag_release_repeated_count(const svctag_release *release);
/** Addresses that are in any tag, exact. */
SVCTAG_API svctag_count svctag_release_address_count(const svctag_release *release, uint8_t family);
/** SVCTAG_DIGEST_SIZE bytes. */
SVCTAG_API const uint8_t *svctag_release_digest(const svctag_release *release);
/** Lower-case hexadecimal into SVCTAG_DIGEST_TEXT_SIZE bytes. */
SVCTAG_API void svctag_digest_format(const uint8_t *digest, char *text);

/** Does the comma-separated feature list (or NULL) hold the feature? Exact spelling. */
SVCTAG_API bool svctag_features_hold(const char *network_features, const char *feature);
/** Same features, in whatever order? NULL equals only NULL. */
SVCTAG_API bool svctag_features_equal(const char *a, const char *b);

#ifdef __cplusplus
}
#endif

#endif
