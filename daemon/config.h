/**
 * @file
 * Files of settings: `key = value` lines, blank lines, and lines that begin
 * with #. Blanks around key and value do not count; a value is taken as it
 * stands, without quotes or escapes.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stddef.h>

#include <svctag/error.h>

/** Who is told of the lines of a file. */
struct config_reader {
	/** A setting. Its texts are gone after the call. */
	void (*take)(void *context, size_t line, const char *key, const char *value);
	/** Not a setting. @param line  0: of the file as a whole */
	void (*complain)(void *context, size_t line, const char *what);
	void *context;
};

/** Read a file; what is wrong with it is told to the reader. */
void config_read(const char *path, const struct config_reader *reader);

#endif
