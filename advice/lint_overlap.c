/*
 * What is in something else already: an address in a tag, a prefix or another
 * list of the same rules, a tag in its parent. Sides of rules that agree in
 * everything else (resource, direction, access, protocol, ports, the other
 * side) form a group; within one the addresses are swept in order of their
 * first ones, so that whatever holds an address is on the stack when its turn
 * comes. A rule that comes later than what it would make redundant only does
 * so if no rule between them decides otherwise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint_internal.h"

/** So many of those that might cover an item are tried: more would let a list of twins take for ever. */
#define MOST_TRIES 8

/** A side of a rule that is not empty. */
struct part {
	size_t rule; /* its number */
	enum list_side side;
};

/** The state of the check. */
struct overlap {
	struct lint *lint;
	struct part *parts;
	size_t part_count;
	size_t *place;                  /* by rule number: where it is in order of resource, direction, priority */
	size_t *denies, *allows;        /* in that order: how many there are before */
	const struct lint_item **items; /* of one group, again and again */
	const struct lint_item **stack;
	svctag_lookup_result result;
};

static int
compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int
compare_text(const char *a, const char *b)
{
	return a == b ? 0 : strcasecmp(a != NULL ? a : "", b != NULL ? b : "");
}

static enum list_side
other_side(enum list_side side)
{
	if (side == LIST_SIDE_NONE)
		return LIST_SIDE_NONE;
	return side == LIST_SOURCE ? LIST_DESTINATION : LIST_SOURCE;
}

