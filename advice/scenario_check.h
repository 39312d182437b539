/*
 * What a scenario's elements refer to: is it there, and does every text get
 * all that it is made of? Failures go to the fields that are being read.
 */
#ifndef ADVICE_SCENARIO_CHECK_H
#define ADVICE_SCENARIO_CHECK_H

#include "fields.h"
#include "scenario.h"

/** Where a text with holes is used. */
struct check_scope {
	const bool *in;                        /**< the places, by number; NULL: in none */
	const struct scenario_condition *when; /**< that it applies under */
};

/** Holes name parameters (or aliases, in every one of the places) that have a value whenever the text is used. */
void check_text(struct fields *fields, const cJSON *object, const char *key, const struct scenario *scenario,
		const char *text, const struct check_scope *scope);

/** A parameter that is not yet counted: its name, and that its members fit its kind. */
void check_parameter(struct fields *fields, const cJSON *object, const struct scenario *scenario,
		     const struct scenario_parameter *parameter);

/** "[!]PARAMETER[=VALUE]" */
void check_condition(struct fields *fields, const cJSON *object, const struct scenario *scenario, const char *text,
		     struct scenario_condition *ret);

/** The number of a place by exact name, or SCENARIO_NONE. */
size_t check_find_place(const struct scenario *scenario, const char *name);

/** Add a member of a place's "aliases". */
void check_alias(struct fields *fields, const cJSON *aliases, const cJSON *member, const struct scenario *scenario,
		 struct scenario_place *place);

/** Its tag, name, reason, and that it is such as the target can have. */
void check_rule(struct fields *fields, const cJSON *object, const struct scenario *scenario,
		const struct scenario_rule *rule);

/** Add a member of "patterns". */
void check_pattern(struct fields *fields, const cJSON *patterns, const cJSON *member, const struct scenario *scenario,
		   struct scenario_url *url);

#endif
