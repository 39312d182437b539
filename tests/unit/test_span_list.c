/*
 * Packed lists of prefix spans: what is unpacked and what is read where it
 * lies, against the spans that were packed; and bytes that are no list.
 */
#include "stored_tags.h"

#include <stdlib.h>
#include <string.h>

#include "span_list.h"

#define ROUNDS 60

/* Fixed, so that damage to it can be told by its places. */
static const struct {
	const char *prefix;
	int64_t first;
	int64_t until;
} fixed[] = {
	{ "0.0.0.0/0", -4096, 0 },
	{ "10.0.0.0/24", -4096, 0 },
	{ "10.0.0.0/24", 4096, SPAN_OPEN },
	{ "192.0.2.1/32", 0, 8192 },
	{ "::/0", 0, SPAN_OPEN },
	{ "2603:1030::/45", -4096, 4096 },
	{ "2603:1030::/45", 8192, SPAN_OPEN },
	{ "2603:1030::1/128", 8192, SPAN_OPEN },
};

/* A list and its bytes. */
typedef struct packed_list {
	struct span_list list;
	void *bytes;
	size_t size;
} packed_list;

static void
add(struct span_list *list, const svctag_prefix *prefix, int64_t first, int64_t until)
{
	const struct span span = { *prefix, first, until };

	TESTING_OK(span_list_add(list, &span));
}

static packed_list
pack(struct span_list list)
{
	packed_list result = { .list = list };

	TESTING_OK(span_list_pack(&list, &result.bytes, &result.size));
	return result;
}

static void
release(packed_list *packed)
{
	span_list_release(&packed->list);
	free(packed->bytes);
}

static packed_list
pack_fixed(void)
{
	struct span_list list = { 0 };

	for (size_t i = 0; i < TESTING_COUNT(fixed); i++) {
		svctag_prefix prefix = testing_prefix(fixed[i].prefix);

		add(&list, &prefix, fixed[i].first, fixed[i].until);
	}
	return pack(list);
}

static int
compare_prefixes(const void *a, const void *b)
{
	return svctag_prefix_compare(a, b);
}

/* Spans of one prefix between the first few positions. */
static void
add_random_spans(testing_random *random, struct span_list *list, const svctag_prefix *prefix, int64_t begin,
		 size_t positions)
{
	size_t at = testing_below(random, positions);

	while (at < positions) {
		size_t until = at + 1 + testing_below(random, positions);

		add(list, prefix, begin + 4096 * (int64_t)at,
		    until < positions ? begin + 4096 * (int64_t)until : SPAN_OPEN);
		at = until + 1 + testing_below(random, 2);
	}
}

/* Between one position and thirty, the first of them negative or not. */
static packed_list
random_list(testing_random *random)
{
	static const testing_space spaces[] = {
		{ "0.0.0.0/0", 0, 32 },
		{ "10.0.0.0/28", 28, 32 },
		{ "::/0", 0, 128 },
		{ "2603:1030::/124", 124, 128 },
	};
	size_t count = 1 + testing_below(random, 60);
	size_t positions = 1 + testing_below(random, 30);
	int64_t begin = ((int64_t)testing_below(random, 40) - 20) * 4096 + (int64_t)testing_below(random, 3);
	svctag_prefix *prefixes = testing_allocate(count, sizeof(*prefixes));
	struct span_list list = { 0 };

	for (size_t i = 0; i < count; i++)
		prefixes[i] = testing_random_prefix(random, &spaces[testing_below(random, TESTING_COUNT(spaces))]);
	qsort(prefixes, count, sizeof(*prefixes), compare_prefixes);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || svctag_prefix_compare(&prefixes[i - 1], &prefixes[i]) != 0)
			add_random_spans(random, &list, &prefixes[i], begin, positions);
	free(prefixes);
	return pack(list);
}

static void
assert_same_prefix(const svctag_prefix *got, const svctag_prefix *want)
{
	assert_int_equal(got->family, want->family);
	assert_int_equal(got->length, want->length);
	assert_memory_equal(got->bytes, want->bytes, sizeof(want->bytes));
}

