/*
 * No address is without a dot or a colon, and few other things in a log have
 * one inside. So these marks are searched for, the run of address characters
 * around each is taken, and what is left of it at words' boundaries is parsed.
 * A run is looked at once: the time is linear in the text.
 */
#include "find.h"

#include <stdbool.h>
#include <string.h>

#include "text/quad.h"

/* What a character may be part of. */
#define RUN 1  /* an address */
#define WORD 2 /* a name or a number */

#define HEX (RUN | WORD)

static const unsigned char classes[256] = {
	['.'] = RUN,  [':'] = RUN,  ['_'] = WORD, ['0'] = HEX,  ['1'] = HEX,  ['2'] = HEX,  ['3'] = HEX,  ['4'] = HEX,
	['5'] = HEX,  ['6'] = HEX,  ['7'] = HEX,  ['8'] = HEX,  ['9'] = HEX,  ['a'] = HEX,  ['b'] = HEX,  ['c'] = HEX,
	['d'] = HEX,  ['e'] = HEX,  ['f'] = HEX,  ['A'] = HEX,  ['B'] = HEX,  ['C'] = HEX,  ['D'] = HEX,  ['E'] = HEX,
	['F'] = HEX,  ['g'] = WORD, ['h'] = WORD, ['i'] = WORD, ['j'] = WORD, ['k'] = WORD, ['l'] = WORD, ['m'] = WORD,
	['n'] = WORD, ['o'] = WORD, ['p'] = WORD, ['q'] = WORD, ['r'] = WORD, ['s'] = WORD, ['t'] = WORD, ['u'] = WORD,
	['v'] = WORD, ['w'] = WORD, ['x'] = WORD, ['y'] = WORD, ['z'] = WORD, ['G'] = WORD, ['H'] = WORD, ['I'] = WORD,
	['J'] = WORD, ['K'] = WORD, ['L'] = WORD, ['M'] = WORD, ['N'] = WORD, ['O'] = WORD, ['P'] = WORD, ['Q'] = WORD,
	['R'] = WORD, ['S'] = WORD, ['T'] = WORD, ['U'] = WORD, ['V'] = WORD, ['W'] = WORD, ['X'] = WORD, ['Y'] = WORD,
	['Z'] = WORD,
};

static bool
is_run(char c)
{
	return (classes[(unsigned char)c] & RUN) != 0;
}

static bool
is_word(char c)
{
	return (classes[(unsigned char)c] & WORD) != 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The text up to `end` as a whole. */
static enum found
parse(const char *text, const char *end, struct found_address *ret)
{
	svctag_address address;

	if (end <= text || svctag_address_parse(text, (size_t)(end - text), &address) != SVCTAG_OK)
		return FOUND_NOTHING;
	address = svctag_address_unmap(&address);
	if (address.family == SVCTAG_IPV6) {
		ret->ipv6 = address;
		return FOUND_IPV6;
	}
	ret->ipv4 = (uint32_t)address.bytes[0] << 24 | (uint32_t)address.bytes[1] << 16 |
		    (uint32_t)address.bytes[2] << 8 | address.bytes[3];
	return FOUND_IPV4;
}

/* ":" and a port, to the end of the text. */
static bool
is_port(const char *text, const char *end)
{
	unsigned int port = 0;

	if (end - text < 2 || end - text > 6 || *text++ != ':')
		return false;
	for (; text < end; text++) {
		if (!is_digit(*text))
			return false;
		port = port * 10 + (unsigned int)(*text - '0');
	}
	return port <= UINT16_MAX;
}

enum found
find_whole(const char *text, size_t size, struct found_address *ret)
{
	const char *end = text + size;
	enum found found;
	const char *stop;

	if (size == 0)
		return FOUND_NOTHING;
	if (quad_read(text, &ret->ipv4) == size)
		return FOUND_IPV4;
	if (*text == '[') {
		stop = memchr(text, ']', size);
		if (stop == NULL || (stop + 1 < end && !is_port(stop + 1, end)))
			return FOUND_NOTHING;
		return parse(text + 1, stop, ret);
	}
	found = parse(text, end, ret);
	if (found != FOUND_NOTHING)
		return found;
	stop = memchr(text, ':', size);
	return stop != NULL && is_port(stop, end) ? parse(text, stop, ret) : FOUND_NOTHING;
}

/* The next dot or colon, or `end`. */
static const char *
next_mark(const char *at, const char *end)
{
#ifdef __SSE2__
	for (; at < end; at += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		__m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')),
					     _mm_cmpeq_epi8(bytes, _mm_set1_epi8(':')));
		unsigned int mask = (unsigned int)_mm_movemask_epi8(marks);

		if (mask != 0) {
			at += __builtin_ctz(mask);
			return at < end ? at : end;
		}
	}
	return end;
#else
	while (at < end && *at != '.' && *at != ':')
		at++;
	return at;
#endif
}

