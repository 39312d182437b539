/*
 * Which requests are found by words that have been learned, which are not, and
 * for how long.
 */
#include "asking.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT TESTING_COUNT

static void
test_not_found(void **state)
{
	static const char *const addresses[] = {
		"",
		".",
		":",
		":::",
		"1.2.3",
		"1.2.3.",
		"1.2.3.4.",
		"1.2.3.4.5",
		"01.2.3.4",
		"1.2.3.256",
		"1..2.3",
		"abcd",
		"1.2.3.4 ",
		" 1.2.3.4",
		"1.2.3.4/32",
		"1.2.3.4-1.2.3.5",
		"1.2.3.4%00",
		"%31.2.3.4",
		"1.2.3.4&q=1.2.3.5",
		"1.2.3.4&cloud=sample",
		"1.2.3.4#",
		"1,2.3.4",
		"fe80::1%251",
		"[::1]",
		"2001:db8::g",
		"::1::",
		"AzureCloud",
		"1.2.3.4 HTTP/1.1\r\nX: y",
		"1:2:3:4:5:6:7:8:9",
		"0000000000000000000000000000000000000000000000000", /* longer than any */
		":: HTTP/1.1\r\nHost: a\r\n\r\nGET /v1/lookup?q=::"  /* two in one piece */
	};
	struct asking *f = *state;
	char long_one[1024] = "";
	char raw[] = "GET /v1/lookup?q=1.2.3.4_" FIELDS "\r\n";

	assert_true(asking_learn(f, PLAIN, "198.18.1.1"));
	for (size_t i = 0; i < COUNT(addresses); i++)
		if (asking_finds(f, PLAIN, addresses[i]))
			fail_msg("found: '%s'", addresses[i]);
	memset(long_one, '0', sizeof(long_one) - 1);
	assert_false(asking_finds(f, PLAIN, long_one));
	for (int c = 0; c < 256; c++) { /* whatever stands behind an address */
		raw[sizeof("GET /v1/lookup?q=1.2.3.4") - 1] = (char)c;
		assert_int_equal(asking_finds_bytes(f, raw, sizeof(raw) - 1), c >= '0' && c <= '9');
	}
	assert_true(asking_finds(f, PLAIN, "198.18.1.1"));
}

/* Every byte of the words counts, and each that is missing, or one too many. */
static void
test_other_words(void **state)
{
	struct asking *f = *state;
	struct asking_text text = asking_fill(PLAIN, "198.18.1.1");
	const char *address = strstr(text.data, "198");

	assert_true(asking_learn(f, PLAIN, "198.18.1.2"));
	for (size_t i = 0; i < text.size; i++) {
		if (text.data + i >= address && text.data + i < address + strlen("198.18.1.1"))
			continue;
		text.data[i] ^= 0x20; /* a letter's case, for one */
		assert_false(asking_finds_bytes(f, text.data, text.size));
		text.data[i] ^= 0x20;
		assert_false(asking_finds_bytes(f, text.data, i));
	}
	text.data[text.size] = '\r';
	assert_false(asking_finds_bytes(f, text.data, text.size + 1));
	assert_false(asking_finds_bytes(f, text.data + 1, text.size - 1));
	assert_true(asking_finds_bytes(f, text.data, text.size));
}

/* The nth way of asking. */
static struct asking_text
form_of(unsigned int n)
{
	char host[32];

	snprintf(host, sizeof(host), "h%u", n);
	return asking_fill("GET /v1/lookup?q=& HTTP/1.1\r\nHost: @\r\n\r\n", host);
}

/* One more than there is room for; the oldest goes, and what comes again is not new. */
static void
test_places(void **state)
{
	struct asking *f = *state;
	struct asking_text form;

	for (unsigned int n = 0; n <= PREPARED_REQUESTS; n++) {
		form = form_of(n);
		*strchr(form.data, '&') = '@';
		assert_true(asking_learn(f, form.data, "198.18.1.1"));
		assert_true(asking_learn(f, form.data, "198.18.1.2"));
	}
	for (unsigned int n = 0; n <= PREPARED_REQUESTS; n++) {
		form = form_of(n);
		*strchr(form.data, '&') = '@';
		assert_int_equal(asking_finds(f, form.data, "198.18.1.3"), n > 0);
	}
}

