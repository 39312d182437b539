/*
 * One exchange with one server. libcurl's own limit on the size of a file
 * looks at Content-Length alone, which stops neither chunked bodies nor gzip
 * bombs, so the bytes are counted as they are decoded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_internal.h"

/** Most bytes of headers in one answer. */
#define MAX_HEADERS (256U << 10)

/* An exchange under way. */
struct exchange {
	struct http *http;
	const struct http_request *request;
	const char *url;
	struct http_answer *answer;
	size_t capacity;     /* of the body */
	size_t header_bytes; /* of all lines so far */
	svctag_error stop;   /* why a callback gave up */
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];
};

/* Make room for `more` bytes and the closing NUL. */
static bool
grow(struct exchange *x, size_t more)
{
	size_t needed = x->answer->size + more + 1;
	size_t capacity = x->capacity < 65536 ? 65536 : x->capacity;
	char *grown;

	while (capacity < needed)
		capacity *= 2;
	if (capacity == x->capacity)
		return true;
	grown = realloc(x->answer->body, capacity);
	if (grown == NULL)
		return false;
	x->answer->body = grown;
	x->capacity = capacity;
	return true;
}

/* Anything but `count` makes libcurl end the transfer. */
static size_t
take_body(char *data, size_t size, size_t count, void *context)
{
	struct exchange *x = context;

	(void)size; /* always 1 */
	if (count > x->request->max_body - x->answer->size) {
		x->stop = SVCTAG_E_LIMIT;
		return 0;
	}
	if (!grow(x, count)) {
		x->stop = SVCTAG_E_NO_MEMORY;
		return 0;
	}
	memcpy(x->answer->body + x->answer->size, data, count);
	x->answer->size += count;
	x->answer->body[x->answer->size] = '\0';
	return count;
}

/* The value of a header line of that name, without blanks around it, into the text; "" if it does not fit. */
static void
take_header_value(const char *line, size_t size, const char *name, char *text, size_t text_size)
{
	size_t length = strlen(name);

	if (size <= length || strncasecmp(line, name, length) != 0 || line[length] != ':')
		return;
	line += length + 1;
	size -= length + 1;
	while (size > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		size--;
	}
	while (size > 0 && (unsigned char)line[size - 1] <= ' ')
		size--;
	text[0] = '\0';
	if (size >= text_size || memchr(line, '\0', size) != NULL)
		return;
	memcpy(text, line, size);
	text[size] = '\0';
}

static size_t
take_header(char *line, size_t size, size_t count, void *context)
{
	struct exchange *x = context;

	(void)size; /* always 1 */
	x->header_bytes += count;
	if (x->header_bytes > MAX_HEADERS) {
		x->stop = SVCTAG_E_LIMIT;
		return 0;
	}
	if (count >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		/* An answer before the answer (100, or a proxy's) has just ended. */
		x->answer->etag[0] = '\0';
		x->answer->last_modified[0] = '\0';
	}
	take_header_value(line, count, "ETag", x->answer->etag, sizeof(x->answer->etag));
	take_header_value(line, count, "Last-Modified", x->answer->last_modified, sizeof(x->answer->last_modified));
	return count;
}

static int
take_progress(void *context, curl_off_t of, curl_off_t done, curl_off_t upload_of, curl_off_t upload_done)
{
	const struct exchange *x = context;

	(void)upload_of;
	(void)upload_done;
	if (x->http->settings.progress != NULL && done > 0)
		x->http->settings.progress(x->http->settings.progress_context, (size_t)done, of > 0 ? (size_t)of : 0);
	return 0;
}

/* Append "Name: value"; false without memory. */
static bool
add_header(struct exchange *x, const char *name, const char *value)
{
	struct curl_slist *longer;
	char *line = NULL;

	if (value == NULL || *value == '\0')
		return true;
	if (asprintf(&line, "%s%s%s", name, *name == '\0' ? "" : ": ", value) < 0)
		return false;
	longer = x->http->curl.slist_append(x->headers, line);
	free(line);
	if (longer == NULL)
		return false;
	x->headers = longer;
	return true;
}

static bool
add_headers(struct exchange *x, bool bearer)
{
	const struct http_request *request = x->request;
	char *credentials = NULL;
	bool ok = true;

	if (bearer && request->bearer != NULL) {
		if (asprintf(&credentials, "Bearer %s", request->bearer) < 0)
			return false;
		ok = add_header(x, "Authorization", credentials);
		explicit_bzero(credentials, strlen(credentials));
		free(credentials);
	}
	for (size_t i = 0; i < request->header_count && ok; i++)
		ok = add_header(x, "", request->headers[i]);
	return ok && add_header(x, "If-None-Match", request->etag) &&
	       add_header(x, "If-Modified-Since", request->last_modified);
}

/* Nothing but the first failure matters: an option that libcurl does not know is one we rely on. */
#define SET(option, value)                                             \
	do {                                                           \
		if (code == CURLE_OK)                                  \
			code = curl->easy_setopt(easy, option, value); \
	} while (0)

