/**
 * @file
 * A few threads for what reads the database, each with a connection of its
 * own, and a bounded queue before them: when it is full the client is told so
 * at once instead of being kept waiting.
 */
#ifndef WORKERS_H
#define WORKERS_H

#include <stddef.h>

#include "database.h"

struct workers;

/** One piece of work, in the caller's memory until `run` is called. */
struct workers_job {
	struct workers_job *next; /**< the queue's */
	/** Runs in a worker, once; may free the job. */
	void (*run)(struct workers_job *job, struct database *database);
};

/**
 * @param path     of the database; outlives the workers
 * @param threads  at least 1
 * @param queue    most jobs that wait
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error workers_new(const char *path, size_t threads, size_t queue, struct workers **ret);

/**
 * Take a place in the queue, for a caller that has to know that it will be
 * served before it commits itself. Any thread.
 * @return false when it is full, or the workers are stopping
 */
bool workers_reserve(struct workers *workers);

/** Queue a job in the place reserved before. Never fails. Any thread. */
void workers_submit(struct workers *workers, struct workers_job *job);

/** Take no more reservations; return when all that were made have been served. */
void workers_drain(struct workers *workers);

/** Drains and ends them. Accepts NULL. */
void workers_free(struct workers *workers);

#endif
