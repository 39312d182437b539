/*
 * Opening, verifying and reading a compiled index. After svctag_index_open()
 * every number in the blob is known to be in bounds, so the readers here and in
 * index_lookup.c check nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bits.h"
#include "index_internal.h"
#include "index_verify.h"
#include "xxh64.h"

/** Of x86-64 and of arm64, mostly. */
#define LARGE_PAGE ((size_t)2 << 20)

static uint64_t
next_section(uint64_t *end, uint64_t size)
{
	uint64_t start = *end;

	*end = (start + size + SVCTAG_INDEX_ALIGNMENT - 1) / SVCTAG_INDEX_ALIGNMENT * SVCTAG_INDEX_ALIGNMENT;
	return start;
}

/* Counts have 32 bits and elements at most 96 bytes: nothing overflows. */
struct index_layout
svctag_index_layout(const struct index_header *header)
{
	uint64_t prefixes = (uint64_t)header->prefix_count[0] + header->prefix_count[1];
	uint64_t end = sizeof(*header);
	struct index_layout at;

	at.roots = next_section(&end, (uint64_t)ROOT_SLOTS * 2);
	at.nodes = next_section(&end, (uint64_t)header->node_count * sizeof(struct index_node));
	at.filter_ipv6 = next_section(&end, FILTER_BITS / 8);
	at.levels = next_section(&end, (uint64_t)header->level_count * sizeof(struct index_level));
	at.pilots = next_section(&end, (uint64_t)header->pilot_count * 4);
	at.bucket_tops = next_section(&end, (uint64_t)header->top_count * sizeof(struct inner_line));
	at.entries = next_section(&end, (uint64_t)header->entry_count * sizeof(struct index_entry));
	at.lines = next_section(&end, (uint64_t)header->line_count * sizeof(union index_line));
	at.address_ipv4 = next_section(&end, (uint64_t)header->prefix_count[0] * 4);
	at.address_ipv6 = next_section(&end, (uint64_t)header->prefix_count[1] * 16);
	at.length = next_section(&end, prefixes);
	at.parent = next_section(&end, prefixes * 4);
	at.set = next_section(&end, prefixes * 4);
	at.set_first = next_section(&end, ((uint64_t)header->set_count + 1) * 4);
	at.members = next_section(&end, (uint64_t)header->member_count * 4);
	at.tags = next_section(&end, (uint64_t)header->tag_count * sizeof(struct index_tag_record));
	at.strings = next_section(&end, header->string_size);
	at.size = end;
	return at;
}

void *
index_allocate(size_t size)
{
	size_t alignment = size >= LARGE_PAGE ? LARGE_PAGE : SVCTAG_INDEX_ALIGNMENT;
	size_t whole = (size / alignment + 1) * alignment;
	void *memory = aligned_alloc(alignment, whole);

	/* No more than a wish. */
	if (memory != NULL && alignment == LARGE_PAGE)
		(void)madvise(memory, whole, MADV_HUGEPAGE);
	return memory;
}

static svctag_error
check_header(const struct index_header *header, size_t size, svctag_detail *detail)
{
	if (memcmp(header->magic, INDEX_MAGIC, sizeof(header->magic)) != 0) {
		svctag_detail_set(detail, "the index does not begin with its magic bytes");
		return SVCTAG_E_CORRUPT;
	}
	if (header->byte_order != INDEX_BYTE_ORDER || header->format != SVCTAG_INDEX_FORMAT) {
		svctag_detail_set(detail,
				  "the index has format %u, byte order mark %08x; this program reads format %d, %08x",
				  header->format, header->byte_order, SVCTAG_INDEX_FORMAT, INDEX_BYTE_ORDER);
		return SVCTAG_E_FORMAT;
	}
	if (header->size != size || svctag_index_layout(header).size != size) {
		svctag_detail_set(detail, "the index has %zu bytes; its header says otherwise", size);
		return SVCTAG_E_CORRUPT;
	}
	if (svctag_xxh64((const uint8_t *)header + INDEX_CHECKED_FROM, size - INDEX_CHECKED_FROM, 0) !=
	    header->checksum) {
		svctag_detail_set(detail, "the checksum of the index does not hold");
		return SVCTAG_E_CORRUPT;
	}
	return SVCTAG_OK;
}

