/*
 * A text answer is the address as it was asked for and, behind it, what all
 * addresses with the same longest prefix have in common: its label. Rendered
 * by report_lookup()'s own function when a prefix is first met.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "text/output.h"

#include "fragments_internal.h"
#include "lookup.h"

/* What all labels of a release may take; those of a real one have 17 MB. */
#define MOST_LABELS ((size_t)64 << 20)
/* Room for each prefix, up to that much: half as much again as they need. */
#define ROOM_FOR_PREFIX 512
#define LEAST_ROOM ((size_t)64 << 10)
/* One that is longer is made each time. */
#define LONGEST_LABEL ((size_t)16 << 10)
#define LARGE_PAGE ((size_t)2 << 20)
/* Tags that a label may tell of. */
#define LABEL_TAGS 32

/*
 * Labels lie one behind the other, in large pages where the system has them:
 * a list of addresses from anywhere goes from label to label without any
 * order, and finding each one's small page took more time than copying it.
 * Of the room no more is in memory than has labels.
 */
struct label_store {
	char *room;
	size_t size;
	atomic_size_t used;
	size_t prefixes;
	_Atomic(const struct report_label *) slots[]; /* by prefix; the last is for addresses in none */
};

static size_t
room_for(size_t prefixes)
{
	size_t size = prefixes * ROOM_FOR_PREFIX + LEAST_ROOM;

	if (size > MOST_LABELS)
		size = MOST_LABELS;
	return size < LARGE_PAGE ? size : (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
}

struct label_store *
label_store_new(size_t prefixes)
{
	struct label_store *store = calloc(1, sizeof(*store) + (prefixes + 1) * sizeof(store->slots[0]));
	void *room;

	if (store == NULL)
		return NULL;
	store->prefixes = prefixes;
	store->size = room_for(prefixes);
	room = mmap(NULL, store->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED) {
		free(store);
		return NULL;
	}
	(void)madvise(room, store->size, MADV_HUGEPAGE); /* without them it is slower, no more */
	store->room = room;
	return store;
}

void
label_store_free(struct label_store *store)
{
	if (store == NULL)
		return;
	(void)munmap(store->room, store->size);
	free(store);
}

/* Zeroed, aligned for a label, with OUTPUT_LONG readable bytes of text. NULL: there is no more */
static struct report_label *
allocate(struct label_store *store, size_t size)
{
	const size_t alignment = _Alignof(struct report_label);
	size_t need = (sizeof(struct report_label) + size + alignment - 1) / alignment * alignment;
	size_t at;

	if (size > LONGEST_LABEL)
		return NULL;
	at = atomic_load_explicit(&store->used, memory_order_relaxed);
	do {
		if (need + OUTPUT_LONG > store->size - at)
			return NULL;
	} while (!atomic_compare_exchange_weak_explicit(&store->used, &at, at + need, memory_order_relaxed,
							memory_order_relaxed));
	return (void *)(store->room + at);
}

/* The matches of svctag_lookup(), as far as text tells of them. */
static void
fill_matches(const svctag_index *index, uint32_t prefix, const svctag_address_tags *tags,
	     svctag_match matches[LABEL_TAGS])
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
render(const struct report_fragments *fragments, uint32_t prefix, const svctag_address_tags *tags, char **ret,
       size_t *ret_size)
{
	const struct report_style style = { .format = REPORT_TEXT };
	const struct report_query asked = { .text = "" };
	const svctag_query query = { .kind = SVCTAG_QUERY_ADDRESS };
	svctag_match matches[LABEL_TAGS];
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

/* Make the label of a slot that has none. NULL: it cannot be had */
static const struct report_label *
fill(const struct report_fragments *fragments, size_t slot, uint32_t prefix)
{
	struct label_store *store = fragments->labels;
	uint32_t ids[LABEL_TAGS], prefixes[LABEL_TAGS];
	svctag_address_tags tags = { .tags = ids, .prefixes = prefixes, .room = LABEL_TAGS };
	const struct report_label *found = NULL;
	struct report_label *label = NULL;
	char *text = NULL;
	size_t size = 0;

	if (svctag_lookup_tags(fragments->index, prefix, &tags) == SVCTAG_OK &&
	    render(fragments, prefix, &tags, &text, &size) == SVCTAG_OK)
		label = allocate(store, size);
	if (label != NULL) {
		label->size = (uint32_t)size;
		memcpy(label->text, text, size);
	}
	free(text);
	/* Where another thread was faster, its label serves, and this one stays unused. */
	if (label == NULL || atomic_compare_exchange_strong_explicit(&store->slots[slot], &found, label,
								     memory_order_release, memory_order_acquire))
		return label;
	return found;
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
