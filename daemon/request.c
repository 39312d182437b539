#include "request.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <svctag/address.h>

void
request_release(struct request *request)
{
	arena_release(&request->arena);
	free(request->body);
	*request = (struct request){ 0 };
}

void
request_set_method(struct request *request, const char *method)
{
	request->head = strcmp(method, "HEAD") == 0;
	request->options = strcmp(method, "OPTIONS") == 0;
	if (request->head || strcmp(method, "GET") == 0)
		request->method = METHOD_GET;
	else if (strcmp(method, "POST") == 0)
		request->method = METHOD_POST;
	else
		request->method = METHOD_OTHER;
}

/** Length of the UTF-8 sequence that starts here, 0 if there is none. */
static size_t
utf8_sequence(const unsigned char *text, size_t size)
{
	unsigned char low = 0x80, high = 0xbf; /* limits of the second byte */
	size_t length;

	if (text[0] < 0x80)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (text[0] == 0xe0)
		low = 0xa0; /* shorter forms exist below */
	else if (text[0] == 0xed)
		high = 0x9f; /* surrogates above */
	else if (text[0] == 0xf0)
		low = 0x90;
	else if (text[0] == 0xf4)
		high = 0x8f; /* past U+10FFFF above */
	if (size < length || text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	return length;
}

bool
request_is_utf8(const char *text, size_t size)
{
	for (size_t i = 0; i < size;) {
		size_t length = utf8_sequence((const unsigned char *)text + i, size - i);

		if (length == 0)
			return false;
		i += length;
	}
	return true;
}

/** Decodes size bytes of `from` to `to` with a closing NUL; no more than size + 1 bytes are written. */
static bool
decode(const char *from, size_t size, bool plus_is_blank, char *to, size_t *ret_size, svctag_detail *detail)
{
	unsigned char seen = 0;
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)from[i];

		if (c == '%') {
			int high = size - i > 2 ? svctag_hex_digit(from[i + 1]) : -1;
			int low = size - i > 2 ? svctag_hex_digit(from[i + 2]) : -1;

			if (high < 0 || low < 0) {
				svctag_detail_set(detail, "a %% in the request target is not followed by two "
							  "hexadecimal digits");
				return false;
			}
			c = (unsigned char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		if (c < 0x20 || c == 0x7f) {
			svctag_detail_set(detail, "the request target has a control character");
			return false;
		}
		to[n++] = (char)c;
		seen |= c;
	}
	to[n] = '\0';
	if (seen >= 0x80 && !request_is_utf8(to, n)) {
		svctag_detail_set(detail, "the request target is not UTF-8");
		return false;
	}
	*ret_size = n;
	return true;
}

/** Decode to where `*room` is, and move that behind the text. */
static const char *
decode_next(char **room, const char *from, size_t size, bool plus_is_blank, svctag_detail *detail)
{
	const char *text = *room;
	size_t length;

	if (!decode(from, size, plus_is_blank, *room, &length, detail))
		return NULL;
	*room += length + 1;
	return text;
}

static unsigned int
parse_path(struct request *request, char **room, const char *path, size_t size, svctag_detail *detail)
{
	const char *end = path + size;

	/* path[0] is '/'; each round takes one segment with the slash before it */
	for (const char *from = path; from < end;) {
		const char *slash = memchr(from + 1, '/', (size_t)(end - from - 1));
		const char *to = slash != NULL ? slash : end;

		if (request->segment_count == REQUEST_MAX_SEGMENTS) {
			svctag_detail_set(detail, "the path has more than %d segments", REQUEST_MAX_SEGMENTS);
			return 400;
		}
		request->segments[request->segment_count] =
			decode_next(room, from + 1, (size_t)(to - from - 1), false, detail);
		if (request->segments[request->segment_count] == NULL)
			return 400;
		request->segment_count++;
		from = to;
	}
	return 0;
}

static size_t
count_parameters(const char *query, size_t size)
{
	size_t count = 1;

	for (size_t i = 0; i < size; i++)
		count += query[i] == '&';
	return count;
}

static unsigned int
parse_query(struct request *request, char **room, const char *query, size_t size, svctag_detail *detail)
{
	const char *end = query + size;
	size_t count = count_parameters(query, size);

	if (count > REQUEST_MAX_PARAMETERS) {
		svctag_detail_set(detail, "the query string has %zu parameters, the most is %d; POST a list instead",
				  count, REQUEST_MAX_PARAMETERS);
		return 414;
	}
	request->parameters = arena_take(&request->arena, count * sizeof(*request->parameters));
	if (request->parameters == NULL) {
		svctag_detail_set(detail, "out of memory");
		return 503;
	}
	for (const char *from = query; from < end;) {
		struct request_parameter *p = &request->parameters[request->parameter_count];
		const char *ampersand = memchr(from, '&', (size_t)(end - from));
		const char *to = ampersand != NULL ? ampersand : end;
		const char *equals = memchr(from, '=', (size_t)(to - from));

		if (to > from) { /* "a=1&&b=2" has two parameters */
			const char *name_end = equals != NULL ? equals : to;
			const char *value = equals != NULL ? equals + 1 : to;

			p->name = decode_next(room, from, (size_t)(name_end - from), true, detail);
			if (p->name == NULL)
				return 400;
			p->value = decode_next(room, value, (size_t)(to - value), true, detail);
			if (p->value == NULL)
				return 400;
			request->parameter_count++;
		}
		from = to < end ? to + 1 : end;
	}
	return 0;
}

/**
 * "http://host/path" means "/path", and "http://host" the root (RFC 9112, 3.2.2).
 * @return false for an authority that is none (9110, 4.2.4: a user in it is an error)
 */
static bool
skip_authority(const char **text, size_t *size)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t scheme = strlen(schemes[i]), host = 0;

		if (*size < scheme || strncasecmp(*text, schemes[i], scheme) != 0)
			continue;
		while (scheme + host < *size && strchr("/?@", (*text)[scheme + host]) == NULL)
			host++;
		*text += scheme + host;
		*size -= scheme + host;
		return host > 0 && (*size == 0 || **text != '@');
	}
	return *size > 0 && **text == '/';
}

