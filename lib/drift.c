/*
 * A list against the history of a cloud. Everything comes from the coverages
 * of the tags (coverage.h): an entry's timeline from those that contain it,
 * and the share of a tag that the list covers from the sums of how much of
 * each coverage is in the list, which changes only where the tag does.
 */
#include <svctag/drift.h>

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "drift_internal.h"
#include "text.h"

/** How often the caller hears of progress, in entries. */
#define PROGRESS_STEP 1024

/** What holds an entry in one release; tags by their rank, NO_RANK for none. */
struct holders {
	bool intended;
	uint32_t other;
	uint32_t azure_cloud;
};

#define NO_RANK UINT32_MAX

/** A drift in the making. */
struct drifting {
	svctag_drift *drift;
	struct coverage_list list;
	struct coverage_index index;
	struct coverage_hits hits;
	struct holders *holders; /**< by release */
	uint32_t *rank;          /**< by tag: 0 for the fewest addresses when it last had any */
	uint32_t *by_rank;
	svctag_count *first_size; /**< by tag: addresses in the first release, both families together */
	bool *is_azure_cloud;     /**< by tag */
	size_t span_capacity;
	svctag_drift_progress progress;
	void *context;
	size_t steps;
};

static svctag_error
report_progress(const struct drifting *drifting, size_t done)
{
	if (drifting->progress == NULL || drifting->progress(drifting->context, done, drifting->steps))
		return SVCTAG_OK;
	return SVCTAG_E_LIMIT;
}

/** A tag's addresses when it last had any. */
struct tag_size {
	uint32_t tag;
	svctag_count size;
	const char *name;
};

static int
compare_sizes(const void *a, const void *b)
{
	const struct tag_size *x = a;
	const struct tag_size *y = b;
	int order = svctag_count_compare(x->size, y->size);

	return order != 0 ? order : strcmp(x->name, y->name);
}

/* The tag's coverages are those of the list from `begin` on. */
static svctag_count
size_in(const struct coverage_list *list, size_t begin, uint32_t release)
{
	svctag_count size = { 0 };
	size_t i;

	for (i = begin; i < list->count; i++)
		if (list->items[i].from <= release && release < list->items[i].until)
			size = svctag_count_add(size, coverage_size(&list->items[i]));
	return size;
}

static uint32_t
last_release_of(const struct coverage_list *list, size_t begin)
{
	uint32_t until = 1;
	size_t i;

	for (i = begin; i < list->count; i++)
		if (list->items[i].until > until)
			until = list->items[i].until;
	return until - 1;
}

static svctag_error
cover_tag(struct drifting *drifting, size_t tag, struct tag_size *ret)
{
	const struct timeline *timeline = drifting->drift->timeline;
	size_t begin = drifting->list.count;
	svctag_error err = coverage_of_tag(timeline, tag, &drifting->list);

	if (err != SVCTAG_OK)
		return err;
	ret->tag = (uint32_t)tag;
	ret->name = timeline->tags[tag].name;
	ret->size = size_in(&drifting->list, begin, last_release_of(&drifting->list, begin));
	drifting->first_size[tag] = size_in(&drifting->list, begin, 0);
	drifting->is_azure_cloud[tag] = is_azure_cloud(ret->name);
	return report_progress(drifting, tag + 1);
}

/* The coverages of all tags, the index over them, and the ranks. */
static svctag_error
cover_cloud(struct drifting *drifting)
{
	size_t tags = drifting->drift->timeline->tag_count;
	struct tag_size *sizes = calloc(tags + 1, sizeof(*sizes));
	svctag_error err = sizes == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	size_t i;

	drifting->rank = calloc(tags + 1, sizeof(*drifting->rank));
	drifting->by_rank = calloc(tags + 1, sizeof(*drifting->by_rank));
	drifting->first_size = calloc(tags + 1, sizeof(*drifting->first_size));
	drifting->is_azure_cloud = calloc(tags + 1, sizeof(*drifting->is_azure_cloud));
	if (drifting->rank == NULL || drifting->by_rank == NULL || drifting->first_size == NULL ||
	    drifting->is_azure_cloud == NULL)
		err = SVCTAG_E_NO_MEMORY;
	for (i = 0; err == SVCTAG_OK && i < tags; i++)
		err = cover_tag(drifting, i, &sizes[i]);
	if (err == SVCTAG_OK) {
		if (tags > 1)
			qsort(sizes, tags, sizeof(*sizes), compare_sizes);
		for (i = 0; i < tags; i++) {
			drifting->rank[sizes[i].tag] = (uint32_t)i;
			drifting->by_rank[i] = sizes[i].tag;
		}
		err = coverage_index_make(&drifting->list, &drifting->index);
	}
	free(sizes);
	return err;
}

