/*
 * The compiled index against a linear scan over the prefixes it was made
 * from, on random sets of every density and on shapes that are hard for
 * strides of 16 bits. Every address is asked in every way there is: alone and
 * in batches, with the newest instructions of this processor and without
 * them, in hash tables and direct nodes and in what stands in for them. Built with
 * SVCTAG_INDEX_SCALAR it asks plain C instead.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index_internal.h"
#include "index_search.h"
#include "index_tree.h"

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

static int
compare_prefixes(const void *a, const void *b)
{
	return svctag_prefix_compare(a, b);
}

static compiled
compile(const svctag_release *release)
{
	compiled c = { .release = release };
	svctag_detail detail = { "" };
	size_t all = svctag_release_prefix_count(release), n = 0;

	TESTING_OK(svctag_index_build(release, &c.blob, &c.size));
	assert_int_equal((uintptr_t)c.blob % SVCTAG_INDEX_ALIGNMENT, 0);
	if (svctag_index_open(c.blob, c.size, &c.index, &detail) != SVCTAG_OK)
		fail_msg("open: %s", detail.text);
	TESTING_OK(index_build(release, INDEX_WITHOUT_TABLES | INDEX_WITHOUT_DIRECT, &c.sorted_blob, &c.sorted_size));
	if (svctag_index_open(c.sorted_blob, c.sorted_size, &c.sorted, &detail) != SVCTAG_OK)
		fail_msg("open sorted: %s", detail.text);
	c.prefixes = testing_allocate(all, sizeof(*c.prefixes));
	for (size_t i = 0; i < svctag_release_tag_count(release); i++) {
		const svctag_tag *tag = svctag_release_tag(release, i);

		for (size_t j = 0; j < tag->prefix_count; j++)
			c.prefixes[n++] = tag->prefixes[j];
	}
	qsort(c.prefixes, n, sizeof(*c.prefixes), compare_prefixes);
	for (size_t i = 0; i < n; i++)
		if (c.count == 0 || svctag_prefix_compare(&c.prefixes[c.count - 1], &c.prefixes[i]) != 0)
			c.prefixes[c.count++] = c.prefixes[i];
	return c;
}

static void
dispose(compiled *c)
{
	svctag_index_close(c->index);
	svctag_index_close(c->sorted);
	free(c->blob);
	free(c->sorted_blob);
	free(c->prefixes);
}

static uint32_t
ipv4_number(const svctag_address *address)
{
	const uint8_t *b = address->bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The longest one that holds the address, by looking at every prefix. */
static uint32_t
scan(const compiled *c, const svctag_address *address)
{
	uint32_t best = SVCTAG_NO_PREFIX;

	for (size_t i = 0; i < c->count; i++)
		if (svctag_prefix_holds(&c->prefixes[i], address) &&
		    (best == SVCTAG_NO_PREFIX || c->prefixes[i].length > c->prefixes[best].length))
			best = (uint32_t)i;
	return best;
}

static void
check_answer(const svctag_address *address, uint32_t got, uint32_t want, const char *how)
{
	char text[SVCTAG_ADDRESS_TEXT_SIZE];

	if (got == want)
		return;
	svctag_address_format(address, text);
	fail_msg("%s, %s: prefix %u, by scan %u", text, how, got, want);
}

static void
check_ways(const svctag_index *index, const svctag_address *address, uint32_t want, const char *how)
{
	check_answer(address, svctag_index_lookup(index, address), want, how);
	if (address->family == SVCTAG_IPV4)
		check_answer(address, svctag_index_lookup_ipv4(index, ipv4_number(address)), want, how);
	else
		check_answer(address, svctag_index_lookup_ipv6(index, address->bytes), want, how);
}

/* The widest vectors that the index now uses. */
static enum index_vectors
set_vectors(const compiled *c, enum index_vectors widest)
{
	(void)index_use_vectors(c->sorted, widest);
	return index_use_vectors(c->index, widest);
}

static const char *const without[] = { "hashed, no vectors", "hashed, AVX2 at most" };

static void
check_lookup(const compiled *c, const svctag_address *address)
{
	uint32_t want = scan(c, address);

	check_ways(c->index, address, want, "hashed");
	check_ways(c->sorted, address, want, "sorted");
	for (enum index_vectors widest = INDEX_VECTORS_BASE; widest < INDEX_VECTORS_AVX512; widest++)
		if (set_vectors(c, widest) == widest)
			check_ways(c->index, address, want, without[widest]);
	(void)set_vectors(c, INDEX_VECTORS_AVX512);
}

/* Addresses of one family to be asked in batches. */
typedef struct batch {
	uint8_t family;
	svctag_address *addresses;
	size_t count;
	size_t capacity;
} batch;

