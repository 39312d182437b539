/*
 * Look-ups in the words of an earlier one, without a socket and without the
 * library: which requests words are learned from, which others are found by
 * them, and that their answers are those that the route gives. Where a short
 * cut is not taken a client sees nothing of it, so it is looked for here.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/archive.h"
#include "daemon/plain.h"
#include "daemon/prepared.h"

#define COUNT TESTING_COUNT
/* Longer than what is noted. */
#define TEXT_SIZE 2048
#define FIELDS " HTTP/1.1\r\nHost: a\r\n"
#define PLAIN "GET /v1/lookup?q=@" FIELDS "\r\n"

/* A request of the form, with the address where the form has `@`. */
struct text {
	size_t size;
	char data[TEXT_SIZE + 1];
};

static struct text
fill(const char *form, const char *address)
{
	struct text text = { 0 };
	size_t before = strcspn(form, "@");
	const char *after = form[before] == '@' ? form + before + 1 : "";

	assert_true(strlen(form) + strlen(address) < TEXT_SIZE);
	memcpy(text.data, form, before);
	text.size = (size_t)(stpcpy(stpcpy(text.data + before, address), after) - text.data);
	return text;
}

/* A database, what is served from it, and what an event thread has prepared. */
struct fixture {
	char *folder;
	char *path;
	struct exchange_pool pool;
	struct prepared *prepared;
	struct plain plain;
};

/* The last /24 has more tags than fit an answer that is not worth packing. */
static const testing_tag tags[] = {
	{ "AzureCloud", "", "198.18.0.0/16 2001:db8::/32" },
	{ "AzureCloud.eastus", "eastus", "198.18.1.0/24" },
	{ "Storage", "", "198.18.1.0/25 198.18.2.0/24" },
	{ "Storage.EastUS", "eastus", "198.18.1.0/25 198.18.2.0/24" },
	{ "Sql", "", "198.18.2.0/24" },
	{ "Sql.EastUS", "eastus", "198.18.2.0/24" },
	{ "Batch", "", "198.18.2.0/24" },
};

static void
import(const char *path, const char *published, int64_t number)
{
	svctag_release *release = testing_release(number, tags, COUNT(tags));
	svctag_store *store = testing_store_open(path, SVCTAG_STORE_WRITE);

	testing_import(store, "Sample", published, release);
	svctag_store_close(store);
	svctag_release_free(release);
}

static int
set_up(void **state)
{
	struct fixture *f = testing_allocate(1, sizeof(*f));

	f->folder = testing_folder_new();
	f->path = testing_path(f->folder, "svctag.db");
	import(f->path, "2025-01-06", 100);
	TESTING_OK(snapshots_new(f->path, NULL, NULL, &f->pool.snapshots));
	f->pool.archive = archive_new(1 << 20);
	assert_non_null(f->pool.archive);
	f->prepared = testing_allocate(1, sizeof(*f->prepared));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->prepared);
	archive_free(f->pool.archive);
	snapshots_free(f->pool.snapshots);
	free(f->path);
	testing_folder_remove(f->folder);
	free(f);
	return 0;
}

/* ---------------------------------------------------------- the route's way */

/* Each field of a head, up to its empty line. */
static void
take_fields(struct exchange *ex, const char *line)
{
	for (const char *end; *line != '\r'; line = end + 2) {
		size_t name = strcspn(line, ":"), skip = name + 1 + strspn(line + name + 1, " ");

		end = strstr(line, "\r\n");
		assert_non_null(end);
		framing_measure(&ex->framing, line, name, line + skip, (size_t)(end - line) - skip);
		assert_true(request_take_field(&ex->request, line, name, line + skip, (size_t)(end - line) - skip));
	}
}

/* Answer the first request in a text as the server does. @return whether its answer is one that is repeated */
static bool
run(struct fixture *f, struct exchange *ex, const char *text)
{
	const char *target = strchr(text, ' ') + 1;
	bool has_key;

	assert_true(exchange_begin(ex, &f->pool, target, strcspn(target, " ")));
	take_fields(ex, strstr(target, "\r\n") + 2);
	has_key = exchange_make_key(ex, "GET");
	if (exchange_admit(ex, "GET"))
		exchange_run(ex, NULL);
	if (ex->reply.defer)
		return false;
	exchange_finish(ex);
	return has_key && exchange_is_repeatable(ex);
}

