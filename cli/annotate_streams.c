#include "annotate_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Progress is drawn so often, in seconds. */
#define INTERVAL 0.2
#define MEBIBYTE ((uint64_t)1 << 20)

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool
is_standard_input(const char *name)
{
	return strcmp(name, "-") == 0;
}

/* What is written would be read again, without an end. */
static bool
is_output(const struct stat *input)
{
	struct stat output;

	return S_ISREG(input->st_mode) && input->st_size > 0 && fstat(STDOUT_FILENO, &output) == 0 &&
	       input->st_dev == output.st_dev && input->st_ino == output.st_ino;
}

/* Open the input at hand. @return -1 after a message */
static int
open_input(const char *name)
{
	int fd = is_standard_input(name) ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	const char *why = NULL;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		why = strerror(errno);
	else if (S_ISDIR(status.st_mode))
		why = strerror(EISDIR);
	else if (is_output(&status))
		why = "is both read and written";
	if (why == NULL) {
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
		return fd;
	}
	cli_error("%s: %s", is_standard_input(name) ? "standard input" : name, why);
	if (fd > STDIN_FILENO)
		close(fd);
	return -1;
}

static void
close_input(struct streams *streams)
{
	if (streams->fd > STDIN_FILENO)
		close(streams->fd);
	streams->fd = -1;
}

static bool
next_input(void *context)
{
	struct streams *streams = context;

	close_input(streams);
	while (streams->next < streams->count) {
		streams->name = streams->names[streams->next++];
		streams->fd = open_input(streams->name);
		if (streams->fd >= 0)
			return true;
		streams->failures++;
	}
	return false;
}

/* A descriptor that somebody made non-blocking: wait until it is ready. */
static bool
wait_for(int fd, short events)
{
	struct pollfd wait = { .fd = fd, .events = events };

	if (errno != EAGAIN)
		return errno == EINTR;
	return poll(&wait, 1, -1) >= 0 || errno == EINTR;
}

/* One that cannot be read to its end is an error, but no reason to leave out the others. */
static ssize_t
read_input(void *context, char *buffer, size_t size)
{
	struct streams *streams = context;
	ssize_t count;

	do {
		count = read(streams->fd, buffer, size);
	} while (count < 0 && wait_for(streams->fd, POLLIN));
	if (count >= 0)
		return count;
	cli_error("%s: %s", is_standard_input(streams->name) ? "standard input" : streams->name, strerror(errno));
	streams->failures++;
	return 0;
}

static svctag_error
write_output(void *context, const char *data, size_t size)
{
	(void)context;
	while (size > 0) {
		ssize_t count = write(STDOUT_FILENO, data, size);

		if (count < 0 && !wait_for(STDOUT_FILENO, POLLOUT))
			return SVCTAG_E_IO;
		if (count > 0) {
			data += count;
			size -= (size_t)count;
		}
	}
	return SVCTAG_OK;
}

static void
show_progress(void *context, const struct annotate_counts *counts)
{
	struct streams *streams = context;
	double time = now();
	double speed;
	char text[128];

	if (time - streams->shown < INTERVAL)
		return;
	streams->shown = time;
	speed = (double)counts->lines / (time - streams->began) / 1e6;
	if (streams->total >= MEBIBYTE) {
		snprintf(text, sizeof(text), "MiB, %.1f million lines/s", speed);
		cli_progress(
			(size_t)(counts->bytes < streams->total ? counts->bytes / MEBIBYTE : streams->total / MEBIBYTE),
			(size_t)(streams->total / MEBIBYTE), text);
	} else {
		snprintf(text, sizeof(text), "%" PRIu64 " lines, %.1f million lines/s", counts->lines, speed);
		cli_progress_note(text);
	}
}

/* Bytes of all inputs together, or 0 when that is not known. */
static uint64_t
total_size(const struct streams *streams)
{
	uint64_t total = 0;

	for (size_t i = 0; i < streams->count; i++) {
		struct stat status;
		int failed = is_standard_input(streams->names[i]) ? fstat(STDIN_FILENO, &status)
								  : stat(streams->names[i], &status);

		if (failed != 0 || !S_ISREG(status.st_mode))
			return 0;
		total += (uint64_t)status.st_size;
	}
	return total;
}

void
streams_begin(struct streams *streams)
{
	streams->fd = -1;
	/* On one terminal it would be drawn among the lines. */
	streams->shows = cli_is_interactive() && isatty(STDOUT_FILENO) == 0;
	if (!streams->shows)
		return;
	streams->total = total_size(streams);
	streams->began = now();
	streams->shown = streams->began;
}

void
streams_end(struct streams *streams)
{
	close_input(streams);
	if (streams->shows)
		cli_progress(0, 0, "");
}

struct annotate_io
streams_io(struct streams *streams)
{
	return (struct annotate_io){ streams, next_input, read_input, write_output,
				     streams->shows ? show_progress : NULL };
}
