/*
 * A table of sets of four places; which set, the key's hash says. The four
 * are replaced by turns, each by a key that has come to the set twice with
 * fewer than four others between that were not there either. Each lock is for
 * some of the sets and is held for a comparison and for queueing, which counts
 * references.
 */
#include "kept.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define SETS 1024
#define PLACES 4
#define LOCKS 64

struct place {
	uint64_t generation;
	struct MHD_Response *response; /* NULL: free */
	struct kept_answer answer;
	char *key;
	size_t key_size;
};

/** What one look at memory has to find comes first. */
struct set {
	alignas(64) uint32_t marks[PLACES]; /* of the keys in the places */
	uint32_t candidates[PLACES];        /* the marks that came last and were not there */
	unsigned int next;                  /* place to be replaced */
	unsigned int last;                  /* of the candidates, the newest */
	struct place places[PLACES];
};

struct kept {
	pthread_mutex_t locks[LOCKS]; /* of each set the one with its number, modulo their count */
	struct set sets[SETS];
};

struct kept *
kept_new(void)
{
	struct kept *kept = aligned_alloc(alignof(struct kept), sizeof(*kept));

	if (kept == NULL)
		return NULL;
	memset(kept, 0, sizeof(*kept));
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&kept->locks[i], NULL); /* cannot fail without attributes */
	return kept;
}

static void
clear(struct place *place)
{
	if (place->response != NULL)
		MHD_destroy_response(place->response);
	free(place->key);
	*place = (struct place){ 0 };
}

void
kept_free(struct kept *kept)
{
	if (kept == NULL)
		return;
	for (size_t i = 0; i < SETS; i++) {
		for (size_t n = 0; n < PLACES; n++)
			clear(&kept->sets[i].places[n]);
	}
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&kept->locks[i]);
	free(kept);
}

void
kept_forget(struct kept *kept, uint64_t generation)
{
	for (size_t i = 0; i < SETS; i++) {
		pthread_mutex_t *lock = &kept->locks[i % LOCKS];

		pthread_mutex_lock(lock);
		for (size_t n = 0; n < PLACES; n++) {
			if (kept->sets[i].places[n].generation != generation)
				clear(&kept->sets[i].places[n]);
		}
		pthread_mutex_unlock(lock);
	}
}

/** Eight bytes at a time; the key has zeros behind it. A last step has the last of them, too, decide about the set. */
static uint64_t
hash_of(const struct exchange_key *key)
{
	uint64_t hash = key->size;

	for (size_t i = 0; i < key->size; i += sizeof(hash)) {
		uint64_t word;

		memcpy(&word, key->text + i, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	hash *= 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

/** What a set knows of a key's hash: another part of it than what says which set. */
static uint32_t
mark_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static struct place *
find(struct set *set, uint64_t hash, const struct exchange_key *key)
{
	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &set->places[i];

		if (set->marks[i] == mark_of(hash) && place->response != NULL && place->key_size == key->size &&
		    memcmp(place->key, key->text, key->size) == 0)
			return place;
	}
	return NULL;
}

/** Has it been asked for lately? From now on it has. */
static bool
note_candidate(struct set *set, uint64_t hash)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (set->candidates[i] == mark_of(hash))
			return true;
	}
	set->last = (set->last + 1) % PLACES;
	set->candidates[set->last] = mark_of(hash);
	return false;
}

enum kept_state
kept_queue(struct kept *kept, const struct exchange_key *key, uint64_t generation, struct MHD_Connection *connection,
	   struct kept_answer *ret)
{
	uint64_t hash = hash_of(key);
	pthread_mutex_t *lock = &kept->locks[hash % LOCKS];
	struct set *set = &kept->sets[hash % SETS];
	enum kept_state state = KEPT_WANTED;
	const struct place *place;

	pthread_mutex_lock(lock);
	place = find(set, hash, key);
	if (place == NULL) {
		state = note_candidate(set, hash) ? KEPT_WANTED : KEPT_NOT;
	} else if (place->generation == generation) {
		*ret = place->answer;
		ret->result = MHD_queue_response(connection, MHD_HTTP_OK, place->response);
		state = KEPT_QUEUED;
	}
	pthread_mutex_unlock(lock);
	return state;
}

/** Where it is already, of an older generation, or where the turn is. */
static struct place *
choose(struct set *set, uint64_t hash, const struct exchange_key *key)
{
	struct place *place = find(set, hash, key);

	if (place != NULL)
		return place;
	place = &set->places[set->next];
	set->next = (set->next + 1) % PLACES;
	return place;
}

bool
kept_put(struct kept *kept, const struct exchange_key *key, uint64_t generation, const struct kept_answer *answer,
	 struct MHD_Response *response)
{
	uint64_t hash = hash_of(key);
	pthread_mutex_t *lock = &kept->locks[hash % LOCKS];
	struct set *set = &kept->sets[hash % SETS];
	char *copy = malloc(key->size);
	struct place *place;

	if (copy == NULL)
		return false;
	pthread_mutex_lock(lock);
	place = choose(set, hash, key);
	clear(place);
	set->marks[place - set->places] = mark_of(hash);
	*place = (struct place){ .generation = generation,
				 .response = response,
				 .answer = *answer,
				 .key = memcpy(copy, key->text, key->size),
				 .key_size = key->size };
	pthread_mutex_unlock(lock);
	return true;
}
