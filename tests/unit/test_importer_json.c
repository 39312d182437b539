/* The strict reader of JSON: what it lets through, and where it says what is wrong. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <importer/json_strict.h>
#include <importer/json_tree.h>

struct text_case {
	const char *text;
	svctag_error want;
	const char *detail; /* all of it */
};

static void
check_cases(const struct text_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		svctag_detail detail = { "" };
		size_t size = strlen(cases[i].text);
		/* At the end of a block of its own, for the sanitizers to see a step too far. */
		char *copy = testing_allocate(size + 1, 1);
		svctag_error err;

		memcpy(copy, cases[i].text, size);
		copy = realloc(copy, size == 0 ? 1 : size);
		assert_non_null(copy);
		err = json_check(copy, size, &detail);
		if (err != cases[i].want || strcmp(detail.text, cases[i].detail) != 0)
			print_error("case %zu: %s: \"%s\"\n", i, cases[i].text, detail.text);
		assert_string_equal(detail.text, cases[i].detail);
		TESTING_CHECK(err, cases[i].want);
		free(copy);
	}
}

static void
test_valid(void **state)
{
	static const struct text_case cases[] = {
		{ "{}", SVCTAG_OK, "" },
		{ "[]", SVCTAG_OK, "" },
		{ " \t\r\n[ { } , [ ] ] \n", SVCTAG_OK, "" },
		{ "\xef\xbb\xbf{}", SVCTAG_OK, "" }, /* byte order mark */
		{ "null", SVCTAG_OK, "" },
		{ "[true,false,null]", SVCTAG_OK, "" },
		{ "0", SVCTAG_OK, "" },
		{ "-0", SVCTAG_OK, "" },
		{ "[10,-1.25,0.5e-7,1E+307]", SVCTAG_OK, "" },
		{ "\"\"", SVCTAG_OK, "" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20AC\\ud83d\\ude00\"", SVCTAG_OK, "" },
		{ "\"\x7f\"", SVCTAG_OK, "" }, /* RFC 8259 allows DEL */
		{ "\"\xc2\x80 \xe0\xa0\x80 \xed\x9f\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\"", SVCTAG_OK, "" },
		{ "{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}", SVCTAG_OK, "" }, /* not in one object */
		{ "{\"a\":1,\"A\":2,\"\":3,\"aa\":4}", SVCTAG_OK, "" },
	};

	(void)state;
	check_cases(cases, TESTING_COUNT(cases));
}

static void
test_structure(void **state)
{
	static const struct text_case cases[] = {
		{ "", SVCTAG_E_SYNTAX, "is empty" },
		{ " \n", SVCTAG_E_SYNTAX, "is empty" },
		{ "\xef\xbb\xbf", SVCTAG_E_SYNTAX, "is empty" },
		{ "{} {}", SVCTAG_E_SYNTAX, "line 1, byte 3: '{' where the end of the file should be" },
		{ "{}\n<html>", SVCTAG_E_SYNTAX, "line 2, byte 3: '<' where the end of the file should be" },
		{ "[1,]", SVCTAG_E_SYNTAX, "line 1, byte 3: ']' where a value should be" },
		{ "[,1]", SVCTAG_E_SYNTAX, "line 1, byte 1: ',' where a value should be" },
		{ "[1 2]", SVCTAG_E_SYNTAX, "line 1, byte 3: '2' where ',' or ']' should be" },
		{ "[1}", SVCTAG_E_SYNTAX, "line 1, byte 2: '}' where ',' or ']' should be" },
		{ "{\"a\":1,}", SVCTAG_E_SYNTAX, "line 1, byte 7: '}' where a key in quotes should be" },
		{ "{a:1}", SVCTAG_E_SYNTAX, "line 1, byte 1: 'a' where a key in quotes should be" },
		{ "{\"a\" 1}", SVCTAG_E_SYNTAX, "line 1, byte 5: '1' where a colon should be" },
		{ "{\"a\":1 \"b\"", SVCTAG_E_SYNTAX, "line 1, byte 7: '\"' where ',' or '}' should be" },
		{ "]", SVCTAG_E_SYNTAX, "line 1, byte 0: ']' where a value should be" },
		{ "[1,\f2]", SVCTAG_E_SYNTAX, "line 1, byte 3: byte 0x0c where a value should be" },
		{ "\xef\xbb\xbf\xef\xbb\xbf{}", SVCTAG_E_SYNTAX, "line 1, byte 3: byte 0xef where a value should be" },
		{ "nulL", SVCTAG_E_SYNTAX, "line 1, byte 0: 'n' where a value should be" },
		{ "True", SVCTAG_E_SYNTAX, "line 1, byte 0: 'T' where a value should be" },
		{ "truex", SVCTAG_E_SYNTAX, "line 1, byte 4: 'x' where the end of the file should be" },
		{ "'a'", SVCTAG_E_SYNTAX, "line 1, byte 0: ''' where a value should be" },
	};

	(void)state;
	check_cases(cases, TESTING_COUNT(cases));
}

