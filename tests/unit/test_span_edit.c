/*
 * What a release does to the lists of a tag that enters, leaves or moves,
 * against a table: which prefixes, and which properties, are there in which
 * release.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "span_edit.h"

#define RELEASES 9
#define PREFIXES 7
#define VALUES 3
#define ROUNDS 300

static const char *const prefixes[PREFIXES] = {
	"0.0.0.0/0", "10.0.0.0/24", "10.0.0.0/25", "192.0.2.1/32", "::/0", "2603:1030::/45", "2603:1030::1/128",
};

/* Only the change number of the second differs from the first. */
static const svctag_properties values[VALUES] = {
	{ NULL, 1, "eastus", 32, true, "Azure", "AzureStorage", "API" },
	{ NULL, 2, "eastus", 32, true, "Azure", "AzureStorage", "API" },
	{ NULL, 2, "", 0, false, NULL, "", NULL },
};

/* The releases that there are, in order, and what each has. */
typedef struct table {
	size_t count;
	int64_t positions[RELEASES];
	bool has[RELEASES][PREFIXES];
	int value[RELEASES]; /* of VALUES; negative: the tag is not there */
} table;

static table
random_table(testing_random *random)
{
	table t = { .count = 1 + testing_below(random, RELEASES) };
	int64_t position = ((int64_t)testing_below(random, 9) - 4) * 4096;

	for (size_t r = 0; r < t.count; r++) {
		t.positions[r] = position;
		position += 1 + (int64_t)testing_below(random, 4096);
		t.value[r] = (int)testing_below(random, VALUES + 1) - 1;
		for (size_t p = 0; p < PREFIXES; p++)
			t.has[r][p] = testing_below(random, 2) == 0;
	}
	return t;
}

/* Without one of the releases. */
static table
without(const table *all, size_t release)
{
	table t = { 0 };

	for (size_t r = 0; r < all->count; r++) {
		if (r == release)
			continue;
		t.positions[t.count] = all->positions[r];
		t.value[t.count] = all->value[r];
		memcpy(t.has[t.count], all->has[r], sizeof(t.has[0]));
		t.count++;
	}
	return t;
}

static int64_t
position_of(const table *t, size_t r)
{
	return r < t->count ? t->positions[r] : SPAN_OPEN;
}

/* The lists as they have to be: each span as long as it can. */
static struct span_list
prefixes_of(const table *t)
{
	struct span_list list = { 0 };

	for (size_t p = 0; p < PREFIXES; p++)
		for (size_t r = 0, until; r < t->count; r = until + 1) {
			for (until = r; until < t->count && t->has[until][p];)
				until++;
			if (until > r) {
				const struct span span = { testing_prefix(prefixes[p]), t->positions[r],
							   position_of(t, until) };

				TESTING_OK(span_list_add(&list, &span));
			}
		}
	return list;
}

static struct property_list
properties_of(const table *t)
{
	struct property_list list = { 0 };

	for (size_t r = 0, until; r < t->count; r = until) {
		for (until = r; until < t->count && t->value[until] == t->value[r];)
			until++;
		if (t->value[r] >= 0) {
			const struct property_span span = { t->positions[r], position_of(t, until),
							    values[t->value[r]] };

			TESTING_OK(property_list_add(&list, &span));
		}
	}
	return list;
}

static bool
same_prefixes(const struct span_list *a, const struct span_list *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (svctag_prefix_compare(&a->items[i].prefix, &b->items[i].prefix) != 0 ||
		    a->items[i].first != b->items[i].first || a->items[i].until != b->items[i].until)
			return false;
	return a->count == b->count;
}

static bool
same_properties(const struct property_list *a, const struct property_list *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (a->items[i].first != b->items[i].first || a->items[i].until != b->items[i].until ||
		    !properties_same(&a->items[i].properties, &b->items[i].properties))
			return false;
	return a->count == b->count;
}

static void
assert_prefixes(struct span_list got, const table *want)
{
	struct span_list list = prefixes_of(want);

	assert_true(same_prefixes(&got, &list));
	span_list_release(&list);
}

static void
assert_properties(struct property_list got, const table *want)
{
	struct property_list list = properties_of(want);

	assert_true(same_properties(&got, &list));
	property_list_release(&list);
}

static struct span_place
place_of(const table *t, size_t release)
{
	return (struct span_place){
		.cloud_id = 1,
		.position = t->positions[release],
		.has_next = release + 1 < t->count,
		.next = release + 1 < t->count ? t->positions[release + 1] : 0,
	};
}

/*
 * What lib/spans.c comes to: the value before the release, its own, and the
 * one after it; negative ones are not there.
 */
