/*
 * Numbers of addresses: past 2^128, as decimal text and as fractions.
 */
#include "testing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TWO_TO_128 "340282366920938463463374607431768211456"
#define TWO_TO_192_LESS_1 "6277101735386680763835789423207666416102355444464034512895"
#define TWO_TO_192 "6277101735386680763835789423207666416102355444464034512896"

static svctag_count
parse(const char *text)
{
	svctag_count count = { 0 };

	TESTING_OK(svctag_count_parse(text, strlen(text), &count));
	return count;
}

static void
assert_count(svctag_count count, const char *want)
{
	char text[SVCTAG_COUNT_TEXT_SIZE];

	assert_int_equal(svctag_count_format(count, text), strlen(want));
	assert_string_equal(text, want);
}

static const struct {
	const char *prefix;
	const char *count;
} blocks[] = {
	{ "0.0.0.0/0", "4294967296" },
	{ "0.0.0.0/1", "2147483648" },
	{ "10.0.0.0/8", "16777216" },
	{ "10.0.0.0/31", "2" },
	{ "10.0.0.0/32", "1" },
	{ "::/0", TWO_TO_128 },
	{ "8000::/1", "170141183460469231731687303715884105728" },
	{ "2001:db8::/32", "79228162514264337593543950336" },
	{ "2001:db8::/63", "36893488147419103232" },
	{ "2001:db8::/64", "18446744073709551616" },
	{ "2001:db8::/65", "9223372036854775808" },
	{ "::/127", "2" },
	{ "::/128", "1" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "1" },
};

static void
test_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(blocks); i++) {
		svctag_prefix prefix = testing_prefix(blocks[i].prefix);
		svctag_range range = svctag_prefix_range(&prefix);

		assert_count(svctag_count_of_prefix(&prefix), blocks[i].count);
		assert_count(svctag_count_of_range(&range), blocks[i].count);
	}
}

static const struct {
	const char *range;
	const char *count;
} ranges[] = {
	{ "0.0.0.0-255.255.255.254", "4294967295" },
	{ "9.255.255.255-10.0.0.1", "3" },
	{ "255.255.255.255-255.255.255.255", "1" },
	{ "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "340282366920938463463374607431768211455" },
	{ "::ffff:ffff:ffff:ffff-0:0:0:1::", "2" },
};

static void
test_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(ranges); i++) {
		svctag_range range = testing_range(ranges[i].range);

		assert_count(svctag_count_of_range(&range), ranges[i].count);
	}
}

static const struct {
	const char *text;
	size_t size;
	svctag_error want;
} texts[] = {
	{ "0", 1, SVCTAG_OK },
	{ "9", 1, SVCTAG_OK },
	{ "10", 2, SVCTAG_OK },
	{ "18446744073709551615", 20, SVCTAG_OK },
	{ "18446744073709551616", 20, SVCTAG_OK },
	{ TWO_TO_128, 39, SVCTAG_OK },
	{ TWO_TO_192_LESS_1, 58, SVCTAG_OK },
	{ TWO_TO_192, 58, SVCTAG_E_RANGE },
	{ "9999999999999999999999999999999999999999999999999999999999", 58, SVCTAG_E_RANGE },
	{ TWO_TO_192_LESS_1 "0", 59, SVCTAG_E_RANGE },
	{ "", 0, SVCTAG_E_SYNTAX },
	{ "+1", 2, SVCTAG_E_SYNTAX },
	{ "-1", 2, SVCTAG_E_SYNTAX },
	{ " 1", 2, SVCTAG_E_SYNTAX },
	{ "1 ", 2, SVCTAG_E_SYNTAX },
	{ "1\n", 2, SVCTAG_E_SYNTAX },
	{ "1\0", 2, SVCTAG_E_SYNTAX }, /* a NUL is not the end */
	{ "0x10", 4, SVCTAG_E_SYNTAX },
	{ "1e3", 3, SVCTAG_E_SYNTAX },
	{ "1.0", 3, SVCTAG_E_SYNTAX },
	{ "1,000", 5, SVCTAG_E_SYNTAX },
	{ "a", 1, SVCTAG_E_SYNTAX },
	{ ":", 1, SVCTAG_E_SYNTAX }, /* the character after 9 */
	{ "/", 1, SVCTAG_E_SYNTAX }, /* and the one before 0 */
};

static void
test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(texts); i++) {
		svctag_count count = { .low = 77, .high = 78 };
		svctag_error err = svctag_count_parse(texts[i].text, texts[i].size, &count);

		if (err != texts[i].want)
			fail_msg("\"%s\": %s", texts[i].text, svctag_error_text(err));
		if (err == SVCTAG_OK) {
			assert_count(count, texts[i].text);
		} else {
			assert_true(count.low == 77 && count.high == 78); /* untouched */
		}
	}
}

