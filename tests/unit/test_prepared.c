/*
 * From which requests words are learned, and that the answers made of them are
 * those that the route gives. Where a short cut is not taken a client sees
 * nothing of it, so it is looked for here.
 */
#include "asking.h"

#include <stdlib.h>
#include <string.h>

#define COUNT TESTING_COUNT

static void
test_answers(void **state)
{
	static const char *const forms[] = {
		PLAIN,
		"GET /v1/lookup?q=@" FIELDS "Connection: keep-alive\r\n\r\n",
		"GET /v1/lookup?q=@" FIELDS "connection:\tKeep-Alive\r\nAccept: */*\r\n\r\n",
		"GET /v1/lookup?q=@" FIELDS "Accept: application/x-ndjson\r\n\r\n",
		"GET /v1/lookup?q=@" FIELDS "Accept-Encoding: gzip, br\r\n\r\n",
		"GET /v1/lookup?q=@&cloud=sample" FIELDS "\r\n",
		"GET /v1/lookup?cloud=sample&q=@&format=ndjson" FIELDS "\r\n",
		"GET /v1/lookup?at=latest&q=@" FIELDS "\r\n",
		"GET /v1/lookup?q=@ HTTP/1.1\r\nX-Connection: close\r\nhost:a\r\n\r\n", /* another field */
	};
	static const char *const addresses[] = { "198.18.1.1",
						 "198.18.1.200",
						 "198.18.255.255",
						 "1.1.1.1",
						 "255.255.255.255",
						 "0.0.0.0",
						 "2001:db8::1",
						 "2001:DB8:0:0::1",
						 "::",
						 "::ffff:198.18.1.1",
						 "2001:db9:1111:2222:3333:4444:5555:6666" };

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct asking *f = *state;

		*f->prepared = (struct prepared){ 0 };
		if (!asking_learn(f, forms[i], addresses[i]))
			fail_msg("form %zu is not learned", i);
		for (size_t j = 0; j < COUNT(addresses); j++)
			asking_check(f, forms[i], addresses[j]);
	}
}

/* What is to be packed is left to those who pack. */
static void
test_answer_to_be_packed(void **state)
{
	static const char form[] = "GET /v1/lookup?q=@" FIELDS "Accept-Encoding: gzip\r\n\r\n";
	struct asking *f = *state;
	struct prepared_question question;
	struct prepared_answer answer;
	struct asking_text text = asking_fill(form, "198.18.2.1");

	assert_true(asking_learn(f, form, "198.18.2.2"));
	assert_true(prepared_find_request(f->prepared, f->pool.snapshots, text.data, text.size, &question));
	assert_false(prepared_make(f->prepared, &question, &answer));
	prepared_end(&question);
	assert_true(asking_learn(f, PLAIN, "198.18.2.2"));
	asking_check(f, PLAIN, "198.18.2.1");
}

/* ----------------------------------------------------------------- learning */

static void
test_not_learned(void **state)
{
	static const struct {
		const char *form, *address;
	} cases[] = {
		{ "GET /v1/lookup?q=@" FIELDS "Connection: close\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@" FIELDS "CONNECTION:close\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@" FIELDS "Connection: keep-alive, close\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@" FIELDS "Connection: keep-alive\r\nConnection: close\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@" FIELDS "Expect: 100-continue\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@" FIELDS "Content-Length: 0\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@" FIELDS "upgrade: h2c\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@ HTTP/1.0\r\nHost: a\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@ HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", "198.18.1.1" },
		{ "HEAD /v1/lookup?q=@" FIELDS "\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@" FIELDS "If-None-Match: \"x\"\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@" FIELDS "Authorization: Bearer x\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?q=@" FIELDS "Accept: text/plain\r\n\r\n", "198.18.1.1" }, /* not made of fragments */
		{ "GET /v1/lookup?q=@" FIELDS "Accept: text/html\r\n\r\n", "198.18.1.1" },  /* 406 */
		{ "GET /v1/lookup?q=@" FIELDS "Accept-Encoding: gzip, identity;q=0\r\n\r\n", "198.18.1.1" },
		{ PLAIN, "198.18.1.0/24" },
		{ PLAIN, "198.18.1.0-198.18.1.9" },
		{ PLAIN, "Storage" },
		{ PLAIN, "198.18.1" },
		{ PLAIN, "198.18.1%2E1" },
		{ PLAIN, "%3198.18.1.1" },
		{ PLAIN, "" },
		{ "GET /v1/lookup?q=@" FIELDS "\r\n" PLAIN, "198.18.1.1" },       /* two in one piece */
		{ "GET /v1/lookup?%71=@" FIELDS "\r\n", "198.18.1.1" },           /* q, encoded */
		{ "GET /v1/lookup?q=@&q=192.0.2.1" FIELDS "\r\n", "198.18.1.1" }, /* two of them */
		{ "GET /v1/lookup?cloud=all&q=@" FIELDS "\r\n", "198.18.1.1" },   /* of several releases */
		{ "GET http://a/v1/lookup?q=@" FIELDS "\r\n", "198.18.1.1" },     /* its ETag is that of the path */
		{ "GET /v1/check?q=@&tag=Storage" FIELDS "\r\n", "198.18.1.1" },  /* another route */
		{ "GET /v1/tags?match=x" FIELDS "X-Of: /v1/lookup?q=@\r\n\r\n", "198.18.1.1" },
		{ "GET /v1/lookup?%71=198.18.1.1" FIELDS "X-Of: &q=@ b\r\n\r\n", "198.18.1.1" }, /* not the target's */
		{ "GET /healthz" FIELDS "X-Of: ?q=@\r\n\r\n", "198.18.1.1" },
	};
	struct asking *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (asking_learn(f, cases[i].form, cases[i].address))
			fail_msg("learned: %s (%s)", cases[i].form, cases[i].address);
		assert_false(asking_finds(f, cases[i].form, cases[i].address));
		assert_false(asking_finds(f, cases[i].form, "198.18.1.2"));
	}
	assert_true(asking_learn(f, PLAIN, "198.18.1.1"));
}

