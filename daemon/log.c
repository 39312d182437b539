#include "log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "report/report.h"
#include "service.h"

/** Bytes that wait to be written; as many are being written meanwhile. */
#define QUEUE_SIZE ((size_t)256 << 10)
/** Most bytes of a line, and of a target in it. */
#define LINE_SIZE 4096
#define TARGET_MAX 1024
/** What a pipe that is ready takes without blocking. */
#define WRITE_SIZE 4096
/** Milliseconds after which a reader that takes nothing is looked at again, or given up at the end. */
#define PATIENCE_MS 1000

/** How each level is written: to people, to programs, to journald (sd-daemon(3)). */
static const struct {
	const char *prefix;
	const char *name;
	const char *priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error: ", "error", "<3>" },
	[LOG_LEVEL_WARNING] = { "warning: ", "warning", "<4>" },
	[LOG_LEVEL_INFO] = { "", "info", "<6>" },
};

struct queue {
	size_t size;
	char bytes[QUEUE_SIZE];
};

struct log {
	struct log_options options;
	bool journal;          /* lines begin with their priority */
	pthread_mutex_t mutex; /* all below; held for copying a line, or for changing the queues over */
	pthread_cond_t wake;
	struct queue *waiting; /* lines are added here */
	struct queue *other;   /* the writer's */
	uint64_t dropped;
	bool stop;
	int64_t stop_ms;
	pthread_t thread;
	bool started;
};

/* ------------------------------------------------------------------ lines */

/** A line that is being made. What does not fit is cut off; there is always room for its end. */
struct line {
	size_t size;
	char text[LINE_SIZE];
};

static void put(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
put_char(struct line *line, char c)
{
	if (line->size < sizeof(line->text) - 8)
		line->text[line->size++] = c;
}

static void
put(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - 8 - line->size;
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(line->text + line->size, room, format, arguments);
	va_end(arguments);
	if (size > 0)
		line->size += (size_t)size < room ? (size_t)size : room - 1;
}

/** In quotes, as in JSON. The text is printable UTF-8. */
static void
put_quoted(struct line *line, const char *text)
{
	put_char(line, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			put_char(line, '\\');
		put_char(line, *text);
	}
	put_char(line, '"');
}

static void
begin_line(struct line *line, bool journal, enum log_level level)
{
	line->size = 0;
	if (journal)
		put(line, "%s", levels[level].priority);
}

/** The beginning of an object, up to the fields that make the difference. */
static void
begin_json(struct line *line, bool journal, enum log_level level, const char *message)
{
	struct timespec now;
	struct tm tm;
	char day[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	begin_line(line, journal, level);
	put(line, "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"message\":", day, now.tv_nsec / 1000000,
	    levels[level].name);
	put_quoted(line, message);
}

/* ------------------------------------------------------------------ queue */

static void
add(struct log *log, struct line *line)
{
	line->text[line->size++] = '\n';
	pthread_mutex_lock(&log->mutex);
	if (log->waiting->size + line->size > QUEUE_SIZE) {
		log->dropped++;
	} else {
		memcpy(log->waiting->bytes + log->waiting->size, line->text, line->size);
		log->waiting->size += line->size;
		pthread_cond_signal(&log->wake);
	}
	pthread_mutex_unlock(&log->mutex);
}

/** Is it to end, and has been for so long? */
static bool
is_stopping(struct log *log, int64_t patience_ms)
{
	bool stop;

	pthread_mutex_lock(&log->mutex);
	stop = log->stop && work_now_ms() - log->stop_ms >= patience_ms;
	pthread_mutex_unlock(&log->mutex);
	return stop;
}

/** Never blocks for longer than the patience, so that it can be ended. @return false when it is to end */
static bool
write_out(struct log *log, const char *bytes, size_t size)
{
	while (size > 0) {
		struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };
		ssize_t done;

		if (poll(&out, 1, PATIENCE_MS) == 0) {
			if (is_stopping(log, 0))
				return false;
			continue;
		}
		done = write(STDERR_FILENO, bytes, size < WRITE_SIZE ? size : WRITE_SIZE);
		if (done < 0 && errno != EAGAIN && errno != EINTR)
			return true; /* there is nobody to tell */
		if (done > 0) {
			bytes += done;
			size -= (size_t)done;
		}
		if (is_stopping(log, PATIENCE_MS))
			return false; /* a reader that takes a little now and then */
	}
	return true;
}

/** With the mutex held: wait for lines, and take them. @return NULL at the end */
static struct queue *
take_lines(struct log *log)
{
	struct queue *full;

	while (log->waiting->size == 0 && !log->stop)
		pthread_cond_wait(&log->wake, &log->mutex);
	if (log->waiting->size == 0)
		return NULL;
	full = log->waiting;
	log->waiting = log->other;
	log->other = full;
	return full;
}

static void *
write_lines(void *context)
{
	struct log *log = context;
	struct queue *full;
	uint64_t told = 0, dropped;
	bool goes_on = true;

	pthread_mutex_lock(&log->mutex);
	while (goes_on && (full = take_lines(log)) != NULL) {
		dropped = log->dropped - told;
		told = log->dropped;
		pthread_mutex_unlock(&log->mutex);
		goes_on = write_out(log, full->bytes, full->size);
		full->size = 0;
		if (dropped > 0)
			log_line(log, LOG_LEVEL_WARNING, "%llu lines of the log were dropped",
				 (unsigned long long)dropped);
		pthread_mutex_lock(&log->mutex);
	}
	pthread_mutex_unlock(&log->mutex);
	return NULL;
}

/* ----------------------------------------------------------------- public */

/** Is stderr the very stream that systemd has given us? (systemd.exec(5)) */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return strcmp(stream, own) == 0;
}

