#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_check.h"
#include "rules_names.h"

#define PRIORITY_COUNT (RULE_MOST_PRIORITY - RULE_LEAST_PRIORITY + 1)
/* Bytes of a description. */
#define DESCRIPTION_SIZE 140

/* The priorities of one direction: which are taken, and below which none is free. */
struct priorities {
	bool taken[PRIORITY_COUNT];
	size_t next;
};

struct rule_set {
	svctag_target target;
	struct list_memory *memory;
	struct rule_names names;
	struct priorities priorities[2]; /* inbound, outbound */
	struct rule *rules;
	size_t count;
	size_t capacity;
};

svctag_error
rules_new(svctag_target target, struct rule_set **ret)
{
	struct rule_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return SVCTAG_E_NO_MEMORY;
	set->target = target;
	set->memory = list_memory_new();
	if (set->memory == NULL) {
		rules_free(set);
		return SVCTAG_E_NO_MEMORY;
	}
	*ret = set;
	return SVCTAG_OK;
}

void
rules_free(struct rule_set *set)
{
	if (set == NULL)
		return;
	list_memory_free(set->memory);
	rule_names_release(&set->names);
	free(set->rules);
	free(set);
}

svctag_target
rules_target(const struct rule_set *set)
{
	return set->target;
}

size_t
rules_count(const struct rule_set *set)
{
	return set->count;
}

const struct rule *
rules_at(const struct rule_set *set, size_t i)
{
	return &set->rules[i];
}

static struct priorities *
priorities_of(struct rule_set *set, enum list_direction direction)
{
	return &set->priorities[direction == LIST_INBOUND ? 0 : 1];
}

static bool
is_priority(unsigned int priority)
{
	return priority >= RULE_LEAST_PRIORITY && priority <= RULE_MOST_PRIORITY;
}

svctag_error
rules_reserve(struct rule_set *set, const char *name, enum list_direction direction, unsigned int priority)
{
	char fit[RULE_NAME_SIZE + 1];
	const char *taken;

	if (is_priority(priority))
		priorities_of(set, direction)->taken[priority - RULE_LEAST_PRIORITY] = true;
	if (name == NULL)
		return SVCTAG_OK;
	rule_name_fit(name, fit);
	return rule_names_take(&set->names, set->memory, fit, &taken);
}

unsigned int
rules_free_priority(const struct rule_set *set, enum list_direction direction, unsigned int least)
{
	const bool *taken = set->priorities[direction == LIST_INBOUND ? 0 : 1].taken;

	for (unsigned int p = least < RULE_LEAST_PRIORITY ? RULE_LEAST_PRIORITY : least; p <= RULE_MOST_PRIORITY; p++)
		if (!taken[p - RULE_LEAST_PRIORITY])
			return p;
	return 0;
}

/* Routes have none: the longest prefix decides. */
static svctag_error
take_priority(struct rule_set *set, const struct rule *rule, unsigned int *ret, svctag_detail *detail)
{
	struct priorities *priorities = priorities_of(set, rule->direction);
	size_t i = rule->priority - RULE_LEAST_PRIORITY;

	if (set->target == SVCTAG_TARGET_UDR) {
		*ret = 0;
		return SVCTAG_OK;
	}
	if (rule->priority == 0) {
		while (priorities->next < PRIORITY_COUNT && priorities->taken[priorities->next])
			priorities->next++;
		i = priorities->next;
	}
	if (i >= PRIORITY_COUNT) {
		svctag_detail_set(detail, "no priority from %d to %d is free for another %s rule", RULE_LEAST_PRIORITY,
				  RULE_MOST_PRIORITY, list_direction_text(rule->direction));
		return SVCTAG_E_LIMIT;
	}
	if (priorities->taken[i]) {
		svctag_detail_set(detail, "the priority %u of the %s rules is taken", rule->priority,
				  list_direction_text(rule->direction));
		return SVCTAG_E_DUPLICATE;
	}
	priorities->taken[i] = true;
	*ret = (unsigned int)i + RULE_LEAST_PRIORITY;
	return SVCTAG_OK;
}

static struct rule *
append(struct rule_set *set)
{
	if (set->count == set->capacity) {
		size_t capacity = set->capacity == 0 ? 16 : 2 * set->capacity;
		struct rule *rules = reallocarray(set->rules, capacity, sizeof(*rules));

		if (rules == NULL)
			return NULL;
		set->rules = rules;
		set->capacity = capacity;
	}
	return &set->rules[set->count];
}

/* NULL is nothing, and no failure. */
static bool
copy_text(struct rule_set *set, const char *text, const char **ret)
{
	*ret = text == NULL ? NULL : list_memory_copy(set->memory, text, strlen(text));
	return text == NULL || *ret != NULL;
}

/* One line of UTF-8, cut between characters. */
static bool
copy_description(struct rule_set *set, const char *text, const char **ret)
{
	svctag_detail line = { "" };
	size_t size;

	/* This replaces controls and what is not UTF-8. */
	svctag_detail_set(&line, "%s", text != NULL ? text : "");
	size = strlen(line.text);
	if (size > DESCRIPTION_SIZE) {
		size = DESCRIPTION_SIZE;
		while (size > 0 && ((unsigned char)line.text[size] & 0xc0) == 0x80)
			size--;
	}
	*ret = list_memory_copy(set->memory, line.text, size);
	return *ret != NULL;
}

static bool
copy_ports(struct rule_set *set, const struct rule *rule, struct rule *to)
{
	const char **ports = list_memory_allocate(set->memory, rule->port_count * sizeof(*ports));

	if (ports == NULL)
		return false;
	for (size_t i = 0; i < rule->port_count; i++)
		if (!copy_text(set, rule->ports[i], &ports[i]))
			return false;
	to->ports = ports;
	to->port_count = rule->port_count;
	return true;
}

