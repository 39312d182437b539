/*
 * Address sets against a plain model. The whole address space of both
 * families is cut into cells: every address near some awkward places (the
 * ends of the families, the middle, the 64-bit boundary) is a cell of its
 * own, and what lies between is one cell each. A set is then a row of
 * booleans, and every operation is obvious.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

/* Addresses told apart at each place; a power of two, so that blocks fall into place. */
#define CORNER 32
#define MAX_CELLS 512
#define ROUNDS 3000

/* Each begins a corner. */
static const char *const corners[] = {
	"0.0.0.0",
	"10.0.0.0",
	"127.255.255.240", /* around the middle: the top bit changes here */
	"255.255.255.224",
	"::",
	"::ffff:ffff:ffff:fff0", /* around the end of the low 64 bits */
	"2603:1030::",
	"7fff:ffff:ffff:ffff:ffff:ffff:ffff:fff0",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffe0",
};

typedef struct model {
	svctag_range cells[MAX_CELLS];
	size_t count;
	size_t families[3]; /* cells of IPv4 from [0] to [1], of IPv6 to [2] */
} model;

typedef struct bits {
	bool in[MAX_CELLS];
} bits;

static void
add_cell(model *m, svctag_address first, svctag_address last)
{
	assert_true(m->count < MAX_CELLS);
	m->cells[m->count++] = (svctag_range){ first, last };
}

static void
model_begin(model *m)
{
	svctag_address at = testing_address("0.0.0.0");
	svctag_address ends[] = { testing_address("255.255.255.255"),
				  testing_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") };

	*m = (model){ .count = 0 };
	for (size_t i = 0; i < TESTING_COUNT(corners); i++) {
		svctag_address corner = testing_address(corners[i]), before = corner;

		if (corner.family != at.family)
			at = testing_address("::");
		if (svctag_address_compare(&at, &corner) < 0) {
			assert_true(svctag_address_previous(&before));
			add_cell(m, at, before);
		}
		at = corner;
		for (int n = 0; n < CORNER; n++) {
			add_cell(m, at, at);
			if (svctag_address_compare(&at, &ends[at.family == SVCTAG_IPV6]) != 0)
				assert_true(svctag_address_next(&at));
		}
		m->families[corner.family == SVCTAG_IPV6 ? 2 : 1] = m->count;
	}
}

static int
model_setup(void **state)
{
	model *m = testing_allocate(1, sizeof(*m));

	model_begin(m);
	*state = m;
	return 0;
}

static int
model_teardown(void **state)
{
	free(*state);
	return 0;
}

/* From one cell to another of the same family. */
static svctag_range
random_range(testing_random *random, const model *m, size_t *ret_from, size_t *ret_to)
{
	size_t family = testing_below(random, 2);
	size_t low = m->families[family], count = m->families[family + 1] - low;
	size_t from = low + testing_below(random, count);
	size_t to = from + testing_below(random, 12); /* mostly short */

	if (testing_below(random, 8) == 0)
		to = from + testing_below(random, count);
	if (to >= m->families[family + 1])
		to = m->families[family + 1] - 1;
	*ret_from = from;
	*ret_to = to;
	return (svctag_range){ m->cells[from].first, m->cells[to].last };
}

static svctag_set *
random_set(testing_random *random, const model *m, bits *ret)
{
	svctag_range ranges[24];
	size_t count = testing_below(random, TESTING_COUNT(ranges) + 1);
	svctag_set *set = NULL;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < count; i++) {
		size_t from, to;

		ranges[i] = random_range(random, m, &from, &to);
		memset(&ret->in[from], 1, to - from + 1);
	}
	TESTING_OK(svctag_set_of_ranges(ranges, count, &set));
	return set;
}

/* Ranges, counts and emptiness are just what the booleans say. */
static void
check_set(const model *m, const svctag_set *set, const bits *want)
{
	svctag_count counts[2] = { { 0 }, { 0 } };
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++) {
		const svctag_range *range;
		size_t end = i;
		int family = m->cells[i].first.family == SVCTAG_IPV6;

		if (!want->in[i])
			continue;
		while (end + 1 < m->families[family + 1] && want->in[end + 1])
			end++;
		assert_true(n < svctag_set_range_count(set));
		range = svctag_set_range(set, n++);
		assert_int_equal(svctag_address_compare(&range->first, &m->cells[i].first), 0);
		assert_int_equal(svctag_address_compare(&range->last, &m->cells[end].last), 0);
		for (size_t j = i; j <= end; j++)
			counts[family] = svctag_count_add(counts[family], svctag_count_of_range(&m->cells[j]));
		i = end;
	}
	assert_int_equal(svctag_set_range_count(set), n);
	assert_int_equal(svctag_set_is_empty(set), n == 0);
	assert_int_equal(svctag_count_compare(svctag_set_count(set, SVCTAG_IPV4), counts[0]), 0);
	assert_int_equal(svctag_count_compare(svctag_set_count(set, SVCTAG_IPV6), counts[1]), 0);
}

