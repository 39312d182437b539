/*
 * What an entry may be given to. The tags that hold all of it come from the
 * coverages of the release (coverage.h): work in proportion to what is found,
 * however much the entry spans. Entries of which the same can be said are one
 * class; a list of a hundred thousand has some hundreds of them.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "memory.h"
#include "migrate_internal.h"
#include "text.h"

/** How often the caller hears of progress, in entries. */
#define STEP 1024
/** Of an entry that tags hold parts of: so many of the prefixes that meet it are looked at. */
#define PARTS 256
/** What a class begins with, before its tags. */
#define CLASS_HEAD 3

static int
compare_names(const void *a, const void *b, void *context)
{
	const struct migrate_world *world = context;
	uint32_t x = world->tags[*(const uint32_t *)a];
	uint32_t y = world->tags[*(const uint32_t *)b];

	return ascii_casecmp(svctag_index_tag_name(world->index, x), svctag_index_tag_name(world->index, y));
}

static void
describe_tags(struct migrate_world *world)
{
	const svctag_index *index = world->index;
	uint32_t tag;

	for (tag = 0; tag < world->tag_count; tag++) {
		uint32_t rank = svctag_index_tag_at(index, tag).rank;

		world->ranks[tag] = rank;
		world->tags[rank] = tag;
		world->usable[rank] = svctag_tag_usable(index, tag, world->options->target);
		world->broad[rank] = svctag_tag_is_broad(index, tag);
		world->by_name[tag] = tag;
	}
	if (world->tag_count > 1)
		qsort_r(world->by_name, world->tag_count, sizeof(*world->by_name), compare_names, world);
}

/* Prefixes come in order, outer before inner: each adds to the tag's last coverage or begins a new one. */
static void
cover_prefix(struct migrate_world *world, const svctag_prefix *prefix, uint32_t rank, uint32_t *lasts)
{
	struct coverage_list *list = &world->coverages;
	svctag_u128 first = prefix_first(prefix);
	svctag_u128 last = prefix_last(prefix);
	struct coverage *end = lasts[rank] == UINT32_MAX ? NULL : &list->items[lasts[rank]];

	if (end != NULL && end->family == prefix->family && first <= end->last)
		return;
	if (end != NULL && end->family == prefix->family && first - end->last == 1) {
		end->last = last;
		return;
	}
	lasts[rank] = (uint32_t)list->count;
	list->items[list->count++] = (struct coverage){
		.first = first, .last = last, .tag = rank, .from = 0, .until = 1, .family = prefix->family
	};
}

static svctag_error
cover_tags(struct migrate_world *world)
{
	uint32_t total = (uint32_t)svctag_index_total_prefix_count(world->index);
	uint32_t *lasts = malloc((world->tag_count + (size_t)1) * sizeof(*lasts));
	size_t members = 0;
	uint32_t id;
	size_t i;

	for (id = 0; id < total; id++)
		members += svctag_index_prefix_tags(world->index, id).count;
	world->coverages.items = calloc(members + 1, sizeof(*world->coverages.items));
	world->coverages.capacity = members + 1;
	if (lasts == NULL || world->coverages.items == NULL) {
		free(lasts);
		return SVCTAG_E_NO_MEMORY;
	}
	memset(lasts, 0xff, (world->tag_count + (size_t)1) * sizeof(*lasts));
	for (id = 0; id < total; id++) {
		svctag_index_list tags = svctag_index_prefix_tags(world->index, id);
		svctag_prefix prefix = svctag_index_prefix(world->index, id);

		for (i = 0; i < tags.count; i++)
			cover_prefix(world, &prefix, world->ranks[tags.ids[i]], lasts);
	}
	free(lasts);
	return coverage_index_make(&world->coverages, &world->finder);
}

svctag_error
migrate_world_make(const svctag_index *index, const svctag_migrate_options *options, struct migrate_world *ret)
{
	size_t count = svctag_index_tag_count(index);

	*ret = (struct migrate_world){ .index = index, .options = options, .tag_count = (uint32_t)count };
	ret->tags = calloc(count + 1, sizeof(*ret->tags));
	ret->ranks = calloc(count + 1, sizeof(*ret->ranks));
	ret->by_name = calloc(count + 1, sizeof(*ret->by_name));
	ret->usable = calloc(count + 1, sizeof(*ret->usable));
	ret->broad = calloc(count + 1, sizeof(*ret->broad));
	if (ret->tags == NULL || ret->ranks == NULL || ret->by_name == NULL || ret->usable == NULL ||
	    ret->broad == NULL)
		return SVCTAG_E_NO_MEMORY;
	describe_tags(ret);
	return cover_tags(ret);
}

