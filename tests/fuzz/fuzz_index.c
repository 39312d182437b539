/*
 * A hostile index: the input is a recipe for a small release and for damage
 * to its compiled index. The checksum is made right again, so that what is
 * tested is the verification behind it. What opens is walked through: every
 * call has to stay inside the bytes and come to an end, and all ways to ask for
 * an address have to agree. Without damage the answers also have to be those
 * of a linear scan, and those of an index without tables and direct nodes.
 *
 * Recipe: one byte, INDEX_WITHOUT_…; one, how many prefixes; so many
 * prefixes; then damage.
 *
 *   prefix   1 byte   bit 7 IPv6, bits 4-6 the tag, bits 0-3 how many bytes
 *                     are those of the prefix before
 *            1 byte   length, modulo what the family allows
 *            3 bytes  that follow the kept ones; zeros come after them
 *   damage   1 byte   bits 3-7 the section, bits 0-2 what is done
 *            2 bytes  which 32-bit word of the section, modulo its size
 *            2 bytes  the value
 */
#include <stdlib.h>
#include <string.h>

#include <svctag/lookup.h>

#include "../../lib/index_internal.h"
#include "../../lib/index_tree.h"
#include "../../lib/snapshot_internal.h"
#include "../../lib/xxh64.h"

#define TAGS 8
#define MAX_PREFIXES 255
#define PREFIX_BYTES 5
#define DAMAGE_BYTES 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also where NDEBUG is set. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* What is left of the input. */
struct input {
	const uint8_t *at;
	size_t left;
};

static const uint8_t *
take(struct input *in, size_t size)
{
	const uint8_t *at = in->at;

	if (in->left < size)
		return NULL;
	in->at += size;
	in->left -= size;
	return at;
}

/** The prefixes of the release by tag, as the recipe gives them. */
struct recipe {
	svctag_prefix prefixes[MAX_PREFIXES];
	uint8_t tags[MAX_PREFIXES];
	size_t count;
};

static void
read_prefixes(struct input *in, struct recipe *ret)
{
	const uint8_t *count = take(in, 1);
	svctag_address address = { 0 };
	const uint8_t *part;

	ret->count = 0;
	while (count != NULL && ret->count < *count && (part = take(in, PREFIX_BYTES)) != NULL) {
		uint8_t family = (part[0] & 0x80) != 0 ? SVCTAG_IPV6 : SVCTAG_IPV4;
		size_t room = SVCTAG_FAMILY_BYTES(family), keep = (part[0] & 15U) % (room + 1);

		address.family = family;
		for (size_t i = keep; i < sizeof(address.bytes); i++)
			address.bytes[i] = i < keep + 3 && i < room ? part[2 + i - keep] : 0;
		/* Kept bytes may reach past the family's: a prefix holds none of those. */
		memset(address.bytes + room, 0, sizeof(address.bytes) - room);
		ret->tags[ret->count] = part[0] >> 4 & 7;
		ret->prefixes[ret->count++] = svctag_prefix_make(&address, part[1] % (SVCTAG_FAMILY_BITS(family) + 1));
	}
}

static void
add_tag(svctag_release_builder *builder, const struct recipe *recipe, uint8_t number)
{
	static const char *const names[TAGS] = { "AzureCloud", "AzureCloud.eastus", "Storage", "Storage.EastUS",
						 "Sql",        "Sql.WestUS",        "Empty",   "z" };
	svctag_properties properties = {
		.name = names[number],
		.change_number = number,
		.region = number % 2 != 0 ? "eastus" : "",
		.has_region_id = number % 3 != 0,
		.region_id = number,
		.platform = number % 4 != 0 ? "Azure" : NULL,
		.system_service = "",
		.network_features = number % 5 != 0 ? "API,NSG" : NULL,
	};

	require(svctag_release_builder_add_tag(builder, &properties) == SVCTAG_OK);
	for (size_t i = 0; i < recipe->count; i++)
		if (recipe->tags[i] == number)
			require(svctag_release_builder_add_prefix(builder, &recipe->prefixes[i]) == SVCTAG_OK);
}

