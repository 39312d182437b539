/*
 * JSON answers about single addresses from parts that are rendered once for a
 * release: the same bytes as report_lookup() writes, without building a tree
 * for each. For a server; a program that answers once has no use for it.
 */
#ifndef REPORT_FRAGMENTS_H
#define REPORT_FRAGMENTS_H

#include "report.h"

/** The parts of one snapshot. Immutable: any thread may use it. */
struct report_fragments;

/**
 * @param snapshot  has to outlive the parts
 * @param[out] ret  the caller owns it: report_fragments_free()
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error report_fragments_new(const svctag_snapshot *snapshot, struct report_fragments **ret);
/** Accepts NULL. */
void report_fragments_free(struct report_fragments *fragments);

/** Tags of one address that an answer made here may have. Real ones have at most five. */
#define REPORT_FRAGMENTS_TAGS 32

/** An answer that is found, but not written. */
struct report_fragments_answer {
	size_t size; /**< room that report_fragments_write() needs; it may write less */
	const char *text;
	size_t text_size;
	const svctag_query *query;
	uint32_t region; /**< the tag whose region it is, or SVCTAG_NO_TAG */
	size_t count;
	uint32_t tags[REPORT_FRAGMENTS_TAGS];
	uint32_t prefixes[REPORT_FRAGMENTS_TAGS];
};

/**
 * Find the tags of an address.
 * @param text      as asked: what svctag_query_parse() took. Has to stay until the answer is written, as the query
 * @param[out] ret  untouched when false
 * @return false when the answer cannot be made here, and report_lookup() has to: not an address, too many tags
 */
bool report_fragments_find(const struct report_fragments *fragments, const char *text, size_t size,
			   const svctag_query *query, struct report_fragments_answer *ret);

/** Write the object, without a line end, to room of `size` bytes. Returns its end. */
char *report_fragments_write(const struct report_fragments *fragments, const struct report_fragments_answer *answer,
			     char *to);

/** As report_lookup_item() of a stream in JSON or NDJSON. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_IO */
SVCTAG_MUST_CHECK svctag_error report_lookup_found(struct report_lookup_stream *stream, FILE *out,
						   const struct report_fragments *fragments,
						   const struct report_fragments_answer *answer);

#endif
