/**
 * @file
 * Shared by the parts of the HTTP client: addresses, one exchange, and the
 * loop of redirects and tries around it.
 */
#ifndef IMPORTER_HTTP_INTERNAL_H
#define IMPORTER_HTTP_INTERNAL_H

#include "curl_loader.h"
#include "http.h"

/** Longest host name, with the closing NUL; a longer one is refused. */
#define HTTP_HOST_SIZE 256

struct http {
	struct curl_api curl;
	struct http_settings settings;
	CURL *easy; /**< keeps connections and the TLS sessions */
};

/** What decides whether an address may be asked. A plain value. */
struct http_origin {
	bool secure;               /**< https */
	char host[HTTP_HOST_SIZE]; /**< lower case; IPv6 in brackets */
	long port;
};

/** What one exchange ended with. */
struct http_answer {
	long status;      /**< 0: none came */
	bool again;       /**< another try may help */
	long retry_after; /**< seconds that the server asked for; 0: nothing */
	char *body;       /**< free() it */
	size_t size;
	char etag[HTTP_ETAG_SIZE];
	char last_modified[HTTP_LAST_MODIFIED_SIZE];
	char *redirect; /**< where to, or NULL; free() it */
};

/**
 * Read an address as libcurl itself reads it, so that what is checked is what
 * is asked.
 * @return SVCTAG_OK, SVCTAG_E_UNSUPPORTED (malformed, another scheme, http to another machine, with a password),
 *         SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error http_origin_read(const struct curl_api *curl, const char *url, struct http_origin *ret,
						svctag_detail *detail);
bool http_origin_equal(const struct http_origin *a, const struct http_origin *b);

/**
 * One request to one address, without redirects or further tries.
 * @param url     where to; already checked
 * @param secure  is it https?
 * @param bearer  send the token?
 * @param ret     also set after a failure: release with http_answer_release()
 * @return SVCTAG_OK (whatever the status), SVCTAG_E_IO, SVCTAG_E_LIMIT, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error http_exchange(struct http *http, const struct http_request *request, const char *url,
					     bool secure, bool bearer, struct http_answer *ret, svctag_detail *detail);
void http_answer_release(struct http_answer *answer);

#endif
