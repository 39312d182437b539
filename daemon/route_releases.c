/*
 * GET /v1/releases: what is loaded, of every cloud or of one.
 */
#include <strings.h>

#include "negotiate.h"
#include "view.h"

#define RELEASES_FORMATS \
	(FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT) | FORMAT_BIT(REPORT_CSV))

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
	if (view_catalogue_is_known(request, catalogue, negotiate_media_type(style.format), reply))
		return;
	out = reply_open(reply);
	if (out != NULL)
		reply_close(reply, out, report_releases(out, &style, catalogue, cloud),
			    negotiate_media_type(style.format));
}
