/**
 * @file
 * What has been told and what is owed, in one file that is replaced whole:
 * whatever is killed when, it is the old state or the new one.
 */
#ifndef NIGHTLY_STATE_H
#define NIGHTLY_STATE_H

#include <svctag/catalogue.h>

/** Version of the file, described in docs/nightly.md. */
#define STATE_FORMAT 2
#define STATE_FILE "state.json"
#define STATE_TIME_SIZE 21

/** A piece of news to tell, or told: a diff, or something about a list. */
struct state_entry {
	svctag_release_info from; /**< of releases only the identity is kept; `warnings` is "" */
	svctag_release_info to;
	char announced[STATE_TIME_SIZE];
	char *summary;
	char *files;                     /**< their name below the folder, without the endings .json and .md */
	char *list;                      /**< the list's path; NULL: it is a diff */
	char *title;                     /**< NULL with a diff */
	uint8_t key[SVCTAG_DIGEST_SIZE]; /**< of news of a list: the same for the same news */
	char **owed;                     /**< to whom it has not been told yet: keys of channels */
	size_t owed_count;
};

/** A list that is watched, in one cloud. */
struct state_list {
	char *path;                          /**< absolute */
	uint8_t entries[SVCTAG_DIGEST_SIZE]; /**< changes when the list does */
	svctag_release_info last;            /**< the newest release in which it was judged */
};

struct state {
	char *folder;
	int lock;
	uint8_t feed_id[SVCTAG_DIGEST_SIZE];
	char begun[STATE_TIME_SIZE];
	bool arriving;             /**< a run was importing; if it did not end, its releases are not noted yet */
	svctag_release_info *last; /**< the newest release that was noted, one for each cloud */
	size_t last_count;
	struct state_entry *entries; /**< the oldest first */
	size_t entry_count;
	struct state_list *lists;
	size_t list_count;
};

/**
 * Lock the folder and read what is in it; a new one begins now.
 * @param wait      for another run in the same folder
 * @param[out] ret  state_close()
 * @return SVCTAG_OK, SVCTAG_E_BUSY, SVCTAG_E_IO, SVCTAG_E_CORRUPT, SVCTAG_E_FOREIGN (a newer format),
 *         SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error state_open(const char *folder, bool wait, struct state *ret, svctag_detail *detail);
/** Accepts a zero-initialised one. */
void state_close(struct state *state);

/** Make it last. @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error state_save(const struct state *state, svctag_detail *detail);

/** The last noted release of the cloud, or NULL. */
svctag_release_info *state_find_last(const struct state *state, const char *cloud);
/** Set it. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error state_set_last(struct state *state, const svctag_release_info *info);

/** What the entry points to; not the entry itself. Accepts a zero-initialised one. */
void state_entry_release(struct state_entry *entry);
/** Append an empty entry; NULL without memory. It is in the state's memory until the next one is added. */
struct state_entry *state_add_entry(struct state *state);
void state_drop_entry(struct state *state, size_t i);

/** The news with this key, or NULL. */
const struct state_entry *state_find_news(const struct state *state, const uint8_t key[SVCTAG_DIGEST_SIZE]);

/** The list of this path in the cloud, or NULL. */
struct state_list *state_find_list(const struct state *state, const char *path, const char *cloud);
/** Append one; NULL without memory. It is in the state's memory until the next one is added. */
struct state_list *state_add_list(struct state *state, const char *path);
/** Take the one that was added last back out. */
void state_drop_last_list(struct state *state);

/** Owe it to a channel. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error state_owe(struct state_entry *entry, const char *key);
bool state_owes(const struct state_entry *entry, const char *key);
void state_settle(struct state_entry *entry, const char *key);

/** Now, in UTC. */
void state_time(char text[STATE_TIME_SIZE]);

/* state_json.c */

/** @param[out] ret  free() it */
SVCTAG_MUST_CHECK svctag_error state_encode(const struct state *state, char **ret);
/**
 * Fill a state from its text.
 * @param state  without clouds and entries; after a failure some may be there
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT, SVCTAG_E_FOREIGN, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error state_decode(struct state *state, const char *text, size_t size);

#endif
