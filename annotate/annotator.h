/*
 * From a block of lines to what is written for them: cut into lines, find each
 * line's address, look all of them up, write. Some 500 lines go through each
 * step together, so that the steps' loops are short and the misses of one
 * look-up overlap those of the next.
 */
#ifndef ANNOTATE_ANNOTATOR_H
#define ANNOTATE_ANNOTATOR_H

#include "text/output.h"
#include "text/quad.h"

#include "annotate.h"
#include "block.h"
#include "field.h"
#include "find.h"
#include "json.h"
#include "labels.h"

#define BATCH_LINES 512
/** A label is asked for from memory so many lines before it is copied. */
#define LABELS_AHEAD 16

_Static_assert(BATCH_LINES <= LABEL_COUNT, "the labels of a batch can be counted");

struct annotator {
	struct annotate_options options;
	const svctag_index *index;
	struct labels *labels;
	struct render_names names;
	struct field_rule fields;
	struct jsonline_rule json;
	char *header;      /**< what is added to a header */
	bool adds;         /**< region and tags are added to lines */
	bool filters;      /**< lines may be left out */
	bool keeps_others; /**< also lines without an address are kept */
	bool quad_is_line; /**< a line that is a dotted quad and nothing else has its address found */
	bool uses_table;   /**< of quads, and cuts their lines many at a time */
	struct quad_table quads;
};

/** What a line turned out to be. */
enum line_kind {
	LINE_IPV4,
	LINE_IPV6,
	LINE_MISSING,
	LINE_UNREADABLE,
	LINE_TOO_LONG,
};

struct line {
	const char *begin;
	uint32_t size; /**< of what it says; behind it comes its line end, if it has one, and then the next line */
	enum line_kind kind;
};

/** Lines on their way; one for each thread. */
struct batch {
	size_t count;
	bool all_quads;                     /**< each line is a dotted quad and a line feed, nothing else */
	struct line lines[BATCH_LINES + 1]; /**< one more begins where the last one ends */
	uint32_t ipv4[BATCH_LINES];         /**< host byte order; anything where the line has none */
	uint32_t prefixes[BATCH_LINES];
	/** Of the lines, and behind them some that are never copied. */
	struct label labels[BATCH_LINES + LABELS_AHEAD];
	size_t added; /**< bytes of the labels, with a comma for each */
	svctag_address ipv6[BATCH_LINES];
	struct jsonline json[BATCH_LINES];
};

static inline const char *
line_end(const struct line *line)
{
	return line->begin + line->size;
}

/** Past its line end. The line is one of a batch. */
static inline const char *
line_next(const struct line *line)
{
	return line[1].begin;
}

/** The separator of CSV fields. */
char annotate_csv_separator(const struct annotate_options *options);

/**
 * The field of the address in an input with this header.
 * @param[out] ret  options->field unless the field is named
 * @return SVCTAG_OK, SVCTAG_E_NOT_FOUND
 */
SVCTAG_MUST_CHECK svctag_error annotate_header_field(const struct annotate_options *options, const char *header,
						     size_t size, size_t *ret, svctag_detail *detail);

/**
 * Cut the next lines off a block and find their addresses. lines.c.
 * @return where the rest begins
 */
const char *batch_fill(struct batch *batch, const struct annotator *annotator, size_t field, const char *at,
		       const char *end);

/**
 * Append what becomes of a block.
 * @param counts  added to; `bytes` is not
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error annotator_process(struct annotator *annotator, struct batch *batch,
						 const struct block *block, struct output *output,
						 struct annotate_counts *counts);

#endif
