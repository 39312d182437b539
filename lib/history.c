#include <svctag/history.h>

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "coverage.h"

struct svctag_history {
	struct timeline *timeline; /* owns what the entries point to */
	svctag_history_entry *entries;
	size_t count;
};

static bool
meets(const svctag_prefix *prefix, const svctag_range *range)
{
	return prefix->family == range->first.family && prefix_first(prefix) <= address_value(&range->last) &&
	       prefix_last(prefix) >= address_value(&range->first);
}

static int
compare_entries(const void *a, const void *b)
{
	const svctag_history_entry *x = a;
	const svctag_history_entry *y = b;
	int order;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	order = strcmp(x->tag, y->tag);
	return order != 0 ? order : svctag_prefix_compare(&x->prefix, &y->prefix);
}

static svctag_history_entry
entry_of(const struct timeline *timeline, const struct timeline_span *span)
{
	return (svctag_history_entry){
		.tag = timeline->names[span->name],
		.prefix = span->prefix,
		.from = timeline_release(timeline, span->from),
		.to = span->until < timeline->release_count ? timeline_release(timeline, span->until - 1) : NULL,
		.first = span->from,
		.until = span->until,
	};
}

static svctag_error
collect(svctag_history *history, const svctag_range *range)
{
	const struct timeline *timeline = history->timeline;
	size_t count = 0;
	size_t i;

	for (i = 0; i < timeline->span_count; i++)
		count += meets(&timeline->spans[i].prefix, range);
	history->entries = calloc(count + 1, sizeof(*history->entries));
	if (history->entries == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < timeline->span_count; i++)
		if (meets(&timeline->spans[i].prefix, range))
			history->entries[history->count++] = entry_of(timeline, &timeline->spans[i]);
	if (count > 1)
		qsort(history->entries, count, sizeof(*history->entries), compare_entries);
	return SVCTAG_OK;
}

svctag_error
svctag_history_of_range(svctag_store *store, const char *cloud, const svctag_range *range, svctag_history **ret,
			svctag_detail *detail)
{
	svctag_history *history = calloc(1, sizeof(*history));
	svctag_error err;

	if (history == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = timeline_load(store, cloud, NULL, &history->timeline, detail);
	if (err == SVCTAG_OK)
		err = collect(history, range);
	if (err != SVCTAG_OK) {
		svctag_history_free(history);
		return err;
	}
	/* Names and releases are still pointed to; the spans are not. */
	free(history->timeline->spans);
	history->timeline->spans = NULL;
	*ret = history;
	return SVCTAG_OK;
}

void
svctag_history_free(svctag_history *history)
{
	if (history == NULL)
		return;
	timeline_free(history->timeline);
	free(history->entries);
	free(history);
}

const svctag_catalogue *
svctag_history_catalogue(const svctag_history *history)
{
	return history->timeline->catalogue;
}

size_t
svctag_history_cloud(const svctag_history *history)
{
	return history->timeline->cloud;
}

size_t
svctag_history_count(const svctag_history *history)
{
	return history->count;
}

const svctag_history_entry *
svctag_history_at(const svctag_history *history, size_t i)
{
	return &history->entries[i];
}

struct svctag_growth {
	struct timeline *timeline;
	svctag_growth_point *points; /* one for each release, and one past them */
};

/* Each span into every release that it lasts. */
static void
sum_up(svctag_growth_point *points, const struct timeline *timeline, const struct coverage_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct coverage *c = &list->items[i];
		int family = SVCTAG_FAMILY_INDEX(c->family);

		for (uint32_t r = c->from; r < c->until; r++)
			points[r].addresses[family] = svctag_count_add(points[r].addresses[family], coverage_size(c));
	}
	for (size_t i = 0; i < timeline->span_count; i++) {
		const struct timeline_span *span = &timeline->spans[i];

		for (uint32_t r = span->from; r < span->until; r++)
			points[r].prefix_count[SVCTAG_FAMILY_INDEX(span->prefix.family)]++;
	}
	for (size_t i = 0; i < timeline->presence_count; i++)
		for (uint32_t r = timeline->presences[i].from; r < timeline->presences[i].until; r++)
			points[r].present = true;
}

static svctag_error
measure_growth(svctag_growth *growth)
{
	struct coverage_list list = { 0 };
	svctag_error err = coverage_of_tag(growth->timeline, 0, &list);

	if (err == SVCTAG_OK) {
		growth->points = calloc((size_t)growth->timeline->release_count + 1, sizeof(*growth->points));
		if (growth->points == NULL)
			err = SVCTAG_E_NO_MEMORY;
		else
			sum_up(growth->points, growth->timeline, &list);
	}
	free(list.items);
	return err;
}

svctag_error
svctag_growth_of_tag(svctag_store *store, const char *cloud, const char *tag, svctag_growth **ret,
		     svctag_detail *detail)
{
	svctag_growth *growth = calloc(1, sizeof(*growth));
	svctag_error err;

	if (growth == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = timeline_load(store, cloud, tag, &growth->timeline, detail);
	if (err == SVCTAG_OK)
		err = measure_growth(growth);
	if (err != SVCTAG_OK) {
		svctag_growth_free(growth);
		return err;
	}
	*ret = growth;
	return SVCTAG_OK;
}

void
svctag_growth_free(svctag_growth *growth)
{
	if (growth == NULL)
		return;
	timeline_free(growth->timeline);
	free(growth->points);
	free(growth);
}

const svctag_catalogue *
svctag_growth_catalogue(const svctag_growth *growth)
{
	return growth->timeline->catalogue;
}

size_t
svctag_growth_cloud(const svctag_growth *growth)
{
	return growth->timeline->cloud;
}

const char *
svctag_growth_tag(const svctag_growth *growth)
{
	return growth->timeline->tags[0].name;
}

const svctag_growth_point *
svctag_growth_at(const svctag_growth *growth, size_t i)
{
	return &growth->points[i];
}