static void
add_to_batch(batch *b, const svctag_address *address)
{
	if (b->count == b->capacity) {
		b->capacity = b->capacity * 2 + 64;
		b->addresses = realloc(b->addresses, b->capacity * sizeof(*b->addresses));
		assert_non_null(b->addresses);
	}
	b->addresses[b->count++] = *address;
}

/* Addresses [first, first + count) as one batch. What lies around the answers stays as it is. */
static void
check_batch(const svctag_index *index, const batch *b, size_t first, size_t count)
{
	uint32_t *numbers = testing_allocate(count + 1, sizeof(*numbers));
	uint8_t *bytes = testing_allocate(count + 1, 16);
	uint32_t *ids = testing_allocate(count + 2, sizeof(*ids));

	ids[0] = ids[count + 1] = 0xabcdef;
	for (size_t i = 0; i < count; i++) {
		numbers[i] = ipv4_number(&b->addresses[first + i]);
		memcpy(bytes + i * 16, b->addresses[first + i].bytes, 16);
	}
	if (b->family == SVCTAG_IPV4)
		svctag_index_lookup_batch_ipv4(index, numbers, count, ids + 1);
	else
		svctag_index_lookup_batch_ipv6(index, bytes, count, ids + 1);
	for (size_t i = 0; i < count; i++)
		check_answer(&b->addresses[first + i], ids[i + 1], svctag_index_lookup(index, &b->addresses[first + i]),
			     "in a batch");
	assert_int_equal(ids[0], 0xabcdef);
	assert_int_equal(ids[count + 1], 0xabcdef);
	free(numbers);
	free(bytes);
	free(ids);
}

/* All at once, and in portions of 0 to 70. */
static void
check_batches(const compiled *c, batch *b)
{
	size_t done = 0;

	check_batch(c->index, b, 0, b->count);
	check_batch(c->sorted, b, 0, b->count);
	for (enum index_vectors widest = INDEX_VECTORS_BASE; widest < INDEX_VECTORS_AVX512; widest++)
		if (set_vectors(c, widest) == widest)
			check_batch(c->index, b, 0, b->count);
	(void)set_vectors(c, INDEX_VECTORS_AVX512);
	for (size_t size = 0; done + size <= b->count; size = (size + 1) % 71) {
		check_batch(c->index, b, done, size);
		done += size;
	}
	free(b->addresses);
}

/* At the edges of every prefix, one off them, inside, and anywhere. */
static void
check_lookups(testing_random *random, const compiled *c)
{
	batch batches[2] = { { .family = SVCTAG_IPV4 }, { .family = SVCTAG_IPV6 } };

	for (size_t i = 0; i < c->count; i++) {
		svctag_range range = svctag_prefix_range(&c->prefixes[i]);
		svctag_address inside = testing_random_inside(random, &c->prefixes[i]);
		batch *b = &batches[SVCTAG_FAMILY_INDEX(inside.family)];

		check_lookup(c, &range.first);
		check_lookup(c, &range.last);
		check_lookup(c, &inside);
		add_to_batch(b, &inside);
		if (svctag_address_previous(&range.first))
			check_lookup(c, &range.first);
		if (svctag_address_next(&range.last))
			check_lookup(c, &range.last);
		add_to_batch(b, &range.first);
		add_to_batch(b, &range.last);
	}
	for (int i = 0; i < 200; i++) {
		svctag_address anywhere = testing_random_address(random, i % 2 == 0 ? SVCTAG_IPV4 : SVCTAG_IPV6);

		check_lookup(c, &anywhere);
		add_to_batch(&batches[i % 2], &anywhere);
	}
	check_batches(c, &batches[0]);
	check_batches(c, &batches[1]);
}

static bool
covers_properly(const svctag_prefix *outer, const svctag_prefix *inner)
{
	return outer->length < inner->length && svctag_prefix_covers(outer, inner);
}

static void
check_parents(const compiled *c)
{
	size_t ipv4 = 0;

	for (size_t i = 0; i < c->count; i++) {
		svctag_prefix got = svctag_index_prefix(c->index, (uint32_t)i);
		uint32_t want = SVCTAG_NO_PREFIX;

		assert_int_equal(svctag_prefix_compare(&got, &c->prefixes[i]), 0);
		assert_memory_equal(&got, &c->prefixes[i], sizeof(got));
		ipv4 += got.family == SVCTAG_IPV4;
		for (size_t j = 0; j < c->count; j++)
			if (covers_properly(&c->prefixes[j], &c->prefixes[i]) &&
			    (want == SVCTAG_NO_PREFIX || c->prefixes[j].length > c->prefixes[want].length))
				want = (uint32_t)j;
		assert_int_equal(svctag_index_parent(c->index, (uint32_t)i), want);
	}
	assert_int_equal(svctag_index_total_prefix_count(c->index), c->count);
	assert_int_equal(svctag_index_prefix_count(c->index, SVCTAG_IPV4), ipv4);
	assert_int_equal(svctag_index_prefix_count(c->index, SVCTAG_IPV6), c->count - ipv4);
}

