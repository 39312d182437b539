/* All scenarios that there are: what `plan` alone prints. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <report/plan.h>

#include "scenario.h"
#include "scenario_find.h"

/* A scenario, and the file that it was read from; NULL: built in. */
struct found {
	struct scenario *scenario;
	char *file;
};

struct collection {
	struct found *found;
	size_t count, capacity;
};

static void
release(struct collection *collection)
{
	for (size_t i = 0; i < collection->count; i++) {
		free(collection->found[i].file);
		scenario_free(collection->found[i].scenario);
	}
	free(collection->found);
}

/* Takes both over. One whose name is there already is not asked for by its name, and left out. */
static bool
add(struct collection *to, struct scenario *scenario, char *file)
{
	bool is_new = true;

	for (size_t i = 0; i < to->count; i++)
		is_new = is_new && strcmp(to->found[i].scenario->name, scenario->name) != 0;
	if (is_new && to->count == to->capacity) {
		size_t capacity = to->capacity == 0 ? 16 : 2 * to->capacity;
		struct found *found = reallocarray(to->found, capacity, sizeof(*found));

		if (found != NULL) {
			to->found = found;
			to->capacity = capacity;
		}
	}
	if (is_new && to->count < to->capacity) {
		to->found[to->count++] = (struct found){ scenario, file };
		return true;
	}
	scenario_free(scenario);
	free(file);
	if (is_new)
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
	return !is_new;
}

static bool
add_builtins(struct collection *to)
{
	const struct scenario_builtin *builtin;

	for (size_t i = 0; (builtin = scenario_builtin_at(i)) != NULL; i++) {
		svctag_detail detail = { "" };
		struct scenario *scenario;
		svctag_error err = scenario_builtin_read(builtin->name, &scenario, &detail);

		if (err != SVCTAG_OK) {
			cli_fail(builtin->name, err, &detail);
			return false;
		}
		if (!add(to, scenario, NULL))
			return false;
	}
	return true;
}

static int
is_scenario_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && dot != entry->d_name && strcmp(dot, ".json") == 0;
}

/* One that cannot be read, or whose name is another, is said and left out. */
static bool
add_file(struct collection *to, const char *folder, const char *name)
{
	struct scenario *scenario;
	char *path = NULL;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		return false;
	}
	if (!cli_scenario_read(path, &scenario)) {
		free(path);
		return true;
	}
	if (strlen(name) == strlen(scenario->name) + strlen(".json") &&
	    strncmp(name, scenario->name, strlen(scenario->name)) == 0)
		return add(to, scenario, path);
	cli_warning("%s: holds the scenario '%s': call the file %s.json", path, scenario->name, scenario->name);
	scenario_free(scenario);
	free(path);
	return true;
}

/* A folder of the user's need not be there, one that is named has to. */
static bool
add_folder(struct collection *to, const char *folder, bool is_named)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_scenario_file, alphasort);
	bool good = true;

	if (count < 0 && (is_named || errno != ENOENT))
		cli_error("%s: %s", folder, strerror(errno));
	if (count < 0)
		return !is_named;
	for (int i = 0; i < count; i++) {
		good = good && add_file(to, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return good;
}

static bool
collect(const struct cli *cli, struct collection *to)
{
	for (size_t i = 0; i < CLI_SCENARIO_FOLDERS; i++) {
		char *folder = cli_scenario_folder(cli, i);
		bool good = folder == NULL || add_folder(to, folder, i == 0);

		free(folder);
		if (!good)
			return false;
	}
	return add_builtins(to);
}

enum cli_exit
cli_scenario_list(const struct cli *cli)
{
	struct collection collection = { 0 };
	struct report_scenario *scenarios = NULL;
	enum cli_exit code = CLI_ERROR;

	if (!collect(cli, &collection))
		goto out;
	scenarios = calloc(collection.count + 1, sizeof(*scenarios));
	if (scenarios == NULL) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		goto out;
	}
	for (size_t i = 0; i < collection.count; i++)
		scenarios[i] = (struct report_scenario){ collection.found[i].scenario, collection.found[i].file };
	code = cli_written(report_scenarios(stdout, &cli->style, scenarios, collection.count), CLI_YES);
out:
	free(scenarios);
	release(&collection);
	return code;
}
