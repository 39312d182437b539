/**
 * @file
 * Older releases, compiled when asked for and kept while there is room: a
 * cache bounded in bytes, the least recently used given up first. Entries are
 * immutable and counted; one that is given up lives until its last user lets
 * go. All functions may be called from any thread; they hold one mutex for a
 * few list operations and never while anything is read or freed.
 */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <svctag/snapshot.h>

struct archive;
struct archive_entry;

/** @param limit  most bytes kept, beyond what is in use. NULL when there is no memory */
struct archive *archive_new(size_t limit);

/** Accepts NULL. Entries in use stay theirs who hold them. */
void archive_free(struct archive *archive);

/** The entry of just this release, or NULL. Let go with archive_entry_release(). */
struct archive_entry *archive_get(struct archive *archive, const svctag_release_info *info);

/**
 * Put a snapshot in; it becomes the archive's, whatever happens.
 * @return its entry (or that of the same release, if another thread was
 *         faster), to be let go as above; NULL when there is no memory
 */
struct archive_entry *archive_put(struct archive *archive, svctag_snapshot *snapshot);

const svctag_snapshot *archive_entry_snapshot(const struct archive_entry *entry);
/** One more user of an entry that the caller holds. */
void archive_entry_retain(struct archive_entry *entry);
/** Accepts NULL. */
void archive_entry_release(struct archive_entry *entry);

/** Bytes that the archive itself keeps now. */
size_t archive_size(struct archive *archive);

/** Are these the same release, under the same cloud, day and source? */
bool archive_same_release(const svctag_release_info *a, const svctag_release_info *b);

#endif
