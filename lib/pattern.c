#include <stddef.h>

#include <svctag/diff.h>

#include "text.h"

/*
 * On a mismatch the last '*' takes one character more: linear in the lengths'
 * product at worst, without recursion.
 */
bool
svctag_pattern_matches(const char *pattern, const char *name)
{
	const char *star = NULL;
	const char *resume = NULL;

	while (*name != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			resume = name;
		} else if (*pattern == '?' || (*pattern != '\0' && ascii_lower(*pattern) == ascii_lower(*name))) {
			pattern++;
			name++;
		} else if (star != NULL) {
			pattern = star + 1;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
