/*
 * How much of a tag a list covers, release by release, and what a drift says.
 *
 * The coverages of a tag are disjoint in every release, so the addresses that
 * tag and list share are the sum, over the coverages that hold then, of how
 * many of each are in the list: a number that each adds where it begins and
 * takes away where it ends.
 */
#include <stdlib.h>
#include <string.h>

#include "drift_internal.h"
#include "text.h"

/** What changes at a release: counts are never negative, so what comes and what goes is kept apart. */
struct change {
	svctag_count tag_more[2], tag_less[2];
	svctag_count covered_more[2], covered_less[2];
};

static void
add_to(svctag_count *sum, svctag_count more)
{
	*sum = svctag_count_add(*sum, more);
}

static bool
nothing_changes(const struct change *change)
{
	for (int f = 0; f < 2; f++)
		if (!svctag_count_is_zero(change->tag_more[f]) || !svctag_count_is_zero(change->tag_less[f]))
			return false;
	return true;
}

static void
collect_changes(const struct measure *measure, const struct coverage *items, size_t count, struct change *changes)
{
	for (size_t i = 0; i < count; i++) {
		int family = SVCTAG_FAMILY_INDEX(items[i].family);
		svctag_count size = coverage_size(&items[i]);
		svctag_count common = measure_common(measure, &items[i]);

		add_to(&changes[items[i].from].tag_more[family], size);
		add_to(&changes[items[i].from].covered_more[family], common);
		add_to(&changes[items[i].until].tag_less[family], size);
		add_to(&changes[items[i].until].covered_less[family], common);
	}
}

/* A point where anything changes, and at the beginning. */
static void
sum_changes(const struct change *changes, uint32_t releases, struct drift_intended *intended)
{
	struct drift_point point = { 0 };

	for (uint32_t r = 0; r < releases; r++) {
		if (r > 0 && nothing_changes(&changes[r]))
			continue;
		for (int f = 0; f < 2; f++) {
			add_to(&point.tag[f], changes[r].tag_more[f]);
			point.tag[f] = svctag_count_subtract(point.tag[f], changes[r].tag_less[f]);
			add_to(&point.covered[f], changes[r].covered_more[f]);
			point.covered[f] = svctag_count_subtract(point.covered[f], changes[r].covered_less[f]);
		}
		point.release = r;
		intended->points[intended->point_count++] = point;
	}
}

/* Did the list cover all of the tag once, and not now? */
static bool
lost_cover(const struct drift_intended *intended)
{
	const struct drift_point *last = &intended->points[intended->point_count - 1];

	for (int f = 0; f < 2; f++) {
		bool whole = false;

		for (size_t i = 0; i < intended->point_count; i++)
			whole = whole ||
				(!svctag_count_is_zero(intended->points[i].tag[f]) &&
				 svctag_count_compare(intended->points[i].tag[f], intended->points[i].covered[f]) == 0);
		if (whole && svctag_count_compare(last->tag[f], last->covered[f]) != 0)
			return true;
	}
	return false;
}

/* Fill in what the set covers of a tag with these coverages. */
static svctag_error
measure_tag(svctag_drift *drift, const svctag_set *set, const struct coverage *items, size_t count,
	    struct drift_intended *intended)
{
	uint32_t releases = drift->timeline->release_count;
	struct change *changes = calloc((size_t)releases + 1, sizeof(*changes));
	struct measure measure = { 0 };
	struct drift_point *fitting;
	svctag_error err = SVCTAG_OK;

	intended->points = calloc(releases, sizeof(*intended->points));
	if (changes == NULL || intended->points == NULL)
		err = SVCTAG_E_NO_MEMORY;
	if (err == SVCTAG_OK)
		err = measure_make(set, &measure);
	if (err == SVCTAG_OK) {
		intended->list[0] = svctag_set_count(set, SVCTAG_IPV4);
		intended->list[1] = svctag_set_count(set, SVCTAG_IPV6);
		collect_changes(&measure, items, count, changes);
		sum_changes(changes, releases, intended);
		drift->drifted = drift->drifted || lost_cover(intended);
		fitting = reallocarray(intended->points, intended->point_count, sizeof(*fitting));
		if (fitting != NULL)
			intended->points = fitting;
	}
	free(measure.before);
	free(changes);
	return err;
}

/** An entry that is meant for a tag. */
struct meant {
	const char *name;
	uint32_t tag;
	size_t entry;
};

