/*
 * Records and fields of CSV as in RFC 4180, where they stand: nothing is
 * copied. A quote opens only at the start of a field; in the middle of one it
 * is an ordinary character. A record may go over several lines.
 */
#ifndef ANNOTATE_RECORD_H
#define ANNOTATE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

/** A field within its quotes, if it has any. */
struct record_field {
	const char *text;
	size_t size;
};

/**
 * The end of the field that begins at `at`: where its separator or line feed
 * stands, or `end`.
 * @param[out] ret_open  a quote is open still at `end`
 */
const char *record_field_end(const char *at, const char *end, char separator, bool *ret_open);

/**
 * The end of the record that begins at `at`, past its line feed; NULL if it
 * does not end before `end`. One that is longer than ANNOTATE_LONGEST (a quote
 * that nobody closes) is given up: it ends with the line at hand there.
 */
const char *record_end(const char *at, const char *end, char separator);

/**
 * The field with this number, from 1, of a record without its line end.
 * @param[out] ret  untouched if there is none
 * @return false: the record has fewer fields
 */
bool record_find(const char *record, size_t size, char separator, size_t number, struct record_field *ret);

#endif
