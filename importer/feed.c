#include "feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** Pages are far smaller than documents. */
#define MAX_PAGE (4U << 20)

/* How far back dated addresses are looked for; releases were at most 26 days apart. */
#define DATED_DAYS 35

/* Where Microsoft publishes a cloud. */
struct published {
	const char *cloud;
	int page; /* number of the download */
	const char *folder;
	const char *management; /* the cloud's Azure Resource Manager */
};

static const struct published published[] = {
	{ "Public", 56519, "https://download.microsoft.com/download/7/1/d/71d86715-5596-4529-9b13-da13a5de5b63/",
	  "https://management.azure.com" },
	{ "AzureGovernment", 57063,
	  "https://download.microsoft.com/download/6/4/d/64db03bf-895b-4173-a8b1-ba4ad5d4df22/",
	  "https://management.usgovcloudapi.net" },
	{ "China", 57062, "https://download.microsoft.com/download/9/d/0/9d03b7e2-4b80-4bf3-9b91-da8c7d3ee9f9/",
	  "https://management.chinacloudapi.cn" },
};

#define PUBLISHED_COUNT (sizeof(published) / sizeof(published[0]))

static const char *const hosts[] = {
	"www.microsoft.com",           "download.microsoft.com", "management.azure.com", "management.usgovcloudapi.net",
	"management.chinacloudapi.cn",
};

static const char *const source_texts[FEED_SOURCE_COUNT] = {
	[FEED_PAGE] = "page",
	[FEED_URL] = "url",
	[FEED_DATED] = "dated",
	[FEED_API] = "api",
};

const char *
feed_source_text(enum feed_source source)
{
	return source_texts[source];
}

bool
feed_source_parse(const char *text, enum feed_source *ret)
{
	for (enum feed_source source = FEED_PAGE; source < FEED_SOURCE_COUNT; source++) {
		if (strcmp(text, source_texts[source]) == 0) {
			*ret = source;
			return true;
		}
	}
	return false;
}

const char *
feed_cloud(size_t i)
{
	return i < PUBLISHED_COUNT ? published[i].cloud : NULL;
}

const char *const *
feed_hosts(size_t *count)
{
	*count = sizeof(hosts) / sizeof(hosts[0]);
	return hosts;
}

static svctag_error
find_published(const char *cloud, const char *option, const struct published **ret, svctag_detail *detail)
{
	for (size_t i = 0; i < PUBLISHED_COUNT; i++) {
		if (strcasecmp(published[i].cloud, cloud) == 0) {
			*ret = &published[i];
			return SVCTAG_OK;
		}
	}
	svctag_detail_set(detail, "no source of cloud %.64s is known; give one with %s", cloud, option);
	return SVCTAG_E_NOT_FOUND;
}

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

/* Append an address; takes the text over, which may be NULL for want of memory. */
static svctag_error
add_address(struct feed_addresses *addresses, char *text, svctag_detail *detail)
{
	char **grown = text == NULL ? NULL : reallocarray(addresses->items, addresses->count + 1, sizeof(*grown));

	if (grown == NULL) {
		free(text);
		return fail_memory(detail);
	}
	addresses->items = grown;
	addresses->items[addresses->count++] = text;
	return SVCTAG_OK;
}

void
feed_addresses_release(struct feed_addresses *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		free(addresses->items[i]);
	free(addresses->items);
	*addresses = (struct feed_addresses){ 0 };
}

/* Links on a page are held to the rules for redirects from it. */
struct page_context {
	const struct http *http;
	const char *url;
};

static svctag_error
may_follow(void *context, const char *url, svctag_detail *detail)
{
	const struct page_context *page = context;

	return http_may_follow(page->http, page->url, url, detail);
}

static svctag_error
ask_page(struct http *http, const char *url, const char *cloud, struct feed_addresses *addresses, svctag_detail *detail)
{
	const struct http_request request = { .url = url, .max_body = MAX_PAGE };
	struct page_context context = { .http = http };
	struct http_reply reply;
	svctag_detail why = { "" };
	char *link = NULL;
	svctag_error err = http_send(http, &request, &reply, detail);

	if (err != SVCTAG_OK)
		return err;
	context.url = reply.url;
	err = feed_page_link(reply.body, reply.size, cloud, may_follow, &context, &link, &why);
	if (err == SVCTAG_OK)
		err = add_address(addresses, link, detail);
	else
		svctag_detail_set(detail, "%.200s: %s", reply.url, why.text);
	http_reply_release(&reply);
	return err;
}

/* The link has been on either page of the download at one time or another. */
static svctag_error
find_by_page(struct http *http, const struct feed_settings *settings, const char *cloud,
	     struct feed_addresses *addresses, svctag_detail *detail)
{
	static const char *const names[] = { "details", "confirmation" };
	const struct published *known;
	svctag_error err;

	if (settings->page != NULL)
		return ask_page(http, settings->page, cloud, addresses, detail);
	err = find_published(cloud, "--page URL", &known, detail);
	if (err != SVCTAG_OK)
		return err;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char url[128];