static void
test_operations(void **state)
{
	const model *m = *state;
	testing_random random;

	testing_random_begin(&random);
	for (int round = 0; round < ROUNDS; round++) {
		bits a, b, both, common, rest;
		svctag_set *set_a = random_set(&random, m, &a), *set_b = random_set(&random, m, &b);
		svctag_set *got_both = NULL, *got_common = NULL, *got_rest = NULL;

		for (size_t i = 0; i < MAX_CELLS; i++) {
			both.in[i] = a.in[i] || b.in[i];
			common.in[i] = a.in[i] && b.in[i];
			rest.in[i] = a.in[i] && !b.in[i];
		}
		TESTING_OK(svctag_set_union(set_a, set_b, &got_both));
		TESTING_OK(svctag_set_intersection(set_a, set_b, &got_common));
		TESTING_OK(svctag_set_difference(set_a, set_b, &got_rest));
		check_set(m, set_a, &a);
		check_set(m, set_b, &b);
		check_set(m, got_both, &both);
		check_set(m, got_common, &common);
		check_set(m, got_rest, &rest);
		assert_int_equal(svctag_set_equal(set_a, set_b), memcmp(&a, &b, sizeof(a)) == 0);
		svctag_set_free(set_a);
		svctag_set_free(set_b);
		svctag_set_free(got_both);
		svctag_set_free(got_common);
		svctag_set_free(got_rest);
	}
}

static void
test_holds(void **state)
{
	const model *m = *state;
	testing_random random;

	testing_random_begin(&random);
	for (int round = 0; round < ROUNDS / 10; round++) {
		bits want;
		svctag_set *set = random_set(&random, m, &want);

		for (size_t i = 0; i < m->count; i++) {
			assert_int_equal(svctag_set_holds(set, &m->cells[i].first), want.in[i]);
			assert_int_equal(svctag_set_holds(set, &m->cells[i].last), want.in[i]);
		}
		for (int n = 0; n < 200; n++) {
			size_t from, to;
			svctag_range range = random_range(&random, m, &from, &to);

			assert_int_equal(svctag_set_holds_range(set, &range),
					 memchr(&want.in[from], 0, to - from + 1) == NULL);
		}
		svctag_set_free(set);
	}
}

/* Which cells does the block hold? 0 none, 1 some or a part of some, 2 all of it. */
static int
block_state(const model *m, const bits *want, const svctag_prefix *block)
{
	svctag_range range = svctag_prefix_range(block);
	bool some = false, all = true;

	for (size_t i = 0; i < m->count; i++)
		if (svctag_address_compare(&m->cells[i].first, &range.last) <= 0 &&
		    svctag_address_compare(&m->cells[i].last, &range.first) >= 0) {
			some = some || want->in[i];
			all = all && want->in[i];
		}
	return all ? 2 : some;
}

/*
 * The one shortest list, by going down from /0: a block is taken whole where
 * the set holds all of it, left out where none. No other prefix can help, for
 * two prefixes are either nested or disjoint.
 */
static size_t
shortest_list(const model *m, const bits *want, svctag_prefix block, svctag_prefix *list, size_t count)
{
	svctag_range range = svctag_prefix_range(&block);
	int kind = block_state(m, want, &block);

	if (kind == 0)
		return count;
	if (kind == 2) {
		list[count] = block;
		return count + 1;
	}
	count = shortest_list(m, want, svctag_prefix_make(&range.first, block.length + 1U), list, count);
	return shortest_list(m, want, svctag_prefix_make(&range.last, block.length + 1U), list, count);
}

