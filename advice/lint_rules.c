/* Rules one by one: families, tags, names, priorities, and what they let in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint_internal.h"

static struct lint_place
place_of(const struct list_rule *rule)
{
	return (struct lint_place){ rule->line, rule };
}

static void
check_families(struct lint *lint, const struct list_rule *rule)
{
	struct lint_run run = lint_all_sides(lint, rule->number);
	const struct lint_item *first[2] = { NULL, NULL };
	char four[LINT_ITEM_SIZE], six[LINT_ITEM_SIZE];

	for (size_t i = 0; i < run.count; i++)
		if (run.items[i].entry != NULL)
			first[SVCTAG_FAMILY_INDEX(run.items[i].entry->range.first.family)] = &run.items[i];
	if (first[0] == NULL || first[1] == NULL || !lint_begin(lint, LINT_MIXED_FAMILIES, LINT_ERROR))
		return;
	lint_add(lint, LINT_MIXED_FAMILIES, LINT_ERROR, place_of(rule), NULL,
		 lint_text(lint, "IPv4 (%s) and IPv6 (%s) in one rule", lint_item_text(first[0], four),
			   lint_item_text(first[1], six)),
		 "Make two rules of it, one for each family.");
}

/* Tags, and what stands for one; `*` is none. */
static bool
is_tag(const struct lint_item *item)
{
	return item->mention != NULL && item->peer != PEER_ANY;
}

static void
check_side(struct lint *lint, const struct list_rule *rule, enum list_side side)
{
	struct lint_run run = lint_side(lint, rule->number, side);
	const struct lint_item *in_array = NULL, *tag = NULL;
	char one[LINT_ITEM_SIZE], other[LINT_ITEM_SIZE];
	size_t tags = 0;

	for (size_t i = 0; i < run.count; i++) {
		if (!is_tag(&run.items[i]))
			continue;
		if (tag == NULL || lint_item_compare(tag, &run.items[i]) != 0) {
			tags++;
			if (tags == 2 && lint_begin(lint, LINT_SEVERAL_TAGS, LINT_ERROR))
				lint_add(lint, LINT_SEVERAL_TAGS, LINT_ERROR, place_of(rule), NULL,
					 lint_text(lint, "several tags as %s: %s, %s", list_side_text(side),
						   lint_item_text(tag, one), lint_item_text(&run.items[i], other)),
					 "Make a rule for each of them.");
		}
		tag = &run.items[i];
		if (run.items[i].mention->in_array || run.count > 1)
			in_array = tag;
	}
	if (tags != 1 || in_array == NULL || !lint_begin(lint, LINT_TAG_IN_ARRAY, LINT_ERROR))
		return;
	(void)lint_item_text(in_array, one);
	lint_add(lint, LINT_TAG_IN_ARRAY, LINT_ERROR, (struct lint_place){ lint_item_line(in_array), rule }, one,
		 lint_text(lint, "%s stands where only addresses can, as one of several", one),
		 lint_text(lint, "Write it as the rule's only %s, in the singular field%s.", list_side_text(side),
			   run.count > 1 ? "; make another rule for the rest" : ""));
}

/* ---------------------------------------------------------------- names */

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* What is wrong with a name; NULL if nothing is. */
static const char *
name_fault(const char *name, size_t most)
{
	size_t size = strlen(name);

	if (size > most)
		return "is too long";
	if (!is_alphanumeric(name[0]))
		return "does not begin with a letter or digit";
	if (!is_alphanumeric(name[size - 1]) && name[size - 1] != '_')
		return "does not end with a letter, a digit or '_'";
	for (size_t i = 0; i < size; i++)
		if (!is_alphanumeric(name[i]) && name[i] != '.' && name[i] != '-' && name[i] != '_')
			return "has something else in it than letters, digits, '.', '-' and '_'";
	return NULL;
}

