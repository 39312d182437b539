#include "framing.h"

#include <string.h>
#include <strings.h>

/** A field name is a token (RFC 9110, 5.6.2): a blank before the colon has been used for smuggling. */
static bool
is_token(const char *text, size_t size)
{
	static const char extra[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			  (c != '\0' && strchr(extra, c) != NULL);

		if (!ok)
			return false;
	}
	return size > 0;
}

static bool
is_clean(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
parse_length(const char *text, size_t size, uint64_t *ret)
{
	uint64_t length = 0;

	if (size == 0 || size > 18) /* 18 digits are less than 2^63 */
		return false;
	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		length = length * 10 + (uint64_t)(text[i] - '0');
	}
	*ret = length;
	return true;
}

static bool
is_named(const char *name, size_t size, const char *want)
{
	return size == strlen(want) && strncasecmp(name, want, size) == 0;
}

void
framing_add(struct framing *framing, const char *name, size_t name_size, const char *value, size_t value_size)
{
	if (!is_token(name, name_size) || !is_clean(value, value_size))
		framing->bad_field = true;
	if (is_named(name, name_size, "Content-Length")) {
		framing->lengths++;
		if (!parse_length(value, value_size, &framing->length))
			framing->bad_length = true;
	} else if (is_named(name, name_size, "Transfer-Encoding")) {
		framing->codings++;
		framing->chunked = is_named(value, value_size, "chunked");
	} else if (is_named(name, name_size, "Host")) {
		framing->hosts++;
	}
}

unsigned int
framing_judge(const struct framing *framing, const char *version, svctag_detail *detail)
{
	const char *what = NULL;
	bool old = strcmp(version, "HTTP/1.0") == 0;

	if (!old && strcmp(version, "HTTP/1.1") != 0) {
		svctag_detail_set(detail, "only HTTP/1.0 and HTTP/1.1 are spoken here");
		return 505;
	}
	if (framing->bad_field)
		what = "a header field has a character that it must not have";
	else if (framing->lengths > 1)
		what = "there is more than one Content-Length";
	else if (framing->lengths > 0 && framing->codings > 0)
		what = "there are both a Content-Length and a Transfer-Encoding";
	else if (framing->bad_length)
		what = "the Content-Length is not a number";
	else if (framing->codings > 1)
		what = "there is more than one Transfer-Encoding";
	else if (framing->codings > 0 && old)
		what = "HTTP/1.0 has no Transfer-Encoding";
	else if (framing->hosts > 1 || (framing->hosts == 0 && !old))
		what = "there has to be exactly one Host";
	if (what != NULL) {
		svctag_detail_set(detail, "%s", what);
		return 400;
	}
	if (framing->codings > 0 && !framing->chunked) {
		svctag_detail_set(detail, "the only transfer coding known here is chunked");
		return 501;
	}
	return 0;
}

bool
framing_has_body(const struct framing *framing)
{
	return framing->chunked || framing->length > 0;
}