static void
test_prefixes(void **state)
{
	const model *m = *state;
	svctag_prefix *want = testing_allocate(1 << 14, sizeof(*want));
	testing_random random;

	testing_random_begin(&random);
	for (int round = 0; round < 60; round++) {
		bits in;
		svctag_set *set = random_set(&random, m, &in), *back = NULL;
		svctag_prefix *got = NULL;
		size_t count = 99, want_count;

		want_count = shortest_list(m, &in, testing_prefix("0.0.0.0/0"), want, 0);
		want_count = shortest_list(m, &in, testing_prefix("::/0"), want, want_count);
		TESTING_OK(svctag_set_prefixes(set, &got, &count));
		assert_int_equal(count, want_count);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(svctag_prefix_compare(&got[i], &want[i]), 0);
		assert_int_equal(got == NULL, count == 0);
		TESTING_OK(svctag_set_of_prefixes(got, count, &back));
		assert_true(svctag_set_equal(set, back));
		svctag_set_free(back);
		svctag_set_free(set);
		free(got);
	}
	free(want);
}

/* Fewest prefixes for every one of the 2^16 sets within a /28, by search over all combinations. */
static void
fewest_of_all(uint8_t *fewest)
{
	memset(fewest, 0xff, 1 << 16);
	fewest[0] = 0;
	for (unsigned int set = 0; set < 1U << 16; set++) {
		if (fewest[set] == 0xff)
			continue;
		for (unsigned int size = 1; size <= 16; size *= 2)
			for (unsigned int at = 0; at < 16; at += size) {
				unsigned int more = set | (((1U << size) - 1) << at);

				if (fewest[more] > fewest[set] + 1)
					fewest[more] = (uint8_t)(fewest[set] + 1);
			}
	}
}

static void
check_all_subsets(const char *first, const uint8_t *fewest)
{
	svctag_range cells[16];
	svctag_address at = testing_address(first);

	for (int i = 0; i < 16; i++) {
		cells[i] = (svctag_range){ at, at };
		if (i < 15)
			assert_true(svctag_address_next(&at));
	}
	for (unsigned int set = 0; set < 1U << 16; set++) {
		svctag_range ranges[16];
		svctag_set *got = NULL;
		svctag_prefix *list = NULL;
		size_t n = 0, count = 0;

		for (unsigned int i = 0; i < 16; i++)
			if ((set >> i & 1U) != 0)
				ranges[n++] = cells[i];
		TESTING_OK(svctag_set_of_ranges(ranges, n, &got));
		TESTING_OK(svctag_set_prefixes(got, &list, &count));
		if (count != fewest[set])
			fail_msg("%zu prefixes for %#x, %u are enough", count, set, fewest[set]);
		svctag_set_free(got);
		free(list);
	}
}

static void
test_no_shorter_list_exists(void **state)
{
	uint8_t *fewest = testing_allocate(1 << 16, 1);

	(void)state;
	fewest_of_all(fewest);
	check_all_subsets("255.255.255.240", fewest);
	check_all_subsets("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0", fewest);
	free(fewest);
}

static svctag_set *
combine(svctag_error (*operation)(const svctag_set *, const svctag_set *, svctag_set **), const svctag_set *a,
	const svctag_set *b)
{
	svctag_set *set = NULL;

	TESTING_OK(operation(a, b, &set));
	return set;
}

/* Both sides are built here and freed here. */
static void
assert_law(svctag_set *left, svctag_set *right)
{
	assert_true(svctag_set_equal(left, right));
	svctag_set_free(left);
	svctag_set_free(right);
}

