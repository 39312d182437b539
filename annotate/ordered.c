#include "ordered.h"

#include <errno.h>
#include <string.h>

void
ordered_init(struct ordered *ordered, const struct annotate_io *io)
{
	*ordered = (struct ordered){ .io = io, .last = '\n' };
	pthread_mutex_init(&ordered->lock, NULL);
	pthread_cond_init(&ordered->turned, NULL);
}

void
ordered_release(struct ordered *ordered)
{
	for (size_t i = 0; i < ORDERED_WINDOW; i++)
		output_release(&ordered->parked[i].finished.output);
	for (size_t i = 0; i < ordered->spare_count; i++)
		output_release(&ordered->spare[i]);
	pthread_cond_destroy(&ordered->turned);
	pthread_mutex_destroy(&ordered->lock);
}

void
ordered_fail(struct ordered *ordered, svctag_error err)
{
	int number = errno;

	pthread_mutex_lock(&ordered->lock);
	if (ordered->err == SVCTAG_OK) {
		ordered->err = err;
		ordered->err_errno = number;
	}
	pthread_cond_broadcast(&ordered->turned);
	pthread_mutex_unlock(&ordered->lock);
}

bool
ordered_has_failed(struct ordered *ordered)
{
	bool failed;

	pthread_mutex_lock(&ordered->lock);
	failed = ordered->err != SVCTAG_OK;
	pthread_mutex_unlock(&ordered->lock);
	return failed;
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

/* A last line without an end gets one if another input follows. */
static svctag_error
write_output(struct ordered *ordered, const struct finished *finished)
{
	const struct annotate_io *io = ordered->io;
	const struct output *output = &finished->output;
	svctag_error err = SVCTAG_OK;

	if (finished->starts_input)
		ordered->lacks_line_end = ordered->last != '\n';
	if (output->size == 0)
		return SVCTAG_OK;
	if (ordered->lacks_line_end)
		err = io->write(io->context, "\n", 1);
	ordered->lacks_line_end = false;
	if (err == SVCTAG_OK)
		err = io->write(io->context, output->data, output->size);
	ordered->last = output->data[output->size - 1];
	return err;
}

/* The block whose turn it is. @return false: the run has failed */
static bool
write_block(struct ordered *ordered, const struct finished *finished)
{
	svctag_error err = write_output(ordered, finished);

	if (err != SVCTAG_OK) {
		ordered_fail(ordered, err);
		return false;
	}
	add_counts(&ordered->counts, &finished->counts);
	if (ordered->io->progress != NULL)
		ordered->io->progress(ordered->io->context, &ordered->counts);
	return true;
}

/* Leave a block for the thread whose turn it is, and take a buffer for it. Under the lock. */
static void
park(struct ordered *ordered, uint64_t number, struct finished *finished)
{
	size_t place = number % ORDERED_WINDOW;

	ordered->parked[place].finished = *finished;
	ordered->parked[place].is_used = true;
	finished->output = ordered->spare_count > 0 ? ordered->spare[--ordered->spare_count] : (struct output){ 0 };
}

/* The next one's turn: take it if it waits here. @return false: it does not */
static bool
pass_turn(struct ordered *ordered, struct finished *ret)
{
	size_t place = (ordered->turn + 1) % ORDERED_WINDOW;
	bool waits;

	pthread_mutex_lock(&ordered->lock);
	ordered->turn++;
	waits = ordered->parked[place].is_used;
	if (waits) {
		*ret = ordered->parked[place].finished;
		ordered->parked[place].is_used = false;
		ordered->parked[place].finished.output = (struct output){ 0 };
	}
	pthread_cond_broadcast(&ordered->turned);
	pthread_mutex_unlock(&ordered->lock);
	return waits;
}

/* The buffer of what waited here. */
static void
give_back(struct ordered *ordered, struct output *output)
{
	pthread_mutex_lock(&ordered->lock);
	ordered->spare[ordered->spare_count++] = *output;
	pthread_mutex_unlock(&ordered->lock);
}

bool
ordered_put(struct ordered *ordered, uint64_t number, struct finished *finished)
{
	struct finished next;
	bool failed;
	bool early;
	bool ok;

	pthread_mutex_lock(&ordered->lock);
	while (number - ordered->turn >= ORDERED_WINDOW && ordered->err == SVCTAG_OK)
		pthread_cond_wait(&ordered->turned, &ordered->lock);
	failed = ordered->err != SVCTAG_OK;
	early = number != ordered->turn;
	if (early && !failed)
		park(ordered, number, finished);
	pthread_mutex_unlock(&ordered->lock);
	if (failed || early)
		return !failed;

	ok = write_block(ordered, finished);
	while (ok && pass_turn(ordered, &next)) {
		ok = write_block(ordered, &next);
		give_back(ordered, &next.output);
	}
	return ok;
}
