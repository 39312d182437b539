#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "request.h"

/** No line is as long; what is, is some other file. */
#define MAX_LINE 8192

static const char blanks[] = " \t\r\n";
/** A byte order mark, which some editors leave. */
static const char mark[] = "\xef\xbb\xbf";

/** Without the blanks at both ends, in place. */
static char *
trim(char *text)
{
	char *end;

	text += strspn(text, blanks);
	end = text + strlen(text);
	while (end > text && strchr(blanks, end[-1]) != NULL)
		end--;
	*end = '\0';
	return text;
}

static bool
is_clean(const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < ' ' && strchr(blanks, c) == NULL) || c == '\0' || c == 0x7f)
			return false;
	}
	return request_is_utf8(line, size);
}

static void
read_line(const struct config_reader *reader, size_t number, char *line, size_t size)
{
	char *key, *value, *equals;

	if (number == 1 && strncmp(line, mark, sizeof(mark) - 1) == 0) {
		line += sizeof(mark) - 1;
		size -= sizeof(mark) - 1;
	}
	if (size > MAX_LINE || !is_clean(line, size)) {
		reader->complain(reader->context, number, "this is not a line of text");
		return;
	}
	key = trim(line);
	if (*key == '\0' || *key == '#')
		return;
	equals = strchr(key, '=');
	if (equals == NULL || equals == key) {
		reader->complain(reader->context, number, "a line has to be `key = value`, or begin with #");
		return;
	}
	*equals = '\0';
	value = trim(equals + 1);
	key = trim(key);
	if (*value == '\0')
		reader->complain(reader->context, number, "the value is missing: `key = value`");
	else
		reader->take(reader->context, number, key, value);
}

void
config_read(const char *path, const struct config_reader *reader)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t room = 0, number = 0;
	struct stat st;
	ssize_t size;

	if (in == NULL || fstat(fileno(in), &st) != 0) {
		reader->complain(reader->context, 0, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		reader->complain(reader->context, 0, "not a file");
	} else {
		while ((size = getline(&line, &room, in)) >= 0 && size <= MAX_LINE)
			read_line(reader, ++number, line, (size_t)size);
		if (size > MAX_LINE)
			read_line(reader, ++number, line, (size_t)size);
		else if (ferror(in))
			reader->complain(reader->context, 0, strerror(errno));
	}
	free(line);
	if (in != NULL)
		fclose(in);
}