static void
test_laws(void **state)
{
	const model *m = *state;
	testing_random random;

	testing_random_begin(&random);
	for (int round = 0; round < ROUNDS / 3; round++) {
		bits unused;
		svctag_set *a = random_set(&random, m, &unused), *b = random_set(&random, m, &unused);
		svctag_set *c = random_set(&random, m, &unused);
		svctag_set *a_or_b = combine(svctag_set_union, a, b), *b_or_c = combine(svctag_set_union, b, c);
		svctag_set *a_less_b = combine(svctag_set_difference, a, b);
		svctag_set *a_less_c = combine(svctag_set_difference, a, c);
		svctag_set *a_and_b = combine(svctag_set_intersection, a, b);
		svctag_set *a_and_c = combine(svctag_set_intersection, a, c);

		assert_law(combine(svctag_set_union, a_or_b, c), combine(svctag_set_union, a, b_or_c));
		assert_law(combine(svctag_set_intersection, a, b), combine(svctag_set_intersection, b, a));
		/* distribution, both of De Morgan's laws within a, and putting back what was taken */
		assert_law(combine(svctag_set_intersection, a, b_or_c), combine(svctag_set_union, a_and_b, a_and_c));
		assert_law(combine(svctag_set_difference, a, b_or_c),
			   combine(svctag_set_intersection, a_less_b, a_less_c));
		assert_law(combine(svctag_set_difference, a, a_and_b), combine(svctag_set_difference, a, b));
		assert_law(combine(svctag_set_union, a_less_b, b), combine(svctag_set_union, b, a));
		assert_law(combine(svctag_set_difference, a, a), combine(svctag_set_intersection, a_less_b, b));
		/* the same set is both sides of an operation */
		assert_law(combine(svctag_set_union, a, a), combine(svctag_set_intersection, a, a));

		svctag_set_free(a);
		svctag_set_free(b);
		svctag_set_free(c);
		svctag_set_free(a_or_b);
		svctag_set_free(b_or_c);
		svctag_set_free(a_less_b);
		svctag_set_free(a_less_c);
		svctag_set_free(a_and_b);
		svctag_set_free(a_and_c);
	}
}

static void
test_everything_and_nothing(void **state)
{
	svctag_prefix all[] = { testing_prefix("::/0"), testing_prefix("0.0.0.0/0") };
	svctag_set *everything = NULL, *nothing = NULL, *got = NULL;
	svctag_prefix *list = NULL;
	size_t count = 0;

	(void)state;
	TESTING_OK(svctag_set_of_prefixes(all, 2, &everything));
	TESTING_OK(svctag_set_of_prefixes(NULL, 0, &nothing));
	assert_true(svctag_set_is_empty(nothing));
	/* 255.255.255.255 and :: do not touch: two ranges, two prefixes. */
	assert_int_equal(svctag_set_range_count(everything), 2);
	TESTING_OK(svctag_set_prefixes(everything, &list, &count));
	assert_int_equal(count, 2);
	assert_memory_equal(&list[0], &all[1], sizeof(*list));
	assert_memory_equal(&list[1], &all[0], sizeof(*list));
	free(list);
	got = combine(svctag_set_difference, everything, everything);
	assert_true(svctag_set_equal(got, nothing));
	svctag_set_free(got);
	list = &all[0];
	TESTING_OK(svctag_set_prefixes(nothing, &list, &count));
	assert_null(list);
	assert_int_equal(count, 0);
	svctag_set_free(everything);
	svctag_set_free(nothing);
	svctag_set_free(NULL);
}

/* Overlapping, repeated, adjacent and out of order: still the one canonical form. */
static void
test_prefixes_in_any_order(void **state)
{
	static const char *const texts[] = { "10.0.1.0/24", "10.0.0.0/24",   "10.0.0.128/25",
					     "10.0.0.0/24", "10.0.3.0/24",   "::/127",
					     "::2/127",     "10.0.2.255/32", "192.0.2.1/32" };
	static const char *const want[] = { "10.0.0.0-10.0.1.255", "10.0.2.255-10.0.3.255", "192.0.2.1-192.0.2.1",
					    "::-::3" };
	svctag_prefix prefixes[TESTING_COUNT(texts)];
	svctag_set *set = NULL;

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(texts); i++)
		prefixes[i] = testing_prefix(texts[i]);
	TESTING_OK(svctag_set_of_prefixes(prefixes, TESTING_COUNT(texts), &set));
	assert_int_equal(svctag_set_range_count(set), TESTING_COUNT(want));
	for (size_t i = 0; i < TESTING_COUNT(want); i++) {
		char text[SVCTAG_RANGE_TEXT_SIZE];

		svctag_range_format(svctag_set_range(set, i), text);
		assert_string_equal(text, want[i]);
	}
	svctag_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_operations, model_setup, model_teardown),
		cmocka_unit_test_setup_teardown(test_holds, model_setup, model_teardown),
		cmocka_unit_test_setup_teardown(test_prefixes, model_setup, model_teardown),
		cmocka_unit_test(test_no_shorter_list_exists),
		cmocka_unit_test_setup_teardown(test_laws, model_setup, model_teardown),
		cmocka_unit_test(test_everything_and_nothing),
		cmocka_unit_test(test_prefixes_in_any_order),
	};

	return cmocka_run_group_tests_name("set", tests, NULL, NULL);
}