static bool
copy_peer(struct rule_set *set, const struct rule_peer *peer, struct rule_peer *to)
{
	svctag_prefix *prefixes;

	*to = (struct rule_peer){ .kind = peer->kind };
	if (peer->kind == RULE_TAG)
		return copy_text(set, peer->tag, &to->tag);
	if (peer->kind == RULE_ANY)
		return true;
	prefixes = list_memory_allocate(set->memory, peer->prefix_count * sizeof(*prefixes));
	if (prefixes == NULL)
		return false;
	memcpy(prefixes, peer->prefixes, peer->prefix_count * sizeof(*prefixes));
	to->prefixes = prefixes;
	to->prefix_count = peer->prefix_count;
	return true;
}

/* A rule that needs no dividing any more. */
static svctag_error
add_one(struct rule_set *set, const struct rule *rule, svctag_detail *detail)
{
	struct rule *to = append(set);
	char name[RULE_NAME_SIZE + 1];
	svctag_error err;

	if (to == NULL)
		return SVCTAG_E_NO_MEMORY;
	*to = (struct rule){ .direction = rule->direction, .access = rule->access };
	if (!copy_description(set, rule->description, &to->description) ||
	    !copy_text(set, rule->protocol, &to->protocol) || !copy_ports(set, rule, to) ||
	    !copy_peer(set, &rule->source, &to->source) || !copy_peer(set, &rule->destination, &to->destination) ||
	    !copy_text(set, rule->next_hop, &to->next_hop))
		return SVCTAG_E_NO_MEMORY;
	err = take_priority(set, rule, &to->priority, detail);
	if (err != SVCTAG_OK)
		return err;
	rule_name_fit(rule->name, name);
	err = rule_names_take(&set->names, set->memory, name, &to->name);
	if (err == SVCTAG_OK)
		set->count++;
	return err;
}

/*
 * How a side is divided: its prefixes in order of family, so many of one
 * family at a time. A side without addresses is one piece of any family.
 */
struct pieces {
	struct rule_peer peer;
	svctag_prefix *sorted; /* owned; NULL without addresses */
	size_t most;
	size_t at;
};

static bool
pieces_begin(struct pieces *pieces, const struct rule_peer *peer, size_t most)
{
	size_t count = 0;

	*pieces = (struct pieces){ .peer = *peer, .most = most };
	if (peer->kind != RULE_ADDRESSES)
		return true;
	pieces->sorted = calloc(peer->prefix_count, sizeof(*pieces->sorted));
	if (pieces->sorted == NULL)
		return false;
	for (int family = 0; family < 2; family++)
		for (size_t i = 0; i < peer->prefix_count; i++)
			if ((peer->prefixes[i].family == SVCTAG_IPV6) == (family == 1))
				pieces->sorted[count++] = peer->prefixes[i];
	return true;
}

/* The family of a piece; 0 for one without addresses. */
static uint8_t
piece_family(const struct rule_peer *piece)
{
	return piece->kind == RULE_ADDRESSES ? piece->prefixes[0].family : 0;
}

static bool
pieces_next(struct pieces *pieces, struct rule_peer *ret)
{
	size_t all = pieces->sorted != NULL ? pieces->peer.prefix_count : 1;
	size_t begin = pieces->at;

	if (begin == all)
		return false;
	*ret = pieces->peer;
	pieces->at++;
	if (pieces->sorted == NULL)
		return true;
	while (pieces->at < all && pieces->at - begin < pieces->most &&
	       pieces->sorted[pieces->at].family == pieces->sorted[begin].family)
		pieces->at++;
	ret->prefixes = &pieces->sorted[begin];
	ret->prefix_count = pieces->at - begin;
	return true;
}

/* Every piece of one side with every piece of the other, unless their families differ. */
static svctag_error
add_pieces(struct rule_set *set, const struct rule *rule, struct pieces *sources, struct pieces *destinations,
	   svctag_detail *detail)
{
	struct rule piece = *rule;
	svctag_error err = SVCTAG_OK;

	while (err == SVCTAG_OK && pieces_next(sources, &piece.source)) {
		uint8_t family = piece_family(&piece.source);

		destinations->at = 0;
		while (err == SVCTAG_OK && pieces_next(destinations, &piece.destination)) {
			uint8_t other = piece_family(&piece.destination);

			if (family != 0 && other != 0 && family != other)
				continue;
			err = add_one(set, &piece, detail);
			/* The given one is the first piece's; the others come after it. */
			if (err == SVCTAG_OK && rule->priority != 0)
				piece.priority = rules_free_priority(set, rule->direction, rule->priority);
		}
	}
	return err;
}

svctag_error
rules_add(struct rule_set *set, const struct rule *rule, svctag_detail *detail)
{
	struct pieces sources = { .at = 0 };
	struct pieces destinations = { .at = 0 };
	size_t most = rule_most_prefixes(set->target);
	size_t count = set->count;
	svctag_error err = rule_check(set->target, rule, detail);

	if (err != SVCTAG_OK)
		return err;
	if (!pieces_begin(&sources, &rule->source, most) || !pieces_begin(&destinations, &rule->destination, most))
		err = SVCTAG_E_NO_MEMORY;
	else
		err = add_pieces(set, rule, &sources, &destinations, detail);
	if (err == SVCTAG_OK && set->count == count) {
		svctag_detail_set(detail, "IPv4 on one side, IPv6 on the other: no traffic is of both");
		err = SVCTAG_E_INVALID;
	}
	free(sources.sorted);
	free(destinations.sorted);
	return err;
}
