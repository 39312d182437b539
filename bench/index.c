/*
 * How large is the index, and how long does it take to build it and to make
 * it usable? The whole blob holds names, tag sets and prefixes too; what is
 * searched is only the part of it that look-ups walk through.
 */
#include <math.h>
#include <stdlib.h>

#include "../lib/index_format.h"
#include "harness.h"

struct subject {
	const svctag_release *release;
	void *blob;
	size_t size;
};

static void
run_build(void *context)
{
	struct subject *subject = context;

	free(subject->blob);
	if (svctag_index_build(subject->release, &subject->blob, &subject->size) != SVCTAG_OK)
		bench_die("the index could not be built");
}

static void
run_open(void *context)
{
	struct subject *subject = context;
	svctag_index *index = NULL;

	if (svctag_index_open(subject->blob, subject->size, &index, NULL) != SVCTAG_OK)
		bench_die("the index could not be opened");
	svctag_index_close(index);
}

int
main(int argc, char **argv)
{
	struct bench *bench =
		bench_begin(argc, argv, "index", "How large is the index, and how long do building and opening take?");
	struct subject subject = { .release = bench_release(bench) };
	struct bench_contender contenders[] = {
		{ .name = "build", .run = run_build, .context = &subject, .operations = 1 },
		{ .name = "verify and open", .run = run_open, .context = &subject, .operations = 1 },
	};
	struct bench_group group = { .name = "time",
				     .unit = "ms",
				     .scale = 1e3,
				     .computes = true,
				     .contenders = contenders,
				     .contender_count = 2 };
	struct index_layout at;

	bench_compare(bench, &group);
	at = svctag_index_layout(subject.blob);
	bench_fact(bench, "build", "ms", bench_median(bench, "build"), 25);
	bench_fact(bench, "verify and open", "ms", bench_median(bench, "verify and open"), 2);
	bench_fact(bench, "search structure", "bytes", (double)(at.address_ipv4 - at.roots), 1 << 20);
	bench_fact(bench, "whole blob", "bytes", (double)subject.size, 2 << 20);
	free(subject.blob);
	return bench_end(bench);
}
