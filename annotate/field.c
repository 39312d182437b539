#include "field.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The end of the field at hand. */
static const char *
field_end(const struct field_rule *rule, const char *at, const char *end)
{
	const char *stop;

	if (rule->separator == NULL) {
		while (at < end && !is_blank(*at))
			at++;
		return at;
	}
	if (rule->separator_size == 1)
		stop = memchr(at, rule->separator[0], (size_t)(end - at));
	else
		stop = memmem(at, (size_t)(end - at), rule->separator, rule->separator_size);
	return stop != NULL ? stop : end;
}

bool
field_find(const struct field_rule *rule, const char *text, size_t size, size_t number, const char **ret,
	   size_t *ret_size)
{
	const char *at = text;
	const char *end = text + size;

	for (;; number--) {
		const char *stop;

		if (rule->separator == NULL) {
			while (at < end && is_blank(*at))
				at++;
			if (at == end)
				return false;
		}
		stop = field_end(rule, at, end);
		if (number == 1) {
			while (at < stop && is_blank(*at))
				at++;
			while (stop > at && is_blank(stop[-1]))
				stop--;
			*ret = at;
			*ret_size = (size_t)(stop - at);
			return true;
		}
		if (stop == end)
			return false;
		at = stop + (rule->separator == NULL ? 1 : rule->separator_size);
	}
}
