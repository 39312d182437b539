/*
 * The table of IPv6: a perfect hash table in the manner of CHD (Belazzougui,
 * Botelho, Dietzfelbinger: Hash, displace, and compress, 2009) and PTHash.
 * Keys are put into small buckets, and for each bucket, the largest first, a
 * *pilot* is looked for that moves all its keys to free places. Keys that find
 * none, which takes malice, become a sorted array.
 */
#include <stdlib.h>
#include <string.h>

#include "index_hash.h"
#include "index_tree.h"

/** Keys to a bucket on average, and the most that is not taken for malice. */
#define BUCKET_KEYS 2U
#define MOST_BUCKET_KEYS 64U
/** For each so many keys there is one place more, so that the last ones find theirs. */
#define SPARE_ENTRIES 32U
/** What is tried for a bucket, and for the whole. */
#define MOST_PILOTS 65536U
#define NEXT_PILOT 0x9E3779B9U
#define SEEDS 16U
#define FIRST_SEED 0x2545F4914F6CDD1DU
#define NEXT_SEED 0x5851F42D4C957F2DU

/** No key has all bits: the last one is always past the depth. */
static const struct index_entry no_entry = { .high = UINT64_MAX,
					     .low = UINT64_MAX,
					     .node = { NODE_CONSTANT, INDEX_NONE },
					     .last = { INT16_MAX, INT16_MAX, INT16_MAX, INT16_MAX } };

/** One attempt at a hash table. */
struct attempt {
	const struct index_entry *keys;
	uint32_t key_count;
	uint32_t bucket_count;
	uint32_t entry_count;
	uint64_t seed;
	uint64_t *hashes;     /**< of the keys, bucket by bucket */
	uint32_t *numbers;    /**< of the keys, in the same order */
	uint32_t *bucket_end; /**< where in those each bucket ends */
	uint32_t *order;      /**< buckets, the largest first */
	uint32_t *taken;      /**< by place: number of a key plus one */
	uint32_t *pilots;
	uint32_t *top_keys; /**< number of the key whose node the top is of; tops begin at 1 */
	uint32_t top_count;
};

static void
attempt_release(struct attempt *attempt)
{
	free(attempt->hashes);
	free(attempt->numbers);
	free(attempt->bucket_end);
	free(attempt->order);
	free(attempt->taken);
	free(attempt->pilots);
	free(attempt->top_keys);
}

/* The next power of two, and at least the least that is taken. */
static uint32_t
table_size(uint32_t wanted)
{
	uint32_t size = 2;

	while (size < wanted)
		size *= 2;
	return size;
}

static svctag_error
attempt_make(struct attempt *attempt, const struct index_entry *keys, uint32_t count)
{
	attempt->keys = keys;
	attempt->key_count = count;
	attempt->bucket_count = table_size(count / BUCKET_KEYS + 1);
	attempt->entry_count = count + count / SPARE_ENTRIES + 1;
	attempt->hashes = calloc(count, sizeof(*attempt->hashes));
	attempt->numbers = calloc(count, sizeof(*attempt->numbers));
	attempt->bucket_end = calloc((size_t)attempt->bucket_count + 1, sizeof(*attempt->bucket_end));
	attempt->order = calloc(attempt->bucket_count, sizeof(*attempt->order));
	attempt->taken = calloc(attempt->entry_count, sizeof(*attempt->taken));
	attempt->pilots = calloc(attempt->bucket_count, sizeof(*attempt->pilots));
	attempt->top_keys = calloc(MOST_TOPS, sizeof(*attempt->top_keys));
	if (attempt->hashes == NULL || attempt->top_keys == NULL || attempt->numbers == NULL ||
	    attempt->bucket_end == NULL || attempt->order == NULL || attempt->taken == NULL || attempt->pilots == NULL)
		return SVCTAG_E_NO_MEMORY;
	return SVCTAG_OK;
}

static uint64_t
hash_of_entry(const struct attempt *attempt, uint32_t number)
{
	const struct index_entry *entry = &attempt->keys[number];

	return key_hash((struct index_key){ entry->high, entry->low }, hash_seeds(attempt->seed));
}

