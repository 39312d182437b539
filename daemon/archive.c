#include "archive.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/** Most entries; at two megabytes each the limit in bytes is reached before. */
#define SLOTS 256

struct archive_entry {
	svctag_snapshot *snapshot;
	size_t size;
	/* A count is raised only by who holds one already: a caller, or the archive under its
	 * mutex. So it cannot come back from zero, and lowering needs no mutex. */
	atomic_size_t users;
};

struct archive {
	pthread_mutex_t mutex;                /* all below but the limit */
	struct archive_entry *entries[SLOTS]; /* the most recently used first */
	size_t count;
	size_t size;
	size_t limit;
};

struct archive *
archive_new(size_t limit)
{
	struct archive *archive = calloc(1, sizeof(*archive));

	if (archive == NULL)
		return NULL;
	if (pthread_mutex_init(&archive->mutex, NULL) != 0) {
		free(archive);
		return NULL;
	}
	archive->limit = limit;
	return archive;
}

void
archive_entry_retain(struct archive_entry *entry)
{
	atomic_fetch_add_explicit(&entry->users, 1, memory_order_relaxed);
}

void
archive_entry_release(struct archive_entry *entry)
{
	if (entry == NULL || atomic_fetch_sub_explicit(&entry->users, 1, memory_order_acq_rel) > 1)
		return;
	svctag_snapshot_free(entry->snapshot);
	free(entry);
}

const svctag_snapshot *
archive_entry_snapshot(const struct archive_entry *entry)
{
	return entry->snapshot;
}

/** With the mutex held: the entry at this place becomes the first. */
static void
move_to_front(struct archive *archive, size_t place)
{
	struct archive_entry *entry = archive->entries[place];

	memmove(archive->entries + 1, archive->entries, place * sizeof(struct archive_entry *));
	archive->entries[0] = entry;
}

void
archive_free(struct archive *archive)
{
	if (archive == NULL)
		return;
	for (size_t i = 0; i < archive->count; i++)
		archive_entry_release(archive->entries[i]);
	pthread_mutex_destroy(&archive->mutex);
	free(archive);
}

bool
archive_same_release(const svctag_release_info *a, const svctag_release_info *b)
{
	return memcmp(a->digest, b->digest, SVCTAG_DIGEST_SIZE) == 0 && strcmp(a->cloud, b->cloud) == 0 &&
	       strcmp(a->published, b->published) == 0 && strcmp(a->source, b->source) == 0;
}

/** With the mutex held: the entry of this release, made the first, with one more user. */
static struct archive_entry *
take(struct archive *archive, const svctag_release_info *info)
{
	for (size_t i = 0; i < archive->count; i++) {
		struct archive_entry *entry = archive->entries[i];

		if (!archive_same_release(svctag_snapshot_info(entry->snapshot), info))
			continue;
		move_to_front(archive, i);
		archive_entry_retain(entry);
		return entry;
	}
	return NULL;
}

struct archive_entry *
archive_get(struct archive *archive, const svctag_release_info *info)
{
	struct archive_entry *entry;

	pthread_mutex_lock(&archive->mutex);
	entry = take(archive, info);
	pthread_mutex_unlock(&archive->mutex);
	return entry;
}

/** With the mutex held: give up the last entries until this one fits, then make it the first. @return how many */
static size_t
make_room(struct archive *archive, struct archive_entry *entry, struct archive_entry *evicted[SLOTS])
{
	size_t count = 0;

	while (archive->count > 0 && (archive->count == SLOTS || archive->size + entry->size > archive->limit)) {
		evicted[count] = archive->entries[--archive->count];
		archive->size -= evicted[count++]->size;
	}
	if (entry->size > archive->limit)
		return count;
	archive_entry_retain(entry);
	archive->entries[archive->count] = entry;
	move_to_front(archive, archive->count++);
	archive->size += entry->size;
	return count;
}

struct archive_entry *
archive_put(struct archive *archive, svctag_snapshot *snapshot)
{
	struct archive_entry *evicted[SLOTS];
	struct archive_entry *entry = calloc(1, sizeof(*entry));
	struct archive_entry *there;
	size_t count = 0;

	if (entry == NULL) {
		svctag_snapshot_free(snapshot);
		return NULL;
	}
	entry->snapshot = snapshot;
	entry->size = svctag_snapshot_size(snapshot);
	atomic_init(&entry->users, 1);

	pthread_mutex_lock(&archive->mutex);
	there = take(archive, svctag_snapshot_info(snapshot));
	if (there == NULL)
		count = make_room(archive, entry, evicted);
	pthread_mutex_unlock(&archive->mutex);

	while (count > 0)
		archive_entry_release(evicted[--count]);
	if (there == NULL)
		return entry;
	archive_entry_release(entry);
	return there;
}

size_t
archive_size(struct archive *archive)
{
	size_t size;

	pthread_mutex_lock(&archive->mutex);
	size = archive->size;
	pthread_mutex_unlock(&archive->mutex);
	return size;
}
