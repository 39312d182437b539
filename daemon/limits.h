/**
 * @file
 * How many connections there may be: what the settings say, and what the
 * limit of descriptors allows, which is raised for it.
 */
#ifndef LIMITS_H
#define LIMITS_H

#include "settings.h"

/** What one may ask for at most. */
#define LIMITS_MAX_CONNECTIONS 1000000

struct limits {
	size_t connections;
	size_t per_address; /**< 0: no limit of its own */
	bool fewer;         /**< than there are by default, because the system allows no more */
};

/** Is it a number of connections? For the one limit. */
svctag_error limits_check_connections(const char *text, svctag_detail *detail);
/** For the other, which 0 switches off. */
svctag_error limits_check_per_address(const char *text, svctag_detail *detail);

/**
 * @param detail  on failure: what would be right
 * @return SVCTAG_OK, SVCTAG_E_LIMIT (more connections were asked for than the process may have descriptors)
 */
SVCTAG_MUST_CHECK svctag_error limits_find(const struct settings *settings, struct limits *ret, svctag_detail *detail);

#endif
