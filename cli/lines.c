#include "lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void
lines_init(struct lines *lines, int fd)
{
	lines->fd = fd;
	lines->number = 0;
	lines->begin = 0;
	lines->end = 0;
	lines->at_end = false;
}

bool
lines_is_ready(const struct lines *lines)
{
	return lines->at_end || memchr(lines->buffer + lines->begin, '\n', lines->end - lines->begin) != NULL;
}

/* Read more behind what is left, which moves to the front. @return false on a read error */
static bool
fill(struct lines *lines)
{
	ssize_t n;

	memmove(lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
	lines->end -= lines->begin;
	lines->begin = 0;
	do {
		n = read(lines->fd, lines->buffer + lines->end, sizeof(lines->buffer) - lines->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	lines->at_end = n == 0;
	lines->end += (size_t)n;
	return true;
}

/* Throw away what belongs to a line that is too long. @return false on a read error */
static bool
skip_rest(struct lines *lines)
{
	for (;;) {
		char *line_feed = memchr(lines->buffer + lines->begin, '\n', lines->end - lines->begin);

		if (line_feed != NULL) {
			lines->begin = (size_t)(line_feed - lines->buffer) + 1;
			return true;
		}
		lines->begin = lines->end;
		if (lines->at_end)
			return true;
		/* The cut line at the front is still the caller's: keep it. */
		lines->begin = LINES_LONGEST;
		lines->end = LINES_LONGEST;
		ssize_t n = read(lines->fd, lines->buffer + lines->end, sizeof(lines->buffer) - lines->end);

		if (n < 0 && errno != EINTR)
			return false;
		lines->at_end = n == 0;
		lines->end += n > 0 ? (size_t)n : 0;
	}
}

int
lines_read(struct lines *lines, const char **ret, size_t *ret_size, bool *ret_cut)
{
	const char *line;
	const char *line_feed;
	size_t size;

	while (!lines_is_ready(lines) && lines->end - lines->begin <= LINES_LONGEST) {
		if (!fill(lines))
			return -1;
	}
	size = lines->end - lines->begin;
	if (size == 0)
		return 0;
	line = lines->buffer + lines->begin;
	line_feed = memchr(line, '\n', size);
	lines->number++;
	*ret_cut = (line_feed != NULL ? (size_t)(line_feed - line) : size) > LINES_LONGEST;
	if (*ret_cut) {
		memmove(lines->buffer, line, LINES_LONGEST);
		*ret = lines->buffer;
		*ret_size = LINES_LONGEST;
		return skip_rest(lines) ? 1 : -1;
	}
	if (line_feed != NULL)
		size = (size_t)(line_feed - line);
	lines->begin += size + (line_feed != NULL);
	if (size > 0 && line[size - 1] == '\r')
		size--;
	*ret = line;
	*ret_size = size;
	return 1;
}
