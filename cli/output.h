/* --output: rules in place of the answer. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <report/rules.h>

#include "cli.h"

/**
 * The form that --output names; untouched if it was not given. It does not go
 * with --format. False after a message.
 */
SVCTAG_MUST_CHECK bool cli_output(const struct cli *cli, enum rules_output *ret);

#endif
