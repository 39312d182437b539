#include "plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <lists/memory.h>

#include "plan_internal.h"
#include "scenario_text.h"

/* Bytes of a name before it is made fit for the platform. */
#define NAME_SIZE 512

void
plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; i < plan->place_count; i++)
		rules_free(plan->places[i].rules);
	list_memory_free(plan->memory); /* the plan is in there itself */
}

bool
plan_holds(const struct plan *plan, const struct scenario_condition *when)
{
	const struct plan_value *value;
	bool holds;

	if (when->parameter == SCENARIO_NONE)
		return true;
	value = &plan->values[when->parameter];
	holds = value->given && (when->value == NULL || strcmp(value->value, when->value) == 0);
	return holds != when->is_not;
}

static const char *
spell(const struct plan_value *value, enum plan_spelling spelling, bool of_azurecloud)
{
	const svctag_region *region = value->region;

	if (spelling == PLAN_TEXT)
		return value->title;
	if (region == NULL || spelling == PLAN_HOST)
		return value->value;
	if (of_azurecloud)
		return region->azurecloud_suffix;
	/* No service has a tag for this region: its name in place of the suffix, to say what is missing. */
	return *region->tag_suffix != '\0' ? region->tag_suffix : region->region;
}

svctag_error
plan_fill(struct plan *plan, const struct scenario_place *place, const char *text, enum plan_spelling spelling,
	  const char **ret)
{
	bool of_azurecloud = strncmp(text, "AzureCloud.", strlen("AzureCloud.")) == 0;
	struct scenario_piece piece;
	char *filled = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&filled, &size);
	svctag_error err = SVCTAG_OK;

	if (out == NULL)
		return SVCTAG_E_NO_MEMORY;
	while (scenario_next_piece(&text, &piece)) {
		size_t parameter = scenario_resolve(plan->scenario, place, piece.name, piece.name_size);

		fwrite(piece.literal, 1, piece.literal_size, out);
		if (piece.name_size > 0)
			fputs(spell(&plan->values[parameter], spelling, of_azurecloud), out);
	}
	if (fclose(out) != 0)
		err = SVCTAG_E_NO_MEMORY;
	else
		*ret = list_memory_copy(plan->memory, filled, size);
	if (err == SVCTAG_OK && *ret == NULL)
		err = SVCTAG_E_NO_MEMORY;
	free(filled);
	return err;
}

svctag_error
plan_note(struct plan *plan, const char *format, ...)
{
	svctag_detail text;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text.text, sizeof(text.text), format, arguments);
	va_end(arguments);
	if (length < 0)
		return SVCTAG_E_NO_MEMORY;
	plan->notes[plan->note_count] = list_memory_copy(plan->memory, text.text, strlen(text.text));
	return plan->notes[plan->note_count++] != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
}

/* What is to be said of a rule's tag, if anything is. */
static svctag_error
note_tag(struct plan *plan, const struct plan_rule *rule)
{
	const svctag_release_info *info = svctag_snapshot_info(plan->snapshot);
	const char *place = plan->places[rule->place].place->name;
	const char *target = svctag_target_text(plan->scenario->target);

	if (!rule->exists)
		return plan_note(plan, "%s: the release %s %lld (%s) has no tag %s; its rule is left out (%s)", place,
				 info->cloud, (long long)info->change_number, info->published, rule->tag, rule->why);
	if (rule->usable == SVCTAG_USABLE_NO)
		return plan_note(plan,
				 "%s: %s cannot be used in rules of kind %s, says the release; its rule is left "
				 "out (%s)",
				 place, rule->tag, target, rule->why);
	if (rule->usable == SVCTAG_USABLE_UNKNOWN)
		return plan_note(plan,
				 "%s: whether %s can be used in rules of kind %s is not certain: the published "
				 "file and the documents disagree",
				 place, rule->tag, target);
	return SVCTAG_OK;
}

