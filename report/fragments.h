/*
 * JSON answers about single addresses from parts that are rendered once for a
 * release: the same bytes as report_lookup() writes, without building a tree
 * for each; and text answers from a part for each prefix. For a server; a
 * program that answers once has no use for it.
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
#define REPORT_FRAGMENTS_TAGS 7

/** What an answer says, in numbers. */
struct report_outline;

/** An address as it was asked for, and in its canonical form. Both texts have to stay until the answer is written. */
struct report_fragments_address {
	const char *text;
	size_t size;
	const char *normalized;
	size_t normalized_size;
};

/** An answer that is found, but not written. */
struct report_fragments_answer {
	size_t size; /**< room that report_fragments_write() needs; it may write less */
	struct report_fragments_address address;
	const struct report_outline *outline;
};

/**
 * The answer for an address whose longest prefix is known: what svctag_index_lookup() gave.
 * @param[out] ret  undefined when false
 * @return false when the answer cannot be made here, and report_lookup() has to: too many tags
 */
bool report_fragments_of_prefix(const struct report_fragments *fragments, uint32_t prefix,
				const struct report_fragments_address *address, struct report_fragments_answer *ret);

/**
 * The longest prefix that holds an IPv4 address. Its answer is going to be
 * asked for: what is known of it is on its way from memory when this returns.
 * @return as svctag_index_lookup_ipv4()
 */
uint32_t report_fragments_prefix_ipv4(const struct report_fragments *fragments, uint32_t address);

/**
 * The answer for a query.
 * @param text      as asked: what svctag_query_parse() took. Has to stay until the answer is written, as the query
 * @param[out] ret  undefined when false
 * @return false also when it is not about an address
 */
bool report_fragments_find(const struct report_fragments *fragments, const char *text, size_t size,
			   const svctag_query *query, struct report_fragments_answer *ret);

/** Write the object, without a line end, to room of `size` bytes. Returns its end. */
char *report_fragments_write(const struct report_fragments *fragments, const struct report_fragments_answer *answer,
			     char *to);

/** What report_stream_answer() writes besides the object, at most. */
#define REPORT_STREAM_EXTRA 2

/**
 * As report_lookup_item() of a stream in JSON or NDJSON.
 * @param to  with room for answer->size + REPORT_STREAM_EXTRA bytes
 * @return the end of what was written
 */
char *report_stream_answer(struct report_lookup_stream *stream, const struct report_fragments *fragments,
			   const struct report_fragments_answer *answer, char *to);

/**
 * What a text answer says behind the address, the same for all addresses with
 * this longest prefix. Immutable; with OUTPUT_LONG readable bytes.
 */
struct report_label {
	uint32_t size;
	char text[];
};

/**
 * The labels of many prefixes: SVCTAG_NO_PREFIX or what svctag_index_lookup()
 * gives. They are made when first asked for, without a lock: two threads that
 * make the same one at the same time throw one away.
 * @param[out] ret  live as long as the fragments; NULL where report_lookup()
 *                  has to answer: too long, or no memory
 */
void report_fragments_labels(const struct report_fragments *fragments, const uint32_t *prefixes, size_t count,
			     const struct report_label **ret);

/**
 * As report_lookup_item() of a stream in text, about a dotted quad.
 * @param text  with OUTPUT_SHORT readable bytes
 * @param to    with room for size + label->size + REPORT_STREAM_EXTRA bytes and the slack of text/output.h
 */
char *report_stream_label(struct report_lookup_stream *stream, const char *text, size_t size,
			  const struct report_label *label, char *to);

#endif
