/*
 * GET /: the page, and for who wants plain text what there is to ask.
 */
#include <svctag/api.h>

#include <string.h>

#include "effort.h"
#include "negotiate.h"
#include "page.h"
#include "report/markup.h"
#include "view.h"

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
	"  /v1/export?format=FORMAT              all tags, or &tag=PATTERN, for firewalls, proxies, databases\n"
	"  /openapi.json                         all of this for programs (OpenAPI 3.1)\n"
	"  /healthz  /readyz  /metrics           is it alive, how old are the data, and what was counted\n"
	"\n"
	"A reference (at, from, to, frozen) is latest, previous, a change number, a day or id:<hex>.\n"
	"The manual page svctagd(8) says the rest.\n";

static void
send_help(struct reply *reply)
{
	FILE *out = reply_open(reply);

	if (out == NULL)
		return;
	fputs(help, out);
	reply->cache_control = "no-cache";
	reply_close(reply, out, SVCTAG_OK, "text/plain; charset=utf-8");
}

/** The newest release of every cloud. */
static svctag_error
write_clouds(FILE *out, const void *what)
{
	const struct page *page = what;

	for (size_t i = 0; i < svctag_catalogue_cloud_count(page->catalogue); i++) {
		const svctag_release_info *info = svctag_snapshot_info(generation_newest(page->context->generation, i));

		fputs("<tr><th scope=\"row\"><a href=\"/?view=releases&amp;cloud=", out);
		html_query(out, info->cloud);
		fputs("\">", out);
		markup_text(out, info->cloud);
		fputs("</a></th>", out);
		html_number_cell(out, "Newest");
		fprintf(out, "%lld</td>", (long long)info->change_number);
		html_cell(out, "Published");
		fprintf(out, "%s</td>", info->published);
		html_count_cell(out, "Tags", svctag_count_of(info->tag_count));
		html_count_cell(out, "Prefixes", svctag_count_of(info->prefix_count));
		html_count_cell(out, "Releases", svctag_count_of(svctag_catalogue_release_count(page->catalogue, i)));
		fputs("</tr>\n", out);
	}
	return SVCTAG_OK;
}

static void
page_home(struct page *page)
{
	page_send(page, 200, "Azure service tags", "home.html", write_clouds, page);
}

static void
page_list(struct page *page)
{
	page->view = "list";
	page_send(page, 200, "Replace a list", "list.html", NULL, NULL);
}

void
get_root(struct request *request, const struct context *context, struct reply *reply)
{
	static const struct {
		const char *name;
		void (*show)(struct page *page);
	} views[] = {
		{ "tags", page_tags }, { "releases", page_releases }, { "diff", page_diff }, { "list", page_list }
	};
	const char *view = request_parameter(request, "view");
	struct page page;

	if (negotiate_wants_text(request, "text/html", reply)) {
		if (!view_is_known(request, NULL, 0, "text/plain", reply))
			send_help(reply);
		return;
	}
	if (effort_defer(effort_asks_widely(request) || request_parameter(request, "all") != NULL, context, reply))
		return;
	if (!page_begin(&page, request, context, reply))
		return;
	for (size_t i = 0; view != NULL && i < sizeof(views) / sizeof(views[0]); i++)
		if (strcmp(view, views[i].name) == 0) {
			views[i].show(&page);
			return;
		}
	if (page.query[0] != '\0')
		page_lookup(&page);
	else
		page_home(&page);
}
