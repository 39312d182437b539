/*
 * IPv6 has prefixes of a few lengths that lie far apart (/40 to /64, /117 to
 * /128): a walk down from the first bit would pass many nodes with one child.
 * So lengths are cut into levels of up to 16 neighbouring ones that are in
 * use. Each level is a table of the different bits that come before them, and
 * what follows is searched in one node. A look-up asks the levels from the
 * longest to the shortest; the first one that knows the address is right, as
 * its node has inherited what the shorter ones say.
 *
 * The tables are perfect hash tables in the manner of CHD (Belazzougui,
 * Botelho, Dietzfelbinger: Hash, displace, and compress, 2009) and PTHash: keys
 * are put into small buckets, and for each bucket, the largest first, a
 * *pilot* is looked for under which all its keys hash to free places. Keys
 * that find none, which takes malice, make their level a sorted array.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "index_hash.h"
#include "index_tree.h"

/** Keys to a bucket on average, and the most that is not taken for malice. */
#define BUCKET_KEYS 4U
#define MOST_BUCKET_KEYS 64U
#define SEEDS 8U
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
	uint32_t bucket_shift;
	uint32_t entry_shift;
	uint64_t seed;
	uint64_t *hashes;     /**< of the keys, bucket by bucket */
	uint32_t *numbers;    /**< of the keys, in the same order */
	uint32_t *bucket_end; /**< where in those each bucket ends */
	uint32_t *order;      /**< buckets, the largest first */
	uint32_t *taken;      /**< by place: number of a key plus one */
	uint16_t *pilots;
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
	attempt->entry_count = table_size(count + count / 16 + 1);
	attempt->bucket_shift = hash_shift(64, attempt->bucket_count);
	attempt->entry_shift = hash_shift(32, attempt->entry_count);
	attempt->hashes = calloc(count, sizeof(*attempt->hashes));
	attempt->numbers = calloc(count, sizeof(*attempt->numbers));
	attempt->bucket_end = calloc((size_t)attempt->bucket_count + 1, sizeof(*attempt->bucket_end));
	attempt->order = calloc(attempt->bucket_count, sizeof(*attempt->order));
	attempt->taken = calloc(attempt->entry_count, sizeof(*attempt->taken));
	attempt->pilots = calloc(attempt->bucket_count, sizeof(*attempt->pilots));
	if (attempt->hashes == NULL || attempt->numbers == NULL || attempt->bucket_end == NULL ||
	    attempt->order == NULL || attempt->taken == NULL || attempt->pilots == NULL)
		return SVCTAG_E_NO_MEMORY;
	return SVCTAG_OK;
}

static uint64_t
hash_of_entry(const struct attempt *attempt, uint32_t number)
{
	const struct index_entry *entry = &attempt->keys[number];

	return key_hash((struct index_key){ entry->high, entry->low }, attempt->seed);
}

