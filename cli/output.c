#include "output.h"

bool
cli_output(const struct cli *cli, enum rules_output *ret)
{
	const char *name = cli->values[OPTION_OUTPUT];

	if (name == NULL)
		return true;
	if (!rules_output_parse(name, ret)) {
		cli_error("--output wants az, bicep, terraform or json, not '%s'", name);
		return false;
	}
	if (cli->values[OPTION_FORMAT] != NULL) {
		cli_error("--output prints rules, --format the answer: give one of them");
		return false;
	}
	return true;
}