static bool
lists(const svctag_tag *tag, const svctag_prefix *prefix)
{
	return tag->prefix_count != 0 &&
	       bsearch(prefix, tag->prefixes, tag->prefix_count, sizeof(*prefix), compare_prefixes) != NULL;
}

/* Exactly the tags that list it, in order of rank. */
static void
check_prefix_tags(const compiled *c)
{
	for (size_t i = 0; i < c->count; i++) {
		svctag_index_list list = svctag_index_prefix_tags(c->index, (uint32_t)i);
		size_t want = 0;

		for (size_t t = 0; t < svctag_release_tag_count(c->release); t++)
			want += lists(svctag_release_tag(c->release, t), &c->prefixes[i]);
		assert_int_equal(list.count, want);
		for (size_t n = 0; n < list.count; n++) {
			assert_true(list.ids[n] < svctag_release_tag_count(c->release));
			assert_true(lists(svctag_release_tag(c->release, list.ids[n]), &c->prefixes[i]));
			if (n > 0)
				assert_true(svctag_index_tag_at(c->index, list.ids[n - 1]).rank <
					    svctag_index_tag_at(c->index, list.ids[n]).rank);
		}
	}
}

/* Which of the two has fewer addresses, or else comes first by name? */
static bool
ranks_before(const svctag_tag *a, const svctag_tag *b)
{
	int order = svctag_count_compare(svctag_count_add(a->addresses[0], a->addresses[1]),
					 svctag_count_add(b->addresses[0], b->addresses[1]));

	return order != 0 ? order < 0 : strcmp(a->properties.name, b->properties.name) < 0;
}

static void
check_tag(const compiled *c, uint32_t id)
{
	const svctag_tag *want = svctag_release_tag(c->release, id);
	svctag_index_tag got = svctag_index_tag_at(c->index, id);
	svctag_prefix *prefixes = NULL;
	size_t count = 0;
	uint32_t rank = 0;

	assert_string_equal(svctag_index_tag_name(c->index, id), want->properties.name);
	assert_string_equal(got.properties.name, want->properties.name);
	assert_string_equal(got.properties.region, want->properties.region);
	assert_string_equal(got.properties.system_service, want->properties.system_service);
	assert_true(testing_same_text(got.properties.platform, want->properties.platform));
	assert_true(testing_same_text(got.properties.network_features, want->properties.network_features));
	assert_int_equal(got.properties.change_number, want->properties.change_number);
	assert_int_equal(got.properties.has_region_id, want->properties.has_region_id);
	if (got.properties.has_region_id)
		assert_int_equal(got.properties.region_id, want->properties.region_id);
	for (int f = 0; f < 2; f++) {
		assert_int_equal(got.family_prefix_count[f], want->family_prefix_count[f]);
		assert_int_equal(svctag_count_compare(got.addresses[f], want->addresses[f]), 0);
	}
	for (size_t i = 0; i < svctag_release_tag_count(c->release); i++)
		rank += ranks_before(svctag_release_tag(c->release, i), want);
	assert_int_equal(got.rank, rank);
	TESTING_OK(svctag_index_tag_prefixes(c->index, id, &prefixes, &count));
	assert_int_equal(count, want->prefix_count);
	assert_int_equal(prefixes == NULL, count == 0);
	if (count > 0)
		assert_memory_equal(prefixes, want->prefixes, count * sizeof(*prefixes));
	free(prefixes);
}

static void
check_tags(const compiled *c)
{
	assert_int_equal(svctag_index_tag_count(c->index), svctag_release_tag_count(c->release));
	for (uint32_t id = 0; id < svctag_release_tag_count(c->release); id++)
		check_tag(c, id);
	assert_memory_equal(svctag_index_digest(c->index), svctag_release_digest(c->release), SVCTAG_DIGEST_SIZE);
}

