/*
 * What is newer than what was noted last.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nightly_internal.h"

/** Hexadecimal digits of the content in a file's name. */
#define ID_DIGITS 12

/* Two releases, one after the other. */
struct pair {
	const svctag_release_info *from_info;
	const svctag_release_info *to_info;
	svctag_release *from;
	svctag_release *to;
	bool gap;
};

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

static bool
meets(void *context, const svctag_tag_diff *tag)
{
	const struct nightly_watch *const *watch = context;

	return nightly_watch_meets(*watch, tag);
}

/* NULL where there is nothing to tell. A release that changed nothing is news of its own, but not to a watch list. */
static svctag_error
compare(const struct nightly *nightly, const struct pair *pair, svctag_diff **ret, svctag_detail *detail)
{
	const struct nightly_watch *watch = nightly->settings.watch;
	svctag_diff *diff = NULL;

	if (svctag_diff_releases(pair->from, pair->to, NULL, &diff) != SVCTAG_OK)
		return fail_memory(detail);
	if (watch != NULL && !nightly_watch_is_empty(watch)) {
		svctag_diff_keep(diff, meets, &watch);
		if (svctag_diff_tag_count(diff) == 0) {
			svctag_diff_free(diff);
			diff = NULL;
		}
	}
	*ret = diff;
	return SVCTAG_OK;
}

/* A pair and what lies between. */
struct comparison {
	const struct pair *pair;
	const svctag_diff *diff;
};

/* A news_print of a comparison. */
static svctag_error
print(FILE *out, const void *subject, enum news_form form)
{
	const struct report_style style = { .format = REPORT_JSON };
	const struct comparison *comparison = subject;
	const struct pair *pair = comparison->pair;

	switch (form) {
	case NEWS_JSON: return report_diff(out, &style, pair->from_info, pair->to_info, pair->gap, comparison->diff);
	case NEWS_MARKDOWN:
		return report_diff_markdown(out, pair->from_info, pair->to_info, pair->gap, comparison->diff);
	case NEWS_SENTENCE: break;
	}
	return report_diff_sentence(out, comparison->diff);
}

/*
 * The name of a diff's files below the state folder. A cloud may have any name
 * of letters, digits, dots and dashes; no folder is to be hidden, or the one above.
 */
static char *
files_name(const svctag_release_info *to)
{
	char digest[SVCTAG_DIGEST_TEXT_SIZE];
	char *name = NULL;

	svctag_digest_format(to->digest, digest);
	if (asprintf(&name, DIFFS_FOLDER "/%s%s/%s-%lld-%.*s", to->cloud[0] == '.' ? "_" : "", to->cloud, to->published,
		     (long long)to->change_number, ID_DIGITS, digest) < 0)
		return NULL;
	return name;
}

/* One step from a release to the next: what there is to tell, and that it was noted, become lasting together. */
static svctag_error
note_pair(struct nightly *nightly, const struct pair *pair, svctag_detail *detail)
{
	struct state *state = &nightly->state;
	svctag_release_info *last = state_find_last(state, pair->to_info->cloud);
	const svctag_release_info before = *last;
	svctag_diff *diff = NULL;
	svctag_error err = compare(nightly, pair, &diff, detail);
	const bool relevant = diff != NULL;
	struct state_entry entry = { 0 };

	if (relevant) {
		entry.from = news_identity(pair->from_info);
		entry.to = news_identity(pair->to_info);
		entry.files = files_name(pair->to_info);
	}
	if (err == SVCTAG_OK && relevant)
		err = news_add(nightly, &entry, print, &(struct comparison){ pair, diff }, detail);
	svctag_diff_free(diff);
	if (err != SVCTAG_OK)
		return err;
	*last = news_identity(pair->to_info);
	err = state_save(state, detail);
	if (err == SVCTAG_OK) {
		nightly->new_count += relevant;
		return SVCTAG_OK;
	}
	*last = before;
	if (relevant)
		state_drop_entry(state, state->entry_count - 1);
	return err;
}

