/**
 * @file
 * Careful HTTP over libcurl, for programs that run unattended for years.
 *
 * - https only; plain http only to this machine (127.0.0.0/8, ::1, localhost).
 * - At most HTTP_MAX_REDIRECTS redirects, only of GET and HEAD, each to a host
 *   that is allowed, never from https to http, never to another scheme.
 * - The body is kept in memory and nowhere else, and its *decoded* bytes are
 *   counted: no chunked stream and no gzip bomb passes the limit.
 * - Limits on connecting, on the whole, and on slowness.
 * - 408, 429 (Retry-After), 5xx and failures of the transport are tried again
 *   after a growing, jittered delay; nothing else is.
 * - Certificates are verified always. The proxy comes from the environment, as
 *   with curl, but never for plain http.
 *
 * A client belongs to one thread at a time and keeps its connections open
 * between requests.
 */
#ifndef IMPORTER_HTTP_H
#define IMPORTER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <svctag/error.h>

#define HTTP_MAX_REDIRECTS 5

/** Room for validators; a longer one counts as none. */
#define HTTP_ETAG_SIZE 256
#define HTTP_LAST_MODIFIED_SIZE 64

/** How to reach servers. Begin with http_settings_default(). */
struct http_settings {
	const char *ca_file;      /**< PEM file of the authorities to trust; NULL: the system's */
	const char *const *hosts; /**< where redirects may lead, besides the host that was asked */
	size_t host_count;
	const char *const *addresses; /**< their hosts are allowed as well; some may be NULL */
	size_t address_count;
	long connect_ms;        /**< for name, connection and TLS together */
	long total_ms;          /**< for one try */
	long low_speed_bytes;   /**< a second, over low_speed_s: slower is given up */
	long low_speed_s;       /**< 0: however slow */
	unsigned int tries;     /**< at most, in all */
	long retry_ms;          /**< before the second try; doubled each time, plus or minus a half */
	long retry_after_max_s; /**< a server that asks for more gets this much */
	/** Told while a body arrives; `of` is 0 while its length is unknown. May be NULL. */
	void (*progress)(void *context, size_t done, size_t of);
	void *progress_context;
};

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
};

struct http_request {
	const char *url;
	enum http_method method;
	const char *body; /**< of a POST */
	size_t body_size;
	const char *const *headers; /**< "Name: value", without line ends */
	size_t header_count;
	const char *bearer; /**< token, sent to the asked host only; or NULL */
	const char *etag;   /**< validators of what is there already; NULL or "" for none */
	const char *last_modified;
	size_t max_body; /**< decoded bytes */
};

/** Release it with http_reply_release(). */
struct http_reply {
	long status; /**< of the last answer, also after a failure; 0: there was none */
	char *body;  /**< followed by a NUL; NULL after a failure */
	size_t size;
	char etag[HTTP_ETAG_SIZE]; /**< "" where the server sent none */
	char last_modified[HTTP_LAST_MODIFIED_SIZE];
	char *url; /**< the address that answered in the end */
	bool not_modified;
};

struct http;

struct http_settings http_settings_default(void);

/**
 * @param settings  copied; what it points to has to outlive the client
 * @param[out] ret  the caller owns it: http_close()
 * @return SVCTAG_OK, SVCTAG_E_UNSUPPORTED (no libcurl), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error http_open(const struct http_settings *settings, struct http **ret,
					 svctag_detail *detail);

/** Accepts NULL. */
void http_close(struct http *http);

/**
 * Ask and wait for the answer: any 2xx, or 304 to a request with validators.
 * @param ret     zero-initialised by the callee; after a failure only `status` is set
 * @param detail  names the address
 * @return SVCTAG_OK, SVCTAG_E_NOT_FOUND (404, 410), SVCTAG_E_LIMIT (too large), SVCTAG_E_UNSUPPORTED (an address
 *         or a redirect that is not allowed), SVCTAG_E_IO (all else), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error http_send(struct http *http, const struct http_request *request, struct http_reply *ret,
					 svctag_detail *detail);

/** Accepts a zero-initialised reply. */
void http_reply_release(struct http_reply *reply);

/**
 * Would a redirect from one address to the other be followed? Also for links
 * found in a document.
 * @return SVCTAG_OK, SVCTAG_E_UNSUPPORTED, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error http_may_follow(const struct http *http, const char *from, const char *to,
					       svctag_detail *detail);

/** Same scheme, host and port? @return as http_may_follow() */
SVCTAG_MUST_CHECK svctag_error http_same_origin(const struct http *http, const char *a, const char *b, bool *ret,
						svctag_detail *detail);

/** Seconds since 1970 of a date in any of HTTP's forms; false where it is none. */
bool http_read_date(const struct http *http, const char *text, int64_t *ret);

#endif