static svctag_count
random_count(testing_random *random)
{
	svctag_count count = { .low = (svctag_u128)testing_next(random) << 64 | testing_next(random),
			       .high = testing_next(random) };
	unsigned int bits = testing_between(random, 0, 191);

	/* Every magnitude, not only the greatest. */
	if (bits <= 128) {
		count.high = 0;
		count.low = bits == 0 ? 0 : count.low >> (128 - bits);
	} else {
		count.high >>= 192 - bits;
	}
	return count;
}

static void
test_random_text(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < 100000; i++) {
		svctag_count count = random_count(&random), back = { 0 };
		char text[SVCTAG_COUNT_TEXT_SIZE];
		size_t size = svctag_count_format(count, text);

		assert_int_equal(size, strlen(text));
		assert_true(size == 1 || text[0] != '0');
		TESTING_OK(svctag_count_parse(text, size, &back));
		assert_true(back.low == count.low && back.high == count.high);
	}
}

static void
test_arithmetic(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < 100000; i++) {
		svctag_count a = random_count(&random), b = random_count(&random);
		svctag_count sum = svctag_count_add(a, b), rest = svctag_count_subtract(sum, b);

		assert_int_equal(svctag_count_compare(rest, a), 0);
		assert_int_equal(svctag_count_compare(sum, svctag_count_add(b, a)), 0);
		assert_true(svctag_count_compare(sum, a) >= 0);
		assert_int_equal(svctag_count_compare(a, b), -svctag_count_compare(b, a));
		assert_int_equal(svctag_count_compare(a, b) == 0, a.low == b.low && a.high == b.high);
	}
	assert_count(svctag_count_add(parse("340282366920938463463374607431768211455"), parse("1")), TWO_TO_128);
	assert_count(svctag_count_subtract(parse(TWO_TO_128), parse("1")), "340282366920938463463374607431768211455");
	assert_count(svctag_count_add(parse(TWO_TO_128), parse(TWO_TO_128)), "680564733841876926926749214863536422912");
	assert_true(svctag_count_is_zero(svctag_count_of(0)));
	assert_false(svctag_count_is_zero(parse(TWO_TO_128))); /* its low part is zero */
}

static void
test_fractions(void **state)
{
	svctag_count nothing = svctag_count_of(0), one = svctag_count_of(1), three = svctag_count_of(3);
	svctag_count all = parse(TWO_TO_128), nearly = parse("340282366920938463463374607431768211455");

	(void)state;
	assert_true(svctag_count_fraction(nothing, nothing) == 0.0);
	assert_true(svctag_count_fraction(one, nothing) == 0.0);
	assert_true(svctag_count_fraction(nothing, all) == 0.0);
	assert_true(svctag_count_fraction(all, all) == 1.0);
	assert_true(svctag_count_fraction(one, one) == 1.0);
	assert_true(fabs(svctag_count_fraction(one, three) - 1.0 / 3.0) < 1e-15);
	assert_true(svctag_count_fraction(svctag_count_of((svctag_u128)1 << 127), all) == 0.5);
	/* All but one of 2^128 is 1.0 as a double, but it is not all. */
	assert_true(svctag_count_fraction(nearly, all) < 1.0);
	assert_true(svctag_count_fraction(nearly, all) > 0.999999);
	assert_true(svctag_count_fraction(svctag_count_of(UINT64_MAX - 1), svctag_count_of(UINT64_MAX)) < 1.0);
	assert_true(svctag_count_fraction(one, all) > 0.0);
	assert_true(svctag_count_to_double(all) == 0x1p128);
	assert_true(svctag_count_to_double(nothing) == 0.0);
	assert_true(svctag_count_to_double(svctag_count_of(4294967296U)) == 0x1p32);
}

static void
test_fractions_stay_between(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < 100000; i++) {
		svctag_count a = random_count(&random), b = random_count(&random);
		svctag_count part = svctag_count_compare(a, b) <= 0 ? a : b;
		svctag_count whole = svctag_count_compare(a, b) <= 0 ? b : a;
		double fraction = svctag_count_fraction(part, whole);

		if (!(fraction >= 0.0 && fraction <= 1.0))
			fail_msg("%g", fraction);
		assert_int_equal(fraction == 1.0,
				 svctag_count_compare(part, whole) == 0 && !svctag_count_is_zero(whole));
		assert_int_equal(fraction == 0.0, svctag_count_is_zero(part));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_random_text),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_fractions),
		cmocka_unit_test(test_fractions_stay_between),
	};

	return cmocka_run_group_tests_name("count", tests, NULL, NULL);
}