/* It is answered by the route. @return what comes of that */
static enum prepared_state
put(struct fixture *f, const char *form, const char *address)
{
	struct exchange *ex = testing_allocate(1, sizeof(*ex));
	struct text text = fill(form, address);
	enum prepared_state done = run(f, ex, text.data) ? prepared_put(f->prepared, ex) : PREPARED_NOT;

	exchange_end(ex);
	free(ex);
	return done;
}

/* It comes in one piece. @return whether it is found by what it asks; its words are known then */
static bool
meet(struct fixture *f, const char *form, const char *address)
{
	struct text text = fill(form, address);
	struct prepared_question question;
	bool found = plain_begin(&f->plain, &f->pool, text.data, text.size) &&
		     prepared_find_key(f->prepared, &f->plain.exchange, &question);

	if (found) {
		prepared_learn(f->prepared, &question, text.data, text.size);
		prepared_end(&question);
	}
	plain_end(&f->plain);
	return found;
}

/* Both, as the first and the second such request are. @return whether its words are known now */
static bool
learn(struct fixture *f, const char *form, const char *address)
{
	return put(f, form, address) != PREPARED_NOT && meet(f, form, address);
}

static bool
finds_bytes(struct fixture *f, const char *data, size_t size)
{
	struct prepared_question question;
	char *exact = testing_allocate(size + 1, 1); /* so that a sanitizer sees reads past the end */
	bool found;

	memcpy(exact, data, size);
	exact = realloc(exact, size);
	found = prepared_find_request(f->prepared, f->pool.snapshots, exact, size, &question);
	if (found)
		prepared_end(&question);
	free(exact);
	return found;
}

static bool
finds(struct fixture *f, const char *form, const char *address)
{
	struct text text = fill(form, address);

	return finds_bytes(f, text.data, text.size);
}

/* ------------------------------------------------------------------ answers */

/* What the library would send: the fields in its order, and a date that is not looked at. */
static struct text
expected(const struct reply *reply)
{
	struct text text = { 0 };
	int size = snprintf(text.data, sizeof(text.data),
			    "HTTP/1.1 200 OK\r\nDate: %29s\r\nX-Content-Type-Options: nosniff\r\nContent-Type: %s\r\n"
			    "Cache-Control: %s\r\nETag: %s\r\nVary: %s\r\nContent-Length: %zu\r\n\r\n%s",
			    "", reply->content_type, reply->cache_control, reply->etag, reply_vary(reply),
			    reply->body_size, reply->body);

	assert_in_range(size, 1, TEXT_SIZE);
	text.size = (size_t)size;
	return text;
}

/* The answer made of learned words is the route's own. */
static void
check_answer(struct fixture *f, const char *form, const char *address)
{
	static const size_t date = sizeof("HTTP/1.1 200 OK\r\nDate: ") - 1;
	struct exchange *ex = testing_allocate(1, sizeof(*ex));
	struct text text = fill(form, address), want;
	struct prepared_question question;
	struct prepared_answer answer;

	if (!prepared_find_request(f->prepared, f->pool.snapshots, text.data, text.size, &question))
		fail_msg("%s is not found", text.data);
	assert_true(prepared_make(f->prepared, &question, &answer));
	assert_true(run(f, ex, text.data));
	want = expected(&ex->reply);
	assert_int_equal(answer.size, want.size);
	assert_int_equal(answer.body_size, ex->reply.body_size);
	assert_memory_equal(answer.data + date + 26, "GMT", 3);
	memcpy(want.data + date, answer.data + date, 29);
	assert_memory_equal(answer.data, want.data, want.size);
	assert_ptr_equal(question.lookup->route, ex->route);
	prepared_end(&question);
	exchange_end(ex);
	free(ex);
}

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
		struct fixture *f = *state;

		*f->prepared = (struct prepared){ 0 };
		if (!learn(f, forms[i], addresses[i]))
			fail_msg("form %zu is not learned", i);
		for (size_t j = 0; j < COUNT(addresses); j++)
			check_answer(f, forms[i], addresses[j]);
	}
}

