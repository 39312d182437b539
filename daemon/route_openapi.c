/* GET /openapi.json: what there is to ask, for programs. */
#include <stdlib.h>
#include <string.h>

#include "openapi.h"
#include "service.h"

static const char json_type[] = "application/json";

void
get_openapi(struct request *request, const struct context *context, struct reply *reply)
{
	const struct openapi_document *document = &openapi_documents[0];
	char *body;

	(void)context;
	snprintf(reply->etag, sizeof(reply->etag), "\"%s\"", openapi_digest);
	if (reply_etag_matches(request->if_none_match, reply->etag)) {
		reply->status = 304;
		reply->cache_control = "no-cache";
		return;
	}
	body = malloc(document->size + 1);
	if (body == NULL) {
		reply_error(reply, SVCTAG_E_NO_MEMORY, &(svctag_detail){ "" });
		return;
	}
	memcpy(body, document->text, document->size + 1);
	reply_give(reply, body, document->size, json_type);
}
