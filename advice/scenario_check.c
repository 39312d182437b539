#include "scenario_check.h"

#include <string.h>
#include <strings.h>

#include "rules_check.h"
#include "scenario_text.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* What programs take besides a scenario's parameters, as options or in a query. */
static const char *const reserved[] = { "at",     "cloud",    "column",   "db",           "format", "help",
					"ignore", "input",    "intent",   "list",         "name",   "only",
					"output", "rollback", "scenario", "scenario-dir", "to",     "version" };

/* Has the parameter a value whenever the condition holds? */
static bool
has_value(const struct scenario *scenario, size_t number, const struct scenario_condition *when)
{
	const struct scenario_parameter *parameter = &scenario->parameters[number];

	return parameter->required || parameter->fallback != NULL || (when->parameter == number && !when->is_not);
}

static void
check_hole(struct fields *fields, const cJSON *object, const char *key, const struct scenario *scenario,
	   const struct scenario_piece *piece, const struct check_scope *scope)
{
	for (size_t i = 0; i < (scope->in == NULL ? 1 : scenario->place_count) && fields_go_on(fields); i++) {
		const struct scenario_place *place = scope->in == NULL ? NULL : &scenario->places[i];
		size_t parameter;

		if (place != NULL && !scope->in[i])
			continue;
		parameter = scenario_resolve(scenario, place, piece->name, piece->name_size);
		if (parameter == SCENARIO_NONE)
			fields_fail_member(fields, object, key, "{%.*s} is no parameter%s%s%s", (int)piece->name_size,
					   piece->name, place != NULL ? ", and no alias of the place '" : "",
					   place != NULL ? place->name : "", place != NULL ? "'" : "");
		else if (scenario->parameters[parameter].kind == SCENARIO_FLAG)
			fields_fail_member(fields, object, key, "{%.*s} is a flag: it has no value to put there",
					   (int)piece->name_size, piece->name);
		else if (!has_value(scenario, parameter, scope->when))
			fields_fail_member(fields, object, key,
					   "{%.*s} may be left out: make it required, give it a default, or say "
					   "\"when\": \"%s\"",
					   (int)piece->name_size, piece->name, scenario->parameters[parameter].name);
	}
}

void
check_text(struct fields *fields, const cJSON *object, const char *key, const struct scenario *scenario,
	   const char *text, const struct check_scope *scope)
{
	struct scenario_piece piece;

	if (!scenario_braces_match(text)) {
		fields_fail_member(fields, object, key, "braces that do not match; {NAME} stands for a parameter");
		return;
	}
	while (fields_go_on(fields) && scenario_next_piece(&text, &piece)) {
		if (piece.name_size > 0)
			check_hole(fields, object, key, scenario, &piece, scope);
	}
}

static bool
is_choice(const struct scenario_parameter *parameter, const char *value)
{
	for (size_t i = 0; i < parameter->choice_count; i++) {
		if (strcmp(parameter->choices[i], value) == 0)
			return true;
	}
	return false;
}

static void
check_choices(struct fields *fields, const cJSON *object, const struct scenario_parameter *parameter)
{
	bool is_one = parameter->kind == SCENARIO_CHOICE;

	if (is_one != (listjson_member(object, "choices") != NULL) || (is_one && parameter->choice_count < 2)) {
		fields_fail_member(fields, object, "choices",
				   "a parameter of kind choice has two or more, others none");
		return;
	}
	for (size_t i = 0; i < parameter->choice_count; i++) {
		if (!scenario_is_name(parameter->choices[i]))
			fields_fail_member(fields, object, "choices",
					   "'%.60s': a choice is made of lower-case letters, digits and '-'",
					   parameter->choices[i]);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(parameter->choices[i], parameter->choices[k]) == 0)
				fields_fail_member(fields, object, "choices", "'%s' is there twice",
						   parameter->choices[i]);
		}
	}
}

static void
check_default(struct fields *fields, const cJSON *object, const struct scenario_parameter *parameter)
{
	if (parameter->fallback == NULL)
		return;
	if (parameter->kind != SCENARIO_CHOICE)
		fields_fail_member(fields, object, "default", "only a parameter of kind choice has one");
	else if (parameter->required)
		fields_fail_member(fields, object, "default", "is never used: the parameter is required");
	else if (!is_choice(parameter, parameter->fallback))
		fields_fail_member(fields, object, "default", "'%.60s' is none of the choices", parameter->fallback);
}

void
check_parameter(struct fields *fields, const cJSON *object, const struct scenario *scenario,
		const struct scenario_parameter *parameter)
{
	size_t other = parameter->differs_from;

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strcmp(parameter->name, reserved[i]) == 0)
			fields_fail_member(fields, object, "name", "'%s' means something to the programs already",
					   parameter->name);
	}
	if (scenario_find_parameter(scenario, parameter->name) != SCENARIO_NONE)
		fields_fail_member(fields, object, "name", "there are two parameters '%s'", parameter->name);
	if (parameter->kind == SCENARIO_FLAG && parameter->required)
		fields_fail_member(fields, object, "required", "a flag that has to be set says nothing");
	check_choices(fields, object, parameter);
	check_default(fields, object, parameter);
	if (listjson_member(object, "differsFrom") != NULL &&
	    (parameter->kind != SCENARIO_REGION || other == SCENARIO_NONE ||
	     scenario->parameters[other].kind != SCENARIO_REGION))
		fields_fail_member(fields, object, "differsFrom",
				   "has to name a region before this one, and this has to be a region");
}

