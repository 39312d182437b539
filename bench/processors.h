/**
 * @file
 * Which processors what is started from here on runs on. A server and those
 * who ask it get halves of their own: on the same ones the scheduler decides
 * now and then whom to let wait for milliseconds, and that is no answer to how
 * long an answer takes.
 */
#ifndef BENCH_PROCESSORS_H
#define BENCH_PROCESSORS_H

enum processors {
	PROCESSORS_ALL,
	PROCESSORS_OF_SERVERS,
	PROCESSORS_OF_CLIENTS,
};

/** For this thread and for the processes that it starts. Where there is one processor, that. */
void processors_use(enum processors processors);

#endif
