#include "markup.h"

#include <stdbool.h>
#include <string.h>

#include "utf8.h"

/* Is the sequence a character that XML 1.0 allows? */
static bool
is_allowed(const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *)text;

	if (length == 1)
		return p[0] >= ' ' || p[0] == '\t' || p[0] == '\n' || p[0] == '\r';
	/* U+FFFE and U+FFFF are not. */
	return length != 3 || p[0] != 0xef || p[1] != 0xbf || p[2] < 0xbe;
}

void
markup_bytes(FILE *out, const char *bytes, size_t size)
{
	while (size > 0) {
		size_t length = utf8_sequence(bytes, size);

		if (length == 0 || !is_allowed(bytes, length))
			fputs("\xef\xbf\xbd", out); /* U+FFFD, the replacement character */
		else if (*bytes == '&')
			fputs("&amp;", out);
		else if (*bytes == '<')
			fputs("&lt;", out);
		else if (*bytes == '>')
			fputs("&gt;", out);
		else if (*bytes == '"')
			fputs("&quot;", out);
		else
			fwrite(bytes, 1, length, out);
		length = length == 0 ? 1 : length;
		bytes += length;
		size -= length;
	}
}

void
markup_text(FILE *out, const char *text)
{
	if (text != NULL)
		markup_bytes(out, text, strlen(text));
}
