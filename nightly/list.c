/*
 * What became of a list since the last run. A list that is new, or whose
 * entries changed, is told of as it stands; one that was judged before, of what
 * broke in each release since.
 *
 * All that is found in one run becomes lasting together, with the release up to
 * which the list was judged: in the one replacement of the state.
 */
#include "list.h"

#include <stdlib.h>
#include <string.h>

#include "nightly_internal.h"

/** Hexadecimal digits of the key in a file's name. */
#define KEY_DIGITS 12

/* A list, and what it is judged by. */
struct watched {
	struct nightly *nightly;
	svctag_store *store;
	const struct list *list;
	const char *intent;
	char *path;
	uint8_t entries[SVCTAG_DIGEST_SIZE];
	const svctag_catalogue *catalogue;
	size_t cloud;
	const char *cloud_name;
	size_t newest; /* number of the cloud's newest release */
	char *folder;
	svctag_drift *drift;
};

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

/* A news_print of a struct report_drift_event. */
static svctag_error
print(FILE *out, const void *subject, enum news_form form)
{
	switch (form) {
	case NEWS_JSON: return report_drift_event(out, subject);
	case NEWS_MARKDOWN: return report_drift_event_markdown(out, subject);
	case NEWS_SENTENCE: break;
	}
	return report_drift_event_sentence(out, subject);
}

/* Is there anything in it that somebody has to know? */
static bool
is_news(const struct report_drift_event *event)
{
	if (event->broken_count > 0)
		return true;
	return event->occasion != REPORT_DRIFT_RELEASE && report_drift_event_unreadable(event) > 0;
}

static svctag_error
add_news(const struct watched *watched, const struct report_drift_event *event, svctag_detail *detail)
{
	const svctag_release_info *at = report_drift_event_at(event);
	const svctag_release_info *before = report_drift_event_before(event);
	struct state_entry news = {
		.from = news_identity(before != NULL ? before : at),
		.to = news_identity(at),
	};
	char title[REPORT_DRIFT_TITLE_SIZE];
	char key[SVCTAG_DIGEST_TEXT_SIZE];

	if (list_event_key(event, watched->entries, news.key) != SVCTAG_OK)
		return fail_memory(detail);
	if (state_find_news(&watched->nightly->state, news.key) != NULL)
		return SVCTAG_OK; /* the list was changed, and changed back */
	svctag_digest_format(news.key, key);
	report_drift_event_title(event, title);
	news.list = strdup(watched->path);
	news.title = strdup(title);
	if (news.list == NULL || news.title == NULL ||
	    asprintf(&news.files, "%s/%s-%lld-%.*s", watched->folder, at->published, (long long)at->change_number,
		     KEY_DIGITS, key) < 0) {
		news.files = NULL;
		state_entry_release(&news);
		return fail_memory(detail);
	}
	return news_add(watched->nightly, &news, print, event, detail);
}

static svctag_error
note_release(const struct watched *watched, enum report_drift_occasion occasion, size_t release, svctag_detail *detail)
{
	struct report_drift_event event;
	svctag_error err =
		report_drift_event_make(watched->list, watched->drift, watched->path, occasion, release, &event);

	if (err != SVCTAG_OK)
		return fail_memory(detail);
	if (is_news(&event))
		err = add_news(watched, &event, detail);
	report_drift_event_release(&event);
	return err;
}

/* The list's drift, its entries bound to what they are meant for. */
static svctag_error
follow(struct watched *watched, bool anew, svctag_detail *detail)
{
	struct binding binding = {
		.list = watched->list,
		.intent = watched->intent,
		.store = watched->store,
		.cloud = watched->cloud_name,
		.forget = anew,
	};
	svctag_drift_entry *entries = NULL;
	struct intents intents = { 0 };
	char *folder = NULL;
	svctag_error err;

	watched->folder = list_folder(watched->path, watched->cloud_name);
	if (watched->folder == NULL || asprintf(&folder, "%s/%s", watched->nightly->state.folder, watched->folder) < 0)
		return fail_memory(detail);
	binding.folder = folder;
	err = intents_bind(&binding, &entries, &intents, detail);
	if (err == SVCTAG_OK)
		err = svctag_drift_of_list(watched->store, watched->cloud_name, entries, watched->list->entry_count,
					   NULL, NULL, &watched->drift, detail);
	free(entries);
	intents_release(&intents);
	free(folder);
	return err;
}

