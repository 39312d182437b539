/**
 * @file
 * The writes that a release entering the intervals comes down to. Hidden.
 */
#ifndef SVCTAG_SPANS_WRITE_H
#define SVCTAG_SPANS_WRITE_H

#include "store_internal.h"

/** What is to be done for one key, in this order. */
enum {
	SPAN_SPLIT = 1,  /**< the covering span's part from the next release on becomes a span of its own */
	SPAN_CUT = 2,    /**< the covering span ends here */
	SPAN_EXTEND = 4, /**< the span that begins at the next release begins here */
	SPAN_INSERT = 8, /**< a new span, from here to the next release */
};

/** The statements that do it to one of the two tables. */
struct span_statements {
	sqlite3_stmt *split;
	sqlite3_stmt *cut;
	sqlite3_stmt *extend;
	sqlite3_stmt *insert;
};

/** Writes at one place, tag by tag. Zero-initialise but for the first two, then prepare. */
struct span_writer {
	sqlite3 *db;
	const struct span_place *place;
	struct span_statements tags;
	struct span_statements prefixes;
	sqlite3_stmt *find_tag;
	sqlite3_stmt *add_tag;
	const char *name; /**< of the tag at hand */
	int64_t tag_id;   /**< its number, or 0 while it was not needed */
};

SVCTAG_MUST_CHECK svctag_error span_writer_prepare(struct span_writer *writer, svctag_detail *detail);
/** Also after preparing failed. */
void span_writer_release(struct span_writer *writer);

/** The tag that the following writes are about; the name has to live as long. */
void span_writer_turn_to(struct span_writer *writer, const char *name);

/**
 * @param properties  what SPAN_INSERT stores; NULL where that is not among them
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT (no such span), SVCTAG_E_DATABASE
 */
SVCTAG_MUST_CHECK svctag_error span_write_tag(struct span_writer *writer, const svctag_properties *properties,
					      unsigned int ops, svctag_detail *detail);
/** The same for a prefix of the tag. */
SVCTAG_MUST_CHECK svctag_error span_write_prefix(struct span_writer *writer, const svctag_prefix *prefix,
						 unsigned int ops, svctag_detail *detail);

#endif
