#include "rules_layout.h"

#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "rules_words.h"

bool
layout_side_is_remote(enum list_direction direction, enum list_side side)
{
	return side == LIST_SIDE_NONE || (side == LIST_SOURCE) == (direction == LIST_INBOUND);
}

const struct origin *
layout_origin(const struct layout *layout, size_t entry)
{
	return &layout->origins[layout->entry_origins[entry]];
}

bool
layout_is_remote(const struct layout *layout, size_t entry)
{
	return layout_side_is_remote(layout_origin(layout, entry)->direction, layout->list->entries[entry].side);
}

void
layout_release(struct layout *layout)
{
	list_memory_free(layout->memory);
	free(layout->origins);
	free(layout->entry_origins);
	free(layout->entries);
	free(layout->mentions);
	*layout = (struct layout){ 0 };
}

/* A rule of the list by its address, and where it first stands: entries before mentions. */
struct place {
	const struct list_rule *rule;
	size_t place;
	uint32_t origin;
};

static int
compare_rules(const void *a, const void *b)
{
	const struct place *x = a;
	const struct place *y = b;
	uintptr_t p = (uintptr_t)x->rule;
	uintptr_t q = (uintptr_t)y->rule;

	return p != q ? (p > q) - (p < q) : (x->place > y->place) - (x->place < y->place);
}

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a;
	const struct place *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

static const struct list_rule *
rule_at(const struct list *list, size_t place)
{
	return place < list->entry_count ? list->entries[place].rule : list->mentions[place - list->entry_count].rule;
}

/* Places whose rule differs from that of the place before: rules mostly follow one another. */
static size_t
collect_places(const struct list *list, struct place *places)
{
	size_t all = list->entry_count + list->mention_count;
	size_t count = 0;

	for (size_t i = 0; i < all; i++)
		if (i == 0 || rule_at(list, i) != rule_at(list, i - 1))
			places[count++] = (struct place){ .rule = rule_at(list, i), .place = i };
	qsort(places, count, sizeof(*places), compare_rules);
	all = count;
	count = 0;
	for (size_t i = 0; i < all; i++)
		if (i == 0 || places[i].rule != places[i - 1].rule)
			places[count++] = places[i];
	return count;
}

static uint32_t
find_origin(const struct place *places, size_t count, const struct list_rule *rule)
{
	size_t low = 0;

	while (count > 1) {
		size_t half = count / 2;

		if ((uintptr_t)places[low + half].rule <= (uintptr_t)rule)
			low += half;
		count -= half;
	}
	return places[low].origin;
}

/* Number the rules in order of their places; afterwards `places` is in order of the rules' addresses. */
static svctag_error
number_rules(struct layout *layout, struct place *places, size_t count)
{
	layout->origins = calloc(count + 1, sizeof(*layout->origins));
	if (layout->origins == NULL)
		return SVCTAG_E_NO_MEMORY;
	qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 0; i < count; i++) {
		places[i].origin = (uint32_t)i;
		layout->origins[i].rule = places[i].rule;
	}
	layout->origin_count = count;
	qsort(places, count, sizeof(*places), compare_rules);
	return SVCTAG_OK;
}

/* Put the numbers of entries and of mentions together by origin: a counting sort each. */
static svctag_error
group(struct layout *layout, const struct place *places, size_t count)
{
	const struct list *list = layout->list;
	size_t entries = 0;
	size_t mentions = 0;
	uint32_t *of_mention = calloc(list->mention_count + 1, sizeof(*of_mention));

	layout->entry_origins = calloc(list->entry_count + 1, sizeof(*layout->entry_origins));
	layout->entries = calloc(list->entry_count + 1, sizeof(*layout->entries));
	layout->mentions = calloc(list->mention_count + 1, sizeof(*layout->mentions));
	if (of_mention == NULL || layout->entry_origins == NULL || layout->entries == NULL ||
	    layout->mentions == NULL) {
		free(of_mention);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < list->entry_count; i++) {
		bool same = i > 0 && list->entries[i].rule == list->entries[i - 1].rule;

		layout->entry_origins[i] =
			same ? layout->entry_origins[i - 1] : find_origin(places, count, list->entries[i].rule);
		layout->origins[layout->entry_origins[i]].entry_count++;
	}
	for (size_t i = 0; i < list->mention_count; i++) {
		of_mention[i] = find_origin(places, count, list->mentions[i].rule);
		layout->origins[of_mention[i]].mention_count++;
	}
	for (size_t o = 0; o < layout->origin_count; o++) {
		struct origin *origin = &layout->origins[o];

		origin->first_entry = entries;
		origin->first_mention = mentions;
		entries += origin->entry_count;
		mentions += origin->mention_count;
		origin->entry_count = origin->mention_count = 0;
	}
	for (size_t i = 0; i < list->entry_count; i++) {
		struct origin *origin = &layout->origins[layout->entry_origins[i]];

		layout->entries[origin->first_entry + origin->entry_count++] = (uint32_t)i;
	}
	for (size_t i = 0; i < list->mention_count; i++) {
		struct origin *origin = &layout->origins[of_mention[i]];

		layout->mentions[origin->first_mention + origin->mention_count++] = (uint32_t)i;
	}
	free(of_mention);
	return SVCTAG_OK;
}