		(void)snprintf(url, sizeof(url), "https://www.microsoft.com/en-us/download/%s.aspx?id=%d", names[i],
			       known->page);
		err = ask_page(http, url, cloud, addresses, detail);
		if (err == SVCTAG_OK || err == SVCTAG_E_NO_MEMORY)
			break;
	}
	return err;
}

/* The address of a day's file, in a folder that may or may not end with a slash. */
static char *
dated_address(const char *base, const char *cloud, const char *day)
{
	size_t length = strlen(base);
	char *text = NULL;

	if (asprintf(&text, "%s%sServiceTags_%s_%.4s%.2s%.2s.json", base,
		     length > 0 && base[length - 1] == '/' ? "" : "/", cloud, day, day + 5, day + 8) < 0)
		return NULL;
	return text;
}

/* 1970-01-01 was a Thursday. */
static bool
is_monday(int64_t day)
{
	return (day + 3) % 7 == 0;
}

/* Mondays first, for nearly all releases bear one's date; each from today backwards. */
static svctag_error
find_by_day(const struct feed_settings *settings, const char *cloud, struct feed_addresses *addresses,
	    svctag_detail *detail)
{
	const int64_t today = svctag_day_number(settings->today);
	const char *base = settings->dated_base;
	const struct published *known;
	svctag_error err = find_published(cloud, "--dated-base URL", &known, base == NULL ? detail : NULL);

	if (base == NULL && err != SVCTAG_OK)
		return err;
	if (err == SVCTAG_OK)
		cloud = known->cloud; /* spelt as in the files' names */
	if (base == NULL)
		base = known->folder;
	for (int pass = 0; pass < 2; pass++) {
		for (int64_t day = today; day > today - DATED_DAYS; day--) {
			char text[SVCTAG_DAY_SIZE];

			if (is_monday(day) != (pass == 0))
				continue;
			svctag_day_format(day, text);
			err = add_address(addresses, dated_address(base, cloud, text), detail);
			if (err != SVCTAG_OK)
				return err;
		}
	}
	return SVCTAG_OK;
}

static svctag_error
find_by_url(const struct feed_settings *settings, struct feed_addresses *addresses, svctag_detail *detail)
{
	if (settings->url == NULL) {
		svctag_detail_set(detail, "a direct address has to be given with --url URL");
		return SVCTAG_E_NOT_FOUND;
	}
	return add_address(addresses, strdup(settings->url), detail);
}

static svctag_error
find_by_api(const struct feed_settings *settings, const char *cloud, struct feed_addresses *addresses,
	    svctag_detail *detail)
{
	char url[FEED_URL_SIZE];
	svctag_error err = feed_api_address(settings, cloud, url, detail);

	return err != SVCTAG_OK ? err : add_address(addresses, strdup(url), detail);
}

svctag_error
feed_find(struct http *http, const struct feed_settings *settings, enum feed_source source, const char *cloud,
	  struct feed_addresses *ret, svctag_detail *detail)
{
	struct feed_addresses addresses = { 0 };
	svctag_error err = SVCTAG_E_INVALID;

	switch (source) {
	case FEED_PAGE: err = find_by_page(http, settings, cloud, &addresses, detail); break;
	case FEED_URL: err = find_by_url(settings, &addresses, detail); break;
	case FEED_DATED: err = find_by_day(settings, cloud, &addresses, detail); break;
	case FEED_API: err = find_by_api(settings, cloud, &addresses, detail); break;
	case FEED_SOURCE_COUNT: break;
	}
	if (err != SVCTAG_OK) {
		feed_addresses_release(&addresses);
		return err;
	}
	*ret = addresses;
	return SVCTAG_OK;
}

/* Letters, digits and dashes: what subscriptions and locations are made of, and nothing that an address reads. */
static bool
is_word(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
	size_t length = strlen(text);

	return length > 0 && length <= 64 && strspn(text, allowed) == length;
}

svctag_error
feed_api_address(const struct feed_settings *settings, const char *cloud, char url[FEED_URL_SIZE],
		 svctag_detail *detail)
{
	const char *base = settings->api_base;
	const struct published *known;
	size_t length;

	if (settings->subscription == NULL || !is_word(settings->subscription) || settings->location == NULL ||
	    !is_word(settings->location)) {
		svctag_detail_set(detail,
				  "the Discovery API wants --subscription ID and --location REGION, of letters, "
				  "digits and '-'");
		return SVCTAG_E_INVALID;
	}
	if (base == NULL) {
		svctag_error err = find_published(cloud, "--api-base URL", &known, detail);

		if (err != SVCTAG_OK)
			return err;
		base = known->management;
	}
	length = strlen(base);
	while (length > 0 && base[length - 1] == '/')
		length--;
	if (length > FEED_URL_SIZE / 2) {
		svctag_detail_set(detail, "--api-base is longer than %d bytes", FEED_URL_SIZE / 2);
		return SVCTAG_E_INVALID;
	}
	(void)snprintf(
		url, FEED_URL_SIZE,
		"%.*s/subscriptions/%s/providers/Microsoft.Network/locations/%s/serviceTags?api-version=2024-05-01",
		(int)length, base, settings->subscription, settings->location);
	return SVCTAG_OK;
}
