/*
 * Inputs one after the other, cut into blocks of whole lines. What a read
 * gives is handed out at once; only the beginning of a line whose end has not
 * come yet is kept, at most ANNOTATE_LONGEST bytes. Used by one thread at a
 * time.
 */
#ifndef ANNOTATE_SOURCE_H
#define ANNOTATE_SOURCE_H

#include "annotate.h"
#include "block.h"

struct source {
	const struct annotate_options *options;
	const struct annotate_io *io;
	char *rest; /* what has been read and not handed out */
	size_t rest_size;
	size_t rest_capacity;
	bool is_open;      /* an input is */
	bool starts_input; /* nothing of it has been handed out */
	bool at_header;    /* its first line is still to come */
	bool skipping;     /* inside a line that is too long */
	size_t field;      /* of this input, by its header */
	uint64_t bytes;    /* read */
};

/**
 * The next block.
 * @param block      zero-initialised at first; used again and again, block_release() in the end
 * @param ret_more   false: there is nothing any more, and nothing in the block
 * @return SVCTAG_OK, SVCTAG_E_IO with errno, SVCTAG_E_NOT_FOUND (no such field in a header), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error source_next(struct source *source, struct block *block, bool *ret_more,
					   svctag_detail *detail);

void source_release(struct source *source);
void block_release(struct block *block);

#endif
