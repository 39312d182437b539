/*
 * Output in order, from threads that are done in any order. Whoever has the
 * block whose turn it is writes, and then what has been waiting for that;
 * what comes early is left here, so that its thread can go on. A thread waits
 * only when it is ORDERED_WINDOW blocks ahead of the one that is written.
 */
#ifndef ANNOTATE_ORDERED_H
#define ANNOTATE_ORDERED_H

#include <pthread.h>
#include <stdint.h>

#include "text/output.h"

#include "annotate.h"

/** So much may one thread be held up before the others have to wait for it. */
#define ORDERED_WINDOW 16

/** What has become of a block. */
struct finished {
	struct output output;
	struct annotate_counts counts;
	bool starts_input; /**< nothing of its input has come before */
};

struct ordered {
	const struct annotate_io *io;

	pthread_mutex_t lock; /* guards these; never held while anything is written */
	pthread_cond_t turned;
	uint64_t turn; /* the number of the block that is to be written, or is being written */
	struct {
		struct finished finished;
		bool is_used;
	} parked[ORDERED_WINDOW];            /* by number, of those after it */
	struct output spare[ORDERED_WINDOW]; /* buffers that nothing is in, the last used first */
	size_t spare_count;
	svctag_error err; /* the first; ends the run */
	int err_errno;

	/* Only for the thread whose turn it is. */
	struct annotate_counts counts;
	char last;           /* the last byte that was written */
	bool lacks_line_end; /* that was of another input, and no line end */
};

void ordered_init(struct ordered *ordered, const struct annotate_io *io);
void ordered_release(struct ordered *ordered);

/** End the run, with errno, unless it has failed already. */
void ordered_fail(struct ordered *ordered, svctag_error err);
bool ordered_has_failed(struct ordered *ordered);

/**
 * Hand in a block. Blocks are numbered from 0, each comes once.
 * @param[in,out] finished  its buffer may be another one afterwards
 * @return false: the run has failed
 */
SVCTAG_MUST_CHECK bool ordered_put(struct ordered *ordered, uint64_t number, struct finished *finished);

#endif
