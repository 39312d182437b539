#include "plan.h"

#include "csv.h"
#include "format.h"
#include "json.h"
#include "plan_internal.h"

const char *
plan_direction_tag(const struct plan_rule *rule, enum list_direction direction)
{
	return rule->rule->direction == direction ? rule->tag : NULL;
}

svctag_index_tag
plan_index_tag(const struct plan *plan, const struct plan_rule *rule)
{
	return rule->exists ? svctag_index_tag_at(svctag_snapshot_index(plan->snapshot), rule->number)
			    : (svctag_index_tag){ .rank = 0 };
}

static void
add_counts(struct json *json, cJSON *object, const struct plan *plan, const struct plan_rule *rule)
{
	svctag_index_tag tag = plan_index_tag(plan, rule);
	cJSON *prefixes;

	if (!rule->exists) {
		json_add_null(json, object, "prefixCount");
		json_add_null(json, object, "addressCount");
		return;
	}
	prefixes = json_add_object(json, object, "prefixCount");
	json_add_integer(json, prefixes, "ipv4", tag.family_prefix_count[0]);
	json_add_integer(json, prefixes, "ipv6", tag.family_prefix_count[1]);
	json_add_counts(json, object, "addressCount", tag.addresses);
}

static void
rule_fields(struct json *json, cJSON *object, const struct plan *plan, const struct plan_rule *rule)
{
	const struct scenario_rule *from = rule->rule;
	cJSON *ports;

	json_add_reference(json, object, "place", plan->places[rule->place].place->name);
	json_add_reference(json, object, "name", rule->made != NULL ? rule->made->name : NULL);
	if (rule->made != NULL)
		json_add_integer(json, object, "priority", rule->made->priority);
	else
		json_add_null(json, object, "priority");
	json_add_reference(json, object, "direction", list_direction_text(from->direction));
	json_add_reference(json, object, "access", list_access_text(from->access));
	json_add_reference(json, object, "protocol", from->protocol);
	ports = json_add_array(json, object, "ports");
	for (size_t i = 0; i < from->port_count; i++)
		json_add_reference(json, ports, NULL, from->ports[i]);
	json_add_reference(json, object, "sourceTag", plan_direction_tag(rule, LIST_INBOUND));
	json_add_reference(json, object, "destinationTag", plan_direction_tag(rule, LIST_OUTBOUND));
	add_counts(json, object, plan, rule);
	json_add_bool(json, object, "exists", rule->exists);
	json_add_reference(json, object, "usable", svctag_usable_text(rule->usable));
	json_add_reference(json, object, "why", rule->why);
	json_add_reference(json, object, "when", from->when.text);
}

static void
add_parameters(struct json *json, cJSON *root, const struct plan *plan)
{
	cJSON *object = json_add_object(json, root, "parameters");

	for (size_t i = 0; i < plan->scenario->parameter_count; i++) {
		const struct plan_value *value = &plan->values[i];

		if (value->parameter->kind == SCENARIO_FLAG)
			json_add_bool(json, object, value->parameter->name, value->given);
		else
			json_add_reference(json, object, value->parameter->name, value->value);
	}
}

static void
add_urls(struct json *json, cJSON *root, const struct plan *plan)
{
	cJSON *array = json_add_array(json, root, "urls");

	for (size_t i = 0; i < plan->url_count && !json->failed; i++) {
		const struct plan_url *url = &plan->urls[i];
		cJSON *object = json_add_object(json, array, NULL);

		json_add_reference(json, object, "pattern", url->pattern);
		json_add_reference(json, object, "purpose", url->url->purpose);
		json_add_reference(json, object, "caveat", url->url->caveat);
		json_add_reference(json, object, "when", url->url->when.text);
	}
}

static void
add_advice(struct json *json, cJSON *root, const struct plan *plan)
{
	cJSON *array = json_add_array(json, root, "advice");

	for (size_t i = 0; i < plan->advice_count && !json->failed; i++) {
		cJSON *object = json_add_object(json, array, NULL);

		json_add_reference(json, object, "id", plan->advice[i].advice->id);
		json_add_reference(json, object, "severity", scenario_severity_text(plan->advice[i].advice->severity));
		json_add_reference(json, object, "text", plan->advice[i].text);
	}
}