static void
check_name(struct lint *lint, const struct list_rule *rule)
{
	const svctag_limit *limit =
		svctag_limit_find(rule->kind == LIST_KIND_ROUTE ? SVCTAG_TARGET_UDR : SVCTAG_TARGET_NSG, "nameLength");
	const char *name = rule->name;
	const char *slash = name != NULL ? strrchr(name, '/') : NULL;
	const char *fault;

	/* A template calls a rule "group/rule"; and what an expression stands for is not here. */
	if (name == NULL || name[0] == '[' || limit == NULL)
		return;
	if (slash != NULL && slash[1] != '\0')
		name = slash + 1;
	fault = name_fault(name, limit->maximum);
	if (fault == NULL || !lint_begin(lint, LINT_RULE_NAME, LINT_ERROR))
		return;
	lint_add(lint, LINT_RULE_NAME, LINT_ERROR, place_of(rule), NULL,
		 lint_text(lint, "the name '%.100s' %s", name, fault),
		 lint_text(lint, "Use at most %u letters, digits, '.', '-' and '_'.", limit->maximum));
}

static unsigned long
limit_or(const char *name, unsigned long otherwise)
{
	const svctag_limit *limit = svctag_limit_find(SVCTAG_TARGET_NSG, name);

	return limit != NULL ? limit->maximum : otherwise;
}

/* Of collections of a firewall, whose priorities run from 100 too. */
#define MOST_COLLECTION_PRIORITY 65000

static void
check_priority(struct lint *lint, const struct list_rule *rule)
{
	unsigned long least = limit_or("leastPriority", 100);
	unsigned long most =
		rule->kind == LIST_KIND_FIREWALL ? MOST_COLLECTION_PRIORITY : limit_or("mostPriority", 4096);
	unsigned long priority = lint_priority(rule);

	if (rule->priority == NULL || (rule->priority[0] != '-' && priority >= least && priority <= most) ||
	    !lint_begin(lint, LINT_PRIORITY_RANGE, LINT_ERROR))
		return;
	lint_add(lint, LINT_PRIORITY_RANGE, LINT_ERROR, place_of(rule), NULL,
		 lint_text(lint, "the priority %.32s is not between %lu and %lu", rule->priority, least, most),
		 lint_text(lint, "Give it a free priority from %lu to %lu.", least, most));
}

/* -------------------------------------------------------------- inbound */

static void
check_inbound(struct lint *lint, const struct list_rule *rule)
{
	struct lint_run run = lint_side(lint, rule->number, LIST_SOURCE);
	bool any_port = lint_ports_cover(rule->ports, "*");
	bool told = false;

	for (size_t i = 0; i < run.count; i++) {
		const struct lint_item *item = &run.items[i];
		struct lint_place place = { lint_item_line(item), rule };
		char text[LINT_ITEM_SIZE];

		(void)lint_item_text(item, text);
		if (any_port && !told && lint_item_is_anyone(item)) {
			told = true;
			if (lint_begin(lint, LINT_ANY_INBOUND, LINT_WARNING))
				lint_add(lint, LINT_ANY_INBOUND, LINT_WARNING, place, NULL,
					 lint_text(lint, "inbound traffic from %s is allowed to any port", text),
					 "Name the ports, and the sources if they are known.");
		}
		if (item->peer != PEER_TAG || !svctag_tag_is_shared(lint->index, item->tag) ||
		    !lint_begin(lint, LINT_BROAD_INBOUND, LINT_WARNING))
			continue;
		lint_add(lint, LINT_BROAD_INBOUND, LINT_WARNING, place, svctag_index_tag_name(lint->index, item->tag),
			 lint_text(lint, "%s holds what other customers run, and all of it is allowed in", text),
			 "Name the addresses or the narrower tag that has to come in, or check who calls behind this "
			 "rule.");
	}
}

static void
check_rule(struct lint *lint, const struct list_rule *rule)
{
	if (rule->kind == LIST_KIND_NSG) {
		check_families(lint, rule);
		check_side(lint, rule, LIST_SOURCE);
		check_side(lint, rule, LIST_DESTINATION);
		if (rule->direction == LIST_INBOUND && rule->access == LIST_ALLOW)
			check_inbound(lint, rule);
	}
	if (rule->kind == LIST_KIND_NSG || rule->kind == LIST_KIND_FIREWALL)
		check_priority(lint, rule);
	if (rule->kind == LIST_KIND_NSG || rule->kind == LIST_KIND_ROUTE)
		check_name(lint, rule);
}

void
lint_rules(struct lint *lint)
{
	size_t count = lint->list->rule_count;

	for (size_t i = 1; i <= count && lint_goes_on(lint, i, count); i++)
		check_rule(lint, lint_rule(lint, i));
}
