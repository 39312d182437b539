/*
 * What is known of each prefix: the text that is added to a line whose
 * address has it as its longest match, and whether such a line is kept.
 * Made when a prefix is first met; the some 50,000 prefixes of a release have
 * some 6,000 different answers, and prefixes with the same one share a label,
 * so that all that is in use fits a processor's cache.
 *
 * Any number of threads may ask: labels are made under a lock and published
 * by a release store, and are never changed or moved afterwards.
 */
#ifndef ANNOTATE_LABELS_H
#define ANNOTATE_LABELS_H

#include <stdatomic.h>

#include "annotate.h"
#include "render.h"

/** Labels begin at a cache line, and nearly all end in the next. */
#define LABEL_ALIGNMENT ((size_t)64)

/** Immutable. What a line needs of it, OUTPUT_LONG bytes of the text with it, is two cache lines. */
struct label {
	uint32_t size : 30;   /**< of text */
	uint32_t matched : 1; /**< in any tag */
	uint32_t kept : 1;    /**< chosen by `only` and `except` */
	/** Of JSON, where the values lie in the text. */
	uint32_t region_value, region_end, tags_value;
	char text[]; /**< with OUTPUT_LONG readable bytes from its start */
};

/** The longest text. */
#define LABEL_MOST ((1U << 30) - 1)

/** Where a prefix's label is. Read with memory_order_acquire. */
struct label_slot {
	_Atomic(const struct label *) label; /**< NULL: not made yet */
};

struct labels;

/** @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error labels_new(const svctag_snapshot *snapshot, const struct annotate_options *options,
					  const struct render_names *names, struct labels **ret);
/** Accepts NULL and half-built ones. */
void labels_free(struct labels *labels);

/** Of no prefix at all. */
const struct label *labels_none(const struct labels *labels);

/** By prefix number. */
struct label_slot *labels_slots(const struct labels *labels);

/** Make the label of a prefix, unless another thread has by now. @return NULL: out of memory */
const struct label *labels_make(struct labels *labels, uint32_t prefix);

#endif
