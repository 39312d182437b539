/**
 * @file
 * The calls that look up, to be compiled once for each kind of processor: a
 * file includes this and says `const struct index_calls … = INDEX_CALLS;`.
 * Hidden.
 */
#ifndef SVCTAG_INDEX_CALLS_H
#define SVCTAG_INDEX_CALLS_H

#include "index_walk_ipv4.h"
#include "index_walk_ipv6.h"

static uint32_t
search_ipv4(const svctag_index *index, uint32_t address, uint32_t root)
{
	return walk_ipv4(index, address, root);
}

static uint32_t
search_many_ipv4(const svctag_index *index, uint32_t address, uint32_t root)
{
	return walk_many_ipv4(index, address, root);
}

static uint32_t
search_ipv6(const svctag_index *index, const uint8_t address[16])
{
	return walk_ipv6(index, address, false);
}

static uint32_t
search_absolute_ipv6(const svctag_index *index, const uint8_t address[16])
{
	return walk_ipv6(index, address, true);
}

static void
batch_ipv4(const svctag_index *index, const uint32_t *addresses, size_t count, uint32_t *ids)
{
	walk_batch_ipv4(index, addresses, count, ids);
}

static void
batch_ipv6(const svctag_index *index, const uint8_t *addresses, size_t count, uint32_t *ids)
{
	walk_batch_ipv6(index, addresses, count, ids);
}

/* clang-format off */
#define INDEX_CALLS { search_ipv4, search_many_ipv4, search_ipv6, search_absolute_ipv6, batch_ipv4, batch_ipv6 }
/* clang-format on */

#endif