static uint8_t *
build(const struct recipe *recipe, unsigned int without, size_t *ret_size)
{
	svctag_release_builder *builder = NULL;
	svctag_release *release = NULL;
	void *blob = NULL;

	require(svctag_release_builder_new(1, &builder) == SVCTAG_OK);
	for (uint8_t i = 0; i < TAGS; i++)
		add_tag(builder, recipe, i);
	require(svctag_release_builder_finish(builder, &release, NULL) == SVCTAG_OK);
	svctag_release_builder_free(builder);
	require(index_build(release, without, &blob, ret_size) == SVCTAG_OK);
	svctag_release_free(release);
	return blob;
}

/* Begin and end of the section in the sound blob. */
static void
find_section(const struct index_layout *at, unsigned int number, size_t *ret_begin, size_t *ret_end)
{
	const uint64_t begins[] = {
		0,          at->roots,        at->nodes,        at->filter_ipv6,
		at->levels, at->pilots,       at->bucket_tops,  at->entries,
		at->lines,  at->address_ipv4, at->address_ipv6, at->length,
		at->parent, at->set,          at->set_first,    at->members,
		at->tags,   at->strings,      at->size,
	};
	const unsigned int count = sizeof(begins) / sizeof(begins[0]) - 1;

	*ret_begin = (size_t)begins[number % count];
	*ret_end = (size_t)begins[number % count + 1];
}

static void
damage(uint8_t *blob, const struct index_layout *at, const uint8_t *part)
{
	uint32_t value = (uint32_t)part[3] << 8 | part[4], word;
	size_t begin, end, place;

	find_section(at, part[0] >> 3, &begin, &end);
	if (end - begin < sizeof(word))
		return;
	place = begin + ((size_t)part[1] << 8 | part[2]) % ((end - begin) / sizeof(word)) * sizeof(word);
	memcpy(&word, blob + place, sizeof(word));
	switch (part[0] & 7) {
	case 0: word = value; break;
	case 1: word ^= value; break;
	case 2: word = value << 16 | (word & 0xffff); break;
	case 3: word += value; break;
	case 4: word -= value; break;
	case 5: word = UINT32_MAX - value; break;
	case 6: word = value << NODE_KIND_SHIFT | value >> 4; break; /* a node of any kind */
	default: word = value << 24 | value >> 8; break;
	}
	memcpy(blob + place, &word, sizeof(word));
}

static void
seal(uint8_t *blob, size_t size)
{
	struct index_header *header = (struct index_header *)(void *)blob;

	header->checksum = svctag_xxh64(blob + INDEX_CHECKED_FROM, size - INDEX_CHECKED_FROM, 0);
}