static void
test_cut_short(void **state)
{
	static const struct text_case cases[] = {
		{ "{", SVCTAG_E_SYNTAX, "ends in the middle of an object: cut short at byte 1" },
		{ "{\"a\"", SVCTAG_E_SYNTAX, "ends in the middle of an object: cut short at byte 4" },
		{ "{\"a\":", SVCTAG_E_SYNTAX, "ends in the middle of an object: cut short at byte 5" },
		{ "{\"a\":1,", SVCTAG_E_SYNTAX, "ends in the middle of an object: cut short at byte 7" },
		{ "[[1]\n", SVCTAG_E_SYNTAX, "ends in the middle of an array: cut short at byte 5" },
		{ "[\"198.18", SVCTAG_E_SYNTAX, "ends in the middle of a string: cut short at byte 8" },
		{ "[\"\\", SVCTAG_E_SYNTAX, "ends in the middle of a string: cut short at byte 3" },
		{ "[\"\\u12", SVCTAG_E_SYNTAX, "ends in the middle of a string: cut short at byte 6" },
		{ "[\"\\ud800", SVCTAG_E_SYNTAX, "ends in the middle of a string: cut short at byte 8" },
		{ "[\"\\ud800\\", SVCTAG_E_SYNTAX, "ends in the middle of a string: cut short at byte 9" },
		{ "[\"\\ud800\\udc0", SVCTAG_E_SYNTAX, "ends in the middle of a string: cut short at byte 13" },
		{ "[\"\xe2\x82", SVCTAG_E_SYNTAX, "ends in the middle of a string: cut short at byte 4" },
		{ "-", SVCTAG_E_SYNTAX, "ends in the middle of a number: cut short at byte 1" },
		{ "[1.", SVCTAG_E_SYNTAX, "ends in the middle of a number: cut short at byte 3" },
		{ "[1e+", SVCTAG_E_SYNTAX, "ends in the middle of a number: cut short at byte 4" },
		{ "[tru", SVCTAG_E_SYNTAX, "ends in the middle of a word: cut short at byte 4" },
	};

	(void)state;
	check_cases(cases, TESTING_COUNT(cases));
}

