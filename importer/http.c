/* The loop around an exchange: redirects inside, further tries outside. */
#include "http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "http_internal.h"

/* A request on its way through redirects. */
struct journey {
	struct http *http;
	const struct http_request *request;
	struct http_origin home; /* of the address asked first: the token is for it alone */
	char *url;               /* where it is now */
};

struct http_settings
http_settings_default(void)
{
	return (struct http_settings){
		.connect_ms = 10000,
		.total_ms = 120000,
		.low_speed_bytes = 1000,
		.low_speed_s = 20,
		.tries = 4,
		.retry_ms = 1000,
		.retry_after_max_s = 60,
	};
}

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

svctag_error
http_open(const struct http_settings *settings, struct http **ret, svctag_detail *detail)
{
	struct http *http = calloc(1, sizeof(*http));
	svctag_error err;

	if (http == NULL)
		return fail_memory(detail);
	http->settings = *settings;
	err = curl_api_load(&http->curl, detail);
	if (err != SVCTAG_OK)
		goto out;
	if (http->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		svctag_detail_set(detail, "libcurl cannot be started");
		err = SVCTAG_E_UNSUPPORTED;
		goto out;
	}
	http->easy = http->curl.easy_init();
	if (http->easy == NULL) {
		http->curl.global_cleanup();
		err = fail_memory(detail);
		goto out;
	}
	*ret = http; /* the caller owns it from here */
	http = NULL;
out:
	free(http);
	return err;
}

void
http_close(struct http *http)
{
	if (http == NULL)
		return;
	http->curl.easy_cleanup(http->easy);
	http->curl.global_cleanup();
	free(http);
}

void
http_reply_release(struct http_reply *reply)
{
	free(reply->body);
	free(reply->url);
	*reply = (struct http_reply){ 0 };
}

/* What a few statuses most likely mean here. */
static const char *
status_hint(long status)
{
	switch (status) {
	case 401: return " (no valid credentials)";
	case 403: return " (access refused)";
	case 404:
	case 410: return " (nothing is there)";
	case 407: return " (the proxy wants credentials)";
	case 429: return " (too many requests)";
	default: return "";
	}
}

static bool
has_validators(const struct http_request *request)
{
	return (request->etag != NULL && request->etag[0] != '\0') ||
	       (request->last_modified != NULL && request->last_modified[0] != '\0');
}

/* Is the answer what was asked for? */
static svctag_error
judge_status(const struct journey *j, long status, svctag_detail *detail)
{
	if ((status >= 200 && status <= 299) || (status == 304 && has_validators(j->request)))
		return SVCTAG_OK;
	svctag_detail_set(detail, "%.200s: answered HTTP %ld%s", j->url, status, status_hint(status));
	return status == 404 || status == 410 ? SVCTAG_E_NOT_FOUND : SVCTAG_E_IO;
}

/* Where to after a redirect. */
static svctag_error
take_redirect(struct journey *j, struct http_answer *answer, unsigned int hop, svctag_detail *detail)
{
	svctag_detail why = { "" };
	svctag_error err;

	if (j->request->method == HTTP_POST) {
		svctag_detail_set(detail, "%.200s: answered HTTP %ld, but a POST is not redirected", j->url,
				  answer->status);
		return SVCTAG_E_UNSUPPORTED;
	}
	if (hop == HTTP_MAX_REDIRECTS) {
		svctag_detail_set(detail, "%.200s: more than %d redirects, the last to %.200s", j->request->url,
				  HTTP_MAX_REDIRECTS, answer->redirect);
		return SVCTAG_E_UNSUPPORTED;
	}
	err = http_may_follow(j->http, j->url, answer->redirect, &why);
	if (err != SVCTAG_OK) {
		svctag_detail_set(detail, "%.200s: redirect refused: %.300s", j->url, why.text);
		return err;
	}
	free(j->url);
	j->url = answer->redirect;
	answer->redirect = NULL;
	return SVCTAG_OK;
}

/* From the address that was asked to the answer, however many redirects on. */
static svctag_error
travel(struct journey *j, struct http_answer *ret, svctag_detail *detail)
{
	for (unsigned int hop = 0;; hop++) {
		struct http_origin here;
		svctag_error err = http_origin_read(&j->http->curl, j->url, &here, detail);

		if (err != SVCTAG_OK)
			return err;
		http_answer_release(ret);
		err = http_exchange(j->http, j->request, j->url, here.secure, http_origin_equal(&here, &j->home), ret,
				    detail);
		if (err != SVCTAG_OK)
			return err;
		if (ret->redirect == NULL)
			return judge_status(j, ret->status, detail);
		err = take_redirect(j, ret, hop, detail);
		if (err != SVCTAG_OK)
			return err;
	}
}

/* Half of the delay to one and a half times it: clients that failed together do not come back together. */
static long
jitter(long milliseconds)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = UINT32_MAX / 2;
	return milliseconds / 2 + (long)((double)milliseconds * ((double)random / UINT32_MAX));
}

static void
wait_before(const struct http_settings *settings, unsigned int try, long retry_after)
{
	long milliseconds = jitter(settings->retry_ms << (try - 1));
	struct timespec left;

	if (retry_after > settings->retry_after_max_s)
		retry_after = settings->retry_after_max_s;
	if (milliseconds < retry_after * 1000)
		milliseconds = retry_after * 1000;
	left = (struct timespec){ .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 };
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Hand the answer over. */
static void
take_reply(struct journey *j, struct http_answer *answer, struct http_reply *ret)
{
	ret->not_modified = answer->status == 304;
	ret->body = answer->body;
	ret->size = answer->size;
	memcpy(ret->etag, answer->etag, sizeof(ret->etag));
	memcpy(ret->last_modified, answer->last_modified, sizeof(ret->last_modified));
	ret->url = j->url;
	answer->body = NULL;
	j->url = NULL;
}

/* One try. */
static svctag_error
try_once(struct http *http, const struct http_request *request, struct http_answer *answer, struct http_reply *ret,
	 svctag_detail *detail)
{
	struct journey j = { .http = http, .request = request };
	svctag_error err = http_origin_read(&http->curl, request->url, &j.home, detail);

	if (err != SVCTAG_OK)
		return err;
	j.url = strdup(request->url);
	err = j.url == NULL ? fail_memory(detail) : travel(&j, answer, detail);
	ret->status = answer->status;
	if (err == SVCTAG_OK)
		take_reply(&j, answer, ret);
	free(j.url);
	return err;
}

svctag_error
http_send(struct http *http, const struct http_request *request, struct http_reply *ret, svctag_detail *detail)
{
	svctag_detail why = { "" };

	*ret = (struct http_reply){ 0 };
	for (unsigned int try = 1;; try++) {
		struct http_answer answer = { 0 };
		svctag_error err = try_once(http, request, &answer, ret, &why);
		bool again = err == SVCTAG_E_IO && answer.again && try < http->settings.tries;
		long retry_after = answer.retry_after;

		http_answer_release(&answer);
		if (err == SVCTAG_OK)
			return err;
		if (!again) {
			svctag_detail_set(detail, try > 1 ? "%s; gave up after %u tries" : "%s", why.text, try);
			return err;
		}
		wait_before(&http->settings, try, retry_after);
	}
}