void
check_condition(struct fields *fields, const cJSON *object, const struct scenario *scenario, const char *text,
		struct scenario_condition *ret)
{
	struct scenario_condition when = { .is_not = *text == '!', .text = text };
	const char *name = text + when.is_not;
	size_t size = strcspn(name, "=");
	const struct scenario_parameter *parameter;

	when.value = name[size] == '=' ? name + size + 1 : NULL;
	when.parameter = scenario_resolve(scenario, NULL, name, size);
	if (when.parameter == SCENARIO_NONE) {
		fields_fail_member(fields, object, "when",
				   "'%.60s' is none of the parameters; NAME, !NAME, NAME=CHOICE are conditions", text);
		return;
	}
	parameter = &scenario->parameters[when.parameter];
	if (when.value != NULL && !is_choice(parameter, when.value)) {
		fields_fail_member(fields, object, "when", "'%.60s' is none of the choices of '%s'", when.value,
				   parameter->name);
		return;
	}
	*ret = when;
}

size_t
check_find_place(const struct scenario *scenario, const char *name)
{
	for (size_t i = 0; i < scenario->place_count; i++) {
		if (strcmp(scenario->places[i].name, name) == 0)
			return i;
	}
	return SCENARIO_NONE;
}

void
check_alias(struct fields *fields, const cJSON *aliases, const cJSON *member, const struct scenario *scenario,
	    struct scenario_place *place)
{
	const char *name = member->string;
	const char *meant = cJSON_GetStringValue(member);
	size_t parameter = meant != NULL ? scenario_find_parameter(scenario, meant) : SCENARIO_NONE;

	if (!scenario_is_name(name) || scenario_resolve(scenario, place, name, strlen(name)) != SCENARIO_NONE) {
		fields_fail_member(fields, aliases, name,
				   "'%.60s' is no name, or a parameter or an alias has it already", name);
		return;
	}
	if (parameter == SCENARIO_NONE) {
		fields_fail_member(fields, aliases, name, "has to be the name of a parameter");
		return;
	}
	name = list_memory_copy(fields->memory, name, strlen(name));
	if (name == NULL)
		fields_fail(fields, SVCTAG_E_NO_MEMORY, NULL, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	else
		place->aliases[place->alias_count++] = (struct scenario_alias){ name, parameter };
}

/* Of what is fixed in a text: are there only such letters? */
static bool
has_only(const char *text, const char *letters)
{
	struct scenario_piece piece;

	while (scenario_next_piece(&text, &piece)) {
		if (strspn(piece.literal, letters) < piece.literal_size)
			return false;
	}
	return true;
}

void
check_rule(struct fields *fields, const cJSON *object, const struct scenario *scenario,
	   const struct scenario_rule *rule)
{
	const struct check_scope scope = { .in = rule->in, .when = &rule->when };
	const struct rule_peer tag = { .kind = RULE_TAG, .tag = "Tag" };
	const struct rule_peer any = { .kind = RULE_ANY };
	bool inbound = rule->direction == LIST_INBOUND;
	const struct rule tried = { .direction = rule->direction,
				    .access = rule->access,
				    .protocol = rule->protocol,
				    .ports = rule->ports,
				    .port_count = rule->port_count,
				    .source = inbound ? tag : any,
				    .destination = inbound ? any : tag };
	svctag_detail detail = { "" };

	check_text(fields, object, "tag", scenario, rule->tag, &scope);
	check_text(fields, object, "why", scenario, rule->why, &scope);
	if (rule->name != NULL)
		check_text(fields, object, "name", scenario, rule->name, &scope);
	if (fields_go_on(fields) && !has_only(rule->tag, LETTERS "._-"))
		fields_fail_member(fields, object, "tag", "'%.60s': tags are made of letters, digits, '.', '_' and '-'",
				   rule->tag);
	if (fields_go_on(fields) && rule_check(scenario->target, &tried, &detail) != SVCTAG_OK)
		fields_fail(fields, SVCTAG_E_SYNTAX, object, "%s", detail.text);
}

void
check_pattern(struct fields *fields, const cJSON *patterns, const cJSON *member, const struct scenario *scenario,
	      struct scenario_url *url)
{
	const char *cloud = member->string;
	size_t size = strspn(cloud, LETTERS "._-");
	const char *pattern;

	if (size == 0 || size >= SVCTAG_CLOUD_SIZE || cloud[size] != '\0')
		fields_fail(fields, SVCTAG_E_SYNTAX, member, "'%.60s' is no name of a cloud", cloud);
	for (size_t i = 0; i < url->pattern_count; i++) {
		if (strcasecmp(url->patterns[i].cloud, cloud) == 0)
			fields_fail(fields, SVCTAG_E_SYNTAX, member, "the cloud '%s' is there twice", cloud);
	}
	pattern = fields_text(fields, patterns, cloud, FIELDS_REQUIRED);
	if (pattern == NULL)
		return;
	check_text(fields, patterns, cloud, scenario, pattern, &(struct check_scope){ .when = &url->when });
	if (fields_go_on(fields) && !has_only(pattern, LETTERS ".*_-"))
		fields_fail_member(fields, patterns, cloud,
				   "'%.60s': host names are made of letters, digits, '.', '-', with '*' for any",
				   pattern);
	cloud = list_memory_copy(fields->memory, cloud, strlen(cloud));
	if (cloud == NULL)
		fields_fail(fields, SVCTAG_E_NO_MEMORY, NULL, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	else
		url->patterns[url->pattern_count++] = (struct scenario_pattern){ cloud, pattern };
}
