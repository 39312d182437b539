#include "cors.h"

#include <string.h>

/** Seconds that a preflight holds; browsers take two hours at most. */
#define MAX_AGE "7200"

static const char any[] = "*";

/** What scripts may see besides what the standard lets them. */
static const char exposed[] = "Allow, Content-Disposition, ETag, Retry-After, WWW-Authenticate";
/** What they may send besides. */
static const char allowed[] = "Accept, Authorization, Content-Type, If-None-Match";

/** The host and port of an origin: nothing that would be a path, a user, or not in small letters. */
static bool
is_authority(const char *text)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";

	return *text != '\0' && text[strspn(text, characters)] == '\0';
}

svctag_error
cors_check(const char *text, svctag_detail *detail)
{
	static const char *const schemes[] = { "http://", "https://" };

	if (strcmp(text, any) == 0)
		return SVCTAG_OK;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t size = strlen(schemes[i]);

		if (strncmp(text, schemes[i], size) == 0 && is_authority(text + size))
			return SVCTAG_OK;
	}
	svctag_detail_set(detail,
			  "'%s' is not an origin as browsers send it: *, or https://HOST or https://HOST:PORT in small "
			  "letters, without a path",
			  text);
	return SVCTAG_E_SYNTAX;
}

/** The configured origin that the request's is. NULL: it has none, or another. */
static const char *
find_origin(const struct cors *cors, const struct request *request)
{
	for (size_t i = 0; i < cors->count && request->origin != NULL; i++)
		if (strcmp(cors->origins[i], any) == 0 || strcmp(cors->origins[i], request->origin) == 0)
			return cors->origins[i];
	return NULL;
}

/** Is the answer the same for all origins? */
static bool
is_open(const struct cors *cors)
{
	return cors->count == 1 && strcmp(cors->origins[0], any) == 0;
}

void
cors_preflight(const struct cors *cors, const struct request *request, struct reply *reply)
{
	if (!request->options || reply->status != 405 || request->wanted_method == NULL ||
	    find_origin(cors, request) == NULL)
		return;
	reply_no_content(reply);
	reply_add_field(reply, "Access-Control-Allow-Methods", reply->allow);
	reply_add_field(reply, "Access-Control-Allow-Headers", allowed);
	reply_add_field(reply, "Access-Control-Max-Age", MAX_AGE);
}

void
cors_apply(const struct cors *cors, const struct request *request, struct reply *reply)
{
	const char *origin = find_origin(cors, request);

	reply->varies_by_origin = cors->count > 0 && !is_open(cors);
	if (origin == NULL)
		return;
	reply_add_field(reply, "Access-Control-Allow-Origin", origin);
	if (!request->options)
		reply_add_field(reply, "Access-Control-Expose-Headers", exposed);
}
