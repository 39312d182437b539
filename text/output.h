/*
 * Bytes on their way out: a buffer that grows. Most of what is copied is a
 * dozen bytes, and how many is unpredictable: copying a fixed number and
 * counting fewer is a good deal faster than memcpy(), which has to branch on
 * the size. So there is room for the excess behind every end.
 */
#ifndef TEXT_OUTPUT_H
#define TEXT_OUTPUT_H

#include <stdbool.h>
#include <string.h>

#include <svctag/api.h>

/** What a copy of a short or a long text moves at once. */
#define OUTPUT_SHORT 16
#define OUTPUT_LONG 112
/** Writable bytes that are kept behind what was written. */
#define OUTPUT_SLACK OUTPUT_LONG

struct output {
	char *data;
	size_t size;
	size_t capacity; /**< without the slack */
	bool borrowed;   /**< data is somebody else's; what outgrows it moves to memory of its own */
};

/** Room that is somebody else's, with the slack in it; none if it has no more than that. */
static inline struct output
output_borrow(char *room, size_t size)
{
	return (struct output){ .data = room,
				.capacity = size > OUTPUT_SLACK ? size - OUTPUT_SLACK : 0,
				.borrowed = true };
}

/** Make room for so many more. @return false: out of memory, nothing has changed */
SVCTAG_MUST_CHECK bool output_grow(struct output *output, size_t more);
/** Accepts a zero-initialised one. */
void output_release(struct output *output);

static inline bool
output_reserve(struct output *output, size_t more)
{
	return __builtin_expect(output->capacity - output->size >= more, 1) || output_grow(output, more);
}

/** Copy a text that is seldom longer than OUTPUT_SHORT, with so many readable bytes behind it. @return the end */
static inline char *
output_short(char *to, const char *text, size_t size)
{
	memcpy(to, text, OUTPUT_SHORT);
	if (__builtin_expect(size > OUTPUT_SHORT, 0))
		memcpy(to, text, size);
	return to + size;
}

/** The same with OUTPUT_LONG; mostly short ones cost no more than those of output_short(). */
static inline char *
output_long(char *to, const char *text, size_t size)
{
	memcpy(to, text, OUTPUT_SHORT);
	if (size > OUTPUT_SHORT)
		memcpy(to + OUTPUT_SHORT, text + OUTPUT_SHORT, OUTPUT_LONG - OUTPUT_SHORT);
	if (__builtin_expect(size > OUTPUT_LONG, 0))
		memcpy(to + OUTPUT_LONG, text + OUTPUT_LONG, size - OUTPUT_LONG);
	return to + size;
}

/** Add bytes for which there is room. */
static inline void
output_add(struct output *output, const char *data, size_t size)
{
	if (size > 0) /* nothing may come from nowhere and go there */
		memcpy(output->data + output->size, data, size);
	output->size += size;
}

#endif
