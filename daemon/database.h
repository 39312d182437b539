/**
 * @file
 * A thread's own connection to the database, opened when first needed and
 * opened anew when another file stands under the name. Belongs to one thread.
 * Who answers with the help of what was loaded before wants the very file that
 * it was loaded from: another one under its name may be bad.
 */
#ifndef DATABASE_H
#define DATABASE_H

#include <svctag/store.h>

/** Zero-initialise but for the path; database_close() at the end. */
struct database {
	const char *path; /**< outlives it */
	svctag_store *store;
	const svctag_file_id *wanted; /**< no other file will do; NULL: whatever stands under the name */
};

/**
 * The store, of the file that stands under the name now, or of the one that is wanted.
 * @param[out] ret          stays the database's
 * @param[out] ret_changed  opened (anew), or committed to since the last call; may be NULL
 * @return SVCTAG_OK, or as svctag_store_open() and svctag_store_poll(); SVCTAG_E_BUSY: what is wanted has been
 *         replaced, and it was not open here
 */
SVCTAG_MUST_CHECK svctag_error database_store(struct database *database, svctag_store **ret, bool *ret_changed,
					      svctag_detail *detail);

/**
 * A release's content, if the store still means the same one by its number.
 * @param[out] ret  svctag_release_free() it
 * @return as svctag_store_content(), and SVCTAG_E_BUSY: the database has been replaced
 */
SVCTAG_MUST_CHECK svctag_error database_content(svctag_store *store, const svctag_release_info *info,
						svctag_release **ret, svctag_detail *detail);

/** Accepts one that is not open. */
void database_close(struct database *database);

#endif
