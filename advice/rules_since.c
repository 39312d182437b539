/* Since when the entries that are kept are in no tag that could replace them: read from the history. */
#include <stdlib.h>
#include <string.h>

#include "rules_layout.h"
#include "rules_migration.h"

/* Can an entry have been better off once? */
static bool
may_have_left(svctag_migrate_reason reason)
{
	switch (reason) {
	case SVCTAG_MIGRATE_KEPT_NO_TAG:
	case SVCTAG_MIGRATE_KEPT_PARTLY:
	case SVCTAG_MIGRATE_KEPT_BROAD:
	case SVCTAG_MIGRATE_KEPT_LEFT:
	case SVCTAG_MIGRATE_KEPT_NO_SUCH: return true;
	default: return false;
	}
}

/* Was a tag there then that could have replaced the entry, or (with an intent) the one that is meant? */
static bool
was_better(const svctag_drift *drift, const svctag_drift_span *span, svctag_migrate_reason reason)
{
	if (span->tag == SVCTAG_DRIFT_NO_TAG)
		return false;
	if (reason == SVCTAG_MIGRATE_KEPT_LEFT || reason == SVCTAG_MIGRATE_KEPT_NO_SUCH)
		return span->state == SVCTAG_DRIFT_AS_INTENDED;
	return reason != SVCTAG_MIGRATE_KEPT_BROAD ||
	       !svctag_tag_name_is_azure_cloud(svctag_drift_tag_name(drift, span->tag));
}

/* The end of the last span before the release `at` in which it was better off. */
static struct proposal_since
since_of(const svctag_drift *drift, size_t entry, size_t at, svctag_migrate_reason reason)
{
	const svctag_catalogue *catalogue = svctag_drift_catalogue(drift);
	size_t cloud = svctag_drift_cloud(drift);
	size_t count;
	const svctag_drift_span *spans = svctag_drift_timeline(drift, entry, &count);

	while (count > 0 && spans[count - 1].until > at)
		count--;
	while (count > 0 && !was_better(drift, &spans[count - 1], reason))
		count--;
	if (count == 0)
		return (struct proposal_since){ 0 };
	return (struct proposal_since){
		.tag = svctag_drift_tag_name(drift, spans[count - 1].tag),
		.release = svctag_catalogue_release(catalogue, cloud, spans[count - 1].until),
		.last = svctag_catalogue_release(catalogue, cloud, spans[count - 1].until - 1),
	};
}

/* The number of the proposal's release in the history. @return false if it is not there (any more) */
static bool
find_release(const struct proposal *proposal, const svctag_drift *drift, size_t *ret)
{
	const svctag_release_info *info = svctag_snapshot_info(proposal->snapshot);
	const svctag_catalogue *catalogue = svctag_drift_catalogue(drift);
	size_t cloud = svctag_drift_cloud(drift);

	for (size_t i = 0; i < svctag_catalogue_release_count(catalogue, cloud); i++) {
		const svctag_release_info *other = svctag_catalogue_release(catalogue, cloud, i);

		if (other->id == info->id && memcmp(other->digest, info->digest, sizeof(info->digest)) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* The entries to be asked about, and their numbers in the migration. */
static size_t
collect(const struct proposal *proposal, svctag_drift_entry *entries, size_t *numbers)
{
	size_t count = 0;

	for (size_t i = 0; i < proposal->list->entry_count; i++) {
		const struct list_entry *entry = &proposal->list->entries[i];

		if (proposal->numbers[i] == PROPOSAL_OWN_SIDE || !may_have_left(proposal_fate(proposal, i).reason))
			continue;
		entries[count].range = entry->range;
		entries[count].intent = entry->intent != NULL ? entry->intent : proposal->intent;
		numbers[count++] = proposal->numbers[i];
	}
	return count;
}

static svctag_error
look_up(struct proposal *proposal, svctag_store *store, const svctag_drift_entry *entries, const size_t *numbers,
	size_t count, svctag_migrate_progress progress, void *context, svctag_detail *detail)
{
	struct proposal_since *since;
	svctag_drift *drift = NULL;
	svctag_error err;
	size_t at = 0;
	bool found;

	err = svctag_drift_of_list(store, svctag_snapshot_info(proposal->snapshot)->cloud, entries, count, progress,
				   context, &drift, detail);
	if (err != SVCTAG_OK)
		return err;
	found = find_release(proposal, drift, &at);
	since = calloc(svctag_migration_entry_count(proposal->migration) + 1, sizeof(*since));
	if (since == NULL) {
		svctag_drift_free(drift);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; found && i < count; i++)
		since[numbers[i]] =
			since_of(drift, i, at, svctag_migration_fate(proposal->migration, numbers[i]).reason);
	svctag_drift_free(proposal->drift);
	free(proposal->since);
	proposal->drift = drift; /* the names and releases are its */
	proposal->since = since;
	return SVCTAG_OK;
}

svctag_error
proposal_find_since(struct proposal *proposal, svctag_store *store, svctag_migrate_progress progress, void *context,
		    svctag_detail *detail)
{
	svctag_drift_entry *entries = calloc(proposal->list->entry_count + 1, sizeof(*entries));
	size_t *numbers = calloc(proposal->list->entry_count + 1, sizeof(*numbers));
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (entries != NULL && numbers != NULL) {
		size_t count = collect(proposal, entries, numbers);

		err = count == 0 ? SVCTAG_OK
				 : look_up(proposal, store, entries, numbers, count, progress, context, detail);
	}
	free(entries);
	free(numbers);
	return err;
}
