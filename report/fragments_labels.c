/*
 * A text answer is the address as it was asked for and, behind it, what all
 * addresses with the same longest prefix have in common: its label. Rendered
 * by report_lookup()'s own function when a prefix is first met.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "text/output.h"

#include "fragments_internal.h"
#include "lookup.h"

/* What all labels of a release may take. Those of a real one have 18 MB, were all of them asked for. */
#define ALL_LABELS ((size_t)64 << 20)

struct label_store {
	atomic_size_t bytes;
	size_t prefixes;
	_Atomic(struct report_label *) slots[]; /* by prefix; the last is for addresses in none */
};

struct label_store *
label_store_new(size_t prefixes)
{
	struct label_store *store = calloc(1, sizeof(*store) + (prefixes + 1) * sizeof(store->slots[0]));

	if (store != NULL)
		store->prefixes = prefixes;
	return store;
}

void
label_store_free(struct label_store *store)
{
	if (store == NULL)
		return;
	for (size_t i = 0; i <= store->prefixes; i++)
		free(atomic_load_explicit(&store->slots[i], memory_order_relaxed));
	free(store);
}

/* The matches of svctag_lookup(), as far as text tells of them. */
static void
fill_matches(const svctag_index *index, uint32_t prefix, const struct report_fragments_answer *tags,
	     svctag_match matches[REPORT_FRAGMENTS_TAGS])
{
	for (size_t i = 0; i < tags->count; i++)
		matches[i] = (svctag_match){ .tag = tags->tags[i], .prefix = tags->prefixes[i], .contains = true };
	/* A tag may list a prefix and others inside it. */
	for (; prefix != SVCTAG_NO_PREFIX; prefix = svctag_index_parent(index, prefix)) {
		svctag_index_list list = svctag_index_prefix_tags(index, prefix);

		for (size_t i = 0; i < tags->count; i++) {
			for (size_t n = 0; n < list.count; n++)
				matches[i].prefix_count += list.ids[n] == matches[i].tag;
		}
	}
}

static svctag_error
render(const struct report_fragments *fragments, uint32_t prefix, const struct report_fragments_answer *tags,
       char **ret, size_t *ret_size)
{
	const struct report_style style = { .format = REPORT_TEXT };
	const struct report_query asked = { .text = "" };
	const svctag_query query = { .kind = SVCTAG_QUERY_ADDRESS };
	svctag_match matches[REPORT_FRAGMENTS_TAGS];
	svctag_lookup_result result = { .matches = matches, .match_count = tags->count };
	const struct lookup_answer answer = { fragments->snapshot, &asked, &query, &result };
	FILE *out = open_memstream(ret, ret_size);
	svctag_error err;

	if (out == NULL)
		return SVCTAG_E_NO_MEMORY;
	if (tags->region != SVCTAG_NO_TAG)
		result.region = svctag_index_tag_at(fragments->index, tags->region).properties.region;
	fill_matches(fragments->index, prefix, tags, matches);
	err = lookup_write_text(out, &style, &answer);
	if (fclose(out) != 0 && err == SVCTAG_OK)
		err = SVCTAG_E_NO_MEMORY;
	return err;
}

/* NULL: it cannot be had */
static struct report_label *
make(const struct report_fragments *fragments, uint32_t prefix)
{
	struct report_fragments_answer tags = { 0 };
	struct report_label *label = NULL;
	char *text = NULL;
	size_t size = 0;

	if (fragments_collect(fragments->index, prefix, &tags) &&
	    render(fragments, prefix, &tags, &text, &size) == SVCTAG_OK && size <= UINT32_MAX)
		label = malloc(sizeof(*label) + (size < OUTPUT_LONG ? OUTPUT_LONG : size));
	if (label != NULL) {
		label->size = (uint32_t)size;
		memcpy(label->text, text, size);
		if (size < OUTPUT_LONG)
			memset(label->text + size, 0, OUTPUT_LONG - size);
	}
	free(text);
	return label;
}

/* Make the label of a slot that has none. NULL: it cannot be had, or there are too many */
static const struct report_label *
fill(const struct report_fragments *fragments, size_t slot, uint32_t prefix)
{
	struct label_store *store = fragments->labels;
	struct report_label *found = NULL;
	struct report_label *label;
	size_t size;

	if (atomic_load_explicit(&store->bytes, memory_order_relaxed) > ALL_LABELS)
		return NULL;
	label = make(fragments, prefix);
	if (label == NULL)
		return NULL;
	size = sizeof(*label) + label->size; /* before others may have it */
	if (!atomic_compare_exchange_strong_explicit(&store->slots[slot], &found, label, memory_order_release,
						     memory_order_acquire)) {
		free(label);
		return found;
	}
	atomic_fetch_add_explicit(&store->bytes, size, memory_order_relaxed);
	return label;
}

static size_t
slot_of(const struct label_store *store, uint32_t prefix)
{
	return prefix == SVCTAG_NO_PREFIX ? store->prefixes : prefix;
}

void
report_fragments_labels(const struct report_fragments *fragments, const uint32_t *prefixes, size_t count,
			const struct report_label **ret)
{
	struct label_store *store = fragments->labels;

	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(&store->slots[slot_of(store, prefixes[i])]);
	for (size_t i = 0; i < count; i++) {
		size_t slot = slot_of(store, prefixes[i]);

		ret[i] = atomic_load_explicit(&store->slots[slot], memory_order_acquire);
		if (__builtin_expect(ret[i] == NULL, 0))
			ret[i] = fill(fragments, slot, prefixes[i]);
	}
}
