/* What is read at a time and worked on by one thread: whole lines. */
#ifndef ANNOTATE_BLOCK_H
#define ANNOTATE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

enum block_kind {
	BLOCK_LINES,  /**< all ends but perhaps the input's last are there */
	BLOCK_HEADER, /**< one line, which names the columns */
	BLOCK_PIECE,  /**< of a line that is too long */
};

struct block {
	char *data; /**< with QUAD_SLACK readable bytes behind `size` */
	size_t size;
	char *room;      /**< what `data` is in: block_release() */
	size_t capacity; /**< of the room, without what is before and behind the data */
	enum block_kind kind;
	bool starts_input; /**< nothing of its input has come before */
	bool starts_line;  /**< a piece: the first of its line */
	size_t field;      /**< the field with the address, from 1, where fields are named by a header */
};

#endif
