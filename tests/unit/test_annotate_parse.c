#include "testing.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <annotate/field.h>
#include <annotate/find.h>
#include <annotate/json.h>
#include <annotate/record.h>
#include <text/ends.h>
#include <text/quad.h>

/* ------------------------------------------------------------ dotted quads */

/* What the system says of the run of digits and dots at the start. */
static size_t
system_quad(const char *text, uint32_t *ret)
{
	size_t size = strspn(text, "0123456789.");
	char copy[64] = "";
	struct in_addr address;

	if (size >= sizeof(copy))
		return 0;
	memcpy(copy, text, size);
	if (inet_pton(AF_INET, copy, &address) != 1)
		return 0;
	*ret = ntohl(address.s_addr);
	return size;
}

/* So many bytes as a whole, which inet_pton() knows best. */
static void
check_table(const struct quad_table *table, const char *text, size_t size)
{
	char copy[64] = "";
	struct in_addr address = { 0 };
	uint32_t want = 1, got = 1;
	bool is_quad;

	memcpy(copy, text, size);
	is_quad = strlen(copy) == size && inet_pton(AF_INET, copy, &address) == 1;
	if (is_quad)
		want = ntohl(address.s_addr);
	if (quad_read_table(table, text, size, &got) != is_quad || got != want)
		fail_msg("\"%s\" by the table", copy);
}

static void
check_quad(const struct quad_table *table, const char *text)
{
	char padded[64 + QUAD_SLACK] = "";
	uint32_t want = 1, fast = 1, plain = 1;
	size_t size;

	snprintf(padded, 64, "%s", text);
	size = system_quad(padded, &want);
	for (size_t part = 0; quad_table_is_usable() && part < 20; part++)
		check_table(table, padded, part);
	if (quad_read(padded, &fast) != size || quad_read_plain(padded, &plain) != size || fast != want ||
	    plain != want)
		fail_msg("\"%s\"", padded);
}

/* Every number of up to four digits at every place. */
static void
test_quad_octets(void **state)
{
	struct quad_table *table = testing_allocate(1, sizeof(*table));
	static const char *const forms[] = { "%s.2.3.4", "1.%s.3.4", "1.2.%s.4", "1.2.3.%s", "%s", "%s.", "1.2.%s" };

	(void)state;
	quad_table_fill(table);
	for (size_t form = 0; form < TESTING_COUNT(forms); form++) {
		for (unsigned int number = 0; number < 10000; number++) {
			const char *place = strchr(forms[form], '%');

			for (int width = 1; width <= 4; width++) {
				char text[64];

				snprintf(text, sizeof(text), "%.*s%0*u%s", (int)(place - forms[form]), forms[form],
					 width, number, place + 2);
				check_quad(table, text);
			}
		}
	}
	free(table);
}

static void
test_quad_random(void **state)
{
	static const char alphabet[] = "0123456789..../ :ax\n";
	struct quad_table *table = testing_allocate(1, sizeof(*table));
	testing_random random;

	(void)state;
	quad_table_fill(table);
	testing_random_begin(&random);
	for (int i = 0; i < 300000; i++) {
		char text[40];
		size_t size;

		size = (size_t)snprintf(text, sizeof(text), "%u.%u.%u.%u", testing_between(&random, 0, 260),
					testing_between(&random, 0, 260), testing_between(&random, 0, 260),
					testing_between(&random, 0, 300));
		for (size_t change = testing_below(&random, 3); change > 0; change--)
			text[testing_below(&random, size)] = alphabet[testing_below(&random, sizeof(alphabet) - 1)];
		if (testing_below(&random, 2) == 0)
			snprintf(text + size, sizeof(text) - size, "%c%c",
				 alphabet[testing_below(&random, sizeof(alphabet) - 1)],
				 alphabet[testing_below(&random, sizeof(alphabet) - 1)]);
		check_quad(table, text);
	}
	free(table);
}

/* -------------------------------------------------------------- ends of lines */

