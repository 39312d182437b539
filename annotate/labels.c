#include "labels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <svctag/diff.h>
#include <svctag/lookup.h>

#include "text/output.h"

/* A power of two; a release has some 6,000 labels. */
#define BUCKETS 16384

/* Labels lie one behind the other; what is read past the end of one is the next one. */
#define CHUNK_SIZE ((size_t)256 << 10)

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size; /* without the two cache lines at its end */
	_Alignas(LABEL_ALIGNMENT) char data[];
};

_Static_assert(sizeof(struct label) + OUTPUT_LONG == 2 * LABEL_ALIGNMENT, "a usual label has two cache lines");

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
	const struct label *label;
	size_t depth;
	const uint32_t *lists[];
};

struct labels {
	const svctag_snapshot *snapshot;
	const struct annotate_options *options;
	const struct render_names *names;
	struct label_slot *slots; /* by prefix */
	const struct label *none;
	bool *only; /* by tag: whether a pattern fits */
	bool *except;
	_Atomic(const struct entry *) buckets[BUCKETS]; /* read by anybody, written under the lock */
	pthread_mutex_t lock;                           /* guards what follows */
	struct chunk *chunks;                           /* the one with room first */
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
static struct label *
allocate(struct labels *labels, size_t size)
{
	struct chunk *chunk = labels->chunks;
	char *data;

	size = (size + LABEL_ALIGNMENT - 1) / LABEL_ALIGNMENT * LABEL_ALIGNMENT;
	if (chunk == NULL || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		size_t whole = sizeof(*chunk) + room + 2 * LABEL_ALIGNMENT;

		chunk = aligned_alloc(LABEL_ALIGNMENT, whole);
		if (chunk == NULL)
			return NULL;
		memset(chunk, 0, whole);
		*chunk = (struct chunk){ .next = labels->chunks, .size = room };
		labels->chunks = chunk;
	}
	data = chunk->data + chunk->used;
	chunk->used += size;
	return (void *)data;
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

/* Under the lock. NULL: out of memory */
static const struct label *
new_label(struct labels *labels, const struct draft *draft)
{
	const struct rendered *rendered = &draft->rendered;
	struct label *label = rendered->size > LABEL_MOST ? NULL : allocate(labels, sizeof(*label) + rendered->size);

	if (label == NULL)
		return NULL;
	label->size = (uint32_t)rendered->size & LABEL_MOST;
	label->matched = draft->matched;
	label->kept = draft->kept;
	label->region_value = (uint32_t)rendered->region_value;
	label->region_end = (uint32_t)rendered->region_end;
	label->tags_value = (uint32_t)rendered->tags_value;
	memcpy(label->text, rendered->text, rendered->size);
	return label;
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

/* NULL: there is none yet */
static const struct label *
find_label(struct labels *labels, const struct chain *chain)
{
	const struct entry *entry = atomic_load_explicit(&labels->buckets[bucket_of(chain)], memory_order_acquire);

	while (entry != NULL && (entry->depth != chain->depth ||
				 memcmp(entry->lists, chain->lists, chain->depth * sizeof(chain->lists[0])) != 0))
		entry = entry->next;
	return entry == NULL ? NULL : entry->label;
}

/* Publish an entry and its label, unless another thread was faster. NULL: out of memory */
static const struct label *
add_entry(struct labels *labels, const struct chain *chain, const struct draft *draft)
{
	_Atomic(const struct entry *) *bucket = &labels->buckets[bucket_of(chain)];
	size_t size = chain->depth * sizeof(chain->lists[0]);
	struct entry *entry = malloc(sizeof(*entry) + size);
	const struct label *label;

	if (entry == NULL)
		return NULL;
	pthread_mutex_lock(&labels->lock);
	label = find_label(labels, chain);
	if (label == NULL) {
		label = new_label(labels, draft);
		*entry = (struct entry){ atomic_load_explicit(bucket, memory_order_relaxed), label, chain->depth };
		memcpy(entry->lists, chain->lists, size);
		if (label != NULL) {
			atomic_store_explicit(bucket, entry, memory_order_release);
			entry = NULL;
		}
	}
	pthread_mutex_unlock(&labels->lock);
	free(entry);
	return label;
}

const struct label *
labels_make(struct labels *labels, uint32_t prefix)
{
	struct draft draft = { 0 };
	const struct label *label;
	struct chain chain;

	find_chain(svctag_snapshot_index(labels->snapshot), prefix, &chain);
	label = find_label(labels, &chain);
	if (label == NULL && draft_of_prefix(labels, prefix, chain.tag_count, &draft) == SVCTAG_OK)
		label = add_entry(labels, &chain, &draft);
	free(draft.rendered.text);
	if (label != NULL)
		atomic_store_explicit(&labels->slots[prefix].label, label, memory_order_release);
	return label;
}

const struct label *
labels_none(const struct labels *labels)
{
	return labels->none;
}

struct label_slot *
labels_slots(const struct labels *labels)
{
	return labels->slots;
}

svctag_error
labels_new(const svctag_snapshot *snapshot, const struct annotate_options *options, const struct render_names *names,
	   struct labels **ret)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	size_t tags = svctag_index_tag_count(index);
	struct labels *labels = calloc(1, sizeof(*labels));
	struct draft draft = { 0 };
	svctag_error err;

	if (labels == NULL)
		return SVCTAG_E_NO_MEMORY;
	labels->snapshot = snapshot;
	labels->options = options;
	labels->names = names;
	pthread_mutex_init(&labels->lock, NULL);
	labels->slots = calloc(svctag_index_total_prefix_count(index) + 1, sizeof(*labels->slots));
	labels->only = calloc(tags + 1, sizeof(*labels->only));
	labels->except = calloc(tags + 1, sizeof(*labels->except));
	if (labels->slots == NULL || labels->only == NULL || labels->except == NULL) {
		labels_free(labels);
		return SVCTAG_E_NO_MEMORY;
	}
	for (uint32_t i = 0; i < tags; i++) {
		const char *name = svctag_index_tag_name(index, i);

		labels->only[i] = fits_any(name, options->only, options->only_count);
		labels->except[i] = fits_any(name, options->except, options->except_count);
	}
	err = draft_of_tags(labels, NULL, NULL, 0, &draft);
	if (err == SVCTAG_OK) {
		labels->none = new_label(labels, &draft);
		err = labels->none == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	}
	free(draft.rendered.text);
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
	free(labels->only);
	free(labels->except);
	free(labels);
}