static int
compare_meant(const void *a, const void *b)
{
	const struct meant *x = a;
	const struct meant *y = b;
	int order = x->tag == y->tag ? 0 : ascii_casecmp(x->name, y->name);

	return order != 0 ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

static int
compare_tags(const void *a, const void *b)
{
	uint32_t x = ((const struct coverage *)a)->tag;
	uint32_t y = ((const struct coverage *)b)->tag;

	return (x > y) - (x < y);
}

/* The coverages of a tag in a list that is sorted by tag. */
static const struct coverage *
find_coverages(const struct coverage_list *list, uint32_t tag, size_t *ret_count)
{
	size_t low = 0;
	size_t high = list->count;
	size_t end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].tag < tag)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < list->count && list->items[end].tag == tag; end++)
		continue;
	*ret_count = end - low;
	return list->items + low;
}

/* The entries of one tag, which are neighbours. */
static svctag_error
measure_group(svctag_drift *drift, const svctag_drift_entry *entries, const struct meant *meant, size_t count,
	      const struct coverage_list *list)
{
	struct drift_intended *intended = &drift->intended[drift->intended_count++];
	svctag_range *ranges = calloc(count, sizeof(*ranges));
	const struct coverage *items;
	svctag_set *set = NULL;
	size_t item_count = 0;
	svctag_error err;

	if (ranges == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < count; i++)
		ranges[i] = entries[meant[i].entry].range;
	intended->tag = meant[0].tag;
	items = find_coverages(list, intended->tag, &item_count);
	err = svctag_set_of_ranges(ranges, count, &set);
	if (err == SVCTAG_OK)
		err = measure_tag(drift, set, items, item_count, intended);
	svctag_set_free(set);
	free(ranges);
	return err;
}

static svctag_error
count_addresses(svctag_drift *drift, const svctag_drift_entry *entries)
{
	svctag_range *ranges = calloc(drift->entry_count + 1, sizeof(*ranges));
	svctag_set *set = NULL;
	svctag_error err;

	if (ranges == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < drift->entry_count; i++)
		ranges[i] = entries[i].range;
	err = svctag_set_of_ranges(ranges, drift->entry_count, &set);
	if (err == SVCTAG_OK) {
		drift->addresses[0] = svctag_set_count(set, SVCTAG_IPV4);
		drift->addresses[1] = svctag_set_count(set, SVCTAG_IPV6);
	}
	svctag_set_free(set);
	free(ranges);
	return err;
}

/* The entries that are meant for a tag, those of one tag together. */
static svctag_error
gather_meant(const svctag_drift *drift, struct meant **ret, size_t *ret_count)
{
	struct meant *meant = calloc(drift->entry_count + 1, sizeof(*meant));
	size_t count = 0;

	if (meant == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < drift->entry_count; i++) {
		uint32_t tag = drift->entries[i].intent;

		if (tag != SVCTAG_DRIFT_NO_TAG)
			meant[count++] = (struct meant){ svctag_drift_tag_name(drift, tag), tag, i };
	}
	if (count > 1)
		qsort(meant, count, sizeof(*meant), compare_meant);
	*ret = meant;
	*ret_count = count;
	return SVCTAG_OK;
}

svctag_error
drift_measure_list(svctag_drift *drift, const svctag_drift_entry *entries, struct coverage_list *list)
{
	struct meant *meant = NULL;
	size_t count = 0;
	size_t tags = 0;
	size_t end;
	svctag_error err = count_addresses(drift, entries);

	if (err == SVCTAG_OK)
		err = gather_meant(drift, &meant, &count);
	if (err != SVCTAG_OK)
		return err;
	for (size_t i = 0; i < count; i++)
		tags += i == 0 || meant[i - 1].tag != meant[i].tag;
	drift->intended = calloc(tags + 1, sizeof(*drift->intended));
	if (drift->intended == NULL)
		err = SVCTAG_E_NO_MEMORY;
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), compare_tags);
	for (size_t i = 0; err == SVCTAG_OK && i < count; i = end) {
		for (end = i; end < count && meant[end].tag == meant[i].tag; end++)
			continue;
		err = measure_group(drift, entries, &meant[i], end - i, list);
	}
	free(meant);
	return err;
}

