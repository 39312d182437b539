/*
 * What is known of each prefix: the text that is added to a line whose
 * address has it as its longest match, and whether such a line is kept.
 * Made when a prefix is first met; the some 50,000 prefixes of a release have
 * some 6,000 different answers, and prefixes with the same one share a label.
 * A prefix has just the number of its label, and what has to be known of a
 * label before it is copied is not where its text is: so most of that is in
 * the second-level cache, and texts can be asked for before they are needed.
 *
 * Any number of threads may ask: labels are made under a lock and published
 * by a release store, and are never changed or moved afterwards.
 */
#ifndef ANNOTATE_LABELS_H
#define ANNOTATE_LABELS_H

#include <stdatomic.h>

#include "annotate.h"
#include "render.h"

/** Texts begin at a cache line, and nearly all end in the next. */
#define LABEL_ALIGNMENT ((size_t)64)

/**
 * Bits of a tally, of one label or the sum of up to LABEL_COUNT of them: the
 * sizes of the texts; from LABEL_MATCHED on, how many are of prefixes in any
 * tag; from LABEL_KEPT on, how many are chosen by `only` and `except`.
 */
#define LABEL_SIZE (((uint64_t)1 << 40) - 1)
#define LABEL_MATCHED 40
#define LABEL_KEPT 52
#define LABEL_COUNT (((uint64_t)1 << 12) - 1)
/** The longest text; LABEL_COUNT times that is LABEL_SIZE at most. */
#define LABEL_MOST ((uint64_t)1 << 28)

/** A plain value: what a line has to know before the text is copied. */
struct label {
	const char *text; /**< immutable, with OUTPUT_LONG readable bytes */
	uint64_t tally;   /**< no text is empty; 0 is what a line without an address has */
};

static inline size_t
label_size(const struct label *label)
{
	return label->tally & LABEL_SIZE;
}

/** Of one label: is it chosen by `only` and `except`? */
static inline bool
label_is_kept(const struct label *label)
{
	return label->tally >> LABEL_KEPT != 0;
}

static inline bool
label_is_there(const struct label *label)
{
	return label->tally != 0;
}

/** Of a label of JSON: they stand before the text. */
static inline const struct rendered_places *
label_places(const struct label *label)
{
	return (const struct rendered_places *)(const void *)(label->text - LABEL_ALIGNMENT);
}

/** Which label a prefix has: its number. Read with memory_order_acquire. */
struct label_slot {
	_Atomic uint32_t number; /**< 0: not made yet */
};

struct labels;

/** @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error labels_new(const svctag_snapshot *snapshot, const struct annotate_options *options,
					  const struct render_names *names, struct labels **ret);
/** Accepts NULL and half-built ones. */
void labels_free(struct labels *labels);

/** All of them, by the number that a slot gave. */
const struct label *labels_by_number(const struct labels *labels);
/** The number of the label of no prefix at all. */
#define LABEL_NONE 1

/** By prefix: labels_slot(). */
struct label_slot *labels_slots(const struct labels *labels);

/** The place of a prefix, or of SVCTAG_NO_PREFIX, among the slots. */
static inline uint32_t
labels_slot(uint32_t prefix)
{
	return prefix + 1;
}

/** Make the label of a prefix, unless another thread has by now. @return its number; 0: out of memory */
uint32_t labels_make(struct labels *labels, uint32_t prefix);

#endif
