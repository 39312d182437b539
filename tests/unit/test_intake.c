/*
 * Short heads go to the library as they came; a longer one is kept, and
 * another that frames the request in the same way goes in its place.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/intake.h"

#define CROWD (INTAKE_SHORT_FIELDS + 1)

/** What came, and what the library has been given of it. */
struct line {
	struct intake intake;
	char given[65536];
	size_t size;
};

static struct line *
begin(void)
{
	struct line *line = calloc(1, sizeof(*line));

	assert_non_null(line);
	return line;
}

static void
end(struct line *line)
{
	intake_release(&line->intake);
	free(line);
}

/** This comes, in one piece. */
static void
come(struct line *line, const char *text, size_t size)
{
	struct intake *intake = &line->intake;
	size_t room;
	char *to;

	assert_true(line->size + size < sizeof(line->given));
	if (!intake_holds(intake)) {
		memcpy(line->given + line->size, text, size);
		line->size += intake_read(intake, line->given + line->size, size);
		return;
	}
	to = intake_room(intake, &room);
	assert_non_null(to);
	room = room < size ? room : size;
	memcpy(to, text, room);
	intake_read_held(intake, room);
	line->size += intake_move(intake, line->given + line->size, sizeof(line->given) - line->size);
	if (room < size)
		come(line, text + room, size - room);
}

static void
come_text(struct line *line, const char *text)
{
	come(line, text, strlen(text));
}

/** What the library has been given since the last time, NUL-terminated. */
static const char *
take_given(struct line *line)
{
	line->given[line->size] = '\0';
	line->size = 0;
	return line->given;
}

/** A request with CROWD fields "a:" behind these. */
static char *
crowd(const char *first, const char *fields)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(file);
	fprintf(file, "%s%s", first, fields);
	for (int i = 0; i < CROWD; i++)
		fprintf(file, "a:\r\n");
	fprintf(file, "\r\n");
	assert_int_equal(fclose(file), 0);
	return text;
}

/** A request whose target has so many bytes. */
static char *
long_request(int size)
{
	char *text;

	assert_true(asprintf(&text, "GET /%0*d HTTP/1.1\r\nHost: here\r\nAccept: text/plain\r\n\r\n", size - 1, 0) > 0);
	return text;
}

static void
check_target(const struct intake_head *head, const char *want)
{
	const char *target;
	size_t size;

	assert_non_null(head);
	target = intake_head_target(head, &size);
	assert_int_equal(size, strlen(want));
	assert_memory_equal(target, want, size);
}

static void
test_short(void **state)
{
	static const char text[] =
		"GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\n"
		"abcGET /c HTTP/1.0\r\n\r\n";
	struct line *line = begin();

	(void)state;
	come_text(line, text);
	assert_string_equal(take_given(line), text);
	assert_false(intake_holds(&line->intake));
	for (int i = 0; i < 3; i++)
		assert_null(intake_take(&line->intake));
	end(line);
}

