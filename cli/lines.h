/*
 * Lines from a descriptor in constant memory, however long they are. Whoever
 * reads can ask whether the next line has to be waited for, and flush first.
 */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>

/** Longer lines are cut, and said to be; no query comes near. */
#define LINES_LONGEST 4096

struct lines {
	int fd;
	size_t number;     /**< of the line read last, from 1 */
	size_t begin, end; /**< what of the buffer is not read yet */
	bool at_end;       /**< the descriptor has no more */
	char buffer[64 * 1024];
};

void lines_init(struct lines *lines, int fd);

/** Is a whole line (or the end) in the buffer already? */
bool lines_is_ready(const struct lines *lines);

/**
 * The next line without its line end (LF or CR LF); it lives until the next call.
 * @param[out] ret_cut  it was longer than LINES_LONGEST; the rest is skipped
 * @return 1, 0 at the end, -1 with errno on a read error
 */
int lines_read(struct lines *lines, const char **ret, size_t *ret_size, bool *ret_cut);

#endif
