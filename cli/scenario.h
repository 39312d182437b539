/*
 * Scenarios for the commands that take one: found by name or file, and their
 * parameters given as options.
 */
#ifndef CLI_SCENARIO_H
#define CLI_SCENARIO_H

#include <advice/plan.h>

#include "cli.h"

/** A scenario, what is said for its parameters, and the command's operands. Zero-initialise. */
struct cli_scenario {
	struct scenario *scenario; /**< NULL: none was named */
	struct plan_argument *arguments;
	char **names; /**< what the arguments' names lie in */
	size_t argument_count;
	const char **operands; /**< all of the command's */
	size_t operand_count;
};

/**
 * Find and read a scenario, tell the command's options and operands apart by
 * its parameters, and check the number of operands. What is wrong is said on
 * stderr.
 * @param name  a file (with '/' or ending in ".json"), or the name of one in --scenario-dir, in the user's folder
 *              or built in; NULL: there is none, and so no option of one either
 * @param ret   cli_scenario_close() it, whatever the result
 */
SVCTAG_MUST_CHECK bool cli_scenario_open(const struct cli *cli, const char *name, struct cli_scenario *ret);
void cli_scenario_close(struct cli_scenario *scenario);

/** Plan it for a release. What is wrong with the parameters is said on stderr. @param ret  plan_free() it */
SVCTAG_MUST_CHECK bool cli_scenario_plan(const struct cli_scenario *scenario, const svctag_snapshot *snapshot,
					 struct plan **ret);

/** Print all that there are: built in, in the user's folder, in --scenario-dir. */
enum cli_exit cli_scenario_list(const struct cli *cli);

#endif
