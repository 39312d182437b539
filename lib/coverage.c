#include "coverage.h"

#include <stdlib.h>

#include "bits.h"

/** The ranges of one release, with the release since when each is just so. */
struct merged {
	struct coverage *items;
	size_t count;
};

static svctag_error
list_reserve(struct coverage_list *list, size_t more)
{
	size_t bigger = list->count + list->count / 2 + more + 64;
	struct coverage *items;

	if (list->count + more <= list->capacity)
		return SVCTAG_OK;
	items = reallocarray(list->items, bigger, sizeof(*items));
	if (items == NULL)
		return SVCTAG_E_NO_MEMORY;
	list->items = items;
	list->capacity = bigger;
	return SVCTAG_OK;
}

/* Prefixes come in order and nest or are disjoint: they only ever add to the last range. */
static void
merge_prefix(struct merged *merged, const struct timeline_span *span, uint32_t release)
{
	svctag_u128 first = prefix_first(&span->prefix);
	svctag_u128 last = prefix_last(&span->prefix);
	struct coverage *end = merged->count > 0 ? &merged->items[merged->count - 1] : NULL;

	if (end != NULL && end->family == span->prefix.family && first <= end->last)
		return; /* inside it */
	if (end != NULL && end->family == span->prefix.family && first - end->last == 1) {
		end->last = last;
		return;
	}
	merged->items[merged->count++] = (struct coverage){
		.first = first,
		.last = last,
		.tag = span->tag,
		.from = release,
		.family = span->prefix.family,
	};
}

static void
merge_release(const struct timeline *timeline, size_t tag, uint32_t release, struct merged *ret)
{
	const struct timeline_tag *it = &timeline->tags[tag];
	size_t i;

	ret->count = 0;
	for (i = 0; i < it->span_count; i++) {
		const struct timeline_span *span = &timeline->spans[it->first_span + i];

		if (span->from <= release && release < span->until)
			merge_prefix(ret, span, release);
	}
}

static int
compare_places(const struct coverage *a, const struct coverage *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return (a->first > b->first) - (a->first < b->first);
}

static void
close_coverage(struct coverage_list *list, const struct coverage *coverage, uint32_t until)
{
	list->items[list->count] = *coverage;
	list->items[list->count++].until = until;
}

/* From one state to the next: equal ranges go on, the others end and begin. */
static svctag_error
step(const struct merged *before, struct merged *after, uint32_t release, struct coverage_list *list)
{
	svctag_error err = list_reserve(list, before->count);
	size_t i = 0;
	size_t j = 0;

	if (err != SVCTAG_OK)
		return err;
	while (i < before->count) {
		int order = j == after->count ? -1 : compare_places(&before->items[i], &after->items[j]);

		if (order > 0) {
			j++;
		} else if (order == 0 && before->items[i].last == after->items[j].last) {
			after->items[j++].from = before->items[i++].from;
		} else {
			close_coverage(list, &before->items[i++], release);
			j += order == 0;
		}
	}
	return SVCTAG_OK;
}

static void
mark_changes(const struct timeline *timeline, size_t tag, bool *changed)
{
	const struct timeline_tag *it = &timeline->tags[tag];
	size_t i;

	for (i = 0; i < it->span_count; i++) {
		changed[timeline->spans[it->first_span + i].from] = true;
		changed[timeline->spans[it->first_span + i].until] = true;
	}
	changed[timeline->release_count] = true; /* whatever is there then ends there */
}

svctag_error
coverage_of_tag(const struct timeline *timeline, size_t tag, struct coverage_list *list)
{
	size_t most = timeline->tags[tag].span_count + 1;
	bool *changed = calloc((size_t)timeline->release_count + 1, sizeof(*changed));
	struct merged states[2] = { { calloc(most, sizeof(struct coverage)), 0 },
				    { calloc(most, sizeof(struct coverage)), 0 } };
	struct merged *before = &states[0];
	svctag_error err = SVCTAG_OK;
	uint32_t r;

	if (changed == NULL || states[0].items == NULL || states[1].items == NULL)
		err = SVCTAG_E_NO_MEMORY;
	else
		mark_changes(timeline, tag, changed);
	for (r = 0; err == SVCTAG_OK && r <= timeline->release_count; r++) {
		struct merged *after = before == &states[0] ? &states[1] : &states[0];

		if (!changed[r])
			continue;
		after->count = 0;
		if (r < timeline->release_count)
			merge_release(timeline, tag, r, after);
		err = step(before, after, r, list);
		before = after;
	}
	free(states[0].items);
	free(states[1].items);
	free(changed);
	return err;
}

static svctag_count
count_between(svctag_u128 first, svctag_u128 last)
{
	return svctag_count_add(svctag_count_of(last - first), svctag_count_of(1));
}

svctag_count
coverage_size(const struct coverage *coverage)
{
	return count_between(coverage->first, coverage->last);
}

