/*
 * Addresses that were in a service's tag and are no longer. The history is
 * followed for all entries at once (svctag/drift.h): an entry's spans say
 * which tag held it when.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint_internal.h"

/** What became of one entry. */
struct fall {
	const char *tag;                 /* that had it */
	const svctag_release_info *last; /* the last release in which it did; NULL: it never did */
	const char *now;                 /* what holds it now; NULL: nothing */
	bool moved;                      /* to another service's tag */
};

static bool
same_service(const char *a, const char *b)
{
	size_t x = strcspn(a, ".");

	return x == strcspn(b, ".") && strncasecmp(a, b, x) == 0;
}

/* The tag of a service that held the entry in a span; NULL if none did. */
static const char *
service_of(const svctag_drift *drift, const svctag_drift_span *span)
{
	const char *name;

	if (span->tag == SVCTAG_DRIFT_NO_TAG || span->state == SVCTAG_DRIFT_ONLY_AZURECLOUD ||
	    span->state == SVCTAG_DRIFT_NONE)
		return NULL;
	name = svctag_drift_tag_name(drift, span->tag);
	return svctag_tag_name_is_azure_cloud(name) ? NULL : name;
}

/* The number of the snapshot's release among the cloud's; the last one if it has gone meanwhile. */
static size_t
release_number(const struct lint *lint, const svctag_drift *drift)
{
	const svctag_catalogue *catalogue = svctag_drift_catalogue(drift);
	size_t cloud = svctag_drift_cloud(drift);
	size_t count = svctag_catalogue_release_count(catalogue, cloud);

	for (size_t i = 0; i < count; i++)
		if (svctag_catalogue_release(catalogue, cloud, i)->id == svctag_snapshot_info(lint->snapshot)->id)
			return i;
	return count - 1;
}

/*
 * Did the entry fall out of a tag by the release `now`? With an intent: out of
 * that tag. Without: out of a service's, unless the same service has it still.
 */
static bool
has_fallen(const svctag_drift *drift, size_t entry, bool intended, size_t now, struct fall *ret)
{
	size_t count, current = 0;
	const svctag_drift_span *spans = svctag_drift_timeline(drift, entry, &count);
	const char *service;

	while (current + 1 < count && spans[current].until <= now)
		current++;
	service = service_of(drift, &spans[current]);
	*ret = (struct fall){ .moved = service != NULL };
	if (spans[current].tag != SVCTAG_DRIFT_NO_TAG)
		ret->now = svctag_drift_tag_name(drift, spans[current].tag);
	if (intended) {
		uint32_t tag = svctag_drift_intent(drift, entry);

		if (spans[current].state == SVCTAG_DRIFT_AS_INTENDED || !svctag_drift_tag_is_known(drift, tag))
			return false;
		ret->tag = svctag_drift_tag_name(drift, tag);
	}
	for (size_t i = current; i-- > 0;) {
		const char *before = service_of(drift, &spans[i]);

		if (intended ? spans[i].state != SVCTAG_DRIFT_AS_INTENDED : before == NULL)
			continue;
		if (!intended)
			ret->tag = before;
		ret->last = svctag_catalogue_release(svctag_drift_catalogue(drift), svctag_drift_cloud(drift),
						     spans[i].until - 1);
		return intended || service == NULL || !same_service(before, service);
	}
	return intended;
}

static const char *
fix_text(struct lint *lint, const struct list_entry *entry, const char *name)
{
	uint32_t tag;
	bool exists = svctag_index_find_tag(lint->index, name, strlen(name), &tag) == SVCTAG_OK;

	if (entry->rule->kind == LIST_KIND_STORAGE || !exists ||
	    svctag_tag_usable(lint->index, tag, lint_target(lint, entry->rule)) != SVCTAG_USABLE_YES)
		return "Take it out.";
	return lint_text(lint, "Take it out; write %s, if the service is still meant.",
			 svctag_index_tag_name(lint->index, tag));
}

static void
tell(struct lint *lint, size_t i, const struct fall *fall)
{
	const struct list_entry *entry = &lint->list->entries[i];
	enum lint_severity severity = fall->moved ? LINT_NOTE : LINT_WARNING;
	char text[SVCTAG_RANGE_TEXT_SIZE], when[120];

	if (!lint_is_on(lint, LINT_STALE_ADDRESS))
		return;
	lint->told[i] = true;
	if (!lint_begin(lint, LINT_STALE_ADDRESS, severity))
		return;
	(void)list_entry_format(entry, text);
	if (fall->last != NULL)
		(void)snprintf(when, sizeof(when), "last in %lld (%s)", (long long)fall->last->change_number,
			       fall->last->published);
	else
		(void)snprintf(when, sizeof(when), "in no loaded release so far");
	lint_add(lint, LINT_STALE_ADDRESS, severity, (struct lint_place){ entry->line, entry->rule }, fall->tag,
		 lint_text(lint, "%s is not in %.100s: %s; now in %.100s", text, fall->tag, when,
			   fall->now != NULL ? fall->now : "no tag"),
		 fix_text(lint, entry, fall->tag));
}

static const char *
intent_of(const struct lint *lint, const struct list_entry *entry)
{
	return entry->intent != NULL ? entry->intent : lint->options->intent;
}

static svctag_error
follow(struct lint *lint, svctag_drift **ret, svctag_detail *detail)
{
	const struct list *list = lint->list;
	const struct lint_options *options = lint->options;
	svctag_drift_entry *entries = calloc(list->entry_count, sizeof(*entries));
	svctag_error err;

	if (entries == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < list->entry_count; i++)
		entries[i] = (svctag_drift_entry){ list->entries[i].range, intent_of(lint, &list->entries[i]) };
	err = svctag_drift_of_list(options->store, svctag_snapshot_info(lint->snapshot)->cloud, entries,
				   list->entry_count, options->progress, options->context, ret, detail);
	free(entries);
	return err;
}

void
lint_stale(struct lint *lint, svctag_detail *detail)
{
	svctag_drift *drift = NULL;
	size_t now;

	if (lint->options->store == NULL || lint->list->entry_count == 0 || lint->error != SVCTAG_OK ||
	    !lint_is_on(lint, LINT_STALE_ADDRESS))
		return;
	lint->error = follow(lint, &drift, detail);
	if (lint->error != SVCTAG_OK)
		return;
	now = release_number(lint, drift);
	for (size_t i = 0; i < lint->list->entry_count && lint_goes_on(lint, i, lint->list->entry_count); i++) {
		const struct list_entry *entry = &lint->list->entries[i];
		struct fall fall;

		if (lint_is_own(entry->rule) && has_fallen(drift, i, intent_of(lint, entry) != NULL, now, &fall))
			tell(lint, i, &fall);
	}
	svctag_drift_free(drift);
}
