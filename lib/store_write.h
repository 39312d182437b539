/**
 * @file
 * What importing and forgetting share: transactions, positions, and what
 * every change ends with. Hidden.
 */
#ifndef SVCTAG_STORE_WRITE_H
#define SVCTAG_STORE_WRITE_H

#include "store_internal.h"

/** @return SVCTAG_OK, SVCTAG_E_INVALID (opened for reading, or being read), SVCTAG_E_BUSY, SVCTAG_E_DATABASE */
svctag_error store_begin_write(svctag_store *store, svctag_detail *detail);
/** Commit if err is SVCTAG_OK, else roll back; returns err, or why the commit failed. */
svctag_error store_end_write(svctag_store *store, svctag_error err, svctag_detail *detail);

/** The position of a release. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND */
svctag_error store_position_of(sqlite3 *db, int64_t release_id, int64_t *ret, svctag_detail *detail);
/** Fill in what follows place->position in its cloud. */
svctag_error store_find_next(sqlite3 *db, struct span_place *place, svctag_detail *detail);
/** A free position right after the release `previous` (0: before all), and what follows it. */
svctag_error store_make_place(sqlite3 *db, int64_t cloud_id, int64_t previous, struct span_place *ret,
			      svctag_detail *detail);

/** Give the sightings of one release from this day on to another. */
svctag_error store_move_sightings(sqlite3 *db, int64_t from, int64_t to, const char *day, svctag_detail *detail);

/**
 * What every change ends with: the seal, and the compiled index where the
 * newest release is another one than before or the stored index has another
 * format than this library's, loaded back and proved; at last
 * SQLite's own integrity check.
 * @param release   the content just imported, perhaps the newest; or NULL
 * @param[out] ret  the catalogue as it is now
 */
svctag_error store_finish_write(sqlite3 *db, int64_t cloud_id, const char *cloud, const svctag_release *release,
				svctag_catalogue **ret, svctag_detail *detail);

#endif
