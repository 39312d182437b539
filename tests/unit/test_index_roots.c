/*
 * Roots of IPv4: in small tables direct nodes, and a few that have numbers
 * because they are dense; in large ones, numbers only. Answers are known from
 * how the table is made, for one address at a time and for batches of every
 * kind.
 */
#include "testing.h"

#include <stdlib.h>

#include "index_internal.h"
#include "index_tree.h"
#include "xxh64.h"

/* In each /16 every other of the first 128 /24, but one /16 in 50 has every other /28. */
#define DENSE_EVERY 50U

static uint32_t
step_of(uint32_t root)
{
	return root % DENSE_EVERY == 7 ? 4 : 8;
}

static void
add_prefix(svctag_release_builder *builder, uint32_t first, unsigned int length)
{
	svctag_address address = { .family = SVCTAG_IPV4,
				   .bytes = { (uint8_t)(first >> 24), (uint8_t)(first >> 16), (uint8_t)(first >> 8),
					      (uint8_t)first } };
	svctag_prefix prefix = svctag_prefix_make(&address, length);

	testing_add_prefix(builder, &prefix);
}

static svctag_release *
make_release(uint32_t roots)
{
	svctag_release_builder *builder = testing_builder(1);

	testing_add_tag(builder, "All", "");
	for (uint32_t root = 0; root < roots; root++)
		for (uint32_t i = 0; i < 1U << 15; i += 2U << step_of(root))
			add_prefix(builder, (root * 3 % 65536) << 16 | i, 32 - step_of(root));
	/* And some that hold whole roots. */
	add_prefix(builder, 0xfa000000, 9);
	add_prefix(builder, 0xfa010000, 16);
	return testing_finish(builder);
}

/* The prefix that holds the address begins where? */
static bool
expect(uint32_t roots, uint32_t address, uint32_t *ret_first)
{
	uint32_t top = address >> 16;
	uint32_t low = address & 0xffff;

	if (top >= 0xfa00 && top < 0xfa80) {
		*ret_first = top == 0xfa01 ? 0xfa010000 : 0xfa000000;
		return true;
	}
	if (top % 3 != 0 || top / 3 >= roots || low >= 1U << 15 || (low >> step_of(top / 3) & 1) != 0)
		return false;
	*ret_first = top << 16 | low >> step_of(top / 3) << step_of(top / 3);
	return true;
}

static void
check(const svctag_index *index, uint32_t roots, uint32_t address, uint32_t got, const char *how)
{
	uint32_t first = 0;

	if (!expect(roots, address, &first)) {
		if (got != SVCTAG_NO_PREFIX)
			fail_msg("%08x, %s: prefix %u, where there is none", address, how, got);
		return;
	}
	if (got == SVCTAG_NO_PREFIX || index->address_ipv4[got] != first)
		fail_msg("%08x, %s: prefix %u, not the one that begins at %08x", address, how, got, first);
}

/* Addresses of which so many in ten are in a root that has prefixes. */
static void
check_mix(testing_random *random, const svctag_index *index, uint32_t roots, uint32_t in_ten)
{
	enum { COUNT = 3000 };
	uint32_t addresses[COUNT];
	uint32_t ids[COUNT + 1];

	for (size_t i = 0; i < COUNT; i++) {
		bool held = testing_below(random, 10) < in_ten;
		uint32_t root = (uint32_t)(held ? testing_below(random, roots) * 3 : testing_below(random, 65536));

		addresses[i] = root << 16 | (uint32_t)testing_below(random, 65536);
	}
	for (size_t count = COUNT; count > 0; count = count * 2 / 3) {
		ids[count] = 0xabcdef;
		svctag_index_lookup_batch_ipv4(index, addresses, count, ids);
		for (size_t i = 0; i < count; i++)
			check(index, roots, addresses[i], ids[i], "in a batch");
		assert_int_equal(ids[count], 0xabcdef);
	}
	for (size_t i = 0; i < COUNT; i++)
		check(index, roots, addresses[i], svctag_index_lookup_ipv4(index, addresses[i]), "alone");
}

