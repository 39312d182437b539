/*
 * Hand-made broken indexes, each under a right checksum, so that only the
 * verification behind it stands between the damage and the readers. Each is
 * refused, or (where a number is wrong but leads nowhere) every answer stays
 * inside the bytes and comes to an end. The bytes lie between two pages that
 * nobody may touch.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <svctag/lookup.h>

#include "broken_index.h"
#include "index_tree.h"
#include "snapshot_internal.h"
#include "xxh64.h"

#define MOST_SECONDS 20
#define GUARD ((size_t)4096)

/* ---------------------------------------------------------------- walking */

/* A call that gives what cannot be ends the program. */
static void
require(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "%s\n", what);
	exit(1);
}

static void
follow_parents(const svctag_index *index, uint32_t id)
{
	size_t steps = 0;

	for (; id != SVCTAG_NO_PREFIX; id = svctag_index_parent(index, id)) {
		require(id < svctag_index_total_prefix_count(index), "a prefix past the last");
		require(++steps <= 129, "parents without end");
	}
}

static size_t
text_size(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

static void
walk_tags(const svctag_index *index)
{
	for (uint32_t id = 0; id < svctag_index_tag_count(index); id++) {
		svctag_index_tag tag = svctag_index_tag_at(index, id);
		svctag_prefix *prefixes = NULL;
		size_t count = text_size(tag.properties.name) + text_size(tag.properties.region) +
			       text_size(tag.properties.platform) + text_size(tag.properties.system_service) +
			       text_size(tag.properties.network_features);
		uint32_t found = 0;

		require(svctag_index_find_tag(index, tag.properties.name, text_size(tag.properties.name), &found) ==
				SVCTAG_OK,
			"a name that is not found");
		require(svctag_index_tag_prefixes(index, id, &prefixes, &count) == SVCTAG_OK, "prefixes");
		free(prefixes);
	}
}

/* Every block's edges, and what lies on both sides of them. */
static void
walk_prefixes(const svctag_index *index)
{
	for (uint32_t id = 0; id < svctag_index_total_prefix_count(index); id++) {
		svctag_prefix prefix = svctag_index_prefix(index, id);
		svctag_range range = svctag_prefix_range(&prefix);
		svctag_index_list tags = svctag_index_prefix_tags(index, id);
		uint32_t first = 0;
		uint32_t end = 0;

		for (size_t i = 0; i < tags.count; i++)
			require(tags.ids[i] < svctag_index_tag_count(index), "a tag past the last");
		follow_parents(index, id);
		svctag_index_prefixes_in(index, &range, &first, &end);
		require(first <= end && end <= svctag_index_total_prefix_count(index), "prefixes past the last");
		follow_parents(index, svctag_index_lookup(index, &range.first));
		follow_parents(index, svctag_index_lookup(index, &range.last));
		if (svctag_address_previous(&range.first))
			follow_parents(index, svctag_index_lookup(index, &range.first));
		if (svctag_address_next(&range.last))
			follow_parents(index, svctag_index_lookup(index, &range.last));
	}
}

static void
walk_ipv4(const svctag_index *index)
{
	for (uint32_t i = 0; i < ROOT_SLOTS; i++)
		for (uint32_t key = 0; key <= UINT16_MAX; key += i % 64 == 0 ? 257 : 21845)
			follow_parents(index, svctag_index_lookup_ipv4(index, i << 16 | key));
}

/* Whole answers, of a copy that the snapshot owns. */
static void
walk_lookups(const struct blob *blob)
{
	svctag_release_info info = { .cloud = "Sample", .published = "2025-01-01", .source = "file" };
	void *copy = aligned_alloc(SVCTAG_INDEX_ALIGNMENT, blob->size);
	svctag_lookup_result result = { 0 };
	svctag_snapshot *snapshot = NULL;
	const svctag_index *index;

	require(copy != NULL, "memory");
	memcpy(copy, blob->bytes, blob->size);
	memcpy(info.digest, blob->header->digest, sizeof(info.digest));
	require(snapshot_of_bytes(copy, blob->size, &info, &snapshot, NULL) == SVCTAG_OK, "a snapshot");
	index = svctag_snapshot_index(snapshot);
	for (uint32_t id = 0; id < svctag_index_total_prefix_count(index); id++) {
		svctag_prefix prefix = svctag_index_prefix(index, id);
		svctag_query query = { .kind = SVCTAG_QUERY_PREFIX, .range = svctag_prefix_range(&prefix) };

		require(svctag_lookup(snapshot, &query, &result) == SVCTAG_OK, "a look-up");
		for (size_t i = 0; i < result.match_count; i++)
			require(result.matches[i].tag < svctag_index_tag_count(index) &&
					result.matches[i].prefix < svctag_index_total_prefix_count(index),
				"a match past the last");
	}
	svctag_lookup_result_release(&result);
	svctag_snapshot_free(snapshot);
}

/* ------------------------------------------------------------------ blobs */

static void __attribute__((format(printf, 2, 3))) add_prefix(svctag_release_builder *builder, const char *format, ...)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];
	svctag_prefix prefix;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	require(svctag_prefix_parse(text, strlen(text), &prefix) == SVCTAG_OK &&
			svctag_release_builder_add_prefix(builder, &prefix) == SVCTAG_OK,
		text);
}

