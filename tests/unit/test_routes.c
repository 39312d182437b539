/*
 * The daemon without a socket: targets, routing, negotiation, framing, lists.
 */
#include "requests.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/exchange.h"
#include "daemon/framing.h"
#include "daemon/listen.h"
#include "daemon/negotiate.h"
#include "daemon/query_list.h"
#include "daemon/router.h"

#define COUNT TESTING_COUNT

/* ---------------------------------------------------------------- targets */

static void
test_target_is_parsed(void **state)
{
	struct request request = { 0 };
	svctag_detail detail = { "" };
	static const char target[] = "/v1/t%C3%A4gs/a%2Fb?q=1.2.3.4&q=%3A%3A1&&x&e=&p=a+b";

	(void)state;
	assert_int_equal(request_parse_target(&request, target, strlen(target), &detail), 0);
	assert_int_equal(request.segment_count, 3);
	assert_string_equal(request.segments[1], "t\xc3\xa4gs");
	assert_string_equal(request.segments[2], "a/b");
	assert_int_equal(request.parameter_count, 5);
	assert_int_equal(request_parameter_count(&request, "q"), 2);
	assert_string_equal(request_parameter(&request, "q"), "1.2.3.4");
	assert_string_equal(request.parameters[1].value, "::1");
	assert_string_equal(request_parameter(&request, "x"), "");
	assert_string_equal(request_parameter(&request, "e"), "");
	assert_string_equal(request_parameter(&request, "p"), "a b");
	assert_null(request_parameter(&request, "none"));
	request_release(&request);
}