static unsigned int
ops_of(int before, int self, int after)
{
	unsigned int ops = 0;

	if (before == self)
		return 0;
	if (before >= 0)
		ops |= before == after ? SPAN_CUT | SPAN_SPLIT : SPAN_CUT;
	if (self >= 0)
		ops |= self == after ? SPAN_EXTEND : SPAN_INSERT;
	return ops;
}

static int
value_of(const table *t, size_t release, int step)
{
	if ((step < 0 && release == 0) || (step > 0 && release + 1 == t->count))
		return -1;
	return t->value[step < 0 ? release - 1 : release + (size_t)step];
}

/* 0 or -1 */
static int
prefix_of(const table *t, size_t release, int step, size_t p)
{
	if ((step < 0 && release == 0) || (step > 0 && release + 1 == t->count))
		return -1;
	return t->has[step < 0 ? release - 1 : release + (size_t)step][p] ? 0 : -1;
}

static void
enter_properties(const table *all, const table *rest, size_t release)
{
	int self = all->value[release];
	unsigned int ops = ops_of(value_of(all, release, -1), self, value_of(all, release, 1));
	struct span_place place = place_of(all, release);
	struct property_list list = properties_of(rest);

	if (ops != 0)
		TESTING_OK(property_list_enter(&list, self >= 0 ? &values[self] : NULL, ops, &place));
	assert_properties(list, all);
	property_list_release(&list);
}

static void
enter_prefixes(const table *all, const table *rest, size_t release)
{
	struct span_place place = place_of(all, release);
	struct span_list list = prefixes_of(rest);
	struct span_list result = { 0 };
	struct span_edit edit = { 0 };
	void *bytes = NULL;
	size_t size = 0;

	TESTING_OK(span_list_pack(&list, &bytes, &size));
	TESTING_OK(span_edit_begin(&edit, bytes, size));
	free(bytes);
	for (size_t p = 0; p < PREFIXES; p++) {
		unsigned int ops = ops_of(prefix_of(all, release, -1, p), prefix_of(all, release, 0, p),
					  prefix_of(all, release, 1, p));
		svctag_prefix prefix = testing_prefix(prefixes[p]);

		if (ops != 0)
			TESTING_OK(span_edit_prefix(&edit, &prefix, ops, &place));
	}
	TESTING_OK(span_edit_finish(&edit, &bytes, &size));
	TESTING_OK(span_list_unpack(bytes, size, &result));
	assert_prefixes(result, all);
	free(bytes);
	span_edit_release(&edit);
	span_list_release(&list);
	span_list_release(&result);
}

static void
leave(const table *all, const table *rest, size_t release)
{
	struct span_place place = place_of(all, release);
	struct property_list properties = properties_of(all);
	struct property_list properties_before = properties_of(all);
	struct span_list list = prefixes_of(all);
	struct span_list before = prefixes_of(all);
	bool changed = property_list_leave(&properties, &place);

	assert_int_equal(changed, !same_properties(&properties, &properties_before));
	assert_properties(properties, rest);
	changed = span_list_leave(&list, &place);
	assert_int_equal(changed, !same_prefixes(&list, &before));
	assert_prefixes(list, rest);
	property_list_release(&properties);
	property_list_release(&properties_before);
	span_list_release(&list);
	span_list_release(&before);
}

/* Any release, the first and the last too, enters what is without it, and leaves it. */
static void
test_enter_and_leave(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < ROUNDS; i++) {
		table all = random_table(&random);

		for (size_t r = 0; r < all.count; r++) {
			table rest = without(&all, r);

			enter_properties(&all, &rest, r);
			enter_prefixes(&all, &rest, r);
			leave(&all, &rest, r);
		}
	}
}

/* Is the position an end of any span? */
static bool
is_used(const table *t, size_t release)
{
	bool used = value_of(t, release, -1) != t->value[release];

	for (size_t p = 0; p < PREFIXES; p++)
		used = used || prefix_of(t, release, -1, p) != prefix_of(t, release, 0, p);
	return used;
}

static bool
fits(const table *t, const struct span_positions *positions)
{
	struct property_list properties = properties_of(t);
	struct span_list list = prefixes_of(t);
	bool fits = property_list_fits(&properties, positions) && span_list_fits(&list, positions);

	property_list_release(&properties);
	span_list_release(&list);
	return fits;
}

