/* From a document to a scenario: the shape first, element by element, then what it refers to. */
#include <stdlib.h>
#include <string.h>

#include <lists/encoding.h>
#include <lists/memory.h>

#include "fields.h"
#include "scenario_check.h"

/* Members that an element may have; NULL ends them. */
#define MEMBERS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const char *const kinds[] = { "region", "flag", "choice", "text", NULL };
static const char *const severities[] = { "note", "warning", "error", NULL };
static const char *const directions[] = { "outbound", "inbound", NULL };
static const char *const accesses[] = { "allow", "deny", NULL };

/* What reads the i-th element of an array. */
typedef void (*read_element)(struct fields *fields, const cJSON *element, struct scenario *scenario, size_t i);

static void
read_elements(struct fields *fields, const cJSON *array, const char *key, struct scenario *scenario, read_element read)
{
	const cJSON *element;
	size_t i = 0;

	cJSON_ArrayForEach(element, array)
	{
		listjson_path_cut(&fields->path, 0);
		listjson_path_add(&fields->path, key, 0);
		listjson_path_add(&fields->path, NULL, i);
		if (fields_go_on(fields))
			read(fields, element, scenario, i++);
	}
	listjson_path_cut(&fields->path, 0);
}

static const char *
read_name(struct fields *fields, const cJSON *object, const char *key)
{
	const char *name = fields_text(fields, object, key, FIELDS_REQUIRED);

	if (name != NULL && !scenario_is_name(name))
		fields_fail_member(fields, object, key,
				   "'%.60s' is no name: lower-case letters, digits and '-', a letter first, at most %d",
				   name, SCENARIO_MAX_NAME);
	return name;
}

static void
read_parameter(struct fields *fields, const cJSON *object, struct scenario *scenario, size_t i)
{
	struct scenario_parameter *parameter = &scenario->parameters[i];
	const char *other;

	parameter->differs_from = SCENARIO_NONE;
	if (!fields_object(fields, object,
			   MEMBERS("name", "kind", "required", "description", "choices", "default", "differsFrom")))
		return;
	parameter->name = read_name(fields, object, "name");
	(void)fields_text(fields, object, "kind", FIELDS_REQUIRED);
	parameter->kind = (enum scenario_kind)fields_word(fields, object, "kind", kinds, SCENARIO_TEXT);
	parameter->required = fields_bool(fields, object, "required");
	parameter->description = fields_text(fields, object, "description", FIELDS_REQUIRED);
	parameter->choices = fields_texts(fields, object, "choices", SCENARIO_MAX_ELEMENTS, &parameter->choice_count);
	parameter->fallback = fields_text(fields, object, "default", FIELDS_OPTIONAL);
	other = fields_text(fields, object, "differsFrom", FIELDS_OPTIONAL);
	/* Those before this one only: it is not yet counted. */
	if (other != NULL)
		parameter->differs_from = scenario_find_parameter(scenario, other);
	if (fields_go_on(fields))
		check_parameter(fields, object, scenario, parameter);
	scenario->parameter_count = i + 1;
}

static void
read_condition(struct fields *fields, const cJSON *object, const struct scenario *scenario,
	       struct scenario_condition *ret)
{
	const char *text = fields_text(fields, object, "when", FIELDS_OPTIONAL);

	*ret = (struct scenario_condition){ .parameter = SCENARIO_NONE };
	if (text != NULL)
		check_condition(fields, object, scenario, text, ret);
}

static void
read_aliases(struct fields *fields, const cJSON *object, const struct scenario *scenario, struct scenario_place *place)
{
	const cJSON *aliases = listjson_member(object, "aliases");
	size_t count = (size_t)cJSON_GetArraySize(aliases);
	const cJSON *member;

	if (aliases == NULL || !fields_go_on(fields))
		return;
	if (!cJSON_IsObject(aliases) || count > SCENARIO_MAX_PARAMETERS) {
		fields_fail_member(fields, object, "aliases", "has to be an object of at most %d parameters' names",
				   SCENARIO_MAX_PARAMETERS);
		return;
	}
	place->aliases = fields_allocate(fields, count, sizeof(*place->aliases));
	listjson_path_add(&fields->path, "aliases", 0);
	cJSON_ArrayForEach(member, aliases)
	{
		if (fields_go_on(fields))
			check_alias(fields, aliases, member, scenario, place);
	}
}

static void
read_place(struct fields *fields, const cJSON *object, struct scenario *scenario, size_t i)
{
	struct scenario_place *place = &scenario->places[i];

	if (!fields_object(fields, object, MEMBERS("name", "title", "aliases", "when")))
		return;
	place->name = read_name(fields, object, "name");
	place->title = fields_text(fields, object, "title", FIELDS_REQUIRED);
	read_condition(fields, object, scenario, &place->when);
	if (fields_go_on(fields) && check_find_place(scenario, place->name) != SCENARIO_NONE)
		fields_fail_member(fields, object, "name", "there are two places '%s'", place->name);
	/* The title is checked before the aliases, which lead the path away. */
	if (fields_go_on(fields))
		check_text(fields, object, "title", scenario, place->title,
			   &(struct check_scope){ .when = &place->when });
	read_aliases(fields, object, scenario, place);
	scenario->place_count = i + 1;
}

