/* Reading people's lists for the commands that take one. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include <lists/lists.h>

#include "cli.h"

/**
 * Read a list from a file, or from standard input for "-", as --input and
 * --column say. What is wrong is said on stderr; entries that cannot be read
 * are the list's problems.
 * @param[out] ret  list_free()
 */
SVCTAG_MUST_CHECK bool cli_list_read(const struct cli *cli, const char *path, struct list **ret);

/** Say on stderr that nothing in the list can be worked on: what the first thing was that could not be read. */
void cli_list_empty(const struct list *list);

/**
 * All of a file, or of standard input for "-". What is wrong is said on stderr.
 * @param most      more bytes (whole MiB) are refused
 * @param[out] ret  free() it
 */
SVCTAG_MUST_CHECK bool cli_read_file(const char *path, size_t most, char **ret, size_t *ret_size);

#endif