/* Any use of the bytes that a sanitizer can see. */
static size_t
use_text(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

static void
walk_tags(const svctag_index *index)
{
	size_t count = svctag_index_tag_count(index);
	uint32_t near[4];

	for (uint32_t id = 0; id < count; id++) {
		svctag_index_tag tag = svctag_index_tag_at(index, id);
		const char *name = svctag_index_tag_name(index, id);
		svctag_prefix *prefixes = NULL;
		size_t n = 0;
		uint32_t found = 0;

		require(name == tag.properties.name);
		(void)use_text(tag.properties.region);
		(void)use_text(tag.properties.platform);
		(void)use_text(tag.properties.system_service);
		(void)use_text(tag.properties.network_features);
		require(svctag_index_find_tag(index, name, use_text(name), &found) == SVCTAG_OK && found < count);
		require(svctag_index_near_tags(index, name, use_text(name), near, 4) <= 4);
		require(svctag_index_tag_prefixes(index, id, &prefixes, &n) == SVCTAG_OK);
		free(prefixes);
	}
}

/* Parents are longer roads to shorter prefixes: 129 steps at most. */
static void
walk_parents(const svctag_index *index, uint32_t id)
{
	unsigned int steps = 0;

	for (; id != SVCTAG_NO_PREFIX; id = svctag_index_parent(index, id)) {
		require(id < svctag_index_total_prefix_count(index));
		require(++steps <= 129);
	}
}

static uint32_t
ipv4_number(const svctag_address *address)
{
	return (uint32_t)address->bytes[0] << 24 | (uint32_t)address->bytes[1] << 16 |
	       (uint32_t)address->bytes[2] << 8 | address->bytes[3];
}

/* More than are taken together. */
#define BATCH 600U

/* The same address several times among others, few or many of them. */
static void
require_batch(const svctag_index *index, const svctag_address *address, uint32_t want)
{
	uint32_t numbers[BATCH];
	uint8_t bytes[BATCH * 16];
	uint32_t ids[BATCH];
	size_t count = address->bytes[3] % 4 == 0 ? BATCH : 35;

	for (size_t i = 0; i < count; i++) {
		numbers[i] = ipv4_number(address) + (i % 3 == 0 ? 0 : (uint32_t)i << 13);
		memcpy(bytes + i * 16, address->bytes, 16);
		bytes[i * 16 + 4] ^= (uint8_t)(i % 3);
	}
	if (address->family == SVCTAG_IPV4)
		svctag_index_lookup_batch_ipv4(index, numbers, count, ids);
	else
		svctag_index_lookup_batch_ipv6(index, bytes, count, ids);
	for (size_t i = 0; i < count; i++)
		require(i % 3 != 0 ? ids[i] == (address->family == SVCTAG_IPV4
							? svctag_index_lookup_ipv4(index, numbers[i])
							: svctag_index_lookup_ipv6(index, bytes + i * 16))
				   : ids[i] == want);
}

/* An open index without what only newer processors have. */
static uint32_t
lookup_with(const svctag_index *index, const svctag_address *address, enum index_vectors widest)
{
	svctag_index copy = *index;
	uint32_t id;

	(void)index_use_vectors(&copy, widest);
	id = svctag_index_lookup(&copy, address);
	/* Batches take their time: some will do. */
	if (address->bytes[2] % 8 == 0)
		require_batch(&copy, address, id);
	return id;
}

static void
walk_address(const svctag_index *index, const svctag_address *address)
{
	uint32_t id = svctag_index_lookup(index, address);

	walk_parents(index, id);
	require(lookup_with(index, address, INDEX_VECTORS_BASE) == id);
	require(lookup_with(index, address, INDEX_VECTORS_AVX2) == id);
	if (address->bytes[2] % 8 == 1)
		require_batch(index, address, id);
}

static void
walk_query(const svctag_snapshot *snapshot, const svctag_range *range, svctag_lookup_result *result)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	svctag_query query = { .kind = SVCTAG_QUERY_RANGE, .range = *range };
	uint32_t first = 0, end = 0;

	svctag_index_prefixes_in(index, range, &first, &end);
	require(first <= end && end <= svctag_index_total_prefix_count(index));
	require(svctag_lookup(snapshot, &query, result) == SVCTAG_OK);
	for (size_t i = 0; i < result->match_count; i++) {
		const svctag_match *match = &result->matches[i];

		require(match->tag < svctag_index_tag_count(index));
		require(match->prefix < svctag_index_total_prefix_count(index));
		for (size_t n = 0; n < match->prefix_count; n++)
			require(result->prefixes[match->first_prefix + n] < svctag_index_total_prefix_count(index));
	}
	(void)use_text(result->region);
}

