#include "processors.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "harness.h"

/* The first or the second half of them, in the order of their numbers. */
static cpu_set_t
half_of(const cpu_set_t *all, enum processors processors)
{
	const int count = CPU_COUNT(all);
	cpu_set_t half;
	int seen = 0;

	CPU_ZERO(&half);
	for (size_t i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, all))
			continue;
		if ((seen < count / 2) == (processors == PROCESSORS_OF_SERVERS))
			CPU_SET(i, &half);
		seen++;
	}
	return half;
}

void
processors_use(enum processors processors)
{
	static cpu_set_t all;
	cpu_set_t set;

	if (CPU_COUNT(&all) == 0 && sched_getaffinity(0, sizeof(all), &all) != 0)
		bench_die("sched_getaffinity: %s", strerror(errno));
	set = processors == PROCESSORS_ALL || CPU_COUNT(&all) == 1 ? all : half_of(&all, processors);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		bench_die("sched_setaffinity: %s", strerror(errno));
}