/* All of its own positions are needed, where a span begins or ends there, and no others are. */
static void
test_fits(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < ROUNDS; i++) {
		table t = random_table(&random);
		struct span_positions positions = { t.positions, t.count };
		int64_t none = 0;

		assert_true(fits(&t, &positions));
		for (size_t r = 0; r < t.count; r++) {
			table rest = without(&t, r);

			positions = (struct span_positions){ rest.positions, rest.count };
			assert_int_equal(fits(&t, &positions), !is_used(&t, r));
		}
		positions = (struct span_positions){ &none, 0 };
		t.value[0] = 0;
		assert_false(fits(&t, &positions));
	}
}

static void
test_spread(void **state)
{
	static const int64_t gaps[] = { 1, 7, 4096 };
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < ROUNDS; i++) {
		table t = random_table(&random);
		table old = t;
		const struct span_positions positions = { old.positions, old.count };
		struct property_list properties = properties_of(&t);
		struct span_list list = prefixes_of(&t);
		int64_t gap = gaps[i % TESTING_COUNT(gaps)];

		for (size_t r = 0; r < t.count; r++)
			t.positions[r] = gap * (int64_t)(r + 1);
		property_list_spread(&properties, &positions, gap);
		span_list_spread(&list, &positions, gap);
		assert_properties(properties, &t);
		assert_prefixes(list, &t);
		property_list_release(&properties);
		span_list_release(&list);
	}
}

/* The tag and one prefix are there from 1,000 on, before 2,000, and from 4,000 on. */
static const int64_t ends[] = { 1000, 2000, 4000, SPAN_OPEN };

/* What would change a span that is not there, or make none of it. */
static const struct {
	unsigned int ops;
	int64_t position;
	bool has_next;
	int64_t next;
} wrong[] = {
	{ SPAN_CUT, 500, true, 1000 },  /* before the first */
	{ SPAN_CUT, 2500, true, 4000 }, /* between them */
	{ SPAN_CUT, 1000, true, 2000 }, /* it would be of no length */
	{ SPAN_CUT, 4000, false, 0 },
	{ SPAN_CUT | SPAN_SPLIT, 3000, true, 4000 },
	{ SPAN_CUT | SPAN_INSERT, 3000, true, 4000 },
	{ SPAN_CUT | SPAN_SPLIT, 1500, true, 2000 }, /* nothing is left over */
	{ SPAN_CUT | SPAN_SPLIT, 1500, true, 2500 },
	{ SPAN_EXTEND, 500, true, 2000 }, /* nothing begins there */
	{ SPAN_EXTEND, 500, true, 501 },
	{ SPAN_EXTEND, 500, false, 1000 },
	{ SPAN_EXTEND, 1500, true, 4000 }, /* overlaps the one before */
	{ SPAN_INSERT, 500, true, 1500 },  /* overlap */
	{ SPAN_INSERT, 1500, true, 2500 },
	{ SPAN_INSERT, 1000, true, 2000 },
	{ SPAN_INSERT, 500, false, 0 },
	{ SPAN_INSERT, 5000, false, 0 },
	{ SPAN_INSERT, 500, true, 500 }, /* of no length */
	{ SPAN_INSERT, 500, true, 400 },
};

static void
test_wrong_properties(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(wrong); i++) {
		struct span_place place = { 1, wrong[i].position, wrong[i].has_next, wrong[i].next };
		struct property_list list = { 0 };
		void *bytes = NULL;
		size_t size = 0;
		svctag_error err;

		for (size_t n = 0; n < 2; n++) {
			const struct property_span span = { ends[2 * n], ends[2 * n + 1], values[n] };

			TESTING_OK(property_list_add(&list, &span));
		}
		err = property_list_enter(&list, &values[2], wrong[i].ops, &place);
		/* What it cannot see there, packing does. */
		if (err == SVCTAG_OK)
			TESTING_CHECK(property_list_pack(&list, &bytes, &size), SVCTAG_E_INVALID);
		else
			TESTING_CHECK(err, SVCTAG_E_CORRUPT);
		property_list_release(&list);
	}
}

/* One that is cut and one that is extended: both have to be there. */
static void
test_cut_and_extend(void **state)
{
	static const struct {
		int64_t position;
		int64_t next;
		svctag_error want;
	} cases[] = {
		{ 1500, 2000, SVCTAG_OK },
		{ 1500, 4000, SVCTAG_E_CORRUPT },
		{ 500, 1000, SVCTAG_E_CORRUPT },
		{ 2500, 3000, SVCTAG_E_CORRUPT },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		struct span_place place = { 1, cases[i].position, true, cases[i].next };
		struct property_list list = { 0 };

		for (size_t n = 0; n < 2; n++) {
			const struct property_span span = { ends[n], ends[n + 1], values[n] };

			TESTING_OK(property_list_add(&list, &span));
		}
		TESTING_CHECK(property_list_enter(&list, NULL, SPAN_CUT | SPAN_EXTEND, &place), cases[i].want);
		if (cases[i].want == SVCTAG_OK) {
			assert_int_equal(list.items[0].until, 1500);
			assert_int_equal(list.items[1].first, 1500);
		}
		property_list_release(&list);
	}
}