static void
walk(const svctag_snapshot *snapshot)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	svctag_lookup_result result = { 0 };

	walk_tags(index);
	for (uint32_t id = 0; id < svctag_index_total_prefix_count(index); id++) {
		svctag_prefix prefix = svctag_index_prefix(index, id);
		svctag_index_list tags = svctag_index_prefix_tags(index, id);
		svctag_range range = svctag_prefix_range(&prefix);

		for (size_t i = 0; i < tags.count; i++)
			require(tags.ids[i] < svctag_index_tag_count(index));
		walk_parents(index, id);
		walk_query(snapshot, &range, &result);
		walk_address(index, &range.first);
		walk_address(index, &range.last);
		if (svctag_address_previous(&range.first))
			walk_address(index, &range.first);
		if (svctag_address_next(&range.last))
			walk_address(index, &range.last);
		walk_query(snapshot, &range, &result);
	}
	svctag_lookup_result_release(&result);
}

/* The longest prefix by a linear scan: the same, or none both times. */
static void
compare(const svctag_index *index, const struct recipe *recipe, const svctag_address *address)
{
	uint32_t got = svctag_index_lookup(index, address);
	const svctag_prefix *want = NULL;
	svctag_prefix prefix;

	for (size_t i = 0; i < recipe->count; i++)
		if (svctag_prefix_holds(&recipe->prefixes[i], address) &&
		    (want == NULL || recipe->prefixes[i].length > want->length))
			want = &recipe->prefixes[i];
	require((got == SVCTAG_NO_PREFIX) == (want == NULL));
	if (want == NULL)
		return;
	prefix = svctag_index_prefix(index, got);
	require(svctag_prefix_compare(&prefix, want) == 0);
}

static void
compare_edges(const svctag_index *index, const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->count; i++) {
		svctag_range range = svctag_prefix_range(&recipe->prefixes[i]);

		compare(index, recipe, &range.first);
		compare(index, recipe, &range.last);
		if (svctag_address_previous(&range.first))
			compare(index, recipe, &range.first);
		if (svctag_address_next(&range.last))
			compare(index, recipe, &range.last);
	}
}

/* The index as it is, and without tables and direct nodes. */
static void
compare_all(const svctag_index *index, const struct recipe *recipe)
{
	svctag_index *plain = NULL;
	size_t size = 0;
	uint8_t *blob = build(recipe, INDEX_WITHOUT_TABLES | INDEX_WITHOUT_DIRECT, &size);

	compare_edges(index, recipe);
	require(svctag_index_open(blob, size, &plain, NULL) == SVCTAG_OK);
	compare_edges(plain, recipe);
	svctag_index_close(plain);
	free(blob);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct recipe recipe;
	size_t blob_size = 0;
	uint8_t *blob;
	struct index_layout at;
	svctag_release_info info = { .cloud = "Public", .published = "2024-01-01", .source = "file" };
	svctag_snapshot *snapshot = NULL;
	bool damaged = false;
	const uint8_t *without = take(&in, 1);
	const uint8_t *part;
	svctag_error err;

	read_prefixes(&in, &recipe);
	blob = build(&recipe, without != NULL ? *without : 0, &blob_size);
	at = svctag_index_layout((const struct index_header *)(const void *)blob);
	while ((part = take(&in, DAMAGE_BYTES)) != NULL) {
		damage(blob, &at, part);
		damaged = true;
	}
	seal(blob, blob_size);
	memcpy(info.digest, ((const struct index_header *)(const void *)blob)->digest, SVCTAG_DIGEST_SIZE);
	err = snapshot_of_bytes(blob, blob_size, &info, &snapshot, NULL); /* takes the blob */
	require(err == SVCTAG_OK || err == SVCTAG_E_CORRUPT || err == SVCTAG_E_FORMAT);
	require(damaged || err == SVCTAG_OK);
	if (err == SVCTAG_OK)
		walk(snapshot);
	if (!damaged)
		compare_all(svctag_snapshot_index(snapshot), &recipe);
	svctag_snapshot_free(snapshot);
	return 0;
}
