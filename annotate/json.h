/*
 * One JSON object on a line: where in it the address stands, and where members
 * can be added beside it, found in one pass without building anything. The
 * line has to be well-formed (RFC 8259), but what it says is its owner's
 * business: strings that are not UTF-8 and keys that appear twice pass.
 */
#ifndef ANNOTATE_JSON_H
#define ANNOTATE_JSON_H

#include <stdbool.h>
#include <stddef.h>

/** Deepest nesting. */
#define JSONLINE_MAX_DEPTH 128
/** Most members inside one another that a path names. */
#define JSONLINE_MAX_PATH 16
/** Longest address in a string, escapes resolved. */
#define JSONLINE_VALUE_SIZE 64
/** How many names of added members may be there already. */
#define JSONLINE_NAMES 2

/** What to look for. */
struct jsonline_rule {
	const char *path;                  /**< "a", or "a.b" for b in a; a member may also be named "a.b" itself */
	const char *names[JSONLINE_NAMES]; /**< of the members that are to be added */
};

/** A piece of the line; `begin` is NULL if there is none. */
struct jsonline_piece {
	const char *begin;
	const char *end;
};

/** What was found. */
struct jsonline {
	struct jsonline_piece value;                    /**< of the address, between its quotes */
	bool escaped;                                   /**< it has backslashes */
	const char *insert;                             /**< behind the last member beside it */
	struct jsonline_piece existing[JSONLINE_NAMES]; /**< values of the members of those names beside it */
};

enum jsonline_result {
	JSONLINE_FOUND,
	JSONLINE_MISSING, /**< an object, but without the member */
	JSONLINE_BAD,     /**< no object, or the member no string */
};

/** @param[out] ret  set if JSONLINE_FOUND */
enum jsonline_result jsonline_read(const struct jsonline_rule *rule, const char *text, size_t size,
				   struct jsonline *ret);

/**
 * Resolve the escapes of a string.
 * @param[out] ret  JSONLINE_VALUE_SIZE bytes
 * @return its size; 0 if it is longer, which no address is
 */
size_t jsonline_unescape(const struct jsonline_piece *string, char *ret);

#endif
