/*
 * Packed lists of property spans: what is unpacked and what is read where it
 * lies, against the spans that were packed; and bytes that are no list.
 */
#include "stored_tags.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "property_list.h"

#define ROUNDS 80

/* All that can be there or not, and the ends of what a number can be. */
static const svctag_properties values[] = {
	{ NULL, 1, "", 0, false, NULL, "", NULL },
	{ NULL, 2, "eastus", 32, true, "Azure", "AzureStorage", "API,NSG,UDR,FW" },
	{ NULL, 3, "eastus", 32, true, "Azure", "AzureStorage", NULL },
	{ NULL, 4, "eastus", 32, true, NULL, "AzureStorage", "API,NSG,UDR,FW" },
	{ NULL, INT64_MIN, "eastus", INT_MIN, true, "", "", "" },
	{ NULL, INT64_MAX, "", INT_MAX, true, "Azure", "", "" },
	{ NULL, -1, "westus", -1, true, "Azure", "AzureSQL", "NSG,API" },
	{ NULL, 0, "", 0, true, "Azure", "", "API" },
};

/* A list and its bytes. */
typedef struct packed_list {
	struct property_list list;
	void *bytes;
	size_t size;
} packed_list;

static void
add(struct property_list *list, int64_t first, int64_t until, svctag_properties properties)
{
	const struct property_span span = { first, until, properties };

	TESTING_OK(property_list_add(list, &span));
}

static packed_list
pack(struct property_list list)
{
	packed_list result = { .list = list };

	TESTING_OK(property_list_pack(&list, &result.bytes, &result.size));
	return result;
}

static void
release(packed_list *packed)
{
	property_list_release(&packed->list);
	free(packed->bytes);
}

/*
 * Fixed, so that damage to it can be told by its places: four positions; four
 * spans, two of which touch; three values, the first of which comes twice.
 */
static packed_list
pack_fixed(void)
{
	struct property_list list = { 0 };
	svctag_properties again = values[1];

	again.change_number = 9;
	add(&list, -4096, 0, values[1]);
	add(&list, 0, 4096, again);
	add(&list, 4096, 8192, values[2]);
	add(&list, 12288, SPAN_OPEN, values[0]);
	return pack(list);
}

static bool
same_span(const struct property_span *a, const struct property_span *b)
{
	return a->first == b->first && a->until == b->until && properties_same(&a->properties, &b->properties);
}

static packed_list
random_list(testing_random *random)
{
	size_t count = 1 + testing_below(random, 40);
	int64_t at = ((int64_t)testing_below(random, 60) - 30) * 4096;
	struct property_list list = { 0 };

	while (list.count < count) {
		svctag_properties properties = values[testing_below(random, TESTING_COUNT(values))];
		int64_t until = at + 4096 * (int64_t)(1 + testing_below(random, 3));

		if (testing_below(random, 2) == 0)
			properties.change_number = (int64_t)testing_below(random, 4);
		/* What touches differs. */
		if (list.count > 0 && properties_same(&list.items[list.count - 1].properties, &properties))
			at += 4096, until += 4096;
		if (list.count + 1 == count && testing_below(random, 2) == 0)
			until = SPAN_OPEN;
		add(&list, at, until, properties);
		at = until + (testing_below(random, 2) == 0 && until != SPAN_OPEN ? 4096 : 0);
	}
	return pack(list);
}

static void
assert_unpacks(const packed_list *packed)
{
	struct property_list got = { 0 };

	TESTING_OK(property_list_unpack(packed->bytes, packed->size, &got));
	assert_int_equal(got.count, packed->list.count);
	for (size_t i = 0; i < got.count; i++) {
		assert_null(got.items[i].properties.name);
		assert_true(same_span(&got.items[i], &packed->list.items[i]));
	}
	property_list_release(&got);
}

/* The reader finds what the span says that holds there, if one does. */
static void
assert_at(const packed_list *packed, int64_t position)
{
	static const char name[] = "a name";
	svctag_properties got = { .name = name };
	const struct property_span *want = NULL;
	bool there = packed->list.count % 2 == 0;

	for (size_t i = 0; i < packed->list.count; i++)
		if (packed->list.items[i].first <= position && packed->list.items[i].until > position)
			want = &packed->list.items[i];
	TESTING_OK(property_list_at(packed->bytes, packed->size, position, &there, &got));
	assert_int_equal(there, want != NULL);
	assert_ptr_equal(got.name, name);
	if (want != NULL)
		assert_true(properties_same(&got, &want->properties));
}

