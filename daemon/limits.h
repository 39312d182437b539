/**
 * @file
 * How many connections there may be, and threads for them: what the settings
 * say, and what the machine allows. The limit of descriptors is raised for it.
 */
#ifndef LIMITS_H
#define LIMITS_H

#include "settings.h"

/** What one may ask for at most. */
#define LIMITS_MAX_CONNECTIONS 1000000
#define LIMITS_MAX_EVENT_THREADS 256

struct limits {
	size_t connections;
	size_t per_address; /**< 0: no limit of its own */
	bool fewer;         /**< than there are by default, because the system allows no more */
	unsigned int event_threads;
};

/** Is it a number of connections? For the one limit. */
svctag_error limits_check_connections(const char *text, svctag_detail *detail);
/** For the other, which 0 switches off. */
svctag_error limits_check_per_address(const char *text, svctag_detail *detail);
/** Is it a number of event threads? */
svctag_error limits_check_event_threads(const char *text, svctag_detail *detail);

/**
 * @param detail  on failure: what would be right
 * @return SVCTAG_OK, SVCTAG_E_LIMIT (more connections were asked for than the process may have descriptors)
 */
SVCTAG_MUST_CHECK svctag_error limits_find(const struct settings *settings, struct limits *ret, svctag_detail *detail);

#endif
