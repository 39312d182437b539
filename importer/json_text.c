#include "json_text.h"

#include <string.h>

#include <svctag/address.h>

/* What the lead byte promises (RFC 3629, section 4): how many bytes follow, and the limits of the first of them,
 * which keep out overlong forms, surrogates and what lies past U+10FFFF. */
struct utf8_lead {
	unsigned char first, last;
	unsigned char following;
	unsigned char low, high;
};

static const struct utf8_lead leads[] = {
	{ 0x00, 0x7f, 0, 0, 0 },       { 0xc2, 0xdf, 1, 0x80, 0xbf }, { 0xe0, 0xe0, 2, 0xa0, 0xbf },
	{ 0xe1, 0xec, 2, 0x80, 0xbf }, { 0xed, 0xed, 2, 0x80, 0x9f }, { 0xee, 0xef, 2, 0x80, 0xbf },
	{ 0xf0, 0xf0, 3, 0x90, 0xbf }, { 0xf1, 0xf3, 3, 0x80, 0xbf }, { 0xf4, 0xf4, 3, 0x80, 0x8f },
};

static const struct utf8_lead *
find_lead(unsigned char byte)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		if (byte >= leads[i].first && byte <= leads[i].last)
			return &leads[i];
	}
	return NULL;
}

enum json_text_result
json_read_utf8(const char **at, const char *end, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)*at;
	const unsigned char *stop = (const unsigned char *)end;
	const struct utf8_lead *lead;
	uint32_t code;

	if (p == stop)
		return JSON_TEXT_CUT;
	lead = find_lead(*p);
	if (lead == NULL)
		return JSON_TEXT_BAD;
	/* The lead byte keeps 7 bits when it stands alone, else 6 less one for each byte that follows. */
	code = lead->following == 0 ? *p : *p & (0x3fU >> lead->following);
	for (unsigned int i = 1; i <= lead->following; i++) {
		unsigned char low = i == 1 ? lead->low : 0x80;
		unsigned char high = i == 1 ? lead->high : 0xbf;

		if (p + i == stop)
			return JSON_TEXT_CUT;
		if (p[i] < low || p[i] > high)
			return JSON_TEXT_BAD;
		code = code << 6 | (p[i] & 0x3fU);
	}
	*at += 1 + lead->following;
	*ret = code;
	return JSON_TEXT_OK;
}

/* \uXXXX, the backslash at p. */
static enum json_text_result
read_unit(const char *p, const char *end, uint32_t *ret, const char **why)
{
	uint32_t unit = 0;

	for (size_t i = 2; i < 6; i++) {
		int digit;

		if (p + i >= end)
			return JSON_TEXT_CUT;
		digit = svctag_hex_digit(p[i]);
		if (digit < 0) {
			*why = "\\u without four hexadecimal digits";
			return JSON_TEXT_BAD;
		}
		unit = unit << 4 | (uint32_t)digit;
	}
	*ret = unit;
	return JSON_TEXT_OK;
}

/* The second half of a surrogate pair, the first being `high`. */
static enum json_text_result
read_low_surrogate(const char *p, const char *end, uint32_t high, uint32_t *ret, const char **why)
{
	enum json_text_result result;
	uint32_t low;

	if (p == end || (*p == '\\' && p + 1 == end))
		return JSON_TEXT_CUT;
	*why = "half a surrogate pair";
	if (p[0] != '\\' || p[1] != 'u')
		return JSON_TEXT_BAD;
	result = read_unit(p, end, &low, why);
	if (result != JSON_TEXT_OK)
		return result;
	if (low < 0xdc00 || low > 0xdfff)
		return JSON_TEXT_BAD;
	*ret = 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00));
	return JSON_TEXT_OK;
}

static enum json_text_result
read_unicode(const char **at, const char *end, uint32_t *ret, const char **why)
{
	uint32_t code;
	enum json_text_result result = read_unit(*at, end, &code, why);
	size_t length = 6;

	if (result != JSON_TEXT_OK)
		return result;
	if (code == 0) {
		*why = "\\u0000, a NUL character, in a string";
		return JSON_TEXT_BAD;
	}
	if (code >= 0xdc00 && code <= 0xdfff) {
		*why = "half a surrogate pair";
		return JSON_TEXT_BAD;
	}
	if (code >= 0xd800 && code <= 0xdbff) {
		result = read_low_surrogate(*at + length, end, code, &code, why);
		if (result != JSON_TEXT_OK)
			return result;
		length *= 2;
	}
	*at += length;
	*ret = code;
	return JSON_TEXT_OK;
}

enum json_text_result
json_read_escape(const char **at, const char *end, uint32_t *ret, const char **why)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *p = *at;
	const char *letter;

	if (p + 1 >= end)
		return JSON_TEXT_CUT;
	if (p[1] == 'u')
		return read_unicode(at, end, ret, why);
	letter = memchr(letters, p[1], sizeof(letters) - 1);
	if (letter == NULL) {
		*why = "a backslash before a character that takes none";
		return JSON_TEXT_BAD;
	}
	*ret = (unsigned char)meanings[letter - letters];
	*at += 2;
	return JSON_TEXT_OK;
}

char *
json_write_utf8(char *to, uint32_t code)
{
	/* What the lead byte says of how many follow. */
	static const unsigned char marks[] = { 0x00, 0xc0, 0xe0, 0xf0 };
	unsigned int following = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

	*to++ = (char)(marks[following] | code >> (6 * following));
	while (following-- > 0)
		*to++ = (char)(0x80 | (code >> (6 * following) & 0x3f));
	return to;
}