static void
assert_unpacks(const packed_list *packed)
{
	struct span_list got = { 0 };

	TESTING_OK(span_list_unpack(packed->bytes, packed->size, &got));
	assert_int_equal(got.count, packed->list.count);
	for (size_t i = 0; i < got.count; i++) {
		assert_same_prefix(&got.items[i].prefix, &packed->list.items[i].prefix);
		assert_int_equal(got.items[i].first, packed->list.items[i].first);
		assert_int_equal(got.items[i].until, packed->list.items[i].until);
	}
	span_list_release(&got);
}

/* Room for just what is promised. */
static svctag_prefix *
room_for(const struct span_view *view)
{
	return testing_allocate(view->counts[0] + view->counts[1], sizeof(svctag_prefix));
}

/* The reader finds the prefixes whose spans hold there, and no others. */
static void
assert_at(const packed_list *packed, int64_t position)
{
	struct span_view view;
	svctag_prefix *got;
	size_t count = 0;
	size_t n;

	TESTING_OK(span_view_open(packed->bytes, packed->size, &view));
	got = room_for(&view);
	n = span_view_prefixes_at(&view, position, got);
	for (size_t i = 0; i < packed->list.count; i++) {
		const struct span *span = &packed->list.items[i];

		if (span->first > position || span->until <= position)
			continue;
		assert_true(count < n);
		assert_same_prefix(&got[count++], &span->prefix);
	}
	assert_int_equal(n, count);
	free(got);
}

/* At every end of a span, on both sides of it, and far away. */
static void
assert_reads(const packed_list *packed)
{
	static const int64_t far[] = { INT64_MIN, -1, 0, 1, INT64_MAX - 1 };

	for (size_t i = 0; i < TESTING_COUNT(far); i++)
		assert_at(packed, far[i]);
	for (size_t i = 0; i < packed->list.count; i++) {
		const struct span *span = &packed->list.items[i];

		for (int64_t d = -1; d <= 1; d++) {
			assert_at(packed, span->first + d);
			if (span->until != SPAN_OPEN)
				assert_at(packed, span->until + d);
		}
	}
}

static void
test_fixed(void **state)
{
	packed_list packed = pack_fixed();

	(void)state;
	/* The head, four positions, four rows of IPv4 and four of IPv6. */
	assert_int_equal(packed.size, 24 + POSITION_TABLE_SIZE(4) + 4 * 9 + 4 * 21);
	assert_unpacks(&packed);
	assert_reads(&packed);
	release(&packed);
}

static void
test_random(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < ROUNDS; i++) {
		packed_list packed = random_list(&random);

		assert_unpacks(&packed);
		assert_reads(&packed);
		release(&packed);
	}
}

static void
test_empty(void **state)
{
	packed_list packed = pack((struct span_list){ 0 });
	struct span_view view;

	(void)state;
	assert_null(packed.bytes);
	assert_int_equal(packed.size, 0);
	assert_unpacks(&packed);
	assert_at(&packed, 0);
	TESTING_OK(span_view_open(NULL, 0, &view));
	assert_int_equal(view.counts[0] + view.counts[1], 0);
}

/* The ends of what a number can be. */
static void
test_farthest_positions(void **state)
{
	static const int64_t begins[] = { INT64_MIN, -4096, INT64_MAX - 1 - (int64_t)UINT32_MAX };
	const int64_t far = (int64_t)UINT32_MAX;
	svctag_prefix prefix = testing_prefix("10.0.0.0/8");

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(begins); i++) {
		struct span_list list = { 0 };
		packed_list packed;

		add(&list, &prefix, begins[i], begins[i] + 1);
		add(&list, &prefix, begins[i] + 2, begins[i] + far - 1);
		add(&list, &prefix, begins[i] + far, SPAN_OPEN);
		packed = pack(list);
		assert_unpacks(&packed);
		for (int64_t d = 0; d < 4; d++) {
			assert_at(&packed, begins[i] + d);
			assert_at(&packed, begins[i] + far - d);
		}
		release(&packed);
	}
}