/* Counting sort: keys by bucket. */
static void
fill_buckets(struct attempt *attempt)
{
	uint32_t *end = attempt->bucket_end;
	uint32_t shift = bucket_shift(attempt->bucket_count);
	uint32_t i;

	memset(end, 0, ((size_t)attempt->bucket_count + 1) * sizeof(*end));
	for (i = 0; i < attempt->key_count; i++)
		end[hash_bucket(hash_of_entry(attempt, i), shift) + 1]++;
	for (i = 0; i < attempt->bucket_count; i++)
		end[i + 1] += end[i];
	/* Each end[bucket] moves from its begin to its end. */
	for (i = 0; i < attempt->key_count; i++) {
		uint64_t hash = hash_of_entry(attempt, i);
		uint32_t at = end[hash_bucket(hash, shift)]++;

		attempt->hashes[at] = hash;
		attempt->numbers[at] = i;
	}
}

static uint32_t
bucket_begin(const struct attempt *attempt, uint32_t bucket)
{
	return bucket == 0 ? 0 : attempt->bucket_end[bucket - 1];
}

/* Counting sort again: the largest buckets first, while there is room. */
static bool
order_buckets(struct attempt *attempt)
{
	uint32_t begin[MOST_BUCKET_KEYS + 2] = { 0 };
	uint32_t i;

	for (i = 0; i < attempt->bucket_count; i++) {
		uint32_t size = attempt->bucket_end[i] - bucket_begin(attempt, i);

		if (size > MOST_BUCKET_KEYS)
			return false;
		begin[MOST_BUCKET_KEYS - size + 1]++;
	}
	for (i = 0; i <= MOST_BUCKET_KEYS; i++)
		begin[i + 1] += begin[i];
	for (i = 0; i < attempt->bucket_count; i++) {
		uint32_t size = attempt->bucket_end[i] - bucket_begin(attempt, i);

		attempt->order[begin[MOST_BUCKET_KEYS - size]++] = i;
	}
	return true;
}

/* Take places for a bucket's keys, or none. */
static bool
try_pilot(struct attempt *attempt, uint32_t bucket, uint32_t pilot)
{
	uint32_t begin = bucket_begin(attempt, bucket);
	uint32_t i;

	for (i = begin; i < attempt->bucket_end[bucket]; i++) {
		uint32_t place = hash_place(attempt->hashes[i], pilot, attempt->entry_count);

		if (attempt->taken[place] != 0)
			break;
		attempt->taken[place] = attempt->numbers[i] + 1;
	}
	if (i == attempt->bucket_end[bucket])
		return true;
	while (i-- > begin)
		attempt->taken[hash_place(attempt->hashes[i], pilot, attempt->entry_count)] = 0;
	return false;
}

/* A node with a single line of ends below its entry, which says nothing then: that line can be a top. */
static bool
can_have_top(const struct index_entry *entry)
{
	return entry->node.place >> NODE_KIND_SHIFT == 1 && entry->last[0] == INT16_MAX;
}

/* In how many other keys' buckets are those that can have a top? What stands apart is slower to find. */
static uint32_t
count_neighbours(const struct attempt *attempt)
{
	uint32_t shift = bucket_shift(attempt->bucket_count);
	uint32_t neighbours = 0;
	uint32_t i;

	for (i = 0; i < attempt->key_count; i++)
		if (can_have_top(&attempt->keys[i])) {
			uint32_t bucket = hash_bucket(hash_of_entry(attempt, i), shift);

			neighbours += attempt->bucket_end[bucket] - bucket_begin(attempt, bucket) - 1;
		}
	return neighbours;
}

/* The number of a top for the bucket, if it has such a node and there is one left. */
static uint32_t
take_top(struct attempt *attempt, uint32_t bucket)
{
	uint32_t i;

	for (i = bucket_begin(attempt, bucket); i < attempt->bucket_end[bucket]; i++)
		if (attempt->top_count < MOST_TOPS && can_have_top(&attempt->keys[attempt->numbers[i]])) {
			attempt->top_keys[attempt->top_count] = attempt->numbers[i];
			return attempt->top_count++;
		}
	return 0;
}

/* The next place to try is far from the last one: places near to one another would be taken in rows. */
static uint32_t
pilot_of(uint32_t tries, uint32_t top)
{
	return (tries * NEXT_PILOT & ~PILOT_LOW) | top;
}

/* Does every bucket find a pilot under this seed? */
static bool
find_pilots(struct attempt *attempt)
{
	uint32_t i;

	fill_buckets(attempt);
	if (!order_buckets(attempt))
		return false;
	memset(attempt->taken, 0, attempt->entry_count * sizeof(*attempt->taken));
	attempt->top_count = 1;
	for (i = 0; i < attempt->bucket_count; i++) {
		uint32_t bucket = attempt->order[i];
		uint32_t top = take_top(attempt, bucket) * (uint32_t)sizeof(struct inner_line);
		uint32_t tries = 0;

		while (tries < MOST_PILOTS && !try_pilot(attempt, bucket, pilot_of(tries, top)))
			tries++;
		if (tries == MOST_PILOTS)
			return false;
		attempt->pilots[bucket] = pilot_of(tries, top);
	}
	return true;
}

