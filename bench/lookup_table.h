/**
 * @file
 * The table that all look-up engines are given, and the queries they are
 * asked. Every engine answers with the number of the tag set that holds the
 * address, all of it: the tags of the longest matching prefix and those of
 * its parents. For peers that number is the next hop, or the record, of each
 * prefix; 0 means that no prefix matches.
 */
#ifndef BENCH_LOOKUP_TABLE_H
#define BENCH_LOOKUP_TABLE_H

#include "harness.h"

struct table {
	svctag_index *index;
	void *blob;
	size_t blob_size;
	size_t count;           /**< distinct prefixes of both families */
	size_t ipv4_count;      /**< the first of them */
	svctag_prefix *prefix;  /**< in svctag_prefix_compare() order */
	uint32_t *set;          /**< by prefix: 1 and up */
	uint32_t set_count;     /**< different sets */
	const uint32_t **names; /**< by set: the tags, ended by UINT32_MAX */
};

struct table *table_make(const svctag_release *release);
void table_free(struct table *table);

enum spread {
	SPREAD_UNIFORM, /**< anywhere; IPv6: in 2000::/3 */
	SPREAD_AZURE,   /**< inside a prefix, each as likely */
	SPREAD_ZIPF,    /**< 50,000 of those, as a log has them: the n-th one n-th as often as the first */
};

#define TABLE_DISTINCT 50000U

extern const char *const spread_names[3];

uint32_t *table_queries_ipv4(const struct table *table, enum spread spread, size_t count);
uint8_t *table_queries_ipv6(const struct table *table, enum spread spread, size_t count);

/** An engine that has taken in a table. Answers are table->set numbers, or prefix numbers where `gives_prefix`. */
struct engine {
	const char *name;
	void *state;
	void (*ipv4)(const void *state, const uint32_t *queries, size_t count, uint32_t *answers);
	void (*ipv6)(const void *state, const uint8_t *queries, size_t count, uint32_t *answers);
	bool gives_prefix; /**< the answer is a prefix of svctag's index, or SVCTAG_NO_PREFIX */
	bool slow;         /**< asked fewer questions */
	double bytes;      /**< of the structure that is searched; 0: not known */
	double build_seconds;
};

#define MOST_ENGINES 12

struct engines {
	struct engine engine[MOST_ENGINES];
	size_t count;
};

/* Each adds what it has for the table, or a note that says why it does not. */
void engines_add_svctag(struct engines *engines, const struct table *table);
void engines_add_array(struct engines *engines, const struct table *table);
void engines_add_dpdk(struct engines *engines, const struct table *table, struct bench *bench);
void engines_add_maxminddb(struct engines *engines, const struct table *table, struct bench *bench);

#endif
