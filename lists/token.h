/**
 * @file
 * Pieces of text: spans, lines, and the one that matters here, an address as
 * people write it.
 */
#ifndef LISTS_TOKEN_H
#define LISTS_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <svctag/lookup.h>

/** Some text; not NUL-terminated. */
struct span {
	const char *text;
	size_t size;
};

static inline struct span
span_of(const char *text)
{
	return (struct span){ .text = text, .size = strlen(text) };
}

static inline struct span
span_between(const char *begin, const char *end)
{
	return (struct span){ .text = begin, .size = (size_t)(end - begin) };
}

/** From `begin` on. */
static inline struct span
span_from(struct span span, size_t begin)
{
	return (struct span){ .text = span.text + begin, .size = span.size - begin };
}

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** Without the blanks around it. */
struct span span_trim(struct span span);
/** Without the blanks before it: for what is cut piece by piece from one line, which stays linear then. */
struct span span_trim_left(struct span span);
/** Without one pair of equal quotes around it. */
struct span span_unquote(struct span span);
/** Letter case (ASCII) does not matter. */
bool span_is(struct span span, const char *text);
bool span_is_exactly(struct span span, const char *text);
bool span_begins(struct span span, const char *text);
bool span_ends(struct span span, const char *text);
/** Is the text in it? Letter case (ASCII) does not matter. Time is their product. */
bool span_holds(struct span span, const char *text);
/** Only decimal digits, and some? */
bool span_is_number(struct span span);

/** The lines of a text. Start with the text in `rest`, all else zero. */
struct lines {
	struct span rest;
	size_t number;    /**< of `line`, from 1 */
	struct span line; /**< without its end */
};

/** @return false at the end */
bool lines_next(struct lines *lines);

/** An address, prefix or range. */
struct token {
	svctag_range range;
	svctag_query_kind kind;
	bool has_host_bits; /**< they were cleared */
};

/**
 * Read an address as lists have it: "a", "a/n", "a/mask", "a-b" with or
 * without blanks around the dash, which may be an en dash.
 * @param[out] ret  untouched unless SVCTAG_OK
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_RANGE, SVCTAG_E_FAMILY
 */
SVCTAG_MUST_CHECK svctag_error token_parse(struct span text, struct token *ret);

/**
 * The block of an address and a dotted mask.
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX (also a mask with holes)
 */
SVCTAG_MUST_CHECK svctag_error token_parse_mask(struct span address, struct span mask, struct token *ret);

/** All addresses from one to the other. @return as token_parse() */
SVCTAG_MUST_CHECK svctag_error token_parse_range(struct span first, struct span last, struct token *ret);

/** The address block of any address: 0.0.0.0/0 or ::/0. */
struct token token_any(uint8_t family);

/** Was it meant to be an address, though it may not be one? "52.231.298.185", "2001:db8::/129" */
bool token_resembles(struct span text);

/** What is wrong with it. Static. */
const char *token_error_text(struct span text, svctag_error error);

/** Bytes of the dash or en dash at the beginning; 0 if there is none. */
size_t token_dash_size(struct span text);

#endif