/* Those that begin in the range past its first address: one row of ids. */
static void
check_range(const compiled *c, const svctag_range *range)
{
	uint32_t first = 7, end = 7;

	svctag_index_prefixes_in(c->index, range, &first, &end);
	assert_true(first <= end && end <= c->count);
	for (uint32_t i = 0; i < c->count; i++) {
		svctag_address first_of = svctag_prefix_range(&c->prefixes[i]).first;
		bool begins_in = svctag_address_compare(&first_of, &range->first) > 0 &&
				 svctag_address_compare(&first_of, &range->last) <= 0;

		if ((first <= i && i < end) != begins_in) {
			char text[SVCTAG_RANGE_TEXT_SIZE];

			svctag_range_format(range, text);
			fail_msg("%s: prefixes [%u, %u), unlike prefix %u", text, first, end, i);
		}
	}
}

/* Ranges from one awkward address to another, and prefixes. */
static void
check_ranges(testing_random *random, const compiled *c)
{
	for (int n = 0; n < 150 && c->count > 0; n++) {
		const svctag_prefix *a = &c->prefixes[testing_below(random, c->count)];
		const svctag_prefix *b = &c->prefixes[testing_below(random, c->count)];
		svctag_range from = svctag_prefix_range(a), to = svctag_prefix_range(b), range = from;

		switch (n % 5) {
		case 0:
			if (a->family == b->family)
				range.last = to.last;
			break;
		case 1:
			if (a->family == b->family)
				range = (svctag_range){ from.last, to.first };
			break;
		case 2: range.first = testing_random_inside(random, a); break;
		case 3: range.first = range.last = testing_random_inside(random, a); break;
		default: break;
		}
		if (svctag_address_compare(&range.first, &range.last) > 0) {
			svctag_address swap = range.first;

			range.first = range.last;
			range.last = swap;
		}
		check_range(c, &range);
	}
}

static void
check_all(testing_random *random, const svctag_release *release)
{
	compiled c = compile(release);

	check_lookups(random, &c);
	check_parents(&c);
	check_prefix_tags(&c);
	check_tags(&c);
	check_ranges(random, &c);
	dispose(&c);
}

/* Random sets. */

static const testing_space everywhere[] = { { "0.0.0.0/0", 0, 32 }, { "::/0", 0, 128 } };
static const testing_space dense_ipv4[] = { { "10.20.30.0/24", 20, 32 }, { "255.255.255.0/24", 24, 32 } };
static const testing_space one_stride[] = { { "10.20.0.0/16", 16, 32 }, { "10.20.0.0/16", 31, 32 } };
static const testing_space around_strides[] = { { "10.0.0.0/14", 14, 18 },
						{ "2603:1000::/30", 30, 34 },
						{ "2603:1000:4::/46", 46, 50 } };
