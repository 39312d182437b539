/*
 * One pass over the text, without recursion: a small state says what may come
 * next, and a stack of at most JSON_MAX_DEPTH levels says what is open. Who
 * wants to keep the values has them put into a tree on the way.
 */
#include "json_strict.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_key.h"
#include "json_text.h"
#include "json_tree.h"

/* What may come next. */
enum expectation {
	EXPECT_VALUE,
	EXPECT_FIRST_ELEMENT, /* a value, or the end of the array just begun */
	EXPECT_FIRST_KEY,     /* a key, or the end of the object just begun */
	EXPECT_KEY,
	EXPECT_SEPARATOR, /* a comma, or the end of what is open */
	EXPECT_END,
};

struct level {
	bool is_object;
	size_t first_key;         /* of this object, on the stack of keys */
	struct json_value **link; /* where its next value is linked in, if values are kept */
};

struct scanner {
	const char *begin;
	const char *at;
	const char *end;
	enum expectation expect;
	size_t value_count;
	size_t depth;
	struct level levels[JSON_MAX_DEPTH];
	struct json_keys keys;
	struct json_tree *tree;   /* what is kept of the values; NULL: nothing */
	struct json_value *value; /* the one at hand, or NULL */
	const char *key;          /* what it goes by, or NULL */
	svctag_detail *detail;
};