static int
compare_items(const void *a, const void *b)
{
	return compare_places(a, b);
}

svctag_error
coverage_index_make(const struct coverage_list *list, struct coverage_index *ret)
{
	struct coverage_index index = { .items = list->items, .leaves = 1 };
	size_t i;

	while (index.leaves < list->count)
		index.leaves *= 2;
	index.greatest = calloc(index.leaves * 2, sizeof(*index.greatest));
	if (index.greatest == NULL)
		return SVCTAG_E_NO_MEMORY;
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), compare_items);
	for (i = 0; i < list->count && list->items[i].family == SVCTAG_IPV4; i++)
		continue;
	index.end[0] = index.begin[1] = i;
	index.end[1] = list->count;
	for (i = 0; i < list->count; i++)
		index.greatest[index.leaves + i] = list->items[i].last;
	for (i = index.leaves - 1; i > 0; i--) {
		svctag_u128 left = index.greatest[2 * i];
		svctag_u128 right = index.greatest[2 * i + 1];

		index.greatest[i] = left > right ? left : right;
	}
	*ret = index;
	return SVCTAG_OK;
}

void
coverage_index_release(struct coverage_index *index)
{
	free(index->greatest);
	index->greatest = NULL;
}

static svctag_error
add_hit(struct coverage_hits *hits, const struct coverage *item)
{
	if (hits->count == hits->capacity) {
		size_t bigger = hits->capacity * 2 + 64;
		const struct coverage **items = reallocarray(hits->items, bigger, sizeof(*items));

		if (items == NULL)
			return SVCTAG_E_NO_MEMORY;
		hits->items = items;
		hits->capacity = bigger;
	}
	hits->items[hits->count++] = item;
	return SVCTAG_OK;
}

/** The part of the items that begins early enough, and how far it has to reach. */
struct wanted {
	size_t begin, end;
	svctag_u128 last;
};

/* Below a node for the leaves [low, low + width): as deep as the tree, 40 levels at the very most. */
static svctag_error
visit(const struct coverage_index *index, const struct wanted *wanted, size_t node, size_t low, size_t width,
      struct coverage_hits *hits)
{
	svctag_error err;

	if (low >= wanted->end || low + width <= wanted->begin || index->greatest[node] < wanted->last)
		return SVCTAG_OK;
	if (width == 1)
		return add_hit(hits, &index->items[low]);
	err = visit(index, wanted, 2 * node, low, width / 2, hits);
	if (err == SVCTAG_OK)
		err = visit(index, wanted, 2 * node + 1, low + width / 2, width / 2, hits);
	return err;
}

svctag_error
coverage_index_find(const struct coverage_index *index, const svctag_range *range, struct coverage_hits *hits)
{
	int family = SVCTAG_FAMILY_INDEX(range->first.family);
	svctag_u128 first = address_value(&range->first);
	size_t low = index->begin[family];
	size_t high = index->end[family];
	struct wanted wanted = { .begin = low, .last = address_value(&range->last) };

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->items[middle].first <= first)
			low = middle + 1;
		else
			high = middle;
	}
	wanted.end = low;
	hits->count = 0;
	return visit(index, &wanted, 1, 0, index->leaves, hits);
}

svctag_error
measure_make(const svctag_set *set, struct measure *ret)
{
	size_t count = svctag_set_range_count(set);
	svctag_count *before = calloc(count + 1, sizeof(*before));
	size_t i;

	if (before == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 1; i < count; i++) {
		const svctag_range *range = svctag_set_range(set, i - 1);

		/* Each family counts from nothing. */
		if (range->first.family == svctag_set_range(set, i)->first.family)
			before[i] = svctag_count_add(before[i - 1], svctag_count_of_range(range));
	}
	ret->set = set;
	ret->before = before;
	return SVCTAG_OK;
}

/* How many addresses of the set are not after this one of its family? */
static svctag_count
measure_up_to(const struct measure *measure, uint8_t family, svctag_u128 value)
{
	svctag_address address = address_of_value(family, value);
	size_t low = 0;
	size_t high = svctag_set_range_count(measure->set);
	const svctag_range *range;
	svctag_u128 last;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (svctag_address_compare(&svctag_set_range(measure->set, middle)->first, &address) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return svctag_count_of(0);
	range = svctag_set_range(measure->set, low - 1);
	if (range->first.family != family)
		return svctag_count_of(0);
	last = address_value(&range->last);
	return svctag_count_add(measure->before[low - 1],
				count_between(address_value(&range->first), last < value ? last : value));
}

svctag_count
measure_common(const struct measure *measure, const struct coverage *coverage)
{
	svctag_count before = { 0 };

	if (coverage->first > 0)
		before = measure_up_to(measure, coverage->family, coverage->first - 1);
	return svctag_count_subtract(measure_up_to(measure, coverage->family, coverage->last), before);
}