static void
open_levels(struct svctag_index *index, const struct index_header *header, const struct index_level *levels)
{
	uint32_t i;

	index->level_count = header->level_count;
	for (i = 0; i < header->level_count; i++) {
		struct open_level *level = &index->levels[i];
		uint32_t byte;

		level->mask = level_mask(i, levels[i].depth);
		for (byte = 0; byte < sizeof(level->stride); byte++)
			level->stride[byte] = (uint8_t)(levels[i].depth / 8 + (byte % 2 == 0));
	}
	/* One level has to be asked in any case. */
	for (i = 0; i < 2 && header->level_count > 1; i++) {
		store_be64((uint8_t *)&index->agreed_mask[i], levels[0].agreed_mask);
		store_be64((uint8_t *)&index->agreed[i], levels[0].agreed);
	}
	index->seeds = hash_seeds(header->seed);
	index->entry_count = header->entry_count;
	index->sorted = header->pilot_count == 0 || header->level_count == 0;
	index->bucket_shift = index->sorted ? 0 : bucket_shift(header->pilot_count);
}

/* Sections are aligned when the blob is. */
static void
find_sections(struct svctag_index *index, const uint8_t *data)
{
	const struct index_header *header = (const void *)data;
	struct index_layout at = svctag_index_layout(header);

	index->header = header;
	index->head.roots = (const void *)(data + at.roots);
	index->head.filter = (const void *)(data + at.filter_ipv6);
	index->head.default_ipv6 = header->default_ipv6;
	index->node_count = header->node_count;
	index->nodes = (const void *)(data + at.nodes);
	index->lines = (const void *)(data + at.lines);
	index->pilots = (const void *)(data + at.pilots);
	index->bucket_tops = (const void *)(data + at.bucket_tops);
	index->entries = (const void *)(data + at.entries);
	open_levels(index, header, (const void *)(data + at.levels));
	(void)index_use_vectors(index, INDEX_VECTORS_AVX512);
	index->address_ipv4 = (const void *)(data + at.address_ipv4);
	index->address_ipv6 = data + at.address_ipv6;
	index->length = data + at.length;
	index->parent = (const void *)(data + at.parent);
	index->set = (const void *)(data + at.set);
	index->set_first = (const void *)(data + at.set_first);
	index->members = (const void *)(data + at.members);
	index->tags = (const void *)(data + at.tags);
	index->strings = (const char *)(data + at.strings);
}

svctag_error
svctag_index_open(const void *data, size_t size, svctag_index **ret, svctag_detail *detail)
{
	struct svctag_index *index;
	bool absolute = false;
	svctag_error err;

	if ((uintptr_t)data % SVCTAG_INDEX_ALIGNMENT != 0) {
		svctag_detail_set(detail, "the index does not lie at a multiple of %d bytes", SVCTAG_INDEX_ALIGNMENT);
		return SVCTAG_E_INVALID;
	}
	if (size < sizeof(struct index_header)) {
		svctag_detail_set(detail, "the index has %zu bytes, less than its header", size);
		return SVCTAG_E_CORRUPT;
	}
	err = check_header(data, size, detail);
	if (err != SVCTAG_OK)
		return err;
	err = index_verify(data, &absolute, detail);
	if (err != SVCTAG_OK)
		return err;
	index = calloc(1, sizeof(*index));
	if (index == NULL)
		return SVCTAG_E_NO_MEMORY;
	index->absolute = absolute;
	find_sections(index, data);
	*ret = index;
	return SVCTAG_OK;
}

void
svctag_index_close(svctag_index *index)
{
	free(index);
}

