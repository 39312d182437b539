#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/quad.h"

#include "annotator.h"
#include "record.h"

/* Two of them and what becomes of them fit the second-level cache of anything. */
#define BLOCK_SIZE ((size_t)64 << 10)

/*
 * A block is read to where a cache line begins, and what was left by the one
 * before stands in front of it, as far as there is room for it. Some
 * processors copy to the first 31 bytes behind a page's beginning at a third
 * of the speed (Zen 3, whose `rep movsb` the kernel uses), and where memory
 * from malloc() begins, with a few bytes more, is just there.
 */
#define BLOCK_ALIGNMENT ((size_t)64)
#define BLOCK_FRONT ((size_t)1024)

void
source_release(struct source *source)
{
	free(source->rest);
	source->rest = NULL;
}

void
block_release(struct block *block)
{
	free(block->room);
	block->room = NULL;
}

/* Room for so many bytes in a block. What is there stays. */
static bool
reserve(struct block *block, size_t needed)
{
	size_t offset = block->room == NULL ? BLOCK_FRONT : (size_t)(block->data - block->room);
	size_t whole;
	char *room;

	if (needed <= block->capacity && block->room != NULL)
		return true;
	needed += needed / 2;
	whole = (BLOCK_FRONT + needed + QUAD_SLACK + BLOCK_ALIGNMENT - 1) / BLOCK_ALIGNMENT * BLOCK_ALIGNMENT;
	room = aligned_alloc(BLOCK_ALIGNMENT, whole);
	if (room == NULL)
		return false;
	if (block->size > 0)
		memcpy(room + offset, block->data, block->size);
	free(block->room);
	block->room = room;
	block->data = room + offset;
	block->capacity = needed;
	return true;
}

/* Room for so many bytes that are kept. */
static bool
reserve_rest(struct source *source, size_t needed)
{
	char *bigger;

	if (needed <= source->rest_capacity && source->rest != NULL)
		return true;
	needed += needed / 2 + BLOCK_FRONT;
	bigger = realloc(source->rest, needed);
	if (bigger == NULL)
		return false;
	source->rest = bigger;
	source->rest_capacity = needed;
	return true;
}

/* Past the end of the last line, of those that end behind the first `scanned` bytes; 0 if none does. */
static size_t
last_line_end(const struct source *source, const struct block *block, size_t scanned)
{
	const char *end = block->data + block->size;
	const char *last = NULL;

	if (source->options->input != ANNOTATE_CSV) {
		last = memrchr(block->data + scanned, '\n', block->size - scanned);
		return last == NULL ? 0 : (size_t)(last - block->data) + 1;
	}
	/* Whether a line feed ends a record depends on all that comes before it. */
	last = block->data;
	for (const char *next = last; next != NULL;
	     next = record_end(last, end, annotate_csv_separator(source->options)))
		last = next;
	return (size_t)(last - block->data);
}

/* Past the end of the first line, or 0. */
static size_t
first_line_end(const struct source *source, const struct block *block)
{
	const char *end = block->data + block->size;
	const char *line_feed;

	if (source->options->input == ANNOTATE_CSV) {
		const char *stop = record_end(block->data, end, annotate_csv_separator(source->options));

		return stop == NULL ? 0 : (size_t)(stop - block->data);
	}
	line_feed = memchr(block->data, '\n', block->size);
	return line_feed == NULL ? 0 : (size_t)(line_feed - block->data) + 1;
}

/* How much of what is there can be handed out, and as what. 0: more has to be read first. */
static size_t
find_cut(struct source *source, struct block *block, size_t scanned)
{
	size_t cut;

	if (block->size == 0)
		return 0;
	if (source->skipping) {
		const char *line_feed = memchr(block->data, '\n', block->size);

		block->kind = BLOCK_PIECE;
		block->starts_line = false;
		source->skipping = line_feed == NULL;
		return line_feed == NULL ? block->size : (size_t)(line_feed - block->data) + 1;
	}
	block->kind = source->at_header ? BLOCK_HEADER : BLOCK_LINES;
	cut = source->at_header ? first_line_end(source, block) : last_line_end(source, block, scanned);
	if (cut == 0 && block->size > ANNOTATE_LONGEST) {
		block->kind = BLOCK_PIECE;
		block->starts_line = true;
		source->skipping = true;
		cut = block->size;
	}
	return cut;
}