static void
check_index(testing_random *random, svctag_index *index, uint32_t roots)
{
	for (enum index_vectors widest = INDEX_VECTORS_BASE; widest <= INDEX_VECTORS_AVX512; widest++) {
		if (index_use_vectors(index, widest) != widest)
			continue;
		for (uint32_t in_ten = 0; in_ten <= 10; in_ten += 5)
			check_mix(random, index, roots, in_ten);
		for (uint32_t address = 0xf9ff0000; address < 0xfa820000; address += 0x3fff)
			check(index, roots, address, svctag_index_lookup_ipv4(index, address), "alone");
	}
}

static uint32_t
count_direct(const svctag_index *index)
{
	uint32_t direct = 0;

	for (uint32_t i = 0; i < ROOT_SLOTS; i++)
		direct += index->head.roots[i] >= index->node_count;
	return direct;
}

/* @param least  so many roots at least are direct, so many have numbers; and direct ones none, if that is 0 */
static void
check_table(uint32_t roots, unsigned int without, const uint32_t least[2])
{
	svctag_release *release = make_release(roots);
	testing_random random;
	svctag_index *index = NULL;
	void *blob = NULL;
	size_t size = 0;

	testing_random_begin(&random);
	TESTING_OK(index_build(release, without, &blob, &size));
	TESTING_OK(svctag_index_open(blob, size, &index, NULL));
	assert_true(least[0] > 0 ? count_direct(index) >= least[0] : count_direct(index) == 0);
	assert_true(index->node_count - FIRST_NODE >= least[1]);
	check_index(&random, index, roots);
	svctag_index_close(index);
	free(blob);
	svctag_release_free(release);
}

/* As a release has them: all but the dense ones are direct. */
static void
test_few_numbers(void **state)
{
	(void)state;
	check_table(200, 0, (uint32_t[]){ 190, 4 });
	check_table(1, 0, (uint32_t[]){ 1, 0 });
}

static void
test_numbers_only(void **state)
{
	(void)state;
	check_table(100, INDEX_WITHOUT_DIRECT, (uint32_t[]){ 0, 102 });
	check_table(600, INDEX_WITHOUT_DIRECT, (uint32_t[]){ 0, 602 });
}

/* Past 65,534 prefixes, slots do not say all: then none is direct. */
static void
test_large_tables(void **state)
{
	(void)state;
	check_table(2000, 0, (uint32_t[]){ 0, 2002 });
}

/* One sparse root, and so many dense ones behind it. @return how many are direct then */
static uint32_t
direct_beside_dense(uint32_t dense)
{
	enum { DENSE_PREFIXES = INNER_CHILDREN * LEAF_RUNS / 2 + 1 };
	svctag_release_builder *builder = testing_builder(1);
	svctag_release *release;
	svctag_index *index = NULL;
	void *blob = NULL;
	size_t size = 0;
	uint32_t direct;

	testing_add_tag(builder, "All", "");
	add_prefix(builder, 0x00004000, 24);
	for (uint32_t root = 1; root <= dense; root++)
		for (uint32_t i = 0; i < DENSE_PREFIXES; i++)
			add_prefix(builder, root << 16 | i << 5, 28);
	release = testing_finish(builder);
	TESTING_OK(svctag_index_build(release, &blob, &size));
	TESTING_OK(svctag_index_open(blob, size, &index, NULL));
	assert_int_equal(svctag_index_lookup_ipv4(index, 0x00004001), 0);
	assert_int_equal(svctag_index_lookup_ipv4(index, dense << 16 | 0x2f), (dense - 1) * DENSE_PREFIXES + 2);
	assert_int_equal(svctag_index_lookup_ipv4(index, dense << 16 | 0x10), SVCTAG_NO_PREFIX);
	direct = count_direct(index);
	svctag_index_close(index);
	free(blob);
	svctag_release_free(release);
	return direct;
}

