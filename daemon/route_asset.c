/*
 * GET /assets/{digest}/{name}: the style sheet, scripts and icon of the page.
 * Their address changes with what is in them, so they may be kept for ever.
 */
#include <stdlib.h>
#include <string.h>

#include "service.h"
#include "web.h"

/** What is served, by the ending of its name; templates are not. */
static const char *
media_type(const char *name)
{
	static const char *const types[][2] = {
		{ ".css", "text/css; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".svg", "image/svg+xml" },
	};
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(ending, types[i][0]) == 0)
			return types[i][1];
	return NULL;
}

static const struct web_file *
find(const struct request *request)
{
	if (strcmp(request->segments[1], web_digest) != 0)
		return NULL; /* a page of another version asks */
	for (size_t i = 0; i < web_file_count; i++)
		if (strcmp(web_files[i].name, request->name) == 0)
			return media_type(request->name) != NULL ? &web_files[i] : NULL;
	return NULL;
}

void
get_asset(struct request *request, const struct context *context, struct reply *reply)
{
	const struct web_file *file = find(request);
	char *body;

	(void)context;
	if (file == NULL) {
		reply_problem(reply, 404, "no part of the page has this name in this version");
		return;
	}
	snprintf(reply->etag, sizeof(reply->etag), "\"%s\"", web_digest);
	reply->cache_control = "public, max-age=31536000, immutable";
	if (reply_etag_matches(request->if_none_match, reply->etag)) {
		reply->status = 304;
		return;
	}
	body = malloc(file->size + 1); /* with its NUL, as behind every body */
	if (body == NULL) {
		reply_problem(reply, 503, svctag_error_text(SVCTAG_E_NO_MEMORY));
		return;
	}
	memcpy(body, file->text, file->size + 1);
	reply_give(reply, body, file->size, media_type(file->name));
}
