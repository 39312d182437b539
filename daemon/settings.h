/**
 * @file
 * What the command line of svctagd says.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <svctag/error.h>

/** Most --listen options. */
#define SETTINGS_MAX_LISTEN 16

/** Zero-initialise; release with settings_release(). */
struct settings {
	char *database;
	const char *listen[SETTINGS_MAX_LISTEN]; /**< of argv, or the default */
	size_t listen_count;
	bool listen_given; /**< by the command line, so that inherited sockets are not all */
	bool help;
	bool version;
};

/**
 * @param detail  on failure: what is wrong with which argument
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_NO_MEMORY, SVCTAG_E_NOT_FOUND
 *         (no --db, and the environment names no place for it)
 */
SVCTAG_MUST_CHECK svctag_error settings_parse(int argc, char **argv, struct settings *ret, svctag_detail *detail);

/** Accepts zero-initialised settings. */
void settings_release(struct settings *settings);

/** What --help prints. Static. */
const char *settings_help(void);

#endif