/* Many dense nodes have the same effect in a table whose slots would say all, if they are one too many. */
static void
test_many_dense_nodes(void **state)
{
	const uint32_t most = FEW_NODES - FIRST_NODE;

	(void)state;
	assert_int_equal(direct_beside_dense(most), 1);
	assert_int_equal(direct_beside_dense(most + 1), 0);
}

static void
seal(void *blob, size_t size)
{
	struct index_header *header = blob;

	header->checksum = svctag_xxh64((uint8_t *)blob + INDEX_CHECKED_FROM, size - INDEX_CHECKED_FROM, 0);
}

/* Where there are many numbers, a root that is none is refused, whatever line it would be. */
static void
test_no_direct_node_among_many(void **state)
{
	svctag_release *release = make_release(600);
	svctag_index *index = NULL;
	struct index_header *header;
	struct index_layout at;
	struct index_node *nodes;
	void *blob = NULL;
	size_t size = 0;
	uint32_t dense = FIRST_NODE;

	(void)state;
	TESTING_OK(index_build(release, INDEX_WITHOUT_DIRECT, &blob, &size));
	header = blob;
	at = svctag_index_layout(header);
	nodes = (void *)((uint8_t *)blob + at.nodes);
	while (nodes[dense].place >> NODE_KIND_SHIFT != 1)
		dense++;
	/* What was below the node's top, an inner line with its leaves, becomes a direct node, and the node a constant. */
	((uint16_t *)(void *)((uint8_t *)blob + at.roots))[1] = (uint16_t)(nodes[dense].place & NODE_LINE_MASK);
	nodes[dense] = (struct index_node){ NODE_CONSTANT, 0 };
	for (size_t i = 0; i < INNER_CHILDREN; i++)
		((union index_line *)(void *)((uint8_t *)blob + at.lines))[dense].inner.last[i] = INT16_MAX;
	seal(blob, size);
	TESTING_CHECK(svctag_index_open(blob, size, &index, NULL), SVCTAG_E_CORRUPT);
	free(blob);
	svctag_release_free(release);
}

/* What opens stays inside its bytes, as sanitizers would say, and answers alike in a batch and with all vectors. */
static void
check_consistent(svctag_index *index, const uint32_t *addresses, size_t count)
{
	uint32_t ids[1000];
	uint32_t want[1000];

	assert_true(count <= TESTING_COUNT(want));
	index_use_vectors(index, INDEX_VECTORS_BASE);
	for (size_t i = 0; i < count; i++)
		want[i] = svctag_index_lookup_ipv4(index, addresses[i]);
	for (enum index_vectors widest = INDEX_VECTORS_BASE; widest <= INDEX_VECTORS_AVX512; widest++) {
		if (index_use_vectors(index, widest) != widest)
			continue;
		svctag_index_lookup_batch_ipv4(index, addresses, count, ids);
		assert_memory_equal(ids, want, count * sizeof(*ids));
		for (size_t i = 0; i < count; i++)
			assert_int_equal(svctag_index_lookup_ipv4(index, addresses[i]), want[i]);
	}
}

/* A number of 16 bits somewhere in what an index of many nodes searches, which is made another one. */
static void
test_damaged_numbers(void **state)
{
	enum { ROUNDS = 400, ROOTS = 300, COUNT = 1000 };
	svctag_release *release = make_release(ROOTS);
	uint32_t addresses[COUNT];
	testing_random random;
	size_t opened = 0;
	size_t size = 0;
	void *blob = NULL;

	(void)state;
	testing_random_begin(&random);
	TESTING_OK(index_build(release, INDEX_WITHOUT_DIRECT, &blob, &size));
	for (size_t i = 0; i < COUNT; i++)
		addresses[i] =
			(uint32_t)(testing_below(&random, ROOTS) * 3) << 16 | (uint32_t)testing_below(&random, 65536);
	for (size_t round = 0; round < ROUNDS; round++) {
		const struct index_layout at = svctag_index_layout(blob);
		const struct index_header *header = blob;
		const uint64_t begins[] = { at.roots, at.nodes, at.lines };
		const uint64_t sizes[] = { sizeof(uint16_t) * ROOTS * 3, sizeof(struct index_node) * header->node_count,
					   sizeof(union index_line) * header->line_count };
		const size_t section = testing_below(&random, 3);
		uint16_t *number =
			(void *)((uint8_t *)blob + begins[section] + testing_below(&random, sizes[section] / 2) * 2);
		const uint16_t before = *number;
		svctag_index *index = NULL;

		*number = (uint16_t)(testing_below(&random, 2) == 0 ? testing_below(&random, 65536)
								    : before ^ 1U << testing_below(&random, 16));
		seal(blob, size);
		if (svctag_index_open(blob, size, &index, NULL) == SVCTAG_OK) {
			check_consistent(index, addresses, COUNT);
			svctag_index_close(index);
			opened++;
		}
		*number = before;
	}
	/* Neither is all refused nor nothing: there is something to look at. */
	assert_true(opened > ROUNDS / 20 && opened < ROUNDS);
	free(blob);
	svctag_release_free(release);
}

