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

#ifdef __SSE2__
#include <immintrin.h>
#endif

/** What a copy of a short or a long text moves at once; the long one is two cache lines. */
#define OUTPUT_SHORT 16
#define OUTPUT_LONG 128
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

#ifdef __SSE2__
/** What those who call output_wide() are compiled for: processors with AVX2 (2013). */
#define OUTPUT_WIDE_TARGET __attribute__((target("avx2")))

OUTPUT_WIDE_TARGET static inline void
output_move_wide(char *to, const char *text)
{
	_mm256_storeu_si256((__m256i *)(void *)to, _mm256_loadu_si256((const __m256i *)(const void *)text));
}

/** As output_long(), with half the moves. */
OUTPUT_WIDE_TARGET static inline char *
output_wide(char *to, const char *text, size_t size)
{
	output_move_wide(to, text);
	if (size > 32) {
		output_move_wide(to + 32, text + 32);
		output_move_wide(to + 64, text + 64);
		output_move_wide(to + 96, text + 96);
	}
	if (__builtin_expect(size > OUTPUT_LONG, 0))
		memcpy(to + OUTPUT_LONG, text + OUTPUT_LONG, size - OUTPUT_LONG);
	return to + size;
}
#else
#define OUTPUT_WIDE_TARGET

static inline char *
output_wide(char *to, const char *text, size_t size)
{
	return output_long(to, text, size);
}
#endif

/** Add bytes for which there is room. */
static inline void
output_add(struct output *output, const char *data, size_t size)
{
	if (size > 0) /* nothing may come from nowhere and go there */
		memcpy(output->data + output->size, data, size);
	output->size += size;
}

#endif
