/*
 * Threads without a dispatcher: each reads the next block (one at a time),
 * works on it (all at once), and hands in what became of it (ordered.h), which
 * is written in the order of reading. One thread does the same without waiting
 * for anybody.
 *
 * `reading` is held while a block is read, which may take for ever when a
 * terminal or a log that grows is read. The lock of the output is taken inside
 * it, never the other way round, and for no longer than a few instructions.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "annotator.h"
#include "ordered.h"
#include "source.h"

/* A read takes some ten microseconds; so often is looked whether it is over, for twice as long. */
#define READING_TRIES 100
#define READING_PAUSES 16

struct run {
	struct annotator *annotator;
	struct ordered ordered;

	pthread_mutex_t reading; /* guards these */
	struct source source;
	uint64_t next_number; /* of the next block */
	bool has_ended;       /* all is read, or reading has failed */
	svctag_error read_err;
	int read_errno;
	svctag_detail detail;
};

/* What a thread works with. */
struct worker {
	struct run *run;
	pthread_t thread;
	struct block block;
	uint64_t number; /* of the block */
	struct finished finished;
	struct batch *batch;
};

static void
pause_briefly(void)
{
	for (int i = 0; i < READING_PAUSES; i++) {
#ifdef __SSE2__
		__builtin_ia32_pause();
#else
		__asm__ volatile("" ::: "memory");
#endif
	}
}

/*
 * To go to sleep and be woken up takes longer than to wait for another's read,
 * unless that one waits for its input.
 */
static void
lock_reading(struct run *run)
{
	for (int i = 0; i < READING_TRIES; i++) {
		if (pthread_mutex_trylock(&run->reading) == 0)
			return;
		pause_briefly();
	}
	pthread_mutex_lock(&run->reading);
}

/* The next block. @return false: there is none for this thread any more */
static bool
read_block(struct worker *worker)
{
	struct run *run = worker->run;
	bool more = false;

	lock_reading(run);
	if (!run->has_ended && !ordered_has_failed(&run->ordered)) {
		run->read_err = source_next(&run->source, &worker->block, &more, &run->detail);
		run->read_errno = errno;
		more = more && run->read_err == SVCTAG_OK;
		run->has_ended = !more;
		worker->number = run->next_number;
		run->next_number += more;
	}
	pthread_mutex_unlock(&run->reading);
	return more;
}

/* Work on the block at hand and hand in what becomes of it. @return false: the run has failed */
static bool
work_block(struct worker *worker)
{
	struct run *run = worker->run;
	struct finished *finished = &worker->finished;
	svctag_error err;

	finished->output.size = 0;
	finished->counts = (struct annotate_counts){ .bytes = worker->block.size };
	finished->starts_input = worker->block.starts_input;
	err = annotator_process(run->annotator, worker->batch, &worker->block, &finished->output, &finished->counts);
	if (err == SVCTAG_OK)
		return ordered_put(&run->ordered, worker->number, finished);
	ordered_fail(&run->ordered, err);
	return false;
}

static void *
work(void *context)
{
	struct worker *worker = context;

	while (read_block(worker) && work_block(worker))
		continue;
	return NULL;
}

/* Start all but the first, which is the caller's own thread. Fewer than were asked for do as well. */
static void
work_all(struct worker *workers, size_t count)
{
	size_t started = 1;

	while (started < count && pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
		started++;
	(void)work(&workers[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
}

static struct worker *
workers_new(struct run *run, size_t count)
{
	struct worker *workers = calloc(count, sizeof(*workers));

	for (size_t i = 0; workers != NULL && i < count; i++) {
		workers[i].run = run;
		workers[i].batch = calloc(1, sizeof(*workers[i].batch));
	}
	return workers;
}

static bool
workers_are_whole(const struct worker *workers, size_t count)
{
	for (size_t i = 0; workers != NULL && i < count; i++) {
		if (workers[i].batch == NULL)
			return false;
	}
	return workers != NULL;
}

static void
workers_free(struct worker *workers, size_t count)
{
	for (size_t i = 0; workers != NULL && i < count; i++) {
		block_release(&workers[i].block);
		output_release(&workers[i].finished.output);
		free(workers[i].batch);
	}
	free(workers);
}

svctag_error
annotate_run(struct annotator *annotator, const struct annotate_io *io, struct annotate_counts *counts,
	     svctag_detail *detail)
{
	size_t threads = annotator->options.threads > 0 ? annotator->options.threads : 1;
	struct run run = {
		.annotator = annotator,
		.source = { .options = &annotator->options, .io = io },
	};
	struct worker *workers = workers_new(&run, threads);
	svctag_error err;
	int number;

	ordered_init(&run.ordered, io);
	pthread_mutex_init(&run.reading, NULL);
	if (workers_are_whole(workers, threads))
		work_all(workers, threads);
	else
		ordered_fail(&run.ordered, SVCTAG_E_NO_MEMORY);
	workers_free(workers, threads);
	source_release(&run.source);
	pthread_mutex_destroy(&run.reading);
	*counts = run.ordered.counts;
	err = run.ordered.err;
	number = run.ordered.err_errno;
	if (err == SVCTAG_OK) {
		err = run.read_err;
		number = run.read_errno;
		*detail = run.detail;
	}
	ordered_release(&run.ordered);
	errno = number;
	return err;
}
