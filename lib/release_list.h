/**
 * @file
 * The list of releases in bytes: what the seal is over, and what readers
 * read it from (docs/store.md, "The seal"). Hidden.
 */
#ifndef SVCTAG_RELEASE_LIST_H
#define SVCTAG_RELEASE_LIST_H

#include <svctag/catalogue.h>

#include "db.h"

/**
 * Every column of every row of release with its cloud and its sightings, behind a checksum.
 * @param[out] ret  free() it
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_DATABASE
 */
SVCTAG_MUST_CHECK svctag_error release_list_pack(sqlite3 *db, void **ret, size_t *ret_size, svctag_detail *detail);

/**
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_CORRUPT (the checksum does not hold, no list that release_list_pack() makes, or one of
 *         releases that there cannot be)
 */
SVCTAG_MUST_CHECK svctag_error release_list_unpack(const void *data, size_t size, svctag_catalogue **ret);

#endif
