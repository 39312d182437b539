/**
 * @file
 * Which releases a request is about: the `cloud` and `at` parameters turned
 * into snapshots, from memory where they are, else from the database.
 */
#ifndef VIEW_H
#define VIEW_H

#include "service.h"

/** Snapshots that stay as long as the view. Zero-initialise; release with view_release(). */
struct view {
	const svctag_snapshot **snapshots;         /**< at least one */
	const struct report_fragments **fragments; /**< for each snapshot, or NULL where none are at hand */
	size_t count;
	bool all_clouds; /**< cloud=all was asked for */
	struct generation *generation;
	struct archive_entry **entries; /**< for each snapshot, NULL where the generation has it */
};

/** Accepts a zero-initialised view, which it becomes again. */
void view_release(struct view *view);

/**
 * @param one  cloud=all makes no sense here
 * @return false when reply has been made: a problem, or `defer`
 */
bool view_open(struct view *view, const struct request *request, const struct context *context, bool one,
	       struct reply *reply);

/**
 * The strong ETag of an answer that depends on nothing but these releases,
 * the request's target and the form it takes.
 * @return true when the client has that very answer: reply is a 304 then
 */
bool view_is_known(const struct request *request, const svctag_release_info *const *releases, size_t count,
		   const char *content_type, struct reply *reply);

/** The same for a view's snapshots. */
bool view_settle(const struct view *view, const struct request *request, const char *content_type, struct reply *reply);

/** The number of the cloud that a request means. @return false when reply is a problem */
bool view_find_cloud(const struct request *request, const struct context *context, size_t *ret, struct reply *reply);

/** The same where it has to be one cloud: cloud=all is refused with a reason. */
bool view_find_one_cloud(const struct request *request, const struct context *context, size_t *ret,
			 struct reply *reply);

/** view_is_known() of an answer that depends on all releases of a cloud. */
bool view_cloud_is_known(const struct request *request, const svctag_catalogue *catalogue, size_t cloud,
			 const char *content_type, struct reply *reply);

/** view_is_known() of an answer that depends on everything that is loaded. */
bool view_catalogue_is_known(const struct request *request, const svctag_catalogue *catalogue, const char *content_type,
			     struct reply *reply);

/** The catalogue; NULL when nothing is loaded, and reply is a problem. */
const svctag_catalogue *view_catalogue(const struct context *context, struct reply *reply);

#endif
