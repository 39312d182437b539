#include "work.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "database.h"

/** How often to look after the client, and not before it has been waiting for as long. */
#define LOOK_MS 100
/** The first room for an answer. */
#define BODY_START ((size_t)64 << 10)

int64_t
work_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
work_begin(struct work *work, const struct request *request, const struct context *context)
{
	const struct work_limits *limits = &context->limits;

	*work = (struct work){
		.limits = limits,
		.is_post = request->method == METHOD_POST,
		.look_ms = (limits->waits_ms != 0 ? limits->waits_ms : work_now_ms()) + LOOK_MS,
	};
}

bool
work_begin_reading(struct work *work, const struct request *request, const struct context *context, svctag_store **ret,
		   struct reply *reply)
{
	svctag_detail detail = { "" };
	svctag_error err = SVCTAG_E_LIMIT;

	work_begin(work, request, context);
	if (work_goes_on(work))
		err = database_store(context->database, ret, NULL, &detail);
	if (err != SVCTAG_OK)
		work_failed(work, err, &detail, reply);
	return err == SVCTAG_OK;
}

void
work_release(struct work *work)
{
	free(work->body);
	work->body = NULL;
}

bool
work_goes_on(struct work *work)
{
	const struct work_limits *limits = work->limits;
	int64_t now = work_now_ms();

	if (work->end != WORK_GOES_ON)
		return false;
	if (limits->deadline_ms != 0 && now >= limits->deadline_ms)
		work->end = WORK_LATE;
	if (now < work->look_ms || limits->is_unwanted == NULL)
		return work->end == WORK_GOES_ON;
	work->look_ms = now + LOOK_MS;
	if (limits->is_unwanted(limits->client))
		work->end = WORK_UNWANTED;
	return work->end == WORK_GOES_ON;
}

bool
work_progress(void *work, size_t done, size_t of)
{
	(void)done;
	(void)of;
	return work_goes_on(work);
}

static bool
grow(struct work *work, size_t need)
{
	size_t capacity = work->capacity == 0 ? BODY_START : 2 * work->capacity;
	char *body;

	if (capacity < need)
		capacity = need;
	body = realloc(work->body, capacity);
	if (body == NULL)
		return false;
	work->body = body;
	work->capacity = capacity;
	return true;
}

/** A stream's `write`: 0 is failure. */
static ssize_t
take(void *cookie, const char *data, size_t size)
{
	struct work *work = cookie;

	if (!work_goes_on(work))
		return 0;
	if (size > WORK_ANSWER_MAX - work->size) {
		work->end = WORK_LONG;
		return 0;
	}
	if (work->size + size >= work->capacity && !grow(work, work->size + size + 1))
		return 0;
	memcpy(work->body + work->size, data, size);
	work->size += size;
	work->body[work->size] = '\0'; /* as open_memstream() leaves it */
	return (ssize_t)size;
}

FILE *
work_open(struct work *work)
{
	return fopencookie(work, "w", (cookie_io_functions_t){ .write = take });
}

void
work_failed(const struct work *work, svctag_error error, const svctag_detail *detail, struct reply *reply)
{
	svctag_detail text;

	switch (work->end) {
	case WORK_GOES_ON: reply_error(reply, error, detail); return;
	case WORK_UNWANTED:
		reply->retry_after = 1;
		reply_problem(reply, 503, "given up: the client has gone, or the daemon is stopping");
		return;
	case WORK_LATE:
		svctag_detail_set(&text,
				  "given up after %d s, waiting for others included; ask for less, or again when there "
				  "is less to do",
				  WORK_MS / 1000);
		reply->retry_after = WORK_MS / 1000;
		reply_problem(reply, 503, text.text);
		return;
	case WORK_LONG:
		svctag_detail_set(&text, "the answer would have more than %zu MiB; ask for less, or for format=csv",
				  WORK_ANSWER_MAX >> 20);
		reply_problem(reply, work->is_post ? 413 : 400, text.text);
		return;
	}
}

void
work_close(struct work *work, FILE *out, svctag_error error, const char *content_type, struct reply *reply)
{
	static const svctag_detail none = { "" };

	if (out == NULL || (fclose(out) != 0 && error == SVCTAG_OK))
		error = SVCTAG_E_NO_MEMORY;
	if (error != SVCTAG_OK) {
		work_failed(work, error, &none, reply);
		return;
	}
	reply_give(reply, work->body, work->size, content_type);
	work->body = NULL;
}
