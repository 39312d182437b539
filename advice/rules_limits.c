/* What a set of rules needs of what its target can take. */
#include <string.h>

#include "rules.h"

static size_t
longest_name(const struct rule_set *set)
{
	size_t longest = 0;

	for (size_t i = 0; i < rules_count(set); i++) {
		size_t size = strlen(rules_at(set, i)->name);

		longest = size > longest ? size : longest;
	}
	return longest;
}

static size_t
greatest_priority(const struct rule_set *set)
{
	unsigned int greatest = 0;

	for (size_t i = 0; i < rules_count(set); i++)
		if (rules_at(set, i)->priority > greatest)
			greatest = rules_at(set, i)->priority;
	return greatest;
}

static bool
is_tag(const struct rule_peer *peer)
{
	return peer->kind == RULE_TAG;
}

static size_t
most_tags_of_a_side(const struct rule_set *set)
{
	for (size_t i = 0; i < rules_count(set); i++)
		if (is_tag(&rules_at(set, i)->source) || is_tag(&rules_at(set, i)->destination))
			return 1; /* a side never has more */
	return 0;
}

static size_t
tag_routes(const struct rule_set *set)
{
	size_t count = 0;

	for (size_t i = 0; i < rules_count(set); i++)
		count += is_tag(&rules_at(set, i)->destination);
	return count;
}

/* Of a network security group the side that has more; of a firewall both together. */
static size_t
addresses(const struct rule_set *set)
{
	size_t sources = 0;
	size_t destinations = 0;

	for (size_t i = 0; i < rules_count(set); i++) {
		sources += rules_at(set, i)->source.prefix_count;
		destinations += rules_at(set, i)->destination.prefix_count;
	}
	if (rules_target(set) == SVCTAG_TARGET_FIREWALL)
		return sources + destinations;
	return sources > destinations ? sources : destinations;
}

bool
rules_limit_value(const struct rule_set *set, const svctag_limit *limit, size_t *ret)
{
	static const struct {
		const char *name;
		size_t (*value)(const struct rule_set *set);
	} values[] = {
		{ "rules", rules_count },
		{ "routes", rules_count },
		{ "tagRoutes", tag_routes },
		{ "addresses", addresses },
		{ "nameLength", longest_name },
		{ "mostPriority", greatest_priority },
		{ "ruleTags", most_tags_of_a_side },
	};

	if (limit->target != rules_target(set))
		return false;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(limit->name, values[i].name) == 0) {
			*ret = values[i].value(set);
			return true;
		}
	return false;
}