/** A head that is not complete waits; what is in front of it does not. */
static void
test_head_in_pieces(void **state)
{
	struct line *line = begin();

	(void)state;
	come_text(line, "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HT");
	assert_string_equal(take_given(line), "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(intake_holds(&line->intake));
	come_text(line, "TP/1.1\r\nHost: b\r\n\r");
	assert_string_equal(take_given(line), "");
	come_text(line, "\nGET /c HTTP/1.0\r\n\r\n\r\n");
	assert_string_equal(take_given(line), "GET /b HTTP/1.1\r\nHost: b\r\n\r\nGET /c HTTP/1.0\r\n\r\n\r\n");
	assert_false(intake_holds(&line->intake));
	end(line);
}

/** The library has room for less than may go on. */
static void
test_little_room(void **state)
{
	struct line *line = begin();
	char piece[5];
	size_t size;

	(void)state;
	come_text(line, "GET /a HT");
	{
		static const char rest[] = "TP/1.0\r\n\r\nGET /";
		size_t room;

		memcpy(intake_room(&line->intake, &room), rest, strlen(rest));
		assert_true(room >= strlen(rest));
		intake_read_held(&line->intake, strlen(rest));
	}
	while ((size = intake_move(&line->intake, piece, sizeof(piece))) > 0) {
		memcpy(line->given + line->size, piece, size);
		line->size += size;
	}
	assert_string_equal(take_given(line), "GET /a HTTP/1.0\r\n\r\n");
	assert_true(intake_holds(&line->intake));
	end(line);
}

static bool
append_field(void *context, const char *name, size_t name_size, const char *value, size_t value_size)
{
	char *text = context;

	if (name_size == 1)
		return strlen(text) < 1000;
	text += strlen(text);
	(void)snprintf(text, 1000, "%.*s=%.*s;", (int)name_size, name, (int)value_size, value);
	return true;
}

static void
check_fields(const struct intake_head *head, const char *want)
{
	char got[2048] = "";

	assert_true(intake_head_fields(head, append_field, got));
	assert_string_equal(got, want);
}

static void
test_long_target(void **state)
{
	struct line *line = begin();
	char *text = long_request(9000);
	struct intake_head *head;
	struct message message = { 0 };
	struct message_refusal refusal = { 0 };
	size_t left;

	(void)state;
	for (size_t at = 0, n; at < strlen(text); at += n) {
		n = strlen(text) - at < 1448 ? strlen(text) - at : 1448;
		assert_int_equal(line->size, 0);
		come(line, text + at, n);
	}
	assert_int_equal(line->size, INTAKE_SHORT_HEAD);
	assert_int_equal(message_read(&message, line->given, line->size, &left, &refusal), INTAKE_SHORT_HEAD);
	assert_int_equal(message.heads, 1);
	assert_string_equal(message.method, "GET");
	head = intake_take(&line->intake);
	text[4 + 9000] = '\0';
	check_target(head, text + 4);
	check_fields(head, "Host=here;Accept=text/plain;");
	free(head);
	free(text);
	end(line);
}

/** What stands in for a head with these fields in it, without what it is filled with. */
static void
check_stand_in(const char *first, const char *fields, const char *want)
{
	struct line *line = begin();
	char *text = crowd(first, fields);
	const char *filler;
	char got[512];
	size_t size;
	struct intake_head *head;

	come_text(line, text);
	assert_int_equal(line->size, strlen(text));
	(void)take_given(line);
	filler = strstr(line->given, "Filler: ");
	assert_non_null(filler);
	filler += strlen("Filler: ");
	size = strspn(filler, "x");
	(void)snprintf(got, sizeof(got), "%.*s%s", (int)(filler - line->given), line->given, filler + size);
	assert_string_equal(got, want);
	head = intake_take(&line->intake);
	assert_non_null(head);
	assert_string_equal(head->text, text);
	free(head);
	free(text);
	end(line);
}

static void
test_many_fields(void **state)
{
	(void)state;
	check_stand_in("GET /v1/lookup?q=1 HTTP/1.1\r\n", "Host: a\r\n",
		       "GET / HTTP/1.1\r\nHost: x\r\nFiller: \r\n\r\n");
	check_stand_in("HEAD /a HTTP/1.0\r\n", "", "HEAD / HTTP/1.0\r\nFiller: \r\n\r\n");
	check_stand_in("A-METHOD-THAT-NOBODY-KNOWS /a HTTP/1.1\r\n", "Host: a\r\n",
		       "A-METHOD-THAT-NO / HTTP/1.1\r\nHost: x\r\nFiller: \r\n\r\n");
	check_stand_in("GET /a HTTP/1.1\r\n", "Host: a\r\nCONNECTION: x,  Close ,y\r\n",
		       "GET / HTTP/1.1\r\nHost: x\r\nFiller: \r\nConnection: close\r\n\r\n");
	check_stand_in("GET /a HTTP/1.1\r\n", "Host: a\r\nConnection: closed\r\n",
		       "GET / HTTP/1.1\r\nHost: x\r\nFiller: \r\n\r\n");
	check_stand_in("GET /a HTTP/1.0\r\n", "Connection: keep-alive\r\n",
		       "GET / HTTP/1.0\r\nFiller: \r\nConnection: keep-alive\r\n\r\n");
	check_stand_in("GET /a HTTP/1.0\r\n", "Connection: keep-alive\r\nConnection:close\r\n",
		       "GET / HTTP/1.0\r\nFiller: \r\nConnection: close\r\n\r\n");
	check_stand_in("POST /a HTTP/1.1\r\n", "Host: a\r\nContent-Length: 00123\r\nExpect: 100-Continue\r\n",
		       "POST / HTTP/1.1\r\nHost: x\r\nFiller: \r\nContent-Length: 123\r\nExpect: 100-continue\r\n\r\n");
	check_stand_in("POST /a HTTP/1.1\r\n", "Host: a\r\nTransfer-Encoding: chunked\r\n",
		       "POST / HTTP/1.1\r\nHost: x\r\nFiller: \r\nTransfer-Encoding: chunked\r\n\r\n");
}

/** Heads are taken in the order that they came, each for its own request. */
static void
test_order(void **state)
{
	struct line *line = begin();
	char *a = crowd("GET /a HTTP/1.1\r\n", "Host: a\r\n");
	char *b = crowd("GET /b HTTP/1.1\r\n", "Host: a\r\n");
	const char *wants[] = { NULL, "/a", "/b", NULL, "/a" };

	(void)state;
	come_text(line, "GET /short HTTP/1.1\r\nHost: a\r\n\r\n");
	come_text(line, a);
	come_text(line, b);
	come_text(line, "GET /short HTTP/1.1\r\nHost: a\r\n\r\n");
	come_text(line, a);
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		struct intake_head *head = intake_take(&line->intake);

		if (wants[i] == NULL)
			assert_null(head);
		else
			check_target(head, wants[i]);
		free(head);
	}
	free(a);
	free(b);
	end(line);
}

