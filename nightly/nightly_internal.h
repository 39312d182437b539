/* Shared by the parts of a run. */
#ifndef NIGHTLY_INTERNAL_H
#define NIGHTLY_INTERNAL_H

#include "nightly.h"
#include "state.h"

/** Where the diffs are, below the state folder; a folder for each cloud below it. */
#define DIFFS_FOLDER "diffs"
/** The same for what there is to tell of lists; a folder for each list below it. */
#define LISTS_FOLDER "lists"
/** Most bytes of a diff. One between any two real releases has 10 million. */
#define MAX_DIFF ((size_t)256 << 20)

/** The key under which news are owed to the command. */
#define COMMAND_KEY "exec"

struct nightly {
	struct nightly_settings settings;
	struct state state;
	struct http *http;          /**< NULL without hooks */
	svctag_release_info *begun; /**< first releases of their clouds, seen by this run */
	size_t begun_count;
	size_t new_count; /**< the last so many of the state's entries are this run's */
	size_t delivered;
	size_t complaints;
	struct report_feed_entry *entries; /**< of nightly_result() */
};

/* news.c */

/** Only the identity of a release: the rest is the catalogue's. */
svctag_release_info news_identity(const svctag_release_info *info);

enum news_form {
	NEWS_JSON,
	NEWS_MARKDOWN,
	NEWS_SENTENCE,
};

/** Prints one outward form of a piece of news. */
typedef svctag_error news_print(FILE *out, const void *subject, enum news_form form);

/**
 * Write the files of a piece of news, and add it to the state, owed to everyone.
 * @param news  everything but `announced`, `summary` and `owed`; what it points to is taken over, or released
 *              after a failure. Without memory for its `files` these may be NULL
 */
SVCTAG_MUST_CHECK svctag_error news_add(struct nightly *nightly, struct state_entry *news, news_print *print,
					const void *subject, svctag_detail *detail);

/* diffs.c */

/**
 * Where the release that was noted last is now. It may have moved to an earlier
 * day, or been taken out: then the last one before its place stands for it.
 * False where nothing does.
 */
bool news_locate(const svctag_catalogue *catalogue, size_t cloud, const svctag_release_info *last, size_t *ret);

/**
 * Note what is newer than what was noted last: diffs of consecutive releases.
 * @param arrived  releases of clouds that were never noted have arrived one by one, and are told but for the
 *                 first; else the newest is where they begin
 */
SVCTAG_MUST_CHECK svctag_error diffs_note(struct nightly *nightly, svctag_store *store, bool arrived,
					  svctag_detail *detail);

/* hooks.c */

/** An id that stays the same for this piece of news and this address, however often it is told. */
void delivery_id(const struct state_entry *entry, const char *address, char id[NIGHTLY_DELIVERY_SIZE]);

/** Is every address one that may be posted to? */
SVCTAG_MUST_CHECK svctag_error hooks_check(const struct nightly *nightly, svctag_detail *detail);

/** Post a piece of news to a hook. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND (its file is gone), and as http_send() */
SVCTAG_MUST_CHECK svctag_error hook_post(struct nightly *nightly, const struct state_entry *entry, const char *address,
					 svctag_detail *detail);

/* command.c */

/** Run the command on a piece of news. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND (its file is gone), SVCTAG_E_IO, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error command_run(const struct nightly *nightly, const struct state_entry *entry,
					   svctag_detail *detail);

#endif