/* The narrowest tag that held the entry in the first release. */
static uint32_t
first_home(const struct drifting *drifting)
{
	uint32_t best = SVCTAG_DRIFT_NO_TAG;
	size_t i;

	for (i = 0; i < drifting->hits.count; i++) {
		uint32_t tag = drifting->hits.items[i]->tag;
		int order;

		if (drifting->hits.items[i]->from > 0)
			continue;
		order = best == SVCTAG_DRIFT_NO_TAG
				? -1
				: svctag_count_compare(drifting->first_size[tag], drifting->first_size[best]);
		if (order < 0 || (order == 0 && strcmp(drifting->drift->timeline->tags[tag].name,
						       drifting->drift->timeline->tags[best].name) < 0))
			best = tag;
	}
	return best;
}

static void
spread_hits(const struct drifting *drifting, uint32_t intent)
{
	uint32_t releases = drifting->drift->timeline->release_count;
	size_t i;
	uint32_t r;

	for (r = 0; r < releases; r++)
		drifting->holders[r] = (struct holders){ false, NO_RANK, NO_RANK };
	for (i = 0; i < drifting->hits.count; i++) {
		const struct coverage *hit = drifting->hits.items[i];
		uint32_t rank = drifting->rank[hit->tag];

		for (r = hit->from; r < hit->until; r++) {
			struct holders *holders = &drifting->holders[r];
			uint32_t *best = drifting->is_azure_cloud[hit->tag] ? &holders->azure_cloud : &holders->other;

			holders->intended = holders->intended || hit->tag == intent;
			if (rank < *best)
				*best = rank;
		}
	}
}

/* What the holders mean, as a span of just this release. */
static svctag_drift_span
judge(const struct drifting *drifting, uint32_t release, uint32_t intent)
{
	const struct holders *holders = &drifting->holders[release];
	svctag_drift_span span = { release, release + 1, SVCTAG_DRIFT_NONE, SVCTAG_DRIFT_NO_TAG };

	if (holders->intended) {
		span.state = SVCTAG_DRIFT_AS_INTENDED;
		span.tag = intent;
	} else if (holders->other != NO_RANK) {
		span.state = SVCTAG_DRIFT_OTHER_TAG;
		span.tag = drifting->by_rank[holders->other];
	} else if (holders->azure_cloud != NO_RANK) {
		span.state = SVCTAG_DRIFT_ONLY_AZURECLOUD;
		span.tag = drifting->by_rank[holders->azure_cloud];
	}
	return span;
}

static void
note_break(svctag_drift *drift, size_t entry, const svctag_drift_span *span, uint32_t intent)
{
	svctag_drift_break *first = &drift->first_break;

	if (drift->broken && first->release < span->first)
		return;
	if (drift->broken && first->release == span->first) {
		first->count++; /* entries come in order: the first one is there already */
		return;
	}
	*first = (svctag_drift_break){ span->first, entry, 1, intent, span->tag, span->state };
	drift->broken = true;
}

static svctag_error
add_span(struct drifting *drifting, const svctag_drift_span *span)
{
	svctag_drift *drift = drifting->drift;

	if (drift->span_count == drifting->span_capacity) {
		size_t bigger = drifting->span_capacity + drifting->span_capacity / 2 + 1024;
		svctag_drift_span *spans = reallocarray(drift->spans, bigger, sizeof(*spans));

		if (spans == NULL)
			return SVCTAG_E_NO_MEMORY;
		drift->spans = spans;
		drifting->span_capacity = bigger;
	}
	drift->spans[drift->span_count++] = *span;
	return SVCTAG_OK;
}

/* Count the states of all releases and put the runs of equal ones together. */
static svctag_error
write_timeline(struct drifting *drifting, size_t entry, uint32_t intent)
{
	svctag_drift *drift = drifting->drift;
	svctag_drift_span run = judge(drifting, 0, intent);
	svctag_error err = SVCTAG_OK;
	uint32_t r;

	drift->states[0][run.state]++;
	for (r = 1; err == SVCTAG_OK && r < drift->timeline->release_count; r++) {
		svctag_drift_span next = judge(drifting, r, intent);

		drift->states[r][next.state]++;
		if (next.state == run.state && next.tag == run.tag) {
			run.until = r + 1;
			continue;
		}
		if (run.state == SVCTAG_DRIFT_AS_INTENDED)
			note_break(drift, entry, &next, intent);
		err = add_span(drifting, &run);
		run = next;
	}
	if (intent != SVCTAG_DRIFT_NO_TAG && run.state != SVCTAG_DRIFT_AS_INTENDED)
		drift->drifted = true;
	return err == SVCTAG_OK ? add_span(drifting, &run) : err;
}

