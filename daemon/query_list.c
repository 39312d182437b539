#include "query_list.h"

#include <stdint.h>
#include <string.h>

#include "request.h"

/** Has the text a letter in its last label, as host names have and addresses have not? */
static bool
is_host_name(const char *text, size_t size)
{
	bool letter = false;

	if (size > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return false; /* a number, as some would have it */
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			letter = true;
		else if (c == '.' && i + 1 < size)
			letter = false;
		else if ((c < '0' || c > '9') && c != '-' && c != '.' && c != '_')
			return false;
	}
	return letter;
}

svctag_error
query_parse(const char *text, size_t size, svctag_query *ret, svctag_detail *detail)
{
	svctag_error err = svctag_query_parse(text, size, ret, detail);

	if (err != SVCTAG_OK && is_host_name(text, size))
		svctag_detail_set(detail, "a host name is not resolved here: ask for its addresses");
	return err;
}

bool
query_list_next(struct query_list *list, struct query_item *ret)
{
	while (list->offset < list->size) {
		const char *text = list->text + list->offset;
		size_t left = list->size - list->offset;
		const char *end = memchr(text, list->lines ? '\n' : '\0', left);
		size_t size = end != NULL ? (size_t)(end - text) : left;

		list->offset += size + (end != NULL);
		list->line++;
		if (list->lines && size > 0 && text[size - 1] == '\r')
			size--;
		if (list->lines && (size == 0 || text[0] == '#'))
			continue;
		*ret = (struct query_item){ text, size };
		return true;
	}
	return false;
}

/** Reads at `at`, writes at `out`, which is never past `at`. */
struct reader {
	char *text;
	size_t size;
	size_t at;
	size_t out;
	svctag_detail *detail;
};

static bool
wrong(struct reader *r, const char *what)
{
	svctag_detail_set(r->detail, "%s at byte %zu; the body has to be {\"queries\":[\"…\",…]}", what, r->at);
	return false;
}

static int
peek(const struct reader *r)
{
	return r->at < r->size ? (unsigned char)r->text[r->at] : -1;
}

static void
skip_blanks(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\n' || peek(r) == '\r')
		r->at++;
}

/** The character that has to come next, blanks around it left out. */
static bool
expect(struct reader *r, char c, const char *message)
{
	skip_blanks(r);
	if (peek(r) != (unsigned char)c)
		return wrong(r, message);
	r->at++;
	skip_blanks(r);
	return true;
}

static bool
read_hex(struct reader *r, uint32_t *ret)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++, r->at++) {
		int c = peek(r);

		if (c >= '0' && c <= '9')
			code = code * 16 + (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			code = code * 16 + (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return wrong(r, "four hexadecimal digits are missing");
	}
	*ret = code;
	return true;
}

static void
put_utf8(struct reader *r, uint32_t code)
{
	int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const unsigned char mark[] = { 0x00, 0xc0, 0xe0, 0xf0 };

	r->text[r->out++] = (char)(mark[more] | code >> (6 * more));
	while (more-- > 0)
		r->text[r->out++] = (char)(0x80 | ((code >> (6 * more)) & 0x3f));
}

/** Behind "\u". */
static bool
read_unicode(struct reader *r)
{
	uint32_t code, low;

	if (!read_hex(r, &code))
		return false;
	if (code == 0)
		return wrong(r, "a query holds a NUL");
	if (code >= 0xd800 && code < 0xdc00) {
		if (peek(r) != '\\' || r->at + 1 >= r->size || r->text[r->at + 1] != 'u')
			return wrong(r, "half a surrogate pair");
		r->at += 2;
		if (!read_hex(r, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return wrong(r, "half a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
	} else if (code >= 0xdc00 && code <= 0xdfff) {
		return wrong(r, "half a surrogate pair");
	}
	put_utf8(r, code);
	return true;
}

/** Behind a backslash. */
static bool
read_escape(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	int c = peek(r);
	const char *known = c > 0 ? strchr(from, c) : NULL;

	r->at++;
	if (c == 'u')
		return read_unicode(r);
	if (known == NULL)
		return wrong(r, "an unknown escape");
	r->text[r->out++] = to[known - from];
	return true;
}

/** A string becomes an item. */
static bool
read_string(struct reader *r)
{
	if (peek(r) != '"')
		return wrong(r, "a string is missing");
	for (r->at++; peek(r) != '"';) {
		int c = peek(r);

		if (c < 0x20)
			return wrong(r, c < 0 ? "the string does not end" : "a control character in a string");
		r->at++;
		if (c != '\\')
			r->text[r->out++] = (char)c;
		else if (!read_escape(r))
			return false;
	}
	r->at++;
	r->text[r->out++] = '\0';
	return true;
}

static bool
read_array(struct reader *r)
{
	if (!expect(r, '[', "an array is missing"))
		return false;
	if (peek(r) == ']') {
		r->at++;
		return true;
	}
	for (;;) {
		if (!read_string(r))
			return false;
		skip_blanks(r);
		if (peek(r) == ']')
			break;
		if (!expect(r, ',', "a comma or a closing bracket is missing"))
			return false;
	}
	r->at++;
	return true;
}

static bool
read_document(struct reader *r)
{
	static const char key[] = "\"queries\"";

	if (!expect(r, '{', "an object is missing"))
		return false;
	if (r->size - r->at < sizeof(key) - 1 || memcmp(r->text + r->at, key, sizeof(key) - 1) != 0)
		return wrong(r, "the key \"queries\" is missing");
	r->at += sizeof(key) - 1;
	if (!expect(r, ':', "a colon is missing") || !read_array(r) || !expect(r, '}', "the closing brace is missing"))
		return false;
	return r->at == r->size || wrong(r, "something follows the object");
}

svctag_error
query_list_of_json(char *text, size_t *size, svctag_detail *detail)
{
	struct reader r = { .text = text, .size = *size, .detail = detail };

	if (!request_is_utf8(text, *size)) {
		svctag_detail_set(detail, "the body is not UTF-8");
		return SVCTAG_E_SYNTAX;
	}
	if (!read_document(&r))
		return SVCTAG_E_SYNTAX;
	*size = r.out;
	return SVCTAG_OK;
}
