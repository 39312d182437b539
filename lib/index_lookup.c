/*
 * The calls that look up, on whatever the processor can do.
 */
#include "index_calls.h"

/* Otherwise there is but one way. */
#if defined(SVCTAG_INDEX_X86) && !defined(SVCTAG_INDEX_SCALAR)
#define CHOOSE_VECTORS
#include <cpuid.h>
#endif

static const struct index_calls calls_base = INDEX_CALLS;

/* Which entry the key has, if there is one, where entries are sorted. */
static const struct index_entry *
search_sorted(const svctag_index *index, struct index_key key)
{
	const struct index_entry *entry = index->entries;
	uint64_t left = index->entry_count;

	while (left > 1) {
		uint64_t half = left / 2;
		const struct index_entry *middle = entry + half;
		bool after = middle->high != key.high ? middle->high > key.high : middle->low > key.low;

		entry = after ? entry : middle;
		left -= half;
	}
	return entry;
}

/* As walk_ipv6(), where entries are sorted. */
static uint32_t
search_sorted_ipv6(const svctag_index *index, const uint8_t bytes[16])
{
	struct index_key address = key_of_bytes(bytes);

	for (uint32_t i = 0; i < index->level_count; i++) {
		const struct open_level *level = &index->levels[i];
		struct index_key key = level_key(address, level->mask);
		const struct index_entry *entry = search_sorted(index, key);

		if (entry_is(entry, key))
			return search_apart(index, entry, stride_key(level, bytes));
	}
	return index->head.default_ipv6;
}

#if defined(CHOOSE_VECTORS)
/* Not all compilers can be asked for this one by name. */
static bool
has_movbe(void)
{
	uint32_t a = 0;
	uint32_t b = 0;
	uint32_t c = 0;
	uint32_t d = 0;

	return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_MOVBE) != 0;
}

/* What else the file for AVX-512 is compiled with, all such processors have; but machines can be made up. */
static bool
has_avx512(void)
{
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	       has_movbe();
}

static enum index_vectors
widest_vectors(void)
{
	if (!__builtin_cpu_supports("popcnt"))
		return INDEX_VECTORS_BASE;
	if (has_avx512())
		return INDEX_VECTORS_AVX512;
	return __builtin_cpu_supports("avx2") ? INDEX_VECTORS_AVX2 : INDEX_VECTORS_BASE;
}
#endif

enum index_vectors
index_use_vectors(struct svctag_index *index, enum index_vectors widest)
{
	enum index_vectors used = INDEX_VECTORS_BASE;

	index->calls = &calls_base;
#if defined(CHOOSE_VECTORS)
	used = widest_vectors() < widest ? widest_vectors() : widest;
	if (used == INDEX_VECTORS_AVX512)
		index->calls = &index_calls_avx512;
	else if (used == INDEX_VECTORS_AVX2)
		index->calls = &index_calls_avx2;
#else
	(void)widest;
#endif
	index->head.search_ipv4 =
		index->node_count > FEW_NODES ? index->calls->search_many_ipv4 : index->calls->search_ipv4;
	index->head.search_ipv6 = index->absolute ? index->calls->search_absolute_ipv6 : index->calls->search_ipv6;
	if (index->sorted)
		index->head.search_ipv6 = search_sorted_ipv6;
	return used;
}

/* For who calls them by their address. */
extern uint32_t svctag_index_lookup_ipv4(const svctag_index *index, uint32_t address);
extern uint32_t svctag_index_lookup_ipv6(const svctag_index *index, const uint8_t address[16]);

uint32_t
svctag_index_lookup(const svctag_index *index, const svctag_address *address)
{
	if (address->family == SVCTAG_IPV6)
		return svctag_index_lookup_ipv6(index, address->bytes);
	return svctag_index_lookup_ipv4(index, (uint32_t)address_value(address));
}

void
svctag_index_lookup_batch_ipv4(const svctag_index *index, const uint32_t *addresses, size_t count, uint32_t *ids)
{
	index->calls->batch_ipv4(index, addresses, count, ids);
}

void
svctag_index_lookup_batch_ipv6(const svctag_index *index, const uint8_t *addresses, size_t count, uint32_t *ids)
{
	if (index->sorted) {
		for (size_t i = 0; i < count; i++)
			ids[i] = svctag_index_lookup_ipv6(index, addresses + i * 16);
		return;
	}
	index->calls->batch_ipv6(index, addresses, count, ids);
}
