#include "record.h"

#include <string.h>

#include "annotate.h"

const char *
record_field_end(const char *at, const char *end, char separator, bool *ret_open)
{
	*ret_open = false;
	if (at < end && *at == '"') {
		const char *quote = at;

		/* Two quotes are one inside the field. */
		do {
			quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
			if (quote == NULL) {
				*ret_open = true;
				return end;
			}
			quote++;
		} while (quote < end && *quote == '"');
		at = quote;
	}
	while (at < end && *at != separator && *at != '\n')
		at++;
	return at;
}

/* Past the line feed of a record, however long it is, or NULL. */
static const char *
whole_record_end(const char *at, const char *end, char separator)
{
	for (;;) {
		bool open;

		at = record_field_end(at, end, separator, &open);
		if (at == end)
			return NULL;
		if (*at++ == '\n')
			return at;
	}
}

const char *
record_end(const char *at, const char *end, char separator)
{
	const char *stop = whole_record_end(at, end, separator);
	const char *line_feed;

	if (stop != NULL && (size_t)(stop - at) <= ANNOTATE_LONGEST)
		return stop;
	if ((size_t)(end - at) <= ANNOTATE_LONGEST)
		return NULL;
	at += ANNOTATE_LONGEST;
	line_feed = memchr(at, '\n', (size_t)(end - at));
	return line_feed == NULL ? NULL : line_feed + 1;
}

bool
record_find(const char *record, size_t size, char separator, size_t number, struct record_field *ret)
{
	const char *at = record;
	const char *end = record + size;

	for (;; number--) {
		bool open;
		const char *stop = record_field_end(at, end, separator, &open);

		if (number == 1) {
			if (stop - at >= 2 && *at == '"' && stop[-1] == '"') {
				at++;
				stop--;
			}
			*ret = (struct record_field){ at, (size_t)(stop - at) };
			return true;
		}
		if (stop == end)
			return false;
		at = stop + 1;
	}
}
