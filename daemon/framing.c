#include "framing.h"

#include <string.h>
#include <strings.h>

static bool
is_named(const char *name, size_t size, const char *want)
{
	return size == strlen(want) && strncasecmp(name, want, size) == 0;
}

enum framing_field
framing_field_named(const char *name, size_t size)
{
	switch (size) {
	case 4: return is_named(name, size, "Host") ? FRAMING_HOST : FRAMING_NO_FIELD;
	case 6: return is_named(name, size, "Expect") ? FRAMING_EXPECT : FRAMING_NO_FIELD;
	case 14: return is_named(name, size, "Content-Length") ? FRAMING_LENGTH : FRAMING_NO_FIELD;
	case 17: return is_named(name, size, "Transfer-Encoding") ? FRAMING_CODING : FRAMING_NO_FIELD;
	default: return FRAMING_NO_FIELD;
	}
}

/** Digits and nothing else. A blank behind them is lawful, but not everyone takes it off. */
static void
add_length(struct framing *framing, const char *text, size_t size)
{
	uint64_t length = 0;

	framing->lengths++;
	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9') {
			framing->bad_length = true;
			return;
		}
		length = length * 10 + (uint64_t)(text[i] - '0');
	}
	framing->bad_length |= size == 0;
	framing->too_long |= size > 18; /* 18 digits are less than 2^63 */
	framing->length = size > 18 ? 0 : length;
}

static void
add_coding(struct framing *framing, const char *text, size_t size)
{
	framing->codings++;
	framing->chunked = is_named(text, size, "chunked");
	framing->bad_coding |= size == 0 || is_named(text, size, "chunked, chunked") ||
			       is_named(text, size, "chunked,chunked") || text[size - 1] == ' ' ||
			       text[size - 1] == '\t';
}

/** The characters of RFC 3986's host and port. */
static bool
is_in_host(char c)
{
	/* A bit for each, 32 to a word: !$%&'()*+,-.0-9:;= A-Z[]_ a-z~ */
	static const uint32_t characters[8] = { 0, 0x2fff7ff2, 0xaffffffe, 0x47fffffe };
	unsigned char byte = (unsigned char)c;

	return (characters[byte / 32] >> byte % 32 & 1) != 0;
}

/** "" is lawful. */
static void
add_host(struct framing *framing, const char *text, size_t size)
{
	bool bad = false;

	framing->hosts++;
	for (size_t i = 0; i < size; i++)
		bad |= !is_in_host(text[i]);
	framing->bad_host |= bad;
}

static void
add_expectation(struct framing *framing, const char *text, size_t size)
{
	framing->waits |= is_named(text, size, "100-continue");
	framing->expects |= !is_named(text, size, "100-continue");
}

void
framing_add(struct framing *framing, enum framing_field field, const char *value, size_t size)
{
	switch (field) {
	case FRAMING_HOST: add_host(framing, value, size); break;
	case FRAMING_EXPECT: add_expectation(framing, value, size); break;
	case FRAMING_LENGTH: add_length(framing, value, size); break;
	case FRAMING_CODING: add_coding(framing, value, size); break;
	case FRAMING_NO_FIELD: break;
	}
}

void
framing_measure(struct framing *framing, const char *name, size_t name_size, const char *value, size_t value_size)
{
	if (name_size == strlen("Content-Length") || name_size == strlen("Transfer-Encoding"))
		framing_add(framing, framing_field_named(name, name_size), value, value_size);
}

bool
framing_has_body(const struct framing *framing)
{
	return framing->chunked || framing->length > 0;
}

unsigned int
framing_judge(const struct framing *framing, svctag_detail *detail)
{
	const char *what = NULL;
	unsigned int status = 400;

	if (framing->lengths > 1)
		what = "there is more than one Content-Length";
	else if (framing->lengths > 0 && framing->codings > 0)
		what = "there are both a Content-Length and a Transfer-Encoding";
	else if (framing->bad_length)
		what = "the Content-Length is not a number";
	else if (framing->codings > 1 || framing->bad_coding)
		what = "there is not exactly one transfer coding, without a blank behind it";
	else if (framing->codings > 0 && framing->old)
		what = "HTTP/1.0 has no Transfer-Encoding";
	else if (framing->hosts > 1 || (framing->hosts == 0 && !framing->old))
		what = "there has to be exactly one Host";
	else if (framing->bad_host)
		what = "the Host is not a host and a port";
	if (what == NULL && framing->too_long) {
		what = "the Content-Length is past any limit";
		status = 413;
	} else if (what == NULL && framing->codings > 0 && !framing->chunked) {
		what = "the only transfer coding known here is chunked";
		status = 501;
	} else if (what == NULL && (framing->expects || (framing->waits && !framing_has_body(framing)))) {
		what = "the only expectation known here is 100-continue, before a body";
		status = 417;
	}
	if (what == NULL)
		return 0;
	svctag_detail_set(detail, "%s", what);
	return status;
}
