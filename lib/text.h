/**
 * @file
 * Names of tags: ASCII letter case, independent of the locale. Hidden.
 */
#ifndef SVCTAG_TEXT_H
#define SVCTAG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

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

/** AzureCloud and AzureCloud.<region>: any address that Azure has, whoever uses it. */
static inline bool
is_azure_cloud(const char *name)
{
	static const char start[] = "azurecloud";
	size_t i;

	for (i = 0; i < sizeof(start) - 1; i++)
		if (ascii_lower(name[i]) != start[i])
			return false;
	return name[i] == '\0' || name[i] == '.';
}

#endif
