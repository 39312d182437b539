/*
 * What does a larger table cost? From a sample of the release to forty times
 * as many prefixes: copies of the real table, moved to other places of the
 * address space, so that lengths, nesting and density stay what they are. All
 * sizes are asked by turns. Large ones take as long as memory lets them wait,
 * so that is measured beside them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/index_format.h"
#include "lookup_table.h"

/**
 * More than there are prefixes, and all of them several times in a round: the other tables have used the caches in
 * between, and this is to be about a table's use, not about its start.
 */
#define QUERIES (1U << 22)
#define PASSES 4U
#define PORTION 256U
#define TAGS 3000U

static const size_t sizes[] = { 10000, 50000, 200000, 1000000, 2000000 };
static const char *const size_names[] = { "10,000", "50,000", "200,000", "1,000,000", "2,000,000" };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/** A table and the questions about it. */
struct task {
	const svctag_index *index;
	uint32_t *ipv4;
	uint8_t *ipv6;
	void (*pass)(const struct task *task); /**< all of one family, in one of the ways */
};

/** Loads of which each says where the next one is: every cache line of so much memory, in random order. */
struct chain {
	uint32_t *next;
	uint32_t at;
};

#define CHAIN_LOADS (1U << 20)
#define CACHE_LINE 64U

/* Answers that nobody reads may not be left out. */
static inline void
keep(const uint32_t *answers)
{
	__asm__ volatile("" : : "r"(answers) : "memory");
}

static void
run_passes(void *context)
{
	const struct task *task = context;

	for (unsigned int i = 0; i < PASSES; i++)
		task->pass(task);
}

/* The same prefix elsewhere: other bits above its own. Copy 0 is the prefix itself. */
static svctag_prefix
moved(const svctag_prefix *prefix, uint64_t copy)
{
	svctag_address address = svctag_prefix_range(prefix).first;

	/* Real IPv4 prefixes have 14 bits or more, real IPv6 ones 40. */
	if (prefix->family == SVCTAG_IPV4) {
		address.bytes[0] ^= (uint8_t)(copy * 7);
		address.bytes[1] ^= (uint8_t)(copy >> 5 << 2);
	} else {
		address.bytes[2] ^= (uint8_t)(copy * 5);
		address.bytes[1] ^= (uint8_t)(copy >> 6);
	}
	return svctag_prefix_make(&address, prefix->length);
}

static void
check(svctag_error err)
{
	if (err != SVCTAG_OK)
		bench_die("the table could not be built: %s", svctag_error_text(err));
}

static int
compare_prefixes(const void *a, const void *b)
{
	return svctag_prefix_compare(a, b);
}

/* So many different prefixes, the real ones first; below their number every n-th of them. */
static size_t
make_prefixes(const struct table *real, size_t wanted, svctag_prefix *prefixes)
{
	size_t count = 0;

	for (uint64_t copy = 0; count < wanted; copy++) {
		size_t before = count;
		size_t kept = 0;

		for (size_t i = 0; i < real->count && count < wanted; i++)
			if (wanted >= real->count || i * wanted / real->count != (i + 1) * wanted / real->count)
				prefixes[count++] = moved(&real->prefix[i], copy);
		if (count == before)
			bench_die("no room for %zu prefixes", wanted);
		qsort(prefixes, count, sizeof(*prefixes), compare_prefixes);
		for (size_t i = 0; i < count; i++)
			if (kept == 0 || svctag_prefix_compare(&prefixes[kept - 1], &prefixes[i]) != 0)
				prefixes[kept++] = prefixes[i];
		count = kept;
	}
	return count;
}

/* A release of them, dealt out to as many tags as a real one has. */
static svctag_release *
make_release(const svctag_prefix *prefixes, size_t count)
{
	svctag_release_builder *builder = NULL;
	svctag_release *release = NULL;

	check(svctag_release_builder_new(1, &builder));
	for (size_t t = 0; t < TAGS; t++) {
		char name[32];
		svctag_properties properties = { .name = name, .region = "", .system_service = "" };

		(void)snprintf(name, sizeof(name), "Tag%04zu", t);
		check(svctag_release_builder_add_tag(builder, &properties));
		for (size_t i = t; i < count; i += TAGS)
			check(svctag_release_builder_add_prefix(builder, &prefixes[i]));
	}
	check(svctag_release_builder_finish(builder, &release, NULL));
	svctag_release_builder_free(builder);
	return release;
}

static void
ask_ipv4(const struct task *task)
{
	uint32_t answers[PORTION];

	for (size_t i = 0; i < QUERIES; i += PORTION) {
		for (size_t n = 0; n < PORTION; n++)
			answers[n] = svctag_index_lookup_ipv4(task->index, task->ipv4[i + n]);
		keep(answers);
	}
}

static void
ask_ipv6(const struct task *task)
{
	uint32_t answers[PORTION];

	for (size_t i = 0; i < QUERIES; i += PORTION) {
		for (size_t n = 0; n < PORTION; n++)
			answers[n] = svctag_index_lookup_ipv6(task->index, task->ipv6 + (i + n) * 16);
		keep(answers);
	}
}

static void
ask_batch_ipv4(const struct task *task)
{
	uint32_t answers[PORTION];

	for (size_t i = 0; i < QUERIES; i += PORTION) {
		svctag_index_lookup_batch_ipv4(task->index, task->ipv4 + i, PORTION, answers);
		keep(answers);
	}
}

