/* The inputs and the output of `annotate`, and what is told of their progress. */
#ifndef CLI_ANNOTATE_STREAMS_H
#define CLI_ANNOTATE_STREAMS_H

#include <annotate/annotate.h>

#include "cli.h"

/** Zero-initialise but for the names. */
struct streams {
	const char *const *names; /**< files, "-" among them for standard input */
	size_t count;
	size_t next;
	const char *name; /**< of the input at hand */
	int fd;
	size_t failures; /**< inputs that could not be opened or read to their ends, as was said */
	uint64_t total;  /**< bytes of all of them; 0: not known */
	bool shows;      /**< progress is shown */
	double began, shown;
};

/** Measure the inputs, if anybody is to see how far it is. */
void streams_begin(struct streams *streams);
void streams_end(struct streams *streams);

/** What annotate_run() takes. */
struct annotate_io streams_io(struct streams *streams);

#endif