/* Texts with a line feed in one of so many bytes, from all of them to none. */
static void
test_ends(void **state)
{
	testing_random random;

	(void)state;
	if (!ends_are_usable())
		skip();
	testing_random_begin(&random);
	for (unsigned int share = 1; share < 200; share++) {
		for (size_t size = 0; size <= ENDS_MOST; size += ENDS_STEP) {
			char text[ENDS_MOST + 1];
			struct ends ends;
			size_t count = 0;

			for (size_t i = 0; i < size; i++)
				text[i] = testing_below(&random, share) == 0 ? '\n' : (char)testing_below(&random, 256);
			ends_find(text, size, &ends);
			for (size_t i = 0; i < size; i++) {
				if (text[i] == '\n')
					assert_int_equal(ends.at[count++], i);
			}
			assert_int_equal(ends.count, count);
		}
	}
}

/* ------------------------------------------------------------------ finding */

static const char *
found_text(enum found found, const struct found_address *address, char *text)
{
	svctag_address value = address->ipv6;

	if (found == FOUND_NOTHING)
		return "-";
	if (found == FOUND_IPV4) {
		value = (svctag_address){ .family = SVCTAG_IPV4 };
		for (size_t i = 0; i < 4; i++)
			value.bytes[i] = (uint8_t)(address->ipv4 >> (24 - 8 * i));
	}
	svctag_address_format(&value, text);
	return text;
}

struct find_case {
	const char *text;
	const char *want;
};

static void
check_finds(const struct find_case *cases, size_t count,
	    enum found (*find)(const char *text, size_t size, struct found_address *ret))
{
	for (size_t i = 0; i < count; i++) {
		size_t size = strlen(cases[i].text);
		char *text = testing_allocate(size + QUAD_SLACK, 1);
		char got[SVCTAG_ADDRESS_TEXT_SIZE];
		struct found_address address = { 0 };

		memcpy(text, cases[i].text, size);
		if (strcmp(found_text(find(text, size, &address), &address, got), cases[i].want) != 0)
			fail_msg("\"%s\": %s instead of %s", cases[i].text,
				 found_text(find(text, size, &address), &address, got), cases[i].want);
		/* What follows is not looked at. */
		memset(text + size, '1', QUAD_SLACK);
		assert_string_equal(found_text(find(text, size, &address), &address, got), cases[i].want);
		free(text);
	}
}

static void
test_find_whole(void **state)
{
	static const struct find_case cases[] = {
		{ "", "-" },
		{ "13.82.88.226", "13.82.88.226" },
		{ "13.82.88.226:443", "13.82.88.226" },
		{ "13.82.88.226:65536", "-" },
		{ "13.82.88.226:", "-" },
		{ "13.82.88.226:x", "-" },
		{ "13.82.88.0/24", "-" }, /* a prefix is no address */
		{ "013.82.88.226", "-" },
		{ "13.82.88", "-" },
		{ "::1", "::1" },
		{ "[::1]", "::1" },
		{ "[::1]:443", "::1" },
		{ "[::1]443", "-" },
		{ "[::1", "-" },
		{ "[]", "-" },
		{ "[13.82.88.226]:25", "13.82.88.226" },
		{ "2001:db8::1:443", "2001:db8::1:443" }, /* without brackets it is all address */
		{ "::ffff:13.82.88.226", "13.82.88.226" },
		{ "[::FFFF:0d52:58e2]:1", "13.82.88.226" },
		{ "fe80::1%eth0", "-" },
		{ "host", "-" },
	};

	(void)state;
	check_finds(cases, TESTING_COUNT(cases), find_whole);
}