/* A release more than a million after another. */
static void
test_too_far_positions(void **state)
{
	svctag_prefix prefix = testing_prefix("10.0.0.0/8");
	struct span_list list = { 0 };
	void *bytes = NULL;
	size_t size = 0;

	(void)state;
	add(&list, &prefix, -1, (int64_t)UINT32_MAX);
	TESTING_CHECK(span_list_pack(&list, &bytes, &size), SVCTAG_E_LIMIT);
	assert_null(bytes);
	span_list_release(&list);
}

/* As many positions as a list can name, and one more. */
static void
test_most_positions(void **state)
{
	svctag_prefix prefix = testing_prefix("2603:1030::/128");
	struct span_list list = { 0 };
	void *bytes = &list;
	size_t size = 77;
	packed_list packed;

	(void)state;
	for (int64_t i = 0; i + 1 < POSITION_TABLE_MAX; i += 2)
		add(&list, &prefix, i, i + 1);
	add(&list, &prefix, POSITION_TABLE_MAX - 1, SPAN_OPEN);
	packed = pack(list);
	assert_int_equal(packed_count(packed.bytes, 0), POSITION_TABLE_MAX);
	assert_unpacks(&packed);
	for (int64_t i = -1; i <= 1; i++) {
		assert_at(&packed, i);
		assert_at(&packed, POSITION_TABLE_MAX / 2 + i);
		assert_at(&packed, POSITION_TABLE_MAX - 1 + i);
	}
	packed.list.items[packed.list.count - 1].until = POSITION_TABLE_MAX;
	TESTING_CHECK(span_list_pack(&packed.list, &bytes, &size), SVCTAG_E_LIMIT);
	assert_ptr_equal(bytes, &list);
	assert_int_equal(size, 77);
	release(&packed);
}

/* What is no list is not packed. */
static void
test_not_packed(void **state)
{
	static const struct {
		const char *prefixes[2];
		int64_t ends[4];
	} cases[] = {
		{ { "10.0.0.0/24", "10.0.1.0/24" }, { 1, 1, 1, 2 } },                 /* ends where it begins */
		{ { "10.0.0.0/24", "10.0.1.0/24" }, { 2, 1, 1, 2 } },                 /* ends before */
		{ { "10.0.0.0/24", "10.0.1.0/24" }, { 1, 2, SPAN_OPEN, SPAN_OPEN } }, /* never begins */
		{ { "10.0.0.0/24", "10.0.0.0/24" }, { 1, 2, 2, 3 } },                 /* touch */
		{ { "10.0.0.0/24", "10.0.0.0/24" }, { 1, 3, 2, 4 } },                 /* overlap */
		{ { "10.0.0.0/24", "10.0.0.0/24" }, { 1, SPAN_OPEN, 2, 4 } },
		{ { "10.0.0.0/24", "10.0.0.0/24" }, { 1, 2, 1, 2 } },
		{ { "10.0.0.0/24", "10.0.0.0/24" }, { 3, 4, 1, 2 } }, /* not in order */
		{ { "10.0.1.0/24", "10.0.0.0/24" }, { 1, 2, 3, 4 } },
		{ { "10.0.0.0/24", "10.0.0.0/23" }, { 1, 2, 3, 4 } },
		{ { "::/0", "10.0.0.0/24" }, { 1, 2, 3, 4 } },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		struct span_list list = { 0 };
		void *bytes = &list;
		size_t size = 77;

		for (size_t n = 0; n < 2; n++) {
			svctag_prefix prefix = testing_prefix(cases[i].prefixes[n]);

			add(&list, &prefix, cases[i].ends[2 * n], cases[i].ends[2 * n + 1]);
		}
		TESTING_CHECK(span_list_pack(&list, &bytes, &size), SVCTAG_E_INVALID);
		assert_ptr_equal(bytes, &list);
		assert_int_equal(size, 77);
		span_list_release(&list);
	}
}

