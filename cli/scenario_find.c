#include "scenario_find.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "list.h"

/* What a folder's files end with. */
static const char ending[] = ".json";

static bool
is_file_name(const char *name)
{
	size_t size = strlen(name);
	size_t end = sizeof(ending) - 1;

	return strchr(name, '/') != NULL || (size > end && strcmp(name + size - end, ending) == 0);
}

char *
cli_scenario_folder(const struct cli *cli, size_t i)
{
	const char *named = cli->values[OPTION_SCENARIO_DIR];
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	char *path = NULL;
	int length = -1;

	if (i == 0)
		return named != NULL ? strdup(named) : NULL;
	/* Relative ones are to be ignored, says the XDG specification. */
	if (config != NULL && *config == '/')
		length = asprintf(&path, "%s/svctag/scenarios", config);
	else if (home != NULL && *home == '/')
		length = asprintf(&path, "%s/.config/svctag/scenarios", home);
	return length < 0 ? NULL : path;
}

bool
cli_scenario_read(const char *path, struct scenario **ret)
{
	svctag_detail detail = { "" };
	char *data = NULL;
	size_t size = 0;
	svctag_error err;

	if (!cli_read_file(path, SCENARIO_MAX_SIZE, &data, &size))
		return false;
	err = scenario_read(data, size, ret, &detail);
	free(data);
	if (err != SVCTAG_OK)
		cli_fail(path, err, &detail);
	return err == SVCTAG_OK;
}

/* In a folder a file has the name of its scenario. */
static bool
read_named(const char *path, const char *name, struct scenario **ret)
{
	struct scenario *scenario;

	if (!cli_scenario_read(path, &scenario))
		return false;
	if (strcmp(scenario->name, name) != 0) {
		cli_error("%s: holds the scenario '%s': call the file %s%s", path, scenario->name, scenario->name,
			  ending);
		scenario_free(scenario);
		return false;
	}
	*ret = scenario;
	return true;
}

/* The file of a scenario in one of the folders: free() it; NULL if there is none. */
static char *
find_file(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < CLI_SCENARIO_FOLDERS; i++) {
		char *folder = cli_scenario_folder(cli, i);
		char *path = NULL;

		if (folder != NULL && asprintf(&path, "%s/%s%s", folder, name, ending) < 0)
			path = NULL;
		free(folder);
		if (path != NULL && access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

bool
cli_scenario_find(const struct cli *cli, const char *name, struct scenario **ret)
{
	svctag_detail detail = { "" };
	svctag_error err;
	char *path;
	bool found;

	if (is_file_name(name))
		return cli_scenario_read(name, ret);
	path = scenario_is_name(name) ? find_file(cli, name) : NULL;
	if (path != NULL) {
		found = read_named(path, name, ret);
		free(path);
		return found;
	}
	err = scenario_builtin_read(name, ret, &detail);
	if (err != SVCTAG_OK)
		cli_fail(err == SVCTAG_E_NOT_FOUND ? NULL : name, err, &detail);
	return err == SVCTAG_OK;
}
