/*
 * DPDK's longest-prefix-match tables, as its own programs use them (bulk
 * look-ups), but without huge pages and devices. Next hops are as small as
 * the library allows for the number of tag sets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_log.h>
#include <rte_lpm.h>
#include <rte_version.h>

#include "lookup_table.h"

/** As many at once as a router takes from its card. */
#define BURST 64U

static void
fib_bulk(const void *state, const uint32_t *queries, size_t count, uint32_t *answers)
{
	struct rte_fib *fib = *(struct rte_fib *const *)state;
	uint64_t hops[BURST];

	for (size_t i = 0; i < count; i += BURST) {
		size_t now = count - i < BURST ? count - i : BURST;
		uint32_t copy[BURST];

		/* The call's array is not const. */
		memcpy(copy, queries + i, now * sizeof(*copy));
		(void)rte_fib_lookup_bulk(fib, copy, hops, (int)now);
		for (size_t n = 0; n < now; n++)
			answers[i + n] = (uint32_t)hops[n];
	}
}

static void
lpm_bulk(const void *state, const uint32_t *queries, size_t count, uint32_t *answers)
{
	const struct rte_lpm *lpm = *(struct rte_lpm *const *)state;

	for (size_t i = 0; i < count; i += BURST) {
		size_t now = count - i < BURST ? count - i : BURST;

		(void)rte_lpm_lookup_bulk(lpm, queries + i, answers + i, (unsigned int)now);
		for (size_t n = 0; n < now; n++)
			answers[i + n] = (answers[i + n] & RTE_LPM_LOOKUP_SUCCESS) != 0 ? answers[i + n] & 0xffffff : 0;
	}
}

static void
fib6_bulk(const void *state, const uint8_t *queries, size_t count, uint32_t *answers)
{
	struct rte_fib6 *fib = *(struct rte_fib6 *const *)state;
	uint64_t hops[BURST];

	for (size_t i = 0; i < count; i += BURST) {
		size_t now = count - i < BURST ? count - i : BURST;
		uint8_t copy[BURST][16];

		memcpy(copy, queries + i * 16, now * 16);
		(void)rte_fib6_lookup_bulk(fib, copy, hops, (int)now);
		for (size_t n = 0; n < now; n++)
			answers[i + n] = (uint32_t)hops[n];
	}
}

static bool
start(struct bench *bench)
{
	/* Not tied to one core: the contenders share whatever the machine has left. */
	/* It takes no more than 256 bits at once unless told to. */
	char arguments[][32] = {
		"bench",    "--no-huge", "--no-pci",    "--no-telemetry", "--no-shconf",
		"-m",       "1024",      "--log-level", "error",          "--force-max-simd-bitwidth=512",
		"--lcores", "",
	};
	char *argv[sizeof(arguments) / sizeof(arguments[0])];
	int argc = sizeof(argv) / sizeof(argv[0]);

	(void)snprintf(arguments[argc - 1], sizeof(arguments[0]), "0@(0-%ld)", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	for (int i = 0; i < argc; i++)
		argv[i] = arguments[i];
	if (rte_eal_init(argc, argv) >= 0)
		return true;
	bench_note(bench, "DPDK does not start here: left out");
	return false;
}

static void
add(struct engines *engines, struct engine engine, void *handle, double began)
{
	void **state = bench_allocate(1, sizeof(*state));

	*state = handle;
	engine.state = state;
	engine.build_seconds = bench_now() - began;
	engines->engine[engines->count++] = engine;
}

static uint32_t
ipv4_number(const svctag_prefix *prefix)
{
	const uint8_t *b = prefix->bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* A first table of all 24-bit beginnings, and one of 256 for each of them that has longer prefixes. */
static double
table_bytes(const struct table *table, double entry)
{
	size_t tables = 0;
	uint32_t last = UINT32_MAX;

	for (size_t i = 0; i < table->ipv4_count; i++) {
		uint32_t begin = ipv4_number(&table->prefix[i]) >> 8;

		if (table->prefix[i].length <= 24)
			continue;
		tables += begin != last;
		last = begin;
	}
	return ((double)(1U << 24) + (double)tables * 256) * entry;
}

static struct rte_fib *
make_fib(const struct table *table, const char *name)
{
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8,
		.max_routes = (int)table->ipv4_count + 1,
		.rib_ext_sz = 0,
		.dir24_8 = { .nh_sz = table->set_count < 0x7fff ? RTE_FIB_DIR24_8_2B : RTE_FIB_DIR24_8_4B,
			     .num_tbl8 = 32000 },
	};
	struct rte_fib *fib = rte_fib_create(name, 0, &conf);

	for (size_t i = 0; fib != NULL && i < table->ipv4_count; i++)
		if (rte_fib_add(fib, ipv4_number(&table->prefix[i]), table->prefix[i].length, table->set[i]) != 0)
			return NULL;
	return fib;
}

static void
add_fib(struct engines *engines, const struct table *table, struct bench *bench)
{
	static const struct {
		const char *name;
		enum rte_fib_lookup_type type;
	} kinds[] = {
		{ "rte_fib", RTE_FIB_LOOKUP_DIR24_8_SCALAR_MACRO },
		{ "rte_fib AVX-512", RTE_FIB_LOOKUP_DIR24_8_VECTOR_AVX512 },
	};
	double began = bench_now();
	double bytes = table_bytes(table, table->set_count < 0x7fff ? 2 : 4);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct rte_fib *fib = make_fib(table, kinds[i].name);

		if (fib == NULL || rte_fib_select_lookup(fib, kinds[i].type) != 0) {
			bench_note(bench, "%s: not on this machine, left out", kinds[i].name);
			rte_fib_free(fib);
			continue;
		}
		add(engines, (struct engine){ .name = kinds[i].name, .ipv4 = fib_bulk, .bytes = bytes }, fib, began);
	}
}