/* Every step from the release at `first` to the newest. */
static svctag_error
note_steps(struct nightly *nightly, svctag_store *store, const svctag_catalogue *catalogue, size_t cloud, size_t first,
	   svctag_detail *detail)
{
	const size_t count = svctag_catalogue_release_count(catalogue, cloud);
	struct pair pair = { .to_info = svctag_catalogue_release(catalogue, cloud, first) };
	svctag_error err = SVCTAG_OK;

	if (first + 1 < count)
		err = svctag_store_content(store, pair.to_info, &pair.to, detail);
	for (size_t i = first + 1; i < count && err == SVCTAG_OK; i++) {
		svctag_release_free(pair.from);
		pair.from = pair.to;
		pair.from_info = pair.to_info;
		pair.to = NULL;
		pair.to_info = svctag_catalogue_release(catalogue, cloud, i);
		pair.gap = svctag_catalogue_gap(catalogue, pair.from_info, pair.to_info);
		err = svctag_store_content(store, pair.to_info, &pair.to, detail);
		if (err == SVCTAG_OK)
			err = note_pair(nightly, &pair, detail);
	}
	svctag_release_free(pair.from);
	svctag_release_free(pair.to);
	return err;
}

/* Does the release come before the other in the order of their cloud? */
static bool
is_before(const svctag_release_info *a, const svctag_release_info *b)
{
	int order = strcmp(a->published, b->published);

	if (order == 0)
		order = (a->change_number > b->change_number) - (a->change_number < b->change_number);
	if (order == 0)
		order = memcmp(a->digest, b->digest, sizeof(a->digest));
	return order < 0;
}

bool
news_locate(const svctag_catalogue *catalogue, size_t cloud, const svctag_release_info *last, size_t *ret)
{
	const size_t count = svctag_catalogue_release_count(catalogue, cloud);

	for (size_t i = count; i-- > 0;) {
		const svctag_release_info *info = svctag_catalogue_release(catalogue, cloud, i);

		if (memcmp(info->digest, last->digest, sizeof(last->digest)) == 0 &&
		    strcmp(info->published, last->published) <= 0) {
			*ret = i;
			return true;
		}
	}
	for (size_t i = count; i-- > 0;) {
		if (is_before(svctag_catalogue_release(catalogue, cloud, i), last)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* The first of a cloud: there is nothing to compare it with. */
static svctag_error
begin_cloud(struct nightly *nightly, const svctag_release_info *info, svctag_detail *detail)
{
	svctag_release_info *grown = reallocarray(nightly->begun, nightly->begun_count + 1, sizeof(*grown));

	if (grown == NULL)
		return fail_memory(detail);
	nightly->begun = grown;
	if (state_set_last(&nightly->state, info) != SVCTAG_OK)
		return fail_memory(detail);
	grown[nightly->begun_count++] = news_identity(info);
	return state_save(&nightly->state, detail);
}

static svctag_error
note_cloud(struct nightly *nightly, svctag_store *store, const svctag_catalogue *catalogue, size_t cloud, bool arrived,
	   svctag_detail *detail)
{
	const size_t count = svctag_catalogue_release_count(catalogue, cloud);
	const svctag_release_info *last = state_find_last(&nightly->state, svctag_catalogue_cloud(catalogue, cloud));
	size_t first = arrived ? 0 : count - 1;
	svctag_error err;

	if (count == 0)
		return SVCTAG_OK;
	if (last == NULL || !news_locate(catalogue, cloud, last, &first)) {
		/* Another database, or all that was known forgotten: it begins anew. */
		if (last != NULL)
			first = count - 1;
		err = begin_cloud(nightly, svctag_catalogue_release(catalogue, cloud, first), detail);
		if (err != SVCTAG_OK)
			return err;
	}
	return note_steps(nightly, store, catalogue, cloud, first, detail);
}

static bool
is_wanted(const struct nightly *nightly, const char *cloud)
{
	return nightly->settings.cloud == NULL || strcasecmp(nightly->settings.cloud, cloud) == 0;
}

svctag_error
diffs_note(struct nightly *nightly, svctag_store *store, bool arrived, svctag_detail *detail)
{
	svctag_catalogue *catalogue = NULL;
	svctag_error err = svctag_store_begin_read(store, detail);

	if (err != SVCTAG_OK)
		return err;
	err = svctag_store_catalogue(store, &catalogue, detail);
	for (size_t i = 0; err == SVCTAG_OK && i < svctag_catalogue_cloud_count(catalogue); i++) {
		if (is_wanted(nightly, svctag_catalogue_cloud(catalogue, i)))
			err = note_cloud(nightly, store, catalogue, i, arrived, detail);
	}
	svctag_store_end_read(store);
	svctag_catalogue_free(catalogue);
	return err;
}
