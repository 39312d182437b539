#include "snapshots.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "database.h"

/** Nanoseconds between two looks at the database. */
#define POLL_INTERVAL 500000000L
/** A load that failed is tried again after so many looks, unless something changes before. */
#define RETRY_LOOKS 10

struct generation {
	svctag_catalogue *catalogue;
	svctag_snapshot **newest;            /* one for each cloud */
	struct report_fragments **fragments; /* likewise */
	size_t cloud_count;
	uint64_t number;
	svctag_file_id file;
	/* Raised only by who holds a reference, or under the mutex of the struct snapshots that
	 * holds one; so it cannot come back from zero, and lowering needs no mutex. */
	atomic_size_t users;
};

struct snapshots {
	snapshots_listener listener;
	void *context;
	pthread_t thread;
	bool running;

	/* The watcher's alone (before it is started: of the thread that made this). */
	struct database database;
	bool due;   /* a load has to be made, or made again */
	int waited; /* looks since a load failed */

	pthread_mutex_t mutex; /* what follows; held for a few instructions */
	pthread_cond_t wake;
	struct generation *current;
	atomic_uint_fast64_t number; /* its; also read without the mutex */
	struct snapshots_status status;
	bool reload;
	bool stop;
};

static void
free_arrays(struct generation *generation)
{
	for (size_t i = 0; i < generation->cloud_count; i++)
		report_fragments_free(generation->fragments[i]);
	free(generation->fragments);
	free(generation->newest);
}

/**
 * @param catalogue  becomes the generation's
 * @param newest     one for each of the catalogue's clouds; the snapshots (not the array) become the generation's
 * @return NULL when there is no memory; nothing is taken over then
 */
static struct generation *
generation_new(svctag_catalogue *catalogue, svctag_snapshot *const *newest, uint64_t number)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	size_t count = svctag_catalogue_cloud_count(catalogue);

	if (generation == NULL)
		return NULL;
	generation->newest = calloc(count + 1, sizeof(*generation->newest));
	generation->fragments = calloc(count + 1, sizeof(*generation->fragments));
	if (generation->newest == NULL || generation->fragments == NULL)
		goto fail;
	for (; generation->cloud_count < count; generation->cloud_count++) {
		size_t i = generation->cloud_count;

		if (report_fragments_new(newest[i], &generation->fragments[i]) != SVCTAG_OK)
			goto fail;
	}
	memcpy(generation->newest, newest, count * sizeof(*newest));
	generation->catalogue = catalogue;
	generation->number = number;
	atomic_init(&generation->users, 1);
	return generation;
fail:
	free_arrays(generation);
	free(generation);
	return NULL;
}

void
generation_retain(struct generation *generation)
{
	atomic_fetch_add_explicit(&generation->users, 1, memory_order_relaxed);
}

void
generation_release(struct generation *generation)
{
	if (generation == NULL || atomic_fetch_sub_explicit(&generation->users, 1, memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < generation->cloud_count; i++)
		svctag_snapshot_free(generation->newest[i]);
	free_arrays(generation);
	svctag_catalogue_free(generation->catalogue);
	free(generation);
}

uint64_t
snapshots_number(const struct snapshots *snapshots)
{
	return atomic_load_explicit(&snapshots->number, memory_order_acquire);
}

uint64_t
generation_number(const struct generation *generation)
{
	return generation->number;
}

const svctag_catalogue *
generation_catalogue(const struct generation *generation)
{
	return generation->catalogue;
}

const svctag_snapshot *
generation_newest(const struct generation *generation, size_t cloud)
{
	return generation->newest[cloud];
}

const svctag_file_id *
generation_file(const struct generation *generation)
{
	return &generation->file;
}

const struct report_fragments *
generation_fragments(const struct generation *generation, size_t cloud)
{
	return generation->fragments[cloud];
}

/** The newest release of each cloud; what was loaded before a failure is freed. */
static svctag_error
load_newest(svctag_store *store, const svctag_catalogue *catalogue, svctag_snapshot **newest, svctag_detail *detail)
{
	size_t count = svctag_catalogue_cloud_count(catalogue);

	for (size_t i = 0; i < count; i++) {
		size_t last = svctag_catalogue_release_count(catalogue, i) - 1;
		svctag_error err =
			svctag_store_snapshot(store, svctag_catalogue_release(catalogue, i, last), &newest[i], detail);

		if (err != SVCTAG_OK) {
			while (i > 0)
				svctag_snapshot_free(newest[--i]);
			return err;
		}
	}
	return SVCTAG_OK;
}

/** Catalogue and newest releases, all of one state of the database. */
static svctag_error
load_generation(svctag_store *store, uint64_t number, struct generation **ret, svctag_detail *detail)
{
	svctag_catalogue *catalogue = NULL;
	svctag_snapshot **newest = NULL;
	struct generation *generation;
	svctag_error err;

	err = svctag_store_catalogue(store, &catalogue, detail);
	if (err != SVCTAG_OK)
		return err;
	err = SVCTAG_E_NO_MEMORY;
	newest = calloc(svctag_catalogue_cloud_count(catalogue) + 1, sizeof(svctag_snapshot *));
	if (newest == NULL)
		goto out;
	err = load_newest(store, catalogue, newest, detail);
	if (err != SVCTAG_OK)
		goto out;
	generation = generation_new(catalogue, newest, number);
	if (generation == NULL) {
		for (size_t i = 0; i < svctag_catalogue_cloud_count(catalogue); i++)
			svctag_snapshot_free(newest[i]);
		err = SVCTAG_E_NO_MEMORY;
		goto out;
	}
	generation->file = svctag_store_file(store);
	catalogue = NULL; /* the generation's now */
	*ret = generation;
out:
	free(newest);
	svctag_catalogue_free(catalogue);
	return err;
}

static svctag_error
load(struct snapshots *s, svctag_store *store, struct generation **ret, svctag_detail *detail)
{
	svctag_error err = svctag_store_begin_read(store, detail);

	if (err != SVCTAG_OK)
		return err;
	err = load_generation(store, s->status.number + 1, ret, detail);
	svctag_store_end_read(store);
	return err;
}

static void
succeeded(struct snapshots *s, struct generation *generation)
{
	struct generation *old;

	pthread_mutex_lock(&s->mutex);
	old = s->current;
	s->current = generation;
	s->status.number = generation->number;
	atomic_store_explicit(&s->number, generation->number, memory_order_release);
	s->status.loaded = generation->cloud_count > 0;
	s->status.failed = false;
	s->status.error[0] = '\0';
	pthread_mutex_unlock(&s->mutex);

	generation_release(old);
	s->due = false;
	if (s->listener != NULL)
		s->listener(s->context, generation, NULL);
}

static void
failed(struct snapshots *s, svctag_error err, const svctag_detail *detail)
{
	const char *text = detail->text[0] != '\0' ? detail->text : svctag_error_text(err);
	bool news;

	pthread_mutex_lock(&s->mutex);
	news = strcmp(s->status.error, text) != 0;
	s->status.failed = true;
	snprintf(s->status.error, sizeof(s->status.error), "%s", text);
	pthread_mutex_unlock(&s->mutex);

	s->due = true;
	s->waited = err == SVCTAG_E_BUSY ? RETRY_LOOKS : 0; /* that passes: look again at once */
	if (news && s->listener != NULL)
		s->listener(s->context, NULL, text);
}

/**
 * One look at the database. A file that could not be loaded is not tried at
 * every look: it stays as bad as it is until something changes.
 */
static void
look(struct snapshots *s, bool now)
{
	svctag_detail detail = { "" };
	svctag_store *store;
	struct generation *generation;
	bool changed = false;
	svctag_error err = database_store(&s->database, &store, &changed, &detail);

	if (err == SVCTAG_OK) {
		if (!changed && !now && !(s->due && ++s->waited >= RETRY_LOOKS))
			return;
		err = load(s, store, &generation, &detail);
	}
	if (err == SVCTAG_OK)
		succeeded(s, generation);
	else
		failed(s, err, &detail);
}

static void
wait_for_next_look(struct snapshots *s)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += POLL_INTERVAL;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	while (!s->stop && !s->reload && pthread_cond_timedwait(&s->wake, &s->mutex, &until) == 0)
		continue;
}