static const testing_space like_azure[] = {
	{ "13.64.0.0/11", 14, 29 },
	{ "20.0.0.0/8", 16, 30 },
	{ "40.64.0.0/10", 16, 32 },
	{ "2603:1000::/24", 40, 64 },
	{ "2603:1030:20c::/48", 48, 64 },
	{ "2603:1030:800:5::bfee:0/120", 120, 128 },
	{ "2603:1030:7:402::/108", 117, 128 },
};
static const testing_space very_deep[] = { { "2001:db8::/120", 118, 128 },
					   { "2001:db8:8000::/48", 100, 128 },
					   { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120", 112, 128 } };
static const testing_space around_expansion[] = { { "2603:1030::/38", 39, 48 },
						  { "2603:1030:10::/44", 44, 64 },
						  { "2603:1030:20::/46", 48, 52 },
						  { "2603:1030::/112", 117, 128 } };
static const testing_space shallow[] = { { "2000::/6", 6, 24 }, { "2000::/16", 17, 32 }, { "::/0", 1, 9 } };
static const testing_space edges[] = { { "0.0.0.0/30", 0, 32 },
				       { "255.255.255.252/30", 0, 32 },
				       { "::/126", 0, 128 },
				       { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc/126", 0, 128 } };

static const struct {
	const testing_space *spaces;
	size_t count;
} kinds[] = {
	{ everywhere, TESTING_COUNT(everywhere) },
	{ dense_ipv4, TESTING_COUNT(dense_ipv4) },
	{ one_stride, TESTING_COUNT(one_stride) },
	{ around_strides, TESTING_COUNT(around_strides) },
	{ like_azure, TESTING_COUNT(like_azure) },
	{ very_deep, TESTING_COUNT(very_deep) },
	{ around_expansion, TESTING_COUNT(around_expansion) },
	{ shallow, TESTING_COUNT(shallow) },
	{ edges, TESTING_COUNT(edges) },
};

static void
test_random_sets(void **state)
{
	static const size_t sizes[] = { 1, 2, 5, 30, 200, 700 };
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t kind = 0; kind < TESTING_COUNT(kinds); kind++)
		for (size_t n = 0; n < TESTING_COUNT(sizes); n++) {
			testing_shape shape = { .change_number = 1,
						.tags = 1 + testing_below(&random, 14),
						.memberships = sizes[n],
						.spaces = kinds[kind].spaces,
						.space_count = kinds[kind].count };
			svctag_release *release = testing_random_release(&random, &shape);

			check_all(&random, release);
			svctag_release_free(release);
		}
}

/* One tag with every length of prefix on the way to one address. */
static void
test_nested_chains(void **state)
{
	static const char *const ends[] = {
		"0.0.0.0", "255.255.255.255",      "10.20.30.40",
		"::",      "2603:1030:20c:9::a:b", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	};
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < TESTING_COUNT(ends); i++) {
		svctag_address end = testing_address(ends[i]);
		svctag_release_builder *builder = testing_builder(1);
		svctag_release *release;

		testing_add_tag(builder, "Chain", "");
		for (unsigned int length = 0; length <= SVCTAG_FAMILY_BITS(end.family); length++) {
			svctag_prefix prefix = svctag_prefix_make(&end, length);

			testing_add_prefix(builder, &prefix);
		}
		release = testing_finish(builder);
		assert_int_equal(svctag_release_prefix_count(release), SVCTAG_FAMILY_BITS(end.family) + 1);
		check_all(&random, release);
		svctag_release_free(release);
	}
}

/* Levels of IPv6, and who wins where several prefixes claim a key. */
static void
test_expanded_prefixes(void **state)
{
	static const char *const many = " 2603:1031::/50 2603:1031:1::/61 2603:1031:2::/61 2603:1031:3::/61 "
					"2603:1031:4::/61 2603:1031:5::/61 2603:1031:6::/61 2603:1031:7::/61 "
					"2603:1031:8::/61 2603:1031:9::/61 2603:1031:a::/61 2603:1031:b::/61";
	static const struct {
		const char *prefixes;
		bool among_many;
		uint32_t levels;
	} cases[] = {
		{ "", true, 1 },
		{ "2603:1030::/48", false, 1 },
		/* Nested, with a node under one of the keys. */
		{ "2603:1030::/45 2603:1030:2::/47 2603:1030:2::/48 2603:1030:3:8::/61 2603:1030:7::/48", true, 1 },
		{ "2603:1030::/46 2603:1030:10::/47 2603:1030:11::/48 2603:1030:12::/47 2603:1030:12:8::/61", true, 1 },
		/* All keys of the shorter one have other answers. */
		{ "2603:1030:2::/47 2603:1030:2::/48 2603:1030:3::/48 2603:1030:3:8::/61", true, 1 },
		/* Too many keys for so few prefixes, and too far away for any number of them. */
		{ "2603:1030::/44 2603:1030:2:8::/61 2603:1030:2::/48", true, 2 },
		{ "2603:1030::/39 2603:1030:2:8::/61 2603:1030:2::/48", true, 2 },
		/* The last keys of all; across the halves of an address. */
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/128 ffff:ffff:ffff:ffff:ffff:ffff:ffff::/112 ffff:fffe::/31",
		  false, 2 },
		{ "2603:0:0:7fff:fc00::/70 2603:0:0:7fff:fe00::/71 2603:0:0:7fff:ff00::/72 2603:0:0:7fff:ff00::/88 "
		  "2603:0:0:7fff:fe00::/75",
		  true, 2 },
		/* The low halves of hosts say where not to look; here shorter ones agree with them. */
		{ "2603:1030:1::10/128 2603:1030:2::10/128 2603:1030:3::/64 2603:1030:4::/48 ::/0", true, 2 },
		{ "2603:1030:1::10/128 2603:1030:1::/64 2603:1030::/40 ::/8", false, 4 },
		{ "2603:1030:1:2:3::10/128", false, 1 },
		/* The shortest lengths. */
		{ "::/1 8000::/2 c000::/3 e000::/16", false, 1 },
		{ "::/0 8000::/1", false, 1 },
	};
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		const testing_tag tags[] = { { "A", "", cases[i].prefixes }, { "B", "", many } };
		svctag_release *release = testing_release(1, tags, cases[i].among_many ? 2 : 1);
		compiled c = compile(release);

		if (c.index->level_count != cases[i].levels)
			fail_msg("%s: %u levels", cases[i].prefixes, c.index->level_count);
		dispose(&c);
		check_all(&random, release);
		svctag_release_free(release);
	}
}

