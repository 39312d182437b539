#include "nightly.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "nightly_internal.h"

#define FEED_FILE "feed.atom"
/** A feed of fifty entries has some 60 kB. */
#define MAX_FEED (16U << 20)

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

void
nightly_close(struct nightly *nightly)
{
	if (nightly == NULL)
		return;
	http_close(nightly->http);
	state_close(&nightly->state);
	free(nightly->begun);
	free(nightly->entries);
	free(nightly);
}

svctag_error
nightly_open(const struct nightly_settings *settings, struct nightly **ret, svctag_detail *detail)
{
	struct nightly *nightly = calloc(1, sizeof(*nightly));
	svctag_error err = SVCTAG_OK;

	if (nightly == NULL)
		return fail_memory(detail);
	nightly->settings = *settings;
	if (settings->hook_count > 0)
		err = http_open(settings->http, &nightly->http, detail);
	if (err == SVCTAG_OK)
		err = hooks_check(nightly, detail);
	if (err == SVCTAG_OK)
		err = state_open(settings->folder, settings->wait, &nightly->state, detail);
	if (err != SVCTAG_OK) {
		nightly_close(nightly);
		return err;
	}
	*ret = nightly;
	return SVCTAG_OK;
}

/* To how many whom this run can tell is it owed? */
static size_t
count_owed(const struct nightly *nightly, const struct state_entry *entry)
{
	const struct nightly_settings *settings = &nightly->settings;
	size_t owed = 0;

	for (size_t i = 0; i < settings->hook_count; i++) {
		char id[NIGHTLY_DELIVERY_SIZE];

		delivery_id(entry, settings->hooks[i], id);
		owed += state_owes(entry, id);
	}
	if (settings->command != NULL)
		owed += state_owes(entry, COMMAND_KEY);
	return owed;
}

/* The oldest go when they are in no feed and owed to nobody, or to hooks that are gone. */
static void
drop_old_entries(struct nightly *nightly)
{
	struct state *state = &nightly->state;
	size_t i = 0;

	while (state->entry_count > NIGHTLY_FEED_ENTRIES && i < state->entry_count - NIGHTLY_FEED_ENTRIES) {
		if (count_owed(nightly, &state->entries[i]) > 0)
			i++;
		else
			state_drop_entry(state, i);
	}
}

svctag_error
nightly_begin(struct nightly *nightly, svctag_store *store, svctag_detail *detail)
{
	struct state *state = &nightly->state;
	svctag_error err = SVCTAG_OK;

	drop_old_entries(nightly);
	if (store != NULL)
		err = diffs_note(nightly, store, state->arriving, detail);
	if (err != SVCTAG_OK)
		return err;
	state->arriving = true;
	return state_save(state, detail);
}

svctag_error
nightly_note(struct nightly *nightly, svctag_store *store, svctag_detail *detail)
{
	struct state *state = &nightly->state;
	svctag_error err = store == NULL ? SVCTAG_OK : diffs_note(nightly, store, true, detail);

	if (err != SVCTAG_OK)
		return err;
	state->arriving = false;
	return state_save(state, detail);
}

/* ---- the feed ---- */

/* The state's entry as report prints it. */
static struct report_feed_entry
view_of(const struct state_entry *entry)
{
	return (struct report_feed_entry){
		.from = &entry->from,
		.to = &entry->to,
		.announced = entry->announced,
		.summary = entry->summary,
		.files = entry->files,
		.title = entry->title,
		.list = entry->list,
		.key = entry->title != NULL ? entry->key : NULL,
	};
}

