#include "labels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <svctag/diff.h>
#include <svctag/lookup.h>

#include "text/output.h"

/* A power of two; a release has some 6,000 labels. */
#define BUCKETS 16384

/* Labels lie one behind the other, each with as many bytes as are read at once: the next one may still be written. */
#define CHUNK_SIZE ((size_t)256 << 10)

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	_Alignas(LABEL_ALIGNMENT) char data[];
};

/* A prefix and those around it: as deep as they can be nested. */
#define DEEPEST 129

/*
 * What a label says follows from the tags that list the prefix, those that
 * list the next shorter one around it, and so on. The index has each different
 * list once, so where a list lies says which it is.
 */
struct chain {
	const uint32_t *lists[DEEPEST];
	size_t depth;
	size_t tag_count; /* in all of them */
};

/* A label and the chain it was made for, to find it again. Immutable. */
struct entry {
	const struct entry *next; /* in its bucket */
	uint32_t number;          /* of the label */
	size_t depth;
	const uint32_t *lists[];
};

struct labels {
	const svctag_snapshot *snapshot;
	const struct annotate_options *options;
	const struct render_names *names;
	struct label_slot *slots; /* by labels_slot() */
	struct label *by_number;  /* no more than there are prefixes, and that of none */
	bool *only;               /* by tag: whether a pattern fits */
	bool *except;
	_Atomic(const struct entry *) buckets[BUCKETS]; /* read by anybody, written under the lock */
	pthread_mutex_t lock;                           /* guards what follows */
	struct chunk *chunks;                           /* the one with room first */
	uint32_t count;                                 /* of labels */
};

static bool
fits_any(const char *name, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (svctag_pattern_matches(patterns[i], name))
			return true;
	}
	return false;
}

/* Would a line whose address is in these tags be kept? */
static bool
is_kept(const struct labels *labels, const uint32_t *tags, size_t count)
{
	bool kept = labels->options->only_count == 0;

	for (size_t i = 0; i < count; i++) {
		if (labels->except[tags[i]])
			return false;
		kept = kept || labels->only[tags[i]];
	}
	return kept;
}

/* Zeroed, aligned for a label. NULL: out of memory */
static char *
allocate(struct labels *labels, size_t size)
{
	struct chunk *chunk = labels->chunks;
	char *data;

	size = (size + LABEL_ALIGNMENT - 1) / LABEL_ALIGNMENT * LABEL_ALIGNMENT;
	if (chunk == NULL || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		size_t whole = sizeof(*chunk) + room;

		chunk = aligned_alloc(LABEL_ALIGNMENT, whole);
		if (chunk == NULL)
			return NULL;
		memset(chunk, 0, whole);
		*chunk = (struct chunk){ .next = labels->chunks, .size = room };
		labels->chunks = chunk;
	}
	data = chunk->data + chunk->used;
	chunk->used += size;
	return data;
}

/* What a label will say. */
struct draft {
	struct rendered rendered;
	bool matched;
	bool kept;
};

static svctag_error
draft_of_tags(const struct labels *labels, const char *region, const uint32_t *tags, size_t count, struct draft *ret)
{
	ret->matched = count > 0;
	ret->kept = is_kept(labels, tags, count);
	return render_label(labels->options, labels->names, svctag_snapshot_index(labels->snapshot), region, tags,
			    count, &ret->rendered);
}

/*
 * What any other command says of an address. svctag_lookup() says the same,
 * and more, as anybody may ask for it.
 */
static svctag_error
draft_of_prefix(const struct labels *labels, uint32_t prefix, size_t most, struct draft *ret)
{
	const svctag_index *index = svctag_snapshot_index(labels->snapshot);
	uint32_t *room = malloc((2 * most + 1) * sizeof(*room)); /* never of nothing */
	svctag_address_tags tags = { .tags = room, .prefixes = room + most, .room = most };
	const char *region = NULL;
	svctag_error err;

	if (room == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = svctag_lookup_tags(index, prefix, &tags);
	if (err == SVCTAG_OK) {
		if (tags.region != SVCTAG_NO_TAG)
			region = svctag_index_tag_at(index, tags.region).properties.region;
		err = draft_of_tags(labels, region, tags.tags, tags.count, ret);
	}
	free(room);
	return err;
}

/* Under the lock. @return its number; 0: out of memory */
static uint32_t
new_label(struct labels *labels, const struct draft *draft)
{
	const struct rendered *rendered = &draft->rendered;
	size_t front = labels->options->input == ANNOTATE_JSON ? LABEL_ALIGNMENT : 0;
	size_t room = front + (rendered->size > OUTPUT_LONG ? rendered->size : OUTPUT_LONG);
	char *text = rendered->size > LABEL_MOST ? NULL : allocate(labels, room);
	uint32_t number = labels->count + 1;

	if (text == NULL)
		return 0;
	if (front > 0)
		memcpy(text, &draft->rendered.places, sizeof(draft->rendered.places));
	memcpy(text + front, rendered->text, rendered->size);
	labels->by_number[number] =
		(struct label){ .text = text + front,
				.tally = rendered->size | (uint64_t)draft->matched << LABEL_MATCHED |
					 (uint64_t)draft->kept << LABEL_KEPT };
	labels->count = number;
	return number;
}

static void
find_chain(const svctag_index *index, uint32_t prefix, struct chain *ret)
{
	ret->depth = 0;
	ret->tag_count = 0;
	for (; prefix != SVCTAG_NO_PREFIX && ret->depth < DEEPEST; prefix = svctag_index_parent(index, prefix)) {
		const svctag_index_list list = svctag_index_prefix_tags(index, prefix);

		ret->lists[ret->depth++] = list.ids;
		ret->tag_count += list.count;
	}
}

/* FNV-1a. */
static size_t
bucket_of(const struct chain *chain)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < chain->depth; i++)
		hash = (hash ^ (uintptr_t)chain->lists[i]) * 0x100000001b3;
	return (size_t)(hash >> 32 ^ hash) % BUCKETS;
}

