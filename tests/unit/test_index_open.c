/*
 * Opening the bytes of an index: damage of any kind is refused. And finding
 * tags in an open one by name, or by nearly the name.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "index_format.h"
#include "xxh64.h"

static const testing_tag sample[] = {
	{ "AzureCloud", "", "13.64.0.0/11 20.0.0.0/11 2603:1030::/45 2603:1030:20c::/47" },
	{ "AzureCloud.eastus", "eastus", "13.68.128.0/17 20.25.0.0/17 2603:1030:20c::/47" },
	{ "Storage", "", "13.68.165.0/24 20.25.1.0/28 52.239.152.0/22" },
	{ "Storage.EastUS", "eastus", "52.239.152.0/22" },
	{ "Storage.EastUS2", "eastus2", "52.239.156.0/24" },
	{ "Sql", "", "" },
	{ "SqlManagement", "", "13.64.155.40/32" },
};

/* Bytes of an index, in memory where a sanitizer sees what lies outside. */
typedef struct blob {
	uint8_t *bytes;
	size_t size;
} blob;

static void *
allocate_aligned(size_t size)
{
	void *memory = NULL;

	if (posix_memalign(&memory, SVCTAG_INDEX_ALIGNMENT, size != 0 ? size : 1) != 0)
		abort();
	return memory;
}

static int
setup(void **state)
{
	svctag_release *release = testing_release(346, sample, TESTING_COUNT(sample));
	blob *b = testing_allocate(1, sizeof(*b));
	void *bytes = NULL;

	TESTING_OK(svctag_index_build(release, &bytes, &b->size));
	b->bytes = bytes;
	svctag_release_free(release);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	blob *b = *state;

	free(b->bytes);
	free(b);
	return 0;
}

static svctag_index *
open_index(const blob *b)
{
	svctag_index *index = NULL;

	TESTING_OK(svctag_index_open(b->bytes, b->size, &index, NULL));
	return index;
}

/* Refused as damaged or as of another format, with a reason, and nothing returned. */
static void
assert_refused(const void *bytes, size_t size, const char *what, size_t where)
{
	svctag_detail detail = { "" };
	svctag_index *index = NULL;
	svctag_error err = svctag_index_open(bytes, size, &index, &detail);

	if ((err != SVCTAG_E_CORRUPT && err != SVCTAG_E_FORMAT) || index != NULL || detail.text[0] == '\0')
		fail_msg("%s %zu: %s \"%s\"", what, where, svctag_error_text(err), detail.text);
}

static void
test_same_release_same_bytes(void **state)
{
	const blob *b = *state;
	svctag_release *release = testing_release(346, sample, TESTING_COUNT(sample));
	void *again = NULL;
	size_t size = 0;

	TESTING_OK(svctag_index_build(release, &again, &size));
	assert_int_equal(size, b->size);
	assert_memory_equal(again, b->bytes, size);
	assert_true(svctag_index_checksum(again, size) != 0);
	assert_true(svctag_index_checksum(again, size) == svctag_index_checksum(b->bytes, b->size));
	assert_true(svctag_index_checksum(again, 8) == 0); /* too short to hold one */
	assert_true(svctag_index_checksum(NULL, 0) == 0);
	free(again);
	svctag_release_free(release);
}

static void
test_every_changed_byte(void **state)
{
	const blob *b = *state;
	testing_random random;
	size_t step = 1;

	testing_random_begin(&random);
	/* The head and the tail byte by byte; the long row of root slots between them here and there. */
	for (size_t i = 0; i < b->size; i += step) {
		uint8_t change = (uint8_t)testing_between(&random, 1, 255);

		b->bytes[i] ^= change;
		assert_refused(b->bytes, b->size, "changed byte", i);
		b->bytes[i] ^= change;
		step = i > 256 && i + 8192 < b->size ? 1 + testing_below(&random, 300) : 1;
	}
	svctag_index_close(open_index(b)); /* all is as it was */
}

