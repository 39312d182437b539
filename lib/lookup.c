/*
 * One lookup for all kinds of query. The prefixes that matter are the longest
 * one that holds the query's first address, with its parents, and those that
 * begin later inside the query: in the index's order they are sorted by
 * address and nested or disjoint, so that one pass with a cursor per tag
 * counts each tag's addresses exactly, overlaps within a tag included.
 *
 * Of a single address nothing has to be counted or sorted: its tags are those
 * of svctag_lookup_tags(), unless there are uncommonly many.
 */
#include <stdlib.h>
#include <string.h>

#include <svctag/lookup.h>

#include "bits.h"
#include "lookup_internal.h"

#define NOT_SEEN UINT32_MAX
/** More tags than any address has, and few enough to compare them with one another. */
#define USUAL_TAGS 32
/** No tag is told apart: all of them. */
#define ALL_TAGS UINT32_MAX

/** A match in the making; its prefixes are a list through `links`. */
struct draft {
	uint32_t tag;
	uint32_t prefix;
	bool any;        /**< something is counted */
	svctag_u128 end; /**< the last address counted, if any */
	svctag_count covered;
	uint32_t first_link;
	uint32_t last_link;
	size_t link_count;
};

/** One prefix of one tag. */
struct link {
	uint32_t prefix;
	uint32_t next;
};

struct lookup_memory {
	svctag_match *matches;
	size_t match_capacity;
	struct draft *drafts;
	size_t draft_count;
	size_t draft_capacity;
	uint32_t *draft_of_tag; /**< by tag; NOT_SEEN between lookups */
	size_t tag_capacity;
	struct link *links;
	size_t link_count;
	size_t link_capacity;
	uint32_t *prefixes;
	size_t prefix_capacity;
};

/** What one lookup works on. */
struct lookup {
	const svctag_index *index;
	struct lookup_memory *memory;
	uint8_t family;
	svctag_u128 first;
	svctag_u128 last;
	uint32_t only_tag;
};

/* Make room for `needed` elements in the array that the pointer at `array` leads to. */
static svctag_error
reserve(void *array, size_t *capacity, size_t needed, size_t element)
{
	size_t bigger = needed + needed / 2 + 16;
	void *memory;

	if (needed <= *capacity)
		return SVCTAG_OK;
	memcpy(&memory, array, sizeof(memory));
	memory = realloc(memory, bigger * element);
	if (memory == NULL)
		return SVCTAG_E_NO_MEMORY;
	memcpy(array, &memory, sizeof(memory));
	*capacity = bigger;
	return SVCTAG_OK;
}

#define RESERVE(array, capacity, needed) reserve(&(array), &(capacity), (needed), sizeof(*(array)))

/* NULL: there is none */
static struct lookup_memory *
memory_of(svctag_lookup_result *result)
{
	if (result->memory == NULL)
		result->memory = calloc(1, sizeof(struct lookup_memory));
	return result->memory;
}

static svctag_error
prepare_memory(svctag_lookup_result *result, size_t tags, struct lookup_memory **ret)
{
	struct lookup_memory *memory = memory_of(result);
	size_t before;
	svctag_error err;

	if (memory == NULL)
		return SVCTAG_E_NO_MEMORY;
	before = memory->tag_capacity;
	err = RESERVE(memory->draft_of_tag, memory->tag_capacity, tags);
	if (err != SVCTAG_OK)
		return err;
	for (; before < memory->tag_capacity; before++)
		memory->draft_of_tag[before] = NOT_SEEN;
	memory->draft_count = 0;
	memory->link_count = 0;
	*ret = memory;
	return SVCTAG_OK;
}

static svctag_error
draft_for(struct lookup_memory *memory, uint32_t tag, struct draft **ret)
{
	svctag_error err;

	if (memory->draft_of_tag[tag] == NOT_SEEN) {
		err = RESERVE(memory->drafts, memory->draft_capacity, memory->draft_count + 1);
		if (err != SVCTAG_OK)
			return err;
		memory->draft_of_tag[tag] = (uint32_t)memory->draft_count;
		memory->drafts[memory->draft_count++] = (struct draft){
			.tag = tag, .prefix = SVCTAG_NO_PREFIX, .first_link = NOT_SEEN, .last_link = NOT_SEEN
		};
	}
	*ret = &memory->drafts[memory->draft_of_tag[tag]];
	return SVCTAG_OK;
}

