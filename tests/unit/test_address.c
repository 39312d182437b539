/*
 * Addresses: a table with the reason beside the odd cases, and inet_pton()
 * and inet_ntop() as oracles on random text.
 */
#include "testing.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_STRINGS 1500000
#define RANDOM_ADDRESSES 300000

/* A text of explicit length, so that a NUL can lie inside it. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
	const char *text;
	size_t size;
	svctag_error want;
	const char *canonical;
} address_cases[] = {
	{ TEXT("0.0.0.0"), SVCTAG_OK, "0.0.0.0" },
	{ TEXT("255.255.255.255"), SVCTAG_OK, "255.255.255.255" },
	{ TEXT("13.82.88.226"), SVCTAG_OK, "13.82.88.226" },
	{ TEXT("::"), SVCTAG_OK, "::" },
	{ TEXT("::1"), SVCTAG_OK, "::1" },
	{ TEXT("2603:1030:0:0:0:0:0:0"), SVCTAG_OK, "2603:1030::" },
	{ TEXT("2001:DB8::A"), SVCTAG_OK, "2001:db8::a" },
	{ TEXT("2001:0db8:0000:0000:0001:0000:0000:0001"), SVCTAG_OK, "2001:db8::1:0:0:1" }, /* the first of two */
	{ TEXT("2001:db8:0:1:1:1:1:1"), SVCTAG_OK, "2001:db8:0:1:1:1:1:1" },                 /* one zero group stays */
	{ TEXT("2001:db8::1:1:1:1:1"), SVCTAG_OK, "2001:db8:0:1:1:1:1:1" },
	{ TEXT("2001:0:0:1:0:0:0:1"), SVCTAG_OK, "2001:0:0:1::1" }, /* the longest run */
	{ TEXT("1:2:3:4:5:6:7::"), SVCTAG_OK, "1:2:3:4:5:6:7:0" },
	{ TEXT("::2:3:4:5:6:7:8"), SVCTAG_OK, "0:2:3:4:5:6:7:8" },
	{ TEXT("1:2:3:4:5:6:1.2.3.4"), SVCTAG_OK, "1:2:3:4:5:6:102:304" },
	{ TEXT("0000:0000:0000:0000:0000:ffff:255.255.255.255"), SVCTAG_OK,
	  "::ffff:255.255.255.255" }, /* the longest */
	{ TEXT("00000:0000:0000:0000:0000:ffff:255.255.255.255"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("::ffff:1.2.3.4"), SVCTAG_OK, "::ffff:1.2.3.4" },
	{ TEXT("::FFFF:102:304"), SVCTAG_OK, "::ffff:1.2.3.4" },
	{ TEXT("::1.2.3.4"), SVCTAG_OK, "::1.2.3.4" },
	{ TEXT(""), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("0"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("010.0.0.1"), SVCTAG_E_SYNTAX, NULL }, /* not octal 8.0.0.1 */
	{ TEXT("00.0.0.0"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("0x0d.64.1.1"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("127.1"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("2130706433"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.2.3"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.2.3.4.5"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.2.3.4."), SVCTAG_E_SYNTAX, NULL },
	{ TEXT(".1.2.3.4"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1..3.4"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("256.1.1.1"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.1.1.4294967297"), SVCTAG_E_SYNTAX, NULL }, /* 1 after an overflow of 32 bits */
	{ TEXT("+1.2.3.4"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.2.3.-4"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT(" 1.2.3.4"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.2.3.4 "), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.2.3.4\n"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.2.3.4\0"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.2.3.4\0evil"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1.2\0.3.4"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("\xd9\xa1.2.3.4"), SVCTAG_E_SYNTAX, NULL }, /* an Arabic digit */
	{ TEXT("1.2.3.4/32"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT(":"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT(":::"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1::2::3"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1:2:3:4:5:6:7"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1:2:3:4:5:6:7:8:9"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1:2:3:4::5:6:7:8"), SVCTAG_E_SYNTAX, NULL }, /* a :: that stands for nothing */
	{ TEXT("12345::"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("00001::"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("g::"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT(":1::"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1::2:"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("::1\0"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("[::1]"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("fe80::1%eth0"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("fe80::1%1"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("::ffff:010.0.0.1"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("::ffff:1.2.3"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("::1.2.3.4:5"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("1:2:3:4:5:6:7:1.2.3.4"), SVCTAG_E_SYNTAX, NULL },
	{ TEXT("0xfe80::1"), SVCTAG_E_SYNTAX, NULL },
};

static void
test_address_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(address_cases); i++) {
		svctag_address got = { .family = 99 };
		char text[SVCTAG_ADDRESS_TEXT_SIZE];
		svctag_error err = svctag_address_parse(address_cases[i].text, address_cases[i].size, &got);

		if (err != address_cases[i].want)
			fail_msg("\"%s\": %s", address_cases[i].text, svctag_error_text(err));
		if (err != SVCTAG_OK) {
			assert_int_equal(got.family, 99); /* untouched */
			continue;
		}
		assert_int_equal(svctag_address_format(&got, text), strlen(address_cases[i].canonical));
		assert_string_equal(text, address_cases[i].canonical);
	}
}

/* Text in memory that ends with it, so that a sanitizer sees a byte read too many. */
static svctag_error
parse_exactly(const char *text, size_t size, svctag_address *ret)
{
	char *copy = testing_allocate(size, 1);
	svctag_error err;

	memcpy(copy, text, size);
	err = svctag_address_parse(copy, size, ret);
	free(copy);
	return err;
}

static void
compare_with_pton(const char *text, size_t size)
{
	svctag_address got;
	svctag_address want = { 0 };
	svctag_error err;

	memset(&got, 0xa5, sizeof(got)); /* parsing has to clear the bytes it does not use */
	err = parse_exactly(text, size, &got);
	if (inet_pton(AF_INET, text, want.bytes) == 1) {
		want.family = SVCTAG_IPV4;
	} else {
		memset(&want, 0, sizeof(want));
		if (inet_pton(AF_INET6, text, want.bytes) == 1)
			want.family = SVCTAG_IPV6;
	}
	if ((err == SVCTAG_OK) != (want.family != 0))
		fail_msg("\"%s\": %s, unlike inet_pton", text, svctag_error_text(err));
	if (err == SVCTAG_OK && memcmp(&got, &want, sizeof(got)) != 0)
		fail_msg("\"%s\": not the value that inet_pton gives", text);
}

/* A correct spelling: as inet_ntop() prints it, or long, or upper case, or with a dotted tail. */
static size_t
random_spelling(testing_random *random, char *text, size_t room)
{
	svctag_address address =
		testing_random_address(random, testing_below(random, 3) == 0 ? SVCTAG_IPV4 : SVCTAG_IPV6);
	const uint8_t *b = address.bytes;

	/* Runs of zero bytes are what makes IPv6 text interesting. */
	for (size_t i = 0; i < 8 && address.family == SVCTAG_IPV6; i++)
		if (testing_below(random, 2) == 0)
			memset(&address.bytes[2 * i], 0, 2);
	inet_ntop(address.family == SVCTAG_IPV4 ? AF_INET : AF_INET6, b, text, (socklen_t)room);
	if (address.family == SVCTAG_IPV6) {
		if (testing_below(random, 4) == 0)
			snprintf(text, room, "%x:%04x:%x:%x:%03x:%x:%x:%x", b[0] << 8 | b[1], b[2] << 8 | b[3],
				 b[4] << 8 | b[5], b[6] << 8 | b[7], b[8] << 8 | b[9], b[10] << 8 | b[11],
				 b[12] << 8 | b[13], b[14] << 8 | b[15]);
		else if (testing_below(random, 4) == 0)
			snprintf(text, room, "%X::%x:%d.%d.%d.%d", b[0] << 8 | b[1], b[10] << 8 | b[11], b[12], b[13],
				 b[14], b[15]);
	}
	return strlen(text);
}

static const char alphabet[] = "0123456789abcdefABCDEF::::....0000gx/ -%[]+\t\n_";

static size_t
mutate(testing_random *random, char *text, size_t size, size_t room)
{
	size_t at = testing_below(random, size + 1);
	char c = alphabet[testing_below(random, sizeof(alphabet) - 1)];

	switch (testing_below(random, 3)) {
	case 0:
		if (at < size)
			text[at] = c;
		break;
	case 1:
		if (size + 2 < room) {
			memmove(&text[at + 1], &text[at], size - at);
			text[at] = c;
			size++;
		}
		break;
	default:
		if (at < size) {
			memmove(&text[at], &text[at + 1], size - at - 1);
			size--;
		}
		break;
	}
	text[size] = '\0';
	return size;
}

static void
test_address_against_pton(void **state)
{
	testing_random random;
	char text[128];

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < RANDOM_STRINGS; i++) {
		size_t size;

		if (i % 8 == 0) {
			size = testing_below(&random, 24);
			for (size_t j = 0; j < size; j++)
				text[j] = alphabet[testing_below(&random, 36)];
			text[size] = '\0';
		} else {
			size = random_spelling(&random, text, sizeof(text));
			for (size_t left = testing_below(&random, 4); left != 0; left--)
				size = mutate(&random, text, size, sizeof(text));
		}
		compare_with_pton(text, size);
	}
}

static void
test_address_against_ntop(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < RANDOM_ADDRESSES; i++) {
		svctag_address address = testing_random_address(&random, i % 8 == 0 ? SVCTAG_IPV4 : SVCTAG_IPV6);
		svctag_address back = { 0 };
		char got[SVCTAG_ADDRESS_TEXT_SIZE], want[INET6_ADDRSTRLEN];
		unsigned int keep = (unsigned int)testing_next(&random) & 0xff;
		size_t size;

		/* Keep a random choice of the eight groups; all 256 choices come up often. */
		for (size_t group = 0; group < 8 && address.family == SVCTAG_IPV6; group++)
			if ((keep >> group & 1) == 0)
				memset(&address.bytes[2 * group], 0, 2);
		size = svctag_address_format(&address, got);
		assert_non_null(inet_ntop(address.family == SVCTAG_IPV4 ? AF_INET : AF_INET6, address.bytes, want,
					  sizeof(want)));
		if (strcmp(got, want) != 0 || size != strlen(want))
			fail_msg("\"%s\" where inet_ntop says \"%s\"", got, want);
		TESTING_OK(svctag_address_parse(got, size, &back));
		assert_memory_equal(&back, &address, sizeof(back));
	}
}

static void
test_address_longest_text(void **state)
{
	svctag_prefix prefix = testing_prefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
	svctag_range range = svctag_prefix_range(&prefix);
	char text[SVCTAG_RANGE_TEXT_SIZE];

	(void)state;
	assert_int_equal(svctag_address_format(&range.first, text), 39);
	assert_int_equal(svctag_prefix_format(&prefix, text), 43);
	assert_string_equal(text, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
	assert_int_equal(svctag_range_format(&range, text), 79);
}

static const struct {
	const char *address;
	const char *next; /* NULL at the end */
} steps[] = {
	{ "0.0.0.0", "0.0.0.1" },
	{ "0.0.0.255", "0.0.1.0" },
	{ "0.255.255.255", "1.0.0.0" },
	{ "127.255.255.255", "128.0.0.0" },
	{ "255.255.255.254", "255.255.255.255" },
	{ "255.255.255.255", NULL },
	{ "::", "::1" },
	{ "::ff", "::100" },
	{ "::ffff:ffff:ffff:ffff", "0:0:0:1::" },
	{ "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
};

static void
test_steps(void **state)
{
	static const char *const starts[] = { "0.0.0.0", "::" };

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(steps); i++) {
		svctag_address start = testing_address(steps[i].address), at = start, want;

		assert_int_equal(svctag_address_next(&at), steps[i].next != NULL);
		want = testing_address(steps[i].next != NULL ? steps[i].next : steps[i].address);
		assert_memory_equal(&at, &want, sizeof(at));
		if (steps[i].next == NULL)
			continue;
		assert_true(svctag_address_previous(&at));
		assert_memory_equal(&at, &start, sizeof(at));
	}
	for (size_t i = 0; i < TESTING_COUNT(starts); i++) {
		svctag_address start = testing_address(starts[i]), at = start;

		assert_false(svctag_address_previous(&at));
		assert_memory_equal(&at, &start, sizeof(at));
	}
}

static const struct {
	const char *text;
	const char *inner; /* NULL where it is not IPv4-mapped */
} mapped_cases[] = {
	{ "::ffff:0.0.0.0", "0.0.0.0" },
	{ "::ffff:13.82.88.226", "13.82.88.226" },
	{ "::ffff:ffff:ffff", "255.255.255.255" },
	{ "13.82.88.226", NULL },
	{ "::13.82.88.226", NULL },        /* IPv4-compatible, long deprecated */
	{ "64:ff9b::13.82.88.226", NULL }, /* NAT64 */
	{ "::ffff:0:13.82.88.226", NULL }, /* IPv4-translated */
	{ "::fffe:13.82.88.226", NULL },
	{ "1::ffff:13.82.88.226", NULL },
	{ "::1:ffff:13.82.88.226", NULL },
};

static void
test_mapped(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(mapped_cases); i++) {
		svctag_address address = testing_address(mapped_cases[i].text), inner = svctag_address_unmap(&address);
		svctag_address want = mapped_cases[i].inner != NULL ? testing_address(mapped_cases[i].inner) : address;

		assert_int_equal(svctag_address_is_mapped(&address), mapped_cases[i].inner != NULL);
		assert_memory_equal(&inner, &want, sizeof(inner));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_table),
		cmocka_unit_test(test_address_against_pton),
		cmocka_unit_test(test_address_against_ntop),
		cmocka_unit_test(test_address_longest_text),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_mapped),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
