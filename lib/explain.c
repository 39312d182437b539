#include <svctag/explain.h>

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "text.h"
#include "timeline.h"

struct svctag_explainer {
	struct timeline *timeline;
	const struct timeline_span **order; /* all spans by prefix */
};

static int
compare_spans(const void *a, const void *b)
{
	return svctag_prefix_compare(&(*(const struct timeline_span *const *)a)->prefix,
				     &(*(const struct timeline_span *const *)b)->prefix);
}

static svctag_error
order_spans(svctag_explainer *explainer)
{
	const struct timeline *timeline = explainer->timeline;

	explainer->order = calloc(timeline->span_count + 1, sizeof(*explainer->order));
	if (explainer->order == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < timeline->span_count; i++)
		explainer->order[i] = &timeline->spans[i];
	if (timeline->span_count > 1)
		qsort(explainer->order, timeline->span_count, sizeof(*explainer->order), compare_spans);
	return SVCTAG_OK;
}

svctag_error
svctag_explainer_new(svctag_store *store, const char *cloud, svctag_explainer **ret, svctag_detail *detail)
{
	svctag_explainer *explainer = calloc(1, sizeof(*explainer));
	svctag_error err;

	if (explainer == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = timeline_load(store, cloud, NULL, &explainer->timeline, detail);
	if (err == SVCTAG_OK)
		err = order_spans(explainer);
	if (err != SVCTAG_OK) {
		svctag_explainer_free(explainer);
		return err;
	}
	*ret = explainer;
	return SVCTAG_OK;
}

void
svctag_explainer_free(svctag_explainer *explainer)
{
	if (explainer == NULL)
		return;
	timeline_free(explainer->timeline);
	free(explainer->order);
	free(explainer);
}

/** One explanation in the making. */
struct explaining {
	const svctag_explainer *explainer;
	const struct timeline *timeline;
	const svctag_snapshot *snapshot;
	const svctag_index *index;
	const svctag_query *query;
	svctag_lookup_result result;      /**< of the query, then of its neighbours */
	bool *holds;                      /**< by the timeline's tags: has addresses of the query now */
	bool *held;                       /**< by the timeline's tags: had some in the last release that is told */
	const struct timeline_span **met; /**< spans that have addresses of the query, at any time */
	size_t met_count, met_capacity;
};

/* What holds the query now. */
static void
note_matches(struct explaining *it, svctag_explanation *explanation)
{
	bool only = it->result.match_count > 0;

	for (size_t i = 0; i < it->result.match_count; i++) {
		const char *name = svctag_index_tag_name(it->index, it->result.matches[i].tag);
		size_t tag = timeline_find_tag(it->timeline, name);

		only = only && is_azure_cloud(name);
		if (tag < it->timeline->tag_count)
			it->holds[tag] = true;
	}
	explanation->only_azure_cloud = only;
}

/* The number of the snapshot's release; past all if it has been forgotten meanwhile. */
static uint32_t
number_of(const struct explaining *it)
{
	const svctag_release_info *asked = svctag_snapshot_info(it->snapshot);
	uint32_t i = 0;

	while (i < it->timeline->release_count && timeline_release(it->timeline, i)->id != asked->id)
		i++;
	return i;
}

/* The first place in the order that is not before the prefix. */
static size_t
seek(const svctag_explainer *explainer, const svctag_prefix *prefix)
{
	size_t low = 0;
	size_t high = explainer->timeline->span_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (svctag_prefix_compare(&explainer->order[middle]->prefix, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static svctag_error
meet(struct explaining *it, const struct timeline_span *span)
{
	if (it->met_count == it->met_capacity) {
		size_t bigger = it->met_capacity * 2 + 64;
		const struct timeline_span **met = reallocarray(it->met, bigger, sizeof(*met));

		if (met == NULL)
			return SVCTAG_E_NO_MEMORY;
		it->met = met;
		it->met_capacity = bigger;
	}
	it->met[it->met_count++] = span;
	return SVCTAG_OK;
}

/* Prefixes that hold the query's first address, one for each length, and those that begin inside it later. */
static svctag_error
meet_spans(struct explaining *it)
{
	const svctag_explainer *explainer = it->explainer;
	const svctag_range *range = &it->query->range;
	size_t count = explainer->timeline->span_count;
	svctag_address next = range->first;
	svctag_prefix prefix;
	svctag_error err = SVCTAG_OK;
	size_t i;

	for (unsigned int length = 0; length <= SVCTAG_FAMILY_BITS(range->first.family); length++) {
		prefix = svctag_prefix_make(&range->first, length);
		for (i = seek(explainer, &prefix); err == SVCTAG_OK && i < count; i++) {
			if (svctag_prefix_compare(&explainer->order[i]->prefix, &prefix) != 0)
				break;
			err = meet(it, explainer->order[i]);
		}
	}
	if (!svctag_address_next(&next))
		return err;
	prefix = svctag_prefix_make(&next, SVCTAG_FAMILY_BITS(next.family));
	prefix.length = 0; /* before whatever begins there */
	for (i = seek(explainer, &prefix); err == SVCTAG_OK && i < count; i++) {
		const svctag_prefix *later = &explainer->order[i]->prefix;

		if (later->family != next.family || prefix_first(later) > address_value(&range->last))
			break;
		err = meet(it, explainer->order[i]);
	}
	return err;
}

static svctag_error
list_held(const struct explaining *it, size_t count, svctag_name_list *ret)
{
	const char **names = calloc(count + 1, sizeof(*names));

	if (names == NULL)
		return SVCTAG_E_NO_MEMORY;
	ret->names = names;
	ret->count = 0;
	for (size_t i = 0; i < it->timeline->tag_count; i++)
		if (it->held[i])
			names[ret->count++] = it->timeline->tags[i].name;
	return SVCTAG_OK;
}

/* The last release before the one asked in which another tag than now had some of it. */
static svctag_error
find_last_held(struct explaining *it, svctag_explanation *explanation)
{
	uint32_t asked = number_of(it);
	uint32_t until = 0; /* the release after the last one found */
	size_t count = 0;
	size_t i;

	for (i = 0; i < it->met_count; i++) {
		const struct timeline_span *span = it->met[i];
		uint32_t end = span->until < asked ? span->until : asked;

		if (span->from < asked && end > until && !it->holds[span->tag])
			until = end;
	}
	if (until == 0)
		return SVCTAG_OK;
	for (i = 0; i < it->met_count; i++) {
		const struct timeline_span *span = it->met[i];

		if (span->from < until && span->until >= until && !it->holds[span->tag] && !it->held[span->tag]) {
			it->held[span->tag] = true;
			count++;
		}
	}
	explanation->last_held = timeline_release(it->timeline, until - 1);
	return list_held(it, count, &explanation->last_tags);
}

/* What holds the neighbouring address. */
static svctag_error
describe(struct explaining *it, const svctag_address *address, svctag_u128 distance, svctag_neighbour *ret)
{
	svctag_query query = { .kind = SVCTAG_QUERY_ADDRESS, .range = { *address, *address } };
	svctag_error err = svctag_lookup(it->snapshot, &query, &it->result);

	if (err != SVCTAG_OK)
		return err;
	ret->tags.names = calloc(it->result.match_count + 1, sizeof(*ret->tags.names));
	if (ret->tags.names == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < it->result.match_count; i++)
		ret->tags.names[ret->tags.count++] = svctag_index_tag_name(it->index, it->result.matches[i].tag);
	ret->prefix = svctag_index_prefix(it->index, svctag_index_lookup(it->index, address));
	ret->distance = svctag_count_of(distance);
	ret->found = true;
	return SVCTAG_OK;
}

/*
 * Prefixes nest or are disjoint. Of those that begin before the query and do
 * not reach it the one that begins last ends last, or lies in one that does:
 * the outermost around it that does not reach the query either.
 */
static svctag_error
find_below(struct explaining *it, svctag_neighbour *ret)
{
	uint8_t family = it->query->range.first.family;
	svctag_u128 first = address_value(&it->query->range.first);
	size_t lowest = family == SVCTAG_IPV4 ? 0 : svctag_index_prefix_count(it->index, SVCTAG_IPV4);
	svctag_range before = { address_of_value(family, 0), it->query->range.first };
	svctag_prefix prefix = { 0 };
	svctag_address last;
	uint32_t begin;
	uint32_t end;

	if (!svctag_address_previous(&before.last))
		return SVCTAG_OK;
	svctag_index_prefixes_in(it->index, &before, &begin, &end);
	while (end > lowest) {
		prefix = svctag_index_prefix(it->index, end - 1);
		if (!svctag_prefix_holds(&prefix, &it->query->range.first))
			break;
		end--;
	}
	if (end <= lowest)
		return SVCTAG_OK;
	for (uint32_t id = svctag_index_parent(it->index, end - 1); id != SVCTAG_NO_PREFIX;
	     id = svctag_index_parent(it->index, id)) {
		svctag_prefix outer = svctag_index_prefix(it->index, id);

		if (svctag_prefix_holds(&outer, &it->query->range.first))
			break;
		prefix = outer;
	}
	last = address_of_value(family, prefix_last(&prefix));
	return describe(it, &last, first - prefix_last(&prefix), ret);
}

static svctag_error
find_above(struct explaining *it, svctag_neighbour *ret)
{
	uint8_t family = it->query->range.first.family;
	svctag_range after = { it->query->range.last, address_of_value(family, family_last(family)) };
	svctag_prefix prefix;
	svctag_address first;
	uint32_t begin;
	uint32_t end;

	svctag_index_prefixes_in(it->index, &after, &begin, &end);
	if (begin >= end)
		return SVCTAG_OK;
	prefix = svctag_index_prefix(it->index, begin);
	first = address_of_value(family, prefix_first(&prefix));
	return describe(it, &first, prefix_first(&prefix) - address_value(&after.first), ret);
}

svctag_error
svctag_explain(const svctag_explainer *explainer, const svctag_snapshot *snapshot, const svctag_query *query,
	       svctag_explanation *explanation)
{
	struct explaining it = {
		.explainer = explainer,
		.timeline = explainer->timeline,
		.snapshot = snapshot,
		.index = svctag_snapshot_index(snapshot),
		.query = query,
		.holds = calloc(explainer->timeline->tag_count + 1, sizeof(bool)),
		.held = calloc(explainer->timeline->tag_count + 1, sizeof(bool)),
	};
	svctag_error err = it.holds == NULL || it.held == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;

	svctag_explanation_release(explanation);
	explanation->special = svctag_special_range_find(&query->range);
	if (err == SVCTAG_OK)
		err = svctag_lookup(snapshot, query, &it.result);
	if (err == SVCTAG_OK) {
		note_matches(&it, explanation);
		err = meet_spans(&it);
	}
	if (err == SVCTAG_OK)
		err = find_last_held(&it, explanation);
	if (err == SVCTAG_OK)
		err = find_below(&it, &explanation->below);
	if (err == SVCTAG_OK)
		err = find_above(&it, &explanation->above);
	svctag_lookup_result_release(&it.result);
	free(it.holds);
	free(it.held);
	free(it.met);
	if (err != SVCTAG_OK)
		svctag_explanation_release(explanation);
	return err;
}

void
svctag_explanation_release(svctag_explanation *explanation)
{
	free(explanation->last_tags.names);
	free(explanation->below.tags.names);
	free(explanation->above.tags.names);
	memset(explanation, 0, sizeof(*explanation));
}