/* So many /40, and so many /50 elsewhere. */
static void
check_expansion(unsigned int shorts, unsigned int longs, uint32_t levels, uint32_t entries)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_address address = testing_address("2603::");
	svctag_release *release;
	testing_random random;
	compiled c;

	testing_add_tag(builder, "A", "");
	for (unsigned int i = 0; i < shorts + longs; i++) {
		svctag_prefix prefix;

		address.bytes[3] = (uint8_t)(i >> 8);
		address.bytes[4] = (uint8_t)i;
		prefix = svctag_prefix_make(&address, i < shorts ? 40 : 50);
		testing_add_prefix(builder, &prefix);
	}
	release = testing_finish(builder);
	c = compile(release);
	assert_int_equal(c.index->level_count, levels);
	assert_int_equal(c.sorted->entry_count, entries);
	testing_random_begin(&random);
	check_lookups(&random, &c);
	dispose(&c);
	svctag_release_free(release);
}

/* Expansion makes at most as many entries as there are prefixes. */
static void
test_expansion_has_an_end(void **state)
{
	(void)state;
	check_expansion(1, 255, 1, 255 + 256);
	check_expansion(1, 254, 2, 254 + 1);
	check_expansion(3, 765, 1, 765 + 768);
	check_expansion(2000, 1, 2, 1 + 8);
}

/* Two host prefixes that part at each bit in turn: long ways that are skipped, and their misses. */
static void
test_pairs_that_part_late(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (unsigned int i = 0; i < 160; i++) {
		svctag_address a = testing_address(i < 128 ? "2603:1030:20c:9:1:2:3:4" : "10.20.30.40"), b = a, c = a;
		unsigned int bits = SVCTAG_FAMILY_BITS(a.family), part = i % 128;
		svctag_release_builder *builder = testing_builder(1);
		svctag_prefix prefixes[3] = { svctag_prefix_make(&a, bits) };
		svctag_release *release;

		b.bytes[part / 8] ^= (uint8_t)(0x80U >> part % 8);
		prefixes[1] = svctag_prefix_make(&b, testing_between(&random, part + 1, bits));
		c.bytes[0] ^= 0x40;
		prefixes[2] = svctag_prefix_make(&c, testing_between(&random, 0, bits));
		testing_add_tag(builder, "Pair", "");
		for (size_t n = 0; n < 3; n++)
			testing_add_prefix(builder, &prefixes[n]);
		release = testing_finish(builder);
		check_all(&random, release);
		svctag_release_free(release);
	}
}

/* Hosts base + 0, base + step, …: more runs in one stride than one line, or one level of lines, holds. */
static void
check_full_stride(const char *base, unsigned int step, bool covered)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_address address = testing_address(base);
	unsigned int bits = SVCTAG_FAMILY_BITS(address.family), low = bits / 8 - 2;
	svctag_prefix cover = svctag_prefix_make(&address, bits - 16);
	svctag_release *release;
	compiled c;

	testing_add_tag(builder, "Full", "");
	if (covered)
		testing_add_prefix(builder, &cover);
	for (unsigned int i = 0; i < 65536; i += step) {
		svctag_prefix host;

		address.bytes[low] = (uint8_t)(i >> 8);
		address.bytes[low + 1] = (uint8_t)i;
		host = svctag_prefix_make(&address, bits);
		testing_add_prefix(builder, &host);
	}
	release = testing_finish(builder);
	c = compile(release);
	for (unsigned int i = 0; i < 65536; i++) {
		/* Where there is a cover, it is number 0 and the hosts follow it. */
		uint32_t want = i % step == 0 ? i / step + covered : covered ? 0 : SVCTAG_NO_PREFIX;

		address.bytes[low] = (uint8_t)(i >> 8);
		address.bytes[low + 1] = (uint8_t)i;
		assert_int_equal(svctag_index_lookup(c.index, &address), want);
		if (address.family == SVCTAG_IPV4)
			assert_int_equal(svctag_index_lookup_ipv4(c.index, ipv4_number(&address)), want);
		if (i % step == 0)
			assert_int_equal(svctag_index_parent(c.index, want), covered ? 0 : SVCTAG_NO_PREFIX);
	}
	dispose(&c);
	svctag_release_free(release);
}

static void
test_full_strides(void **state)
{
	static const char *const bases[] = { "10.20.0.0", "255.255.0.0",
					     "2603:1030::", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:0" };
	static const unsigned int steps[] = { 1, 2, 3, 7, 11, 23, 97, 191, 2000 };

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(bases); i++)
		for (size_t n = 0; n < TESTING_COUNT(steps); n++)
			check_full_stride(bases[i], steps[n], (i + n) % 2 == 0);
}