/* 0: there is none yet */
static uint32_t
find_label(struct labels *labels, const struct chain *chain)
{
	const struct entry *entry = atomic_load_explicit(&labels->buckets[bucket_of(chain)], memory_order_acquire);

	while (entry != NULL && (entry->depth != chain->depth ||
				 memcmp(entry->lists, chain->lists, chain->depth * sizeof(chain->lists[0])) != 0))
		entry = entry->next;
	return entry == NULL ? 0 : entry->number;
}

/* Publish an entry and its label, unless another thread was faster. 0: out of memory */
static uint32_t
add_entry(struct labels *labels, const struct chain *chain, const struct draft *draft)
{
	_Atomic(const struct entry *) *bucket = &labels->buckets[bucket_of(chain)];
	size_t size = chain->depth * sizeof(chain->lists[0]);
	struct entry *entry = malloc(sizeof(*entry) + size);
	uint32_t number;

	if (entry == NULL)
		return 0;
	pthread_mutex_lock(&labels->lock);
	number = find_label(labels, chain);
	if (number == 0) {
		number = new_label(labels, draft);
		*entry = (struct entry){ atomic_load_explicit(bucket, memory_order_relaxed), number, chain->depth };
		memcpy(entry->lists, chain->lists, size);
		if (number != 0) {
			atomic_store_explicit(bucket, entry, memory_order_release);
			entry = NULL;
		}
	}
	pthread_mutex_unlock(&labels->lock);
	free(entry);
	return number;
}

uint32_t
labels_make(struct labels *labels, uint32_t prefix)
{
	struct draft draft = { 0 };
	struct chain chain;
	uint32_t number;

	find_chain(svctag_snapshot_index(labels->snapshot), prefix, &chain);
	number = find_label(labels, &chain);
	if (number == 0 && draft_of_prefix(labels, prefix, chain.tag_count, &draft) == SVCTAG_OK)
		number = add_entry(labels, &chain, &draft);
	free(draft.rendered.text);
	if (number != 0)
		atomic_store_explicit(&labels->slots[labels_slot(prefix)].number, number, memory_order_release);
	return number;
}

const struct label *
labels_by_number(const struct labels *labels)
{
	return labels->by_number;
}

struct label_slot *
labels_slots(const struct labels *labels)
{
	return labels->slots;
}

static svctag_error
allocate_tables(struct labels *labels, size_t prefixes, size_t tags)
{
	labels->slots = calloc(prefixes + 1, sizeof(*labels->slots));
	/* Most of it is never touched, and then takes no memory. */
	labels->by_number = calloc(prefixes + 2, sizeof(*labels->by_number));
	labels->only = calloc(tags + 1, sizeof(*labels->only));
	labels->except = calloc(tags + 1, sizeof(*labels->except));
	return labels->slots == NULL || labels->by_number == NULL || labels->only == NULL || labels->except == NULL
		       ? SVCTAG_E_NO_MEMORY
		       : SVCTAG_OK;
}

/* The first, which lines without a prefix have. */
static svctag_error
make_none(struct labels *labels)
{
	struct draft draft = { 0 };
	svctag_error err = draft_of_tags(labels, NULL, NULL, 0, &draft);

	if (err == SVCTAG_OK && new_label(labels, &draft) != LABEL_NONE)
		err = SVCTAG_E_NO_MEMORY;
	free(draft.rendered.text);
	if (err == SVCTAG_OK)
		atomic_store_explicit(&labels->slots[labels_slot(SVCTAG_NO_PREFIX)].number, LABEL_NONE,
				      memory_order_release);
	return err;
}

svctag_error
labels_new(const svctag_snapshot *snapshot, const struct annotate_options *options, const struct render_names *names,
	   struct labels **ret)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	size_t tags = svctag_index_tag_count(index);
	struct labels *labels = calloc(1, sizeof(*labels));
	svctag_error err;

	if (labels == NULL)
		return SVCTAG_E_NO_MEMORY;
	labels->snapshot = snapshot;
	labels->options = options;
	labels->names = names;
	pthread_mutex_init(&labels->lock, NULL);
	err = allocate_tables(labels, svctag_index_total_prefix_count(index), tags);
	for (uint32_t i = 0; err == SVCTAG_OK && i < tags; i++) {
		const char *name = svctag_index_tag_name(index, i);

		labels->only[i] = fits_any(name, options->only, options->only_count);
		labels->except[i] = fits_any(name, options->except, options->except_count);
	}
	if (err == SVCTAG_OK)
		err = make_none(labels);
	if (err != SVCTAG_OK) {
		labels_free(labels);
		return err;
	}
	*ret = labels;
	return SVCTAG_OK;
}

void
labels_free(struct labels *labels)
{
	if (labels == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		const struct entry *entry = atomic_load_explicit(&labels->buckets[i], memory_order_relaxed);

		while (entry != NULL) {
			union {
				const struct entry *read;
				void *freed;
			} this = { entry };

			entry = entry->next;
			free(this.freed);
		}
	}
	while (labels->chunks != NULL) {
		struct chunk *chunk = labels->chunks;

		labels->chunks = chunk->next;
		free(chunk);
	}
	pthread_mutex_destroy(&labels->lock);
	free(labels->slots);
	free(labels->by_number);
	free(labels->only);
	free(labels->except);
	free(labels);
}
