/**
 * @file
 * What the daemon answers from: the catalogue and the newest release of every
 * cloud, as one immutable *generation*. A watcher thread looks twice a second
 * whether the database was committed to or replaced, loads a new generation
 * aside and swaps it in; the old one goes when its last reader lets go. When
 * loading fails the old one stays, and the status says so.
 *
 * A generation and a reference to it are taken together under one mutex: with
 * an atomic pointer to an object that counts its users, the object could go
 * between the reading of the pointer and the raising of the count.
 */
#ifndef SNAPSHOTS_H
#define SNAPSHOTS_H

#include <report/fragments.h>
#include <svctag/snapshot.h>
#include <svctag/store.h>

struct snapshots;
struct generation;

/** How the last look at the database went. */
struct snapshots_status {
	bool loaded;     /**< a generation with at least one release is held */
	bool failed;     /**< the last load did not succeed; what was held before is held still */
	uint64_t number; /**< generations so far */
	char error[512]; /**< why, if it failed; "" otherwise */
};

/** Told about every load: a new generation (error NULL), or a failure that differs from the one before. */
typedef void (*snapshots_listener)(void *context, const struct generation *generation, const char *error);

/**
 * Load what is there; a database that is missing or bad is no failure.
 * @param path      outlives it
 * @param listener  called from snapshots_new() and from the watcher; may be NULL
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error snapshots_new(const char *path, snapshots_listener listener, void *context,
					     struct snapshots **ret);

/** Start the watcher. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error snapshots_watch(struct snapshots *snapshots);

/** Stop the watcher, let go of the generation. Accepts NULL. */
void snapshots_free(struct snapshots *snapshots);

/** Load again now, whether anything seems to have changed or not. Any thread. */
void snapshots_reload(struct snapshots *snapshots);

/** The generation that is current, with a reference; NULL before the first. Any thread. */
struct generation *snapshots_current(struct snapshots *snapshots);

/** Its number, without a lock; 0 before the first. */
uint64_t snapshots_number(const struct snapshots *snapshots);
/** One that is held. */
uint64_t generation_number(const struct generation *generation);

/** Any thread. */
void snapshots_get_status(struct snapshots *snapshots, struct snapshots_status *ret);

/** One more user of what the caller holds already. */
void generation_retain(struct generation *generation);
/** Accepts NULL. */
void generation_release(struct generation *generation);

const svctag_catalogue *generation_catalogue(const struct generation *generation);
/** The newest release of the catalogue's cloud with this number. */
const svctag_snapshot *generation_newest(const struct generation *generation, size_t cloud);
/** The file that it was loaded from. As long as the generation. */
const svctag_file_id *generation_file(const struct generation *generation);
/** What answers about it are made of. */
const struct report_fragments *generation_fragments(const struct generation *generation, size_t cloud);

#endif