/** Nobody has any use for extensions of chunks, and for fields behind them. */
static void
test_chunks(void **state)
{
	static const char text[] = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
				   "3;x=y\r\nabc\r\n5\r\n\r\nde;\r\n0;z\r\nT: u\r\nV:\r\n\r\nGET /b HTTP/1.0\r\n\r\n";
	static const char want[] = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
				   "3;\r\nabc\r\n5\r\n\r\nde;\r\n0;\r\n\r\nGET /b HTTP/1.0\r\n\r\n";

	(void)state;
	for (size_t cut = 0; cut < strlen(text); cut++) {
		struct line *line = begin();

		if (cut > 0)
			come(line, text, cut);
		come_text(line, text + cut);
		assert_string_equal(take_given(line), want);
		assert_int_equal(line->intake.refusal.status, 0);
		end(line);
	}
}

/** What was complete before goes on, and nothing else. */
static void
test_refused(void **state)
{
	struct line *line = begin();
	char *text = crowd("GET /a HTTP/1.1\r\n", "Host: a\r\n");

	(void)state;
	come_text(line, "\r\nGET /b ");
	assert_string_equal(take_given(line), "\r\n");
	come_text(line, "HTTP/1.0\r\n\r\n");
	come_text(line, text);
	assert_int_equal(line->intake.refusal.status, 0);
	come_text(line, "GET /c HTTP/1.0\r\n\r\nGET /d HTTP/1.0\r\nbad\r\n\r\nGET /e HTTP/1.0\r\n\r\n");
	assert_int_equal(line->intake.refusal.status, 400);
	assert_false(intake_holds(&line->intake));
	(void)take_given(line);
	assert_non_null(strstr(line->given, "GET /c HTTP/1.0\r\n\r\n"));
	assert_null(strstr(line->given, "GET /d"));
	assert_null(strstr(line->given, "GET /e"));
	free(text);
	end(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),       cmocka_unit_test(test_head_in_pieces),
		cmocka_unit_test(test_little_room), cmocka_unit_test(test_long_target),
		cmocka_unit_test(test_many_fields), cmocka_unit_test(test_order),
		cmocka_unit_test(test_chunks),      cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