static svctag_error
follow_entry(struct drifting *drifting, const svctag_drift_entry *entry, size_t i)
{
	svctag_drift *drift = drifting->drift;
	uint32_t *intent = &drift->entries[i].intent;
	svctag_error err = coverage_index_find(&drifting->index, &entry->range, &drifting->hits);

	if (err != SVCTAG_OK)
		return err;
	if (entry->intent == NULL)
		*intent = first_home(drifting);
	drift->entries[i].first_span = drift->span_count;
	spread_hits(drifting, *intent);
	err = write_timeline(drifting, i, *intent);
	drift->entries[i].span_count = drift->span_count - drift->entries[i].first_span;
	if (err == SVCTAG_OK && (i + 1) % PROGRESS_STEP == 0)
		err = report_progress(drifting, drift->timeline->tag_count + i + 1);
	return err;
}

static svctag_error
follow_entries(struct drifting *drifting, const svctag_drift_entry *entries)
{
	svctag_drift *drift = drifting->drift;
	svctag_error err = SVCTAG_OK;
	size_t i;

	drifting->holders = calloc((size_t)drift->timeline->release_count + 1, sizeof(*drifting->holders));
	if (drifting->holders == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; err == SVCTAG_OK && i < drift->entry_count; i++)
		err = follow_entry(drifting, &entries[i], i);
	return err;
}

/* An intent as written, and whose it is. */
struct named {
	const char *intent;
	size_t entry;
};

