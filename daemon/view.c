#include "view.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
view_release(struct view *view)
{
	for (size_t i = 0; view->entries != NULL && i < view->count; i++)
		archive_entry_release(view->entries[i]);
	free(view->snapshots); /* with the other two behind it */
	generation_release(view->generation);
	*view = (struct view){ 0 };
}

const svctag_catalogue *
view_catalogue(const struct context *context, struct reply *reply)
{
	static const char nothing[] = "no release is loaded yet";

	if (context->generation != NULL && svctag_catalogue_cloud_count(generation_catalogue(context->generation)) > 0)
		return generation_catalogue(context->generation);
	reply->retry_after = 5;
	reply_problem(reply, 503, nothing);
	return NULL;
}

static bool
wants_all(const struct request *request)
{
	const char *cloud = request_parameter(request, "cloud");

	return cloud != NULL && strcasecmp(cloud, "all") == 0;
}

bool
view_find_cloud(const struct request *request, const struct context *context, size_t *ret, struct reply *reply)
{
	const svctag_catalogue *catalogue = view_catalogue(context, reply);
	svctag_detail detail = { "" };
	svctag_error err;

	if (catalogue == NULL)
		return false;
	err = svctag_catalogue_find_cloud(catalogue, request_parameter(request, "cloud"), ret, &detail);
	if (err == SVCTAG_OK)
		return true;
	reply_error(reply, err, &detail);
	return false;
}

static bool
refuse_all(struct reply *reply)
{
	reply_problem(reply, 400, "cloud=all is for lookups; name one cloud here");
	return false;
}

bool
view_find_one_cloud(const struct request *request, const struct context *context, size_t *ret, struct reply *reply)
{
	return wants_all(request) ? refuse_all(reply) : view_find_cloud(request, context, ret, reply);
}

/** Read an older release with the worker's connection and leave it in the archive. */
static svctag_error
read_release(const struct context *context, const svctag_release_info *info, struct archive_entry **ret,
	     svctag_detail *detail)
{
	svctag_store *store;
	svctag_snapshot *snapshot;
	svctag_error err = database_store(context->database, &store, NULL, detail);

	if (err != SVCTAG_OK)
		return err;
	err = svctag_store_snapshot(store, info, &snapshot, detail);
	if (err != SVCTAG_OK)
		return err;
	if (!archive_same_release(svctag_snapshot_info(snapshot), info)) {
		/* another database stands under the name by now, and numbers its releases anew */
		svctag_snapshot_free(snapshot);
		svctag_detail_set(detail, "the database has just been replaced; ask again");
		return SVCTAG_E_BUSY;
	}
	*ret = archive_put(context->archive, snapshot);
	return *ret == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
}

/** Add a release to the view. @return false when reply has been made */
static bool
add_release(struct view *view, const struct context *context, size_t cloud, const svctag_release_info *info,
	    struct reply *reply)
{
	const svctag_snapshot *newest = generation_newest(context->generation, cloud);
	struct archive_entry *entry = NULL;
	svctag_detail detail = { "" };
	svctag_error err;

	if (svctag_snapshot_info(newest)->id != info->id) {
		entry = archive_get(context->archive, info);
		if (entry == NULL && context->database == NULL) {
			reply->defer = true;
			return false;
		}
		err = entry != NULL ? SVCTAG_OK : read_release(context, info, &entry, &detail);
		if (err != SVCTAG_OK) {
			reply_error(reply, err, &detail);
			return false;
		}
	}
	view->entries[view->count] = entry;
	view->fragments[view->count] = entry == NULL ? generation_fragments(context->generation, cloud) : NULL;
	view->snapshots[view->count] = entry != NULL ? archive_entry_snapshot(entry) : newest;
	view->count++;
	return true;
}

/** The release of one cloud. @return false when reply has been made */
static bool
open_cloud(struct view *view, const struct request *request, const struct context *context, size_t cloud,
	   struct reply *reply)
{
	const svctag_release_info *info;
	svctag_detail detail = { "" };
	svctag_error err = svctag_catalogue_resolve(generation_catalogue(context->generation), cloud,
						    request_parameter(request, "at"), &info, &detail);

	if (err == SVCTAG_OK)
		return add_release(view, context, cloud, info, reply);
	if (err == SVCTAG_E_NOT_FOUND && view->all_clouds)
		return true; /* a cloud that has no such release says nothing */
	reply_error(reply, err, &detail);
	return false;
}