svctag_error
log_new(const struct log_options *options, struct log **ret)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return SVCTAG_E_NO_MEMORY;
	log->options = *options;
	log->journal = is_journal();
	pthread_mutex_init(&log->mutex, NULL);
	pthread_cond_init(&log->wake, NULL);
	log->waiting = calloc(1, sizeof(*log->waiting));
	log->other = calloc(1, sizeof(*log->other));
	if (log->waiting == NULL || log->other == NULL || pthread_create(&log->thread, NULL, write_lines, log) != 0) {
		log_free(log);
		return SVCTAG_E_NO_MEMORY;
	}
	log->started = true;
	*ret = log;
	return SVCTAG_OK;
}

void
log_free(struct log *log)
{
	if (log == NULL)
		return;
	if (log->started) {
		pthread_mutex_lock(&log->mutex);
		log->stop = true;
		log->stop_ms = work_now_ms();
		pthread_cond_signal(&log->wake);
		pthread_mutex_unlock(&log->mutex);
		pthread_join(log->thread, NULL);
	}
	pthread_cond_destroy(&log->wake);
	pthread_mutex_destroy(&log->mutex);
	free(log->waiting);
	free(log->other);
	free(log);
}

void
log_line(struct log *log, enum log_level level, const char *format, ...)
{
	char text[1024];
	struct line line;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report_make_printable(text);
	if (log == NULL) {
		/* one call, so that lines of several threads do not mix */
		fprintf(stderr, "%s%s\n", levels[level].prefix, text);
		return;
	}
	if (log->options.json) {
		begin_json(&line, log->journal, level, text);
		put(&line, "}");
	} else {
		begin_line(&line, log->journal, level);
		put(&line, "%s%s", levels[level].prefix, text);
	}
	add(log, &line);
}

bool
log_wants_requests(const struct log *log)
{
	return log != NULL && log->options.requests;
}

bool
log_wants_addresses(const struct log *log)
{
	return log_wants_requests(log) && log->options.addresses;
}

static void
put_request_json(struct line *line, const struct log *log, const struct log_request *r, const char *target)
{
	begin_json(line, log->journal, LOG_LEVEL_INFO, "request");
	put(line, ",\"method\":\"%s\",\"route\":\"%s\",\"status\":%u,\"bytes\":%llu,\"microseconds\":%llu", r->method,
	    r->route, r->status, (unsigned long long)r->bytes, (unsigned long long)r->microseconds);
	if (log->options.addresses) {
		put(line, ",\"client\":\"%s\",\"target\":", r->client);
		put_quoted(line, target);
	}
	put(line, "}");
}

static void
put_request_text(struct line *line, const struct log *log, const struct log_request *r, const char *target)
{
	begin_line(line, log->journal, LOG_LEVEL_INFO);
	put(line, "%s %s %u %llu bytes %llu us", r->method, r->route, r->status, (unsigned long long)r->bytes,
	    (unsigned long long)r->microseconds);
	if (log->options.addresses) {
		put(line, " %s ", r->client);
		put_quoted(line, target);
	}
}

void
log_request(struct log *log, const struct log_request *request)
{
	char target[TARGET_MAX];
	struct line line;

	if (!log_wants_requests(log))
		return;
	snprintf(target, sizeof(target), "%s", request->target);
	report_make_printable(target);
	if (log->options.json)
		put_request_json(&line, log, request, target);
	else
		put_request_text(&line, log, request, target);
	add(log, &line);
}

uint64_t
log_dropped(struct log *log)
{
	uint64_t dropped = 0;

	if (log == NULL)
		return 0;
	pthread_mutex_lock(&log->mutex);
	dropped = log->dropped;
	pthread_mutex_unlock(&log->mutex);
	return dropped;
}