static int
compare_named(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;
	int order = ascii_casecmp(x->intent, y->intent);

	return order != 0 ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

/* A number for a name that no release knows: past those of the tags. */
static svctag_error
number_unknown(svctag_drift *drift, const char *name, uint32_t *ret)
{
	char **names = reallocarray(drift->unknown, drift->unknown_count + 1, sizeof(*names));

	if (names == NULL)
		return SVCTAG_E_NO_MEMORY;
	drift->unknown = names;
	names[drift->unknown_count] = strdup(name);
	if (names[drift->unknown_count] == NULL)
		return SVCTAG_E_NO_MEMORY;
	*ret = (uint32_t)(drift->timeline->tag_count + drift->unknown_count++);
	return SVCTAG_OK;
}

static svctag_error
number_intents(svctag_drift *drift, struct named *named, size_t count)
{
	uint32_t number = SVCTAG_DRIFT_NO_TAG;
	svctag_error err = SVCTAG_OK;
	size_t i;

	if (count > 1)
		qsort(named, count, sizeof(*named), compare_named);
	for (i = 0; err == SVCTAG_OK && i < count; i++) {
		if (i == 0 || ascii_casecmp(named[i - 1].intent, named[i].intent) != 0) {
			number = (uint32_t)timeline_find_tag(drift->timeline, named[i].intent);
			if (number == drift->timeline->tag_count)
				err = number_unknown(drift, named[i].intent, &number);
		}
		drift->entries[named[i].entry].intent = number;
	}
	return err;
}

/* The tags that the entries name themselves. */
static svctag_error
take_intents(svctag_drift *drift, const svctag_drift_entry *entries)
{
	struct named *named = calloc(drift->entry_count + 1, sizeof(*named));
	size_t count = 0;
	svctag_error err;
	size_t i;

	if (named == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < drift->entry_count; i++) {
		drift->entries[i].intent = SVCTAG_DRIFT_NO_TAG;
		if (entries[i].intent != NULL)
			named[count++] = (struct named){ entries[i].intent, i };
	}
	err = number_intents(drift, named, count);
	free(named);
	return err;
}

static svctag_error
drift_new(struct timeline *timeline, size_t entries, svctag_drift **ret)
{
	svctag_drift *drift = calloc(1, sizeof(*drift));

	if (drift == NULL) {
		timeline_free(timeline);
		return SVCTAG_E_NO_MEMORY;
	}
	drift->timeline = timeline;
	drift->entry_count = entries;
	drift->entries = calloc(entries + 1, sizeof(*drift->entries));
	drift->states = calloc((size_t)timeline->release_count + 1, sizeof(*drift->states));
	*ret = drift;
	return drift->entries != NULL && drift->states != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
}

static svctag_error
follow_list(struct drifting *drifting, const svctag_drift_entry *entries)
{
	svctag_drift *drift = drifting->drift;
	svctag_error err;

	drifting->steps = drift->timeline->tag_count + drift->entry_count;
	err = take_intents(drift, entries);
	if (err == SVCTAG_OK)
		err = cover_cloud(drifting);
	if (err == SVCTAG_OK)
		err = follow_entries(drifting, entries);
	if (err == SVCTAG_OK)
		err = drift_measure_list(drift, entries, &drifting->list);
	if (err == SVCTAG_OK)
		err = report_progress(drifting, drifting->steps);
	return err;
}

static void
drifting_release(struct drifting *drifting)
{
	coverage_index_release(&drifting->index);
	free(drifting->list.items);
	free(drifting->hits.items);
	free(drifting->holders);
	free(drifting->rank);
	free(drifting->by_rank);
	free(drifting->first_size);
	free(drifting->is_azure_cloud);
}

svctag_error
svctag_drift_of_list(svctag_store *store, const char *cloud, const svctag_drift_entry *entries, size_t count,
		     svctag_drift_progress progress, void *context, svctag_drift **ret, svctag_detail *detail)
{
	struct drifting drifting = { .progress = progress, .context = context };
	struct timeline *timeline = NULL;
	svctag_error err;

	if (count > SVCTAG_DRIFT_MAX_ENTRIES) {
		svctag_detail_set(detail, "the list has %zu entries; %d at most are followed", count,
				  SVCTAG_DRIFT_MAX_ENTRIES);
		return SVCTAG_E_LIMIT;
	}
	err = timeline_load(store, cloud, NULL, &timeline, detail);
	if (err == SVCTAG_OK)
		err = drift_new(timeline, count, &drifting.drift);
	if (err == SVCTAG_OK)
		err = follow_list(&drifting, entries);
	drifting_release(&drifting);
	if (err != SVCTAG_OK) {
		svctag_drift_free(drifting.drift);
		return err;
	}
	if (drifting.drift->broken)
		drifting.drift->drifted = true;
	*ret = drifting.drift;
	return SVCTAG_OK;
}

/* The prefixes of the tag at the release as a set. */
static svctag_error
copy_tag(svctag_drift *drift, const char *tag, const char *reference, svctag_set **ret, svctag_detail *detail)
{
	const struct timeline *timeline = drift->timeline;
	svctag_prefix *prefixes = NULL;
	bool present = false;
	uint32_t release = 0;
	size_t count = 0;
	size_t i;
	svctag_error err;

	err = svctag_catalogue_resolve(timeline->catalogue, timeline->cloud, reference, &drift->frozen, detail);
	if (err != SVCTAG_OK)
		return err;
	while (timeline_release(timeline, release) != drift->frozen)
		release++;
	for (i = 0; i < timeline->presence_count; i++)
		present = present || (timeline->presences[i].from <= release && release < timeline->presences[i].until);
	if (!present) {
		svctag_detail_set(detail, "release %lld of cloud %s (%s) has no tag \"%.100s\"",
				  (long long)drift->frozen->change_number, drift->frozen->cloud,
				  drift->frozen->published, tag);
		return SVCTAG_E_NOT_FOUND;
	}
	err = timeline_prefixes_at(timeline, 0, release, &prefixes, &count);
	if (err == SVCTAG_OK)
		err = svctag_set_of_prefixes(prefixes, count, ret);
	free(prefixes);
	return err;
}

svctag_error
svctag_drift_of_copy(svctag_store *store, const char *cloud, const char *tag, const char *reference, svctag_drift **ret,
		     svctag_detail *detail)
{
	struct coverage_list list = { 0 };
	struct timeline *timeline = NULL;
	svctag_drift *drift = NULL;
	svctag_set *copy = NULL;
	svctag_error err;

	err = timeline_load(store, cloud, tag, &timeline, detail);
	if (err == SVCTAG_OK)
		err = drift_new(timeline, 0, &drift);
	if (err == SVCTAG_OK)
		err = copy_tag(drift, tag, reference, &copy, detail);
	if (err == SVCTAG_OK)
		err = coverage_of_tag(timeline, 0, &list);
	if (err == SVCTAG_OK)
		err = drift_measure_copy(drift, copy, &list);
	svctag_set_free(copy);
	free(list.items);
	if (err != SVCTAG_OK) {
		svctag_drift_free(drift);
		return err;
	}
	*ret = drift;
	return SVCTAG_OK;
}