static void
test_every_truncation(void **state)
{
	const blob *b = *state;

	for (size_t size = 0; size < b->size; size++)
		assert_refused(b->bytes, size, "cut to", size);
	/* The same in memory that ends there: nothing past the end is looked at. */
	for (size_t size = 0; size < b->size; size += size < 512 ? 1 : b->size / 13) {
		void *copy = allocate_aligned(size);

		memcpy(copy, b->bytes, size);
		assert_refused(copy, size, "cut to", size);
		free(copy);
	}
}

static void
test_trailing_bytes(void **state)
{
	static const size_t more[] = { 1, 63, 64, 4096 };
	const blob *b = *state;

	for (size_t i = 0; i < TESTING_COUNT(more); i++) {
		uint8_t *copy = allocate_aligned(b->size + more[i]);

		memset(copy + b->size, 0, more[i]);
		memcpy(copy, b->bytes, b->size);
		assert_refused(copy, b->size + more[i], "trailing bytes", more[i]);
		free(copy);
	}
}

static void
test_misalignment(void **state)
{
	const blob *b = *state;
	uint8_t *copy = allocate_aligned(b->size + SVCTAG_INDEX_ALIGNMENT);

	for (size_t shift = 1; shift < SVCTAG_INDEX_ALIGNMENT; shift++) {
		svctag_index *index = NULL;

		memcpy(copy + shift, b->bytes, b->size);
		TESTING_CHECK(svctag_index_open(copy + shift, b->size, &index, NULL), SVCTAG_E_INVALID);
		assert_null(index);
	}
	free(copy);
}

/* A sealed change: the checksum is right, what it covers is not. */
static void
assert_sealed_refused(blob *b, size_t at, uint32_t word, const char *what)
{
	struct index_header *header = (struct index_header *)(void *)b->bytes;
	uint64_t checksum = header->checksum;
	uint32_t before;

	memcpy(&before, b->bytes + at, sizeof(before));
	assert_int_not_equal(before, word);
	memcpy(b->bytes + at, &word, sizeof(word));
	header->checksum = svctag_xxh64(b->bytes + INDEX_CHECKED_FROM, b->size - INDEX_CHECKED_FROM, 0);
	assert_refused(b->bytes, b->size, what, at);
	memcpy(b->bytes + at, &before, sizeof(before));
	header->checksum = checksum;
}

