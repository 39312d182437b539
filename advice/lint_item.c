/* Single items and rules: what they stand for, and how they are called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint_internal.h"

const char *
lint_reserved(uint32_t i)
{
	static const char *const names[] = { "Internet",         "VirtualNetwork",    "AzureLoadBalancer",
					     "AzurePlatformDNS", "AzurePlatformIMDS", "AzurePlatformLKM" };

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

svctag_target
lint_target(const struct lint *lint, const struct list_rule *rule)
{
	if (lint->options->has_target)
		return lint->options->target;
	if (rule->kind == LIST_KIND_ROUTE)
		return SVCTAG_TARGET_UDR;
	return rule->kind == LIST_KIND_FIREWALL ? SVCTAG_TARGET_FIREWALL : SVCTAG_TARGET_NSG;
}

bool
lint_has_target(const struct lint *lint, const struct list_rule *rule)
{
	return lint->options->has_target || rule->kind == LIST_KIND_NSG || rule->kind == LIST_KIND_ROUTE ||
	       rule->kind == LIST_KIND_FIREWALL;
}

bool
lint_is_own(const struct list_rule *rule)
{
	return rule->kind != LIST_KIND_NSG_DEFAULT;
}

size_t
lint_item_line(const struct lint_item *item)
{
	return item->entry != NULL ? item->entry->line : item->mention->line;
}

const struct list_rule *
lint_item_rule(const struct lint_item *item)
{
	return item->entry != NULL ? item->entry->rule : item->mention->rule;
}

enum list_side
lint_item_side(const struct lint_item *item)
{
	return item->entry != NULL ? item->entry->side : item->mention->side;
}

bool
lint_item_is_any(const struct lint_item *item)
{
	const svctag_range *range;
	bool all = true;

	if (item->entry == NULL)
		return item->peer == PEER_ANY;
	range = &item->entry->range;
	for (size_t i = 0; i < SVCTAG_FAMILY_BYTES(range->first.family); i++)
		all = all && range->first.bytes[i] == 0 && range->last.bytes[i] == 0xff;
	return all;
}

bool
lint_item_is_anyone(const struct lint_item *item)
{
	return lint_item_is_any(item) || (item->peer == PEER_RESERVED && item->tag == LINT_INTERNET);
}

const char *
lint_item_text(const struct lint_item *item, char text[LINT_ITEM_SIZE])
{
	if (item->entry != NULL)
		(void)list_entry_format(item->entry, text);
	else
		(void)snprintf(text, LINT_ITEM_SIZE, "%.80s", item->mention->tag);
	return text;
}

int
lint_item_compare(const void *a, const void *b)
{
	const struct lint_item *x = a;
	const struct lint_item *y = b;
	int order;

	if (x->peer != y->peer)
		return x->peer < y->peer ? -1 : 1;
	if (x->peer == PEER_ANY)
		return 0;
	if (x->peer == PEER_UNKNOWN)
		return strcasecmp(x->mention->tag, y->mention->tag);
	if (x->peer != PEER_ADDRESS)
		return (x->tag > y->tag) - (x->tag < y->tag);
	order = svctag_address_compare(&x->entry->range.first, &y->entry->range.first);
	return order != 0 ? order : svctag_address_compare(&x->entry->range.last, &y->entry->range.last);
}

const char *
lint_rule_text(const struct list_rule *rule, char text[LINT_NAME_SIZE])
{
	if (rule->name != NULL)
		(void)snprintf(text, LINT_NAME_SIZE, "%s '%.80s'", rule->kind == LIST_KIND_ROUTE ? "route" : "rule",
			       rule->name);
	else if (rule->path[0] != '\0')
		(void)snprintf(text, LINT_NAME_SIZE, "'%.80s'", rule->path);
	else
		(void)snprintf(text, LINT_NAME_SIZE, "the list");
	return text;
}

static int
compare_text(const char *a, const char *b)
{
	if (a == b)
		return 0;
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

unsigned long
lint_priority(const struct list_rule *rule)
{
	return rule->priority != NULL ? strtoul(rule->priority, NULL, 10) : 0;
}

/* Default rules are in the group like any other. */
static enum list_kind
container_of(const struct list_rule *rule)
{
	return rule->kind == LIST_KIND_NSG_DEFAULT ? LIST_KIND_NSG : rule->kind;
}

static int
compare_resources(const struct list_rule *a, const struct list_rule *b)
{
	if (container_of(a) != container_of(b))
		return container_of(a) < container_of(b) ? -1 : 1;
	return compare_text(a->resource, b->resource);
}

bool
lint_same_resource(const struct list_rule *a, const struct list_rule *b)
{
	return compare_resources(a, b) == 0;
}

static int
compare_rules(const void *a, const void *b, void *context)
{
	const struct lint *lint = context;
	const struct list_rule *x = lint_rule(lint, *(const size_t *)a);
	const struct list_rule *y = lint_rule(lint, *(const size_t *)b);
	int order = compare_resources(x, y);

	if (order != 0)
		return order;
	if (x->direction != y->direction)
		return x->direction < y->direction ? -1 : 1;
	if (lint_priority(x) != lint_priority(y))
		return lint_priority(x) < lint_priority(y) ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

size_t *
lint_rules_in_order(struct lint *lint, size_t *ret_count)
{
	size_t *numbers = calloc(lint->list->rule_count + 1, sizeof(*numbers));
	size_t count = 0;

	if (numbers == NULL) {
		lint->error = SVCTAG_E_NO_MEMORY;
		return NULL;
	}
	for (size_t i = 1; i <= lint->list->rule_count; i++)
		if (lint_rule(lint, i)->kind != LIST_KIND_NONE)
			numbers[count++] = i;
	if (count > 1)
		qsort_r(numbers, count, sizeof(*numbers), compare_rules, lint);
	*ret_count = count;
	return numbers;
}

/* One of a joined list: "443", "8000-8080", "*". Takes it from the text. */
static bool
next_ports(const char **text, unsigned long *ret_first, unsigned long *ret_last)
{
	char *end;

	while (**text == ',' || **text == ' ')
		++*text;
	if (**text == '\0')
		return false;
	if (**text == '*' || strncasecmp(*text, "any", 3) == 0) {
		*ret_first = 0;
		*ret_last = 65535;
	} else {
		*ret_first = *ret_last = strtoul(*text, &end, 10);
		if (end != *text && *end == '-')
			*ret_last = strtoul(end + 1, &end, 10);
	}
	*text += strcspn(*text, ",");
	return true;
}

/* Do the pieces of `outer` together hold a range? As many steps as pieces squared, and lists are cut short. */
static bool
holds_ports(const char *outer, unsigned long first, unsigned long last)
{
	unsigned long begin, end;
	const char *rest = outer;

	while (next_ports(&rest, &begin, &end)) {
		if (begin > first || first > end)
			continue;
		if (end >= last)
			return true;
		first = end + 1;
		rest = outer;
	}
	return false;
}

bool
lint_ports_cover(const char *outer, const char *inner)
{
	unsigned long first, last;
	const char *rest = inner != NULL ? inner : "*";

	if (outer == NULL)
		return true;
	while (next_ports(&rest, &first, &last))
		if (!holds_ports(outer, first, last))
			return false;
	return true;
}

bool
lint_protocol_covers(const char *outer, const char *inner)
{
	if (outer == NULL || strcmp(outer, "*") == 0 || strcasecmp(outer, "any") == 0)
		return true;
	return inner != NULL && strcasecmp(outer, inner) == 0;
}