static svctag_error
add_link(struct lookup_memory *memory, struct draft *draft, uint32_t prefix)
{
	uint32_t number = (uint32_t)memory->link_count;
	svctag_error err = RESERVE(memory->links, memory->link_capacity, memory->link_count + 1);

	if (err != SVCTAG_OK)
		return err;
	memory->links[memory->link_count++] = (struct link){ prefix, NOT_SEEN };
	if (draft->first_link == NOT_SEEN)
		draft->first_link = number;
	else
		memory->links[draft->last_link].next = number;
	draft->last_link = number;
	draft->link_count++;
	return SVCTAG_OK;
}

/*
 * The tag's longest prefix that holds its first matched address: prefixes come
 * outermost first, so a later one counts while it holds that address still.
 */
static bool
holds_first_matched(const struct lookup *lookup, const struct draft *draft, const svctag_prefix *prefix)
{
	svctag_prefix outer;
	svctag_u128 first_matched;

	if (draft->prefix == SVCTAG_NO_PREFIX)
		return true;
	outer = svctag_index_prefix(lookup->index, draft->prefix);
	first_matched = prefix_first(&outer) > lookup->first ? prefix_first(&outer) : lookup->first;
	return prefix_first(prefix) <= first_matched && first_matched <= prefix_last(prefix);
}

/* Count what the prefix adds to the tag inside the query. */
static void
count_addresses(const struct lookup *lookup, struct draft *draft, const svctag_prefix *prefix)
{
	svctag_u128 first = prefix_first(prefix) > lookup->first ? prefix_first(prefix) : lookup->first;
	svctag_u128 last = prefix_last(prefix) < lookup->last ? prefix_last(prefix) : lookup->last;
	svctag_range range;

	if (draft->any && last <= draft->end)
		return; /* inside one that is counted: blocks never half overlap */
	range.first = address_of_value(lookup->family, first);
	range.last = address_of_value(lookup->family, last);
	draft->covered = svctag_count_add(draft->covered, svctag_count_of_range(&range));
	draft->end = last;
	draft->any = true;
}

static svctag_error
visit_prefix(const struct lookup *lookup, uint32_t id)
{
	svctag_index_list tags = svctag_index_prefix_tags(lookup->index, id);
	svctag_prefix prefix = svctag_index_prefix(lookup->index, id);
	size_t i;

	for (i = 0; i < tags.count; i++) {
		struct draft *draft = NULL;
		svctag_error err;

		if (lookup->only_tag != ALL_TAGS && lookup->only_tag != tags.ids[i])
			continue;
		err = draft_for(lookup->memory, tags.ids[i], &draft);
		if (err == SVCTAG_OK)
			err = add_link(lookup->memory, draft, id);
		if (err != SVCTAG_OK)
			return err;
		if (holds_first_matched(lookup, draft, &prefix))
			draft->prefix = id;
		count_addresses(lookup, draft, &prefix);
	}
	return SVCTAG_OK;
}

/* The prefixes that hold the first address, outermost first. */
static svctag_error
visit_holders(const struct lookup *lookup, const svctag_address *first)
{
	uint32_t chain[129];
	size_t depth = 0;
	uint32_t id;

	for (id = svctag_index_lookup(lookup->index, first); id != SVCTAG_NO_PREFIX && depth < 129;
	     id = svctag_index_parent(lookup->index, id))
		chain[depth++] = id;
	while (depth > 0) {
		svctag_error err = visit_prefix(lookup, chain[--depth]);

		if (err != SVCTAG_OK)
			return err;
	}
	return SVCTAG_OK;
}