/* Numbers that lead outside, in a circle, or break the order that searches rely on. */
static void
test_wrong_numbers_under_a_right_checksum(void **state)
{
	blob *b = *state;
	struct index_header *header = (struct index_header *)(void *)b->bytes;
	struct index_layout at = svctag_index_layout(header);
	uint32_t prefixes = header->prefix_count[0] + header->prefix_count[1];
	size_t name = at.tags + offsetof(struct index_tag_record, name);
	size_t rank = at.tags + offsetof(struct index_tag_record, rank);
	size_t count = at.tags + offsetof(struct index_tag_record, family_prefix_count);
	size_t entry = at.entries + offsetof(struct index_entry, node);
	uint32_t lines = header->line_count;

	assert_true(header->prefix_count[0] > 3 && header->line_count > 4 && header->level_count > 0);
	assert_sealed_refused(b, offsetof(struct index_header, line_count), lines + 1, "lines");
	assert_sealed_refused(b, offsetof(struct index_header, default_ipv6), 0, "an IPv4 prefix for IPv6");
	assert_sealed_refused(b, offsetof(struct index_header, default_ipv6), prefixes, "default");
	assert_sealed_refused(b, at.roots, lines, "line of a root");
	assert_sealed_refused(b, at.roots, FIRST_NODE + 1, "root in the midst of a node");
	assert_sealed_refused(b, at.roots, NODE_CONSTANT, "root of no node");
	assert_sealed_refused(b, at.nodes, FIRST_NODE, "a line for nothing");
	assert_sealed_refused(b, at.nodes + offsetof(struct index_node, base), 0, "a prefix for nothing");
	assert_sealed_refused(b, entry, lines, "line of an entry");
	assert_sealed_refused(b, entry, NODE_LINE_MASK, "line far past the last");
	assert_sealed_refused(b, entry, 1U << NODE_KIND_SHIFT, "a line that all indexes have");
	assert_sealed_refused(b, entry, (NODE_WIDE << 1 | 1U) << NODE_KIND_SHIFT | 2, "no such kind");
	assert_sealed_refused(b, entry + offsetof(struct index_node, base), prefixes, "base");
	assert_sealed_refused(b, at.lines, 0, "nothing's end");
	assert_sealed_refused(b, at.lines + sizeof(union index_line) + 32, 1, "nothing's slot");
	assert_sealed_refused(b, at.lines + (NODE_CONSTANT * sizeof(union index_line)), 0, "constant");
	assert_sealed_refused(b, at.lines + (NODE_CONSTANT * sizeof(union index_line)) + 32, 2, "constant's slot");
	assert_sealed_refused(b, at.levels + offsetof(struct index_level, depth), 120, "depth");
	assert_sealed_refused(b, at.levels + offsetof(struct index_level, depth), 1, "depth inside a byte");
	assert_sealed_refused(b, offsetof(struct index_header, entry_count), 0, "no entries");
	assert_sealed_refused(b, offsetof(struct index_header, pilot_count), header->pilot_count - 1, "pilots");
	assert_sealed_refused(b, at.pilots, PILOT_TOP, "top of a bucket");
	assert_sealed_refused(b, at.bucket_tops, 0, "ends of the first top");
	assert_sealed_refused(b, at.address_ipv4, UINT32_MAX, "address order");
	assert_sealed_refused(b, at.length, 0xffffffff, "length");
	assert_sealed_refused(b, at.parent, 0, "parent of itself");
	assert_sealed_refused(b, at.parent + 4, 2, "parent that comes later");
	assert_sealed_refused(b, at.parent + 4, prefixes, "parent");
	assert_sealed_refused(b, at.set, header->set_count, "set");
	assert_sealed_refused(b, at.set_first, 1, "first member");
	assert_sealed_refused(b, at.set_first + 4, header->member_count + 1, "members of a set");
	assert_sealed_refused(b, at.members, header->tag_count, "member");
	assert_sealed_refused(b, name, header->string_size, "name");
	assert_sealed_refused(b, name, UINT32_MAX, "no name");
	assert_sealed_refused(b, rank, header->tag_count, "rank");
	assert_sealed_refused(b, count, prefixes + 1, "prefix count");
	svctag_index_close(open_index(b)); /* all is as it was */
}

/* Position-independent: the bytes can lie anywhere, and are not written to. */
static void
test_another_place(void **state)
{
	const blob *b = *state;
	blob copy = { allocate_aligned(b->size), b->size };
	svctag_address address = testing_address("52.239.152.9");
	svctag_index *index;

	memcpy(copy.bytes, b->bytes, b->size);
	index = open_index(&copy);
	assert_true(svctag_index_lookup(index, &address) != SVCTAG_NO_PREFIX);
	svctag_index_close(index);
	assert_memory_equal(copy.bytes, b->bytes, b->size);
	free(copy.bytes);
	svctag_index_close(NULL);
}

static void
test_find_tag(void **state)
{
	static const char *const missing[] = { "Storage.", "Storage.EastU", "Storage.EastUS22", "", "A", "Zzz", "sq" };
	svctag_index *index = open_index(*state);

	for (uint32_t i = 0; i < svctag_index_tag_count(index); i++) {
		const char *name = svctag_index_tag_name(index, i);
		char other[64] = "";
		uint32_t got = UINT32_MAX;

		for (size_t n = 0; n < strlen(name); n++)
			other[n] =
				n % 2 == 0 && ((unsigned char)name[n] | 0x20) >= 'a' ? (char)(name[n] ^ 0x20) : name[n];
		TESTING_OK(svctag_index_find_tag(index, name, strlen(name), &got));
		assert_int_equal(got, i);
		got = UINT32_MAX;
		TESTING_OK(svctag_index_find_tag(index, other, strlen(other), &got));
		assert_int_equal(got, i);
	}
	for (size_t i = 0; i < TESTING_COUNT(missing); i++) {
		uint32_t got = 77;

		TESTING_CHECK(svctag_index_find_tag(index, missing[i], strlen(missing[i]), &got), SVCTAG_E_NOT_FOUND);
		assert_int_equal(got, 77);
	}
	svctag_index_close(index);
}

