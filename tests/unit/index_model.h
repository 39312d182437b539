/**
 * @file
 * An index beside the list of prefixes that it was made from. Every address is
 * asked in every way there is: alone and in batches, with the newest
 * instructions of this processor and without them, in hash tables and direct
 * nodes and in what stands in for them. A difference ends the test.
 */
#ifndef TESTS_INDEX_MODEL_H
#define TESTS_INDEX_MODEL_H

#include "testing.h"

#include "index_internal.h"

/* The index of a release, and the release's prefixes as a plain sorted list. */
typedef struct compiled {
	const svctag_release *release;
	void *blob;
	size_t size;
	svctag_index *index;
	void *sorted_blob; /* the same with sorted levels, and without direct nodes */
	size_t sorted_size;
	svctag_index *sorted;
	svctag_prefix *prefixes; /* distinct */
	size_t count;
} compiled;

/** dispose() it; the release has to outlive it. */
compiled compile(const svctag_release *release);
void dispose(compiled *c);

/** In host byte order. */
uint32_t ipv4_number(const svctag_address *address);

/** Each single call gives this prefix. @param how  for the message */
void check_ways(const svctag_index *index, const svctag_address *address, uint32_t want, const char *how);

/** Addresses of all kinds, against a linear scan. */
void check_lookups(testing_random *random, const compiled *c);

/** These, and all else that the index of a release tells. */
void check_all(testing_random *random, const svctag_release *release);

#endif