static bool
is_clean(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c <= ' ' || c >= 0x7f || c == '#')
			return false;
	}
	return true;
}

/** A copy with a slash before it, if it has none, and room for `more` bytes behind it. */
static char *
copy_target(struct request *request, const char *text, size_t size, size_t more)
{
	bool bare = size == 0 || *text != '/';
	char *copy = arena_take(&request->arena, size + 2 + more);

	if (copy == NULL)
		return NULL;
	copy[0] = '/';
	memcpy(copy + (bare ? 1 : 0), text, size);
	copy[size + (bare ? 1 : 0)] = '\0';
	return copy;
}

unsigned int
request_parse_target(struct request *request, const char *raw, size_t size, svctag_detail *detail)
{
	const char *question;
	unsigned int status;
	char *copy, *room;

	if (!is_clean(raw, size)) {
		svctag_detail_set(detail, "the request target has a character that has to be percent-encoded");
		return 400;
	}
	if (!skip_authority(&raw, &size)) {
		svctag_detail_set(detail, "the request target does not start with /");
		return 400;
	}
	/* every decoded text takes the place of its raw form and one separator; a parameter
	 * without '=' has an empty value besides */
	copy = copy_target(request, raw, size, 2 * (size + 1) + 2);
	if (copy == NULL) {
		svctag_detail_set(detail, "out of memory");
		return 503;
	}
	request->raw = raw = copy;
	size = strlen(raw);
	room = copy + size + 1;
	question = memchr(raw, '?', size);
	status = parse_path(request, &room, raw, question != NULL ? (size_t)(question - raw) : size, detail);
	if (status != 0 || question == NULL)
		return status;
	question++;
	return parse_query(request, &room, question, size - (size_t)(question - raw), detail);
}

/** Where a header field goes; NULL for one that nobody looks at. */
static char **
wanted_field(struct request *request, const char *name, size_t size)
{
#define FIELD(name, member)                                              \
	{                                                                \
		name, sizeof(name) - 1, offsetof(struct request, member) \
	}
	static const struct {
		const char *name;
		size_t size;
		size_t offset;
	} fields[] = {
		FIELD("Accept", accept),
		FIELD("Accept-Encoding", accept_encoding),
		FIELD("Access-Control-Request-Method", wanted_method),
		FIELD("Authorization", authorization),
		FIELD("Content-Type", content_type),
		FIELD("If-None-Match", if_none_match),
		FIELD("Origin", origin),
	};
#undef FIELD

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (size == fields[i].size && strncasecmp(name, fields[i].name, size) == 0)
			return (char **)(void *)((char *)request + fields[i].offset);
	return NULL;
}

bool
request_take_field(struct request *request, const char *name, size_t name_size, const char *value, size_t value_size)
{
	char **field = wanted_field(request, name, name_size);
	size_t before;
	char *text;

	if (field == NULL)
		return true;
	before = *field != NULL ? strlen(*field) : 0;
	text = arena_take(&request->arena, before + strlen(", ") + value_size + 1);
	if (text == NULL)
		return false;
	if (*field != NULL) {
		memcpy(text, *field, before);
		memcpy(text + before, ", ", strlen(", "));
		before += strlen(", ");
	}
	memcpy(text + before, value, value_size);
	text[before + value_size] = '\0';
	*field = text;
	return true;
}

const char *
request_parameter(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->parameter_count; i++)
		if (strcmp(request->parameters[i].name, name) == 0)
			return request->parameters[i].value;
	return NULL;
}

size_t
request_parameter_count(const struct request *request, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < request->parameter_count; i++)
		count += strcmp(request->parameters[i].name, name) == 0;
	return count;
}