static void
test_numbers(void **state)
{
	static const struct text_case cases[] = {
		{ "01", SVCTAG_E_SYNTAX, "line 1, byte 0: a number with a leading zero" },
		{ "[-01]", SVCTAG_E_SYNTAX, "line 1, byte 1: a number with a leading zero" },
		{ "00", SVCTAG_E_SYNTAX, "line 1, byte 0: a number with a leading zero" },
		{ "[1.]", SVCTAG_E_SYNTAX, "line 1, byte 3: ']' where a digit should be" },
		{ "[.5]", SVCTAG_E_SYNTAX, "line 1, byte 1: '.' where a value should be" },
		{ "[+1]", SVCTAG_E_SYNTAX, "line 1, byte 1: '+' where a value should be" },
		{ "[1e]", SVCTAG_E_SYNTAX, "line 1, byte 3: ']' where a digit should be" },
		{ "[--1]", SVCTAG_E_SYNTAX, "line 1, byte 2: '-' where a digit should be" },
		{ "[0x10]", SVCTAG_E_SYNTAX, "line 1, byte 2: 'x' where ',' or ']' should be" },
		{ "[1e999]", SVCTAG_E_RANGE, "line 1, byte 1: the number 1e999 is out of range" },
		{ "[1e308]", SVCTAG_E_RANGE, "line 1, byte 1: the number 1e308 is out of range" },
		{ "[1e-99999999999999999999]", SVCTAG_E_RANGE,
		  "line 1, byte 1: the number 1e-99999999999999999999 is out of range" },
		/* 60 characters pass, 61 do not. */
		{ "123456789012345678901234567890123456789012345678901234567890", SVCTAG_OK, "" },
		{ "1234567890123456789012345678901234567890123456789012345678901", SVCTAG_E_RANGE,
		  "line 1, byte 0: a number of 61 characters" },
		{ "NaN", SVCTAG_E_SYNTAX, "line 1, byte 0: 'N' where a value should be" },
		{ "-Infinity", SVCTAG_E_SYNTAX, "line 1, byte 1: 'I' where a digit should be" },
	};

	(void)state;
	check_cases(cases, TESTING_COUNT(cases));
}

static void
test_strings(void **state)
{
	static const struct text_case cases[] = {
		{ "[\"a\tb\"]", SVCTAG_E_SYNTAX, "line 1, byte 3: control character 0x09 in a string" },
		{ "[\n\"a\nb\"]", SVCTAG_E_SYNTAX, "line 2, byte 4: control character 0x0a in a string" },
		{ "\"\\u0000\"", SVCTAG_E_SYNTAX, "line 1, byte 1: \\u0000, a NUL character, in a string" },
		{ "{\"a\\u0000\":1}", SVCTAG_E_SYNTAX, "line 1, byte 3: \\u0000, a NUL character, in a string" },
		{ "\"\\ud800\"", SVCTAG_E_SYNTAX, "line 1, byte 1: half a surrogate pair" },
		{ "\"\\ud800\\u0041\"", SVCTAG_E_SYNTAX, "line 1, byte 1: half a surrogate pair" },
		{ "\"\\ud800\\ud800\"", SVCTAG_E_SYNTAX, "line 1, byte 1: half a surrogate pair" },
		{ "\"\\ud800x\"", SVCTAG_E_SYNTAX, "line 1, byte 1: half a surrogate pair" },
		{ "\"\\udc00\"", SVCTAG_E_SYNTAX, "line 1, byte 1: half a surrogate pair" },
		{ "\"\\u12g4\"", SVCTAG_E_SYNTAX, "line 1, byte 1: \\u without four hexadecimal digits" },
		{ "\"\\x41\"", SVCTAG_E_SYNTAX, "line 1, byte 1: a backslash before a character that takes none" },
		{ "\"\xe9\"", SVCTAG_E_SYNTAX, "line 1, byte 1: not UTF-8" },         /* Latin-1 */
		{ "\"\x80\"", SVCTAG_E_SYNTAX, "line 1, byte 1: not UTF-8" },         /* continuation alone */
		{ "\"\xc0\xaf\"", SVCTAG_E_SYNTAX, "line 1, byte 1: not UTF-8" },     /* overlong / */
		{ "\"\xe0\x9f\xbf\"", SVCTAG_E_SYNTAX, "line 1, byte 1: not UTF-8" }, /* overlong */
		{ "\"\xf0\x8f\xbf\xbf\"", SVCTAG_E_SYNTAX, "line 1, byte 1: not UTF-8" },
		{ "\"\xed\xa0\x80\"", SVCTAG_E_SYNTAX, "line 1, byte 1: not UTF-8" },     /* surrogate */
		{ "\"\xf4\x90\x80\x80\"", SVCTAG_E_SYNTAX, "line 1, byte 1: not UTF-8" }, /* past U+10FFFF */
		{ "\"\xf5\x80\x80\x80\"", SVCTAG_E_SYNTAX, "line 1, byte 1: not UTF-8" },
		{ "\"\xff\"", SVCTAG_E_SYNTAX, "line 1, byte 1: not UTF-8" },
	};

	(void)state;
	check_cases(cases, TESTING_COUNT(cases));
}