static svctag_error
make_name(struct plan *plan, const struct plan_rule *rule, char name[NAME_SIZE])
{
	const char *given = rule->rule->name;
	svctag_error err;

	if (given == NULL) {
		(void)snprintf(name, NAME_SIZE, "%s-%s", rule->rule->access == LIST_ALLOW ? "Allow" : "Deny",
			       rule->tag);
		return SVCTAG_OK;
	}
	err = plan_fill(plan, plan->places[rule->place].place, given, PLAN_TAG, &given);
	if (err == SVCTAG_OK)
		(void)snprintf(name, NAME_SIZE, "%s", given);
	return err;
}

static svctag_error
make_rule(struct plan *plan, const struct plan_rule *planned, svctag_detail *detail)
{
	const struct scenario_rule *from = planned->rule;
	const struct rule_peer tag = { .kind = RULE_TAG, .tag = planned->tag };
	const struct rule_peer any = { .kind = RULE_ANY };
	char name[NAME_SIZE];
	struct rule rule = { .name = name,
			     .description = planned->why,
			     .direction = from->direction,
			     .access = from->access,
			     .protocol = from->protocol,
			     .ports = from->ports,
			     .port_count = from->port_count,
			     .source = from->direction == LIST_INBOUND ? tag : any,
			     .destination = from->direction == LIST_INBOUND ? any : tag };
	svctag_error err = make_name(plan, planned, name);

	return err != SVCTAG_OK ? err : rules_add(plan->places[planned->place].rules, &rule, detail);
}

static svctag_error
add_rule(struct plan *plan, size_t place, const struct scenario_rule *from, svctag_detail *detail)
{
	const svctag_index *index = svctag_snapshot_index(plan->snapshot);
	struct plan_rule *rule = &plan->rules[plan->rule_count];
	svctag_error err;

	*rule = (struct plan_rule){ .rule = from, .place = place, .usable = SVCTAG_USABLE_NO };
	err = plan_fill(plan, plan->places[place].place, from->tag, PLAN_TAG, &rule->tag);
	if (err == SVCTAG_OK)
		err = plan_fill(plan, plan->places[place].place, from->why, PLAN_TEXT, &rule->why);
	if (err != SVCTAG_OK)
		return err;
	rule->exists = svctag_index_find_tag(index, rule->tag, strlen(rule->tag), &rule->number) == SVCTAG_OK;
	if (rule->exists) {
		rule->tag = svctag_index_tag_name(index, rule->number);
		rule->usable = svctag_tag_usable(index, rule->number, plan->scenario->target);
	}
	plan->rule_count++;
	err = note_tag(plan, rule);
	if (err == SVCTAG_OK && rule->usable != SVCTAG_USABLE_NO)
		err = make_rule(plan, rule, detail);
	plan->complete = plan->complete && rule->usable != SVCTAG_USABLE_NO;
	return err;
}

/* A set's rules stay where they are only when nothing is added any more. A tag makes one rule each. */
static void
link_made(struct plan *plan, size_t place, size_t begin)
{
	size_t made = 0;

	for (size_t i = begin; i < plan->rule_count; i++) {
		if (plan->rules[i].usable != SVCTAG_USABLE_NO)
			plan->rules[i].made = rules_at(plan->places[place].rules, made++);
	}
}

static svctag_error
add_place(struct plan *plan, size_t number, svctag_detail *detail)
{
	const struct scenario *scenario = plan->scenario;
	struct plan_place *place = &plan->places[plan->place_count];
	size_t begin = plan->rule_count;
	svctag_error err = rules_new(scenario->target, &place->rules);

	if (err != SVCTAG_OK)
		return err;
	place->place = &scenario->places[number];
	plan->place_count++;
	err = plan_fill(plan, NULL, place->place->title, PLAN_TEXT, &place->title);
	for (size_t i = 0; i < scenario->rule_count && err == SVCTAG_OK; i++) {
		if (scenario->rules[i].in[number] && plan_holds(plan, &scenario->rules[i].when))
			err = add_rule(plan, plan->place_count - 1, &scenario->rules[i], detail);
	}
	if (err == SVCTAG_OK)
		link_made(plan, plan->place_count - 1, begin);
	return err;
}

