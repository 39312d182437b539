/* The scenarios that there are. */
#include <string.h>

#include "csv.h"
#include "format.h"
#include "json.h"
#include "plan.h"
#include "table.h"

static void
parameter_fields(struct json *json, cJSON *object, const struct scenario *scenario, size_t i)
{
	const struct scenario_parameter *parameter = &scenario->parameters[i];

	json_add_reference(json, object, "name", parameter->name);
	json_add_reference(json, object, "kind", scenario_kind_text(parameter->kind));
	json_add_bool(json, object, "required", parameter->required);
	if (parameter->kind == SCENARIO_CHOICE) {
		cJSON *choices = json_add_array(json, object, "choices");

		for (size_t k = 0; k < parameter->choice_count; k++)
			json_add_reference(json, choices, NULL, parameter->choices[k]);
		json_add_reference(json, object, "default", parameter->fallback);
	}
	json_add_reference(json, object, "description", parameter->description);
}

static void
scenario_fields(struct json *json, cJSON *object, const struct report_scenario *of)
{
	cJSON *array;

	json_add_reference(json, object, "name", of->scenario->name);
	json_add_reference(json, object, "title", of->scenario->title);
	json_add_reference(json, object, "basis", of->scenario->basis);
	json_add_reference(json, object, "target", svctag_target_text(of->scenario->target));
	if (of->file != NULL)
		json_add_bytes(json, object, "file", of->file, strlen(of->file));
	else
		json_add_null(json, object, "file");
	array = json_add_array(json, object, "parameters");
	for (size_t i = 0; i < of->scenario->parameter_count && !json->failed; i++)
		parameter_fields(json, json_add_object(json, array, NULL), of->scenario, i);
}

static svctag_error
scenarios_json(FILE *out, const struct report_scenario *scenarios, size_t count)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array = json_add_array(&json, root, "scenarios");

	for (size_t i = 0; i < count && !json.failed; i++)
		scenario_fields(&json, json_add_object(&json, array, NULL), &scenarios[i]);
	return json_finish(&json, root, out, "\n");
}

static svctag_error
scenarios_ndjson(FILE *out, const struct report_scenario *scenarios, size_t count)
{
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < count && err == SVCTAG_OK; i++) {
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		scenario_fields(&json, root, &scenarios[i]);
		err = json_finish(&json, root, out, "\n");
	}
	return err;
}

/* A parameter as it is given: --target REGION, or with brackets what may be left out. */
static void
synopsis(const struct scenario *scenario, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < scenario->parameter_count && used < size; i++) {
		const struct scenario_parameter *parameter = &scenario->parameters[i];
		bool is_flag = parameter->kind == SCENARIO_FLAG;

		used += (size_t)snprintf(text + used, size - used, "%s%s--%s%s%s%s", i > 0 ? " " : "",
					 parameter->required ? "" : "[", parameter->name, is_flag ? "" : " ",
					 is_flag ? "" : scenario_kind_text(parameter->kind),
					 parameter->required ? "" : "]");
	}
}

static svctag_error
scenarios_csv(FILE *out, const struct report_scenario *scenarios, size_t count)
{
	struct csv csv = { .out = out };

	fputs("name,title,target,parameters,file\n", out);
	for (size_t i = 0; i < count; i++) {
		char parameters[SCENARIO_MAX_PARAMETERS * (SCENARIO_MAX_NAME + 16)];

		synopsis(scenarios[i].scenario, parameters, sizeof(parameters));
		csv_text(&csv, scenarios[i].scenario->name);
		csv_text(&csv, scenarios[i].scenario->title);
		csv_text(&csv, svctag_target_text(scenarios[i].scenario->target));
		csv_text(&csv, parameters);
		csv_text(&csv, scenarios[i].file);
		csv_end(&csv);
	}
	return format_written(out);
}

static svctag_error
scenarios_text(FILE *out, const struct report_style *style, const struct report_scenario *scenarios, size_t count)
{
	struct table table = { .alignment = "lll" };
	svctag_error err;

	table_cell(&table, "SCENARIO");
	table_cell(&table, "PARAMETERS");
	table_cell(&table, "WHAT");
	for (size_t i = 0; i < count; i++) {
		char parameters[SCENARIO_MAX_PARAMETERS * (SCENARIO_MAX_NAME + 16)];

		synopsis(scenarios[i].scenario, parameters, sizeof(parameters));
		table_cell(&table, scenarios[i].scenario->name);
		table_cell(&table, parameters);
		table_cellf(&table, "%s%s%s%s", scenarios[i].scenario->title, scenarios[i].file != NULL ? " (" : "",
			    scenarios[i].file != NULL ? scenarios[i].file : "", scenarios[i].file != NULL ? ")" : "");
	}
	err = table_print(&table, out, style, 0, true);
	table_release(&table);
	return err;
}

svctag_error
report_scenarios(FILE *out, const struct report_style *style, const struct report_scenario *scenarios, size_t count)
{
	switch (style->format) {
	case REPORT_JSON: return scenarios_json(out, scenarios, count);
	case REPORT_NDJSON: return scenarios_ndjson(out, scenarios, count);
	case REPORT_CSV: return scenarios_csv(out, scenarios, count);
	case REPORT_TEXT: break;
	}
	return scenarios_text(out, style, scenarios, count);
}
