#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

#define LOCK_FILE "lock"
#define LOCK_TRIES 10
#define LOCK_PAUSE_NS 50000000L
/** Fifty entries have some 60 kB; more of them are kept only while they are owed. */
#define MAX_STATE (64U << 20)

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

void
state_time(char text[STATE_TIME_SIZE])
{
	const time_t now = time(NULL);
	struct tm parts;

	if (gmtime_r(&now, &parts) == NULL || strftime(text, STATE_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		memcpy(text, "1970-01-01T00:00:00Z", STATE_TIME_SIZE);
}

/*
 * The kernel lets go of the lock when the program ends, however it ends. A
 * command that was just being started when its run was killed has the lock for
 * some milliseconds more: it is worth a few tries.
 */
static bool
lock_file(int fd, bool wait)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };

	for (unsigned int try = 1;; try++) {
		if (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) == 0)
			return true;
		if (errno == EWOULDBLOCK && try < LOCK_TRIES)
			(void)nanosleep(&pause, NULL);
		else if (errno != EINTR)
			return false;
	}
}

static svctag_error
take_lock(struct state *state, bool wait, svctag_detail *detail)
{
	char *path = NULL;
	svctag_error err = SVCTAG_OK;

	if (asprintf(&path, "%s/" LOCK_FILE, state->folder) < 0)
		return fail_memory(detail);
	state->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (state->lock < 0 || !lock_file(state->lock, wait)) {
		err = errno == EWOULDBLOCK ? SVCTAG_E_BUSY : SVCTAG_E_IO;
		if (err == SVCTAG_E_BUSY)
			svctag_detail_set(detail, "%s: another nightly run is at work here; wait for it with --wait",
					  state->folder);
		else
			svctag_detail_set(detail, "%s: %s", path, strerror(errno));
	}
	free(path);
	return err;
}

static svctag_error
begin_new(struct state *state, svctag_detail *detail)
{
	if (getrandom(state->feed_id, sizeof(state->feed_id), 0) != (ssize_t)sizeof(state->feed_id)) {
		svctag_detail_set(detail, "no random numbers to be had: %s", strerror(errno));
		return SVCTAG_E_IO;
	}
	state_time(state->begun);
	return SVCTAG_OK;
}

static svctag_error
load(struct state *state, svctag_detail *detail)
{
	char *text = NULL;
	size_t size = 0;
	svctag_error err = file_read(state->folder, STATE_FILE, MAX_STATE, &text, &size, detail);

	if (err == SVCTAG_E_NOT_FOUND)
		return begin_new(state, detail);
	if (err != SVCTAG_OK)
		return err;
	err = state_decode(state, text, size);
	free(text);
	if (err == SVCTAG_E_FOREIGN)
		svctag_detail_set(detail, "%s/" STATE_FILE ": was written by a newer version of svctag", state->folder);
	else if (err == SVCTAG_E_CORRUPT)
		svctag_detail_set(detail,
				  "%s/" STATE_FILE ": is damaged; take it away to begin anew from the newest "
				  "releases",
				  state->folder);
	else if (err != SVCTAG_OK)
		(void)fail_memory(detail);
	return err;
}

svctag_error
state_open(const char *folder, bool wait, struct state *ret, svctag_detail *detail)
{
	struct state state = { .folder = strdup(folder), .lock = -1 };
	svctag_error err = state.folder == NULL ? fail_memory(detail) : file_make_folder(folder, detail);

	if (err == SVCTAG_OK)
		err = take_lock(&state, wait, detail);
	if (err == SVCTAG_OK)
		err = load(&state, detail);
	if (err != SVCTAG_OK) {
		state_close(&state);
		return err;
	}
	*ret = state;
	return SVCTAG_OK;
}

void
state_entry_release(struct state_entry *entry)
{
	for (size_t i = 0; i < entry->owed_count; i++)
		free(entry->owed[i]);
	free(entry->owed);
	free(entry->summary);
	free(entry->files);
	free(entry->list);
	free(entry->title);
}

void
state_close(struct state *state)
{
	if (state->folder == NULL)
		return;
	for (size_t i = 0; i < state->entry_count; i++)
		state_entry_release(&state->entries[i]);
	free(state->entries);
	for (size_t i = 0; i < state->list_count; i++)
		free(state->lists[i].path);
	free(state->lists);
	free(state->last);
	if (state->lock >= 0)
		(void)close(state->lock);
	free(state->folder);
	*state = (struct state){ 0 };
}