/* Keep what is behind the cut for the next block. */
static svctag_error
keep_rest(struct source *source, struct block *block, size_t cut)
{
	size_t rest = block->size - cut;

	if (!reserve_rest(source, rest))
		return SVCTAG_E_NO_MEMORY;
	memcpy(source->rest, block->data + cut, rest);
	source->rest_size = rest;
	block->size = cut;
	return SVCTAG_OK;
}

static svctag_error
hand_out(struct source *source, struct block *block, svctag_detail *detail)
{
	svctag_error err = SVCTAG_OK;

	memset(block->data + block->size, 0, QUAD_SLACK);
	block->starts_input = source->starts_input;
	source->starts_input = false;
	if (block->kind == BLOCK_HEADER)
		err = annotate_header_field(source->options, block->data, block->size, &source->field, detail);
	source->at_header = false;
	block->field = source->field;
	return err;
}

/* Go to the next input. @return false: there is none */
static bool
open_next(struct source *source)
{
	if (!source->io->next(source->io->context))
		return false;
	source->is_open = true;
	source->starts_input = true;
	source->at_header = source->options->header;
	source->field = source->options->field;
	return true;
}

/* Read what there is behind what the block has. 0 bytes at the input's end */
static svctag_error
read_more(struct source *source, struct block *block, size_t *ret_count)
{
	size_t wanted = source->options->block_size > 0 ? source->options->block_size : BLOCK_SIZE;
	ssize_t count;

	if (!reserve(block, block->size + wanted))
		return SVCTAG_E_NO_MEMORY;
	do {
		count = source->io->read(source->io->context, block->data + block->size, wanted);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return SVCTAG_E_IO;
	block->size += (size_t)count;
	source->bytes += (size_t)count;
	*ret_count = (size_t)count;
	return SVCTAG_OK;
}

/* What was left by the last block begins this one. */
static svctag_error
take_rest(struct source *source, struct block *block)
{
	block->size = 0;
	if (!reserve(block, source->rest_size))
		return SVCTAG_E_NO_MEMORY;
	block->data = block->room + (source->rest_size < BLOCK_FRONT ? BLOCK_FRONT - source->rest_size : 0);
	if (source->rest_size > 0)
		memcpy(block->data, source->rest, source->rest_size);
	block->size = source->rest_size;
	source->rest_size = 0;
	return SVCTAG_OK;
}

/* The input has ended in the middle of a line, or of nothing. */
static bool
take_last(struct source *source, struct block *block)
{
	source->is_open = false;
	if (block->size == 0)
		return false;
	block->kind = source->at_header ? BLOCK_HEADER : BLOCK_LINES;
	return true;
}

svctag_error
source_next(struct source *source, struct block *block, bool *ret_more, svctag_detail *detail)
{
	size_t scanned = 0;
	svctag_error err = take_rest(source, block);

	while (err == SVCTAG_OK) {
		size_t cut = find_cut(source, block, scanned);
		size_t count = 0;

		if (cut > 0) {
			err = keep_rest(source, block, cut);
			*ret_more = true;
			return err != SVCTAG_OK ? err : hand_out(source, block, detail);
		}
		scanned = block->size;
		if (!source->is_open && !open_next(source)) {
			*ret_more = false;
			return SVCTAG_OK;
		}
		err = read_more(source, block, &count);
		if (err != SVCTAG_OK || count > 0)
			continue;
		source->skipping = false;
		if (take_last(source, block)) {
			*ret_more = true;
			return hand_out(source, block, detail);
		}
	}
	return err;
}
