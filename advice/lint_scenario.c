/*
 * A scenario's rules against those of the list. A scenario has places (the
 * groups of two regions); which of the list's groups is which is told by what
 * they have: the best match first. A group is then asked for each rule: does
 * some rule of its own allow the tag, or more, with these ports, and does none
 * before it deny that?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint_internal.h"
#include "plan.h"

/** Rules of one group: numbers[first..until). */
struct group {
	size_t first, until;
	bool taken;
};

struct matching {
	struct lint *lint;
	const struct plan *plan;
	size_t *numbers; /* of rules in order */
	struct group *groups;
	size_t group_count;
};

/* Does the item stand for all that the tag holds? */
static bool
holds_tag(const struct lint *lint, const struct lint_item *item, const char *tag)
{
	const char *name;
	size_t size;

	if (lint_item_is_anyone(item))
		return true;
	if (item->peer != PEER_TAG)
		return false;
	name = svctag_index_tag_name(lint->index, item->tag);
	size = strlen(name);
	return strncasecmp(name, tag, size) == 0 && (tag[size] == '\0' || (tag[size] == '.' && !strchr(name, '.')));
}

static bool
side_holds(const struct lint *lint, size_t rule, enum list_side side, const char *tag)
{
	struct lint_run run = lint_side(lint, rule, side);

	for (size_t i = 0; i < run.count; i++)
		if (holds_tag(lint, &run.items[i], tag))
			return true;
	return false;
}

/* Does the rule decide about what the scenario's rule is about? `access` is what it would have to say. */
static bool
decides(const struct lint *lint, const struct list_rule *rule, const struct plan_rule *needed, enum list_access access)
{
	enum list_direction direction = needed->rule->direction;
	enum list_side side = direction == LIST_INBOUND ? LIST_SOURCE : LIST_DESTINATION;
	char ports[SCENARIO_MAX_TEXT];
	size_t size = 0;

	if (rule->access != access || rule->direction != direction || !lint_is_own(rule) ||
	    !lint_protocol_covers(rule->protocol, needed->rule->protocol))
		return false;
	for (size_t i = 0; i < needed->rule->port_count && size < sizeof(ports); i++)
		size += (size_t)snprintf(ports + size, sizeof(ports) - size, "%s%s", i > 0 ? "," : "",
					 needed->rule->ports[i]);
	return lint_ports_cover(rule->ports, size > 0 ? ports : NULL) &&
	       side_holds(lint, rule->number, side, needed->tag);
}

/* A rule that denies for some of the machines only leaves the others alone. */
static bool
is_for_all(const struct lint *lint, const struct list_rule *rule)
{
	struct lint_run run =
		lint_side(lint, rule->number, rule->direction == LIST_INBOUND ? LIST_DESTINATION : LIST_SOURCE);

	for (size_t i = 0; i < run.count; i++)
		if (lint_item_is_any(&run.items[i]) || run.items[i].peer == PEER_RESERVED)
			return true;
	return run.count == 0;
}

/* The rule that allows it; or NULL, and what denies it before. The rules of a direction are in order of priority. */
static const struct list_rule *
find_allowing(const struct matching *matching, const struct group *group, const struct plan_rule *needed,
	      const struct list_rule **ret_deny)
{
	const struct lint *lint = matching->lint;
	const struct list_rule *deny = NULL;

	for (size_t i = group->first; i < group->until; i++) {
		const struct list_rule *rule = lint_rule(lint, matching->numbers[i]);

		if (decides(lint, rule, needed, LIST_ALLOW)) {
			*ret_deny = deny;
			return deny == NULL ? rule : NULL;
		}
		if (deny == NULL && decides(lint, rule, needed, LIST_DENY) && is_for_all(lint, rule))
			deny = rule;
	}
	return NULL;
}

/* How many of a place's rules a group has by name; what allows everything says nothing. */
static size_t
score(const struct matching *matching, const struct group *group, size_t place)
{
	size_t score = 0;

	for (size_t i = 0; i < matching->plan->rule_count; i++) {
		const struct plan_rule *needed = &matching->plan->rules[i];
		const struct list_rule *deny;

		if (needed->place == place && needed->made != NULL &&
		    find_allowing(matching, group, needed, &deny) != NULL)
			score++;
	}
	return score;
}

/* @param deny  the rule that forbids it first; NULL: nothing allows it */
static void
tell(const struct matching *matching, const struct plan_rule *needed, const struct list_rule *deny,
     struct lint_place place)
{
	struct lint *lint = matching->lint;
	const char *scenario = matching->plan->scenario->name;
	char name[LINT_NAME_SIZE];

