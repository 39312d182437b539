/**
 * @file
 * A plan: what a scenario comes to for given parameters and one release. Every
 * tag is looked up in the release and checked for where it is to be used;
 * nothing is assumed that the release does not bear out.
 *
 * A plan is immutable. It belongs to its scenario and snapshot, which have to
 * outlive it. Nothing here prints; any thread may call anything.
 */
#ifndef ADVICE_PLAN_H
#define ADVICE_PLAN_H

#include <svctag/region.h>
#include <svctag/snapshot.h>

#include "rules.h"
#include "scenario.h"

/** What somebody says for a parameter. */
struct plan_argument {
	const char *name;
	const char *value; /**< of a flag: "" or "true" set it, "false" does not */
};

/** What a parameter came to. */
struct plan_value {
	const struct scenario_parameter *parameter;
	bool given;                  /**< said, or by default; of a flag: set */
	const char *value;           /**< canonical: "eastus"; of a flag "true" or "false"; NULL: not given */
	const char *title;           /**< for people: "East US"; NULL: not given */
	const svctag_region *region; /**< NULL: it is none, or not given */
};

/** Where rules are put. */
struct plan_place {
	const struct scenario_place *place;
	const char *title;
	struct rule_set *rules; /**< those that can be made: their tags exist and are usable, or perhaps usable */
};

/** A rule that is needed, whether or not it can be made. */
struct plan_rule {
	const struct scenario_rule *rule;
	size_t place;            /**< its number among the plan's */
	const char *tag;         /**< as the release spells it, if it exists */
	bool exists;             /**< in the release */
	uint32_t number;         /**< the index's, if it exists */
	svctag_usable usable;    /**< in the scenario's target; SVCTAG_USABLE_NO if it does not exist */
	const struct rule *made; /**< in the place's set; NULL: left out, it would be refused or do nothing */
	const char *why;
};

struct plan_url {
	const struct scenario_url *url;
	const char *pattern;
};

struct plan_advice {
	const struct scenario_advice *advice;
	const char *text;
};

struct plan {
	const struct scenario *scenario;
	const svctag_snapshot *snapshot;
	struct plan_value *values; /**< by the numbers of the scenario's parameters */
	struct plan_place *places; /**< those that apply */
	size_t place_count;
	struct plan_rule *rules; /**< place by place, in the scenario's order */
	size_t rule_count;
	struct plan_url *urls;
	size_t url_count;
	struct plan_advice *advice;
	size_t advice_count;
	const char **notes; /**< what was found out on the way: a tag that is missing, … */
	size_t note_count;
	bool complete; /**< every rule could be made */
	struct list_memory *memory;
};

/**
 * @param arguments  in any order
 * @param[out] ret   the caller owns it: plan_free()
 * @param detail     of what is wrong with an argument: "NAME: …", beginning with the parameter's name
 * @return SVCTAG_OK (look at `complete`), SVCTAG_E_NO_MEMORY, SVCTAG_E_SYNTAX (a parameter that is none, is missing,
 *         or has no such value), SVCTAG_E_DUPLICATE (given twice), SVCTAG_E_RANGE (two regions that have to differ)
 */
SVCTAG_MUST_CHECK svctag_error plan_make(const struct scenario *scenario, const svctag_snapshot *snapshot,
					 const struct plan_argument *arguments, size_t count, struct plan **ret,
					 svctag_detail *detail);

/** Accepts NULL. */
void plan_free(struct plan *plan);

#endif
