/*
 * How long does one look-up take, from the address to all its tags? The
 * engines answer the same questions, first to be compared with one another,
 * then by turns against the clock.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lookup_table.h"

#define QUERIES (1U << 18)
#define SLOW_QUERIES (1U << 16)
/** How often the fast engines are asked all of them in one run. */
#define PASSES 4U
/** Answers are taken in portions, as a program that goes on to use them does. */
#define PORTION 256U

/** One engine and the questions of one family. */
struct task {
	const struct engine *engine;
	const uint32_t *ipv4;
	const uint8_t *ipv6;
	size_t count;
	size_t passes;
};

static void
answer(const struct task *task, size_t first, size_t count, uint32_t *answers)
{
	if (task->ipv4 != NULL)
		task->engine->ipv4(task->engine->state, task->ipv4 + first, count, answers);
	else
		task->engine->ipv6(task->engine->state, task->ipv6 + first * 16, count, answers);
}

static void
run(void *context)
{
	const struct task *task = context;
	uint32_t answers[PORTION];

	for (size_t pass = 0; pass < task->passes; pass++)
		for (size_t i = 0; i < task->count; i += PORTION)
			answer(task, i, PORTION, answers);
}

static uint32_t
set_of(const struct table *table, const struct engine *engine, uint32_t answer)
{
	if (!engine->gives_prefix)
		return answer;
	return answer == SVCTAG_NO_PREFIX ? 0 : table->set[answer];
}

/* All engines that have been asked a question have to agree. */
static void
check_equal(struct bench *bench, const struct table *table, const struct task *tasks, size_t count, const char *group)
{
	uint32_t want[PORTION];
	uint32_t got[PORTION];
	size_t least = SIZE_MAX;

	for (size_t t = 0; t < count; t++)
		least = tasks[t].count < least ? tasks[t].count : least;
	for (size_t i = 0; i < least; i += PORTION) {
		answer(&tasks[0], i, PORTION, want);
		for (size_t t = 1; t < count; t++) {
			answer(&tasks[t], i, PORTION, got);
			for (size_t n = 0; n < PORTION; n++)
				if (set_of(table, tasks[t].engine, got[n]) != set_of(table, tasks[0].engine, want[n]))
					bench_die("%s: %s and %s answer differently", group, tasks[0].engine->name,
						  tasks[t].engine->name);
		}
	}
	bench_note(bench, "%s: %zu engines gave the same %zu answers", group, count, least);
}

/* What is wanted of DPDK's scalar functions is printed for those with vectors of 512 bits, too. */
static const struct bench_demand uniform_ipv4[] = {
	{ "svctag", "rte_fib", 6 },
	{ "svctag", "rte_fib AVX-512", 6 },
};
static const struct bench_demand azure_ipv4[] = {
	{ "svctag", "libmaxminddb, id", 50 },      { "svctag", "libmaxminddb, tag list", 100 },
	{ "svctag", "rte_fib|rte_lpm", 1.5 },      { "svctag", "rte_fib AVX-512", 1.5 },
	{ "svctag, batch", "rte_fib|rte_lpm", 2 }, { "svctag, batch", "rte_fib AVX-512", 2 },
};
static const struct bench_demand azure_ipv6[] = {
	{ "svctag", "libmaxminddb, id", 40 },
	{ "svctag", "rte_fib6", 7 },
	{ "svctag", "rte_fib6 AVX-512", 3 },
};

static void
compare(struct bench *bench, const struct table *table, const struct engines *engines, uint8_t family,
	enum spread spread)
{
	struct task tasks[MOST_ENGINES];
	struct bench_contender contenders[MOST_ENGINES];
	uint32_t *ipv4 = family == SVCTAG_IPV4 ? table_queries_ipv4(table, spread, QUERIES) : NULL;
	uint8_t *ipv6 = family == SVCTAG_IPV6 ? table_queries_ipv6(table, spread, QUERIES) : NULL;
	char name[64];
	struct bench_group group = {
		.name = name, .unit = "ns", .scale = 1e9, .computes = true, .contenders = contenders
	};

	(void)snprintf(name, sizeof(name), "%s %s", family == SVCTAG_IPV4 ? "IPv4" : "IPv6", spread_names[spread]);
	for (size_t i = 0; i < engines->count; i++) {
		const struct engine *engine = &engines->engine[i];
		struct task *task = &tasks[group.contender_count];

		if (family == SVCTAG_IPV4 ? engine->ipv4 == NULL : engine->ipv6 == NULL)
			continue;
		*task = (struct task){ engine, ipv4, ipv6, engine->slow ? SLOW_QUERIES : QUERIES,
				       engine->slow ? 1 : PASSES };
		contenders[group.contender_count++] =
			(struct bench_contender){ .name = engine->name,
						  .run = run,
						  .context = task,
						  .operations = (double)(task->count * task->passes) };
	}
	if (group.contender_count == 0)
		bench_die("no engine answers for %s", name);
	check_equal(bench, table, tasks, group.contender_count, name);
	if (spread == SPREAD_AZURE) {
		group.demands = family == SVCTAG_IPV4 ? azure_ipv4 : azure_ipv6;
		group.demand_count = family == SVCTAG_IPV4 ? sizeof(azure_ipv4) / sizeof(azure_ipv4[0])
							   : sizeof(azure_ipv6) / sizeof(azure_ipv6[0]);
	} else if (spread == SPREAD_UNIFORM && family == SVCTAG_IPV4) {
		group.demands = uniform_ipv4;
		group.demand_count = sizeof(uniform_ipv4) / sizeof(uniform_ipv4[0]);
	}
	bench_compare(bench, &group);
	free(ipv4);
	free(ipv6);
}

int
main(int argc, char **argv)
{
	struct bench *bench = bench_begin(argc, argv, "lookup", "How long does one look-up take?");
	struct table *table = table_make(bench_release(bench));
	struct engines engines = { .count = 0 };
	double smallest = (double)NAN;

	engines_add_svctag(&engines, table);
	engines_add_array(&engines, table);
#ifdef SVCTAG_HAVE_DPDK
	engines_add_dpdk(&engines, table, bench);
#else
	bench_note(bench, "built without DPDK: left out");
#endif
#ifdef SVCTAG_HAVE_MAXMINDDB
	engines_add_maxminddb(&engines, table, bench);
#else
	bench_note(bench, "built without libmaxminddb: left out");
#endif
	for (enum spread spread = SPREAD_UNIFORM; spread <= SPREAD_ZIPF; spread++)
		compare(bench, table, &engines, SVCTAG_IPV4, spread);
	for (enum spread spread = SPREAD_UNIFORM; spread <= SPREAD_ZIPF; spread++)
		compare(bench, table, &engines, SVCTAG_IPV6, spread);
	for (size_t i = 0; i < engines.count; i++) {
		const struct engine *engine = &engines.engine[i];

		bench_fact(bench, engine->name, "bytes", engine->bytes, (double)NAN);
		if (strncmp(engine->name, "rte_", 4) == 0 && engine->ipv4 != NULL && !(engine->bytes >= smallest))
			smallest = engine->bytes;
	}
	if (!isnan(smallest))
		bench_fact(bench, "svctag, share of DPDK's smallest", "part", engines.engine[0].bytes / smallest, 0.02);
	table_free(table);
	return bench_end(bench);
}
