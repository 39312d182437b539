/**
 * @file
 * Lists, read and looked at in tests; every function here fails the test where
 * something is not as it should be.
 */
#ifndef LISTING_H
#define LISTING_H

#include "testing.h"

#include <lists/lists.h>

struct bytes {
	char *data;
	size_t size;
};

/** A file below the source folder. The caller frees its data. */
struct bytes listing_load(const char *name);
/** One of tests/data/lists. */
struct bytes listing_load_fixture(const char *name);

/** The list; the caller frees it. */
struct list *listing_read_bytes(const char *data, size_t size, const char *name, const struct list_options *options);
/** A text of the format; NULL to detect it. */
struct list *listing_read_text(const char *text, const char *format);

/** It cannot be read, for this reason. */
void listing_check_error(const char *text, const struct list_options *options, svctag_error want,
			 const char *want_detail);
/** The entries in canonical text with intents, each after a blank: "198.18.0.0/24=Sql". */
void listing_check_entries(const char *text, const char *format, const char *want);
/** The problems as "line text; line text". */
void listing_check_problems(const char *text, const char *format, const char *want);

/** Of two svctag_range, for bsearch() and qsort(). */
int listing_compare_ranges(const void *a, const void *b);
/** The ranges of all entries in order. The caller frees them. */
svctag_range *listing_sorted_ranges(const struct list *list);
/** Problems that are no warnings. */
size_t listing_count_errors(const struct list *list);
const struct list_entry *listing_find_entry(const struct list *list, const char *text);
const struct list_mention *listing_find_mention(const struct list *list, const char *tag);

#endif
