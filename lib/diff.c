/*
 * Differences tag by tag. Prefix lists are sorted, so the textual difference
 * is one merge; only where it is not empty are the address sets built that
 * tell a regrouping from a gain or a loss.
 */
#include <stdlib.h>
#include <string.h>

#include <svctag/diff.h>

#include "memory.h"

struct svctag_diff {
	svctag_tag_diff *tags;
	size_t count;
	size_t capacity;
	svctag_diff_summary summary;
};

/** Prefixes being collected; handed over to a svctag_prefix_list. */
struct collector {
	svctag_prefix *prefixes;
	size_t count;
	size_t capacity;
};

static svctag_error
collect(struct collector *collector, const svctag_prefix *prefix)
{
	if (collector->count == collector->capacity) {
		size_t capacity = collector->capacity * 2 + 16;
		svctag_prefix *prefixes = realloc(collector->prefixes, capacity * sizeof(*prefixes));

		if (prefixes == NULL)
			return SVCTAG_E_NO_MEMORY;
		collector->prefixes = prefixes;
		collector->capacity = capacity;
	}
	collector->prefixes[collector->count++] = *prefix;
	return SVCTAG_OK;
}

static svctag_prefix_list
hand_over(struct collector *collector)
{
	svctag_prefix_list list = { collector->prefixes, collector->count };

	memset(collector, 0, sizeof(*collector));
	return list;
}

static void
list_free(svctag_prefix_list *list)
{
	free_const(list->prefixes);
}