/* Ways of asking of which one's words begin and end with another's, in whatever order they come. */
static void
test_words_within_words(void **state)
{
	static const char *const forms[] = { PLAIN, "GET /v1/lookup?q=@&cloud=sample" FIELDS "\r\n",
					     "GET /v1/lookup?q=@&at=latest&cloud=sample" FIELDS "\r\n" };
	struct asking *f = *state;

	for (size_t first = 0; first < COUNT(forms); first++) {
		*f->prepared = (struct prepared){ 0 };
		for (size_t i = 0; i < COUNT(forms); i++)
			assert_true(asking_learn(f, forms[(first + i) % COUNT(forms)], "198.18.1.1"));
		for (size_t i = 0; i < 2 * COUNT(forms); i++)
			asking_check(f, forms[i % COUNT(forms)], "198.18.1.2");
	}
}

/* What asks in too many ways is told apart from what is asked in a few: that does not come again. */
static void
test_ways(void **state)
{
	struct asking *f = *state;
	char form[128];

	assert_int_equal(asking_put(f, PLAIN, "198.18.1.0/24"), PREPARED_NOT);
	for (unsigned int n = 0; n <= PREPARED_LOOKUPS; n++) {
		snprintf(form, sizeof(form), "GET /v1/lookup?q=@" FIELDS "Accept: application/json, x/x%u\r\n\r\n", n);
		assert_int_equal(asking_put(f, form, "198.18.1.1"),
				 n < PREPARED_LOOKUPS ? PREPARED_NEW : PREPARED_INSTEAD);
		assert_int_equal(asking_put(f, form, "198.18.1.2"), PREPARED_KNOWN);
	}
	assert_int_equal(
		asking_put(f, "GET /v1/lookup?q=@" FIELDS "Accept: application/json, x/x0\r\n\r\n", "198.18.1.1"),
		PREPARED_INSTEAD);
}

/* Another release is served from now on. */
static void
move_on(struct asking *f)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t number = snapshots_number(f->pool.snapshots);

	asking_import(f->path, "2025-01-13", 101);
	TESTING_OK(snapshots_watch(f->pool.snapshots));
	snapshots_reload(f->pool.snapshots);
	for (int i = 0; i < 60000 && snapshots_number(f->pool.snapshots) == number; i++)
		nanosleep(&pause, NULL);
	assert_int_not_equal(snapshots_number(f->pool.snapshots), number);
}

/* Words are good for one generation, and are learned again from the next. */
static void
test_generations(void **state)
{
	struct asking *f = *state;

	assert_true(asking_learn(f, PLAIN, "198.18.1.1"));
	asking_check(f, PLAIN, "198.18.1.2");
	move_on(f);
	assert_false(asking_finds(f, PLAIN, "198.18.1.2"));
	assert_true(asking_learn(f, PLAIN, "198.18.1.1"));
	asking_check(f, PLAIN, "198.18.1.2");
}

/* A question holds what it is answered from. */
static void
test_question_outlives_generation(void **state)
{
	struct asking *f = *state;
	struct asking_text text = asking_fill(PLAIN, "198.18.1.2");
	struct prepared_question question;
	struct prepared_answer answer;

	assert_true(asking_learn(f, PLAIN, "198.18.1.1"));
	assert_true(prepared_find_request(f->prepared, f->pool.snapshots, text.data, text.size, &question));
	move_on(f);
	assert_true(prepared_make(f->prepared, &question, &answer));
	assert_non_null(memmem(answer.data, answer.size, "\"changeNumber\":100", 18));
	prepared_end(&question);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ASKING_TEST(test_not_found),
		ASKING_TEST(test_other_words),
		ASKING_TEST(test_places),
		ASKING_TEST(test_words_within_words),
		ASKING_TEST(test_ways),
		ASKING_TEST(test_generations),
		ASKING_TEST(test_question_outlives_generation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