	if (!lint_begin(lint, LINT_MISSING_TAG, LINT_ERROR))
		return;
	if (deny != NULL)
		lint_add(lint, LINT_MISSING_TAG, LINT_ERROR, (struct lint_place){ deny->line, deny }, needed->tag,
			 lint_text(lint, "%s needs %s, which %s denies first", scenario, needed->tag,
				   lint_rule_text(deny, name)),
			 lint_text(lint, "Give a rule that allows %s a priority before it.", needed->tag));
	else
		lint_add(lint, LINT_MISSING_TAG, LINT_ERROR, place, needed->tag,
			 lint_text(lint, "%s needs a rule for %s %s in %s", scenario,
				   needed->rule->direction == LIST_INBOUND ? "traffic from" : "traffic to", needed->tag,
				   matching->plan->places[needed->place].title),
			 lint_text(lint, "Allow %s: %.400s.", needed->tag, needed->why));
}

static void
check_place(const struct matching *matching, const struct group *group, size_t place)
{
	struct lint *lint = matching->lint;
	const struct list_rule *first =
		group != NULL ? lint_rule(lint, matching->numbers[group->first]) : lint_rule(lint, 0);
	struct list_rule *about = list_memory_allocate(lint->memory, sizeof(*about));

	if (about == NULL) {
		lint->error = SVCTAG_E_NO_MEMORY;
		return;
	}
	*about = (struct list_rule){ .path = first->resource != NULL ? first->resource : "" };
	for (size_t i = 0; i < matching->plan->rule_count; i++) {
		const struct plan_rule *needed = &matching->plan->rules[i];
		const struct list_rule *deny = NULL;

		if (needed->place != place || needed->made == NULL ||
		    (group != NULL && find_allowing(matching, group, needed, &deny) != NULL))
			continue;
		tell(matching, needed, deny, (struct lint_place){ first->line, about });
	}
}

/* Groups of security rules, one after the other. */
static void
find_groups(struct matching *matching, size_t count)
{
	const struct list_rule *before = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct list_rule *rule = lint_rule(matching->lint, matching->numbers[i]);

		if (rule->kind != LIST_KIND_NSG && rule->kind != LIST_KIND_NSG_DEFAULT)
			continue;
		if (before == NULL || !lint_same_resource(before, rule))
			matching->groups[matching->group_count++] = (struct group){ .first = i };
		matching->groups[matching->group_count - 1].until = i + 1;
		before = rule;
	}
}

/* Most groups that are tried: each costs its rules times those of the scenario. */
#define MOST_GROUPS 10000

/* The best pairs first. Places for which no group is left are looked for elsewhere. */
static void
match_places(struct matching *matching)
{
	bool done[SCENARIO_MAX_PLACES] = { false };
	size_t places = matching->plan->place_count;
	size_t groups = matching->group_count < MOST_GROUPS ? matching->group_count : MOST_GROUPS;

	for (size_t round = 0; round < places && round < groups; round++) {
		size_t best = 0, best_place = SIZE_MAX, best_group = SIZE_MAX;

		for (size_t p = 0; p < places; p++) {
			for (size_t g = 0; g < groups && !done[p]; g++) {
				size_t found;

				if (matching->groups[g].taken || !lint_goes_on(matching->lint, g, groups))
					continue;
				found = score(matching, &matching->groups[g], p);
				if (best_place != SIZE_MAX && found <= best)
					continue;
				best = found;
				best_place = p;
				best_group = g;
			}
		}
		if (best_place == SIZE_MAX || (best == 0 && round > 0))
			return;
		done[best_place] = true;
		matching->groups[best_group].taken = true;
		check_place(matching, &matching->groups[best_group], best_place);
	}
}

void
lint_scenario(struct lint *lint)
{
	struct matching matching = { .lint = lint, .plan = lint->options->plan };
	size_t count = 0;

	if (matching.plan == NULL || lint->error != SVCTAG_OK || !lint_is_on(lint, LINT_MISSING_TAG))
		return;
	matching.groups = calloc(lint->list->rule_count + 1, sizeof(*matching.groups));
	matching.numbers = lint_rules_in_order(lint, &count);
	if (matching.groups == NULL)
		lint->error = SVCTAG_E_NO_MEMORY;
	if (lint->error == SVCTAG_OK) {
		find_groups(&matching, count);
		if (matching.group_count == 0 && matching.plan->place_count > 0)
			check_place(&matching, NULL, 0);
		else
			match_places(&matching);
	}
	free(matching.groups);
	free(matching.numbers);
}