void
migrate_world_release(struct migrate_world *world)
{
	free(world->tags);
	free(world->ranks);
	free(world->by_name);
	free(world->usable);
	free(world->broad);
	free(world->coverages.items);
	coverage_index_release(&world->finder);
}

struct migrate_class
migrate_class_at(const struct number_lists *classes, size_t i)
{
	svctag_index_list list = number_lists_at(classes, i);

	return (struct migrate_class){
		.reason = (svctag_migrate_reason)list.ids[0],
		.intent = list.ids[1],
		.all = list.ids[2],
		.tags = { list.ids + CLASS_HEAD, list.count - CLASS_HEAD },
	};
}

/** One entry being looked at. */
struct classifier {
	const struct migrate_world *world;
	struct number_lists *classes;
	struct coverage_hits hits;
	uint32_t *holders; /**< ranks of the tags that hold it, ascending; room for all tags */
	size_t holder_count;
	uint32_t *class; /**< in the making; room for all tags */
	size_t class_count;
};

static void
begin_class(struct classifier *c, svctag_migrate_reason reason, uint32_t intent)
{
	c->class[0] = reason;
	c->class[1] = intent;
	c->class[2] = 0;
	c->class_count = CLASS_HEAD;
}

/* All of them only where the choice needs them. */
static void
add_to_class(struct classifier *c, uint32_t rank)
{
	bool whole = c->class[0] == SVCTAG_MIGRATE_CHEAPEST;

	c->class[2]++;
	if (whole || c->class_count < CLASS_HEAD + SVCTAG_MIGRATE_ALTERNATIVES)
		c->class[c->class_count++] = rank;
}

/** Which holders belong to a class. */
enum holder_kind {
	HOLDER_CANDIDATE,
	HOLDER_BROAD,
	HOLDER_UNKNOWN,
	HOLDER_UNUSABLE,
};

static enum holder_kind
kind_of(const struct migrate_world *world, uint32_t rank)
{
	switch (world->usable[rank]) {
	case SVCTAG_USABLE_YES:
		return world->broad[rank] && !world->options->allow_broad ? HOLDER_BROAD : HOLDER_CANDIDATE;
	case SVCTAG_USABLE_UNKNOWN: return HOLDER_UNKNOWN;
	case SVCTAG_USABLE_NO: break;
	}
	return HOLDER_UNUSABLE;
}

