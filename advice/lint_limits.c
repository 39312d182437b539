/* What a group, table or account holds as a whole: how much, and each priority once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint_internal.h"

/** Percent of a limit from which on it is near. */
#define NEAR_PERCENT 80

/** Rules of one resource: numbers[first..until) of lint_rules_in_order(). */
struct resource {
	const struct list_rule *rule; /* the first of them */
	size_t rules, own_rules, tag_rules;
	size_t sources, destinations; /* addresses */
};

/* `target` and `name` of the limit; what is counted, for the message. */
static void
check_limit(struct lint *lint, const struct resource *resource, svctag_target target, const char *name, size_t value,
	    const char *what)
{
	const svctag_limit *limit = svctag_limit_find(target, name);
	bool over = limit != NULL && value > limit->maximum;
	enum lint_check check = over ? LINT_LIMIT : LINT_NEAR_LIMIT;
	struct list_rule *place;

	/* A limit of a few is always near. */
	if (limit == NULL || value * 100 < (size_t)limit->maximum * NEAR_PERCENT ||
	    !lint_begin(lint, check, lint_about(check)->severity))
		return;
	place = list_memory_allocate(lint->memory, sizeof(*place));
	if (place == NULL) {
		lint->error = SVCTAG_E_NO_MEMORY;
		return;
	}
	*place = (struct list_rule){ .path = resource->rule->resource != NULL ? resource->rule->resource : "" };
	lint_add(lint, check, lint_about(check)->severity, (struct lint_place){ resource->rule->line, place }, NULL,
		 lint_text(lint, "%zu %s, of at most %u", value, what, limit->maximum),
		 lint_text(lint, "%s",
			   over ? "Write tags in place of addresses, or divide it: `svctag migrate` proposes rules."
				: "Make room before it is needed: `svctag migrate` proposes rules."));
}

static void
check_resource(struct lint *lint, const struct resource *resource)
{
	switch (resource->rule->kind) {
	case LIST_KIND_NSG:
	case LIST_KIND_NSG_DEFAULT:
		check_limit(lint, resource, SVCTAG_TARGET_NSG, "rules", resource->own_rules, "rules");
		check_limit(lint, resource, SVCTAG_TARGET_NSG, "addresses", resource->sources, "source addresses");
		check_limit(lint, resource, SVCTAG_TARGET_NSG, "addresses", resource->destinations,
			    "destination addresses");
		break;
	case LIST_KIND_ROUTE:
		check_limit(lint, resource, SVCTAG_TARGET_UDR, "routes", resource->rules, "routes");
		check_limit(lint, resource, SVCTAG_TARGET_UDR, "tagRoutes", resource->tag_rules,
			    "routes with service tags");
		break;
	case LIST_KIND_IP_GROUP:
		check_limit(lint, resource, SVCTAG_TARGET_COUNT, "ipGroupAddresses", resource->sources,
			    "addresses in an IP Group");
		break;
	case LIST_KIND_STORAGE:
		check_limit(lint, resource, SVCTAG_TARGET_COUNT, "storageRules", resource->sources,
			    "address rules of a storage account");
		break;
	case LIST_KIND_FIREWALL:
	case LIST_KIND_NONE: break;
	}
}

static size_t
count_addresses(struct lint_run run)
{
	size_t count = 0;

	for (size_t i = 0; i < run.count; i++)
		count += run.items[i].entry != NULL;
	return count;
}

static void
count_rule(const struct lint *lint, const struct list_rule *rule, struct resource *resource)
{
	struct lint_run destination = lint_side(lint, rule->number, LIST_DESTINATION);

	resource->rules++;
	if (!lint_is_own(rule))
		return;
	resource->own_rules++;
	resource->destinations += count_addresses(destination);
	resource->sources += count_addresses(lint_side(lint, rule->number, LIST_SOURCE)) +
			     count_addresses(lint_side(lint, rule->number, LIST_SIDE_NONE));
	for (size_t i = 0; i < destination.count; i++)
		if (destination.items[i].peer == PEER_TAG) {
			resource->tag_rules++;
			break;
		}
}

static void
check_duplicate(struct lint *lint, const struct list_rule *before, const struct list_rule *rule)
{
	char text[LINT_NAME_SIZE];

	if (rule->kind != LIST_KIND_NSG || before->kind != LIST_KIND_NSG || rule->priority == NULL ||
	    before->priority == NULL || rule->direction == LIST_DIRECTION_NONE ||
	    rule->direction != before->direction || lint_priority(rule) != lint_priority(before) ||
	    !lint_begin(lint, LINT_DUPLICATE_PRIORITY, LINT_ERROR))
		return;
	lint_add(lint, LINT_DUPLICATE_PRIORITY, LINT_ERROR, (struct lint_place){ rule->line, rule }, NULL,
		 lint_text(lint, "priority %lu is that of %s too", lint_priority(rule), lint_rule_text(before, text)),
		 "Give each rule of a direction a priority of its own.");
}

void
lint_limits(struct lint *lint)
{
	struct resource resource = { 0 };
	size_t count = 0;
	size_t *numbers = lint->error == SVCTAG_OK ? lint_rules_in_order(lint, &count) : NULL;

	for (size_t i = 0; i < count && lint_goes_on(lint, i, count); i++) {
		const struct list_rule *rule = lint_rule(lint, numbers[i]);

		if (resource.rule == NULL || !lint_same_resource(resource.rule, rule)) {
			if (resource.rule != NULL)
				check_resource(lint, &resource);
			resource = (struct resource){ .rule = rule };
		} else {
			check_duplicate(lint, lint_rule(lint, numbers[i - 1]), rule);
		}
		count_rule(lint, rule, &resource);
	}
	if (resource.rule != NULL)
		check_resource(lint, &resource);
	free(numbers);
}