/* One prefix in each of so many roots. */
static svctag_error
build_sparse(uint32_t roots, svctag_index **ret, void **ret_blob)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_release *release;
	size_t size = 0;
	svctag_error err;

	testing_add_tag(builder, "All", "");
	for (uint32_t root = 0; root < roots; root++)
		add_prefix(builder, root << 16 | 0x4000, 24);
	release = testing_finish(builder);
	err = svctag_index_build(release, ret_blob, &size);
	svctag_release_free(release);
	if (err == SVCTAG_OK)
		TESTING_OK(svctag_index_open(*ret_blob, size, ret, NULL));
	return err;
}

/* Two lines each, and room for the tops of a few: as many as a root can tell, some that have numbers, and one too many. */
static void
test_sparse_roots_are_direct(void **state)
{
	const uint32_t most = (ROOT_SLOTS - FEW_NODES) / 2;
	const uint32_t few = FEW_NODES - FIRST_NODE;
	const struct {
		uint32_t roots;
		uint32_t direct;
	} cases[] = { { most, most }, { most + few, most }, { most + few + 1, 0 } };

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		svctag_index *index = NULL;
		void *blob = NULL;

		TESTING_OK(build_sparse(cases[i].roots, &index, &blob));
		assert_int_equal(count_direct(index), cases[i].direct);
		for (uint32_t root = 0; root < ROOT_SLOTS; root += 0xff)
			assert_int_equal(svctag_index_lookup_ipv4(index, root << 16 | 0x4001),
					 root < cases[i].roots ? root : SVCTAG_NO_PREFIX);
		svctag_index_close(index);
		free(blob);
	}
}

/* As many as have numbers, and one more: said, not half done. */
static void
test_most_roots(void **state)
{
	const uint32_t most = ROOT_SLOTS - FIRST_NODE;
	svctag_index *index = NULL;
	void *blob = NULL;

	(void)state;
	TESTING_OK(build_sparse(most, &index, &blob));
	for (uint32_t root = 0; root < ROOT_SLOTS; root++) {
		assert_int_equal(svctag_index_lookup_ipv4(index, root << 16 | 0x4001),
				 root < most ? root : SVCTAG_NO_PREFIX);
		assert_int_equal(svctag_index_lookup_ipv4(index, root << 16 | 0x3fff), SVCTAG_NO_PREFIX);
	}
	svctag_index_close(index);
	free(blob);
	blob = NULL;
	TESTING_CHECK(build_sparse(most + 1, &index, &blob), SVCTAG_E_LIMIT);
	assert_null(blob);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_numbers),
		cmocka_unit_test(test_numbers_only),
		cmocka_unit_test(test_large_tables),
		cmocka_unit_test(test_many_dense_nodes),
		cmocka_unit_test(test_no_direct_node_among_many),
		cmocka_unit_test(test_damaged_numbers),
		cmocka_unit_test(test_sparse_roots_are_direct),
		cmocka_unit_test(test_most_roots),
	};

	return cmocka_run_group_tests_name("index roots", tests, NULL, NULL);
}