static void
test_nul(void **state)
{
	static const char outside[] = "{}\0";
	static const char inside[] = "[\"198.18.0.0/24\0evil\"]";
	svctag_detail detail;

	(void)state;
	TESTING_CHECK(json_check(outside, sizeof(outside) - 1, &detail), SVCTAG_E_SYNTAX);
	assert_string_equal(detail.text, "line 1, byte 2: a NUL byte where the end of the file should be");
	TESTING_CHECK(json_check(inside, sizeof(inside) - 1, &detail), SVCTAG_E_SYNTAX);
	assert_string_equal(detail.text, "line 1, byte 15: a NUL byte in a string");
	TESTING_CHECK(json_check(inside, sizeof(inside) - 1, NULL), SVCTAG_E_SYNTAX); /* no detail wanted */
}

static void
test_duplicate_keys(void **state)
{
	static const struct text_case cases[] = {
		{ "{\"a\":1,\"a\":2}", SVCTAG_E_DUPLICATE, "line 1, byte 7: key \"a\" appears twice in one object" },
		{ "[{\"b\":0,\"a\":{\"c\":1},\"a\":2}]", SVCTAG_E_DUPLICATE,
		  "line 1, byte 20: key \"a\" appears twice in one object" },
		{ "{\"a\":1,\"\\u0061\":2}", SVCTAG_E_DUPLICATE,
		  "line 1, byte 7: key \"\\u0061\" appears twice in one object" },
		{ "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", SVCTAG_E_DUPLICATE,
		  "line 1, byte 18: key \"\xf0\x9f\x98\x80\" appears twice in one object" },
		{ "{\"\":1,\"\":2}", SVCTAG_E_DUPLICATE, "line 1, byte 6: key \"\" appears twice in one object" },
	};

	(void)state;
	check_cases(cases, TESTING_COUNT(cases));
}

/* An object of so many keys is sorted, not compared pair by pair. */
static void
test_many_keys(void **state)
{
	static const char end[] = "\"end\":0}";
	static const char five[] = "\"\\u0035\":0}";
	const size_t count = 200000;
	char *text = testing_allocate(count + 2, 16);
	size_t used = 1;
	svctag_detail detail = { "" };

	(void)state;
	text[0] = '{';
	for (size_t i = 0; i < count; i++)
		used += (size_t)sprintf(text + used, "\"%zu\":0,", i * 7919 % count);
	memcpy(text + used, end, sizeof(end));
	TESTING_OK(json_check(text, used + sizeof(end) - 1, &detail));
	memcpy(text + used, five, sizeof(five));
	TESTING_CHECK(json_check(text, used + sizeof(five) - 1, &detail), SVCTAG_E_DUPLICATE);
	assert_non_null(strstr(detail.text, "key \"\\u0035\" appears twice"));
	free(text);
}

static void
test_depth(void **state)
{
	char text[2 * JSON_MAX_DEPTH + 2];
	svctag_detail detail = { "" };

	(void)state;
	memset(text, '[', JSON_MAX_DEPTH + 1);
	memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
	TESTING_CHECK(json_check(text, sizeof(text), &detail), SVCTAG_E_LIMIT);
	assert_string_equal(detail.text, "line 1, byte 64: nested more than 64 deep");
	TESTING_OK(json_check(text + 1, sizeof(text) - 2, &detail));
}

