/*
 * Prefixes and ranges: tables with the reason beside the odd cases, and
 * arithmetic compared with a bit by bit reading.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

/* A text of explicit length, so that a NUL can lie inside it. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
	const char *text;
	size_t size;
	svctag_error want;
	const char *canonical; /* also of the loose form where host bits are the only fault */
} prefix_cases[] = {
	{ TEXT("0.0.0.0/0"), SVCTAG_OK, "0.0.0.0/0" },
	{ TEXT("10.0.0.0/8"), SVCTAG_OK, "10.0.0.0/8" },
	{ TEXT("192.0.2.0/24"), SVCTAG_OK, "192.0.2.0/24" },
	{ TEXT("192.0.2.1/32"), SVCTAG_OK, "192.0.2.1/32" },
	{ TEXT("192.0.2.1"), SVCTAG_OK, "192.0.2.1/32" },
	{ TEXT("128.0.0.0/1"), SVCTAG_OK, "128.0.0.0/1" },
	{ TEXT("::/0"), SVCTAG_OK, "::/0" },
	{ TEXT("2603:1030:0:0:0:0:0:0/28"), SVCTAG_OK, "2603:1030::/28" },
	{ TEXT("2001:DB8::/32"), SVCTAG_OK, "2001:db8::/32" },
	{ TEXT("::1"), SVCTAG_OK, "::1/128" },
	{ TEXT("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"), SVCTAG_OK,
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127" },
	{ TEXT("::ffff:1.2.3.0/120"), SVCTAG_OK, "::ffff:1.2.3.0/120" }, /* a prefix stays what it was written as */
	{ TEXT("192.0.2.0/33"), SVCTAG_E_RANGE, NULL },
	{ TEXT("192.0.2.1/33"), SVCTAG_E_RANGE, NULL },
	{ TEXT("192.0.2.0/999"), SVCTAG_E_RANGE, NULL },
	{ TEXT("192.0.2.0/256"), SVCTAG_E_RANGE, NULL },                  /* 0 in eight bits */
	{ TEXT("192.0.2.0/4294967320"), SVCTAG_E_RANGE, NULL },           /* 24 in 32 bits */
	{ TEXT("192.0.2.0/18446744073709551640"), SVCTAG_E_RANGE, NULL }, /* 24 in 64 bits */
	{ TEXT("192.0.2.0/340282366920938463463374607431768211480"), SVCTAG_E_RANGE, NULL },
	{ TEXT("::/129"), SVCTAG_E_RANGE, NULL },
	{ TEXT("::/1000000000000000000000000000"), SVCTAG_E_RANGE, NULL },
	{ TEXT("192.0.2.1/24"), SVCTAG_E_HOST_BITS, "192.0.2.0/24" },
	{ TEXT("10.0.0.1/8"), SVCTAG_E_HOST_BITS, "10.0.0.0/8" },
	{ TEXT("0.0.0.1/0"), SVCTAG_E_HOST_BITS, "0.0.0.0/0" },
	{ TEXT("255.255.255.255/31"), SVCTAG_E_HOST_BITS, "255.255.255.254/31" },
	{ TEXT("2001:db8::1/32"), SVCTAG_E_HOST_BITS, "2001:db8::/32" },
	{ TEXT("2001:db9::/31"), SVCTAG_E_HOST_BITS, "2001:db8::/31" },
	{ TEXT("::1/127"), SVCTAG_E_HOST_BITS, "::/127" },
	{ TEXT(""), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("/"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("/24"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0//24"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/24/24"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/24x"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/x"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/024"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/00"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("0.0.0.0/00"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/+4"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/-1"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/0x18"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/24.0"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/255.255.255.0"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0 /24"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/ 24"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/24 "), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/24\r"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/24\0"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0\0/24"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/2\0"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("192.0.2.0/99999999999999999999x"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("010.0.0.0/8"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("10/8"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("10.0/16"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("256.0.0.0/8"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("2001:db8::/032"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("2001:db8::%1/32"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("[2001:db8::]/32"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("Storage"), SVCTAG_E_SYNTAX, NULL },
};

static void
test_prefix_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(prefix_cases); i++) {
		const char *input = prefix_cases[i].text;
		svctag_error want_loose = prefix_cases[i].want == SVCTAG_E_HOST_BITS ? SVCTAG_OK : prefix_cases[i].want;
		svctag_prefix got = { .family = 99 }, loose = { .family = 99 };
		char text[SVCTAG_PREFIX_TEXT_SIZE];
		svctag_error err = svctag_prefix_parse(input, prefix_cases[i].size, &got);
		svctag_error err_loose = svctag_prefix_parse_loose(input, prefix_cases[i].size, &loose);

		if (err != prefix_cases[i].want || err_loose != want_loose)
			fail_msg("\"%s\": %s, loose %s", input, svctag_error_text(err), svctag_error_text(err_loose));
		if (err != SVCTAG_OK)
			assert_int_equal(got.family, 99);
		if (err_loose != SVCTAG_OK) {
			assert_int_equal(loose.family, 99);
			continue;
		}
		if (err == SVCTAG_OK)
			assert_memory_equal(&got, &loose, sizeof(got));
		assert_int_equal(svctag_prefix_format(&loose, text), strlen(prefix_cases[i].canonical));
		assert_string_equal(text, prefix_cases[i].canonical);
	}
}

/* Cuts of a good text, in memory that ends there: nothing is read past the size. */
static void
test_prefix_is_not_scanned_past_its_size(void **state)
{
	static const char text[] = "203.0.113.128/255";
	char *copy = testing_allocate(sizeof(text), 1);
	svctag_prefix prefix = { 0 };

	(void)state;
	memcpy(copy, text, sizeof(text));
	TESTING_CHECK(svctag_prefix_parse(copy, 15, &prefix), SVCTAG_E_HOST_BITS); /* /2 */
	TESTING_OK(svctag_prefix_parse(copy, 16, &prefix));
	assert_int_equal(prefix.length, 25);
	TESTING_CHECK(svctag_prefix_parse(copy, 17, &prefix), SVCTAG_E_RANGE);
	TESTING_OK(svctag_prefix_parse(copy, 13, &prefix));
	assert_int_equal(prefix.length, 32);
	TESTING_OK(svctag_prefix_parse(copy, 11, &prefix));
	assert_int_equal(prefix.bytes[3], 1);
	assert_int_equal(prefix.length, 32);
	free(copy);
}

static const struct {
	const char *text;
	size_t size;
	svctag_error want;
} range_cases[] = {
	{ TEXT("1.2.3.4-1.2.3.4"), SVCTAG_OK },
	{ TEXT("0.0.0.0-255.255.255.255"), SVCTAG_OK },
	{ TEXT("9.255.255.255-10.0.0.0"), SVCTAG_OK },
	{ TEXT("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), SVCTAG_OK },
	{ TEXT("::1-::2"), SVCTAG_OK },
	{ TEXT("1.2.3.5-1.2.3.4"), SVCTAG_E_RANGE },
	{ TEXT("10.0.0.0-9.255.255.255"), SVCTAG_E_RANGE }, /* in order as numbers, not as text */
	{ TEXT("::2-::1"), SVCTAG_E_RANGE },
	{ TEXT("1.2.3.4-::1"), SVCTAG_E_FAMILY },
	{ TEXT("::1-1.2.3.4"), SVCTAG_E_FAMILY },
	{ TEXT("::ffff:1.2.3.4-1.2.3.5"), SVCTAG_E_FAMILY },
	{ TEXT(""), SVCTAG_E_SYNTAX },
	{ TEXT("-"), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.4"), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.4-"), SVCTAG_E_SYNTAX },
	{ TEXT("-1.2.3.4"), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.4--1.2.3.5"), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.4-1.2.3.5-1.2.3.6"), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.4 - 1.2.3.5"), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.4-1.2.3.5 "), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.4-1.2.3.5\0"), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.4-5"), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.0/24-1.2.4.0/24"), SVCTAG_E_SYNTAX },
	{ TEXT("1.2.3.4\xe2\x80\x93"
	       "1.2.3.5"),
	  SVCTAG_E_SYNTAX }, /* an en dash */
};

static void
test_range_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(range_cases); i++) {
		svctag_range got = { .first.family = 99 };
		char text[SVCTAG_RANGE_TEXT_SIZE];
		svctag_error err = svctag_range_parse(range_cases[i].text, range_cases[i].size, &got);

		if (err != range_cases[i].want)
			fail_msg("\"%s\": %s", range_cases[i].text, svctag_error_text(err));
		if (err != SVCTAG_OK) {
			assert_int_equal(got.first.family, 99);
			continue;
		}
		assert_int_equal(svctag_range_format(&got, text), range_cases[i].size);
		assert_string_equal(text, range_cases[i].text);
	}
}