/* Every number of runs in a stride, past where lines and levels fill up (16, 16 * 32, 16 * 32 * 32). */
static void
test_every_number_of_runs(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (unsigned int runs = 1; runs <= 30; runs += 3) {
		svctag_release_builder *builder = testing_builder(1);
		svctag_release *release;

		testing_add_tag(builder, "Runs", "");
		for (unsigned int i = 0; i < runs * 23; i++) {
			svctag_address address = testing_address("2603:1030:20c::");
			svctag_prefix prefix;

			address.bytes[6] = (uint8_t)(i >> 7);
			address.bytes[7] = (uint8_t)(i << 1);
			prefix = svctag_prefix_make(&address, 64);
			testing_add_prefix(builder, &prefix);
		}
		release = testing_finish(builder);
		check_all(&random, release);
		svctag_release_free(release);
	}
}

/* Nodes with more children than an entry has ends for: so many, each of them at places 0, 2, … of a /48. */
static void
check_tops(unsigned int nodes, unsigned int prefixes, uint32_t tops)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_address address = testing_address("2603::");
	svctag_release *release;
	compiled c;

	testing_add_tag(builder, "Dense", "");
	for (unsigned int i = 0; i < nodes * prefixes; i++) {
		svctag_prefix prefix;

		address.bytes[4] = (uint8_t)(i / prefixes >> 8);
		address.bytes[5] = (uint8_t)(i / prefixes);
		address.bytes[6] = (uint8_t)(i % prefixes >> 7);
		address.bytes[7] = (uint8_t)(i % prefixes << 1);
		prefix = svctag_prefix_make(&address, 64);
		testing_add_prefix(builder, &prefix);
	}
	address = testing_address("2604::");
	for (unsigned int i = 0; i < 1000; i++) {
		svctag_prefix prefix;

		address.bytes[4] = (uint8_t)(i >> 8);
		address.bytes[5] = (uint8_t)i;
		prefix = svctag_prefix_make(&address, i % 5 == 0 ? 50 : 48);
		testing_add_prefix(builder, &prefix);
	}
	release = testing_finish(builder);
	c = compile(release);
	assert_false(c.index->sorted);
	assert_in_range(c.index->header->top_count, tops - (tops - 1) / 4, tops); /* two in a bucket share one */
	for (uint32_t id = 0; id < c.count; id++) {
		svctag_range range = svctag_prefix_range(&c.prefixes[id]);

		check_ways(c.index, &range.first, id, "dense");
		check_ways(c.sorted, &range.last, id, "dense");
		if (id < nodes * prefixes && svctag_address_next(&range.last))
			check_ways(c.index, &range.last, SVCTAG_NO_PREFIX, "dense, between two");
	}
	dispose(&c);
	svctag_release_free(release);
}

static void
test_tops(void **state)
{
	(void)state;
	check_tops(10, 39, 1);    /* 78 runs: five leaves */
	check_tops(10, 41, 11);   /* 82 */
	check_tops(5, 256, 6);    /* 512: as many as 32 leaves hold */
	check_tops(5, 257, 1);    /* 514 */
	check_tops(400, 41, 256); /* more than pilots can name */
}

/*
 * More prefixes than 16 bits can number, and one around all of them. In IPv4
 * some answers of a node are too far apart for narrow lines; in IPv6 it makes
 * a large hash table.
 */
static void
test_many_prefixes(void **state)
{
	static const char *const bases[] = { "10.0.0.0", "2603:1030::" };

	(void)state;
	for (size_t n = 0; n < TESTING_COUNT(bases); n++) {
		svctag_address address = testing_address(bases[n]);
		unsigned int low = address.family == SVCTAG_IPV4 ? 1 : 5;
		svctag_prefix cover = svctag_prefix_make(&address, low * 8);
		svctag_release_builder *builder = testing_builder(1);
		svctag_release *release;
		compiled c;

		testing_add_tag(builder, "Wide", "");
		testing_add_prefix(builder, &cover);
		for (unsigned int i = 0; i < 80000; i++) {
			svctag_prefix prefix;

			/* Every other one of its length: what is between them is the cover's. */
			address.bytes[low] = (uint8_t)(i >> 12);
			address.bytes[low + 1] = (uint8_t)(i >> 4);
			address.bytes[low + 2] = (uint8_t)(i << 4);
			prefix = svctag_prefix_make(&address, low * 8 + 21);
			testing_add_prefix(builder, &prefix);
			address.bytes[low + 2] = 0;
		}
		release = testing_finish(builder);
		c = compile(release);
		assert_int_equal(c.index->sorted, address.family == SVCTAG_IPV4); /* which leaves no keys */
		for (uint32_t id = 0; id < c.count; id += 7) {
			svctag_range range = svctag_prefix_range(&c.prefixes[id]);

			check_ways(c.index, &range.first, id == 0 ? svctag_index_lookup(c.sorted, &range.first) : id,
				   "wide");
			check_ways(c.sorted, &range.first, svctag_index_lookup(c.index, &range.first), "wide");
			if (id > 0 && svctag_address_next(&range.last))
				check_ways(c.index, &range.last, 0, "wide, between two");
		}
		dispose(&c);
		svctag_release_free(release);
	}
}