svctag_error
drift_measure_copy(svctag_drift *drift, const svctag_set *copy, const struct coverage_list *list)
{
	svctag_error err;

	drift->intended = calloc(1, sizeof(*drift->intended));
	if (drift->intended == NULL)
		return SVCTAG_E_NO_MEMORY;
	drift->intended_count = 1;
	err = measure_tag(drift, copy, list->items, list->count, drift->intended);
	if (err == SVCTAG_OK) {
		const struct drift_intended *it = drift->intended;
		const struct drift_point *last = &it->points[it->point_count - 1];

		for (int f = 0; f < 2; f++) {
			drift->addresses[f] = it->list[f];
			if (svctag_count_compare(last->covered[f], it->list[f]) != 0 ||
			    svctag_count_compare(last->covered[f], last->tag[f]) != 0)
				drift->drifted = true;
		}
	}
	return err;
}

const char *
svctag_drift_state_text(svctag_drift_state state)
{
	switch (state) {
	case SVCTAG_DRIFT_AS_INTENDED: return "asIntended";
	case SVCTAG_DRIFT_OTHER_TAG: return "otherTag";
	case SVCTAG_DRIFT_ONLY_AZURECLOUD: return "onlyAzureCloud";
	case SVCTAG_DRIFT_NONE:
	case SVCTAG_DRIFT_STATE_COUNT: break;
	}
	return "none";
}

void
svctag_drift_free(svctag_drift *drift)
{
	if (drift == NULL)
		return;
	for (size_t i = 0; i < drift->intended_count; i++)
		free(drift->intended[i].points);
	for (size_t i = 0; i < drift->unknown_count; i++)
		free(drift->unknown[i]);
	free(drift->unknown);
	free(drift->intended);
	free(drift->spans);
	free(drift->entries);
	free(drift->states);
	timeline_free(drift->timeline);
	free(drift);
}

const svctag_catalogue *
svctag_drift_catalogue(const svctag_drift *drift)
{
	return drift->timeline->catalogue;
}

size_t
svctag_drift_cloud(const svctag_drift *drift)
{
	return drift->timeline->cloud;
}

const svctag_release_info *
svctag_drift_frozen(const svctag_drift *drift)
{
	return drift->frozen;
}

bool
svctag_drift_has_drifted(const svctag_drift *drift)
{
	return drift->drifted;
}

const svctag_count *
svctag_drift_addresses(const svctag_drift *drift)
{
	return drift->addresses;
}

const size_t *
svctag_drift_states(const svctag_drift *drift, size_t release)
{
	return drift->states[release];
}

const char *
svctag_drift_tag_name(const svctag_drift *drift, uint32_t tag)
{
	size_t known = drift->timeline->tag_count;

	return tag < known ? drift->timeline->tags[tag].name : drift->unknown[tag - known];
}

bool
svctag_drift_tag_is_known(const svctag_drift *drift, uint32_t tag)
{
	return tag < drift->timeline->tag_count;
}

size_t
svctag_drift_intended_count(const svctag_drift *drift)
{
	return drift->intended_count;
}

uint32_t
svctag_drift_intended(const svctag_drift *drift, size_t i)
{
	return drift->intended[i].tag;
}

/* The last point that is not after the release. */
svctag_drift_coverage
svctag_drift_coverage_at(const svctag_drift *drift, size_t i, size_t release)
{
	const struct drift_intended *it = &drift->intended[i];
	svctag_drift_coverage coverage = { 0 };
	size_t low = 0;
	size_t high = it->point_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (it->points[middle].release <= release)
			low = middle;
		else
			high = middle;
	}
	for (int f = 0; f < 2; f++) {
		coverage.tag[f] = it->points[low].tag[f];
		coverage.list[f] = it->list[f];
		coverage.covered[f] = it->points[low].covered[f];
		coverage.missing[f] = svctag_count_subtract(coverage.tag[f], coverage.covered[f]);
		coverage.stale[f] = svctag_count_subtract(coverage.list[f], coverage.covered[f]);
	}
	return coverage;
}

size_t
svctag_drift_entry_count(const svctag_drift *drift)
{
	return drift->entry_count;
}

uint32_t
svctag_drift_intent(const svctag_drift *drift, size_t entry)
{
	return drift->entries[entry].intent;
}

const svctag_drift_span *
svctag_drift_timeline(const svctag_drift *drift, size_t entry, size_t *ret_count)
{
	*ret_count = drift->entries[entry].span_count;
	return drift->spans + drift->entries[entry].first_span;
}

const svctag_drift_break *
svctag_drift_first_break(const svctag_drift *drift)
{
	return drift->broken ? &drift->first_break : NULL;
}