/* A class of the holders of this kind, if there are any but the one that is meant. */
static bool
class_of_kind(struct classifier *c, enum holder_kind kind, svctag_migrate_reason reason, uint32_t intent)
{
	size_t i;

	begin_class(c, reason, intent);
	for (i = 0; i < c->holder_count; i++)
		if (kind_of(c->world, c->holders[i]) == kind && c->holders[i] != intent)
			add_to_class(c, c->holders[i]);
	return c->class[2] > 0;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool
is_holder(const struct classifier *c, uint32_t rank)
{
	return c->holder_count > 0 &&
	       bsearch(&rank, c->holders, c->holder_count, sizeof(rank), compare_numbers) != NULL;
}

static void
sort_holders(struct classifier *c)
{
	if (c->holder_count > 1)
		qsort(c->holders, c->holder_count, sizeof(*c->holders), compare_numbers);
}

static svctag_error
find_holders(struct classifier *c, const svctag_range *range)
{
	svctag_error err = coverage_index_find(&c->world->finder, range, &c->hits);
	size_t i;

	if (err != SVCTAG_OK)
		return err;
	for (i = 0; i < c->hits.count; i++)
		c->holders[i] = c->hits.items[i]->tag; /* of one tag's coverages one at most */
	c->holder_count = c->hits.count;
	sort_holders(c);
	return SVCTAG_OK;
}

static void
add_parts(struct classifier *c, uint32_t prefix)
{
	svctag_index_list tags = svctag_index_prefix_tags(c->world->index, prefix);
	size_t i;
	size_t k;

	for (i = 0; i < tags.count; i++) {
		uint32_t rank = c->world->ranks[tags.ids[i]];

		for (k = 0; k < c->holder_count && c->holders[k] != rank; k++)
			continue;
		if (k == c->holder_count)
			c->holders[c->holder_count++] = rank;
	}
}

/* No tag holds all of it. Those that hold parts take the place of the holders. */
static void
class_of_parts(struct classifier *c, const svctag_range *range)
{
	const svctag_index *index = c->world->index;
	uint32_t id = svctag_index_lookup(index, &range->first);
	uint32_t end;
	size_t looked = 0;
	size_t i;

	for (; id != SVCTAG_NO_PREFIX && looked < PARTS; id = svctag_index_parent(index, id), looked++)
		add_parts(c, id);
	svctag_index_prefixes_in(index, range, &id, &end);
	for (; id < end && looked < PARTS; id++, looked++)
		add_parts(c, id);
	sort_holders(c);
	begin_class(c, looked > 0 ? SVCTAG_MIGRATE_KEPT_PARTLY : SVCTAG_MIGRATE_KEPT_NO_TAG, SVCTAG_MIGRATE_NO_TAG);
	for (i = 0; i < c->holder_count; i++)
		add_to_class(c, c->holders[i]);
}

static uint32_t
find_intent(const struct migrate_world *world, const char *name)
{
	size_t low = 0;
	size_t high = world->tag_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t rank = world->by_name[middle];
		int order = ascii_casecmp(name, svctag_index_tag_name(world->index, world->tags[rank]));

		if (order == 0)
			return rank;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return SVCTAG_MIGRATE_NO_TAG;
}

static void
class_of_intent(struct classifier *c, const char *name)
{
	uint32_t intent = find_intent(c->world, name);
	size_t i;

	if (intent == SVCTAG_MIGRATE_NO_TAG) {
		begin_class(c, SVCTAG_MIGRATE_KEPT_NO_SUCH, intent);
	} else if (!is_holder(c, intent)) {
		begin_class(c, SVCTAG_MIGRATE_KEPT_LEFT, SVCTAG_MIGRATE_NO_TAG);
		for (i = 0; i < c->holder_count; i++)
			add_to_class(c, c->holders[i]);
	} else if (c->world->usable[intent] == SVCTAG_USABLE_YES) {
		(void)class_of_kind(c, HOLDER_CANDIDATE, SVCTAG_MIGRATE_INTENDED, intent);
	} else {
		begin_class(c,
			    c->world->usable[intent] == SVCTAG_USABLE_UNKNOWN ? SVCTAG_MIGRATE_KEPT_UNKNOWN
									      : SVCTAG_MIGRATE_KEPT_UNUSABLE,
			    SVCTAG_MIGRATE_NO_TAG);
		add_to_class(c, intent);
	}
}

/* What would help first comes first: broad tags need only be allowed, unknown ones tried. */
static svctag_error
classify(struct classifier *c, const svctag_migrate_entry *entry)
{
	svctag_error err;

	c->holder_count = 0;
	begin_class(c, SVCTAG_MIGRATE_KEPT_FIXED, SVCTAG_MIGRATE_NO_TAG);
	if (entry->fixed)
		return SVCTAG_OK;
	err = find_holders(c, &entry->range);
	if (err != SVCTAG_OK)
		return err;
	if (entry->intent != NULL)
		class_of_intent(c, entry->intent);
	else if (c->holder_count == 0)
		class_of_parts(c, &entry->range);
	else if (!class_of_kind(c, HOLDER_CANDIDATE, SVCTAG_MIGRATE_CHEAPEST, SVCTAG_MIGRATE_NO_TAG) &&
		 !class_of_kind(c, HOLDER_BROAD, SVCTAG_MIGRATE_KEPT_BROAD, SVCTAG_MIGRATE_NO_TAG) &&
		 !class_of_kind(c, HOLDER_UNKNOWN, SVCTAG_MIGRATE_KEPT_UNKNOWN, SVCTAG_MIGRATE_NO_TAG))
		(void)class_of_kind(c, HOLDER_UNUSABLE, SVCTAG_MIGRATE_KEPT_UNUSABLE, SVCTAG_MIGRATE_NO_TAG);
	return SVCTAG_OK;
}

svctag_error
migrate_classify(const struct migrate_world *world, const svctag_migrate_entry *entries, size_t count,
		 migrate_step step, void *context, struct number_lists *classes, uint32_t *class_of)
{
	struct classifier c = { .world = world, .classes = classes };
	svctag_error err = SVCTAG_OK;
	size_t i;

	c.holders = calloc(world->tag_count + (size_t)1, sizeof(*c.holders));
	c.class = calloc(world->tag_count + (size_t)CLASS_HEAD + 1, sizeof(*c.class));
	if (c.holders == NULL || c.class == NULL)
		err = SVCTAG_E_NO_MEMORY;
	for (i = 0; err == SVCTAG_OK && i < count; i++) {
		if (i % STEP == 0 && !step(context, i)) {
			err = SVCTAG_E_LIMIT;
			break;
		}
		err = classify(&c, &entries[i]);
		if (err == SVCTAG_OK)
			err = number_lists_add(classes, c.class, c.class_count, &class_of[i]);
	}
	free(c.hits.items);
	free(c.holders);
	free(c.class);
	return err;
}
