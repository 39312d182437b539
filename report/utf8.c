#include "utf8.h"

#include <string.h>

#include "report.h"

size_t
utf8_sequence(const char *text, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t length;

	if (size == 0)
		return 0;
	length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	if (length == 0 || length > size)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* shorter forms exist */
	else if (p[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f; /* past U+10FFFF */
	for (size_t i = 1; i < length; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return length;
}

size_t
utf8_printable(const char *text, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t length = utf8_sequence(text, size);

	if (length == 1 && (p[0] < ' ' || p[0] == 0x7f))
		return 0;
	if (length == 2 && p[0] == 0xc2 && p[1] < 0xa0)
		return 0; /* U+0080 to U+009F: some terminals take them for escape sequences */
	return length;
}

void
report_make_printable(char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t length = utf8_printable(text, left);

		if (length == 0) {
			*text = '?';
			length = 1;
		}
		text += length;
		left -= length;
	}
}