/* The size counts, not a NUL. */
static void
test_find_tag_by_size(void **state)
{
	svctag_index *index = open_index(*state);
	uint32_t got = 77;

	TESTING_OK(svctag_index_find_tag(index, "StorageXYZ", 7, &got));
	assert_string_equal(svctag_index_tag_name(index, got), "Storage");
	got = 77;
	TESTING_CHECK(svctag_index_find_tag(index, "Storage\0.EastUS", 15, &got), SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(svctag_index_find_tag(index, "Storage\0", 8, &got), SVCTAG_E_NOT_FOUND);
	assert_int_equal(got, 77);
	svctag_index_close(index);
}

static const struct {
	const char *typed;
	const char *meant;
} misspelt[] = {
	{ "Storage", "Storage" },
	{ "Storag", "Storage" },
	{ "storgae.eastus", "Storage.EastUS" },
	{ "Storage.EastUS3", "Storage.EastUS2" }, /* one letter changed, as near as one left out */
	{ "AzureCloud.eastsu", "AzureCloud.eastus" },
	{ "azure cloud", "AzureCloud" },
	{ "SqlManagment", "SqlManagement" },
	{ "Sqll", "Sql" },
};

static void
test_near_tags(void **state)
{
	svctag_index *index = open_index(*state);

	for (size_t i = 0; i < TESTING_COUNT(misspelt); i++) {
		uint32_t ids[3] = { 99, 99, 99 };
		size_t count = svctag_index_near_tags(index, misspelt[i].typed, strlen(misspelt[i].typed), ids, 3);
		bool found = false;

		assert_in_range(count, 1, 3);
		/* Either of two that are equally near may come first. */
		for (size_t n = 0; n < count && n < 2; n++)
			found = found || strcmp(svctag_index_tag_name(index, ids[n]), misspelt[i].meant) == 0;
		if (!found)
			fail_msg("\"%s\" is nearest to \"%s\"?", misspelt[i].typed,
				 svctag_index_tag_name(index, ids[0]));
		for (size_t n = count; n < 3; n++)
			assert_int_equal(ids[n], 99);
	}
	svctag_index_close(index);
}

static void
test_near_tags_limits(void **state)
{
	svctag_index *index = open_index(*state);
	uint32_t ids[64];
	char *endless = testing_allocate(5000, 1);
	size_t count;

	assert_int_equal(svctag_index_near_tags(index, "Storage", 7, ids, 0), 0);
	assert_int_equal(svctag_index_near_tags(index, "Storage", 7, ids, 1), 1);
	assert_string_equal(svctag_index_tag_name(index, ids[0]), "Storage");
	count = svctag_index_near_tags(index, "Storage", 7, ids, 64);
	assert_true(count <= svctag_index_tag_count(index));
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(ids[i], ids[j]);
	memset(endless, 'x', 5000);
	assert_true(svctag_index_near_tags(index, endless, 5000, ids, 64) <= svctag_index_tag_count(index));
	assert_true(svctag_index_near_tags(index, "", 0, ids, 64) <= svctag_index_tag_count(index));
	free(endless);
	svctag_index_close(index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_release_same_bytes),
		cmocka_unit_test(test_every_changed_byte),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_trailing_bytes),
		cmocka_unit_test(test_misalignment),
		cmocka_unit_test(test_wrong_numbers_under_a_right_checksum),
		cmocka_unit_test(test_another_place),
		cmocka_unit_test(test_find_tag),
		cmocka_unit_test(test_find_tag_by_size),
		cmocka_unit_test(test_near_tags),
		cmocka_unit_test(test_near_tags_limits),
	};

	return cmocka_run_group_tests_name("index open", tests, setup, teardown);
}