static svctag_error
add_url(struct plan *plan, const struct scenario_url *url)
{
	const char *cloud = svctag_snapshot_info(plan->snapshot)->cloud;
	struct plan_url *added = &plan->urls[plan->url_count];

	for (size_t i = 0; i < url->pattern_count; i++) {
		if (strcasecmp(url->patterns[i].cloud, cloud) != 0)
			continue;
		added->url = url;
		plan->url_count++;
		return plan_fill(plan, NULL, url->patterns[i].pattern, PLAN_HOST, &added->pattern);
	}
	return plan_note(plan, "host names: none is known in the cloud %s for: %s", cloud, url->purpose);
}

static svctag_error
add_advice(struct plan *plan, const struct scenario_advice *advice)
{
	struct plan_advice *added = &plan->advice[plan->advice_count++];

	added->advice = advice;
	return plan_fill(plan, NULL, advice->text, PLAN_TEXT, &added->text);
}

/* A flag that nobody set may be one that nobody knows of. */
static svctag_error
note_flag(struct plan *plan, const struct plan_value *value)
{
	if (value->parameter->kind != SCENARIO_FLAG || value->given)
		return SVCTAG_OK;
	return plan_note(plan, "not planned for, as %s is not set: %s", value->parameter->name,
			 value->parameter->description);
}

static svctag_error
fill_plan(struct plan *plan, svctag_detail *detail)
{
	const struct scenario *scenario = plan->scenario;
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < scenario->place_count && err == SVCTAG_OK; i++) {
		if (plan_holds(plan, &scenario->places[i].when))
			err = add_place(plan, i, detail);
	}
	for (size_t i = 0; i < scenario->url_count && err == SVCTAG_OK; i++) {
		if (plan_holds(plan, &scenario->urls[i].when))
			err = add_url(plan, &scenario->urls[i]);
	}
	for (size_t i = 0; i < scenario->advice_count && err == SVCTAG_OK; i++) {
		if (plan_holds(plan, &scenario->advice[i].when))
			err = add_advice(plan, &scenario->advice[i]);
	}
	for (size_t i = 0; i < scenario->parameter_count && err == SVCTAG_OK; i++)
		err = note_flag(plan, &plan->values[i]);
	return err;
}

/* Zeroed; NULL only without memory. */
static void *
allocate(struct list_memory *memory, size_t count, size_t size)
{
	void *elements = list_memory_allocate(memory, (count + 1) * size);

	return elements != NULL ? memset(elements, 0, (count + 1) * size) : NULL;
}

static struct plan *
new_plan(const struct scenario *scenario, const svctag_snapshot *snapshot)
{
	struct list_memory *memory = list_memory_new();
	struct plan *plan = memory != NULL ? allocate(memory, 1, sizeof(*plan)) : NULL;
	size_t rules = scenario->rule_count * scenario->place_count;

	if (plan == NULL) {
		list_memory_free(memory);
		return NULL;
	}
	*plan = (struct plan){ .scenario = scenario, .snapshot = snapshot, .complete = true, .memory = memory };
	plan->values = allocate(memory, scenario->parameter_count, sizeof(*plan->values));
	plan->places = allocate(memory, scenario->place_count, sizeof(*plan->places));
	plan->rules = allocate(memory, rules, sizeof(*plan->rules));
	plan->urls = allocate(memory, scenario->url_count, sizeof(*plan->urls));
	plan->advice = allocate(memory, scenario->advice_count, sizeof(*plan->advice));
	/* One for each rule, host name and flag at the most. */
	plan->notes = allocate(memory, rules + scenario->url_count + scenario->parameter_count, sizeof(*plan->notes));
	if (plan->values != NULL && plan->places != NULL && plan->rules != NULL && plan->urls != NULL &&
	    plan->advice != NULL && plan->notes != NULL)
		return plan;
	plan_free(plan);
	return NULL;
}

svctag_error
plan_make(const struct scenario *scenario, const svctag_snapshot *snapshot, const struct plan_argument *arguments,
	  size_t count, struct plan **ret, svctag_detail *detail)
{
	struct plan *plan = new_plan(scenario, snapshot);
	svctag_error err;

	if (plan == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = plan_take_values(plan, arguments, count, detail);
	if (err == SVCTAG_OK)
		err = fill_plan(plan, detail);
	if (err == SVCTAG_OK)
		*ret = plan;
	else
		plan_free(plan);
	return err;
}