static void
add_lpm(struct engines *engines, const struct table *table, struct bench *bench)
{
	struct rte_lpm_config config = { .max_rules = (uint32_t)table->ipv4_count + 1, .number_tbl8s = 16384 };
	double began = bench_now();
	struct rte_lpm *lpm = rte_lpm_create("lpm", 0, &config);
	bool complete = lpm != NULL;

	/* It knows no prefix of length 0. */
	for (size_t i = 0; complete && i < table->ipv4_count; i++)
		complete =
			rte_lpm_add(lpm, ipv4_number(&table->prefix[i]), table->prefix[i].length, table->set[i]) == 0;
	if (!complete) {
		bench_note(bench, "rte_lpm does not take the table: left out");
		rte_lpm_free(lpm);
		return;
	}
	add(engines, (struct engine){ .name = "rte_lpm", .ipv4 = lpm_bulk, .bytes = table_bytes(table, 4) }, lpm,
	    began);
}

static struct rte_fib6 *
make_fib6(const struct table *table, const char *name)
{
	struct rte_fib6_conf conf = {
		.type = RTE_FIB6_TRIE,
		.max_routes = (int)(table->count - table->ipv4_count) + 1,
		.trie = { .nh_sz = RTE_FIB6_TRIE_4B, .num_tbl8 = 200000 },
	};
	struct rte_fib6 *fib = rte_fib6_create(name, 0, &conf);

	for (size_t i = table->ipv4_count; fib != NULL && i < table->count; i++)
		if (rte_fib6_add(fib, table->prefix[i].bytes, table->prefix[i].length, table->set[i]) != 0)
			return NULL;
	return fib;
}

static void
add_fib6(struct engines *engines, const struct table *table, struct bench *bench)
{
	static const struct {
		const char *name;
		enum rte_fib6_lookup_type type;
	} kinds[] = {
		{ "rte_fib6", RTE_FIB6_LOOKUP_TRIE_SCALAR },
		{ "rte_fib6 AVX-512", RTE_FIB6_LOOKUP_TRIE_VECTOR_AVX512 },
	};
	double began = bench_now();

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct rte_fib6 *fib = make_fib6(table, kinds[i].name);

		if (fib == NULL || rte_fib6_select_lookup(fib, kinds[i].type) != 0) {
			bench_note(bench, "%s: not on this machine, left out", kinds[i].name);
			rte_fib6_free(fib);
			continue;
		}
		add(engines,
		    (struct engine){ .name = kinds[i].name, .ipv6 = fib6_bulk, .bytes = (double)(1U << 24) * 4 }, fib,
		    began);
	}
}

void
engines_add_dpdk(struct engines *engines, const struct table *table, struct bench *bench)
{
	if (!start(bench))
		return;
	bench_note(bench, "%s", rte_version());
	add_fib(engines, table, bench);
	add_lpm(engines, table, bench);
	add_fib6(engines, table, bench);
}
