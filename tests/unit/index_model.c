#include "index_model.h"

#include <stdlib.h>
#include <string.h>

#include "index_tree.h"

static int
compare_prefixes(const void *a, const void *b)
{
	return svctag_prefix_compare(a, b);
}

compiled
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

void
dispose(compiled *c)
{
	svctag_index_close(c->index);
	svctag_index_close(c->sorted);
	free(c->blob);
	free(c->sorted_blob);
	free(c->prefixes);
}

uint32_t
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

void
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
void
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

void
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