/* Bit by bit: what prefixes mean, without shifts and masks over bytes. */
static unsigned int
bit(const uint8_t *bytes, unsigned int i)
{
	return (unsigned int)bytes[i / 8] >> (7 - i % 8) & 1U;
}

static void
test_prefix_arithmetic(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int n = 0; n < 100000; n++) {
		uint8_t family = n % 2 == 0 ? SVCTAG_IPV4 : SVCTAG_IPV6;
		unsigned int bits = SVCTAG_FAMILY_BITS(family);
		svctag_address address = testing_random_address(&random, family);
		svctag_prefix prefix = svctag_prefix_make(&address, testing_between(&random, 0, bits));
		svctag_range range = svctag_prefix_range(&prefix);
		svctag_prefix near = prefix;
		unsigned int flipped = testing_between(&random, 0, bits - 1);

		for (unsigned int i = 0; i < bits; i++) {
			unsigned int in = bit(address.bytes, i);

			assert_int_equal(bit(prefix.bytes, i), i < prefix.length ? in : 0);
			assert_int_equal(bit(range.first.bytes, i), i < prefix.length ? in : 0);
			assert_int_equal(bit(range.last.bytes, i), i < prefix.length ? in : 1);
		}
		for (unsigned int i = bits / 8; i < 16; i++)
			assert_int_equal(prefix.bytes[i] | range.first.bytes[i] | range.last.bytes[i], 0);
		assert_true(svctag_prefix_holds(&prefix, &address));
		address.bytes[flipped / 8] ^= (uint8_t)(0x80U >> flipped % 8);
		assert_int_equal(svctag_prefix_holds(&prefix, &address), flipped >= prefix.length);
		near = svctag_prefix_make(&address, testing_between(&random, 0, bits));
		assert_int_equal(svctag_prefix_covers(&prefix, &near),
				 prefix.length <= near.length && flipped >= prefix.length);
	}
}

