/* Where scenarios are: in files that are named, in folders of theirs, built in. */
#ifndef CLI_SCENARIO_FIND_H
#define CLI_SCENARIO_FIND_H

#include <advice/scenario.h>

#include "cli.h"

/** The one of this name or in this file. False after a message. @param ret  scenario_free() it */
SVCTAG_MUST_CHECK bool cli_scenario_find(const struct cli *cli, const char *name, struct scenario **ret);

/** Read a file. False after a message. @param ret  scenario_free() it */
SVCTAG_MUST_CHECK bool cli_scenario_read(const char *path, struct scenario **ret);

/** Folders that scenarios may be in; the first that has a name counts. */
#define CLI_SCENARIO_FOLDERS 2
/** The i-th folder: --scenario-dir, the user's own. free() it; NULL where there is none (or no memory). */
char *cli_scenario_folder(const struct cli *cli, size_t i);

#endif
