/* Which addresses may be asked, and where one may lead to another. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_internal.h"

/* Pieces of an address, owned by libcurl. */
struct pieces {
	CURLU *handle;
	char *scheme;
	char *host;
	char *port;
	char *user;
};

static bool
is_loopback(const char *host)
{
	struct in_addr address;

	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

static svctag_error
refuse(svctag_detail *detail, const char *url, const char *why)
{
	svctag_detail_set(detail, "%.200s: %s", url, why);
	return SVCTAG_E_UNSUPPORTED;
}

/* Is the text at most an address: no blanks, no control characters? libcurl would pass some of them on. */
static bool
is_plain(const char *url)
{
	for (const char *p = url; *p != '\0'; p++) {
		if ((unsigned char)*p <= ' ' || (unsigned char)*p == 0x7f)
			return false;
	}
	return true;
}

static svctag_error
take_apart(const struct curl_api *curl, const char *url, struct pieces *pieces, svctag_detail *detail)
{
	CURLUcode code;

	pieces->handle = curl->url();
	if (pieces->handle == NULL) {
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return SVCTAG_E_NO_MEMORY;
	}
	code = curl->url_set(pieces->handle, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
	if (code != CURLUE_OK || !is_plain(url))
		return refuse(detail, url, "is no address of the form https://host/path");
	/* What is missing stays NULL. */
	(void)curl->url_get(pieces->handle, CURLUPART_SCHEME, &pieces->scheme, 0);
	(void)curl->url_get(pieces->handle, CURLUPART_HOST, &pieces->host, 0);
	(void)curl->url_get(pieces->handle, CURLUPART_PORT, &pieces->port, CURLU_DEFAULT_PORT);
	(void)curl->url_get(pieces->handle, CURLUPART_USER, &pieces->user, 0);
	return SVCTAG_OK;
}

static void
release_pieces(const struct curl_api *curl, struct pieces *pieces)
{
	curl->free(pieces->scheme);
	curl->free(pieces->host);
	curl->free(pieces->port);
	curl->free(pieces->user);
	curl->url_cleanup(pieces->handle);
}

static svctag_error
judge_pieces(const struct pieces *pieces, const char *url, struct http_origin *ret, svctag_detail *detail)
{
	struct http_origin origin = { 0 };
	size_t length = pieces->host == NULL ? 0 : strlen(pieces->host);

	if (pieces->scheme == NULL ||
	    (strcasecmp(pieces->scheme, "https") != 0 && strcasecmp(pieces->scheme, "http") != 0))
		return refuse(detail, url, "only https is allowed");
	origin.secure = strcasecmp(pieces->scheme, "https") == 0;
	if (length == 0 || length >= sizeof(origin.host) || pieces->port == NULL)
		return refuse(detail, url, "is no address of the form https://host/path");
	if (pieces->user != NULL)
		return refuse(detail, url, "has a user name in it, which is not supported");
	for (size_t i = 0; i < length; i++) {
		char c = pieces->host[i];

		origin.host[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	if (!origin.secure && !is_loopback(origin.host))
		return refuse(detail, url, "plain http is allowed to this machine only; use https");
	origin.port = strtol(pieces->port, NULL, 10);
	*ret = origin;
	return SVCTAG_OK;
}

svctag_error
http_origin_read(const struct curl_api *curl, const char *url, struct http_origin *ret, svctag_detail *detail)
{
	struct pieces pieces = { 0 };
	svctag_error err = take_apart(curl, url, &pieces, detail);

	if (err == SVCTAG_OK)
		err = judge_pieces(&pieces, url, ret, detail);
	release_pieces(curl, &pieces);
	return err;
}

bool
http_origin_equal(const struct http_origin *a, const struct http_origin *b)
{
	return a->secure == b->secure && a->port == b->port && strcmp(a->host, b->host) == 0;
}

static bool
is_listed(const struct http *http, const char *host)
{
	const struct http_settings *settings = &http->settings;
	struct http_origin named;

	for (size_t i = 0; i < settings->host_count; i++) {
		if (strcasecmp(settings->hosts[i], host) == 0)
			return true;
	}
	for (size_t i = 0; i < settings->address_count; i++) {
		if (settings->addresses[i] != NULL &&
		    http_origin_read(&http->curl, settings->addresses[i], &named, NULL) == SVCTAG_OK &&
		    strcmp(named.host, host) == 0)
			return true;
	}
	return false;
}

svctag_error
http_may_follow(const struct http *http, const char *from, const char *to, svctag_detail *detail)
{
	struct http_origin source;
	struct http_origin target;
	svctag_error err = http_origin_read(&http->curl, from, &source, detail);

	if (err == SVCTAG_OK)
		err = http_origin_read(&http->curl, to, &target, detail);
	if (err != SVCTAG_OK)
		return err;
	if (source.secure && !target.secure)
		return refuse(detail, to, "leads from https to plain http, which is not followed");
	if (strcmp(source.host, target.host) != 0 && !is_listed(http, target.host)) {
		svctag_detail_set(detail, "%.200s: host %s is not allowed; --allow-host %s would", to, target.host,
				  target.host);
		return SVCTAG_E_UNSUPPORTED;
	}
	return SVCTAG_OK;
}

svctag_error
http_same_origin(const struct http *http, const char *a, const char *b, bool *ret, svctag_detail *detail)
{
	struct http_origin first;
	struct http_origin second;
	svctag_error err = http_origin_read(&http->curl, a, &first, detail);

	if (err == SVCTAG_OK)
		err = http_origin_read(&http->curl, b, &second, detail);
	if (err == SVCTAG_OK)
		*ret = http_origin_equal(&first, &second);
	return err;
}

bool
http_read_date(const struct http *http, const char *text, int64_t *ret)
{
	time_t seconds = http->curl.getdate(text, NULL);

	if (seconds < 0)
		return false;
	*ret = seconds;
	return true;
}