static enum list_direction
direction_of(const struct layout *layout, const struct origin *origin)
{
	bool sources = false;

	if (layout->target == SVCTAG_TARGET_UDR && origin->rule->next_hop != NULL)
		return LIST_OUTBOUND;
	if (origin->rule->direction != LIST_DIRECTION_NONE)
		return origin->rule->direction;
	for (size_t i = 0; i < origin->entry_count; i++) {
		enum list_side side = layout->list->entries[layout->entries[origin->first_entry + i]].side;

		if (side != LIST_SOURCE)
			return LIST_OUTBOUND;
		sources = true;
	}
	return sources ? LIST_INBOUND : LIST_OUTBOUND;
}

static unsigned int
priority_of(const char *text)
{
	unsigned long number = text == NULL ? 0 : strtoul(text, NULL, 10);

	return number >= RULE_LEAST_PRIORITY && number <= RULE_MOST_PRIORITY ? (unsigned int)number : 0;
}

/* A route has a next hop and nothing else that a rule has. */
static void
read_route(struct layout *layout, struct origin *origin)
{
	const char *next_hop = origin->rule->next_hop;

	origin->protocol = "*";
	origin->ports = "*";
	origin->priority = 0;
	if (next_hop != NULL)
		origin->next_hop = rule_next_hop(next_hop, layout->memory);
	if (next_hop != NULL && origin->next_hop == NULL && layout->doubts.next_hop == NULL)
		layout->doubts.next_hop = next_hop;
	if (origin->next_hop == NULL)
		origin->next_hop = origin->access == LIST_DENY ? "None" : "Internet";
}

/* What the list says of the traffic, as rules have it; what they cannot have is remembered once. */
static svctag_error
read_traffic(struct layout *layout, struct origin *origin)
{
	const struct list_rule *rule = origin->rule;
	struct layout_doubts *doubts = &layout->doubts;

	origin->protocol = rule_protocol(rule->protocol);
	if (origin->protocol == NULL ||
	    (layout->target == SVCTAG_TARGET_FIREWALL && strchr("EA", origin->protocol[0]) != NULL)) {
		origin->protocol = "*";
		if (doubts->protocol == NULL)
			doubts->protocol = rule->protocol;
	}
	if (!rule_ports(rule->ports, layout->memory, &origin->ports) && doubts->ports == NULL)
		doubts->ports = rule->ports;
	if (origin->ports == NULL)
		return SVCTAG_E_NO_MEMORY;
	/* Others than these two have no ports. */
	if (strcmp(origin->protocol, "Icmp") == 0 || strcmp(origin->protocol, "Esp") == 0 ||
	    strcmp(origin->protocol, "Ah") == 0)
		origin->ports = "*";
	if (rule->ports == NULL)
		doubts->without_ports += origin->entry_count;
	return SVCTAG_OK;
}

static svctag_error
read_rule(struct layout *layout, struct origin *origin)
{
	origin->direction = direction_of(layout, origin);
	origin->access = origin->rule->access == LIST_DENY ? LIST_DENY : LIST_ALLOW;
	origin->priority = priority_of(origin->rule->priority);
	if (layout->target != SVCTAG_TARGET_UDR)
		return read_traffic(layout, origin);
	read_route(layout, origin);
	return SVCTAG_OK;
}

/* Rules of one direction in the order in which they are looked at: by priority, else as they stand. */
static int
compare_origins(const void *a, const void *b)
{
	const struct origin *x = *(struct origin *const *)a;
	const struct origin *y = *(struct origin *const *)b;

	if (x->direction != y->direction)
		return x->direction < y->direction ? -1 : 1;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (x > y) - (x < y); /* they lie in one array */
}

static svctag_error
find_layers(struct layout *layout)
{
	struct origin **order = calloc(layout->origin_count + 1, sizeof(*order));

	if (order == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < layout->origin_count; i++)
		order[i] = &layout->origins[i];
	qsort(order, layout->origin_count, sizeof(*order), compare_origins);
	for (size_t i = 1; i < layout->origin_count; i++) {
		const struct origin *before = order[i - 1];

		if (before->direction != order[i]->direction)
			continue;
		order[i]->layer = before->layer + (before->access != order[i]->access);
		if (order[i]->priority != 0 && order[i]->priority == before->priority)
			layout->doubts.several_groups++;
	}
	free(order);
	return SVCTAG_OK;
}

static svctag_error
make(struct layout *layout)
{
	const struct list *list = layout->list;
	struct place *places = calloc(list->entry_count + list->mention_count + 1, sizeof(*places));
	svctag_error err = places == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	size_t count = 0;

	if (err == SVCTAG_OK) {
		count = collect_places(list, places);
		err = number_rules(layout, places, count);
	}
	if (err == SVCTAG_OK)
		err = group(layout, places, count);
	free(places);
	for (size_t i = 0; i < layout->origin_count && err == SVCTAG_OK; i++)
		err = read_rule(layout, &layout->origins[i]);
	if (err == SVCTAG_OK && layout->target != SVCTAG_TARGET_UDR)
		err = find_layers(layout);
	for (size_t i = 0; i < list->entry_count && err == SVCTAG_OK; i++)
		layout->origins[layout->entry_origins[i]].remote += layout_is_remote(layout, i);
	return err;
}

svctag_error
layout_make(const struct list *list, svctag_target target, struct layout *ret)
{
	*ret = (struct layout){ .list = list, .target = target, .memory = list_memory_new() };
	return ret->memory == NULL ? SVCTAG_E_NO_MEMORY : make(ret);
}
