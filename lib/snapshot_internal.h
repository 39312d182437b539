/**
 * @file
 * Making snapshots. Hidden.
 */
#ifndef SVCTAG_SNAPSHOT_INTERNAL_H
#define SVCTAG_SNAPSHOT_INTERNAL_H

#include <svctag/snapshot.h>

/**
 * A snapshot over these bytes, opened and verified.
 * @param data  at a multiple of SVCTAG_INDEX_ALIGNMENT; free()d with the
 *              snapshot, or here when this fails
 */
svctag_error snapshot_of_bytes(void *data, size_t size, const svctag_release_info *info, svctag_snapshot **ret,
			       svctag_detail *detail);

/** Are the two indexes the same bytes? */
bool snapshot_same_bytes(const svctag_snapshot *a, const svctag_snapshot *b);

#endif
