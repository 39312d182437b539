/* What a request for the page means, before a view looks at it. */
#include <string.h>

#include "page.h"
#include "view.h"
#include "web.h"

/** A form sends the fields that were left empty too. */
static void
drop_empty(struct request *request)
{
	size_t kept = 0;

	for (size_t i = 0; i < request->parameter_count; i++)
		if (*request->parameters[i].value != '\0')
			request->parameters[kept++] = request->parameters[i];
	request->parameter_count = kept;
}

/** The query without the blanks that come along when one is pasted. */
static bool
take_query(struct page *page)
{
	const char *text = request_parameter(page->request, "q");
	size_t size;

	if (text == NULL)
		return true;
	text += strspn(text, " ");
	for (size = strlen(text); size > 0 && text[size - 1] == ' '; size--)
		continue;
	if (size >= sizeof(page->query))
		return false;
	memcpy(page->query, text, size);
	page->query[size] = '\0';
	return true;
}

/** The cloud and the release. @return false when the reply is a page that says what is wrong */
static bool
take_release(struct page *page)
{
	const char *cloud = request_parameter(page->request, "cloud");
	const char *at = request_parameter(page->request, "at");
	svctag_detail detail = { "" };
	const svctag_catalogue *catalogue = generation_catalogue(page->context->generation);
	svctag_error err = svctag_catalogue_find_cloud(catalogue, cloud, &page->cloud, &detail);

	page->place.at = at;
	if (err != SVCTAG_OK) { /* the page shows the cloud that it would show without being asked for one */
		if (svctag_catalogue_find_cloud(catalogue, NULL, &page->cloud, &(svctag_detail){ "" }) == SVCTAG_OK)
			page->catalogue = catalogue;
		page_error(page, err, &detail);
		return false;
	}
	page->catalogue = catalogue;
	if (cloud != NULL)
		page->place.cloud = svctag_catalogue_cloud(catalogue, page->cloud);
	err = svctag_catalogue_resolve(catalogue, page->cloud, at, &page->release, &detail);
	if (err != SVCTAG_OK)
		page_error(page, err, &detail);
	return err == SVCTAG_OK;
}

/** The page depends on all releases, on its own parts, on the day, and on how the last reload went. */
static bool
is_known(struct page *page)
{
	char form[sizeof(page->context->status.error) + 64];

	snprintf(form, sizeof(form), "text/html %s %s %s", web_digest, page->context->today,
		 page->context->status.failed ? page->context->status.error : "");
	page->reply->varies = true;
	return view_catalogue_is_known(page->request, page->catalogue, form, page->reply);
}

bool
page_begin(struct page *page, struct request *request, const struct context *context, struct reply *reply)
{
	bool fits;

	*page = (struct page){ .request = request, .context = context, .reply = reply, .view = "lookup", .match = "" };
	drop_empty(request);
	fits = take_query(page); /* first, so that the box shows it whatever else is wrong */
	if (context->generation == NULL ||
	    svctag_catalogue_cloud_count(generation_catalogue(context->generation)) == 0) {
		page_problem(page, 503,
			     context->status.failed
				     ? context->status.error
				     : "No release is loaded yet. \"svctag fetch\" gets the newest one.");
		return false;
	}
	if (!take_release(page))
		return false;
	if (!fits) {
		page_problem(page, 400, "This is longer than any address, prefix, range, tag or region.");
		return false;
	}
	return !is_known(page);
}