static void
test_find_first(void **state)
{
	static const struct find_case cases[] = {
		{ "", "-" },
		{ "no address at 12:34:56, really.", "-" },
		{ "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\"", "1.2.3.4" },
		{ "Oct 10 13:55:36 host sshd[1]: from 1.2.3.4 port 22", "1.2.3.4" },
		{ "two: 1.2.3.4 and 5.6.7.8", "1.2.3.4" },
		{ "bad 1.2.3.256 then 5.6.7.8", "5.6.7.8" },
		{ "v1.2.3.4 5.6.7.8", "5.6.7.8" },
		{ "1.2.3.4.5 5.6.7.8", "5.6.7.8" },
		{ "1.2.3.4x 5.6.7.8", "5.6.7.8" },
		{ "1.2.3.4a 5.6.7.8", "5.6.7.8" },
		{ "1.2.3.4_ 5.6.7.8", "5.6.7.8" },
		{ "1.2.3.4.example.com", "-" },
		{ "It was 1.2.3.4.", "1.2.3.4" },
		{ "from 1.2.3.4: refused", "1.2.3.4" },
		{ "src=1.2.3.4,dst=5.6.7.8", "1.2.3.4" },
		{ "1.2.3.4:80", "1.2.3.4" },
		{ "to 1.2.3.4:https", "1.2.3.4" },
		{ "outside:1.2.3.4/51234 (5.6.7.8/51234)", "1.2.3.4" }, /* as some firewalls write it */
		{ "feed:1.2.3.4", "1.2.3.4" },
		{ "http://1.2.3.4/24", "1.2.3.4" },
		{ "Mozilla/5.0 Chrome/120.0.0.0 Safari", "-" },
		{ "kafka/1.2.3.4:9092", "1.2.3.4" },
		{ "(/1.2.3.4)", "1.2.3.4" },
		{ "1.2.3.0-1.2.3.9", "1.2.3.0" },
		{ "std::cout << Foo::Bar << xyz", "-" },
		{ "[::1]:443", "::1" },
		{ "src [2001:DB8::1]:443", "2001:db8::1" },
		{ "src 2001:db8::1.", "2001:db8::1" },
		{ "src 2001:db8::1: timeout", "2001:db8::1" },
		{ "src:2001:db8::1", "2001:db8::1" },
		{ "fe80::1%eth0", "fe80::1" },
		{ "::ffff:1.2.3.4", "1.2.3.4" },
		{ "::ffff:1.2.3.4:80", "1.2.3.4" },
		{ "mac 00:11:22:33:44:55 ip 1.2.3.4", "1.2.3.4" },
		{ "1:2:3:4:5:6:7:8:9 ::2", "::2" },
		{ "\"1.2.3.4\"", "1.2.3.4" },
		{ "\xc3\xa9 1.2.3.4", "1.2.3.4" },
		{ "............................................. 1.2.3.4", "1.2.3.4" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:bbbbbbbbbbbbbbbbbbbbbbb::1", "-" },
	};

	(void)state;
	check_finds(cases, TESTING_COUNT(cases), find_first);
}

/* ------------------------------------------------------- fields and records */

static void
test_fields(void **state)
{
	static const struct {
		const char *separator, *text;
		size_t number;
		const char *want;
	} cases[] = {
		{ NULL, "a b c", 2, "b" },  { NULL, "  a \t b", 2, "b" },
		{ NULL, "a ", 2, NULL },    { NULL, "", 1, NULL },
		{ NULL, "   ", 1, NULL },   { ",", "a,b,c", 2, "b" },
		{ ",", "a, b ,c", 2, "b" }, { ",", "a,,c", 2, "" },
		{ ",", "a,", 2, "" },       { ",", "a", 2, NULL },
		{ ",", "", 1, "" },         { "||", "a||b|c||d", 2, "b|c" },
		{ "||", "a|b", 2, NULL },   { "\t", "a\tb c\td", 2, "b c" },
		{ "||", "a||", 2, "" },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		struct field_rule rule = { cases[i].separator,
					   cases[i].separator == NULL ? 0 : strlen(cases[i].separator) };
		const char *text = "untouched";
		size_t size = 0;

		assert_int_equal(field_find(&rule, cases[i].text, strlen(cases[i].text), cases[i].number, &text, &size),
				 cases[i].want != NULL);
		if (cases[i].want == NULL)
			assert_string_equal(text, "untouched");
		else if (size != strlen(cases[i].want) || memcmp(text, cases[i].want, size) != 0)
			fail_msg("\"%s\": \"%.*s\"", cases[i].text, (int)size, text);
	}
}

static void
test_records(void **state)
{
	static const struct {
		const char *text;
		size_t end; /* of the first record; 0: it does not end */
		const char *second;
	} cases[] = {
		{ "a,b\nc", 4, "b" },
		{ "\"a,\n\",b\nc", 8, "b" },
		{ "\"a\"\"\n\",b\n", 9, "b" },
		{ "a,\"b\"\n", 6, "b" },
		{ "a,b\"c\n\"", 6, "b\"c" }, /* a quote inside a field opens nothing */
		{ "a,\"b\"x\n", 7, "\"b\"x" },
		{ "a,\"b\n", 0, NULL },
		{ "a,b", 0, "b" },
		{ "\n", 1, NULL },
		{ "a,\n", 3, "" },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		const char *text = cases[i].text;
		const char *end = record_end(text, text + strlen(text), ',');
		size_t size = end == NULL ? strlen(text) : (size_t)(end - text) - 1;
		struct record_field field = { NULL, 0 };

		assert_int_equal(end == NULL ? 0 : (size_t)(end - text), cases[i].end);
		if (cases[i].second == NULL)
			continue;
		assert_true(record_find(text, size, ',', 2, &field));
		if (field.size != strlen(cases[i].second) || memcmp(field.text, cases[i].second, field.size) != 0)
			fail_msg("\"%s\": \"%.*s\"", text, (int)field.size, field.text);
	}
}

/* --------------------------------------------------------------------- JSON */

static const struct {
	const char *path, *text;
	enum jsonline_result want;
	const char *value;  /* as it stands */
	const char *behind; /* what follows the place for more members */
	const char *region; /* the value of the member "region" beside it */
} jsons[] = {
	{ "ip", "{\"ip\":\"1.2.3.4\"}", JSONLINE_FOUND, "1.2.3.4", "}", NULL },
	{ "ip", " { \"a\" : [ { \"ip\":1 } , [] , {} ] , \"ip\" : \"x\" , \"z\":-1.5e+3 } ", JSONLINE_FOUND, "x", " } ",
	  NULL },
	{ "ip", "{\"region\":{\"a\":1},\"ip\":\"x\"}", JSONLINE_FOUND, "x", "}", "{\"a\":1}" },
	{ "ip", "{\"ip\":\"x\",\"region\":null}", JSONLINE_FOUND, "x", "}", "null" },
	{ "ip", "{\"ip\":\"x\",\"in\":{\"region\":1}}", JSONLINE_FOUND, "x", "}", NULL },
	{ "a.b", "{\"a\":{\"b\":\"x\",\"region\":\"r\"},\"region\":2}", JSONLINE_FOUND, "x", "},\"region\":2}",
	  "\"r\"" },
	{ "a.b", "{\"region\":2,\"a\":{\"c\":{}},\"a.b\":\"x\"}", JSONLINE_FOUND, "x", "}", "2" },
	{ "a.b.c", "{\"a\":{\"b.c\":\"x\"}}", JSONLINE_FOUND, "x", "}}", NULL },
	{ "a.b", "{\"a\":[{\"b\":\"x\"}]}", JSONLINE_MISSING, NULL, NULL, NULL },
	{ "ip", "{\"\\u0069p\":\"\\u0031.2\"}", JSONLINE_FOUND, "\\u0031.2", "}", NULL },
	{ "\xc3\xb6", "{\"\\u00f6\":\"x\"}", JSONLINE_FOUND, "x", "}", NULL },
	{ "ip", "{\"a\\\"\":\"\\\\\",\"ip\":\"x\"}", JSONLINE_FOUND, "x", "}", NULL },
	{ "ip", "{\"a\":\"\\u0000\\ud800\",\"ip\":\"x\"}", JSONLINE_FOUND, "x", "}", NULL },
	{ "ip", "{\"a\":\"\xff\",\"ip\":\"x\"}", JSONLINE_FOUND, "x", "}", NULL },
	{ "ip", "{\"ip\":\"x\",\"ip\":\"y\"}", JSONLINE_FOUND, "x", "}", NULL },
	{ "ip", "{}", JSONLINE_MISSING, NULL, NULL, NULL },
	{ "ip", "{\"IP\":\"x\"}", JSONLINE_MISSING, NULL, NULL, NULL },
	{ "ip", "{\"ip\":null}", JSONLINE_MISSING, NULL, NULL, NULL },
	{ "ip", "{\"ip\":1}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":[\"x\"]}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "[]", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x\"", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x\"}}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x\",}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{,\"ip\":\"x\"}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\" \"x\"}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x\",\"a\":01}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x\",\"a\":1.}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x\",\"a\":tru}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x\",\"a\":[1 2]}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x\",\"a\":[1}]", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x\ty\"}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"\\x\"}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"\\u12\"}", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{\"ip\":\"x", JSONLINE_BAD, NULL, NULL, NULL },
	{ "ip", "{ip:\"x\"}", JSONLINE_BAD, NULL, NULL, NULL },
};

static bool
is_text(const struct jsonline_piece *piece, const char *want)
{
	if (want == NULL)
		return piece->begin == NULL;
	return piece->begin != NULL && (size_t)(piece->end - piece->begin) == strlen(want) &&
	       memcmp(piece->begin, want, strlen(want)) == 0;
}

static void
test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(jsons); i++) {
		struct jsonline_rule rule = { jsons[i].path, { "region", "tags" } };
		struct jsonline line = { 0 };
		const char *text = jsons[i].text;

		if (jsonline_read(&rule, text, strlen(text), &line) != jsons[i].want)
			fail_msg("%s", text);
		if (jsons[i].want != JSONLINE_FOUND)
			continue;
		if (!is_text(&line.value, jsons[i].value) || strcmp(line.insert, jsons[i].behind) != 0 ||
		    !is_text(&line.existing[0], jsons[i].region) || line.existing[1].begin != NULL)
			fail_msg("%s: %s", text, line.insert);
	}
}

/* Too deep is refused, and nothing is read past the end, wherever that is. */
static void
test_json_limits(void **state)
{
	struct jsonline_rule rule = { "a.b", { "region", "tags" } };
	const char *text = "{\"a\":{\"b\":\"\\u0031\\n\",\"c\":[1.5e3,true,{\"region\":null}]},\"d\":-0}";
	struct jsonline line;
	char deep[1000];
	char value[JSONLINE_VALUE_SIZE];

	(void)state;
	for (size_t size = 0; size < strlen(text); size++) {
		char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, text, size);
		assert_int_equal(jsonline_read(&rule, copy, size, &line), JSONLINE_BAD);
		free(copy);
	}
	assert_int_equal(jsonline_read(&rule, text, strlen(text), &line), JSONLINE_FOUND);
	assert_true(line.escaped);
	assert_int_equal(jsonline_unescape(&line.value, value), 2);
	assert_memory_equal(value, "1\n", 2);
	snprintf(deep, sizeof(deep), "{\"x\":%0*d%s}", 300, 0, "");
	memset(deep + 5, '[', 150);
	memset(deep + 155, ']', 150);
	assert_int_equal(jsonline_read(&rule, deep, strlen(deep), &line), JSONLINE_BAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quad_octets), cmocka_unit_test(test_quad_random),
		cmocka_unit_test(test_ends),        cmocka_unit_test(test_find_whole),
		cmocka_unit_test(test_find_first),  cmocka_unit_test(test_fields),
		cmocka_unit_test(test_records),     cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_limits),
	};

	return cmocka_run_group_tests_name("annotate_parse", tests, NULL, NULL);
}
