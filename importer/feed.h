/**
 * @file
 * Where the current release of a cloud is to be had. Its address changes
 * with each release, so it is looked for: on the download page, at an address
 * that is given, at the addresses that the days of the last weeks would make,
 * or from the Discovery API, which is another series of releases.
 */
#ifndef IMPORTER_FEED_H
#define IMPORTER_FEED_H

#include <svctag/catalogue.h>

#include "http.h"

/** In the order in which they are tried. */
enum feed_source {
	FEED_PAGE,  /**< a page that links to the file */
	FEED_URL,   /**< the file's own address */
	FEED_DATED, /**< a folder of files named after their days */
	FEED_API,   /**< the Discovery API */
	FEED_SOURCE_COUNT,
};

#define FEED_BIT(source) (1U << (source))

/** What the published sources are, and what stands in for them. */
struct feed_settings {
	unsigned int sources;     /**< FEED_BIT() of those to try */
	const char *page;         /**< NULL: Microsoft's, where the cloud has one */
	const char *url;          /**< for FEED_URL */
	const char *dated_base;   /**< the folder's address; NULL: Microsoft's */
	const char *api_base;     /**< NULL: Azure Resource Manager of the cloud */
	const char *subscription; /**< for FEED_API */
	const char *location;     /**< for FEED_API */
	const char *token_file;   /**< NULL: $AZURE_ACCESS_TOKEN, else the az command */
	char today[SVCTAG_DAY_SIZE];
};

/** Addresses of a file, the likeliest first. Release with feed_addresses_release(). */
struct feed_addresses {
	char **items;
	size_t count;
};

/** Room for the address of the Discovery API. */
#define FEED_URL_SIZE 1024

/** "page", "url", "dated", "api". Static. */
const char *feed_source_text(enum feed_source source);
/** False where there is none of that name. */
bool feed_source_parse(const char *text, enum feed_source *ret);

/** The clouds that have published sources: name, or NULL past the last. */
const char *feed_cloud(size_t i);

/** Hosts that the published sources redirect among. */
const char *const *feed_hosts(size_t *count);

/**
 * Where to look for the cloud's file: FEED_PAGE asks the page, the others
 * need no request.
 * @return SVCTAG_OK, SVCTAG_E_NOT_FOUND (no link; no source known for this cloud), and as http_send()
 */
SVCTAG_MUST_CHECK svctag_error feed_find(struct http *http, const struct feed_settings *settings,
					 enum feed_source source, const char *cloud, struct feed_addresses *ret,
					 svctag_detail *detail);
void feed_addresses_release(struct feed_addresses *addresses);

/** The first address of the Discovery API. @return SVCTAG_OK, SVCTAG_E_INVALID, SVCTAG_E_NOT_FOUND */
SVCTAG_MUST_CHECK svctag_error feed_api_address(const struct feed_settings *settings, const char *cloud,
						char url[FEED_URL_SIZE], svctag_detail *detail);

/**
 * Ask the Discovery API for all its pages and make one document of them, of
 * the shape that importer_decode() takes for "api".
 * @param[out] ret  free() it
 * @return SVCTAG_OK, as feed_api_address(), importer_decode() and http_send()
 */
SVCTAG_MUST_CHECK svctag_error feed_api_get(struct http *http, const struct feed_settings *settings, const char *cloud,
					    char **ret, size_t *ret_size, svctag_detail *detail);

/**
 * A bearer token from the file, else $AZURE_ACCESS_TOKEN, else `az account get-access-token`.
 * @param resource  whom the token is for
 * @param[out] ret  free() it, after explicit_bzero()
 * @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_SYNTAX (no token), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error feed_token_get(const char *file, const char *resource, char **ret,
					      svctag_detail *detail);

/**
 * The newest link to ServiceTags_<Cloud>_YYYYMMDD.json in a page: anywhere in
 * its text, in any letter case, or in the JSON object that it embeds.
 * @param usable    may be NULL; is asked whether a link may be followed
 * @param[out] ret  free() it
 * @return SVCTAG_OK, SVCTAG_E_NOT_FOUND, SVCTAG_E_NO_MEMORY, or what `usable` said of the only links
 */
SVCTAG_MUST_CHECK svctag_error feed_page_link(const char *page, size_t size, const char *cloud,
					      svctag_error (*usable)(void *context, const char *url,
								     svctag_detail *detail),
					      void *context, char **ret, svctag_detail *detail);

#endif
