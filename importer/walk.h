/**
 * @file
 * Finding files below a folder.
 */
#ifndef IMPORTER_WALK_H
#define IMPORTER_WALK_H

#include <stddef.h>

#include <svctag/error.h>

/** Owned paths; zero-initialised is empty. */
struct importer_paths {
	char **items;
	size_t count;
	size_t capacity;
};

/** Accepts an empty list. */
void importer_paths_release(struct importer_paths *paths);

/** Append a copy. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error importer_paths_add(struct importer_paths *paths, const char *path);

/**
 * Append every *.json, *.json.gz, *.xml and *.xml.gz (in any letter case)
 * below the folder, sorted by bytes at each level. Links to files are taken,
 * links to folders are not entered, so there are no loops.
 * @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_NO_MEMORY; paths may have grown all the same
 */
SVCTAG_MUST_CHECK svctag_error importer_walk(const char *folder, struct importer_paths *paths, svctag_detail *detail);

#endif