static void
tag_diff_release(svctag_tag_diff *diff)
{
	list_free(&diff->added);
	list_free(&diff->removed);
	list_free(&diff->regrouped_from);
	list_free(&diff->regrouped_to);
	list_free(&diff->gained);
	list_free(&diff->lost);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_properties(const svctag_properties *a, const svctag_properties *b)
{
	return a->change_number == b->change_number && same_text(a->region, b->region) &&
	       a->has_region_id == b->has_region_id && (!a->has_region_id || a->region_id == b->region_id) &&
	       same_text(a->platform, b->platform) && same_text(a->system_service, b->system_service) &&
	       svctag_features_equal(a->network_features, b->network_features);
}

static bool
same_prefixes(const svctag_tag *a, const svctag_tag *b)
{
	size_t i;

	if (a->prefix_count != b->prefix_count)
		return false;
	for (i = 0; i < a->prefix_count; i++)
		if (svctag_prefix_compare(&a->prefixes[i], &b->prefixes[i]) != 0)
			return false;
	return true;
}

/* Those of a's prefixes that b does not list: into `regrouped` if b's addresses hold all of them, else into `gone`. */
static svctag_error
split_missing(const svctag_tag *a, const svctag_tag *b, const svctag_set *b_set, svctag_prefix_list *gone,
	      svctag_prefix_list *regrouped)
{
	struct collector kept = { 0 };
	struct collector lost = { 0 };
	svctag_error err = SVCTAG_OK;
	size_t i;
	size_t j = 0;

	for (i = 0; err == SVCTAG_OK && i < a->prefix_count; i++) {
		const svctag_prefix *prefix = &a->prefixes[i];
		svctag_range range = svctag_prefix_range(prefix);

		while (j < b->prefix_count && svctag_prefix_compare(&b->prefixes[j], prefix) < 0)
			j++;
		if (j < b->prefix_count && svctag_prefix_compare(&b->prefixes[j], prefix) == 0)
			continue;
		err = collect(svctag_set_holds_range(b_set, &range) ? &kept : &lost, prefix);
	}
	*gone = hand_over(&lost);
	*regrouped = hand_over(&kept);
	return err;
}

/* a \ b as the fewest prefixes; the counts by family are added up. */
static svctag_error
subtract(const svctag_set *a, const svctag_set *b, svctag_prefix_list *ret, svctag_count sums[2])
{
	svctag_set *rest = NULL;
	svctag_prefix *prefixes = NULL;
	size_t count = 0;
	svctag_error err = svctag_set_difference(a, b, &rest);

	if (err == SVCTAG_OK)
		err = svctag_set_prefixes(rest, &prefixes, &count);
	if (err == SVCTAG_OK) {
		*ret = (svctag_prefix_list){ prefixes, count };
		sums[0] = svctag_count_add(sums[0], svctag_set_count(rest, SVCTAG_IPV4));
		sums[1] = svctag_count_add(sums[1], svctag_set_count(rest, SVCTAG_IPV6));
	}
	svctag_set_free(rest);
	return err;
}

static svctag_error
compare_prefix_lists(const svctag_tag *from, const svctag_tag *to, svctag_tag_diff *diff, svctag_diff_summary *summary)
{
	svctag_set *before = NULL;
	svctag_set *after = NULL;
	svctag_error err;

	err = svctag_set_of_prefixes(from->prefixes, from->prefix_count, &before);
	if (err == SVCTAG_OK)
		err = svctag_set_of_prefixes(to->prefixes, to->prefix_count, &after);
	if (err == SVCTAG_OK)
		err = split_missing(from, to, after, &diff->removed, &diff->regrouped_from);
	if (err == SVCTAG_OK)
		err = split_missing(to, from, before, &diff->added, &diff->regrouped_to);
	if (err == SVCTAG_OK)
		err = subtract(after, before, &diff->gained, summary->addresses_gained);
	if (err == SVCTAG_OK)
		err = subtract(before, after, &diff->lost, summary->addresses_lost);
	svctag_set_free(before);
	svctag_set_free(after);
	if (err == SVCTAG_OK) {
		summary->prefixes_added += diff->added.count;
		summary->prefixes_removed += diff->removed.count;
		summary->prefixes_regrouped += diff->regrouped_from.count + diff->regrouped_to.count;
	}
	return err;
}

static svctag_error
append(svctag_diff *diff, const svctag_tag_diff *tag)
{
	if (diff->count == diff->capacity) {
		size_t capacity = diff->capacity * 2 + 32;
		svctag_tag_diff *tags = realloc(diff->tags, capacity * sizeof(*tags));

		if (tags == NULL)
			return SVCTAG_E_NO_MEMORY;
		diff->tags = tags;
		diff->capacity = capacity;
	}
	diff->tags[diff->count++] = *tag;
	return SVCTAG_OK;
}

/* One tag, in either release or in both. */
static svctag_error
compare_tag(svctag_diff *diff, const svctag_tag *from, const svctag_tag *to)
{
	static const svctag_tag nothing;
	svctag_tag_diff tag = { .change = SVCTAG_CHANGE_CHANGED, .from = from, .to = to };
	svctag_error err = SVCTAG_OK;

	if (from != NULL && to != NULL) {
		bool same = same_prefixes(from, to);

		if (same && same_properties(&from->properties, &to->properties))
			return SVCTAG_OK;
		diff->summary.tags_changed++;
		if (!same)
			err = compare_prefix_lists(from, to, &tag, &diff->summary);
	} else if (from == NULL) {
		tag.change = SVCTAG_CHANGE_ADDED;
		diff->summary.tags_added++;
		err = compare_prefix_lists(&nothing, to, &tag, &diff->summary);
	} else {
		tag.change = SVCTAG_CHANGE_REMOVED;
		diff->summary.tags_removed++;
		err = compare_prefix_lists(from, &nothing, &tag, &diff->summary);
	}
	if (err == SVCTAG_OK)
		err = append(diff, &tag);
	if (err != SVCTAG_OK)
		tag_diff_release(&tag);
	return err;
}

static const svctag_tag *
tag_or_null(const svctag_release *release, size_t i)
{
	return i < svctag_release_tag_count(release) ? svctag_release_tag(release, i) : NULL;
}

svctag_error
svctag_diff_releases(const svctag_release *from, const svctag_release *to, const char *pattern, svctag_diff **ret)
{
	svctag_diff *diff = calloc(1, sizeof(*diff));
	svctag_error err = diff == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	size_t i = 0;
	size_t j = 0;

	while (err == SVCTAG_OK) {
		const svctag_tag *a = tag_or_null(from, i);
		const svctag_tag *b = tag_or_null(to, j);
		int order;

		if (a == NULL && b == NULL)
			break;
		order = a == NULL ? 1 : b == NULL ? -1 : strcmp(a->properties.name, b->properties.name);
		i += order <= 0;
		j += order >= 0;
		if (pattern == NULL ||
		    svctag_pattern_matches(pattern, order <= 0 ? a->properties.name : b->properties.name))
			err = compare_tag(diff, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
	}
	if (err != SVCTAG_OK) {
		svctag_diff_free(diff);
		return err;
	}
	*ret = diff;
	return SVCTAG_OK;
}

void
svctag_diff_free(svctag_diff *diff)
{
	size_t i;

	if (diff == NULL)
		return;
	for (i = 0; i < diff->count; i++)
		tag_diff_release(&diff->tags[i]);
	free(diff->tags);
	free(diff);
}

size_t
svctag_diff_tag_count(const svctag_diff *diff)
{
	return diff->count;
}

const svctag_tag_diff *
svctag_diff_tag(const svctag_diff *diff, size_t i)
{
	return &diff->tags[i];
}

const svctag_diff_summary *
svctag_diff_get_summary(const svctag_diff *diff)
{
	return &diff->summary;
}

static void
add_prefixes(svctag_count sums[2], const svctag_prefix_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		svctag_count *sum = &sums[SVCTAG_FAMILY_INDEX(list->prefixes[i].family)];

		*sum = svctag_count_add(*sum, svctag_count_of_prefix(&list->prefixes[i]));
	}
}

/* What compare_tag() adds up while it compares. */
static void
add_tag(svctag_diff_summary *summary, const svctag_tag_diff *tag)
{
	summary->tags_added += tag->change == SVCTAG_CHANGE_ADDED;
	summary->tags_removed += tag->change == SVCTAG_CHANGE_REMOVED;
	summary->tags_changed += tag->change == SVCTAG_CHANGE_CHANGED;
	summary->prefixes_added += tag->added.count;
	summary->prefixes_removed += tag->removed.count;
	summary->prefixes_regrouped += tag->regrouped_from.count + tag->regrouped_to.count;
	add_prefixes(summary->addresses_gained, &tag->gained);
	add_prefixes(summary->addresses_lost, &tag->lost);
}

void
svctag_diff_keep(svctag_diff *diff, bool (*keep)(void *context, const svctag_tag_diff *tag), void *context)
{
	svctag_diff_summary summary = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < diff->count; i++) {
		svctag_tag_diff *tag = &diff->tags[i];

		if (keep(context, tag)) {
			add_tag(&summary, tag);
			diff->tags[kept++] = *tag;
		} else {
			tag_diff_release(tag);
		}
	}
	diff->count = kept;
	diff->summary = summary;
}
