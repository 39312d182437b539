#include "labels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <svctag/diff.h>
#include <svctag/lookup.h>

#include "text/output.h"

/* A power of two; a release has some 6,000 labels. */
#define BUCKETS 16384

/*
 * Labels lie one behind the other, so that as many as possible share cache
 * lines and pages; what is read past the end of one is the next one.
 */
#define CHUNK_SIZE ((size_t)256 << 10)

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size; /* without OUTPUT_LONG bytes at its end */
	char data[];
};

/* What a label was made from, to find it again. */
struct entry {
	struct entry *next; /* in its bucket */
	const char *region; /* the index's own string, or NULL */
	uint32_t *tags;
	size_t tag_count;
	const struct label *label;
};

struct labels {
	const svctag_snapshot *snapshot;
	const struct annotate_options *options;
	const struct render_names *names;
	struct label_slot *slots; /* by prefix */
	const struct label *none;
	bool *only; /* by tag: whether a pattern fits */
	bool *except;
	pthread_mutex_t lock; /* guards what follows */
	struct entry *buckets[BUCKETS];
	struct chunk *chunks; /* the one with room first */
	svctag_lookup_result result;
	uint32_t *tags;
	size_t tag_capacity;
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

	size = (size + _Alignof(struct label) - 1) / _Alignof(struct label) * _Alignof(struct label);
	if (chunk == NULL || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		chunk = calloc(1, sizeof(*chunk) + room + OUTPUT_LONG);
		if (chunk == NULL)
			return NULL;
		*chunk = (struct chunk){ .next = labels->chunks, .size = room };
		labels->chunks = chunk;
	}
	data = chunk->data + chunk->used;
	chunk->used += size;
	return (void *)data;
}

static svctag_error
new_label(struct labels *labels, const char *region, const uint32_t *tags, size_t count, const struct label **ret)
{
	struct rendered rendered = { 0 };
	struct label *label;
	svctag_error err = render_label(labels->options, labels->names, svctag_snapshot_index(labels->snapshot), region,
					tags, count, &rendered);

	if (err != SVCTAG_OK)
		return err;
	label = rendered.size > UINT32_MAX ? NULL : allocate(labels, sizeof(*label) + rendered.size);
	if (label == NULL) {
		err = SVCTAG_E_NO_MEMORY;
	} else {
		label->size = (uint32_t)rendered.size;
		label->matched = count > 0;
		label->kept = is_kept(labels, tags, count);
		label->region_value = (uint32_t)rendered.region_value;
		label->region_end = (uint32_t)rendered.region_end;
		label->tags_value = (uint32_t)rendered.tags_value;
		memcpy(label->text, rendered.text, rendered.size);
		*ret = label;
	}
	free(rendered.text);
	return err;
}

/* FNV-1a over the tags. */
static size_t
bucket_of(const uint32_t *tags, size_t count)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ tags[i]) * 0x100000001b3;
	return (size_t)(hash >> 32 ^ hash) % BUCKETS;
}

static void
entry_free(struct entry *entry)
{
	if (entry == NULL)
		return;
	free(entry->tags);
	free(entry);
}

static struct entry *
new_entry(struct labels *labels, const char *region, const uint32_t *tags, size_t count)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		return NULL;
	entry->region = region;
	entry->tag_count = count;
	entry->tags = malloc((count + 1) * sizeof(*tags)); /* never of nothing */
	if (entry->tags == NULL || new_label(labels, region, tags, count, &entry->label) != SVCTAG_OK) {
		entry_free(entry);
		return NULL;
	}
	memcpy(entry->tags, tags, count * sizeof(*tags));
	return entry;
}

/* The label of this set of tags, made if it has not been. NULL: out of memory */
static const struct label *
intern(struct labels *labels, const char *region, const uint32_t *tags, size_t count)
{
	struct entry **bucket = &labels->buckets[bucket_of(tags, count)];
	struct entry *entry = *bucket;

	while (entry != NULL && (entry->region != region || entry->tag_count != count ||
				 memcmp(entry->tags, tags, count * sizeof(*tags)) != 0))
		entry = entry->next;
	if (entry == NULL) {
		entry = new_entry(labels, region, tags, count);
		if (entry == NULL)
			return NULL;
		entry->next = *bucket;
		*bucket = entry;
	}
	return entry->label;
}

/* The answer for an address, as any other command gives it. NULL: out of memory */
static const struct label *
look_up(struct labels *labels, const svctag_address *address)
{
	const svctag_query query = { .kind = SVCTAG_QUERY_ADDRESS, .range = { *address, *address } };
	svctag_lookup_result *result = &labels->result;

	if (svctag_lookup(labels->snapshot, &query, result) != SVCTAG_OK)
		return NULL;
	if (result->match_count > labels->tag_capacity) {
		uint32_t *tags = realloc(labels->tags, result->match_count * 2 * sizeof(*tags));

		if (tags == NULL)
			return NULL;
		labels->tags = tags;
		labels->tag_capacity = result->match_count * 2;
	}
	for (size_t i = 0; i < result->match_count; i++)
		labels->tags[i] = result->matches[i].tag;
	return intern(labels, result->region, labels->tags, result->match_count);
}

const struct label *
labels_make(struct labels *labels, uint32_t prefix, const svctag_address *address)
{
	const struct label *label;

	pthread_mutex_lock(&labels->lock);
	label = atomic_load_explicit(&labels->slots[prefix].label, memory_order_relaxed);
	if (label == NULL) {
		label = look_up(labels, address);
		if (label != NULL)
			atomic_store_explicit(&labels->slots[prefix].label, label, memory_order_release);
	}
	pthread_mutex_unlock(&labels->lock);
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
	err = new_label(labels, NULL, NULL, 0, &labels->none);
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
		while (labels->buckets[i] != NULL) {
			struct entry *entry = labels->buckets[i];

			labels->buckets[i] = entry->next;
			entry_free(entry);
		}
	}
	while (labels->chunks != NULL) {
		struct chunk *chunk = labels->chunks;

		labels->chunks = chunk->next;
		free(chunk);
	}
	svctag_lookup_result_release(&labels->result);
	pthread_mutex_destroy(&labels->lock);
	free(labels->tags);
	free(labels->slots);
	free(labels->only);
	free(labels->except);
	free(labels);
}
