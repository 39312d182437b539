/**
 * @file
 * Work that may be long: an account of how long an answer takes and how much
 * it writes, which ends it when it is too late, too long, or not wanted any
 * more. Belongs to one thread.
 */
#ifndef WORK_H
#define WORK_H

#include "service.h"

/** Most bytes of an answer, which is held as a whole. */
#define WORK_ANSWER_MAX ((size_t)128 << 20)

/** Why it ended before it was done. */
enum work_end {
	WORK_GOES_ON,
	WORK_UNWANTED, /**< the client has gone, or the daemon has to stop */
	WORK_LATE,
	WORK_LONG,
};

struct work {
	const struct work_limits *limits;
	bool is_post;
	enum work_end end;
	int64_t look_ms; /**< when to look after the client again */
	char *body;      /**< malloc()ed */
	size_t size;
	size_t capacity;
};

/** Both have to outlive the work. work_release() it. */
void work_begin(struct work *work, const struct request *request, const struct context *context);

/**
 * work_begin(), and open the worker's database.
 * @param[out] ret  the worker's; untouched when false
 * @return false when it cannot be opened or the work has to end; reply is a problem then
 */
bool work_begin_reading(struct work *work, const struct request *request, const struct context *context,
			svctag_store **ret, struct reply *reply);

/** Frees what was written, unless a reply has it. */
void work_release(struct work *work);

/** To be asked often. @return false when it is to end; it stays so */
bool work_goes_on(struct work *work);

/** The same in the form in which the library reports progress. @param work  a struct work */
bool work_progress(void *work, size_t done, size_t of);

/**
 * Where the answer is written. Writing fails from the moment at which the
 * work has to end.
 * @return NULL when there is no memory
 */
FILE *work_open(struct work *work);

/**
 * Close it and make a 200 of what was written, or the problem that the work
 * ended with.
 * @param out    of work_open(); NULL is no memory
 * @param error  of the writing
 */
void work_close(struct work *work, FILE *out, svctag_error error, const char *content_type, struct reply *reply);

/** A failure of the work: the problem that it ended with, else reply_error(). */
void work_failed(const struct work *work, svctag_error error, const svctag_detail *detail, struct reply *reply);

#endif