static void
ask_batch_ipv6(const struct task *task)
{
	uint32_t answers[PORTION];

	for (size_t i = 0; i < QUERIES; i += PORTION) {
		svctag_index_lookup_batch_ipv6(task->index, task->ipv6 + i * 16, PORTION, answers);
		keep(answers);
	}
}

static struct chain
chain_make(size_t size)
{
	uint32_t count = (uint32_t)(size / CACHE_LINE);
	uint32_t *order = bench_allocate(count, sizeof(*order));
	uint32_t *next = index_allocate(size);
	uint64_t random = 1;

	if (next == NULL)
		bench_die("out of memory");
	for (uint32_t i = 0; i < count; i++) {
		uint32_t other = (uint32_t)(bench_random(&random) % (i + 1));

		order[i] = order[other];
		order[other] = i;
	}
	for (uint32_t i = 0; i < count; i++)
		next[(size_t)order[i] * CACHE_LINE / sizeof(*next)] = order[(i + 1) % count];
	free(order);
	return (struct chain){ .next = next };
}

static void
run_chain(void *context)
{
	struct chain *chain = context;

	for (size_t i = 0; i < CHAIN_LOADS; i++)
		chain->at = chain->next[(size_t)chain->at * CACHE_LINE / sizeof(*chain->next)];
	keep(&chain->at);
}

/* How long is the wait for a line where so much memory is in use? */
static void
measure_memory(struct bench *bench)
{
	static const size_t megabytes[] = { 1, 4, 8, 16, 32 };
	static const char *const names[] = { "1 MB", "4 MB", "8 MB", "16 MB", "32 MB" };
	enum { CHAINS = sizeof(megabytes) / sizeof(megabytes[0]) };
	struct chain chains[CHAINS];
	struct bench_contender contenders[CHAINS];
	const struct bench_group group = { .name = "one load after another, in so much memory",
					   .unit = "ns",
					   .scale = 1e9,
					   .computes = true,
					   .contenders = contenders,
					   .contender_count = CHAINS };

	for (size_t i = 0; i < CHAINS; i++) {
		chains[i] = chain_make(megabytes[i] << 20);
		contenders[i] = (struct bench_contender){
			.name = names[i], .run = run_chain, .context = &chains[i], .operations = CHAIN_LOADS
		};
	}
	bench_compare(bench, &group);
	for (size_t i = 0; i < CHAINS; i++)
		free(chains[i].next);
}

/* The table of one size, its build time and its bytes noted down. */
static struct table *
grow(struct bench *bench, const struct table *real, size_t n)
{
	svctag_prefix *prefixes = bench_allocate(sizes[n] + real->count, sizeof(*prefixes));
	size_t count = make_prefixes(real, sizes[n], prefixes);
	svctag_release *release = make_release(prefixes, count);
	struct table *table;
	struct index_layout at;
	char name[64];
	void *blob = NULL;
	size_t size = 0;
	double began = bench_processor_time();

	check(svctag_index_build(release, &blob, &size));
	(void)snprintf(name, sizeof(name), "build, %s prefixes", size_names[n]);
	bench_fact(bench, name, "ms", (bench_processor_time() - began) * 1e3, (double)NAN);
	free(blob);
	table = table_make(release);
	at = svctag_index_layout(table->blob);
	(void)snprintf(name, sizeof(name), "search structure, %s prefixes", size_names[n]);
	bench_fact(bench, name, "bytes", (double)(at.address_ipv4 - at.roots), (double)NAN);
	svctag_release_free(release);
	free(prefixes);
	return table;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*pass)(const struct task *task);
	} kinds[] = {
		{ "IPv4, one at a time", ask_ipv4 },
		{ "IPv4, batch", ask_batch_ipv4 },
		{ "IPv6, one at a time", ask_ipv6 },
		{ "IPv6, batch", ask_batch_ipv6 },
	};
	/* At most four times as long. */
	static const struct bench_demand demand = { "2,000,000", "50,000", 0.25 };
	struct bench *bench = bench_begin(argc, argv, "growth", "What does a larger table cost?");
	struct table *real = table_make(bench_release(bench));
	struct table *tables[SIZES];
	struct task tasks[SIZES];
	struct bench_contender contenders[SIZES];
	struct bench_group group = { .unit = "ns",
				     .scale = 1e9,
				     .computes = true,
				     .contenders = contenders,
				     .contender_count = SIZES,
				     .demands = &demand,
				     .demand_count = 1 };

	for (size_t i = 0; i < SIZES; i++) {
		tables[i] = grow(bench, real, i);
		tasks[i] = (struct task){ .index = tables[i]->index,
					  .ipv4 = table_queries_ipv4(tables[i], SPREAD_AZURE, QUERIES),
					  .ipv6 = table_queries_ipv6(tables[i], SPREAD_AZURE, QUERIES) };
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (size_t i = 0; i < SIZES; i++) {
			tasks[i].pass = kinds[k].pass;
			contenders[i] = (struct bench_contender){ .name = size_names[i],
								  .run = run_passes,
								  .context = &tasks[i],
								  .operations = (double)QUERIES * PASSES };
		}
		group.name = kinds[k].name;
		bench_compare(bench, &group);
	}
	measure_memory(bench);
	for (size_t i = 0; i < SIZES; i++) {
		table_free(tables[i]);
		free(tasks[i].ipv4);
		free(tasks[i].ipv6);
	}
	table_free(real);
	return bench_end(bench);
}
