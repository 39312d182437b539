/* GET /: what there is to ask, for whoever opens the address. */
#include <svctag/api.h>

#include "service.h"

static const char help[] =
	"svctagd " SVCTAG_VERSION ": which Azure service tags hold an address, a prefix or a range\n"
	"\n"
	"  /v1/lookup?q=ADDRESS|PREFIX|RANGE     which tags and which region (also &at=, &cloud=)\n"
	"  /v1/check?q=ADDRESS&tag=TAG           is it in this tag\n"
	"  /v1/tags?match=PATTERN                the tags; /v1/tags/TAG, /v1/tags/TAG/prefixes\n"
	"  /v1/releases                          what is loaded\n"
	"  /v1/diff?from=REF&to=REF              what changed\n"
	"  /v1/feed.atom?tag=PATTERN             the same of the last releases, as an Atom feed\n"
	"  /v1/history?q=ADDRESS                 when it was in which tags; ?tag=TAG: how a tag grew\n"
	"  /v1/drift?tag=TAG&frozen=REF          what became of a copy of a tag; POST a list of addresses\n"
	"  /v1/lint                              POST a list or rules: addresses and habits that will break\n"
	"  /v1/migrate                           POST a list of addresses: which tags replace it, as rules\n"
	"  /v1/plan                              scenarios; /v1/plan/SCENARIO?PARAMETER=VALUE: their rules\n"
	"  /openapi.json                         all of this for programs (OpenAPI 3.1)\n"
	"  /healthz  /readyz  /metrics           is it alive, how old are the data, and what was counted\n"
	"\n"
	"A reference (at, from, to, frozen) is latest, previous, a change number, a day or id:<hex>.\n"
	"The manual page svctagd(8) says the rest.\n";

void
get_root(struct request *request, const struct context *context, struct reply *reply)
{
	FILE *out = reply_open(reply);

	(void)request;
	(void)context;
	if (out == NULL)
		return;
	fputs(help, out);
	reply->cache_control = "no-cache";
	reply_close(reply, out, SVCTAG_OK, "text/plain; charset=utf-8");
}