uint64_t
svctag_index_checksum(const void *data, size_t size)
{
	struct index_header header;

	if (size < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	return header.checksum;
}

const uint8_t *
svctag_index_digest(const svctag_index *index)
{
	return index->header->digest;
}

size_t
svctag_index_prefix_count(const svctag_index *index, uint8_t family)
{
	return index->header->prefix_count[SVCTAG_FAMILY_INDEX(family)];
}

size_t
svctag_index_total_prefix_count(const svctag_index *index)
{
	return (size_t)index->header->prefix_count[0] + index->header->prefix_count[1];
}

svctag_prefix
svctag_index_prefix(const svctag_index *index, uint32_t id)
{
	uint32_t ipv4 = index->header->prefix_count[0];
	svctag_prefix prefix = { .family = SVCTAG_IPV6, .length = index->length[id] };

	if (id < ipv4)
		return prefix_of_value(SVCTAG_IPV4, index->address_ipv4[id], index->length[id]);
	memcpy(prefix.bytes, index->address_ipv6 + (size_t)(id - ipv4) * 16, 16);
	return prefix;
}

uint32_t
svctag_index_parent(const svctag_index *index, uint32_t id)
{
	return index->parent[id];
}

svctag_index_list
svctag_index_prefix_tags(const svctag_index *index, uint32_t id)
{
	uint32_t first = index->set_first[index->set[id]];

	return (svctag_index_list){ index->members + first, index->set_first[index->set[id] + 1] - first };
}

/* The first id of the family whose address is greater than this one. */
static uint32_t
first_after(const svctag_index *index, const svctag_address *address)
{
	uint32_t ipv4 = index->header->prefix_count[0];
	uint32_t low = address->family == SVCTAG_IPV6 ? ipv4 : 0;
	uint32_t high = address->family == SVCTAG_IPV6 ? ipv4 + index->header->prefix_count[1] : ipv4;
	uint32_t value = address->family == SVCTAG_IPV6 ? 0 : (uint32_t)address_value(address);

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		bool after = middle < ipv4 ? index->address_ipv4[middle] > value
					   : memcmp(index->address_ipv6 + (size_t)(middle - ipv4) * 16, address->bytes,
						    16) > 0;

		if (after)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void
svctag_index_prefixes_in(const svctag_index *index, const svctag_range *range, uint32_t *ret_first, uint32_t *ret_end)
{
	*ret_first = first_after(index, &range->first);
	*ret_end = first_after(index, &range->last);
}

size_t
svctag_index_tag_count(const svctag_index *index)
{
	return index->header->tag_count;
}

static const char *
text_at(const svctag_index *index, uint32_t offset)
{
	return offset == INDEX_NONE ? NULL : index->strings + offset;
}

const char *
svctag_index_tag_name(const svctag_index *index, uint32_t id)
{
	return index->strings + index->tags[id].name;
}

svctag_index_tag
svctag_index_tag_at(const svctag_index *index, uint32_t id)
{
	const struct index_tag_record *record = &index->tags[id];
	svctag_index_tag tag = {
		.properties = {
			.name = text_at(index, record->name),
			.change_number = record->change_number,
			.region = text_at(index, record->region),
			.region_id = record->region_id,
			.has_region_id = record->has_region_id != 0,
			.platform = text_at(index, record->platform),
			.system_service = text_at(index, record->system_service),
			.network_features = text_at(index, record->network_features),
		},
		.family_prefix_count = { record->family_prefix_count[0], record->family_prefix_count[1] },
		.rank = record->rank,
	};
	int f;

	for (f = 0; f < 2; f++) {
		tag.addresses[f].low = (svctag_u128)record->addresses[f][1] << 64 | record->addresses[f][0];
		tag.addresses[f].high = record->addresses[f][2];
	}
	return tag;
}

svctag_error
svctag_index_tag_prefixes(const svctag_index *index, uint32_t tag, svctag_prefix **ret, size_t *ret_count)
{
	const struct index_tag_record *record = &index->tags[tag];
	uint32_t total = (uint32_t)svctag_index_total_prefix_count(index);
	size_t expected = (size_t)record->family_prefix_count[0] + record->family_prefix_count[1];
	svctag_prefix *prefixes = NULL;
	size_t count = 0;
	uint32_t id;

	if (expected > 0) {
		prefixes = malloc(expected * sizeof(*prefixes));
		if (prefixes == NULL)
			return SVCTAG_E_NO_MEMORY;
	}
	for (id = 0; id < total && count < expected; id++) {
		svctag_index_list tags = svctag_index_prefix_tags(index, id);
		size_t i;

		for (i = 0; i < tags.count && tags.ids[i] != tag; i++)
			continue;
		if (i < tags.count)
			prefixes[count++] = svctag_index_prefix(index, id);
	}
	*ret = prefixes;
	*ret_count = count;
	return SVCTAG_OK;
}
