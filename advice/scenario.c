#include "scenario.h"

#include <string.h>

#include <lists/memory.h>

#include "near.h"
#include "scenario_builtins.h"
#include "scenario_text.h"

void
scenario_free(struct scenario *scenario)
{
	if (scenario != NULL)
		list_memory_free(scenario->memory); /* it is in there itself */
}

bool
scenario_is_name(const char *text)
{
	size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return size > 0 && size <= SCENARIO_MAX_NAME && text[size] == '\0' && text[0] >= 'a' && text[0] <= 'z' &&
	       text[size - 1] != '-';
}

size_t
scenario_find_parameter(const struct scenario *scenario, const char *name)
{
	return scenario_resolve(scenario, NULL, name, strlen(name));
}

const char *
scenario_near_parameter(const struct scenario *scenario, const char *name)
{
	const char *names[SCENARIO_MAX_PARAMETERS];

	for (size_t i = 0; i < scenario->parameter_count; i++)
		names[i] = scenario->parameters[i].name;
	return near_find(name, names, scenario->parameter_count);
}

const struct scenario_builtin *
scenario_builtin_at(size_t i)
{
	return i < scenario_builtins_count ? &scenario_builtins[i] : NULL;
}

/* "there are a, b, c", as far as it fits. */
static void
list_builtins(const char *name, svctag_detail *detail)
{
	const struct scenario_builtin *builtin;
	char names[sizeof(detail->text) / 2] = "";
	size_t used = 0;

	for (size_t i = 0; (builtin = scenario_builtin_at(i)) != NULL; i++) {
		size_t size = strlen(builtin->name);

		if (used + size + 3 > sizeof(names))
			break;
		if (used > 0)
			used = (size_t)(stpcpy(names + used, ", ") - names);
		used = (size_t)(stpcpy(names + used, builtin->name) - names);
	}
	svctag_detail_set(detail, "there is no scenario '%.80s'; there are %s (built in)", name, names);
}

svctag_error
scenario_builtin_read(const char *name, struct scenario **ret, svctag_detail *detail)
{
	const char *names[SCENARIO_MAX_BUILTINS];
	const struct scenario_builtin *builtin;
	const char *near;
	size_t count = 0;

	for (; count < SCENARIO_MAX_BUILTINS && (builtin = scenario_builtin_at(count)) != NULL; count++) {
		if (strcmp(builtin->name, name) == 0)
			return scenario_read(builtin->document, builtin->size, ret, detail);
		names[count] = builtin->name;
	}
	near = near_find(name, names, count);
	if (near != NULL)
		svctag_detail_set(detail, "there is no scenario '%.80s'; did you mean '%s'?", name, near);
	else
		list_builtins(name, detail);
	return SVCTAG_E_NOT_FOUND;
}

const char *
scenario_kind_text(enum scenario_kind kind)
{
	switch (kind) {
	case SCENARIO_REGION: return "region";
	case SCENARIO_FLAG: return "flag";
	case SCENARIO_CHOICE: return "choice";
	case SCENARIO_TEXT: break;
	}
	return "text";
}

const char *
scenario_severity_text(enum scenario_severity severity)
{
	switch (severity) {
	case SCENARIO_ERROR: return "error";
	case SCENARIO_WARNING: return "warning";
	case SCENARIO_NOTE: break;
	}
	return "note";
}