static void
test_value_count(void **state)
{
	const size_t size = 2 * (size_t)JSON_MAX_VALUES + 1;
	char *text = testing_allocate(size, 1);
	svctag_detail detail = { "" };

	(void)state;
	/* JSON_MAX_VALUES elements and their array are one too many. */
	text[0] = '[';
	for (size_t i = 1; i < size; i++)
		text[i] = i % 2 == 1 ? '0' : ',';
	text[size - 1] = ']';
	TESTING_CHECK(json_check(text, size, &detail), SVCTAG_E_LIMIT);
	assert_non_null(strstr(detail.text, "more than 4000000 values"));
	text[size - 3] = ']';
	TESTING_OK(json_check(text, size - 2, &detail));
	free(text);
}

/* What is kept is what was meant: escapes resolved, members in order, each value of its kind. */
static void
test_tree(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf {\"a\": [\"x\\u00e9\\ud83d\\ude00\\n\\\"/\", -12.5e1, true, false, null, {}, []],"
		" \"\\u0062\": \"\", \"\": 9007199254740991}";
	static const enum json_kind kinds[] = { JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE,
						JSON_NULL,   JSON_OBJECT, JSON_ARRAY };
	struct json_tree tree;
	const struct json_value *value;
	size_t i = 0;

	(void)state;
	TESTING_OK(json_tree_parse(text, sizeof(text) - 1, &tree, NULL));
	assert_int_equal(tree.root->kind, JSON_OBJECT);
	assert_null(tree.root->key);
	value = json_member(tree.root, "a");
	assert_non_null(value);
	assert_int_equal(value->kind, JSON_ARRAY);
	assert_string_equal(value->first->text, "x\xc3\xa9\xf0\x9f\x98\x80\n\"/");
	assert_true(value->first->next->number == -125);
	for (value = value->first; value != NULL; value = value->next) {
		assert_true(i < TESTING_COUNT(kinds));
		assert_int_equal(value->kind, kinds[i++]);
		assert_null(value->key);
		if (value->kind == JSON_OBJECT || value->kind == JSON_ARRAY)
			assert_null(value->first);
	}
	assert_int_equal(i, TESTING_COUNT(kinds));
	assert_string_equal(json_member(tree.root, "b")->text, ""); /* an escaped key by what it means */
	assert_true(json_member(tree.root, "")->number == 9007199254740991);
	assert_null(json_member(tree.root, "A"));
	assert_null(json_member(json_member(tree.root, "b"), "a")); /* a string has no members */
	json_tree_release(&tree);
	json_tree_release(&tree); /* accepts an empty one */
}

/* More values than one piece of memory holds; and nothing is left of what turns out wrong at its end. */
static void
test_tree_of_many(void **state)
{
	char text[3 * 10000 + 2];
	struct json_tree tree;
	struct json_tree untouched = { 0 };
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 3)
		memcpy(text + i, "10,", i + 3 <= sizeof(text) ? 3 : sizeof(text) - i);
	text[0] = '[';
	text[sizeof(text) - 1] = ']';
	text[sizeof(text) - 2] = '0';
	TESTING_OK(json_tree_parse(text, sizeof(text), &tree, NULL));
	for (const struct json_value *value = tree.root->first; value != NULL; value = value->next)
		assert_true(value->number == (count++ == 0 ? 0 : 10) || value->next == NULL);
	assert_int_equal(count, 10000 + 1);
	json_tree_release(&tree);
	TESTING_CHECK(json_tree_parse(text, sizeof(text) - 1, &untouched, NULL), SVCTAG_E_SYNTAX);
	assert_null(untouched.root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),          cmocka_unit_test(test_structure),
		cmocka_unit_test(test_cut_short),      cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_strings),        cmocka_unit_test(test_nul),
		cmocka_unit_test(test_duplicate_keys), cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_depth),          cmocka_unit_test(test_value_count),
		cmocka_unit_test(test_tree),           cmocka_unit_test(test_tree_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