static svctag_error
visit_all(const struct lookup *lookup, const svctag_range *range)
{
	svctag_error err = visit_holders(lookup, &range->first);
	uint32_t id;
	uint32_t end;

	if (lookup->first == lookup->last)
		return err;
	svctag_index_prefixes_in(lookup->index, range, &id, &end);
	for (; err == SVCTAG_OK && id < end; id++)
		err = visit_prefix(lookup, id);
	return err;
}

struct sort_key {
	unsigned int length;
	uint32_t rank;
};

static struct sort_key
key_of(const svctag_index *index, const svctag_match *match)
{
	return (struct sort_key){ svctag_index_prefix(index, match->prefix).length,
				  svctag_index_tag_at(index, match->tag).rank };
}

/* Longest prefix first, then the rank, which is unique. */
static int
compare_matches(const void *a, const void *b, void *context)
{
	const svctag_index *const *index = context;
	struct sort_key x = key_of(*index, a);
	struct sort_key y = key_of(*index, b);

	if (x.length != y.length)
		return x.length > y.length ? -1 : 1;
	return (x.rank > y.rank) - (x.rank < y.rank);
}

static svctag_error
write_matches(const struct lookup *lookup, svctag_count asked, svctag_lookup_result *result)
{
	struct lookup_memory *memory = lookup->memory;
	const svctag_index *index = lookup->index;
	size_t used = 0;
	size_t i;
	svctag_error err;

	err = RESERVE(memory->matches, memory->match_capacity, memory->draft_count);
	if (err == SVCTAG_OK)
		err = RESERVE(memory->prefixes, memory->prefix_capacity, memory->link_count);
	if (err != SVCTAG_OK)
		return err;
	for (i = 0; i < memory->draft_count; i++) {
		const struct draft *draft = &memory->drafts[i];
		uint32_t link;

		memory->matches[i] = (svctag_match){
			.tag = draft->tag,
			.prefix = draft->prefix,
			.contains = svctag_count_compare(draft->covered, asked) == 0,
			.covered = draft->covered,
			.first_prefix = used,
			.prefix_count = draft->link_count,
		};
		for (link = draft->first_link; link != NOT_SEEN; link = memory->links[link].next)
			memory->prefixes[used++] = memory->links[link].prefix;
	}
	if (memory->draft_count > 1)
		qsort_r(memory->matches, memory->draft_count, sizeof(*memory->matches), compare_matches, &index);
	result->matches = memory->matches;
	result->match_count = memory->draft_count;
	result->prefixes = memory->prefixes;
	return SVCTAG_OK;
}

/* The region of AzureCloud.<region>, or else of the narrowest regional tag, that holds the whole query. */
static const char *
find_region(const svctag_index *index, const svctag_lookup_result *result)
{
	uint32_t chosen = SVCTAG_NO_TAG;

	for (size_t i = 0; i < result->match_count; i++) {
		if (result->matches[i].contains)
			chosen = lookup_region_tag(index, chosen, result->matches[i].tag);
	}
	return chosen == SVCTAG_NO_TAG ? NULL : svctag_index_tag_at(index, chosen).properties.region;
}

/* Of all tags in all lists of a prefix and its parents. */
static size_t
count_listings(const svctag_index *index, uint32_t prefix)
{
	size_t count = 0;

	for (; prefix != SVCTAG_NO_PREFIX; prefix = svctag_index_parent(index, prefix))
		count += svctag_index_prefix_tags(index, prefix).count;
	return count;
}

static bool
lists(const svctag_index *index, uint32_t prefix, uint32_t tag)
{
	const svctag_index_list tags = svctag_index_prefix_tags(index, prefix);
	size_t i;

	for (i = 0; i < tags.count && tags.ids[i] != tag; i++)
		continue;
	return i < tags.count;
}

/* A match for each tag, and its prefixes: outermost first, so they are put in their places from the last. */
static void
write_address_matches(const svctag_index *index, const svctag_address_tags *tags, size_t listings,
		      struct lookup_memory *memory)
{
	size_t at = listings;

