/* The rules of a plan, in one document: as many sets as the plan has places. */
#include <stdio.h>

#include "format.h"
#include "plan.h"

/* A name for the group of a place. */
#define NAME_SIZE (SCENARIO_MAX_NAME + 16)

static size_t
count_filled(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->place_count; i++)
		count += rules_count(plan->places[i].rules) > 0;
	return count;
}

/* Several groups: each with its name, as the platform itself lists them. */
static svctag_error
write_json_place(FILE *out, const struct plan_place *place, const char *name)
{
	svctag_error err;

	fprintf(out, "{\"name\":\"%s\",\"%s\":", name,
		rules_target(place->rules) == SVCTAG_TARGET_FIREWALL ? "ruleCollections" : "securityRules");
	err = report_rules(out, RULES_JSON, place->rules, &(struct rules_place){ .name = name });
	putc('}', out);
	return err;
}

static svctag_error
write_place(FILE *out, enum rules_output output, const struct plan_place *place, bool several)
{
	struct rules_place where = { .title = place->title };
	char name[NAME_SIZE];

	(void)snprintf(name, sizeof(name), "my-%s-%s",
		       rules_target(place->rules) == SVCTAG_TARGET_FIREWALL ? "firewall" : "nsg", place->place->name);
	if (several) {
		where.name = name;
		where.label = place->place->name;
	}
	if (several && output == RULES_JSON)
		return write_json_place(out, place, name);
	if (output == RULES_AZ) {
		fputs("# ", out);
		format_text(out, place->title);
		putc('\n', out);
	}
	return report_rules(out, output, place->rules, &where);
}

svctag_error
report_plan_rules(FILE *out, enum rules_output output, const struct plan *plan)
{
	bool several = count_filled(plan) > 1;
	bool as_array = several && output == RULES_JSON;
	svctag_error err = SVCTAG_OK;
	size_t written = 0;

	if (as_array)
		fputs("[\n", out);
	for (size_t i = 0; i < plan->place_count && err == SVCTAG_OK; i++) {
		if (rules_count(plan->places[i].rules) == 0)
			continue;
		if (written++ > 0)
			fputs(as_array ? ",\n" : "\n", out);
		err = write_place(out, output, &plan->places[i], several);
	}
	if (as_array)
		fputs("\n]\n", out);
	return err == SVCTAG_OK ? format_written(out) : err;
}
