#include "archive.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct archive_entry {
	struct archive_entry *newer, *older; /* only while listed */
	svctag_snapshot *snapshot;
	size_t size;
	/* A count is raised only by who holds one already: a caller, or the archive under its
	 * mutex. So it cannot come back from zero, and lowering needs no mutex. */
	atomic_size_t users;
};

struct archive {
	pthread_mutex_t mutex; /* the list and its size */
	struct archive_entry *newest, *oldest;
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

static void
list_remove(struct archive *archive, struct archive_entry *entry)
{
	*(entry->newer != NULL ? &entry->newer->older : &archive->newest) = entry->older;
	*(entry->older != NULL ? &entry->older->newer : &archive->oldest) = entry->newer;
	entry->newer = entry->older = NULL;
	archive->size -= entry->size;
}

static void
list_add(struct archive *archive, struct archive_entry *entry)
{
	entry->older = archive->newest;
	*(entry->older != NULL ? &entry->older->newer : &archive->oldest) = entry;
	archive->newest = entry;
	archive->size += entry->size;
}

void
archive_free(struct archive *archive)
{
	if (archive == NULL)
		return;
	while (archive->oldest != NULL) {
		struct archive_entry *entry = archive->oldest;

		list_remove(archive, entry);
		archive_entry_release(entry);
	}
	pthread_mutex_destroy(&archive->mutex);
	free(archive);
}

bool
archive_same_release(const svctag_release_info *a, const svctag_release_info *b)
{
	return memcmp(a->digest, b->digest, SVCTAG_DIGEST_SIZE) == 0 && strcmp(a->cloud, b->cloud) == 0 &&
	       strcmp(a->published, b->published) == 0 && strcmp(a->source, b->source) == 0;
}

/** With the mutex held: the listed entry, made the newest, with one more user. */
static struct archive_entry *
take(struct archive *archive, const svctag_release_info *info)
{
	for (struct archive_entry *entry = archive->newest; entry != NULL; entry = entry->older) {
		if (!archive_same_release(svctag_snapshot_info(entry->snapshot), info))
			continue;
		list_remove(archive, entry);
		list_add(archive, entry);
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

/** With the mutex held: unlist what no longer fits, as a chain by `older`. */
static struct archive_entry *
evict(struct archive *archive)
{
	struct archive_entry *chain = NULL;

	while (archive->size > archive->limit) {
		struct archive_entry *entry = archive->oldest;

		list_remove(archive, entry);
		entry->older = chain;
		chain = entry;
	}
	return chain;
}

struct archive_entry *
archive_put(struct archive *archive, svctag_snapshot *snapshot)
{
	struct archive_entry *entry = calloc(1, sizeof(*entry));
	struct archive_entry *there, *evicted = NULL;

	if (entry == NULL) {
		svctag_snapshot_free(snapshot);
		return NULL;
	}
	entry->snapshot = snapshot;
	entry->size = svctag_snapshot_size(snapshot);
	atomic_init(&entry->users, 1);

	pthread_mutex_lock(&archive->mutex);
	there = take(archive, svctag_snapshot_info(snapshot));
	if (there == NULL) {
		archive_entry_retain(entry);
		list_add(archive, entry);
		evicted = evict(archive);
	}
	pthread_mutex_unlock(&archive->mutex);

	while (evicted != NULL) {
		struct archive_entry *next = evicted->older;

		archive_entry_release(evicted);
		evicted = next;
	}
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
