/*
 * The link on a download page. The page has changed before and will again, so
 * nothing is taken from its structure: any address that ends in the file's
 * name is a candidate, wherever it stands, and the newest day wins. The
 * embedded object is read as well, because its addresses may be escaped.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "feed.h"
#include "json_document.h"

/** Longest address that is taken. */
#define MAX_LINK 2000

/* A search under way. */
struct search {
	const char *cloud;
	svctag_error (*usable)(void *context, const char *url, svctag_detail *detail);
	void *context;
	char *best;  /* free() it */
	char day[9]; /* of the best: YYYYMMDD; "" while there is none */
	bool no_memory;
	svctag_error refusal; /* of the newest link that was not usable */
	char refused_day[9];
	svctag_detail why;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What may stand in an address; what HTML, scripts and prose put around one may not. */
static bool
is_link_byte(char c)
{
	static const char others[] = "-._~:/?#[]@!$&()*+,;=%";

	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr(others, c) != NULL);
}

/*
 * Does the file's name begin here? ServiceTags_<Cloud>_YYYYMMDD.json
 * @return its length, or 0
 */
static size_t
name_length(const struct search *search, const char *text, size_t size)
{
	static const char head[] = "ServiceTags_";
	static const char tail[] = ".json";
	const size_t cloud_length = strlen(search->cloud);
	const size_t day_at = sizeof(head) - 1 + cloud_length + 1;
	const size_t length = day_at + 8 + sizeof(tail) - 1;

	if (size < length || strncasecmp(text, head, sizeof(head) - 1) != 0 ||
	    strncasecmp(text + sizeof(head) - 1, search->cloud, cloud_length) != 0 || text[day_at - 1] != '_')
		return 0;
	for (size_t i = day_at; i < day_at + 8; i++) {
		if (!is_digit(text[i]))
			return 0;
	}
	return strncasecmp(text + day_at + 8, tail, sizeof(tail) - 1) == 0 ? length : 0;
}

/* Is YYYYMMDD a real day? */
static bool
is_day(const char *text)
{
	char day[SVCTAG_DAY_SIZE] = "0000-00-00";

	memcpy(day, text, 4);
	memcpy(day + 5, text + 4, 2);
	memcpy(day + 8, text + 6, 2);
	return svctag_day_is_valid(day);
}

/* Keep the address if it is newer than the best so far; day points at its YYYYMMDD. */
static void
consider(struct search *search, const char *link, size_t length, const char *day)
{
	svctag_detail why = { "" };
	svctag_error err = SVCTAG_OK;
	char *copy;

	if (length > MAX_LINK || !is_day(day) || strncmp(day, search->day, 8) <= 0)
		return;
	copy = malloc(length + 1);
	if (copy == NULL) {
		search->no_memory = true;
		return;
	}
	memcpy(copy, link, length); /* the page need not end with a NUL */
	copy[length] = '\0';
	if (search->usable != NULL)
		err = search->usable(search->context, copy, &why);
	if (err != SVCTAG_OK) {
		if (strncmp(day, search->refused_day, 8) > 0) {
			search->refusal = err;
			search->why = why;
			memcpy(search->refused_day, day, 8);
		}
		free(copy);
		return;
	}
	free(search->best);
	search->best = copy;
	memcpy(search->day, day, 8);
}

/* The address that leads up to `at`: the last "https://" (or "http://") before it with nothing foreign between. */
static const char *
link_begin(const char *text, const char *at)
{
	const char *begin = at;

	while (begin > text && at - begin < MAX_LINK && is_link_byte(begin[-1]))
		begin--;
	for (const char *p = at; p-- > begin;) {
		if (at - p > 8 && (strncasecmp(p, "https://", 8) == 0 || strncasecmp(p, "http://", 7) == 0))
			return p;
	}
	return NULL;
}

/* Every address in a text. */
static void
search_text(struct search *search, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const char *begin;
		size_t length;

		if ((text[i] | 0x20) != 's' || i == 0 || text[i - 1] != '/')
			continue;
		length = name_length(search, text + i, size - i);
		if (length == 0)
			continue;
		begin = link_begin(text, text + i);
		/* The name has to be the end of the path. */
		if (begin == NULL ||
		    (i + length < size && strchr("./_-%", text[i + length]) != NULL && text[i + length] != '\0'))
			continue;
		consider(search, begin, (size_t)(text + i + length - begin), text + i + length - 13);
	}
}

/* The length of the JSON object that begins here, by its braces outside of strings; 0 if it does not end. */
static size_t
object_length(const char *text, size_t size)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < size; i++) {
		if (quoted && text[i] == '\\') {
			i++;
		} else if (text[i] == '"') {
			quoted = !quoted;
		} else if (!quoted && text[i] == '{') {
			depth++;
		} else if (!quoted && text[i] == '}' && --depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

/* dlcDetailsView.downloadFile[].url */
static void
search_object(struct search *search, const cJSON *root)
{
	const cJSON *view = cJSON_GetObjectItemCaseSensitive(root, "dlcDetailsView");
	const cJSON *files = cJSON_GetObjectItemCaseSensitive(view, "downloadFile");
	const cJSON *file;

	cJSON_ArrayForEach(file, files)
	{
		const char *url = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "url"));

		if (url != NULL)
			search_text(search, url, strlen(url));
	}
}

static void
search_embedded(struct search *search, const char *page, size_t size)
{
	static const char name[] = "__DLCDetails__";
	const char *end = page + size;
	const char *at = memmem(page, size, name, sizeof(name) - 1);
	cJSON *root = NULL;
	size_t length;

	while (at != NULL && at < end && *at != '{')
		at++;
	if (at == NULL || at == end)
		return;
	length = object_length(at, (size_t)(end - at));
	/* A broken object is as good as none: the text has been searched already. */
	if (length == 0 || json_document_parse(at, length, &root, NULL) != SVCTAG_OK)
		return;
	search_object(search, root);
	cJSON_Delete(root);
}

svctag_error
feed_page_link(const char *page, size_t size, const char *cloud,
	       svctag_error (*usable)(void *context, const char *url, svctag_detail *detail), void *context, char **ret,
	       svctag_detail *detail)
{
	struct search search = { .cloud = cloud, .usable = usable, .context = context };

	search_text(&search, page, size);
	search_embedded(&search, page, size);
	/* An older link must not hide that the newest one is out of reach. */
	if (search.best != NULL && !search.no_memory && strcmp(search.day, search.refused_day) >= 0) {
		*ret = search.best; /* the caller owns it from here */
		return SVCTAG_OK;
	}
	free(search.best);
	if (search.no_memory) {
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return SVCTAG_E_NO_MEMORY;
	}
	if (search.refusal != SVCTAG_OK) {
		svctag_detail_set(detail, "its link cannot be followed: %.300s", search.why.text);
		return search.refusal;
	}
	svctag_detail_set(detail, "has no link to ServiceTags_%.64s_YYYYMMDD.json (has the page changed?)", cloud);
	return SVCTAG_E_NOT_FOUND;
}
