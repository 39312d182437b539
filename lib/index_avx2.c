/*
 * The same look-ups for x86-64 processors with AVX2 (2013 and later), chosen
 * when an index is opened. They take a third fewer instructions than SSE2's.
 */
#include "index_walk.h"

#if !defined(INDEX_SEARCH_AVX2)
#error "this file is to be compiled with -mavx2 -mpopcnt"
#endif

uint32_t
index_avx2_search_ipv4(const svctag_index *index, uint32_t address)
{
	return walk_ipv4(index, address);
}

uint32_t
index_avx2_search_ipv6(const svctag_index *index, const uint8_t address[16])
{
	return walk_ipv6(index, address);
}

void
index_avx2_batch_ipv4(const svctag_index *index, const uint32_t *addresses, size_t count, uint32_t *ids)
{
	walk_batch_ipv4(index, addresses, count, ids);
}

void
index_avx2_batch_ipv6(const svctag_index *index, const uint8_t *addresses, size_t count, uint32_t *ids)
{
	walk_batch_ipv6(index, addresses, count, ids);
}