static CURLcode
set_limits(struct exchange *x, bool secure)
{
	const struct http_settings *settings = &x->http->settings;
	const struct curl_api *curl = &x->http->curl;
	CURL *easy = x->http->easy;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, secure ? "https" : "http");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_CONNECTTIMEOUT_MS, settings->connect_ms);
	SET(CURLOPT_TIMEOUT_MS, settings->total_ms);
	SET(CURLOPT_LOW_SPEED_LIMIT, settings->low_speed_bytes);
	SET(CURLOPT_LOW_SPEED_TIME, settings->low_speed_s);
	SET(CURLOPT_NOSIGNAL, 1L);
	if (settings->ca_file != NULL)
		SET(CURLOPT_CAINFO, settings->ca_file);
	if (!secure) /* or the proxy would get what was not to leave this machine */
		SET(CURLOPT_PROXY, "");
	return code;
}

static CURLcode
set_request(struct exchange *x)
{
	const struct http_request *request = x->request;
	const struct curl_api *curl = &x->http->curl;
	CURL *easy = x->http->easy;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_URL, x->url);
	SET(CURLOPT_USERAGENT, "svctag/" SVCTAG_VERSION);
	SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	SET(CURLOPT_HTTPHEADER, x->headers);
	if (request->method == HTTP_HEAD)
		SET(CURLOPT_NOBODY, 1L);
	if (request->method == HTTP_POST) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
		SET(CURLOPT_POSTFIELDS, request->body_size == 0 ? "" : request->body);
	}
	return code;
}

static CURLcode
set_callbacks(struct exchange *x)
{
	const struct curl_api *curl = &x->http->curl;
	CURL *easy = x->http->easy;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_ERRORBUFFER, x->error);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, x);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, x);
	SET(CURLOPT_XFERINFOFUNCTION, take_progress);
	SET(CURLOPT_XFERINFODATA, x);
	SET(CURLOPT_NOPROGRESS, 0L);
	return code;
}

#undef SET

/* Failures that may be gone in a moment. A bad certificate is not among them. */
static bool
is_passing(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PARTIAL_FILE:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM: return true;
	default: return false;
	}
}

/* Why the transfer failed. */
static svctag_error
fail(struct exchange *x, CURLcode code, svctag_detail *detail)
{
	const char *reason = x->error[0] != '\0' ? x->error : x->http->curl.easy_strerror(code);

	x->answer->again = is_passing(code);
	if (x->stop == SVCTAG_E_LIMIT) {
		svctag_detail_set(detail, "%.200s: %s is larger than %zu bytes", x->url,
				  x->header_bytes > MAX_HEADERS ? "the answer's header" : "the answer",
				  x->header_bytes > MAX_HEADERS ? (size_t)MAX_HEADERS : x->request->max_body);
		return SVCTAG_E_LIMIT;
	}
	if (x->stop == SVCTAG_E_NO_MEMORY || code == CURLE_OUT_OF_MEMORY) {
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return SVCTAG_E_NO_MEMORY;
	}
	svctag_detail_set(detail, "%.200s: %s", x->url, reason);
	return SVCTAG_E_IO;
}

/* Those that send a GET elsewhere; 304 is none of them, whatever Location it has. */
static bool
is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static svctag_error
take_facts(struct exchange *x, svctag_detail *detail)
{
	const struct curl_api *curl = &x->http->curl;
	struct http_answer *answer = x->answer;
	char *redirect = NULL;
	curl_off_t wait = 0;

	(void)curl->easy_getinfo(x->http->easy, CURLINFO_RESPONSE_CODE, &answer->status);
	(void)curl->easy_getinfo(x->http->easy, CURLINFO_RETRY_AFTER, &wait);
	(void)curl->easy_getinfo(x->http->easy, CURLINFO_REDIRECT_URL, &redirect);
	answer->retry_after = wait > 0 ? (long)wait : 0;
	answer->again = answer->status == 408 || answer->status == 429 || answer->status >= 500;
	if (!is_redirect(answer->status))
		redirect = NULL;
	if (redirect != NULL)
		answer->redirect = strdup(redirect);
	if ((redirect != NULL && answer->redirect == NULL) || !grow(x, 0)) {
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return SVCTAG_E_NO_MEMORY;
	}
	answer->body[answer->size] = '\0';
	return SVCTAG_OK;
}

svctag_error
http_exchange(struct http *http, const struct http_request *request, const char *url, bool secure, bool bearer,
	      struct http_answer *ret, svctag_detail *detail)
{
	struct exchange x = { .http = http, .request = request, .url = url, .answer = ret };
	CURLcode code;
	svctag_error err;

	*ret = (struct http_answer){ 0 };
	/* Forgets all options, and keeps the connections. */
	http->curl.easy_reset(http->easy);
	code = add_headers(&x, bearer) ? set_limits(&x, secure) : CURLE_OUT_OF_MEMORY;
	if (code == CURLE_OK)
		code = set_request(&x);
	if (code == CURLE_OK)
		code = set_callbacks(&x);
	if (code == CURLE_OK)
		code = http->curl.easy_perform(http->easy);
	err = code == CURLE_OK ? take_facts(&x, detail) : fail(&x, code, detail);
	http->curl.slist_free_all(x.headers);
	/* The handle must not point into this frame any longer. */
	http->curl.easy_reset(http->easy);
	return err;
}

void
http_answer_release(struct http_answer *answer)
{
	free(answer->body);
	free(answer->redirect);
	*answer = (struct http_answer){ 0 };
}
