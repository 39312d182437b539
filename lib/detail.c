#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <svctag/error.h>

/* Bytes of the well-formed UTF-8 character that begins here (RFC 3629), 0 if none does. */
static size_t
character_size(const unsigned char *p)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high;
		size_t size;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i;
	size_t j;

	if (p[0] < 0x80)
		return 1;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first_low || p[0] > forms[i].first_high)
			continue;
		if (p[1] < forms[i].second_low || p[1] > forms[i].second_high)
			return 0;
		/* A closing NUL is no continuation byte: this never reads past it. */
		for (j = 2; j < forms[i].size; j++)
			if (p[j] < 0x80 || p[j] > 0xbf)
				return 0;
		return forms[i].size;
	}
	return 0;
}

/* C0 and C1 controls and DEL: what could draw on a terminal. */
static bool
is_control(const unsigned char *p, size_t size)
{
	return (size == 1 && (p[0] < 0x20 || p[0] == 0x7f)) || (size == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

void
svctag_detail_set(svctag_detail *detail, const char *format, ...)
{
	unsigned char *p;
	va_list arguments;

	if (detail == NULL)
		return;
	va_start(arguments, format);
	(void)vsnprintf(detail->text, sizeof(detail->text), format, arguments);
	va_end(arguments);
	for (p = (unsigned char *)detail->text; *p != '\0';) {
		size_t size = character_size(p);
		bool good = size > 0 && !is_control(p, size);

		if (size == 0)
			size = 1;
		if (!good)
			memset(p, '?', size);
		p += size;
	}
}