static int
compare_runs(struct lint_run a, struct lint_run b)
{
	if (a.count != b.count)
		return compare_numbers(a.count, b.count);
	for (size_t i = 0; i < a.count; i++) {
		int order = lint_item_compare(&a.items[i], &b.items[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

/* Where the format knows no resources, rules of one path belong together. */
static const char *
resource_of(const struct list_rule *rule)
{
	return rule->kind == LIST_KIND_NONE ? rule->path : rule->resource;
}

/* 0 for parts of one group. */
static int
compare_groups(const struct lint *lint, const struct part *a, const struct part *b)
{
	const struct list_rule *x = lint_rule(lint, a->rule);
	const struct list_rule *y = lint_rule(lint, b->rule);
	int order = compare_numbers((size_t)x->kind, (size_t)y->kind);

	order = order != 0 ? order : compare_numbers((size_t)a->side, (size_t)b->side);
	order = order != 0 ? order : compare_numbers((size_t)x->direction, (size_t)y->direction);
	order = order != 0 ? order : compare_numbers((size_t)x->access, (size_t)y->access);
	order = order != 0 ? order : compare_text(resource_of(x), resource_of(y));
	order = order != 0 ? order : compare_text(x->protocol, y->protocol);
	order = order != 0 ? order : compare_text(x->ports, y->ports);
	order = order != 0 ? order : compare_text(x->source_ports, y->source_ports);
	if (order != 0 || a->side == LIST_SIDE_NONE || a->rule == b->rule)
		return order;
	return compare_runs(lint_side(lint, a->rule, other_side(a->side)),
			    lint_side(lint, b->rule, other_side(b->side)));
}

static int
compare_parts(const void *a, const void *b, void *context)
{
	const struct part *x = a;
	const struct part *y = b;
	int order = compare_groups(context, x, y);

	return order != 0 ? order : compare_numbers(x->rule, y->rule);
}

/* Routes are left out: the longest prefix decides there, and one inside another has its meaning. */
static svctag_error
collect_parts(struct overlap *overlap)
{
	struct lint *lint = overlap->lint;
	size_t rules = lint->list->rule_count;

	overlap->parts = calloc((rules + 1) * LINT_SIDES, sizeof(*overlap->parts));
	if (overlap->parts == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i <= rules; i++) {
		const struct list_rule *rule = lint_rule(lint, i);

		for (unsigned int side = 0; side < LINT_SIDES; side++)
			if (rule->kind != LIST_KIND_ROUTE && lint_is_own(rule) &&
			    lint_side(lint, i, (enum list_side)side).count > 0)
				overlap->parts[overlap->part_count++] = (struct part){ i, (enum list_side)side };
	}
	if (overlap->part_count > 1)
		qsort_r(overlap->parts, overlap->part_count, sizeof(*overlap->parts), compare_parts, lint);
	return SVCTAG_OK;
}

/* Places in order, and how many rules of either access lie before each. */
static svctag_error
order_rules(struct overlap *overlap)
{
	struct lint *lint = overlap->lint;
	size_t count;
	size_t *numbers = lint_rules_in_order(lint, &count);

	if (numbers == NULL)
		return SVCTAG_E_NO_MEMORY;
	overlap->place = calloc(lint->list->rule_count + 1, sizeof(size_t));
	overlap->denies = calloc(count + 1, sizeof(size_t));
	overlap->allows = calloc(count + 1, sizeof(size_t));
	if (overlap->place == NULL || overlap->denies == NULL || overlap->allows == NULL) {
		free(numbers);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < count; i++) {
		enum list_access access = lint_rule(lint, numbers[i])->access;

		overlap->place[numbers[i]] = i;
		overlap->denies[i + 1] = overlap->denies[i] + (access == LIST_DENY);
		overlap->allows[i + 1] = overlap->allows[i] + (access == LIST_ALLOW);
	}
	free(numbers);
	return SVCTAG_OK;
}

/* May one rule's item stand for the other's? Both are of one group. */
static bool
may_cover(const struct overlap *overlap, const struct list_rule *cover, const struct list_rule *rule)
{
	const size_t *against = rule->access == LIST_DENY ? overlap->allows : overlap->denies;
	size_t from, to;

	if (cover == rule || rule->kind == LIST_KIND_NONE)
		return true;
	from = overlap->place[rule->number];
	to = overlap->place[cover->number];
	return to <= from || against[to] == against[from];
}

static void
tell(struct lint *lint, const struct lint_item *item, const struct lint_item *cover, const char *tag)
{
	const struct list_rule *rule = lint_item_rule(item);
	char text[LINT_ITEM_SIZE], in[LINT_ITEM_SIZE], name[LINT_NAME_SIZE];
	bool same;

	if (!lint_is_on(lint, LINT_REDUNDANT))
		return;
	if (item->entry != NULL)
		lint->told[item->entry - lint->list->entries] = true;
	if (!lint_begin(lint, LINT_REDUNDANT, LINT_WARNING))
		return;
	same = lint_item_compare(item, cover) == 0;
	(void)lint_item_text(item, text);
	(void)lint_item_text(cover, in);
	lint_add(lint, LINT_REDUNDANT, LINT_WARNING, (struct lint_place){ lint_item_line(item), rule }, tag,
		 lint_text(lint, "%s is in %s%s%s already", text, same ? "" : in, same ? "" : " of ",
			   lint_item_rule(cover) == rule ? "the same rule"
							 : lint_rule_text(lint_item_rule(cover), name)),
		 "Take it out.");
}

/* --------------------------------------------------------------- one group */

/* Addresses first, by their first ones, the wider before what it holds; then tags; as they are in the list. */
static int
compare_items(const void *a, const void *b)
{
	const struct lint_item *x = *(const struct lint_item *const *)a;
	const struct lint_item *y = *(const struct lint_item *const *)b;
	int order;

	if (x->peer != y->peer)
		return x->peer < y->peer ? -1 : 1;
	if (x->entry == NULL) {
		order = lint_item_compare(x, y);
		return order != 0 ? order : compare_numbers((uintptr_t)x->mention, (uintptr_t)y->mention);
	}
	order = svctag_address_compare(&x->entry->range.first, &y->entry->range.first);
	order = order != 0 ? order : svctag_address_compare(&y->entry->range.last, &x->entry->range.last);
	return order != 0 ? order : compare_numbers((uintptr_t)x->entry, (uintptr_t)y->entry);
}

/* Items before the i-th that equal it: one of them that may cover it, or NULL. They are in the list's order. */
static const struct lint_item *
find_twin(const struct overlap *overlap, size_t i)
{
	const struct lint_item *item = overlap->items[i];

	if (i == 0 || lint_item_compare(overlap->items[i - 1], item) != 0 ||
	    !may_cover(overlap, lint_item_rule(overlap->items[i - 1]), lint_item_rule(item)))
		return NULL;
	return overlap->items[i - 1];
}

/* A tag among those of the group, items[first..count); NULL if it is not there, or may not cover. */
static const struct lint_item *
find_tag(const struct overlap *overlap, size_t first, size_t count, uint32_t tag, const struct list_rule *rule)
{
	size_t low = first, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (overlap->items[middle]->tag < tag)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t tries = 0; low < count && overlap->items[low]->tag == tag && tries < MOST_TRIES; low++, tries++)
		if (may_cover(overlap, lint_item_rule(overlap->items[low]), rule))
			return overlap->items[low];
	return NULL;
}

/* What holds all of it, of the addresses before it. */
static const struct lint_item *
find_wider(const struct overlap *overlap, size_t *depth, const struct lint_item *item)
{
	const struct list_entry *entry = item->entry;

	while (*depth > 0 &&
	       svctag_address_compare(&overlap->stack[*depth - 1]->entry->range.last, &entry->range.last) < 0)
		--*depth;
	for (size_t i = *depth, tries = 0; i-- > 0 && tries < MOST_TRIES; tries++)
		if (overlap->stack[i]->entry->range.first.family == entry->range.first.family &&
		    may_cover(overlap, lint_item_rule(overlap->stack[i]), entry->rule))
			return overlap->stack[i];
	return NULL;
}

static const struct lint_item *
find_tag_of(struct overlap *overlap, const struct lint_item *item, size_t first, size_t count)
{
	struct lint *lint = overlap->lint;
	svctag_query query = { .kind = item->entry->kind, .range = item->entry->range };

	if (first == count || lint_is_wide(lint, &query.range))
		return NULL;
	lint->error = svctag_lookup(lint->snapshot, &query, &overlap->result);
	for (size_t i = 0; lint->error == SVCTAG_OK && i < overlap->result.match_count; i++) {
		const svctag_match *match = &overlap->result.matches[i];
		const struct lint_item *found =
			match->contains ? find_tag(overlap, first, count, match->tag, item->entry->rule) : NULL;

		if (found != NULL)
			return found;
	}
	return NULL;
}

/* The addresses are items[0..first), the tags items[first..until). */
static void
sweep_addresses(struct overlap *overlap, size_t first, size_t until)
{
	struct lint *lint = overlap->lint;
	size_t depth = 0;

	for (size_t i = 0; i < first && lint_goes_on(lint, i, first); i++) {
		const struct lint_item *item = overlap->items[i];
		const struct lint_item *cover = find_tag_of(overlap, item, first, until);
		const char *tag = cover != NULL ? svctag_index_tag_name(lint->index, cover->tag) : NULL;

		if (cover == NULL)
			cover = find_wider(overlap, &depth, item);
		if (cover != NULL)
			tell(lint, item, cover, tag);
		else
			overlap->stack[depth++] = item;
	}
}

static void
check_tags(struct overlap *overlap, size_t first, size_t until)
{
	struct lint *lint = overlap->lint;

	for (size_t i = first; i < until && lint_goes_on(lint, i, until); i++) {
		const struct lint_item *item = overlap->items[i];
		const struct lint_item *cover = i > first ? find_twin(overlap, i) : NULL;
		const char *name = svctag_index_tag_name(lint->index, item->tag);
		const char *dot = strchr(name, '.');
		uint32_t parent;

		if (cover == NULL && dot != NULL &&
		    svctag_index_find_tag(lint->index, name, (size_t)(dot - name), &parent) == SVCTAG_OK)
			cover = find_tag(overlap, first, until, parent, lint_item_rule(item));
		if (cover != NULL)
			tell(lint, item, cover, name);
	}
}

/* Everything is in `*`; of rules alone, so that a list of names is left in peace. */
static const struct lint_item *
find_any(const struct overlap *overlap, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (overlap->items[i]->peer == PEER_ANY)
			return overlap->items[i];
	return NULL;
}

static void
check_group(struct overlap *overlap, size_t count)
{
	const struct lint_item *any = find_any(overlap, count);
	size_t first = 0, until;

	if (any != NULL) {
		for (size_t i = 0; i < count && lint_goes_on(overlap->lint, i, count); i++)
			if (overlap->items[i]->peer != PEER_ANY &&
			    may_cover(overlap, lint_item_rule(any), lint_item_rule(overlap->items[i])))
				tell(overlap->lint, overlap->items[i], any, NULL);
		return;
	}
	qsort(overlap->items, count, sizeof(*overlap->items), compare_items);
	while (first < count && overlap->items[first]->peer == PEER_ADDRESS)
		first++;
	/* Between addresses and tags lie the reserved names; behind the tags what is unknown. */
	for (until = first; until < count && overlap->items[until]->peer != PEER_TAG;)
		until++;
	(void)memmove(&overlap->items[first], &overlap->items[until], (count - until) * sizeof(*overlap->items));
	count -= until - first;
	for (until = first; until < count && overlap->items[until]->peer == PEER_TAG;)
		until++;
	sweep_addresses(overlap, first, until);
	check_tags(overlap, first, until);
}

static void
check_groups(struct overlap *overlap)
{
	struct lint *lint = overlap->lint;
	size_t i = 0;

	while (i < overlap->part_count && lint_goes_on(lint, i, overlap->part_count)) {
		size_t begin = i, count = 0;

		for (; i < overlap->part_count && compare_groups(lint, &overlap->parts[begin], &overlap->parts[i]) == 0;
		     i++) {
			struct lint_run run = lint_side(lint, overlap->parts[i].rule, overlap->parts[i].side);

			for (size_t k = 0; k < run.count; k++)
				overlap->items[count++] = &run.items[k];
		}
		if (count > 1)
			check_group(overlap, count);
	}
}

void
lint_overlap(struct lint *lint)
{
	struct overlap overlap = { .lint = lint };

	if (lint->error != SVCTAG_OK || !lint_is_on(lint, LINT_REDUNDANT))
		return;
	overlap.items = calloc(lint->item_count + 1, sizeof(*overlap.items));
	overlap.stack = calloc(lint->item_count + 1, sizeof(*overlap.stack));
	if (overlap.items == NULL || overlap.stack == NULL)
		lint->error = SVCTAG_E_NO_MEMORY;
	else
		lint->error = collect_parts(&overlap);
	if (lint->error == SVCTAG_OK)
		lint->error = order_rules(&overlap);
	if (lint->error == SVCTAG_OK)
		check_groups(&overlap);
	svctag_lookup_result_release(&overlap.result);
	free(overlap.parts);
	free(overlap.place);
	free(overlap.denies);
	free(overlap.allows);
	free(overlap.items);
	free(overlap.stack);
}