size_t
json_bom_size(const char *data, size_t size)
{
	return size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static void complain(const struct scanner *s, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void
complain(const struct scanner *s, const char *at, const char *format, ...)
{
	char text[sizeof(s->detail->text)];
	size_t line = 1;
	va_list arguments;

	for (const char *p = s->begin; p < at; p++)
		line += *p == '\n';
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	svctag_detail_set(s->detail, "line %zu, byte %zu: %s", line, (size_t)(at - s->begin), text);
}

static svctag_error
fail_cut(const struct scanner *s, const char *what)
{
	svctag_detail_set(s->detail, "ends in the middle of %s: cut short at byte %zu", what,
			  (size_t)(s->end - s->begin));
	return SVCTAG_E_SYNTAX;
}

/* The character at hand is not one of those that may stand here. */
static svctag_error
fail_character(const struct scanner *s, const char *wanted)
{
	unsigned char c = (unsigned char)*s->at;

	if (c == 0)
		complain(s, s->at, "a NUL byte where %s should be", wanted);
	else if (c < 0x20 || c >= 0x7f)
		complain(s, s->at, "byte 0x%02x where %s should be", c, wanted);
	else
		complain(s, s->at, "'%c' where %s should be", c, wanted);
	return SVCTAG_E_SYNTAX;
}

static void
skip_blanks(struct scanner *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
		s->at++;
}

/* A character that is more than itself: an escape, or one past ASCII. */
static svctag_error
scan_special(struct scanner *s)
{
	const char *why = "not UTF-8";
	enum json_text_result result;
	uint32_t code;

	if (*s->at == '\\')
		result = json_read_escape(&s->at, s->end, &code, &why);
	else
		result = json_read_utf8(&s->at, s->end, &code);
	if (result == JSON_TEXT_CUT)
		return fail_cut(s, "a string");
	if (result == JSON_TEXT_BAD) {
		complain(s, s->at, "%s", why);
		return SVCTAG_E_SYNTAX;
	}
	return SVCTAG_OK;
}

static svctag_error
fail_control(const struct scanner *s)
{
	if (*s->at == '\0')
		complain(s, s->at, "a NUL byte in a string");
	else
		complain(s, s->at, "control character 0x%02x in a string", (unsigned char)*s->at);
	return SVCTAG_E_SYNTAX;
}

/* The opening quote at hand. `ret` is what lies between the quotes. */
static svctag_error
scan_string(struct scanner *s, struct json_key *ret)
{
	const char *text = ++s->at;
	bool escaped = false;

	for (;;) {
		unsigned char c;
		svctag_error err;

		if (s->at == s->end)
			return fail_cut(s, "a string");
		c = (unsigned char)*s->at;
		if (c == '"')
			break;
		if (c < 0x20)
			return fail_control(s);
		if (c != '\\' && c < 0x80) {
			s->at++;
			continue;
		}
		escaped |= c == '\\';
		err = scan_special(s);
		if (err != SVCTAG_OK)
			return err;
	}
	*ret = (struct json_key){ .text = text, .size = (size_t)(s->at - text), .escaped = escaped };
	s->at++;
	return SVCTAG_OK;
}

static size_t
skip_digits(struct scanner *s)
{
	const char *begin = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - begin);
}

/* Past a decimal point or an exponent's sign there has to be a digit. */
static svctag_error
scan_some_digits(struct scanner *s, size_t *ret_count)
{
	*ret_count = skip_digits(s);
	if (*ret_count > 0)
		return SVCTAG_OK;
	return s->at == s->end ? fail_cut(s, "a number") : fail_character(s, "a digit");
}

/* `ret` gets the exponent, cut at what is too great anyway. */
static svctag_error
scan_exponent(struct scanner *s, unsigned int *ret)
{
	const char *digits;
	size_t count;
	svctag_error err;

	s->at++;
	if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
		s->at++;
	digits = s->at;
	err = scan_some_digits(s, &count);
	if (err != SVCTAG_OK)
		return err;
	*ret = 0;
	for (size_t i = 0; i < count && *ret < 1000; i++)
		*ret = *ret * 10 + (unsigned int)(digits[i] - '0');
	return SVCTAG_OK;
}

/* With at most JSON_MAX_NUMBER characters, digits before the point and exponent together decide whether the value is
 * one that a double can come near. */
static svctag_error
check_magnitude(const struct scanner *s, const char *begin, size_t integer_digits, unsigned int exponent)
{
	if (s->at - begin > JSON_MAX_NUMBER) {
		complain(s, begin, "a number of %zu characters", (size_t)(s->at - begin));
		return SVCTAG_E_RANGE;
	}
	if (integer_digits + exponent > 308) {
		complain(s, begin, "the number %.*s is out of range", (int)(s->at - begin), begin);
		return SVCTAG_E_RANGE;
	}
	return SVCTAG_OK;
}

static svctag_error
scan_number(struct scanner *s)
{
	const char *begin = s->at;
	unsigned int exponent = 0;
	size_t integer_digits;
	size_t count;
	svctag_error err = SVCTAG_OK;

	if (*s->at == '-')
		s->at++;
	if (s->at < s->end && *s->at == '0' && s->at + 1 < s->end && s->at[1] >= '0' && s->at[1] <= '9') {
		complain(s, begin, "a number with a leading zero");
		return SVCTAG_E_SYNTAX;
	}
	err = scan_some_digits(s, &integer_digits);
	if (err == SVCTAG_OK && s->at < s->end && *s->at == '.') {
		s->at++;
		err = scan_some_digits(s, &count);
	}
	if (err == SVCTAG_OK && s->at < s->end && (*s->at == 'e' || *s->at == 'E'))
		err = scan_exponent(s, &exponent);
	return err != SVCTAG_OK ? err : check_magnitude(s, begin, integer_digits, exponent);
}

static svctag_error
scan_word(struct scanner *s, const char *word)
{
	size_t left = (size_t)(s->end - s->at);
	size_t length = strlen(word);

	if (left >= length && memcmp(s->at, word, length) == 0) {
		s->at += length;
		return SVCTAG_OK;
	}
	if (left < length && memcmp(s->at, word, left) == 0)
		return fail_cut(s, "a word");
	return fail_character(s, "a value");
}

/* A value begins: the one at hand, linked in where it belongs. */
static svctag_error
keep_value(struct scanner *s, enum json_kind kind)
{
	struct json_value **link = s->depth == 0 ? &s->tree->root : s->levels[s->depth - 1].link;

	s->value = json_tree_add(s->tree);
	if (s->value == NULL)
		return SVCTAG_E_NO_MEMORY;
	s->value->kind = kind;
	s->value->key = s->key;
	s->key = NULL;
	*link = s->value;
	if (s->depth > 0)
		s->levels[s->depth - 1].link = &s->value->next;
	return SVCTAG_OK;
}

static const char *
keep_text(struct scanner *s, const struct json_key *string)
{
	return json_tree_keep_text(s->tree, (size_t)(string->text - s->begin), string->text, string->size);
}

static void
value_ended(struct scanner *s)
{
	s->expect = s->depth == 0 ? EXPECT_END : EXPECT_SEPARATOR;
}

static svctag_error
open_level(struct scanner *s)
{
	bool is_object = *s->at == '{';

	if (s->depth == JSON_MAX_DEPTH) {
		complain(s, s->at, "nested more than %d deep", JSON_MAX_DEPTH);
		return SVCTAG_E_LIMIT;
	}
	s->levels[s->depth++] = (struct level){
		.is_object = is_object,
		.first_key = s->keys.count,
		.link = s->tree != NULL ? &s->value->first : NULL,
	};
	s->expect = is_object ? EXPECT_FIRST_KEY : EXPECT_FIRST_ELEMENT;
	s->at++;
	return SVCTAG_OK;
}

static svctag_error
close_level(struct scanner *s)
{
	const struct level *level = &s->levels[--s->depth];
	const struct json_key *twice = level->is_object ? json_keys_pop(&s->keys, level->first_key) : NULL;

	if (twice != NULL) {
		int shown = twice->size > 80 ? 80 : (int)twice->size;

		complain(s, twice->text - 1, "key \"%.*s\" appears twice in one object", shown, twice->text);
		return SVCTAG_E_DUPLICATE;
	}
	s->at++;
	value_ended(s);
	return SVCTAG_OK;
}

/* A number that was checked; so few are kept that copying each is no matter. */
static double
number_of(const char *begin, const char *end)
{
	char text[JSON_MAX_NUMBER + 1];
	size_t size = (size_t)(end - begin);

	memcpy(text, begin, size);
	text[size] = '\0';
	return strtod(text, NULL);
}

static svctag_error
scan_scalar(struct scanner *s, enum json_kind kind)
{
	const char *begin = s->at;
	struct json_key string;
	svctag_error err;

	switch (kind) {
	case JSON_TRUE: return scan_word(s, "true");
	case JSON_FALSE: return scan_word(s, "false");
	case JSON_NULL: return scan_word(s, "null");
	case JSON_STRING:
		err = scan_string(s, &string);
		if (err == SVCTAG_OK && s->tree != NULL)
			s->value->text = keep_text(s, &string);
		return err;
	case JSON_NUMBER:
	case JSON_ARRAY:
	case JSON_OBJECT: break;
	}
	err = scan_number(s);
	if (err == SVCTAG_OK && s->tree != NULL)
		s->value->number = number_of(begin, s->at);
	return err;
}

/* What a value is, by its first character. */
static bool
tell_kind(char c, enum json_kind *ret)
{
	switch (c) {
	case '{': *ret = JSON_OBJECT; return true;
	case '[': *ret = JSON_ARRAY; return true;
	case '"': *ret = JSON_STRING; return true;
	case 't': *ret = JSON_TRUE; return true;
	case 'f': *ret = JSON_FALSE; return true;
	case 'n': *ret = JSON_NULL; return true;
	default: *ret = JSON_NUMBER; return c == '-' || (c >= '0' && c <= '9');
	}
}

static svctag_error
scan_value(struct scanner *s)
{
	svctag_error err = SVCTAG_OK;
	enum json_kind kind;

	if (s->value_count++ == JSON_MAX_VALUES) {
		complain(s, s->at, "more than %d values", JSON_MAX_VALUES);
		return SVCTAG_E_LIMIT;
	}
	if (!tell_kind(*s->at, &kind))
		return fail_character(s, "a value");
	if (s->tree != NULL)
		err = keep_value(s, kind);
	if (err != SVCTAG_OK)
		return err;
	if (kind == JSON_OBJECT || kind == JSON_ARRAY)
		return open_level(s);
	err = scan_scalar(s, kind);
	if (err == SVCTAG_OK)
		value_ended(s);
	return err;
}

/* A key and its colon. */
static svctag_error
scan_key(struct scanner *s)
{
	struct json_key key = { 0 };
	svctag_error err;

	if (*s->at != '"')
		return fail_character(s, "a key in quotes");
	err = scan_string(s, &key);
	if (err != SVCTAG_OK)
		return err;
	skip_blanks(s);
	if (s->at == s->end)
		return fail_cut(s, "an object");
	if (*s->at != ':')
		return fail_character(s, "a colon");
	s->at++;
	s->expect = EXPECT_VALUE;
	if (s->tree != NULL)
		s->key = keep_text(s, &key);
	return json_keys_push(&s->keys, key);
}

static svctag_error
scan_separator(struct scanner *s)
{
	bool in_object = s->levels[s->depth - 1].is_object;

	if (*s->at == (in_object ? '}' : ']'))
		return close_level(s);
	if (*s->at != ',')
		return fail_character(s, in_object ? "',' or '}'" : "',' or ']'");
	s->at++;
	s->expect = in_object ? EXPECT_KEY : EXPECT_VALUE;
	return SVCTAG_OK;
}

/* There is a character at hand, not a blank. */
static svctag_error
scan_step(struct scanner *s)
{
	switch (s->expect) {
	case EXPECT_VALUE: return scan_value(s);
	case EXPECT_FIRST_ELEMENT: return *s->at == ']' ? close_level(s) : scan_value(s);
	case EXPECT_FIRST_KEY: return *s->at == '}' ? close_level(s) : scan_key(s);
	case EXPECT_KEY: return scan_key(s);
	case EXPECT_SEPARATOR: return scan_separator(s);
	case EXPECT_END: break;
	}
	return fail_character(s, "the end of the file");
}

static svctag_error
scan_all(struct scanner *s)
{
	for (;;) {
		svctag_error err;

		skip_blanks(s);
		if (s->at == s->end)
			break;
		err = scan_step(s);
		if (err != SVCTAG_OK)
			return err;
	}
	if (s->expect == EXPECT_END)
		return SVCTAG_OK;
	if (s->depth == 0) {
		svctag_detail_set(s->detail, "is empty");
		return SVCTAG_E_SYNTAX;
	}
	return fail_cut(s, s->levels[s->depth - 1].is_object ? "an object" : "an array");
}

static svctag_error
scan_document(const char *data, size_t size, struct json_tree *tree, svctag_detail *detail)
{
	struct scanner s = {
		.begin = data,
		.at = data + json_bom_size(data, size),
		.end = data + size,
		.tree = tree,
		.detail = detail,
	};
	svctag_error err = scan_all(&s);

	json_keys_release(&s.keys);
	if (err == SVCTAG_E_NO_MEMORY)
		svctag_detail_set(detail, "%s", svctag_error_text(err));
	return err;
}

svctag_error
json_check(const char *data, size_t size, svctag_detail *detail)
{
	return scan_document(data, size, NULL, detail);
}

svctag_error
json_tree_parse(const char *data, size_t size, struct json_tree *ret, svctag_detail *detail)
{
	struct json_tree tree = { .text = malloc(size + 1) };
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (tree.text == NULL)
		svctag_detail_set(detail, "%s", svctag_error_text(err));
	else
		err = scan_document(data, size, &tree, detail);
	if (err != SVCTAG_OK) {
		json_tree_release(&tree);
		return err;
	}
	*ret = tree;
	return SVCTAG_OK;
}