/* It is not unpacked; and who reads it where it lies gets no more than there is room for. */
static void
assert_refused(const uint8_t *bytes, size_t size, bool at_once)
{
	struct span_list list = { 0 };
	struct span_view view = { .counts = { 77, 77 } };
	svctag_error err = span_view_open(bytes, size, &view);

	TESTING_CHECK(span_list_unpack(bytes, size, &list), SVCTAG_E_CORRUPT);
	assert_null(list.items);
	if (err == SVCTAG_OK) {
		svctag_prefix *room = room_for(&view);

		assert_false(at_once);
		for (int64_t position = -12288; position <= 16384; position += 1024)
			assert_in_range(span_view_prefixes_at(&view, position, room), 0,
					view.counts[0] + view.counts[1]);
		(void)span_view_prefixes_at(&view, INT64_MIN, room);
		(void)span_view_prefixes_at(&view, INT64_MAX, room);
		free(room);
	} else {
		TESTING_CHECK(err, SVCTAG_E_CORRUPT);
		assert_int_equal(view.counts[0], 77);
	}
}

/* Each byte, changed to any other. */
static void
test_changed_bytes(void **state)
{
	packed_list packed = pack_fixed();
	uint8_t *bytes = packed.bytes;

	(void)state;
	for (size_t i = 0; i < packed.size; i++)
		for (unsigned int change = 1; change < 256; change++) {
			bytes[i] ^= (uint8_t)change;
			assert_refused(bytes, packed.size, true);
			bytes[i] ^= (uint8_t)change;
		}
	assert_unpacks(&packed);
	release(&packed);
}

/* Cut short, as it is or with a checksum of what is left; and with more bytes than there should be. */
static void
test_cut_short(void **state)
{
	packed_list packed = pack_fixed();

	(void)state;
	for (size_t size = 1; size < packed.size + 30; size++) {
		uint8_t *bytes = testing_allocate(size, 1);

		if (size == packed.size) {
			free(bytes);
			continue;
		}
		memcpy(bytes, packed.bytes, size < packed.size ? size : packed.size);
		assert_refused(bytes, size, true);
		if (size >= 8) {
			packed_seal(bytes, size);
			assert_refused(bytes, size, true);
		}
		free(bytes);
	}
	release(&packed);
}

/** What is written over a list, before its checksum is made right. */
typedef struct span_hurt {
	enum {
		COUNT,          /* which of the head; the number */
		POSITION,       /* which; how far after the first */
		FIRST_POSITION, /* - ; the position */
		FIRST,          /* of which span; the place */
		UNTIL,
		BYTE, /* of which span's address, or its length; 1,000 times the byte's number, and the byte */
	} what;
	size_t which;
	int64_t value;
} span_hurt;

#define LENGTH4 (4 * 1000)
#define LENGTH6 (16 * 1000)

static void
do_hurt(uint8_t *bytes, const span_hurt *hurt)
{
	switch (hurt->what) {
	case COUNT: packed_set_count(bytes, hurt->which, (uint32_t)hurt->value); break;
	case POSITION: store_le32(packed_position(bytes, hurt->which), (uint32_t)hurt->value); break;
	case FIRST_POSITION: store_le64(packed_position(bytes, 0) - 8, (uint64_t)hurt->value); break;
	case FIRST: store_le16(packed_prefix_ends(bytes, hurt->which), (uint16_t)hurt->value); break;
	case UNTIL: store_le16(packed_prefix_ends(bytes, hurt->which) + 2, (uint16_t)hurt->value); break;
	case BYTE: packed_prefix(bytes, hurt->which)[hurt->value / 1000] = (uint8_t)(hurt->value % 1000); break;
	}
}