/* The first of the parts between colons that is IPv4: "1.2.3.4:443", "2:1.2.3.4". */
static enum found
parse_parts(const char *text, const char *end, struct found_address *ret)
{
	while (text < end) {
		const char *colon = memchr(text, ':', (size_t)(end - text));
		const char *stop = colon != NULL ? colon : end;

		if (parse(text, stop, ret) == FOUND_IPV4)
			return FOUND_IPV4;
		text = stop + 1;
	}
	return FOUND_NOTHING;
}

/* "Chrome/120.0.0.0" is no address; "host/10.0.0.1:9092", "//10.0.0.1/" and "(/10.0.0.1)" have one. */
static bool
is_version(const char *begin, const char *run, const char *stop)
{
	return run - begin >= 2 && run[-1] == '/' && is_word(run[-2]) && memchr(run, ':', (size_t)(stop - run)) == NULL;
}

/*
 * A run of address characters, as long as it goes, in the text from `begin`
 * to `end`. A word that goes on before it or behind it is no part of an
 * address, but up to a colon it may stand next to one: "outside:1.2.3.4".
 */
static enum found
judge(const char *begin, const char *end, const char *run, const char *stop, struct found_address *ret)
{
	enum found found;

	if (is_version(begin, run, stop))
		return FOUND_NOTHING;
	if (run > begin && is_word(run[-1])) {
		const char *colon = memchr(run, ':', (size_t)(stop - run));

		if (colon == NULL)
			return FOUND_NOTHING;
		run = colon + 1;
	}
	if (stop < end && is_word(*stop)) {
		const char *colon = memrchr(run, ':', (size_t)(stop - run));

		if (colon == NULL)
			return FOUND_NOTHING;
		stop = colon;
	}
	while (stop > run && stop[-1] == '.')
		stop--;
	found = parse(run, stop, ret);
	if (found == FOUND_NOTHING && stop > run && stop[-1] == ':')
		found = parse(run, stop - 1, ret);
	if (found == FOUND_NOTHING && stop > run && *run == ':')
		found = parse(run + 1, stop, ret);
	return found != FOUND_NOTHING ? found : parse_parts(run, stop, ret);
}

enum found
find_first(const char *text, size_t size, struct found_address *ret)
{
	const char *end = text + size;
	size_t quad = quad_read(text, &ret->ipv4);

	/* Many logs begin with it. */
	if (quad != 0 && (quad == size || (quad < size && !is_word(text[quad]))))
		return FOUND_IPV4;
	for (const char *at = text;;) {
		const char *mark = next_mark(at, end);
		const char *run = mark;
		enum found found;

		if (mark == end)
			return FOUND_NOTHING;
		while (run > at && is_run(run[-1]))
			run--;
		for (at = mark; at < end && is_run(*at); at++)
			continue;
		found = judge(text, end, run, at, ret);
		if (found != FOUND_NOTHING)
			return found;
	}
}
