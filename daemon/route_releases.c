/*
 * GET /v1/releases: what is loaded, of every cloud or of one.
 */
#include <stdlib.h>
#include <strings.h>

#include "negotiate.h"
#include "view.h"

#define RELEASES_FORMATS \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV))

/** The whole catalogue stands behind the answer. @return true when reply has become a 304 */
static bool
is_known(const struct request *request, const svctag_catalogue *catalogue, const char *content_type,
	 struct reply *reply)
{
	size_t clouds = svctag_catalogue_cloud_count(catalogue), count = 0, n = 0;
	const svctag_release_info **releases;
	bool known;

	for (size_t i = 0; i < clouds; i++)
		count += svctag_catalogue_release_count(catalogue, i);
	releases = calloc(count, sizeof(*releases));
	if (releases == NULL)
		return false; /* the answer goes without an ETag */
	for (size_t i = 0; i < clouds; i++)
		for (size_t j = 0; j < svctag_catalogue_release_count(catalogue, i); j++)
			releases[n++] = svctag_catalogue_release(catalogue, i, j);
	known = view_is_known(request, releases, count, content_type, reply);
	free(releases);
	return known;
}

void
get_releases(struct request *request, const struct context *context, struct reply *reply)
{
	const char *cloud_name = request_parameter(request, "cloud");
	const svctag_catalogue *catalogue = view_catalogue(context, reply);
	struct report_style style = { 0 };
	size_t cloud = REPORT_ALL_CLOUDS;
	FILE *out;

	if (catalogue == NULL || !negotiate_format(request, RELEASES_FORMATS, reply, &style.format))
		return;
	if (cloud_name != NULL && strcasecmp(cloud_name, "all") != 0 &&
	    !view_find_cloud(request, context, &cloud, reply))
		return;
	if (is_known(request, catalogue, negotiate_media_type(style.format), reply))
		return;
	out = reply_open(reply);
	if (out != NULL)
		reply_close(reply, out, report_releases(out, &style, catalogue, cloud),
			    negotiate_media_type(style.format));
}