static void
read_places_of_rule(struct fields *fields, const cJSON *object, const struct scenario *scenario,
		    struct scenario_rule *rule)
{
	size_t count;
	const char *const *names = fields_texts(fields, object, "places", SCENARIO_MAX_PLACES, &count);
	bool all = listjson_member(object, "places") == NULL;

	for (size_t i = 0; all && i < scenario->place_count; i++)
		rule->in[i] = true;
	if (!all && count == 0)
		fields_fail_member(fields, object, "places", "a rule has to be somewhere; leave it out for all places");
	for (size_t i = 0; i < count; i++) {
		size_t place = check_find_place(scenario, names[i]);

		if (place == SCENARIO_NONE || rule->in[place])
			fields_fail_member(fields, object, "places", "'%.60s' is %s", names[i],
					   place == SCENARIO_NONE ? "none of the places" : "named twice");
		else
			rule->in[place] = true;
	}
}

static void
read_rule(struct fields *fields, const cJSON *object, struct scenario *scenario, size_t i)
{
	static const enum list_direction direction_of[] = { LIST_OUTBOUND, LIST_INBOUND };
	static const enum list_access access_of[] = { LIST_ALLOW, LIST_DENY };
	struct scenario_rule *rule = &scenario->rules[i];

	if (!fields_object(fields, object,
			   MEMBERS("places", "tag", "name", "direction", "access", "protocol", "ports", "why", "when")))
		return;
	read_places_of_rule(fields, object, scenario, rule);
	rule->tag = fields_text(fields, object, "tag", FIELDS_REQUIRED);
	rule->name = fields_text(fields, object, "name", FIELDS_OPTIONAL);
	rule->direction = direction_of[fields_word(fields, object, "direction", directions, 0)];
	rule->access = access_of[fields_word(fields, object, "access", accesses, 0)];
	rule->protocol = fields_text(fields, object, "protocol", FIELDS_OPTIONAL);
	if (rule->protocol == NULL)
		rule->protocol = "Tcp";
	rule->ports = fields_texts(fields, object, "ports", SCENARIO_MAX_ELEMENTS, &rule->port_count);
	rule->why = fields_text(fields, object, "why", FIELDS_REQUIRED);
	read_condition(fields, object, scenario, &rule->when);
	if (fields_go_on(fields))
		check_rule(fields, object, scenario, rule);
}

static void
read_patterns(struct fields *fields, const cJSON *object, const struct scenario *scenario, struct scenario_url *url)
{
	const cJSON *patterns = listjson_member(object, "patterns");
	size_t count = (size_t)cJSON_GetArraySize(patterns);
	const cJSON *member;

	if (!fields_go_on(fields))
		return;
	if (!cJSON_IsObject(patterns) || count == 0 || count > SCENARIO_MAX_PLACES) {
		fields_fail_member(fields, object, "patterns",
				   "has to be an object with a host name for each of 1 to %d clouds",
				   SCENARIO_MAX_PLACES);
		return;
	}
	url->patterns = fields_allocate(fields, count, sizeof(*url->patterns));
	listjson_path_add(&fields->path, "patterns", 0);
	cJSON_ArrayForEach(member, patterns)
	{
		if (fields_go_on(fields))
			check_pattern(fields, patterns, member, scenario, url);
	}
}

static void
read_url(struct fields *fields, const cJSON *object, struct scenario *scenario, size_t i)
{
	struct scenario_url *url = &scenario->urls[i];

	if (!fields_object(fields, object, MEMBERS("patterns", "purpose", "caveat", "when")))
		return;
	url->purpose = fields_text(fields, object, "purpose", FIELDS_REQUIRED);
	url->caveat = fields_text(fields, object, "caveat", FIELDS_OPTIONAL);
	read_condition(fields, object, scenario, &url->when);
	read_patterns(fields, object, scenario, url);
}

static void
read_advice(struct fields *fields, const cJSON *object, struct scenario *scenario, size_t i)
{
	struct scenario_advice *advice = &scenario->advice[i];

	if (!fields_object(fields, object, MEMBERS("id", "severity", "text", "when")))
		return;
	advice->id = read_name(fields, object, "id");
	advice->severity = (enum scenario_severity)fields_word(fields, object, "severity", severities, SCENARIO_NOTE);
	advice->text = fields_text(fields, object, "text", FIELDS_REQUIRED);
	read_condition(fields, object, scenario, &advice->when);
	for (size_t other = 0; fields_go_on(fields) && other < i; other++) {
		if (strcmp(scenario->advice[other].id, advice->id) == 0)
			fields_fail_member(fields, object, "id", "there are two pieces of advice '%s'", advice->id);
	}
	if (fields_go_on(fields))
		check_text(fields, object, "text", scenario, advice->text,
			   &(struct check_scope){ .when = &advice->when });
}