/* What is to be packed is left to those who pack. */
static void
test_answer_to_be_packed(void **state)
{
	static const char form[] = "GET /v1/lookup?q=@" FIELDS "Accept-Encoding: gzip\r\n\r\n";
	struct fixture *f = *state;
	struct prepared_question question;
	struct prepared_answer answer;
	struct text text = fill(form, "198.18.2.1");

	assert_true(learn(f, form, "198.18.2.2"));
	assert_true(prepared_find_request(f->prepared, f->pool.snapshots, text.data, text.size, &question));
	assert_false(prepared_make(f->prepared, &question, &answer));
	prepared_end(&question);
	assert_true(learn(f, PLAIN, "198.18.2.2"));
	check_answer(f, PLAIN, "198.18.2.1");
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
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (learn(f, cases[i].form, cases[i].address))
			fail_msg("learned: %s (%s)", cases[i].form, cases[i].address);
		assert_false(finds(f, cases[i].form, cases[i].address));
		assert_false(finds(f, cases[i].form, "198.18.1.2"));
	}
	assert_true(learn(f, PLAIN, "198.18.1.1"));
}

/* With origins named, answers to others say that they depend on who asks, or they do not. */
static void
test_origins(void **state)
{
	static char any[] = "*", one[] = "https://example.org";
	char *const origins[] = { any, one };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(origins); i++) {
		f->pool.cors = (struct cors){ .origins = &origins[i], .count = 1 };
		*f->prepared = (struct prepared){ 0 };
		assert_true(learn(f, PLAIN, "198.18.1.1"));
		check_answer(f, PLAIN, "198.18.1.2");
		assert_false(learn(f, "GET /v1/lookup?q=@" FIELDS "Origin: https://example.org\r\n\r\n", "198.18.1.1"));
	}
}

/* What is no whole request is none that could be prepared. */
static void
test_not_whole(void **state)
{
	struct fixture *f = *state;
	struct text text = fill(PLAIN, "198.18.1.1");
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
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct text text = fill(forms[i], "198.18.1.1");

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
	struct fixture *f = *state;

	assert_true(learn(f, PLAIN, "198.18.1.1"));
	assert_false(finds(f, other, "198.18.1.2"));
	assert_true(meet(f, other, "198.18.1.2"));
	check_answer(f, other, "198.18.1.3");
	check_answer(f, PLAIN, "198.18.1.3");
	assert_false(meet(f, "GET /v1/lookup?q=@" FIELDS "Accept: */*\r\n\r\n", "198.18.1.1"));
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
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *form = words_of(cases[i].size);

		assert_true(learn(f, form, "::1"));
		assert_int_equal(finds(f, form, "198.18.1.1"), cases[i].want);
		free(form);
	}
}

/* ------------------------------------------------------------------ finding */

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
	struct fixture *f = *state;
	char long_one[1024] = "";
	char raw[] = "GET /v1/lookup?q=1.2.3.4_" FIELDS "\r\n";

	assert_true(learn(f, PLAIN, "198.18.1.1"));
	for (size_t i = 0; i < COUNT(addresses); i++)
		if (finds(f, PLAIN, addresses[i]))
			fail_msg("found: '%s'", addresses[i]);
	memset(long_one, '0', sizeof(long_one) - 1);
	assert_false(finds(f, PLAIN, long_one));
	for (int c = 0; c < 256; c++) { /* whatever stands behind an address */
		raw[sizeof("GET /v1/lookup?q=1.2.3.4") - 1] = (char)c;
		assert_int_equal(finds_bytes(f, raw, sizeof(raw) - 1), c >= '0' && c <= '9');
	}
	assert_true(finds(f, PLAIN, "198.18.1.1"));
}

/* Every byte of the words counts, and each that is missing, or one too many. */
static void
test_other_words(void **state)
{
	struct fixture *f = *state;
	struct text text = fill(PLAIN, "198.18.1.1");
	const char *address = strstr(text.data, "198");

	assert_true(learn(f, PLAIN, "198.18.1.2"));
	for (size_t i = 0; i < text.size; i++) {
		if (text.data + i >= address && text.data + i < address + strlen("198.18.1.1"))
			continue;
		text.data[i] ^= 0x20; /* a letter's case, for one */
		assert_false(finds_bytes(f, text.data, text.size));
		text.data[i] ^= 0x20;
		assert_false(finds_bytes(f, text.data, i));
	}
	text.data[text.size] = '\r';
	assert_false(finds_bytes(f, text.data, text.size + 1));
	assert_false(finds_bytes(f, text.data + 1, text.size - 1));
	assert_true(finds_bytes(f, text.data, text.size));
}

/* The nth way of asking. */
static struct text
form_of(unsigned int n)
{
	char host[32];

	snprintf(host, sizeof(host), "h%u", n);
	return fill("GET /v1/lookup?q=& HTTP/1.1\r\nHost: @\r\n\r\n", host);
}

