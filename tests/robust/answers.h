/*
 * What a database answers, as numbers to compare: two answers are the same
 * when their hashes are.
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <svctag/lookup.h>
#include <svctag/store.h>

#define ANSWERS_MOST_QUERIES 64

/* Addresses, prefixes and ranges that a release knows, and some that nobody does. */
struct answers_queries {
	svctag_query queries[ANSWERS_MOST_QUERIES];
	size_t count;
};

/* Some 50, spread over the whole index. */
void answers_choose(const svctag_snapshot *snapshot, struct answers_queries *ret);

/* Every particular of every release but the moment of its import. */
uint64_t answers_catalogue(const svctag_catalogue *catalogue);

/* The release's identity, its tags, and what it answers to each query: look-up, and check against a tag. */
SVCTAG_MUST_CHECK svctag_error answers_snapshot(const svctag_snapshot *snapshot, const struct answers_queries *queries,
						uint64_t *ret);

/* Open the database read-only, and hash the catalogue and the answers of this release. */
struct answers {
	svctag_error catalogue_error, snapshot_error;
	uint64_t catalogue, snapshot;
};
void answers_of_store(svctag_store *store, const char *reference, const struct answers_queries *queries,
		      struct answers *ret);

#endif