static void
read_head(struct fields *fields, const cJSON *root, struct scenario *scenario)
{
	const cJSON *format = listjson_member(root, "format");
	const char *target;

	if (!fields_object(fields, root,
			   MEMBERS("$schema", "format", "scenario", "title", "basis", "target", "parameters", "places",
				   "rules", "urls", "advice")))
		return;
	if (!cJSON_IsNumber(format) || format->valuedouble != SCENARIO_FORMAT) {
		fields_fail_member(fields, root, "format", "has to be %d, the form of scenarios that is known here",
				   SCENARIO_FORMAT);
		return;
	}
	scenario->name = read_name(fields, root, "scenario");
	scenario->title = fields_text(fields, root, "title", FIELDS_REQUIRED);
	scenario->basis = fields_text(fields, root, "basis", FIELDS_REQUIRED);
	target = fields_text(fields, root, "target", FIELDS_REQUIRED);
	if (target != NULL &&
	    (svctag_target_find(target, &scenario->target) != SVCTAG_OK || scenario->target == SVCTAG_TARGET_UDR))
		fields_fail_member(fields, root, "target", "'%.60s' has to be nsg or firewall", target);
}

static void
read_scenario(struct fields *fields, const cJSON *root, struct scenario *scenario)
{
	const cJSON *parameters, *places, *rules, *urls, *advice;
	size_t count;

	read_head(fields, root, scenario);
	parameters = fields_array(fields, root, "parameters", 0, SCENARIO_MAX_PARAMETERS, &count);
	scenario->parameters = fields_allocate(fields, count, sizeof(*scenario->parameters));
	read_elements(fields, parameters, "parameters", scenario, read_parameter);
	places = fields_array(fields, root, "places", 1, SCENARIO_MAX_PLACES, &count);
	scenario->places = fields_allocate(fields, count, sizeof(*scenario->places));
	read_elements(fields, places, "places", scenario, read_place);
	rules = fields_array(fields, root, "rules", 1, SCENARIO_MAX_ELEMENTS, &scenario->rule_count);
	scenario->rules = fields_allocate(fields, scenario->rule_count, sizeof(*scenario->rules));
	read_elements(fields, rules, "rules", scenario, read_rule);
	urls = fields_array(fields, root, "urls", 0, SCENARIO_MAX_ELEMENTS, &scenario->url_count);
	scenario->urls = fields_allocate(fields, scenario->url_count, sizeof(*scenario->urls));
	read_elements(fields, urls, "urls", scenario, read_url);
	advice = fields_array(fields, root, "advice", 0, SCENARIO_MAX_ELEMENTS, &scenario->advice_count);
	scenario->advice = fields_allocate(fields, scenario->advice_count, sizeof(*scenario->advice));
	read_elements(fields, advice, "advice", scenario, read_advice);
}

/* With the text in UTF-8. */
static svctag_error
read_document(const char *data, size_t size, struct scenario *scenario, svctag_detail *detail)
{
	static const struct list_options none = { 0 };
	struct reader reader = { .data = data, .size = size, .name = "", .options = &none, .detail = detail };
	struct fields fields = { .memory = scenario->memory, .most_text = SCENARIO_MAX_TEXT, .detail = detail };
	cJSON *root = listjson_parse(&reader);

	if (root == NULL)
		return reader.error;
	read_scenario(&fields, root, scenario);
	cJSON_Delete(root);
	return fields.error;
}

svctag_error
scenario_read(const char *data, size_t size, struct scenario **ret, svctag_detail *detail)
{
	struct list_memory *memory;
	struct scenario *scenario;
	char *owned = NULL;
	svctag_error err;

	if (size > SCENARIO_MAX_SIZE) {
		svctag_detail_set(detail, "has more than %zu KiB, the most that a scenario can",
				  SCENARIO_MAX_SIZE >> 10);
		return SVCTAG_E_LIMIT;
	}
	memory = list_memory_new();
	scenario = memory != NULL ? list_memory_allocate(memory, sizeof(*scenario)) : NULL;
	if (scenario == NULL) {
		list_memory_free(memory);
		return SVCTAG_E_NO_MEMORY;
	}
	*scenario = (struct scenario){ .memory = memory };
	err = encoding_decode(&data, &size, &owned, detail);
	if (err == SVCTAG_OK)
		err = read_document(data, size, scenario, detail);
	free(owned);
	if (err == SVCTAG_OK)
		*ret = scenario;
	else
		scenario_free(scenario);
	return err;
}
