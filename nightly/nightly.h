/**
 * @file
 * Telling what is new, unattended for years: diffs of consecutive releases,
 * and what broke in lists of one's own, as files, as a feed, to web hooks and
 * to a command.
 *
 *   nightly_open()     lock and read the state folder
 *   nightly_begin()    what came in since the last run by other hands
 *   …                  fetch or import
 *   nightly_note()     find what is new, write its files, owe it to everyone
 *   nightly_note_list()  for each list: the same with what broke in it
 *   nightly_deliver()  tell it, and note each telling
 *   nightly_close()
 *
 * What is to be told is written down, in one atomically replaced file, before
 * anything is told, and what has been told right after. Where nothing is
 * killed everybody is told once; where something is, the next run tells what
 * is left, and whoever was being told at that moment may hear it twice, under
 * the same delivery id. docs/nightly.md describes the folder.
 *
 * A run belongs to one thread. Nothing here prints; nothing is global.
 */
#ifndef NIGHTLY_H
#define NIGHTLY_H

#include <importer/http.h>
#include <lists/lists.h>
#include <report/report.h>

#include "watch.h"

/** Pieces of news in the feed, and in the state. */
#define NIGHTLY_FEED_ENTRIES 50

/** Room for a delivery id, with the closing NUL: 32 hexadecimal digits. */
#define NIGHTLY_DELIVERY_SIZE 33

/** Most bytes of a secret for signing. */
#define NIGHTLY_MAX_SECRET 4096

struct nightly_settings {
	const char *folder;                /**< of the state; made where it is not there */
	bool wait;                         /**< for another run in the same folder */
	const struct nightly_watch *watch; /**< what to tell of; NULL or an empty one: everything */
	const char *cloud;                 /**< this cloud alone, in any letter case; NULL: all that are loaded, and
	                                        lists in the one that svctag_catalogue_find_cloud() finds */
	const char *const *hooks;          /**< addresses to post to */
	size_t hook_count;
	const char *secret; /**< signs the posts; NULL: they are not signed */
	size_t secret_size;
	const char *command; /**< for /bin/sh -c, once for each piece of news, with its JSON on stdin; or NULL */
	const struct http_settings *http; /**< for the hooks */
	/** Told of whatever could not be told; the run goes on. */
	void (*complain)(void *context, const char *subject, svctag_error err, const svctag_detail *detail);
	void *complain_context;
};

struct nightly;

/**
 * @param settings  what it points to has to outlive the run
 * @param[out] ret  the caller owns it: nightly_close()
 * @return SVCTAG_OK, SVCTAG_E_BUSY (another run has the folder), SVCTAG_E_IO, SVCTAG_E_CORRUPT (the state is
 *         damaged), SVCTAG_E_UNSUPPORTED (a hook's address is not allowed; no libcurl), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error nightly_open(const struct nightly_settings *settings, struct nightly **ret,
					    svctag_detail *detail);
/** Accepts NULL. */
void nightly_close(struct nightly *nightly);

/**
 * Before anything is imported: note what came in by other hands, and that
 * releases are about to arrive.
 * @param store  NULL where there is no database yet
 * @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_NO_MEMORY, and as svctag_store_content()
 */
SVCTAG_MUST_CHECK svctag_error nightly_begin(struct nightly *nightly, svctag_store *store, svctag_detail *detail);

/** After importing: note what is new. @param store  as nightly_begin() @return as nightly_begin() */
SVCTAG_MUST_CHECK svctag_error nightly_note(struct nightly *nightly, svctag_store *store, svctag_detail *detail);

/**
 * After nightly_note(): note what broke in a list since it was judged last, or,
 * where it is new or changed, how it stands. Where no release of the cloud is
 * loaded it is judged by a later run.
 * @param path    the name by which the list was read; what it is recognised by
 * @param intent  the tag that entries are meant for whose list names none; NULL for none
 * @return SVCTAG_OK, SVCTAG_E_EMPTY (nothing is in the list), SVCTAG_E_IO, SVCTAG_E_CORRUPT, SVCTAG_E_NO_MEMORY, and
 *         as svctag_drift_of_list()
 */
SVCTAG_MUST_CHECK svctag_error nightly_note_list(struct nightly *nightly, svctag_store *store, const char *path,
						 const struct list *list, const char *intent, svctag_detail *detail);

/**
 * Write the feed, and tell all that is owed. Who cannot be told now is owed it
 * on: that is complained of, and no failure.
 * @return SVCTAG_OK, SVCTAG_E_IO (the state could not be written), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error nightly_deliver(struct nightly *nightly, svctag_detail *detail);

/** What the run did so far, without `failures` of fetching; lives until the next call on this run. */
SVCTAG_MUST_CHECK svctag_error nightly_result(struct nightly *nightly, struct report_nightly *ret);

/**
 * Read a secret: the file's bytes without the line end at their end.
 * @param[out] ret  explicit_bzero() and free() it
 * @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_LIMIT, SVCTAG_E_EMPTY, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error nightly_read_secret(const char *path, char **ret, size_t *ret_size,
						   svctag_detail *detail);

#endif