static void
assert_reads(const packed_list *packed)
{
	static const int64_t far[] = { INT64_MIN, -1, 0, 1, INT64_MAX - 1 };

	for (size_t i = 0; i < TESTING_COUNT(far); i++)
		assert_at(packed, far[i]);
	for (size_t i = 0; i < packed->list.count; i++) {
		const struct property_span *span = &packed->list.items[i];

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
	assert_int_equal(packed_count(packed.bytes, 0), 5);
	assert_int_equal(packed_count(packed.bytes, 1), 4);
	assert_int_equal(packed_count(packed.bytes, 2), 3);
	assert_int_equal(packed.size, 24 + POSITION_TABLE_SIZE(5) + 4 * 14 + packed_count(packed.bytes, 3));
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
	packed_list packed = pack((struct property_list){ 0 });

	(void)state;
	assert_null(packed.bytes);
	assert_int_equal(packed.size, 0);
	assert_unpacks(&packed);
	assert_at(&packed, 0);
	assert_at(&packed, INT64_MIN);
}

/* As many positions as a list can name, and one more. */
static void
test_most_positions(void **state)
{
	struct property_list list = { 0 };
	void *bytes = &list;
	size_t size = 77;
	packed_list packed;

	(void)state;
	for (int64_t i = 0; i < POSITION_TABLE_MAX; i++)
		add(&list, i - 1000, i + 1 < POSITION_TABLE_MAX ? i - 999 : SPAN_OPEN,
		    values[i / 7 % (int64_t)TESTING_COUNT(values)]);
	for (size_t i = 0; i < list.count; i++)
		list.items[i].properties.change_number = (int64_t)i;
	packed = pack(list);
	assert_int_equal(packed_count(packed.bytes, 0), POSITION_TABLE_MAX);
	assert_int_equal(packed_count(packed.bytes, 2), TESTING_COUNT(values));
	assert_unpacks(&packed);
	for (int64_t i = -2; i <= 2; i++) {
		assert_at(&packed, i - 1000);
		assert_at(&packed, POSITION_TABLE_MAX / 2 + i);
		assert_at(&packed, POSITION_TABLE_MAX - 1000 + i);
	}
	packed.list.items[packed.list.count - 1].until = POSITION_TABLE_MAX;
	TESTING_CHECK(property_list_pack(&packed.list, &bytes, &size), SVCTAG_E_LIMIT);
	assert_ptr_equal(bytes, &list);
	assert_int_equal(size, 77);
	release(&packed);
}

/* Each span has a value of its own, some of them long. */
static void
test_many_values(void **state)
{
	enum { COUNT = 600, LONGEST = 3000 };
	char *texts = testing_allocate(COUNT, LONGEST);
	struct property_list list = { 0 };
	packed_list packed;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		svctag_properties properties = values[i % TESTING_COUNT(values)];
		char *text = texts + i * LONGEST;

		memset(text, 'x', i * 5);
		properties.region = text;
		properties.network_features = i % 2 == 0 ? text : NULL;
		add(&list, (int64_t)i, (int64_t)i + 1, properties);
	}
	packed = pack(list);
	assert_int_equal(packed_count(packed.bytes, 2), COUNT);
	assert_unpacks(&packed);
	assert_reads(&packed);
	release(&packed);
	free(texts);
}

static void
test_sort(void **state)
{
	packed_list packed = pack_fixed();
	struct property_list list = { 0 };
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	list.count = list.capacity = packed.list.count;
	list.items = testing_allocate(list.count, sizeof(*list.items));
	memcpy(list.items, packed.list.items, list.count * sizeof(*list.items));
	for (size_t round = 0; round < 50; round++) {
		size_t a = testing_below(&random, list.count), b = testing_below(&random, list.count);
		struct property_span span = list.items[a];

		list.items[a] = list.items[b];
		list.items[b] = span;
		property_list_sort(&list);
		for (size_t i = 0; i < list.count; i++)
			assert_true(same_span(&list.items[i], &packed.list.items[i]));
	}
	property_list_release(&list);
	release(&packed);
}