	for (size_t i = tags->count; i-- > 0;) {
		const uint32_t tag = tags->tags[i];
		const size_t end = at;

		memory->prefixes[--at] = tags->prefixes[i];
		for (uint32_t id = svctag_index_parent(index, tags->prefixes[i]); id != SVCTAG_NO_PREFIX;
		     id = svctag_index_parent(index, id)) {
			if (lists(index, id, tag))
				memory->prefixes[--at] = id;
		}
		memory->matches[i] = (svctag_match){ .tag = tag,
						     .prefix = tags->prefixes[i],
						     .contains = true,
						     .covered = { .low = 1 },
						     .first_prefix = at,
						     .prefix_count = end - at };
	}
}

/* @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT: it has more than the usual tags */
static svctag_error
look_up_address(const svctag_index *index, const svctag_address *address, svctag_lookup_result *result)
{
	const uint32_t longest = svctag_index_lookup(index, address);
	const size_t listings = count_listings(index, longest);
	uint32_t numbers[USUAL_TAGS], prefixes[USUAL_TAGS];
	svctag_address_tags tags = { .tags = numbers, .prefixes = prefixes, .room = USUAL_TAGS };
	struct lookup_memory *memory = memory_of(result);
	svctag_error err = svctag_lookup_tags(index, longest, &tags);

	result->match_count = 0;
	if (err != SVCTAG_OK)
		return err;
	if (memory == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = RESERVE(memory->matches, memory->match_capacity, tags.count);
	if (err == SVCTAG_OK)
		err = RESERVE(memory->prefixes, memory->prefix_capacity, listings + 1); /* never of nothing */
	if (err != SVCTAG_OK)
		return err;
	write_address_matches(index, &tags, listings, memory);
	result->matches = memory->matches;
	result->match_count = tags.count;
	result->prefixes = memory->prefixes;
	result->region =
		tags.region == SVCTAG_NO_TAG ? NULL : svctag_index_tag_at(index, tags.region).properties.region;
	return SVCTAG_OK;
}

static svctag_error
look_up(const svctag_snapshot *snapshot, const svctag_query *query, uint32_t only_tag, svctag_lookup_result *result)
{
	struct lookup lookup = {
		.index = svctag_snapshot_index(snapshot),
		.family = query->range.first.family,
		.first = address_value(&query->range.first),
		.last = address_value(&query->range.last),
		.only_tag = only_tag,
	};
	size_t i;
	svctag_error err;

	err = prepare_memory(result, svctag_index_tag_count(lookup.index), &lookup.memory);
	if (err != SVCTAG_OK)
		return err;
	result->match_count = 0;
	err = visit_all(&lookup, &query->range);
	if (err == SVCTAG_OK)
		err = write_matches(&lookup, svctag_count_of_range(&query->range), result);
	for (i = 0; i < lookup.memory->draft_count; i++)
		lookup.memory->draft_of_tag[lookup.memory->drafts[i].tag] = NOT_SEEN;
	if (err == SVCTAG_OK)
		result->region = find_region(lookup.index, result);
	return err;
}

svctag_error
svctag_lookup(const svctag_snapshot *snapshot, const svctag_query *query, svctag_lookup_result *result)
{
	const svctag_range *range = &query->range;
	svctag_error err = SVCTAG_E_LIMIT;

	if (svctag_address_compare(&range->first, &range->last) == 0)
		err = look_up_address(svctag_snapshot_index(snapshot), &range->first, result);
	return err == SVCTAG_E_LIMIT ? look_up(snapshot, query, ALL_TAGS, result) : err;
}

svctag_error
svctag_lookup_tag(const svctag_snapshot *snapshot, const svctag_query *query, uint32_t tag,
		  svctag_lookup_result *result)
{
	return look_up(snapshot, query, tag, result);
}

void
svctag_lookup_result_release(svctag_lookup_result *result)
{
	struct lookup_memory *memory = result->memory;

	if (memory != NULL) {
		free(memory->matches);
		free(memory->drafts);
		free(memory->draft_of_tag);
		free(memory->links);
		free(memory->prefixes);
		free(memory);
	}
	memset(result, 0, sizeof(*result));
}
