/**
 * @file
 * ASCII letter case, independent of the locale. Hidden.
 */
#ifndef SVCTAG_TEXT_H
#define SVCTAG_TEXT_H

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline int
ascii_casecmp(const char *a, const char *b)
{
	unsigned char x;
	unsigned char y;

	do {
		x = (unsigned char)ascii_lower(*a++);
		y = (unsigned char)ascii_lower(*b++);
	} while (x == y && x != '\0');
	return (int)x - (int)y;
}

#endif