static svctag_error
print_feed(const struct state *state, char **ret, size_t *ret_size)
{
	struct report_feed_entry entries[NIGHTLY_FEED_ENTRIES];
	struct report_feed feed = { .begun = state->begun, .entries = entries };
	svctag_error err;
	FILE *out;

	memcpy(feed.id, state->feed_id, sizeof(feed.id));
	while (feed.count < NIGHTLY_FEED_ENTRIES && feed.count < state->entry_count) {
		entries[feed.count] = view_of(&state->entries[state->entry_count - 1 - feed.count]);
		feed.count++;
	}
	out = open_memstream(ret, ret_size);
	if (out == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = report_feed(out, &feed);
	if (fclose(out) != 0 || err != SVCTAG_OK) {
		free(*ret);
		return SVCTAG_E_NO_MEMORY;
	}
	return SVCTAG_OK;
}

/* The feed is a function of the state: it is written when it is not what it should be, whatever happened to it. */
static svctag_error
write_feed(const struct nightly *nightly, svctag_detail *detail)
{
	const struct state *state = &nightly->state;
	char *feed = NULL;
	char *there = NULL;
	size_t size = 0;
	size_t there_size = 0;
	svctag_error err = print_feed(state, &feed, &size);

	if (err != SVCTAG_OK)
		return fail_memory(detail);
	if (file_read(state->folder, FEED_FILE, MAX_FEED, &there, &there_size, NULL) != SVCTAG_OK ||
	    there_size != size || memcmp(there, feed, size) != 0)
		err = file_replace(state->folder, FEED_FILE, feed, size, detail);
	free(there);
	free(feed);
	return err;
}

/* ---- telling ---- */

static void
complain(struct nightly *nightly, const char *subject, svctag_error err, const svctag_detail *detail)
{
	nightly->complaints++;
	nightly->settings.complain(nightly->settings.complain_context, subject, err, detail);
}

/* One channel's way of being told. */
typedef svctag_error (*tell_function)(struct nightly *nightly, const struct state_entry *entry, const char *address,
				      svctag_detail *detail);

static svctag_error
tell_command(struct nightly *nightly, const struct state_entry *entry, const char *address, svctag_detail *detail)
{
	(void)address;
	return command_run(nightly, entry, detail);
}

/*
 * Tell a channel all that it is owed, in order: after a failure nothing more,
 * so that it never hears of a release before the one that came first. Each
 * telling is noted at once.
 * @param key  for an entry: its delivery id for `address`, or COMMAND_KEY where `address` is that
 */
static svctag_error
tell_channel(struct nightly *nightly, const char *address, const char *fixed_key, const char *subject,
	     tell_function tell, svctag_detail *detail)
{
	struct state *state = &nightly->state;
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < state->entry_count && err == SVCTAG_OK; i++) {
		struct state_entry *entry = &state->entries[i];
		char id[NIGHTLY_DELIVERY_SIZE];
		const char *key = fixed_key != NULL ? fixed_key : id;
		svctag_detail why = { "" };
		svctag_error told;

		delivery_id(entry, address, id);
		if (!state_owes(entry, key))
			continue;
		told = tell(nightly, entry, address, &why);
		if (told != SVCTAG_OK)
			complain(nightly, subject, told, &why);
		if (told != SVCTAG_OK && told != SVCTAG_E_NOT_FOUND)
			return SVCTAG_OK;
		nightly->delivered += told == SVCTAG_OK;
		state_settle(entry, key); /* also where its file is gone: there is nothing left to tell */
		err = state_save(state, detail);
	}
	return err;
}

svctag_error
nightly_deliver(struct nightly *nightly, svctag_detail *detail)
{
	const struct nightly_settings *settings = &nightly->settings;
	svctag_detail why = { "" };
	svctag_error err = write_feed(nightly, &why);

	if (err != SVCTAG_OK)
		complain(nightly, NULL, err, &why);
	err = SVCTAG_OK;
	for (size_t i = 0; i < settings->hook_count && err == SVCTAG_OK; i++)
		err = tell_channel(nightly, settings->hooks[i], NULL, NULL, hook_post, detail);
	if (settings->command != NULL && err == SVCTAG_OK)
		err = tell_channel(nightly, COMMAND_KEY, COMMAND_KEY, "--exec", tell_command, detail);
	return err;
}

/* ---- what became of it ---- */

svctag_error
nightly_result(struct nightly *nightly, struct report_nightly *ret)
{
	const struct state *state = &nightly->state;
	const size_t first = state->entry_count - nightly->new_count;

	free(nightly->entries);
	nightly->entries = calloc(nightly->new_count + 1, sizeof(*nightly->entries));
	if (nightly->entries == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < nightly->new_count; i++)
		nightly->entries[i] = view_of(&state->entries[first + i]);
	*ret = (struct report_nightly){
		.begun = nightly->begun,
		.begun_count = nightly->begun_count,
		.news = nightly->entries,
		.news_count = nightly->new_count,
		.delivered = nightly->delivered,
		.failures = nightly->complaints,
	};
	for (size_t i = 0; i < state->entry_count; i++)
		ret->pending += count_owed(nightly, &state->entries[i]);
	return SVCTAG_OK;
}