/* One more than there is room for; the oldest goes, and what comes again is not new. */
static void
test_places(void **state)
{
	struct fixture *f = *state;
	struct text form;

	for (unsigned int n = 0; n <= PREPARED_REQUESTS; n++) {
		form = form_of(n);
		*strchr(form.data, '&') = '@';
		assert_true(learn(f, form.data, "198.18.1.1"));
		assert_true(learn(f, form.data, "198.18.1.2"));
	}
	for (unsigned int n = 0; n <= PREPARED_REQUESTS; n++) {
		form = form_of(n);
		*strchr(form.data, '&') = '@';
		assert_int_equal(finds(f, form.data, "198.18.1.3"), n > 0);
	}
}

/* Ways of asking of which one's words begin and end with another's, in whatever order they come. */
static void
test_words_within_words(void **state)
{
	static const char *const forms[] = { PLAIN, "GET /v1/lookup?q=@&cloud=sample" FIELDS "\r\n",
					     "GET /v1/lookup?q=@&at=latest&cloud=sample" FIELDS "\r\n" };
	struct fixture *f = *state;

	for (size_t first = 0; first < COUNT(forms); first++) {
		*f->prepared = (struct prepared){ 0 };
		for (size_t i = 0; i < COUNT(forms); i++)
			assert_true(learn(f, forms[(first + i) % COUNT(forms)], "198.18.1.1"));
		for (size_t i = 0; i < 2 * COUNT(forms); i++)
			check_answer(f, forms[i % COUNT(forms)], "198.18.1.2");
	}
}

/* What asks in too many ways is told apart from what is asked in a few: that does not come again. */
static void
test_ways(void **state)
{
	struct fixture *f = *state;
	char form[128];

	assert_int_equal(put(f, PLAIN, "198.18.1.0/24"), PREPARED_NOT);
	for (unsigned int n = 0; n <= PREPARED_LOOKUPS; n++) {
		snprintf(form, sizeof(form), "GET /v1/lookup?q=@" FIELDS "Accept: application/json, x/x%u\r\n\r\n", n);
		assert_int_equal(put(f, form, "198.18.1.1"), n < PREPARED_LOOKUPS ? PREPARED_NEW : PREPARED_INSTEAD);
		assert_int_equal(put(f, form, "198.18.1.2"), PREPARED_KNOWN);
	}
	assert_int_equal(put(f, "GET /v1/lookup?q=@" FIELDS "Accept: application/json, x/x0\r\n\r\n", "198.18.1.1"),
			 PREPARED_INSTEAD);
}

/* Another release is served from now on. */
static void
move_on(struct fixture *f)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t number = snapshots_number(f->pool.snapshots);

	import(f->path, "2025-01-13", 101);
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
	struct fixture *f = *state;

	assert_true(learn(f, PLAIN, "198.18.1.1"));
	check_answer(f, PLAIN, "198.18.1.2");
	move_on(f);
	assert_false(finds(f, PLAIN, "198.18.1.2"));
	assert_true(learn(f, PLAIN, "198.18.1.1"));
	check_answer(f, PLAIN, "198.18.1.2");
}

/* A question holds what it is answered from. */
static void
test_question_outlives_generation(void **state)
{
	struct fixture *f = *state;
	struct text text = fill(PLAIN, "198.18.1.2");
	struct prepared_question question;
	struct prepared_answer answer;

	assert_true(learn(f, PLAIN, "198.18.1.1"));
	assert_true(prepared_find_request(f->prepared, f->pool.snapshots, text.data, text.size, &question));
	move_on(f);
	assert_true(prepared_make(f->prepared, &question, &answer));
	assert_non_null(memmem(answer.data, answer.size, "\"changeNumber\":100", 18));
	prepared_end(&question);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(test_answers),
		WITH_FIXTURE(test_answer_to_be_packed),
		WITH_FIXTURE(test_not_learned),
		WITH_FIXTURE(test_origins),
		WITH_FIXTURE(test_not_whole),
		WITH_FIXTURE(test_other_fields),
		WITH_FIXTURE(test_cookies),
		WITH_FIXTURE(test_long_words),
		WITH_FIXTURE(test_not_found),
		WITH_FIXTURE(test_other_words),
		WITH_FIXTURE(test_places),
		WITH_FIXTURE(test_ways),
		WITH_FIXTURE(test_words_within_words),
		WITH_FIXTURE(test_generations),
		WITH_FIXTURE(test_question_outlives_generation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
