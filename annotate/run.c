/*
 * Threads without a dispatcher: each reads the next block (one at a time),
 * works on it (all at once), and writes when the block before has been written
 * (one at a time). So there is never more than one block and its output for
 * each thread, the order is that of reading, and one thread does the same
 * without waiting for anybody.
 *
 * `reading` is held while a block is read, which may take for ever when a
 * terminal or a log that grows is read; `state` never for longer than a few
 * instructions, perhaps inside `reading`, never the other way round.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "annotator.h"
#include "source.h"

struct run {
	struct annotator *annotator;
	const struct annotate_io *io;

	pthread_mutex_t reading; /* guards these */
	struct source source;
	uint64_t next_number; /* of the next block */
	bool has_ended;       /* all is read, or reading has failed */
	svctag_error read_err;
	int read_errno;
	svctag_detail detail;

	pthread_mutex_t state; /* guards these */
	pthread_cond_t turned;
	uint64_t turn;    /* the number of the block that is to be written */
	svctag_error err; /* the first of working and writing; ends the run */
	int err_errno;

	/* Only for the thread whose turn it is. */
	struct annotate_counts counts;
	char last;           /* the last byte that was written */
	bool lacks_line_end; /* that was of another input, and no line end */
};

/* What a thread works with. */
struct worker {
	struct run *run;
	pthread_t thread;
	struct block block;
	uint64_t number; /* of the block */
	struct output output;
	struct batch *batch;
};

static void
fail(struct run *run, svctag_error err)
{
	int number = errno;

	pthread_mutex_lock(&run->state);
	if (run->err == SVCTAG_OK) {
		run->err = err;
		run->err_errno = number;
	}
	pthread_cond_broadcast(&run->turned);
	pthread_mutex_unlock(&run->state);
}

static bool
has_failed(struct run *run)
{
	bool failed;

	pthread_mutex_lock(&run->state);
	failed = run->err != SVCTAG_OK;
	pthread_mutex_unlock(&run->state);
	return failed;
}

/* The next block. @return false: there is none for this thread any more */
static bool
read_block(struct worker *worker)
{
	struct run *run = worker->run;
	bool more = false;

	pthread_mutex_lock(&run->reading);
	if (!run->has_ended && !has_failed(run)) {
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

/* Wait until everything before the thread's block has been written. @return false: the run has failed */
static bool
take_turn(struct worker *worker)
{
	struct run *run = worker->run;
	bool ok;

	pthread_mutex_lock(&run->state);
	while (run->turn != worker->number && run->err == SVCTAG_OK)
		pthread_cond_wait(&run->turned, &run->state);
	ok = run->err == SVCTAG_OK;
	pthread_mutex_unlock(&run->state);
	return ok;
}

static void
pass_turn(struct run *run)
{
	pthread_mutex_lock(&run->state);
	run->turn++;
	pthread_cond_broadcast(&run->turned);
	pthread_mutex_unlock(&run->state);
}

/* A last line without an end gets one if another input follows. */
static svctag_error
write_output(struct run *run, const struct worker *worker)
{
	const struct output *output = &worker->output;
	svctag_error err = SVCTAG_OK;

	if (worker->block.starts_input)
		run->lacks_line_end = run->last != '\n';
	if (output->size == 0)
		return SVCTAG_OK;
	if (run->lacks_line_end)
		err = run->io->write(run->io->context, "\n", 1);
	run->lacks_line_end = false;
	if (err == SVCTAG_OK)
		err = run->io->write(run->io->context, output->data, output->size);
	run->last = output->data[output->size - 1];
	return err;
}

static void
add_counts(struct annotate_counts *to, const struct annotate_counts *counts)
{
	to->bytes += counts->bytes;
	to->lines += counts->lines;
	to->matched += counts->matched;
	to->kept += counts->kept;
	to->missing += counts->missing;
	to->unreadable += counts->unreadable;
	to->too_long += counts->too_long;
}

/* Work on the block at hand and write what becomes of it. @return false: the run has failed */
static bool
work_block(struct worker *worker)
{
	struct run *run = worker->run;
	struct annotate_counts counts = { .bytes = worker->block.size };
	svctag_error err;

	worker->output.size = 0;
	err = annotator_process(run->annotator, worker->batch, &worker->block, &worker->output, &counts);
	if (err == SVCTAG_OK && !take_turn(worker))
		return false;
	if (err == SVCTAG_OK)
		err = write_output(run, worker);
	if (err != SVCTAG_OK) {
		fail(run, err);
		return false;
	}
	add_counts(&run->counts, &counts);
	if (run->io->progress != NULL)
		run->io->progress(run->io->context, &run->counts);
	pass_turn(run);
	return true;
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
		output_release(&workers[i].output);
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
		.io = io,
		.source = { .options = &annotator->options, .io = io },
		.last = '\n',
	};
	struct worker *workers = workers_new(&run, threads);

	pthread_mutex_init(&run.reading, NULL);
	pthread_mutex_init(&run.state, NULL);
	pthread_cond_init(&run.turned, NULL);
	if (workers_are_whole(workers, threads))
		work_all(workers, threads);
	else
		run.err = SVCTAG_E_NO_MEMORY;
	workers_free(workers, threads);
	source_release(&run.source);
	pthread_cond_destroy(&run.turned);
	pthread_mutex_destroy(&run.state);
	pthread_mutex_destroy(&run.reading);
	*counts = run.counts;
	if (run.err == SVCTAG_OK) {
		run.err = run.read_err;
		run.err_errno = run.read_errno;
		*detail = run.detail;
	}
	errno = run.err_errno;
	return run.err;
}