static void
begin_edit(struct span_edit *edit, const svctag_prefix *prefix)
{
	struct span_list list = { 0 };
	void *bytes = NULL;
	size_t size = 0;

	for (size_t n = 0; n < 2; n++) {
		const struct span span = { *prefix, ends[2 * n], ends[2 * n + 1] };

		TESTING_OK(span_list_add(&list, &span));
	}
	TESTING_OK(span_list_pack(&list, &bytes, &size));
	TESTING_OK(span_edit_begin(edit, bytes, size));
	span_list_release(&list);
	free(bytes);
}

static void
test_wrong_prefixes(void **state)
{
	svctag_prefix prefix = testing_prefix("10.0.0.0/24");

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(wrong); i++) {
		struct span_place place = { 1, wrong[i].position, wrong[i].has_next, wrong[i].next };
		struct span_edit edit = { 0 };
		void *bytes = NULL;
		size_t size = 0;
		svctag_error err;

		begin_edit(&edit, &prefix);
		err = span_edit_prefix(&edit, &prefix, wrong[i].ops, &place);
		if (err == SVCTAG_OK)
			err = span_edit_finish(&edit, &bytes, &size);
		if (err != SVCTAG_E_CORRUPT)
			fail_msg("%zu: %s", i, svctag_error_text(err));
		assert_null(bytes);
		span_edit_release(&edit);
	}
}

/* Prefixes that have no spans, and those out of order, of which none are found. */
static void
test_other_prefixes(void **state)
{
	static const char *const others[] = { "10.0.0.0/23", "10.0.0.0/25", "9.0.0.0/8", "::/0" };
	svctag_prefix prefix = testing_prefix("10.0.0.0/24");
	struct span_place place = { 1, 1500, true, 2000 };
	struct span_edit edit = { 0 };

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(others); i++) {
		svctag_prefix other = testing_prefix(others[i]);

		begin_edit(&edit, &prefix);
		TESTING_CHECK(span_edit_prefix(&edit, &other, SPAN_CUT, &place), SVCTAG_E_CORRUPT);
		span_edit_release(&edit);
	}
	begin_edit(&edit, &prefix);
	TESTING_OK(span_edit_prefix(&edit, &prefix, SPAN_CUT, &place));
	TESTING_CHECK(span_edit_prefix(&edit, &prefix, SPAN_CUT, &place), SVCTAG_E_CORRUPT);
	span_edit_release(&edit);
}

/* Of an empty list: the first release, and what is not there. */
static void
test_empty(void **state)
{
	svctag_prefix prefix = testing_prefix("::/0");
	struct span_place place = { 1, 4096, false, 0 };
	struct property_list properties = { 0 };
	struct span_list list = { 0 };
	struct span_edit edit = { 0 };
	void *bytes = NULL;
	size_t size = 0;

	(void)state;
	TESTING_CHECK(property_list_enter(&properties, NULL, SPAN_CUT, &place), SVCTAG_E_CORRUPT);
	assert_false(property_list_leave(&properties, &place));
	assert_false(span_list_leave(&list, &place));
	TESTING_OK(span_edit_begin(&edit, NULL, 0));
	TESTING_CHECK(span_edit_prefix(&edit, &prefix, SPAN_CUT, &place), SVCTAG_E_CORRUPT);
	TESTING_OK(span_edit_finish(&edit, &bytes, &size));
	assert_null(bytes);
	TESTING_OK(span_edit_prefix(&edit, &prefix, SPAN_INSERT, &place));
	TESTING_OK(span_edit_finish(&edit, &bytes, &size));
	TESTING_OK(span_list_unpack(bytes, size, &list));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].first, 4096);
	assert_true(list.items[0].until == SPAN_OPEN);
	free(bytes);
	span_list_release(&list);
	span_edit_release(&edit);
	/* A packed list that is damaged is not begun with. */
	TESTING_CHECK(span_edit_begin(&edit, "not a list", 10), SVCTAG_E_CORRUPT);
	span_edit_release(&edit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enter_and_leave), cmocka_unit_test(test_fits),
		cmocka_unit_test(test_spread),          cmocka_unit_test(test_wrong_properties),
		cmocka_unit_test(test_cut_and_extend),  cmocka_unit_test(test_wrong_prefixes),
		cmocka_unit_test(test_other_prefixes),  cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests_name("span edit", tests, NULL, NULL);
}