int
index_entry_compare(const void *a, const void *b)
{
	const struct index_entry *x = a;
	const struct index_entry *y = b;

	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return (x->low > y->low) - (x->low < y->low);
}

/* The tops, the first of which has no ends. The nodes they are of are left with their leaves, and so of kind 0. */
static svctag_error
write_tops(struct index_tree *tree, const struct attempt *attempt)
{
	struct inner_line *tops = calloc(attempt->top_count, sizeof(*tops));
	uint32_t i;

	if (tops == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < INNER_CHILDREN; i++)
		tops[0].last[i] = INT16_MAX;
	for (i = 1; i < attempt->top_count; i++) {
		struct index_node *node = &tree->entries[attempt->top_keys[i]].node;
		uint32_t line = node->place & NODE_LINE_MASK;

		tops[i] = tree->lines[line].inner;
		node->place = line + 1;
	}
	tree->bucket_tops = tops;
	tree->top_count = attempt->top_count;
	return SVCTAG_OK;
}

/* Which entries stand apart: of another kind, or in a bucket whose top is another's. */
static void
mark_apart(struct index_tree *tree, const struct attempt *attempt)
{
	uint32_t bucket;

	for (bucket = 0; bucket < attempt->bucket_count; bucket++) {
		uint32_t top = (attempt->pilots[bucket] & PILOT_TOP) / (uint32_t)sizeof(struct inner_line);
		uint32_t i;

		for (i = bucket_begin(attempt, bucket); i < attempt->bucket_end[bucket]; i++) {
			struct index_entry *entry = &tree->entries[attempt->numbers[i]];

			if (entry->node.place > NODE_LINE_MASK ||
			    (top != 0 && attempt->top_keys[top] != attempt->numbers[i]))
				entry->low |= KEY_APART;
		}
	}
}

/* Entries stand where the attempt has put them. */
static svctag_error
write_entries(struct index_tree *tree, struct attempt *attempt)
{
	struct index_entry *entries = malloc(attempt->entry_count * sizeof(*entries));
	uint32_t i;

	if (entries == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < attempt->entry_count; i++)
		entries[i] = attempt->taken[i] == 0 ? no_entry : attempt->keys[attempt->taken[i] - 1];
	free(tree->entries);
	tree->entries = entries;
	tree->entry_count = attempt->entry_count;
	tree->seed = attempt->seed;
	tree->pilot_count = attempt->bucket_count;
	tree->pilots = attempt->pilots;
	attempt->pilots = NULL;
	return SVCTAG_OK;
}

/* The seed that makes the fewest keys stand apart. */
static void
choose_seed(struct attempt *attempt)
{
	uint64_t seed = FIRST_SEED;
	uint64_t best = seed;
	uint32_t fewest = UINT32_MAX;
	uint32_t i;

	for (i = 0; i < SEEDS && fewest > 0; i++) {
		uint32_t neighbours;

		attempt->seed = seed;
		fill_buckets(attempt);
		neighbours = count_neighbours(attempt);
		if (neighbours < fewest) {
			fewest = neighbours;
			best = seed;
		}
		seed = seed * NEXT_SEED + 2; /* odd, as the first is */
	}
	attempt->seed = best;
}

svctag_error
index_table_place(struct index_tree *tree)
{
	bool hashed = (tree->without & INDEX_WITHOUT_TABLES) == 0;
	struct attempt attempt = { 0 };
	svctag_error err = SVCTAG_OK;
	bool found = false;
	uint32_t i;

	if (tree->entry_count == 0)
		return SVCTAG_OK;
	if (hashed)
		err = attempt_make(&attempt, tree->entries, (uint32_t)tree->entry_count);
	if (err == SVCTAG_OK && hashed)
		choose_seed(&attempt);
	for (i = 0; err == SVCTAG_OK && hashed && !found && i < SEEDS; i++) {
		found = find_pilots(&attempt);
		attempt.seed = found ? attempt.seed : attempt.seed * NEXT_SEED + 2;
	}
	if (found)
		err = write_tops(tree, &attempt);
	if (found && err == SVCTAG_OK) {
		mark_apart(tree, &attempt);
		err = write_entries(tree, &attempt);
	}
	if (!found)
		qsort(tree->entries, tree->entry_count, sizeof(*tree->entries), index_entry_compare);
	attempt_release(&attempt);
	return err;
}