/* That it was judged up to the newest release, and what was found, become lasting together; or neither. */
static svctag_error
commit(const struct watched *watched, struct state_list *known, svctag_detail *detail)
{
	struct state *state = &watched->nightly->state;
	struct state_list *list = known != NULL ? known : state_add_list(state, watched->path);
	const struct state_list before = known != NULL ? *known : (struct state_list){ 0 };
	svctag_error err;

	if (list == NULL)
		return fail_memory(detail);
	memcpy(list->entries, watched->entries, sizeof(list->entries));
	list->last = news_identity(svctag_catalogue_release(watched->catalogue, watched->cloud, watched->newest));
	err = state_save(state, detail);
	if (err != SVCTAG_OK && known != NULL)
		*known = before;
	else if (err != SVCTAG_OK)
		state_drop_last_list(state);
	return err;
}

/* The releases since `first`; or, where that is the newest, nothing. */
static svctag_error
note_releases(const struct watched *watched, size_t first, svctag_detail *detail)
{
	svctag_error err = SVCTAG_OK;

	for (size_t release = first + 1; release <= watched->newest && err == SVCTAG_OK; release++)
		err = note_release(watched, REPORT_DRIFT_RELEASE, release, detail);
	return err;
}

static svctag_error
judge(struct watched *watched, svctag_detail *detail)
{
	struct state *state = &watched->nightly->state;
	struct state_list *known = state_find_list(state, watched->path, watched->cloud_name);
	const size_t count = state->entry_count;
	bool changed = known != NULL && memcmp(known->entries, watched->entries, sizeof(known->entries)) != 0;
	size_t first = 0;
	bool anew = known == NULL || !news_locate(watched->catalogue, watched->cloud, &known->last, &first) || changed;
	svctag_error err;

	if (!anew && first == watched->newest)
		return SVCTAG_OK;
	err = follow(watched, anew, detail);
	if (err == SVCTAG_OK && anew)
		err = note_release(watched, changed ? REPORT_DRIFT_CHANGED : REPORT_DRIFT_FIRST, watched->newest,
				   detail);
	else if (err == SVCTAG_OK)
		err = note_releases(watched, first, detail);
	if (err == SVCTAG_OK)
		err = commit(watched, known, detail);
	while (err != SVCTAG_OK && state->entry_count > count)
		state_drop_entry(state, state->entry_count - 1);
	watched->nightly->new_count += state->entry_count - count;
	return err;
}

/* In one state of the database. Where nothing of the cloud is loaded, there is nothing to judge the list by yet. */
static svctag_error
judge_in_cloud(struct watched *watched, svctag_detail *detail)
{
	svctag_catalogue *catalogue = NULL;
	svctag_error err = svctag_store_catalogue(watched->store, &catalogue, detail);

	if (err != SVCTAG_OK)
		return err;
	if (svctag_catalogue_find_cloud(catalogue, watched->nightly->settings.cloud, &watched->cloud, NULL) ==
	    SVCTAG_OK) {
		watched->catalogue = catalogue;
		watched->cloud_name = svctag_catalogue_cloud(catalogue, watched->cloud);
		watched->newest = svctag_catalogue_release_count(catalogue, watched->cloud) - 1;
		err = judge(watched, detail);
	}
	svctag_catalogue_free(catalogue);
	return err;
}

svctag_error
nightly_note_list(struct nightly *nightly, svctag_store *store, const char *path, const struct list *list,
		  const char *intent, svctag_detail *detail)
{
	struct watched watched = { .nightly = nightly, .store = store, .list = list, .intent = intent };
	svctag_error err;

	if (list->entry_count == 0) {
		svctag_detail_set(detail, "no address, prefix or range in it");
		return SVCTAG_E_EMPTY;
	}
	watched.path = list_absolute_path(path);
	if (watched.path == NULL || list_digest(list, intent, watched.entries) != SVCTAG_OK) {
		err = fail_memory(detail);
		goto out;
	}
	err = svctag_store_begin_read(store, detail);
	if (err != SVCTAG_OK)
		goto out;
	err = judge_in_cloud(&watched, detail);
	svctag_store_end_read(store);
out:
	svctag_drift_free(watched.drift);
	free(watched.folder);
	free(watched.path);
	return err;
}
