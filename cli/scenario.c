#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include <advice/near.h>

#include "scenario_find.h"

static const char *
near_option(const struct cli *cli, const struct scenario *scenario, const char *name)
{
	const char *names[SCENARIO_MAX_PARAMETERS + OPTION_COUNT];
	const enum cli_option *own = cli->command->options;
	size_t count = scenario->parameter_count;

	for (size_t i = 0; i < count; i++)
		names[i] = scenario->parameters[i].name;
	for (; own != NULL && *own != OPTION_COUNT; own++)
		names[count++] = cli_option_name(*own) + strlen("--");
	return near_find(name, names, count);
}

static bool
unknown_parameter(const struct cli *cli, const struct scenario *scenario, const char *name)
{
	const char *near = near_option(cli, scenario, name);

	if (near != NULL)
		cli_error("the scenario %s has no parameter '--%s'; did you mean '--%s'?", scenario->name, name, near);
	else if (scenario->parameter_count > 0)
		cli_error("the scenario %s has no parameter '--%s'; its first is '--%s'", scenario->name, name,
			  scenario->parameters[0].name);
	else
		cli_error("the scenario %s has no parameters, and so not '--%s'", scenario->name, name);
	return false;
}

/* A parameter as an option gives it; sets *ret_operand to the word behind it if that is not its value. */
static bool
take_open(const struct cli *cli, const struct cli_open_option *open, struct cli_scenario *to, const char **ret_operand)
{
	struct plan_argument *argument = &to->arguments[to->argument_count];
	char *name = strndup(open->word + strlen("--"), open->size - strlen("--"));
	const struct scenario *scenario = to->scenario;
	size_t parameter;

	if (name == NULL) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		return false;
	}
	to->names[to->argument_count++] = name;
	parameter = scenario_find_parameter(scenario, name);
	if (parameter == SCENARIO_NONE)
		return unknown_parameter(cli, scenario, name);
	*argument = (struct plan_argument){ .name = name, .value = open->value };
	*ret_operand = NULL;
	if (scenario->parameters[parameter].kind == SCENARIO_FLAG) {
		argument->value = open->value != NULL ? open->value : "";
		*ret_operand = open->next;
	} else if (open->value == NULL) {
		argument->value = open->next;
	}
	if (argument->value == NULL) {
		cli_error("--%s wants a value: %s", name, scenario->parameters[parameter].description);
		return false;
	}
	return true;
}

/* Operands and open options as they stand on the command line. */
static bool
take_words(const struct cli *cli, struct cli_scenario *to)
{
	size_t open = 0;

	for (size_t i = 0; i <= cli->operand_count; i++) {
		/* Those behind the command, which was an operand too, and i others. */
		for (; open < cli->open_count && cli->open[open].operands <= i + 1; open++) {
			const char *operand = NULL;

			if (!take_open(cli, &cli->open[open], to, &operand))
				return false;
			if (operand != NULL)
				to->operands[to->operand_count++] = operand;
		}
		if (i < cli->operand_count)
			to->operands[to->operand_count++] = cli->operands[i];
	}
	return true;
}

bool
cli_scenario_open(const struct cli *cli, const char *name, struct cli_scenario *ret)
{
	*ret = (struct cli_scenario){ 0 };
	ret->arguments = calloc(cli->open_count + 1, sizeof(*ret->arguments));
	ret->names = calloc(cli->open_count + 1, sizeof(*ret->names));
	ret->operands = calloc(cli->open_count + cli->operand_count + 1, sizeof(*ret->operands));
	if (ret->arguments == NULL || ret->names == NULL || ret->operands == NULL) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		return false;
	}
	if (name == NULL && cli->open_count > 0)
		return cli_unknown_option(cli->open[0].word, cli->open[0].size);
	if (name != NULL && !cli_scenario_find(cli, name, &ret->scenario))
		return false;
	return take_words(cli, ret) && cli_check_operands(cli->command, ret->operands, ret->operand_count);
}

void
cli_scenario_close(struct cli_scenario *scenario)
{
	for (size_t i = 0; i < scenario->argument_count; i++)
		free(scenario->names[i]);
	free(scenario->names);
	free(scenario->arguments);
	free(scenario->operands);
	scenario_free(scenario->scenario);
}

bool
cli_scenario_plan(const struct cli_scenario *scenario, const svctag_snapshot *snapshot, struct plan **ret)
{
	svctag_detail detail = { "" };
	svctag_error err =
		plan_make(scenario->scenario, snapshot, scenario->arguments, scenario->argument_count, ret, &detail);

	/* Its particulars begin with the parameter's name. */
	if (err == SVCTAG_E_SYNTAX || err == SVCTAG_E_RANGE || err == SVCTAG_E_DUPLICATE)
		cli_error("--%s", detail.text);
	else if (err != SVCTAG_OK)
		cli_fail(scenario->scenario->name, err, &detail);
	return err == SVCTAG_OK;
}
