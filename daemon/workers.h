/**
 * @file
 * A few threads for what reads the database or takes long, each with a
 * connection of its own, and two bounded queues before them: when one is full
 * the client is told so at once instead of being kept waiting. What may take
 * seconds has a queue of its own and never all of the threads, so that it does
 * not hold up what takes milliseconds.
 */
#ifndef WORKERS_H
#define WORKERS_H

#include <stddef.h>

#include "database.h"

struct workers;

enum workers_lane {
	WORKERS_QUICK, /**< milliseconds */
	WORKERS_LONG,  /**< may be seconds */
	WORKERS_LANES,
};

/** One piece of work, in the caller's memory until `run` is called. */
struct workers_job {
	struct workers_job *next; /**< the queue's */
	enum workers_lane lane;
	/** Runs in a worker, once; may free the job. */
	void (*run)(struct workers_job *job, struct database *database);
};

/**
 * @param path     of the database; outlives the workers
 * @param threads  at least 2; all but one may do long work at the same time
 * @param queue    most jobs that wait in each lane
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error workers_new(const char *path, size_t threads, size_t queue, struct workers **ret);

/**
 * Take a place in a queue, for a caller that has to know that it will be
 * served before it commits itself. Any thread.
 * @param further  more of what was begun: it may come when the queue is full
 * @return false when it is full, or the workers are stopping
 */
bool workers_reserve(struct workers *workers, enum workers_lane lane, bool further);

/** Queue a job in the place reserved before in its lane. Never fails. Any thread. */
void workers_submit(struct workers *workers, struct workers_job *job);

/** Take no more reservations; return when all that were made have been served. */
void workers_drain(struct workers *workers);

/** Drains and ends them. Accepts NULL. */
void workers_free(struct workers *workers);

#endif