static bool
open_all(struct view *view, const struct request *request, const struct context *context, struct reply *reply)
{
	size_t count = svctag_catalogue_cloud_count(generation_catalogue(context->generation));

	view->all_clouds = true;
	for (size_t i = 0; i < count; i++)
		if (!open_cloud(view, request, context, i, reply))
			return false;
	if (view->count > 0)
		return true;
	reply_problem(reply, 404, "no cloud has this release");
	return false;
}

/** Room for so many snapshots and what belongs to them, in one piece. */
static bool
allocate(struct view *view, size_t count)
{
	void *room = calloc(count, sizeof(*view->snapshots) + sizeof(*view->fragments) + sizeof(*view->entries));

	if (room == NULL)
		return false;
	view->snapshots = room;
	view->fragments = (void *)(view->snapshots + count);
	view->entries = (void *)(view->fragments + count);
	return true;
}

bool
view_open(struct view *view, const struct request *request, const struct context *context, bool one,
	  struct reply *reply)
{
	const svctag_catalogue *catalogue = view_catalogue(context, reply);
	size_t cloud, count;
	bool done;

	if (catalogue == NULL)
		return false;
	if (one && wants_all(request))
		return refuse_all(reply);
	count = svctag_catalogue_cloud_count(catalogue);
	if (!allocate(view, count)) {
		reply_problem(reply, 503, svctag_error_text(SVCTAG_E_NO_MEMORY));
		return false;
	}
	view->generation = context->generation;
	generation_retain(view->generation);
	if (wants_all(request))
		done = open_all(view, request, context, reply);
	else
		done = view_find_cloud(request, context, &cloud, reply) &&
		       open_cloud(view, request, context, cloud, reply);
	if (!done)
		view_release(view);
	return done;
}

bool
view_is_known(const struct request *request, const svctag_release_info *const *releases, size_t count,
	      const char *content_type, struct reply *reply)
{
	struct etag etag = etag_of_form(content_type);

	for (size_t i = 0; i < count; i++)
		etag_add_release(&etag, releases[i]);
	etag_write(etag, request->raw, strlen(request->raw), reply->etag);
	reply->pattern.etag = etag;
	if (!reply_etag_matches(request->if_none_match, reply->etag))
		return false;
	reply->status = 304;
	reply->cache_control = "no-cache";
	return true;
}

bool
view_settle(const struct view *view, const struct request *request, const char *content_type, struct reply *reply)
{
	const svctag_release_info *few[4] = { NULL }; /* there are three clouds */
	const svctag_release_info **releases = few;
	bool known;

	if (view->count > sizeof(few) / sizeof(few[0]))
		releases = calloc(view->count, sizeof(*releases));
	if (releases == NULL)
		return false; /* the answer goes without an ETag */
	for (size_t i = 0; i < view->count; i++)
		releases[i] = svctag_snapshot_info(view->snapshots[i]);
	known = view_is_known(request, releases, view->count, content_type, reply);
	if (releases != few)
		free(releases);
	return known;
}

bool
view_cloud_is_known(const struct request *request, const svctag_catalogue *catalogue, size_t cloud,
		    const char *content_type, struct reply *reply)
{
	size_t count = svctag_catalogue_release_count(catalogue, cloud);
	const svctag_release_info **releases = calloc(count + 1, sizeof(*releases));
	bool known;

	if (releases == NULL)
		return false; /* the answer goes without an ETag */
	for (size_t i = 0; i < count; i++)
		releases[i] = svctag_catalogue_release(catalogue, cloud, i);
	known = view_is_known(request, releases, count, content_type, reply);
	free(releases);
	return known;
}

bool
view_catalogue_is_known(const struct request *request, const svctag_catalogue *catalogue, const char *content_type,
			struct reply *reply)
{
	size_t clouds = svctag_catalogue_cloud_count(catalogue), count = 0, n = 0;
	const svctag_release_info **releases;
	bool known;

	for (size_t i = 0; i < clouds; i++)
		count += svctag_catalogue_release_count(catalogue, i);
	releases = calloc(count + 1, sizeof(*releases));
	if (releases == NULL)
		return false; /* the answer goes without an ETag */
	for (size_t i = 0; i < clouds; i++)
		for (size_t j = 0; j < svctag_catalogue_release_count(catalogue, i); j++)
			releases[n++] = svctag_catalogue_release(catalogue, i, j);
	known = view_is_known(request, releases, n, content_type, reply);
	free(releases);
	return known;
}
