/**
 * @file
 * libcurl, loaded when it is first needed: a program that only looks up must
 * not pay for starting it (and what it links, some 40 libraries).
 */
#ifndef IMPORTER_CURL_LOADER_H
#define IMPORTER_CURL_LOADER_H

#include <curl/curl.h>
#include <svctag/error.h>

/** The functions that are used, each of the type that the headers declare. */
struct curl_api {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_global_cleanup) *global_cleanup;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_easy_reset) *easy_reset;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_perform) *easy_perform;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
	__typeof__(curl_getdate) *getdate;
	__typeof__(curl_url) *url;
	__typeof__(curl_url_cleanup) *url_cleanup;
	__typeof__(curl_url_set) *url_set;
	__typeof__(curl_url_get) *url_get;
	__typeof__(curl_free) *free;
};

/**
 * Find libcurl.so.4 and fill the table. The library stays loaded until the
 * program ends: what it links does not survive being unloaded.
 * @return SVCTAG_OK, SVCTAG_E_UNSUPPORTED (not installed, or too old)
 */
SVCTAG_MUST_CHECK svctag_error curl_api_load(struct curl_api *ret, svctag_detail *detail);

#endif