static void
test_bad_targets(void **state)
{
	static const struct {
		const char *target;
		unsigned int want;
	} cases[] = {
		{ "/", 0 },
		{ "/v1/lookup?", 0 },
		{ "http://host:80/v1/lookup?q=1", 0 }, /* absolute form */
		{ "http://host", 0 },
		{ "HTTPS://host?q=1", 0 },
		{ "http://", 400 },
		{ "http:///path", 400 },
		{ "http://user@host/", 400 },
		{ "ftp://host/", 400 },
		{ "*", 400 },
		{ "host:80", 400 },
		{ "", 400 },
		{ "/%00", 400 },
		{ "/v1/lookup%00", 400 },
		{ "/v1?q=1%00", 400 },
		{ "/v1?q=%0d%0aX:y", 400 },
		{ "/v1?q=%7f", 400 },
		{ "/%", 400 },
		{ "/%4", 400 },
		{ "/%zz", 400 },
		{ "/v1?q=%C3", 400 },       /* half a character */
		{ "/v1?q=%C0%AF", 400 },    /* an overlong slash */
		{ "/v1?q=%ED%A0%80", 400 }, /* a surrogate */
		{ "/v1?q=\xc3\xa4", 400 },  /* has to be encoded */
		{ "/a b", 400 },
		{ "/a\tb", 400 },
		{ "/a#b", 400 },
		{ "/1/2/3/4/5/6/7/8", 0 },
		{ "/1/2/3/4/5/6/7/8/9", 400 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = { 0 };
		svctag_detail detail = { "" };
		unsigned int got = request_parse_target(&request, cases[i].target, strlen(cases[i].target), &detail);

		if (got != cases[i].want)
			fail_msg("'%s': %u, not %u", cases[i].target, got, cases[i].want);
		assert_int_equal(got != 0, detail.text[0] != '\0');
		request_release(&request);
	}
}

static void
test_many_parameters(void **state)
{
	char *target = testing_allocate(3 * 5000 + 8, 1);
	struct request request = { 0 };
	svctag_detail detail;
	char *p = stpcpy(target, "/x?");

	(void)state;
	for (int i = 0; i < 5000; i++)
		p = stpcpy(p, "a&");
	assert_int_equal(request_parse_target(&request, target, strlen(target), &detail), 414);
	request_release(&request);
	free(target);
}

/* ---------------------------------------------------------------- routing */

static void
test_router(void **state)
{
	static const struct {
		const char *method, *target;
		unsigned int want; /* 0: found and accepted */
		const char *allow;
	} cases[] = {
		{ "GET", "/v1/lookup?q=1.2.3.4", 0, "" },
		{ "HEAD", "/v1/lookup?q=1.2.3.4", 0, "" },
		{ "POST", "/v1/lookup", 415, "" },
		{ "PUT", "/v1/lookup", 405, "GET, HEAD, POST" },
		{ "TRACE", "/healthz", 405, "GET, HEAD" },
		{ "get", "/healthz", 405, "GET, HEAD" }, /* methods have letter case */
		{ "POST", "/v1/releases", 405, "GET, HEAD" },
		{ "GET", "/v1/tags/Storage", 0, "" },
		{ "GET", "/v1/tags/Storage/prefixes", 0, "" },
		{ "GET", "/v1/tags/", 404, "" },
		{ "GET", "/v1/tags//prefixes", 404, "" },
		{ "GET", "/v1/tags/a/b", 404, "" },
		{ "GET", "/v1/lookup/", 404, "" },
		{ "GET", "/v1/../v1/lookup", 404, "" },
		{ "GET", "//v1/lookup", 404, "" },
		{ "GET", "/V1/lookup", 404, "" },
		{ "GET", "/", 0, "" },
		{ "POST", "/", 405, "GET, HEAD" },
		{ "GET", "//", 404, "" },
		{ "GET", "/v1/lookup?q=1&cluod=all", 400, "" },
		{ "GET", "/v1/lookup?q=1&at=1&at=2", 400, "" },
		{ "GET", "/v1/lookup?=1", 400, "" },
		{ "GET", "/v1/diff?form=1", 400, "" },
		{ "GET", "/healthz?probe=1", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = make_request(cases[i].method, cases[i].target);
		struct reply reply = { 0 };
		const struct route *route = router_find(&request, &reply);

		if (route != NULL)
			assert_int_equal(router_accepts(route, &request, &reply), cases[i].want == 0);
		if (reply.status != cases[i].want)
			fail_msg("%s %s: %u, not %u", cases[i].method, cases[i].target, reply.status, cases[i].want);
		assert_string_equal(reply.allow, cases[i].allow);
		if (reply.status != 0)
			assert_string_equal(reply.content_type, "application/problem+json");
		reply_release(&reply);
		request_release(&request);
	}
}

/* A list needs a media type; no list needs none. */
static void
test_optional_body(void **state)
{
	static const struct {
		const char *type;
		bool has_body;
		unsigned int want;
	} cases[] = {
		{ NULL, false, 0 },
		{ NULL, true, 0 }, /* read as what it looks like */
		{ "text/csv", true, 0 },
		{ "application/octet-stream", true, 0 },
		{ "application/xml; charset=utf-8", true, 0 },
		{ "text/html", true, 415 },
		{ "application/x-www-form-urlencoded", true, 415 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = make_request("POST", "/v1/drift");
		struct reply reply = { 0 };
		const struct route *route = router_find(&request, &reply);

		give_field(&request, "Content-Type", cases[i].type);
		request.has_body = cases[i].has_body;
		assert_int_equal(router_accepts(route, &request, &reply), cases[i].want == 0);
		assert_int_equal(reply.status, cases[i].want);
		reply_release(&reply);
		request_release(&request);
	}
}

static void
test_body_types(void **state)
{
	static const struct {
		const char *type;
		unsigned int want;
	} cases[] = {
		{ "application/json", 0 },
		{ "application/json; charset=utf-8", 0 },
		{ "Text/Plain", 0 },
		{ "text/plain;charset=utf-8", 0 },
		{ "text/html", 415 },
		{ "application/jsonx", 415 },
		{ "", 415 },
		{ "application/x-www-form-urlencoded", 415 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = make_request("POST", "/v1/lookup");
		struct reply reply = { 0 };
		const struct route *route = router_find(&request, &reply);

		give_field(&request, "Content-Type", cases[i].type);
		assert_int_equal(router_accepts(route, &request, &reply), cases[i].want == 0);
		assert_int_equal(reply.status, cases[i].want);
		reply_release(&reply);
		request_release(&request);
	}
}

static void
test_negotiation(void **state)
{
	static const unsigned int all = FORMAT_BIT(REPORT_JSON) | FORMAT_BIT(REPORT_NDJSON) | FORMAT_BIT(REPORT_TEXT);
	static const struct {
		const char *target, *accept;
		unsigned int status;
		enum report_format want;
	} cases[] = {
		{ "/", NULL, 0, REPORT_JSON },
		{ "/", "", 0, REPORT_JSON },
		{ "/", "*/*", 0, REPORT_JSON },
		{ "/", "application/json", 0, REPORT_JSON },
		{ "/", "APPLICATION/X-NDJSON", 0, REPORT_NDJSON },
		{ "/", "text/plain", 0, REPORT_TEXT },
		{ "/", "text/*", 0, REPORT_TEXT },
		{ "/", "*/*", 0, REPORT_JSON },
		{ "/", "text/html, */*;q=0.1", 0, REPORT_JSON },
		{ "/", "application/json;q=0.5, text/plain;q=0.7", 0, REPORT_TEXT },
		{ "/", "application/json;q=0, */*", 0, REPORT_NDJSON },
		{ "/", "text/plain ; q=0.2 , application/x-ndjson", 0, REPORT_NDJSON },
		{ "/", "text/html", 406, REPORT_JSON },
		{ "/", "text/csv", 406, REPORT_JSON }, /* not offered here */
		{ "/", "application/json;q=0", 406, REPORT_JSON },
		{ "/?format=text", "application/json", 0, REPORT_TEXT },
		{ "/?format=csv", NULL, 400, REPORT_JSON },
		{ "/?format=", NULL, 400, REPORT_JSON },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = make_request("GET", cases[i].target);
		struct reply reply = { 0 };
		enum report_format format = REPORT_CSV;
		bool ok;

		give_field(&request, "Accept", cases[i].accept);
		ok = negotiate_format(&request, all, &reply, &format);
		assert_int_equal(reply.status, cases[i].status);
		assert_int_equal(ok, cases[i].status == 0);
		assert_int_equal(format, ok ? cases[i].want : REPORT_CSV);
		reply_release(&reply);
		request_release(&request);
	}
}

static void
test_etags(void **state)
{
	(void)state;
	assert_true(reply_etag_matches("\"a\"", "\"a\""));
	assert_true(reply_etag_matches("W/\"a\"", "\"a\""));
	assert_true(reply_etag_matches("\"b\", \"a\"", "\"a\""));
	assert_true(reply_etag_matches("\"b\",W/\"a\" ", "\"a\""));
	assert_false(reply_etag_matches("*", "\"a\"")); /* seen to elsewhere */
	assert_false(reply_etag_matches("\"b\"", "\"a\""));
	assert_false(reply_etag_matches("a", "\"a\""));
	assert_false(reply_etag_matches("\"ab\"", "\"a\""));
	assert_false(reply_etag_matches("", "\"a\""));
	assert_false(reply_etag_matches(NULL, "\"a\""));
	assert_false(reply_etag_matches("*", ""));
}

/* ---------------------------------------------------------------- framing */

static void
test_framing(void **state)
{
	static const struct {
		bool old;              /* HTTP/1.0 */
		const char *fields[8]; /* name, value, … */
		unsigned int want;
		bool body;
	} cases[] = {
		{ false, { "Host", "a" }, 0, false },
		{ true, { NULL }, 0, false },
		{ false, { NULL }, 400, false },
		{ false, { "Host", "a", "host", "b" }, 400, false },
		{ false, { "Host", "a b" }, 400, false },
		{ false, { "Host", "[::1]:80" }, 0, false },
		{ false, { "Host", "a", "Expect", "100-Continue", "Content-Length", "5" }, 0, true },
		{ false, { "Host", "a", "Expect", "100-continue" }, 417, false }, /* with what? */
		{ false, { "Host", "a", "Expect", "x", "Content-Length", "5" }, 417, true },
		{ false, { "Host", "a", "Content-Length", "5" }, 0, true },
		{ false, { "Host", "a", "Content-Length", "0" }, 0, false },
		{ false, { "Host", "a", "Content-Length", "5", "content-length", "5" }, 400, true },
		{ false, { "Host", "a", "Content-Length", "5, 5" }, 400, false },
		{ false, { "Host", "a", "Content-Length", "+5" }, 400, false },
		{ false, { "Host", "a", "Content-Length", "0x5" }, 400, false },
		{ false, { "Host", "a", "Content-Length", "" }, 400, false },
		{ false, { "Host", "a", "Content-Length", "9999999999999999999" }, 413, false },
		{ false, { "Host", "a", "Transfer-Encoding", "Chunked" }, 0, true },
		{ true, { "Transfer-Encoding", "chunked" }, 400, true },
		{ false, { "Host", "a", "Transfer-Encoding", "gzip, chunked" }, 501, false },
		{ false, { "Host", "a", "Transfer-Encoding", "identity" }, 501, false },
		{ false, { "Host", "a", "Transfer-Encoding", "chunked", "Content-Length", "3" }, 400, true },
		{ false, { "Host", "a", "Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked" }, 400, true },
		{ false, { "Host", "a", "Transfer-Encoding", "chunked, chunked" }, 400, false },
		{ false, { "Host", "a", "Transfer-Encoding", "chunked " }, 400, false },
		{ false, { "Host", "a", "Transfer-Encoding", "" }, 400, false },
		{ false, { "Host", "a", "X-Length", "5" }, 0, false }, /* not one that decides */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct framing framing = { .old = cases[i].old };
		svctag_detail detail = { "" };

		for (size_t j = 0; j + 1 < 8 && cases[i].fields[j] != NULL; j += 2)
			framing_add(&framing, framing_field_named(cases[i].fields[j], strlen(cases[i].fields[j])),
				    cases[i].fields[j + 1], strlen(cases[i].fields[j + 1]));
		if (framing_judge(&framing, &detail) != cases[i].want)
			fail_msg("case %zu: not %u", i, cases[i].want);
		assert_int_equal(framing_has_body(&framing), cases[i].body);
	}
}

static void
test_listen_forms(void **state)
{
	static const struct {
		const char *text;
		svctag_error want;
	} cases[] = {
		{ "127.0.0.1:0", SVCTAG_OK },
		{ "0.0.0.0:8473", SVCTAG_OK },
		{ "[::1]:65535", SVCTAG_OK },
		{ "unix:/run/x.sock", SVCTAG_OK },
		{ "::1:80", SVCTAG_E_SYNTAX },
		{ "localhost:80", SVCTAG_E_SYNTAX },
		{ "127.0.0.1", SVCTAG_E_SYNTAX },
		{ "127.0.0.1:", SVCTAG_E_SYNTAX },
		{ "127.0.0.1:65536", SVCTAG_E_SYNTAX },
		{ "127.0.0.1:-1", SVCTAG_E_SYNTAX },
		{ "[127.0.0.1]:80", SVCTAG_E_SYNTAX },
		{ "[::1:80", SVCTAG_E_SYNTAX },
		{ "[]:80", SVCTAG_E_SYNTAX },
		{ "unix:", SVCTAG_E_SYNTAX },
		{ "", SVCTAG_E_SYNTAX },
		{ ":80", SVCTAG_E_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		TESTING_CHECK(listener_check(cases[i].text, NULL), cases[i].want);
}

/* ------------------------------------------------------------------ lists */

static void
test_json_lists(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* items joined by '|', or NULL when it is refused */
	} cases[] = {
		{ "{\"queries\":[]}", "" },
		{ " { \"queries\" : [ \"a\" , \"b\" ] } \n", "a|b|" },
		{ "{\"queries\":[\"\\u0041\\u00e4\\ud83d\\ude00\\n\\\"\\/\"]}", "A\xc3\xa4\xf0\x9f\x98\x80\n\"/|" },
		{ "{\"queries\":[\"\"]}", "|" },
		{ "{\"queries\":[\"a\"]} x", NULL },
		{ "{\"queries\":[\"a\"]}{}", NULL },
		{ "{\"queries\":[\"a\",]}", NULL },
		{ "{\"queries\":[\"a\" \"b\"]}", NULL },
		{ "{\"queries\":[1]}", NULL },
		{ "{\"queries\":[[\"a\"]]}", NULL },
		{ "{\"queries\":\"a\"}", NULL },
		{ "{\"queries\":[\"a\"],\"x\":1}", NULL },
		{ "{\"Queries\":[\"a\"]}", NULL },
		{ "{\"queries\":[\"\\u0000\"]}", NULL },
		{ "{\"queries\":[\"\\ud83d\"]}", NULL },
		{ "{\"queries\":[\"\\ude00\"]}", NULL },
		{ "{\"queries\":[\"\\x\"]}", NULL },
		{ "{\"queries\":[\"\\u00\"]}", NULL },
		{ "{\"queries\":[\"a\tb\"]}", NULL },
		{ "{\"queries\":[\"\xff\"]}", NULL },
		{ "{\"queries\":[\"a", NULL },
		{ "{\"queries\":[\"a\\", NULL },
		{ "{\"queries\":[", NULL },
		{ "[\"a\"]", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t size = strlen(cases[i].text);
		char *text = testing_allocate(size + 1, 1); /* so that a sanitizer sees reads past the end */
		svctag_detail detail = { "" };
		svctag_error err;

		memcpy(text, cases[i].text, size);
		err = query_list_of_json(text, &size, &detail);
		if ((err == SVCTAG_OK) != (cases[i].want != NULL))
			fail_msg("'%s': %s", cases[i].text, svctag_error_text(err));
		if (err == SVCTAG_OK) {
			assert_int_equal(size, strlen(cases[i].want));
			for (size_t j = 0; j < size; j++)
				assert_int_equal(text[j], cases[i].want[j] == '|' ? '\0' : cases[i].want[j]);
		} else {
			assert_true(detail.text[0] != '\0');
		}
		free(text);
	}
}

static void
test_lines(void **state)
{
	static const char text[] = "a\r\n\n# note\nb c\nd";
	struct query_list list = { .text = text, .size = sizeof(text) - 1, .lines = true };
	struct query_item item;

	(void)state;
	assert_true(query_list_next(&list, &item));
	assert_int_equal(item.size, 1);
	assert_true(query_list_next(&list, &item));
	assert_memory_equal(item.text, "b c", 3);
	assert_int_equal(list.line, 4);
	assert_true(query_list_next(&list, &item));
	assert_int_equal(item.size, 1);
	assert_int_equal(list.line, 5);
	assert_false(query_list_next(&list, &item));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target_is_parsed), cmocka_unit_test(test_bad_targets),
		cmocka_unit_test(test_many_parameters),  cmocka_unit_test(test_router),
		cmocka_unit_test(test_body_types),       cmocka_unit_test(test_optional_body),
		cmocka_unit_test(test_negotiation),      cmocka_unit_test(test_etags),
		cmocka_unit_test(test_framing),          cmocka_unit_test(test_listen_forms),
		cmocka_unit_test(test_json_lists),       cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