/* Two spans that are no list are not packed. */
static void
test_not_packed(void **state)
{
	static const struct {
		int64_t ends[4];
		bool same;
		svctag_error want;
	} cases[] = {
		{ { 1, 2, 3, 4 }, true, SVCTAG_OK },
		{ { 1, 2, 2, 4 }, false, SVCTAG_OK },
		{ { 1, 2, 2, 4 }, true, SVCTAG_E_INVALID }, /* they are one */
		{ { 1, 3, 2, 4 }, false, SVCTAG_E_INVALID },
		{ { 1, SPAN_OPEN, 2, 4 }, false, SVCTAG_E_INVALID },
		{ { 1, 2, 1, 2 }, false, SVCTAG_E_INVALID },
		{ { 3, 4, 1, 2 }, false, SVCTAG_E_INVALID }, /* not in order */
		{ { 1, 1, 2, 3 }, false, SVCTAG_E_INVALID }, /* ends where it begins */
		{ { 1, 2, 4, 3 }, false, SVCTAG_E_INVALID },
		{ { 1, 2, SPAN_OPEN, SPAN_OPEN }, false, SVCTAG_E_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		struct property_list list = { 0 };
		void *bytes = NULL;
		size_t size = 77;

		add(&list, cases[i].ends[0], cases[i].ends[1], values[1]);
		add(&list, cases[i].ends[2], cases[i].ends[3], values[cases[i].same ? 1 : 2]);
		TESTING_CHECK(property_list_pack(&list, &bytes, &size), cases[i].want);
		assert_int_equal(bytes == NULL && size == 77, cases[i].want != SVCTAG_OK);
		free(bytes);
		property_list_release(&list);
	}
}

/* Any use of texts that a sanitizer can see. */
static size_t
use_texts(const svctag_properties *p)
{
	return strlen(p->region) + strlen(p->system_service) + (p->platform != NULL ? strlen(p->platform) : 0) +
	       (p->network_features != NULL ? strlen(p->network_features) : 0);
}

/* It is not unpacked; and who reads it where it lies reads no further than it goes. */
static void
assert_refused(const uint8_t *bytes, size_t size, bool at_once)
{
	struct property_list list = { 0 };

	TESTING_CHECK(property_list_unpack(bytes, size, &list), SVCTAG_E_CORRUPT);
	assert_null(list.items);
	for (int64_t position = -12288; position <= 16384; position += 2048) {
		svctag_properties got = { 0 };
		bool there = false;
		svctag_error err = property_list_at(bytes, size, position, &there, &got);

		if (at_once || err != SVCTAG_OK)
			TESTING_CHECK(err, SVCTAG_E_CORRUPT);
		else if (there)
			assert_in_range(use_texts(&got), 0, size);
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
typedef struct property_hurt {
	enum {
		COUNT,    /* which of the head; the number */
		POSITION, /* which; how far after the first */
		FIRST,    /* of which span; the place */
		UNTIL,
		VALUE,
		CHANGE_NUMBER,
		BYTE,      /* which, from the first value on; the byte */
		REGION_ID, /* of the first value, after this byte */
	} what;
	size_t which;
	int64_t value;
} property_hurt;

static void
do_hurt(uint8_t *bytes, const property_hurt *hurt)
{
	uint8_t *span = packed_properties(bytes, hurt->what == COUNT || hurt->which > 4 ? 0 : hurt->which);

	switch (hurt->what) {
	case COUNT: packed_set_count(bytes, hurt->which, (uint32_t)hurt->value); break;
	case POSITION: store_le32(packed_position(bytes, hurt->which), (uint32_t)hurt->value); break;
	case FIRST: store_le16(span, (uint16_t)hurt->value); break;
	case UNTIL: store_le16(span + 2, (uint16_t)hurt->value); break;
	case VALUE: store_le16(span + 4, (uint16_t)hurt->value); break;
	case CHANGE_NUMBER: store_le64(span + 6, (uint64_t)hurt->value); break;
	case BYTE: packed_values(bytes)[hurt->which] = (uint8_t)hurt->value; break;
	case REGION_ID: store_le64(packed_values(bytes) + hurt->which, (uint64_t)hurt->value); break;
	}
}

/* The size of values[1] and values[2], with flags, region id, and a NUL after each text. */
#define SIZE_1 (9 + 7 + 6 + 13 + 15)
#define SIZE_2 (9 + 7 + 6 + 13)

/* The positions are -4096, 0, 4096, 8192 and 12288; the values are numbered 0, 0, 1, 2. */
static const property_hurt hurts[] = {
	{ COUNT, 0, 0 },
	{ COUNT, 0, 4 },
	{ COUNT, 0, 6 },
	{ COUNT, 0, 65536 },
	{ COUNT, 0, UINT32_MAX },
	{ COUNT, 1, 3 },
	{ COUNT, 1, 5 },
	{ COUNT, 1, UINT32_MAX },
	{ COUNT, 2, 0 },
	{ COUNT, 2, 2 },
	{ COUNT, 2, 4 },
	{ COUNT, 2, 65536 },
	{ COUNT, 2, UINT32_MAX },
	{ COUNT, 3, 0 },
	{ COUNT, 3, SIZE_1 },
	{ COUNT, 3, 1000 },
	{ COUNT, 3, UINT32_MAX },
	{ POSITION, 0, 4096 },
	{ POSITION, 1, 0 },
	{ POSITION, 3, 8192 },
	{ POSITION, 4, 0 },
	{ FIRST, 0, 5 },
	{ FIRST, 0, 65534 },
	{ FIRST, 0, 65535 },
	{ FIRST, 3, 65535 },
	{ FIRST, 0, 1 },
	{ FIRST, 0, 3 },
	{ FIRST, 1, 0 },
	{ FIRST, 2, 0 },
	{ FIRST, 3, 1 },
	{ UNTIL, 0, 5 },
	{ UNTIL, 3, 65534 },
	{ UNTIL, 0, 65535 },
	{ UNTIL, 0, 0 },
	{ UNTIL, 1, 3 },
	{ UNTIL, 3, 0 },
	{ UNTIL, 2, 65535 },
	{ VALUE, 0, 3 },
	{ VALUE, 3, 3 },
	{ VALUE, 3, 65535 },
	{ CHANGE_NUMBER, 1, 2 }, /* it is the span before, going on */
	{ BYTE, 0, 8 },
	{ BYTE, 0, 15 },
	{ BYTE, 0, 128 },
	{ BYTE, 0, 255 },    /* flags that mean nothing */
	{ BYTE, 0, 6 },      /* no region id, but one is there */
	{ BYTE, 0, 1 },      /* texts that are not told of */
	{ BYTE, SIZE_1, 7 }, /* the next value is in the middle of a text */
	{ BYTE, SIZE_1 + SIZE_2, 7 },
	{ BYTE, SIZE_1 + SIZE_2 + 10, 'x' }, /* the last NUL is missing */
	{ BYTE, SIZE_1 - 1, 'x' },
	{ BYTE, SIZE_1 + SIZE_2 - 1, 'x' },
	{ REGION_ID, 1, (int64_t)INT_MAX + 1 },
	{ REGION_ID, 1, (int64_t)INT_MIN - 1 },
	{ REGION_ID, 1, INT64_MIN },
	{ REGION_ID, 1, (int64_t)1 << 32 | 32 },
	{ REGION_ID, SIZE_1 + SIZE_2 + 1, 1 },
};

static void
test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(hurts); i++) {
		packed_list packed = pack_fixed();

		assert_int_equal(packed_count(packed.bytes, 3), SIZE_1 + SIZE_2 + 11);
		do_hurt(packed.bytes, &hurts[i]);
		packed_seal(packed.bytes, packed.size);
		assert_refused(packed.bytes, packed.size,
			       hurts[i].what == POSITION || (hurts[i].what == COUNT && hurts[i].which != 2));
		release(&packed);
	}
}

/* Bytes after the last value, which the head counts. */
static void
test_more_than_values(void **state)
{
	packed_list packed = pack_fixed();

	(void)state;
	for (size_t more = 1; more < 30; more++) {
		uint8_t *bytes = testing_allocate(packed.size + more, 1);

		memcpy(bytes, packed.bytes, packed.size);
		packed_set_count(bytes, 3, packed_count(bytes, 3) + (uint32_t)more);
		packed_seal(bytes, packed.size + more);
		assert_refused(bytes, packed.size + more, false);
		free(bytes);
	}
	release(&packed);
}

/* What is wrong with a value is told to those who come across it, and to no others. */
static void
test_damaged_value(void **state)
{
	packed_list packed = pack_fixed();
	svctag_properties got = { 0 };
	bool there = false;

	(void)state;
	packed_values(packed.bytes)[SIZE_1] = 255;
	packed_seal(packed.bytes, packed.size);
	TESTING_OK(property_list_at(packed.bytes, packed.size, 0, &there, &got));
	assert_true(there);
	assert_string_equal(got.network_features, "API,NSG,UDR,FW");
	TESTING_CHECK(property_list_at(packed.bytes, packed.size, 4096, &there, &got), SVCTAG_E_CORRUPT);
	TESTING_CHECK(property_list_at(packed.bytes, packed.size, 12288, &there, &got), SVCTAG_E_CORRUPT);
	TESTING_OK(property_list_at(packed.bytes, packed.size, 8192, &there, &got));
	assert_false(there);
	release(&packed);
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
		struct property_list list = { 0 };

		for (size_t n = 1 + testing_below(&random, 4); n > 0; n--)
			bytes[8 + testing_below(&random, packed.size - 8)] = (uint8_t)testing_next(&random);
		packed_seal(bytes, packed.size);
		if (property_list_unpack(bytes, packed.size, &list) == SVCTAG_OK) {
			packed_list same = { list, bytes, packed.size };

			assert_reads(&same);
			property_list_release(&list);
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
		cmocka_unit_test(test_most_positions),
		cmocka_unit_test(test_many_values),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_not_packed),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_more_than_values),
		cmocka_unit_test(test_damaged_value),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests_name("property list", tests, NULL, NULL);
}