/* The positions are -4096, 0, 4096 and 8192. */
static const span_hurt hurts[] = {
	{ COUNT, 0, 0 },
	{ COUNT, 0, 3 },
	{ COUNT, 0, 5 },
	{ COUNT, 0, 65536 },
	{ COUNT, 0, UINT32_MAX },
	{ COUNT, 1, 3 },
	{ COUNT, 1, 5 },
	{ COUNT, 1, UINT32_MAX },
	{ COUNT, 2, 3 },
	{ COUNT, 2, 5 },
	{ COUNT, 2, UINT32_MAX },
	{ COUNT, 3, 1 },
	{ COUNT, 3, UINT32_MAX },
	{ POSITION, 0, 4096 },
	{ POSITION, 0, 4097 },
	{ POSITION, 1, 0 },
	{ POSITION, 1, 8192 },
	{ POSITION, 3, 0 },
	{ POSITION, 2, UINT32_MAX },
	{ POSITION, 3, 4095 },
	{ FIRST_POSITION, 0, INT64_MAX },
	{ FIRST_POSITION, 0, INT64_MAX - 12288 },
	{ FIRST, 0, 4 },
	{ FIRST, 0, 65534 },
	{ FIRST, 0, 65535 },
	{ FIRST, 4, 65535 },
	{ FIRST, 7, 4 },
	{ FIRST, 0, 1 }, /* where it ends */
	{ FIRST, 0, 2 },
	{ FIRST, 2, 1 },
	{ FIRST, 2, 0 },
	{ FIRST, 6, 2 },
	{ UNTIL, 0, 4 },
	{ UNTIL, 0, 65534 },
	{ UNTIL, 7, 4 },
	{ UNTIL, 0, 0 },
	{ UNTIL, 3, 0 },
	{ UNTIL, 1, 2 },
	{ UNTIL, 1, 3 },
	{ UNTIL, 1, 65535 },
	{ UNTIL, 5, 65535 },
	{ BYTE, 0, LENGTH4 + 33 },
	{ BYTE, 0, LENGTH4 + 128 },
	{ BYTE, 3, LENGTH4 + 255 },
	{ BYTE, 3, LENGTH4 + 31 },
	{ BYTE, 1, LENGTH4 + 6 },
	{ BYTE, 1, 3 * 1000 + 1 },
	{ BYTE, 1, 3 * 1000 + 128 },
	{ BYTE, 0, 1 },
	{ BYTE, 0, 128 },
	{ BYTE, 0, 200 }, /* host bits; the last three also out of order */
	{ BYTE, 1, 11 },  /* out of order: 11.0.0.0/24 */
	{ BYTE, 4, LENGTH6 + 129 },
	{ BYTE, 7, LENGTH6 + 255 },
	{ BYTE, 7, LENGTH6 + 127 },
	{ BYTE, 4, 128 },
	{ BYTE, 5, 15 * 1000 + 1 },
	{ BYTE, 5, 5 * 1000 + 4 },
	{ BYTE, 5, 39 },
};

static void
test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(hurts); i++) {
		packed_list packed = pack_fixed();

		do_hurt(packed.bytes, &hurts[i]);
		packed_seal(packed.bytes, packed.size);
		assert_refused(packed.bytes, packed.size,
			       hurts[i].what == COUNT || hurts[i].what == POSITION || hurts[i].what == FIRST_POSITION);
		release(&packed);
	}
}

/* More positions than there are places for, all in order. */
static void
test_too_many_positions(void **state)
{
	const size_t count = POSITION_TABLE_MAX + 1;
	const size_t size = 24 + POSITION_TABLE_SIZE(count);
	uint8_t *bytes = testing_allocate(size, 1);

	(void)state;
	packed_set_count(bytes, 0, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		store_le32(packed_position(bytes, i), (uint32_t)i);
	packed_seal(bytes, size);
	assert_refused(bytes, size, true);
	free(bytes);
}

/* Any bytes at all behind a right checksum. */
static void
test_random_bytes(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < 4000; i++) {
		packed_list packed = pack_fixed();
		uint8_t *bytes = packed.bytes;
		struct span_list list = { 0 };
		struct span_view view;

		for (size_t n = 1 + testing_below(&random, 4); n > 0; n--)
			bytes[8 + testing_below(&random, packed.size - 8)] = (uint8_t)testing_next(&random);
		packed_seal(bytes, packed.size);
		if (span_list_unpack(bytes, packed.size, &list) == SVCTAG_OK) {
			svctag_prefix *room;

			TESTING_OK(span_view_open(bytes, packed.size, &view));
			room = room_for(&view);
			assert_in_range(span_view_prefixes_at(&view, 0, room), 0, list.count);
			free(room);
			span_list_release(&list);
		} else {
			assert_refused(bytes, packed.size, false);
		}
		release(&packed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_farthest_positions),
		cmocka_unit_test(test_too_far_positions),
		cmocka_unit_test(test_most_positions),
		cmocka_unit_test(test_not_packed),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_too_many_positions),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests_name("span list", tests, NULL, NULL);
}
