/* Shared by the parts of a run. */
#ifndef NIGHTLY_INTERNAL_H
#define NIGHTLY_INTERNAL_H

#include "nightly.h"
#include "state.h"

/** Where the diffs are, below the state folder; a folder for each cloud below it. */
#define DIFFS_FOLDER "diffs"
/** Most bytes of a diff. One between any two real releases has 10 million. */
#define MAX_DIFF ((size_t)256 << 20)

/** The key under which a diff is owed to the command. */
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

/* diffs.c */

/**
 * Note what is newer than what was noted last: diffs of consecutive releases.
 * @param arrived  releases of clouds that were never noted have arrived one by one, and are told but for the
 *                 first; else the newest is where they begin
 */
SVCTAG_MUST_CHECK svctag_error diffs_note(struct nightly *nightly, svctag_store *store, bool arrived,
					  svctag_detail *detail);

/* hooks.c */

/** An id that stays the same for this diff and this address, however often it is told. */
void delivery_id(const struct state_entry *entry, const char *address, char id[NIGHTLY_DELIVERY_SIZE]);

/** Is every address one that may be posted to? */
SVCTAG_MUST_CHECK svctag_error hooks_check(const struct nightly *nightly, svctag_detail *detail);

/** Post a diff to a hook. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND (its file is gone), and as http_send() */
SVCTAG_MUST_CHECK svctag_error hook_post(struct nightly *nightly, const struct state_entry *entry, const char *address,
					 svctag_detail *detail);

/* command.c */

/** Run the command on a diff. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND (its file is gone), SVCTAG_E_IO, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error command_run(const struct nightly *nightly, const struct state_entry *entry,
					   svctag_detail *detail);

#endif
