#include "token.h"

#define EN_DASH "\xe2\x80\x93"
/* The longest that is worth parsing: a range of two full addresses with some blanks. */
#define MAX_TOKEN 160

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

struct span
span_trim_left(struct span span)
{
	while (span.size > 0 && is_blank(span.text[0]))
		span = span_from(span, 1);
	return span;
}

struct span
span_trim(struct span span)
{
	span = span_trim_left(span);
	while (span.size > 0 && is_blank(span.text[span.size - 1]))
		span.size--;
	return span;
}

struct span
span_unquote(struct span span)
{
	if (span.size < 2 || span.text[0] != span.text[span.size - 1] || (span.text[0] != '"' && span.text[0] != '\''))
		return span;
	return (struct span){ .text = span.text + 1, .size = span.size - 2 };
}

/* Do the first bytes equal the text? */
static bool
same_letters(const char *bytes, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (lower(bytes[i]) != lower(text[i]))
			return false;
	}
	return true;
}

bool
span_is(struct span span, const char *text)
{
	return span.size == strlen(text) && same_letters(span.text, text, span.size);
}

bool
span_is_exactly(struct span span, const char *text)
{
	return span.size == strlen(text) && memcmp(span.text, text, span.size) == 0;
}

bool
span_begins(struct span span, const char *text)
{
	size_t size = strlen(text);

	return span.size >= size && same_letters(span.text, text, size);
}

bool
span_ends(struct span span, const char *text)
{
	size_t size = strlen(text);

	return span.size >= size && same_letters(span.text + span.size - size, text, size);
}

bool
span_holds(struct span span, const char *text)
{
	for (; span.size > 0; span = span_from(span, 1)) {
		if (span_begins(span, text))
			return true;
	}
	return false;
}

bool
span_is_number(struct span span)
{
	for (size_t i = 0; i < span.size; i++) {
		if (!is_digit(span.text[i]))
			return false;
	}
	return span.size > 0;
}

bool
lines_next(struct lines *lines)
{
	const char *newline;

	if (lines->rest.size == 0)
		return false;
	newline = memchr(lines->rest.text, '\n', lines->rest.size);
	lines->line = lines->rest;
	if (newline != NULL)
		lines->line.size = (size_t)(newline - lines->rest.text);
	lines->rest = span_from(lines->rest, lines->line.size + (newline != NULL));
	if (lines->line.size > 0 && lines->line.text[lines->line.size - 1] == '\r')
		lines->line.size--;
	lines->number++;
	return true;
}

size_t
token_dash_size(struct span text)
{
	if (text.size > 0 && text.text[0] == '-')
		return 1;
	return text.size >= 3 && memcmp(text.text, EN_DASH, 3) == 0 ? 3 : 0;
}

/* ::ffff:a.b.c.d is a.b.c.d, and so is a block inside ::ffff:0:0/96. */
static struct token
make_token(svctag_query_kind kind, svctag_range range, bool has_host_bits)
{
	if (svctag_address_is_mapped(&range.first) && svctag_address_is_mapped(&range.last)) {
		range.first = svctag_address_unmap(&range.first);
		range.last = svctag_address_unmap(&range.last);
	}
	return (struct token){ .range = range, .kind = kind, .has_host_bits = has_host_bits };
}

struct token
token_any(uint8_t family)
{
	svctag_address zero = { .family = family };
	svctag_prefix all = svctag_prefix_make(&zero, 0);

	return make_token(SVCTAG_QUERY_PREFIX, svctag_prefix_range(&all), false);
}

static svctag_error
parse_prefix(struct span text, struct token *ret)
{
	svctag_prefix prefix;
	svctag_error err = svctag_prefix_parse(text.text, text.size, &prefix);
	bool has_host_bits = err == SVCTAG_E_HOST_BITS;

	if (has_host_bits)
		err = svctag_prefix_parse_loose(text.text, text.size, &prefix);
	if (err == SVCTAG_OK)
		*ret = make_token(SVCTAG_QUERY_PREFIX, svctag_prefix_range(&prefix), has_host_bits);
	return err;
}