static void
add_tag(svctag_release_builder *builder, const char *name, const char *region)
{
	svctag_properties properties = {
		.name = name, .region = region, .platform = "Azure", .system_service = "", .network_features = "API,NSG"
	};

	require(svctag_release_builder_add_tag(builder, &properties) == SVCTAG_OK, name);
}

/* Nodes of each kind: an IPv4 stride with many prefixes and one with few; IPv6 of lengths far apart, and one with a top. */
static void *
compile(unsigned int without, size_t *ret_size)
{
	svctag_release_builder *builder = NULL;
	svctag_release *release = NULL;
	void *bytes = NULL;

	require(svctag_release_builder_new(1, &builder) == SVCTAG_OK, "memory");
	add_tag(builder, "AzureCloud", "");
	add_prefix(builder, "198.18.0.0/15");
	add_prefix(builder, "2001:db8::/48");
	for (unsigned int i = 0; i < 512; i++)
		add_prefix(builder, "198.18.%u.%u/26", i / 2, i % 2 * 128);
	add_tag(builder, "AzureCloud.eastus", "eastus");
	add_prefix(builder, "198.18.0.0/20");
	add_tag(builder, "Storage.EastUS", "eastus");
	for (unsigned int i = 0; i < 5; i++)
		add_prefix(builder, "198.19.%u.%u/28", i, 16 * i);
	for (unsigned int i = 0; i < 300; i++)
		add_prefix(builder, "2001:db8:0:%x::%x/128", i / 10, i);
	for (unsigned int i = 0; i < 60; i++)
		add_prefix(builder, "2001:db8:1:%x::/64", 2 * i);
	require(svctag_release_builder_finish(builder, &release, NULL) == SVCTAG_OK, "a release");
	require(index_build(release, without, &bytes, ret_size) == SVCTAG_OK, "an index");
	svctag_release_builder_free(builder);
	svctag_release_free(release);
	return bytes;
}

/* Its last byte is the last before a page that may not be touched; so is its first, but for the alignment. */
static uint8_t *
map_guarded(size_t size, size_t *ret_mapped)
{
	size_t whole = (size + GUARD - 1) / GUARD * GUARD;
	uint8_t *pages = mmap(NULL, whole + 2 * GUARD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(pages != MAP_FAILED && mprotect(pages, GUARD, PROT_NONE) == 0 &&
			mprotect(pages + GUARD + whole, GUARD, PROT_NONE) == 0,
		"mmap");
	*ret_mapped = whole + 2 * GUARD;
	return pages;
}

static bool
try_breakage(const struct breakage *breakage, bool direct, const void *sound, size_t size)
{
	size_t mapped = 0;
	uint8_t *pages = map_guarded(size, &mapped);
	struct blob blob = { .size = size, .bytes = pages + mapped - GUARD - size };
	svctag_index *index = NULL;
	svctag_detail detail = { "" };
	svctag_error err;
	bool right;

	memcpy(blob.bytes, sound, size);
	blob.header = (struct index_header *)(void *)blob.bytes;
	broken_find_sections(&blob);
	require(blob.large != NULL && blob.header->level_count >= 2 && (blob.direct != 0) == direct &&
			(blob.small != NULL) == !direct,
		"the release has no node of each kind");
	if (breakage != NULL)
		breakage->apply(&blob);
	blob.header->checksum = svctag_xxh64(blob.bytes + INDEX_CHECKED_FROM, blob.size - INDEX_CHECKED_FROM, 0);
	(void)alarm(MOST_SECONDS);
	err = svctag_index_open(blob.bytes, blob.size, &index, &detail);
	if (err == SVCTAG_OK) {
		walk_tags(index);
		walk_prefixes(index);
		walk_ipv4(index);
		walk_lookups(&blob);
	}
	(void)alarm(0);
	svctag_index_close(index);
	(void)munmap(pages, mapped);
	right = err == SVCTAG_OK ? breakage == NULL || breakage->want == HARMLESS
				 : breakage != NULL && (err == SVCTAG_E_CORRUPT || err == SVCTAG_E_FORMAT) &&
					   detail.text[0] != '\0';
	(void)fprintf(stderr, "%s%s: %s\n", right ? "" : "WRONG: ", breakage == NULL ? "sound" : breakage->name,
		      err == SVCTAG_OK ? "opened" : detail.text);
	return right;
}

/* Those that are for such a blob. @return how many came out wrong */
static size_t
try_all(const struct breakage *all, size_t count, bool direct, const void *sound, size_t size)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++)
		if (all[i].direct == direct)
			wrong += !try_breakage(&all[i], direct, sound, size);
	return wrong;
}

int
main(void)
{
	size_t sizes[2] = { 0, 0 };
	void *sound[2] = { compile(INDEX_WITHOUT_DIRECT, &sizes[0]), compile(0, &sizes[1]) };
	size_t wrong = 0;

	for (int direct = 0; direct < 2; direct++) {
		wrong += !try_breakage(NULL, direct != 0, sound[direct], sizes[direct]);
		wrong += try_all(breakages, breakage_count, direct != 0, sound[direct], sizes[direct]);
		wrong += try_all(search_breakages, search_breakage_count, direct != 0, sound[direct], sizes[direct]);
		free(sound[direct]);
	}
	(void)printf("%zu broken indexes: %zu wrong\n", breakage_count + search_breakage_count, wrong);
	return wrong == 0 ? 0 : 1;
}