static void *
watch(void *context)
{
	struct snapshots *s = context;

	pthread_mutex_lock(&s->mutex);
	while (!s->stop) {
		bool now;

		wait_for_next_look(s);
		if (s->stop)
			break;
		now = s->reload;
		s->reload = false;
		pthread_mutex_unlock(&s->mutex);
		look(s, now);
		pthread_mutex_lock(&s->mutex);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

static bool
init_locks(struct snapshots *s)
{
	pthread_condattr_t attributes;
	bool ok;

	if (pthread_condattr_init(&attributes) != 0)
		return false;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	ok = pthread_cond_init(&s->wake, &attributes) == 0;
	pthread_condattr_destroy(&attributes);
	if (ok && pthread_mutex_init(&s->mutex, NULL) != 0) {
		pthread_cond_destroy(&s->wake);
		ok = false;
	}
	return ok;
}

svctag_error
snapshots_new(const char *path, snapshots_listener listener, void *context, struct snapshots **ret)
{
	struct snapshots *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return SVCTAG_E_NO_MEMORY;
	if (!init_locks(s)) {
		free(s);
		return SVCTAG_E_NO_MEMORY;
	}
	s->listener = listener;
	s->context = context;
	s->database.path = path;
	look(s, true);
	*ret = s;
	return SVCTAG_OK;
}

svctag_error
snapshots_watch(struct snapshots *snapshots)
{
	if (pthread_create(&snapshots->thread, NULL, watch, snapshots) != 0)
		return SVCTAG_E_NO_MEMORY;
	snapshots->running = true;
	return SVCTAG_OK;
}

void
snapshots_free(struct snapshots *snapshots)
{
	if (snapshots == NULL)
		return;
	if (snapshots->running) {
		pthread_mutex_lock(&snapshots->mutex);
		snapshots->stop = true;
		pthread_cond_signal(&snapshots->wake);
		pthread_mutex_unlock(&snapshots->mutex);
		pthread_join(snapshots->thread, NULL);
	}
	database_close(&snapshots->database);
	generation_release(snapshots->current);
	pthread_cond_destroy(&snapshots->wake);
	pthread_mutex_destroy(&snapshots->mutex);
	free(snapshots);
}

void
snapshots_reload(struct snapshots *snapshots)
{
	pthread_mutex_lock(&snapshots->mutex);
	snapshots->reload = true;
	pthread_cond_signal(&snapshots->wake);
	pthread_mutex_unlock(&snapshots->mutex);
}

struct generation *
snapshots_current(struct snapshots *snapshots)
{
	struct generation *generation;

	pthread_mutex_lock(&snapshots->mutex);
	generation = snapshots->current;
	if (generation != NULL)
		generation_retain(generation);
	pthread_mutex_unlock(&snapshots->mutex);
	return generation;
}

void
snapshots_get_status(struct snapshots *snapshots, struct snapshots_status *ret)
{
	pthread_mutex_lock(&snapshots->mutex);
	*ret = snapshots->status;
	pthread_mutex_unlock(&snapshots->mutex);
}
