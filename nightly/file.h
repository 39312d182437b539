/* Files that are there whole or not at all, whatever happens while they are written. */
#ifndef NIGHTLY_FILE_H
#define NIGHTLY_FILE_H

#include <stddef.h>

#include <svctag/error.h>

/** Make the folder, and those above it, where they are not there. @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error file_make_folder(const char *path, svctag_detail *detail);

/**
 * Replace the file: a temporary one beside it, fsync, rename, fsync of the
 * folder. One writer at a time.
 * @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error file_replace(const char *folder, const char *name, const char *data, size_t size,
					    svctag_detail *detail);

/**
 * Read a file whole.
 * @param[out] ret  free() it; one NUL follows the data
 * @return SVCTAG_OK, SVCTAG_E_NOT_FOUND (there is none), SVCTAG_E_IO, SVCTAG_E_LIMIT, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error file_read(const char *folder, const char *name, size_t max, char **ret, size_t *ret_size,
					 svctag_detail *detail);

#endif
