/* From what somebody said to values of a scenario's parameters. */
#include <string.h>

#include <lists/memory.h>

#include "near.h"
#include "plan_internal.h"

/* Most bytes of a text. */
#define MOST_TEXT 80

static svctag_error
take_flag(struct plan_value *value, const char *text, svctag_detail *detail)
{
	static const char *const set[] = { "", "true", "1" };
	static const char *const unset[] = { "false", "0" };

	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++) {
		if (strcmp(text, unset[i]) == 0)
			return SVCTAG_OK;
	}
	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		if (strcmp(text, set[i]) != 0)
			continue;
		value->given = true;
		value->value = value->title = "true";
		return SVCTAG_OK;
	}
	svctag_detail_set(detail, "%s: is set or not (true, false), '%.60s' is neither", value->parameter->name, text);
	return SVCTAG_E_SYNTAX;
}

static svctag_error
take_choice(struct plan_value *value, const char *text, svctag_detail *detail)
{
	const struct scenario_parameter *parameter = value->parameter;
	const char *near;

	for (size_t i = 0; i < parameter->choice_count; i++) {
		if (strcmp(parameter->choices[i], text) == 0) {
			value->given = true;
			value->value = value->title = parameter->choices[i];
			return SVCTAG_OK;
		}
	}
	near = near_find(text, parameter->choices, parameter->choice_count);
	svctag_detail_set(detail, "%s: '%.60s' is none of its choices; %s '%s'%s", parameter->name, text,
			  near != NULL ? "did you mean" : "the first of them is",
			  near != NULL ? near : parameter->choices[0], near != NULL ? "?" : "");
	return SVCTAG_E_SYNTAX;
}

static svctag_error
take_text(struct plan *plan, struct plan_value *value, const char *text, svctag_detail *detail)
{
	size_t size = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	if (size == 0 || size > MOST_TEXT || text[size] != '\0') {
		svctag_detail_set(detail, "%s: '%.60s' has to be 1 to %d letters, digits, '.', '_', '-'",
				  value->parameter->name, text, MOST_TEXT);
		return SVCTAG_E_SYNTAX;
	}
	value->value = value->title = list_memory_copy(plan->memory, text, size);
	value->given = true;
	return value->value != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
}

static svctag_error
take_region(struct plan *plan, struct plan_value *value, const char *text, svctag_detail *detail)
{
	svctag_detail why = { "" };
	svctag_error err = plan_find_region(plan, text, &value->region, &why);

	if (err == SVCTAG_E_NOT_FOUND) {
		svctag_detail_set(detail, "%s: %s", value->parameter->name, why.text);
		return SVCTAG_E_SYNTAX;
	}
	if (err != SVCTAG_OK)
		return err;
	value->given = true;
	value->value = value->region->arm_name;
	value->title = value->region->display_name;
	return SVCTAG_OK;
}

static svctag_error
take_value(struct plan *plan, struct plan_value *value, const char *text, svctag_detail *detail)
{
	switch (value->parameter->kind) {
	case SCENARIO_FLAG: return take_flag(value, text, detail);
	case SCENARIO_CHOICE: return take_choice(value, text, detail);
	case SCENARIO_REGION: return take_region(plan, value, text, detail);
	case SCENARIO_TEXT: break;
	}
	return take_text(plan, value, text, detail);
}

static svctag_error
take_argument(struct plan *plan, bool *taken, const struct plan_argument *argument, svctag_detail *detail)
{
	size_t i = scenario_find_parameter(plan->scenario, argument->name);
	const char *near;

	if (i == SCENARIO_NONE) {
		near = scenario_near_parameter(plan->scenario, argument->name);
		svctag_detail_set(detail, "%.60s: the scenario %s has no such parameter%s%s%s", argument->name,
				  plan->scenario->name, near != NULL ? "; did you mean '" : "",
				  near != NULL ? near : "", near != NULL ? "'?" : "");
		return SVCTAG_E_SYNTAX;
	}
	if (taken[i]) {
		svctag_detail_set(detail, "%s: is given twice", argument->name);
		return SVCTAG_E_DUPLICATE;
	}
	taken[i] = true;
	return take_value(plan, &plan->values[i], argument->value, detail);
}

/* What was left out: the default, or something is missing. */
static svctag_error
complete_value(struct plan_value *value, svctag_detail *detail)
{
	const struct scenario_parameter *parameter = value->parameter;

	if (value->given)
		return SVCTAG_OK;
	if (parameter->required) {
		svctag_detail_set(detail, "%s: is needed: %s", parameter->name, parameter->description);
		return SVCTAG_E_SYNTAX;
	}
	if (parameter->kind == SCENARIO_FLAG)
		value->value = value->title = "false";
	if (parameter->fallback != NULL) {
		value->given = true;
		value->value = value->title = parameter->fallback;
	}
	return SVCTAG_OK;
}

static svctag_error
check_different(const struct plan *plan, const struct plan_value *value, svctag_detail *detail)
{
	const struct plan_value *other;

	if (value->region == NULL || value->parameter->differs_from == SCENARIO_NONE)
		return SVCTAG_OK;
	other = &plan->values[value->parameter->differs_from];
	if (other->region == NULL || strcmp(other->value, value->value) != 0)
		return SVCTAG_OK;
	svctag_detail_set(detail, "%s: is %s, and so is %s; they have to be two regions", value->parameter->name,
			  value->value, other->parameter->name);
	return SVCTAG_E_RANGE;
}

svctag_error
plan_take_values(struct plan *plan, const struct plan_argument *arguments, size_t count, svctag_detail *detail)
{
	const struct scenario *scenario = plan->scenario;
	bool taken[SCENARIO_MAX_PARAMETERS] = { false };
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < scenario->parameter_count; i++)
		plan->values[i].parameter = &scenario->parameters[i];
	for (size_t i = 0; i < count && err == SVCTAG_OK; i++)
		err = take_argument(plan, taken, &arguments[i], detail);
	for (size_t i = 0; i < scenario->parameter_count && err == SVCTAG_OK; i++)
		err = complete_value(&plan->values[i], detail);
	for (size_t i = 0; i < scenario->parameter_count && err == SVCTAG_OK; i++)
		err = check_different(plan, &plan->values[i], detail);
	return err;
}
