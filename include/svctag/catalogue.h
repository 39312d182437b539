/**
 * @file
 * What is loaded: clouds and their releases in order, and how a reference
 * (latest, previous, 346, 2022-03-01, id:1a2b3c) finds one. A catalogue is a
 * value read from the store at one moment; it does not change afterwards and
 * may be read from any thread.
 *
 * Order of releases within a cloud: published day, change number, digest.
 */
#ifndef SVCTAG_CATALOGUE_H
#define SVCTAG_CATALOGUE_H

#include <svctag/release.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SVCTAG_CLOUD_SIZE 65
#define SVCTAG_DAY_SIZE 11
#define SVCTAG_SOURCE_SIZE 17

/** Everything about a release but its content. A plain value. */
typedef struct svctag_release_info {
	int64_t id;                    /**< the store's own number of it */
	int64_t position;              /**< grows along the order of its cloud's releases; has gaps */
	char cloud[SVCTAG_CLOUD_SIZE]; /**< spelt as published */
	int64_t change_number;
	char published[SVCTAG_DAY_SIZE]; /**< YYYY-MM-DD */
	char source[SVCTAG_SOURCE_SIZE]; /**< "file", "api", "xml" */
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	char imported_at[21]; /**< YYYY-MM-DDThh:mm:ssZ */
	bool forced;          /**< the plausibility gate was passed by force */
	size_t tag_count;
	size_t prefix_count; /**< memberships */
	size_t unique_prefix_count;
	svctag_count addresses[2]; /**< in any tag, by SVCTAG_FAMILY_INDEX */
	const char *warnings;      /**< one per line, "" if none; lives as long as the catalogue */
} svctag_release_info;

typedef struct svctag_catalogue svctag_catalogue;

/** Accepts NULL. */
SVCTAG_API void svctag_catalogue_free(svctag_catalogue *catalogue);

/** Clouds in byte order of their names; the pointers live as long as the catalogue. */
SVCTAG_API size_t svctag_catalogue_cloud_count(const svctag_catalogue *catalogue);
SVCTAG_API const char *svctag_catalogue_cloud(const svctag_catalogue *catalogue, size_t i);

/**
 * The cloud that a request means: the name in any letter case, or (NULL) the
 * only one loaded, or else Public.
 * @param[out] ret  its number
 * @return SVCTAG_OK, SVCTAG_E_EMPTY (no release at all), SVCTAG_E_NOT_FOUND
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_catalogue_find_cloud(const svctag_catalogue *catalogue,
								      const char *name, size_t *ret,
								      svctag_detail *detail);

/** The releases of a cloud in order. */
SVCTAG_API size_t svctag_catalogue_release_count(const svctag_catalogue *catalogue, size_t cloud);
SVCTAG_API const svctag_release_info *svctag_catalogue_release(const svctag_catalogue *catalogue, size_t cloud,
							       size_t i);

/**
 * The release that a reference names: `latest`, `previous`, a change number
 * (the last published under it), a day YYYY-MM-DD (the release in force then),
 * or id: and at least 6 hexadecimal digits of the digest (the last one that
 * bears it).
 * @param reference  NULL is latest
 * @param[out] ret   lives as long as the catalogue
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_NOT_FOUND, SVCTAG_E_EMPTY,
 *         SVCTAG_E_DUPLICATE (the digits fit several contents)
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_catalogue_resolve(const svctag_catalogue *catalogue, size_t cloud,
								   const char *reference,
								   const svctag_release_info **ret,
								   svctag_detail *detail);

/** Does a change number between the two, of the same source, lack a loaded release? */
SVCTAG_API bool svctag_catalogue_gap(const svctag_catalogue *catalogue, const svctag_release_info *a,
				     const svctag_release_info *b);

/** Is the text a real day written YYYY-MM-DD? */
SVCTAG_API bool svctag_day_is_valid(const char *text);
/** Days since 1970-01-01 of a valid day. */
SVCTAG_API int64_t svctag_day_number(const char *day);
/** The day with this number, into SVCTAG_DAY_SIZE bytes. */
SVCTAG_API void svctag_day_format(int64_t number, char *text);

#ifdef __cplusplus
}
#endif

#endif
