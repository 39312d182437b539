/**
 * @file
 * web/ as a table, made at build time: the templates of the page, and the
 * parts that are served under /assets/DIGEST/NAME. The digest changes with any
 * of them, so they can be kept for ever.
 */
#ifndef WEB_H
#define WEB_H

#include <stddef.h>

struct web_file {
	const char *name;
	const char *text; /**< NUL-terminated */
	size_t size;
};

extern const struct web_file web_files[];
extern const size_t web_file_count;
extern const char web_digest[];

#endif