svctag_error
token_parse_mask(struct span address, struct span mask, struct token *ret)
{
	svctag_address ip, bits;
	svctag_prefix prefix;
	unsigned int length = 0;

	if (svctag_address_parse(address.text, address.size, &ip) != SVCTAG_OK ||
	    svctag_address_parse(mask.text, mask.size, &bits) != SVCTAG_OK || ip.family != bits.family)
		return SVCTAG_E_SYNTAX;
	while (length < SVCTAG_FAMILY_BITS(bits.family) && (bits.bytes[length / 8] & 0x80U >> length % 8) != 0)
		length++;
	/* What a prefix makes of the mask is the mask, unless it has holes. */
	prefix = svctag_prefix_make(&bits, length);
	if (memcmp(prefix.bytes, bits.bytes, sizeof(bits.bytes)) != 0)
		return SVCTAG_E_SYNTAX;
	prefix = svctag_prefix_make(&ip, length);
	*ret = make_token(SVCTAG_QUERY_PREFIX, svctag_prefix_range(&prefix),
			  memcmp(prefix.bytes, ip.bytes, sizeof(ip.bytes)) != 0);
	return SVCTAG_OK;
}

svctag_error
token_parse_range(struct span first, struct span last, struct token *ret)
{
	svctag_range range;

	if (svctag_address_parse(first.text, first.size, &range.first) != SVCTAG_OK ||
	    svctag_address_parse(last.text, last.size, &range.last) != SVCTAG_OK)
		return SVCTAG_E_SYNTAX;
	if (range.first.family != range.last.family)
		return SVCTAG_E_FAMILY;
	if (svctag_address_compare(&range.first, &range.last) > 0)
		return SVCTAG_E_RANGE;
	*ret = make_token(SVCTAG_QUERY_RANGE, range, false);
	return SVCTAG_OK;
}

static svctag_error
parse_with_slash(struct span text, size_t slash, struct token *ret)
{
	struct span mask = span_from(text, slash + 1);

	if (memchr(mask.text, '.', mask.size) != NULL || memchr(mask.text, ':', mask.size) != NULL)
		return token_parse_mask((struct span){ .text = text.text, .size = slash }, mask, ret);
	return parse_prefix(text, ret);
}

svctag_error
token_parse(struct span text, struct token *ret)
{
	svctag_range range;
	svctag_error err;

	if (text.size == 0 || text.size > MAX_TOKEN)
		return SVCTAG_E_SYNTAX;
	for (size_t i = 0; i < text.size; i++) {
		size_t dash;

		if (text.text[i] == '/')
			return parse_with_slash(text, i, ret);
		dash = token_dash_size(span_from(text, i));
		if (dash > 0)
			return token_parse_range(span_trim((struct span){ .text = text.text, .size = i }),
						 span_trim(span_from(text, i + dash)), ret);
	}
	err = svctag_address_parse(text.text, text.size, &range.first);
	range.last = range.first;
	if (err == SVCTAG_OK)
		*ret = make_token(SVCTAG_QUERY_ADDRESS, range, false);
	return err;
}

static bool
is_hex(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

/* Four groups of digits with points between them, or hexadecimal digits with at least two colons; then perhaps a
 * slash or dash and anything. A fifth group, as of a version 1.2.3.4.5, makes it something else. */
bool
token_resembles(struct span text)
{
	size_t points = 0, colons = 0, others = 0, i, next;

	for (i = 0; i < text.size && (is_hex(text.text[i]) || text.text[i] == '.' || text.text[i] == ':'); i++) {
		points += text.text[i] == '.';
		colons += text.text[i] == ':';
		others += is_hex(text.text[i]) && !is_digit(text.text[i]);
	}
	for (next = i; next < text.size && is_blank(text.text[next]);)
		next++;
	if (next < text.size && text.text[next] != '/' && token_dash_size(span_from(text, next)) == 0)
		return false;
	if (colons >= 2)
		return i > 2;
	return colons == 0 && points == 3 && others == 0 && is_digit(text.text[0]) && is_digit(text.text[i - 1]);
}

const char *
token_error_text(struct span text, svctag_error error)
{
	if (error == SVCTAG_E_FAMILY)
		return "the range mixes IPv4 and IPv6";
	if (error == SVCTAG_E_RANGE && memchr(text.text, '/', text.size) != NULL)
		return "the prefix is longer than its family's 32 or 128 bits";
	if (error == SVCTAG_E_RANGE)
		return "the range runs backwards";
	return "not an address, prefix or range";
}
