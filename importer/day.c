/* The day that a file's name gives. */
#include "importer.h"

#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Does the text begin like the pattern, whose '0' stand for any digit, with no digit after that? */
static bool
looks_like(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; pattern++, text++) {
		if (*pattern == '0' ? !is_digit(*text) : *text != *pattern)
			return false;
	}
	return !is_digit(*text);
}

/* A valid day at the text's beginning. */
static bool
read_day(const char *text, char *day)
{
	char candidate[SVCTAG_DAY_SIZE] = "0000-00-00";

	if (looks_like(text, "0000-00-00")) {
		memcpy(candidate, text, SVCTAG_DAY_SIZE - 1);
	} else if (looks_like(text, "00000000")) {
		memcpy(candidate, text, 4);
		memcpy(candidate + 5, text + 4, 2);
		memcpy(candidate + 8, text + 6, 2);
	}
	if (!svctag_day_is_valid(candidate))
		return false;
	memcpy(day, candidate, SVCTAG_DAY_SIZE);
	return true;
}

bool
importer_day_of_name(const char *path, char day[SVCTAG_DAY_SIZE])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;

	for (const char *p = name; *p != '\0'; p++) {
		if (p > name && is_digit(p[-1]))
			continue;
		if (read_day(p, day))
			return true;
	}
	return false;
}
