/*
 * The Discovery API answers in pages, each of the whole shape with a part of
 * `values` and the address of the next page in `nextLink`. They are joined
 * into one document, so that what decodes a saved answer decodes this too.
 */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "feed.h"
#include "importer.h"
#include "json_document.h"

/* More than the API would need with a single tag on each hundredth page. */
#define MAX_PAGES 200

/* The pages so far. */
struct joined {
	struct http *http;
	const char *origin; /* the first address: the token goes to its host alone */
	const char *token;
	cJSON *root; /* the first page, with the values of all */
	size_t bytes;
	char *next; /* address of the page to ask for; NULL: there is no more */
};

static svctag_error
fail_page(const char *url, svctag_detail *detail, const char *what)
{
	svctag_detail_set(detail, "%.300s: %s", url, what);
	return SVCTAG_E_SYNTAX;
}

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

/* Is the member the same in both, absent counting as a value? */
static bool
same_member(const cJSON *a, const cJSON *b, const char *key)
{
	const cJSON *first = cJSON_GetObjectItemCaseSensitive(a, key);
	const cJSON *second = cJSON_GetObjectItemCaseSensitive(b, key);

	return (first == NULL && second == NULL) || cJSON_Compare(first, second, true) != 0;
}

/* Move the values of one page to the end of another's. */
static void
move_values(cJSON *from, cJSON *to)
{
	cJSON *value;

	while ((value = from->child) != NULL) {
		(void)cJSON_DetachItemViaPointer(from, value);
		(void)cJSON_AddItemToArray(to, value);
	}
}

/* Take the address of the next page out of this one. */
static svctag_error
take_next(struct joined *joined, const char *url, cJSON *page, svctag_detail *detail)
{
	cJSON *link = cJSON_DetachItemFromObjectCaseSensitive(page, "nextLink");
	const char *text = cJSON_GetStringValue(link);
	svctag_detail why = { "" };
	svctag_error err = SVCTAG_OK;
	bool same = false;

	if (link != NULL && !cJSON_IsNull(link) && text == NULL)
		err = fail_page(url, detail, "nextLink has to be a string or null");
	if (err != SVCTAG_OK || text == NULL || *text == '\0')
		goto out;
	err = http_same_origin(joined->http, joined->origin, text, &same, &why);
	if (err != SVCTAG_OK || !same) {
		svctag_detail_set(detail, "%.200s: nextLink leads to another host: %.200s", url, text);
		err = SVCTAG_E_UNSUPPORTED;
		goto out;
	}
	joined->next = strdup(text);
	if (joined->next == NULL)
		err = fail_memory(detail);
out:
	cJSON_Delete(link);
	return err;
}

/* Takes the page over, whatever the result. */
static svctag_error
join_page(struct joined *joined, const char *url, cJSON *page, svctag_detail *detail)
{
	cJSON *values = cJSON_GetObjectItemCaseSensitive(page, "values");
	svctag_error err;

	if (!cJSON_IsArray(values))
		err = fail_page(url, detail, "is not what the Discovery API answers: it has no array \"values\"");
	else
		err = take_next(joined, url, page, detail);
	if (err == SVCTAG_OK && joined->root == NULL) {
		joined->root = page;
		return SVCTAG_OK;
	}
	if (err == SVCTAG_OK &&
	    (!same_member(joined->root, page, "changeNumber") || !same_member(joined->root, page, "cloud")))
		err = fail_page(url, detail, "is of another change number or cloud than the page before it");
	if (err == SVCTAG_OK)
		move_values(values, cJSON_GetObjectItemCaseSensitive(joined->root, "values"));
	cJSON_Delete(page);
	return err;
}

static svctag_error
ask_page(struct joined *joined, const char *url, svctag_detail *detail)
{
	static const char *const headers[] = { "Accept: application/json" };
	const struct http_request request = {
		.url = url,
		.headers = headers,
		.header_count = 1,
		.bearer = joined->token,
		.max_body = IMPORTER_MAX_DOCUMENT - joined->bytes,
	};
	struct http_reply reply;
	svctag_detail why = { "" };
	cJSON *page = NULL;
	svctag_error err = http_send(joined->http, &request, &reply, detail);

	if (err != SVCTAG_OK)
		return err;
	joined->bytes += reply.size;
	err = json_document_parse(reply.body, reply.size, &page, &why);
	if (err == SVCTAG_OK)
		err = join_page(joined, url, page, detail);
	else
		svctag_detail_set(detail, "%.200s: %.300s", url, reply.size == 0 ? "is empty" : why.text);
	http_reply_release(&reply);
	return err;
}

/* All pages from the first address on. */
static svctag_error
ask_pages(struct joined *joined, svctag_detail *detail)
{
	svctag_error err = ask_page(joined, joined->origin, detail);

	for (int page = 1; err == SVCTAG_OK && joined->next != NULL; page++) {
		char *url = joined->next;

		joined->next = NULL;
		if (page == MAX_PAGES) {
			svctag_detail_set(detail, "%.200s: more than %d pages", joined->origin, MAX_PAGES);
			err = SVCTAG_E_LIMIT;
		} else {
			err = ask_page(joined, url, detail);
		}
		free(url);
	}
	return err;
}

/* The joined pages as text. The empty nextLink marks the shape, and that this is all. */
static svctag_error
print(cJSON *root, char **ret, size_t *ret_size, svctag_detail *detail)
{
	char *text;

	if (cJSON_AddNullToObject(root, "nextLink") == NULL)
		return fail_memory(detail);
	text = cJSON_PrintUnformatted(root);
	if (text == NULL)
		return fail_memory(detail);
	*ret = text;
	*ret_size = strlen(text);
	return SVCTAG_OK;
}

/* Scheme and host of the API's address: whom the token is for. */
static void
resource_of(const char *url, char *resource, size_t size)
{
	const char *end = strstr(url, "/subscriptions/");
	size_t length = end == NULL ? strlen(url) : (size_t)(end - url);

	if (length >= size - 1)
		length = size - 2;
	memcpy(resource, url, length);
	resource[length] = '/';
	resource[length + 1] = '\0';
}

svctag_error
feed_api_get(struct http *http, const struct feed_settings *settings, const char *cloud, char **ret, size_t *ret_size,
	     svctag_detail *detail)
{
	char url[FEED_URL_SIZE];
	char resource[FEED_URL_SIZE];
	struct joined joined = { .http = http, .origin = url };
	char *token = NULL;
	svctag_error err = feed_api_address(settings, cloud, url, detail);

	if (err != SVCTAG_OK)
		return err;
	resource_of(url, resource, sizeof(resource));
	err = feed_token_get(settings->token_file, resource, &token, detail);
	if (err != SVCTAG_OK)
		return err;
	joined.token = token;
	err = ask_pages(&joined, detail);
	if (err == SVCTAG_OK)
		err = print(joined.root, ret, ret_size, detail);
	explicit_bzero(token, strlen(token));
	free(token);
	free(joined.next);
	cJSON_Delete(joined.root);
	return err;
}