/* With origins named, answers to others say that they depend on who asks, or they do not. */
static void
test_origins(void **state)
{
	static char any[] = "*", one[] = "https://example.org";
	char *const origins[] = { any, one };
	struct asking *f = *state;

	for (size_t i = 0; i < COUNT(origins); i++) {
		f->pool.cors = (struct cors){ .origins = &origins[i], .count = 1 };
		*f->prepared = (struct prepared){ 0 };
		assert_true(asking_learn(f, PLAIN, "198.18.1.1"));
		asking_check(f, PLAIN, "198.18.1.2");
		assert_false(asking_learn(f, "GET /v1/lookup?q=@" FIELDS "Origin: https://example.org\r\n\r\n",
					  "198.18.1.1"));
	}
}

/* What is no whole request is none that could be prepared. */
static void
test_not_whole(void **state)
{
	struct asking *f = *state;
	struct asking_text text = asking_fill(PLAIN, "198.18.1.1");
	static const char *const others[] = { "",
					      "\r\n\r\n",
					      "GET ",
					      "POST /v1/lookup?q=1.2.3.4" FIELDS "\r\n",
					      "get /v1/lookup?q=1.2.3.4" FIELDS "\r\n",
					      "\r\nGET /v1/lookup?q=1.2.3.4" FIELDS "\r\n",
					      "GET /v1/lookup?q=1.2.3.4" FIELDS "\r\nGET" };

	for (size_t size = 0; size < text.size; size++) {
		assert_false(plain_begin(&f->plain, &f->pool, text.data, size));
		plain_end(&f->plain);
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_false(plain_begin(&f->plain, &f->pool, others[i], strlen(others[i])));
		plain_end(&f->plain);
	}
	assert_true(plain_begin(&f->plain, &f->pool, text.data, text.size));
	plain_end(&f->plain);
}

/* Those are blanked before a request is in order: it does not come again as it was. */
static void
test_cookies(void **state)
{
	static const char *const forms[] = { PLAIN, "GET /v1/lookup?q=@" FIELDS "cookie: a=b\r\n\r\n", PLAIN };
	struct asking *f = *state;

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct asking_text text = asking_fill(forms[i], "198.18.1.1");

		assert_true(plain_begin(&f->plain, &f->pool, text.data, text.size));
		assert_int_equal(f->plain.has_cookie, i == 1);
		plain_end(&f->plain);
	}
}

/* Whatever else requests say, those that ask the same are found; only their own words are known then. */
static void
test_other_fields(void **state)
{
	static const char other[] = "GET /v1/lookup?q=@" FIELDS "User-Agent: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";
	struct asking *f = *state;

	assert_true(asking_learn(f, PLAIN, "198.18.1.1"));
	assert_false(asking_finds(f, other, "198.18.1.2"));
	assert_true(asking_meet(f, other, "198.18.1.2"));
	asking_check(f, other, "198.18.1.3");
	asking_check(f, PLAIN, "198.18.1.3");
	assert_false(asking_meet(f, "GET /v1/lookup?q=@" FIELDS "Accept: */*\r\n\r\n", "198.18.1.1"));
}

/* A form whose words have so many bytes. */
static char *
words_of(size_t size)
{
	static const char start[] = "GET /v1/lookup?q=@" FIELDS "X-Long: ", end[] = "\r\n\r\n";
	char *form = testing_allocate(size + 2, 1);

	memset(form, 'x', size + 1);
	memcpy(form, start, sizeof(start) - 1);
	memcpy(form + size + 1 - (sizeof(end) - 1), end, sizeof(end));
	return form;
}

static void
test_long_words(void **state)
{
	static const struct {
		size_t size;
		bool want;
	} cases[] = { { PREPARED_REQUEST, true },
		      { PREPARED_REQUEST + 1, false },
		      { PREPARED_REQUEST + PREPARED_ADDRESS, false } };
	struct asking *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *form = words_of(cases[i].size);

		assert_true(asking_learn(f, form, "::1"));
		assert_int_equal(asking_finds(f, form, "198.18.1.1"), cases[i].want);
		free(form);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ASKING_TEST(test_answers),      ASKING_TEST(test_answer_to_be_packed), ASKING_TEST(test_not_learned),
		ASKING_TEST(test_origins),      ASKING_TEST(test_not_whole),           ASKING_TEST(test_cookies),
		ASKING_TEST(test_other_fields), ASKING_TEST(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