svctag_error
state_save(const struct state *state, svctag_detail *detail)
{
	char *text = NULL;
	svctag_error err = state_encode(state, &text);

	if (err != SVCTAG_OK)
		return fail_memory(detail);
	err = file_replace(state->folder, STATE_FILE, text, strlen(text), detail);
	free(text);
	return err;
}

svctag_release_info *
state_find_last(const struct state *state, const char *cloud)
{
	for (size_t i = 0; i < state->last_count; i++) {
		if (strcmp(state->last[i].cloud, cloud) == 0)
			return &state->last[i];
	}
	return NULL;
}

svctag_error
state_set_last(struct state *state, const svctag_release_info *info)
{
	svctag_release_info *last = state_find_last(state, info->cloud);

	if (last == NULL) {
		svctag_release_info *grown = reallocarray(state->last, state->last_count + 1, sizeof(*grown));

		if (grown == NULL)
			return SVCTAG_E_NO_MEMORY;
		state->last = grown;
		last = &grown[state->last_count++];
	}
	*last = *info;
	last->warnings = ""; /* those of the catalogue go with it */
	return SVCTAG_OK;
}

struct state_entry *
state_add_entry(struct state *state)
{
	struct state_entry *grown = reallocarray(state->entries, state->entry_count + 1, sizeof(*grown));

	if (grown == NULL)
		return NULL;
	state->entries = grown;
	grown += state->entry_count++;
	*grown = (struct state_entry){ 0 };
	return grown;
}

void
state_drop_entry(struct state *state, size_t i)
{
	state_entry_release(&state->entries[i]);
	state->entry_count--;
	memmove(&state->entries[i], &state->entries[i + 1], (state->entry_count - i) * sizeof(*state->entries));
}

const struct state_entry *
state_find_news(const struct state *state, const uint8_t key[SVCTAG_DIGEST_SIZE])
{
	for (size_t i = 0; i < state->entry_count; i++) {
		const struct state_entry *entry = &state->entries[i];

		if (entry->list != NULL && memcmp(entry->key, key, SVCTAG_DIGEST_SIZE) == 0)
			return entry;
	}
	return NULL;
}

struct state_list *
state_find_list(const struct state *state, const char *path, const char *cloud)
{
	for (size_t i = 0; i < state->list_count; i++) {
		struct state_list *list = &state->lists[i];

		if (strcmp(list->path, path) == 0 && strcmp(list->last.cloud, cloud) == 0)
			return list;
	}
	return NULL;
}

struct state_list *
state_add_list(struct state *state, const char *path)
{
	struct state_list *grown = reallocarray(state->lists, state->list_count + 1, sizeof(*grown));

	if (grown == NULL)
		return NULL;
	state->lists = grown;
	grown += state->list_count;
	*grown = (struct state_list){ .path = strdup(path) };
	if (grown->path == NULL)
		return NULL;
	state->list_count++;
	return grown;
}

void
state_drop_last_list(struct state *state)
{
	free(state->lists[--state->list_count].path);
}

svctag_error
state_owe(struct state_entry *entry, const char *key)
{
	char **grown = reallocarray(entry->owed, entry->owed_count + 1, sizeof(*grown));

	if (grown == NULL)
		return SVCTAG_E_NO_MEMORY;
	entry->owed = grown;
	grown[entry->owed_count] = strdup(key);
	if (grown[entry->owed_count] == NULL)
		return SVCTAG_E_NO_MEMORY;
	entry->owed_count++;
	return SVCTAG_OK;
}

static size_t
find_owed(const struct state_entry *entry, const char *key)
{
	size_t i = 0;

	while (i < entry->owed_count && strcmp(entry->owed[i], key) != 0)
		i++;
	return i;
}

bool
state_owes(const struct state_entry *entry, const char *key)
{
	return find_owed(entry, key) < entry->owed_count;
}

void
state_settle(struct state_entry *entry, const char *key)
{
	size_t i = find_owed(entry, key);

	if (i == entry->owed_count)
		return;
	free(entry->owed[i]);
	entry->owed[i] = entry->owed[--entry->owed_count];
}
