/**
 * @file
 * The writes that a release entering the intervals comes down to. Hidden.
 */
#ifndef SVCTAG_SPANS_WRITE_H
#define SVCTAG_SPANS_WRITE_H

#include "span_edit.h"

/** Writes at one place, tag by tag. Zero-initialise but for the first two, then prepare. */
struct span_writer {
	sqlite3 *db;
	const struct span_place *place;
	sqlite3_stmt *find;
	sqlite3_stmt *add;
	sqlite3_stmt *put;
	const char *name; /**< of the tag at hand */
	bool begun;       /**< its row has been looked for */
	bool found;       /**< `find` stands at it: what was stored so far lies there */
	bool changes_properties;
	struct property_list properties;
	bool changes_prefixes;
	struct span_edit prefixes;
};

SVCTAG_MUST_CHECK svctag_error span_writer_prepare(struct span_writer *writer, svctag_detail *detail);
/** Also after preparing failed. */
void span_writer_release(struct span_writer *writer);

/** The tag that the following writes are about; its name has to live until span_writer_leave(). */
void span_writer_turn_to(struct span_writer *writer, const char *name);

/**
 * @param ops         SPAN_…
 * @param properties  what SPAN_INSERT stores, to live until span_writer_leave(); NULL where that is not among them
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT (no such span), SVCTAG_E_NO_MEMORY, SVCTAG_E_DATABASE
 */
SVCTAG_MUST_CHECK svctag_error span_write_tag(struct span_writer *writer, const svctag_properties *properties,
					      unsigned int ops, svctag_detail *detail);
/** The same for a prefix of the tag; its prefixes in order. */
SVCTAG_MUST_CHECK svctag_error span_write_prefix(struct span_writer *writer, const svctag_prefix *prefix,
						 unsigned int ops, svctag_detail *detail);

/** Store what has become of the tag. @return as before, and SVCTAG_E_LIMIT */
SVCTAG_MUST_CHECK svctag_error span_writer_leave(struct span_writer *writer, svctag_detail *detail);

#endif