static void
test_families_do_not_mix(void **state)
{
	svctag_prefix all4 = testing_prefix("0.0.0.0/0"), all6 = testing_prefix("::/0");
	svctag_address zero4 = testing_address("0.0.0.0"), zero6 = testing_address("::");

	(void)state;
	assert_false(svctag_prefix_holds(&all4, &zero6));
	assert_false(svctag_prefix_holds(&all6, &zero4));
	assert_false(svctag_prefix_covers(&all4, &all6));
	assert_false(svctag_prefix_covers(&all6, &all4));
	assert_true(svctag_address_compare(&zero4, &zero6) < 0);
	assert_true(svctag_prefix_compare(&all6, &all4) > 0);
}

/* Each line sorts before the next. */
static void
test_order(void **state)
{
	static const char *const sorted[] = {
		"0.0.0.0/0",   "0.0.0.0/1",
		"0.0.0.0/32",  "0.0.0.1/32",
		"1.0.0.0/8",   "127.255.255.255/32",
		"128.0.0.0/1", "255.255.255.255/32",
		"::/0",        "::/128",
		"::1/128",     "0:0:0:1::/64",
		"8000::/1",    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(sorted); i++)
		for (size_t j = 0; j < TESTING_COUNT(sorted); j++) {
			svctag_prefix a = testing_prefix(sorted[i]), b = testing_prefix(sorted[j]);
			int order = svctag_prefix_compare(&a, &b);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix_table),        cmocka_unit_test(test_prefix_is_not_scanned_past_its_size),
		cmocka_unit_test(test_range_table),         cmocka_unit_test(test_prefix_arithmetic),
		cmocka_unit_test(test_families_do_not_mix), cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests_name("prefix", tests, NULL, NULL);
}