static void
add_places(struct json *json, cJSON *root, const struct plan *plan)
{
	cJSON *array = json_add_array(json, root, "places");

	for (size_t i = 0; i < plan->place_count && !json->failed; i++) {
		cJSON *object = json_add_object(json, array, NULL);

		json_add_reference(json, object, "name", plan->places[i].place->name);
		json_add_reference(json, object, "title", plan->places[i].title);
	}
}

static svctag_error
plan_json(FILE *out, const struct plan *plan)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	json_add_release(&json, root, "release", svctag_snapshot_info(plan->snapshot));
	json_add_reference(&json, root, "scenario", plan->scenario->name);
	json_add_reference(&json, root, "title", plan->scenario->title);
	json_add_reference(&json, root, "basis", plan->scenario->basis);
	json_add_reference(&json, root, "target", svctag_target_text(plan->scenario->target));
	add_parameters(&json, root, plan);
	json_add_bool(&json, root, "complete", plan->complete);
	add_places(&json, root, plan);
	array = json_add_array(&json, root, "rules");
	for (size_t i = 0; i < plan->rule_count && !json.failed; i++)
		rule_fields(&json, json_add_object(&json, array, NULL), plan, &plan->rules[i]);
	add_urls(&json, root, plan);
	add_advice(&json, root, plan);
	array = json_add_array(&json, root, "notes");
	for (size_t i = 0; i < plan->note_count; i++)
		json_add_reference(&json, array, NULL, plan->notes[i]);
	return json_finish(&json, root, out, "\n");
}

static svctag_error
plan_ndjson(FILE *out, const struct plan *plan)
{
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < plan->rule_count && err == SVCTAG_OK; i++) {
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		json_add_release(&json, root, "release", svctag_snapshot_info(plan->snapshot));
		json_add_reference(&json, root, "scenario", plan->scenario->name);
		rule_fields(&json, root, plan, &plan->rules[i]);
		err = json_finish(&json, root, out, "\n");
	}
	return err;
}

/* Ports in one field, with blanks between them. */
static void
csv_ports(struct csv *csv, const struct scenario_rule *rule)
{
	char text[FORMAT_PORTS_SIZE];

	csv_text(csv, plan_format_ports(rule, text));
}

static svctag_error
plan_csv(FILE *out, const struct plan *plan)
{
	struct csv csv = { .out = out };

	fputs("place,name,priority,direction,access,protocol,ports,sourceTag,destinationTag,exists,usable,"
	      "prefixCountIpv4,prefixCountIpv6,addressCountIpv4,addressCountIpv6,why," CSV_RELEASE_HEADER "\n",
	      out);
	for (size_t i = 0; i < plan->rule_count; i++) {
		const struct plan_rule *rule = &plan->rules[i];
		svctag_index_tag tag = plan_index_tag(plan, rule);

		csv_text(&csv, plan->places[rule->place].place->name);
		csv_text(&csv, rule->made != NULL ? rule->made->name : NULL);
		if (rule->made != NULL)
			csv_integer(&csv, rule->made->priority);
		else
			csv_text(&csv, NULL);
		csv_text(&csv, list_direction_text(rule->rule->direction));
		csv_text(&csv, list_access_text(rule->rule->access));
		csv_text(&csv, rule->rule->protocol);
		csv_ports(&csv, rule->rule);
		csv_text(&csv, plan_direction_tag(rule, LIST_INBOUND));
		csv_text(&csv, plan_direction_tag(rule, LIST_OUTBOUND));
		csv_text(&csv, rule->exists ? "true" : "false");
		csv_text(&csv, svctag_usable_text(rule->usable));
		csv_integer(&csv, tag.family_prefix_count[0]);
		csv_integer(&csv, tag.family_prefix_count[1]);
		csv_count(&csv, tag.addresses[0]);
		csv_count(&csv, tag.addresses[1]);
		csv_text(&csv, rule->why);
		csv_release(&csv, svctag_snapshot_info(plan->snapshot));
		csv_end(&csv);
	}
	return format_written(out);
}

svctag_error
report_plan(FILE *out, const struct report_style *style, const struct plan *plan)
{
	switch (style->format) {
	case REPORT_JSON: return plan_json(out, plan);
	case REPORT_NDJSON: return plan_ndjson(out, plan);
	case REPORT_CSV: return plan_csv(out, plan);
	case REPORT_TEXT: break;
	}
	return plan_write_text(out, style, plan);
}