/* Counting sort: keys by bucket. */
static void
fill_buckets(struct attempt *attempt)
{
	uint32_t *end = attempt->bucket_end;
	uint32_t i;

	memset(end, 0, ((size_t)attempt->bucket_count + 1) * sizeof(*end));
	for (i = 0; i < attempt->key_count; i++)
		end[hash_bucket(hash_of_entry(attempt, i), attempt->bucket_shift) + 1]++;
	for (i = 0; i < attempt->bucket_count; i++)
		end[i + 1] += end[i];
	/* Each end[bucket] moves from its begin to its end. */
	for (i = 0; i < attempt->key_count; i++) {
		uint64_t hash = hash_of_entry(attempt, i);
		uint32_t at = end[hash_bucket(hash, attempt->bucket_shift)]++;

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
try_pilot(struct attempt *attempt, uint32_t bucket, uint16_t pilot)
{
	uint32_t begin = bucket_begin(attempt, bucket);
	uint32_t i;

	for (i = begin; i < attempt->bucket_end[bucket]; i++) {
		uint32_t place = hash_place(attempt->hashes[i], pilot, attempt->entry_shift);

		if (attempt->taken[place] != 0)
			break;
		attempt->taken[place] = attempt->numbers[i] + 1;
	}
	if (i == attempt->bucket_end[bucket])
		return true;
	while (i-- > begin)
		attempt->taken[hash_place(attempt->hashes[i], pilot, attempt->entry_shift)] = 0;
	return false;
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
	for (i = 0; i < attempt->bucket_count; i++) {
		uint32_t bucket = attempt->order[i];
		uint32_t pilot = 0;

		while (pilot <= UINT16_MAX && !try_pilot(attempt, bucket, (uint16_t)pilot))
			pilot++;
		if (pilot > UINT16_MAX)
			return false;
		attempt->pilots[bucket] = (uint16_t)pilot;
	}
	return true;
}

/* Room for more elements at the end of an array. */
static svctag_error
extend(void **array, size_t count, size_t more, size_t size)
{
	void *bigger = realloc(*array, (count + more) * size);

	if (bigger == NULL)
		return SVCTAG_E_NO_MEMORY;
	*array = bigger;
	return SVCTAG_OK;
}

static svctag_error
extend_entries(struct index_tree *tree, struct index_level *level)
{
	void *entries = tree->entries;
	svctag_error err = extend(&entries, tree->entry_count, level->entry_count, sizeof(*tree->entries));

	if (err != SVCTAG_OK)
		return err;
	tree->entries = entries;
	level->entry_first = (uint32_t)tree->entry_count;
	tree->entry_count += level->entry_count;
	return SVCTAG_OK;
}

static svctag_error
write_sorted(struct index_tree *tree, struct index_level *level, const struct index_entry *entries)
{
	svctag_error err = extend_entries(tree, level);

	if (err == SVCTAG_OK)
		memcpy(tree->entries + level->entry_first, entries, level->entry_count * sizeof(*entries));
	return err;
}

static svctag_error
write_table(struct index_tree *tree, struct index_level *level, const struct attempt *attempt)
{
	void *pilots = tree->pilots;
	svctag_error err;
	uint32_t i;

	level->entry_count = attempt->entry_count;
	err = extend_entries(tree, level);
	if (err == SVCTAG_OK)
		err = extend(&pilots, tree->pilot_count, attempt->bucket_count, sizeof(*tree->pilots));
	if (err != SVCTAG_OK)
		return err;
	tree->pilots = pilots;
	memcpy(tree->pilots + tree->pilot_count, attempt->pilots, attempt->bucket_count * sizeof(*tree->pilots));
	level->seed = attempt->seed;
	level->bucket_first = (uint32_t)tree->pilot_count;
	level->bucket_count = attempt->bucket_count;
	tree->pilot_count += attempt->bucket_count;
	for (i = 0; i < attempt->entry_count; i++)
		tree->entries[level->entry_first + i] =
			attempt->taken[i] == 0 ? no_entry : attempt->keys[attempt->taken[i] - 1];
	return SVCTAG_OK;
}

svctag_error
index_level_place(struct index_tree *tree, struct index_level *level, const struct index_entry *entries)
{
	struct attempt attempt = { .seed = FIRST_SEED };
	bool found = false;
	svctag_error err;
	uint32_t i;

	if ((tree->without & INDEX_WITHOUT_TABLES) != 0)
		return write_sorted(tree, level, entries);
	err = attempt_make(&attempt, entries, level->entry_count);
	for (i = 0; err == SVCTAG_OK && !found && i < SEEDS; i++) {
		attempt.seed = attempt.seed * NEXT_SEED + 2; /* odd, as the first is */
		found = find_pilots(&attempt);
	}
	if (err == SVCTAG_OK)
		err = found ? write_table(tree, level, &attempt) : write_sorted(tree, level, entries);
	attempt_release(&attempt);
	return err;
}

static struct index_key
first_bits(const svctag_prefix *prefix, uint32_t depth)
{
	struct index_key key = { load_be64(prefix->bytes), load_be64(prefix->bytes + 8) };

	return key_and(key, key_mask(depth));
}

/* Nodes and keys of the prefixes with these lengths: ids[0 … count), sorted. */
static svctag_error
add_level(struct index_tree *tree, const struct index_prefixes *prefixes, const uint32_t *ids, size_t count,
	  uint32_t depth)
{
	struct index_entry *entries = malloc(count * sizeof(*entries));
	struct index_level *level = &tree->levels[tree->level_count++];
	svctag_error err = entries != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
	size_t i = 0;

	*level = (struct index_level){ .depth = depth };
	while (err == SVCTAG_OK && i < count) {
		struct index_entry *entry = &entries[level->entry_count++];
		struct index_key key = first_bits(prefixes->all[ids[i]], depth);
		uint32_t inherited = index_parent_within(prefixes, ids[i], depth);
		size_t first = i;

		for (; i < count; i++) {
			struct index_key next = first_bits(prefixes->all[ids[i]], depth);

			if (next.high != key.high || next.low != key.low)
				break;
		}
		entry->high = key.high;
		entry->low = key.low;
		err = index_tree_add_node(tree, prefixes, ids + first, i - first, depth, inherited,
					  (struct index_top){ entry->last, ENTRY_CHILDREN - 1, ENTRY_CHILDREN },
					  &entry->node);
	}
	if (err == SVCTAG_OK)
		err = index_level_place(tree, level, entries);
	free(entries);
	return err;
}

/* Which lengths are in use, ::/0 aside. */
static void
mark_lengths(const struct index_prefixes *prefixes, bool used[129])
{
	size_t i;

	for (i = prefixes->counts[0]; i < prefixes->counts[0] + prefixes->counts[1]; i++)
		used[prefixes->all[i]->length] = true;
	used[0] = false;
}

/* A bit for each first stride that a prefix other than ::/0 meets. */
static void
fill_filter(struct index_tree *tree, const struct index_prefixes *prefixes)
{
	size_t i;

	for (i = prefixes->counts[0]; i < prefixes->counts[0] + prefixes->counts[1]; i++) {
		const svctag_prefix *prefix = prefixes->all[i];
		uint32_t bit = key_stride(first_bits(prefix, STRIDE), 0);
		uint32_t end = bit + (prefix->length < STRIDE ? 1U << (STRIDE - prefix->length) : 1U);

		for (; prefix->length > 0 && bit < end; bit++)
			tree->filter[bit / 64] |= (uint64_t)1 << bit % 64;
	}
}

/* Lengths from `longest` down: the shortest in use that one stride reaches. */
static uint32_t
shortest_within(const bool used[129], uint32_t longest)
{
	uint32_t shortest = longest;
	uint32_t length;

	for (length = longest; length > 0 && length + STRIDE > longest; length--)
		if (used[length])
			shortest = length;
	return shortest;
}

svctag_error
index_levels_build(struct index_tree *tree, const struct index_prefixes *prefixes)
{
	size_t end = prefixes->counts[0] + prefixes->counts[1];
	bool used[129] = { false };
	uint32_t *ids = malloc((prefixes->counts[1] + 1) * sizeof(*ids));
	svctag_error err;
	uint32_t longest;

	tree->filter = calloc(FILTER_BITS / 8, 1);
	err = ids != NULL && tree->filter != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
	mark_lengths(prefixes, used);
	tree->default_ipv6 = INDEX_NONE;
	if (prefixes->counts[1] > 0 && prefixes->all[prefixes->counts[0]]->length == 0)
		tree->default_ipv6 = (uint32_t)prefixes->counts[0];
	for (longest = 128; err == SVCTAG_OK && longest > 0; longest--) {
		uint32_t shortest = shortest_within(used, longest);
		size_t count = 0;
		size_t i;

		if (!used[longest])
			continue;
		for (i = prefixes->counts[0]; i < end; i++)
			if (prefixes->all[i]->length >= shortest && prefixes->all[i]->length <= longest)
				ids[count++] = (uint32_t)i;
		err = add_level(tree, prefixes, ids, count, shortest - 1);
		longest = shortest;
	}
	if (err == SVCTAG_OK)
		fill_filter(tree, prefixes);
	free(ids);
	return err;
}