/* Whole lines against one comparison after another. */
static void
test_lines(void **state)
{
	union index_line line;
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int round = 0; round < 2000; round++) {
		union index_line *aligned = aligned_alloc(64, 64);
		struct index_entry entry = { 0 };

		memset(&line, 0xff, sizeof(line));
		for (int i = 0; i < 31; i++)
			line.inner.last[i] = (int16_t)testing_next(&random);
		for (int i = 0; i < 31; i++) /* sorted, the last one the greatest */
			for (int j = 0; j < 30; j++)
				if (line.inner.last[j] > line.inner.last[j + 1]) {
					int16_t swap = line.inner.last[j];

					line.inner.last[j] = line.inner.last[j + 1];
					line.inner.last[j + 1] = swap;
				}
		line.inner.last[31] = INT16_MAX;
		assert_non_null(aligned);
		*aligned = line;
		for (int i = 0; i < 32; i++) {
			int16_t key = i % 2 == 0 ? line.inner.last[i] : (int16_t)testing_next(&random);

			assert_int_equal(inner_place(&aligned->inner, line_key_of(key)),
					 line_place(line.inner.last, 32, key));
		}
		memcpy(entry.last, line.inner.last + 12, sizeof(entry.last));
		for (int i = 0; i < 8; i++) {
			int16_t key = i % 2 == 0 ? entry.last[i / 2] : (int16_t)testing_next(&random);

			assert_int_equal(entry_place(&entry, line_key_of(key)),
					 line_place(entry.last, ENTRY_CHILDREN - 1, key));
		}
		aligned->leaf.last[15] = INT16_MAX;
		for (int i = 0; i < 16; i++) {
			int16_t key = i % 2 == 0 ? line.leaf.last[i] : (int16_t)testing_next(&random);

			assert_int_equal(leaf_place(&aligned->leaf, line_key_of(key)),
					 line_place(aligned->leaf.last, 16, key));
		}
		free(aligned);
	}
	print_message("lines by %s\n", INDEX_SEARCH);
}

/* Keys that no seed can separate: they are sorted then, and answer all the same. */
static void
test_keys_without_a_place(void **state)
{
	/* The same key twice hashes to the same place under every seed. */
	static const struct index_entry entries[4] = {
		{ .high = 2 }, { .high = 1, .low = 9 }, { .high = 2 }, { .high = 1 }
	};
	static const unsigned int sorted[4] = { 3, 1, 0, 2 };
	struct index_tree tree = { .entry_count = TESTING_COUNT(entries) };

	(void)state;
	tree.entries = testing_allocate(TESTING_COUNT(entries), sizeof(*tree.entries));
	memcpy(tree.entries, entries, sizeof(entries));
	TESTING_OK(index_table_place(&tree));
	assert_int_equal(tree.pilot_count, 0);
	assert_int_equal(tree.entry_count, TESTING_COUNT(entries));
	for (size_t i = 0; i < TESTING_COUNT(entries); i++)
		assert_memory_equal(&tree.entries[i], &entries[sorted[i]], sizeof(*tree.entries));
	index_tree_release(&tree);
}

static void
test_empty_and_everything(void **state)
{
	static const testing_tag nothing[] = { { "A", "", "" }, { "B", "", "" } };
	static const testing_tag everything[] = { { "A", "", "0.0.0.0/0 ::/0" }, { "B", "", "::/0" } };
	svctag_release *releases[] = { testing_release(1, NULL, 0), testing_release(1, nothing, 2),
				       testing_release(1, everything, 2) };
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < TESTING_COUNT(releases); i++) {
		check_all(&random, releases[i]);
		svctag_release_free(releases[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_sets),          cmocka_unit_test(test_nested_chains),
		cmocka_unit_test(test_expanded_prefixes),    cmocka_unit_test(test_expansion_has_an_end),
		cmocka_unit_test(test_pairs_that_part_late), cmocka_unit_test(test_full_strides),
		cmocka_unit_test(test_every_number_of_runs), cmocka_unit_test(test_tops),
		cmocka_unit_test(test_many_prefixes),        cmocka_unit_test(test_lines),
		cmocka_unit_test(test_keys_without_a_place), cmocka_unit_test(test_empty_and_everything),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
