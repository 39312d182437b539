/**
 * @file
 * Lists of queries as they are sent: kept as text, one after the other, which
 * takes less room than anything parsed and lets the answer be made while it
 * is sent.
 */
#ifndef QUERY_LIST_H
#define QUERY_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include <svctag/lookup.h>

/** No query is as long; of what is longer only this much is repeated in the answer. */
#define QUERY_MAX_ITEM 4096

/**
 * svctag_query_parse(), with the one thing said that people get wrong.
 * @param[out] ret     untouched unless SVCTAG_OK
 * @param[out] detail  what is wrong; may stay empty
 */
SVCTAG_MUST_CHECK svctag_error query_parse(const char *text, size_t size, svctag_query *ret, svctag_detail *detail);

/** Where a list is read. */
struct query_list {
	const char *text;
	size_t size;
	size_t offset; /**< of the next item */
	size_t line;   /**< of the item given last, from 1; counted in either form */
	bool lines;    /**< one item per line, empty ones and comments (#) left out; else each ends with a NUL */
};

/** One item, inside the list's text. */
struct query_item {
	const char *text;
	size_t size;
};

/** @return false at the end */
bool query_list_next(struct query_list *list, struct query_item *ret);

/**
 * Turn the JSON {"queries":["…",…]} into items that end with a NUL, in place
 * (no item gets longer). Strict: UTF-8, the one key, strings only, no NUL in
 * them, nothing behind.
 * @param[in,out] size  of the document, then of the items
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX; the text is spoilt then
 */
SVCTAG_MUST_CHECK svctag_error query_list_of_json(char *text, size_t *size, svctag_detail *detail);

#endif
