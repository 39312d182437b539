#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli.h"

/* A variable that is set to something; the empty one counts as unset. */
static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

char *
cli_database_path(const struct cli *cli)
{
	const char *named = cli->values[OPTION_DB] != NULL ? cli->values[OPTION_DB] : environment("SVCTAG_DB");
	const char *data = environment("XDG_DATA_HOME");
	const char *home = environment("HOME");
	char *path = NULL;
	int length;

	if (named != NULL && *named == '\0') {
		cli_error("--db wants the name of a file");
		return NULL;
	}
	if (named != NULL)
		length = asprintf(&path, "%s", named);
	else if (data != NULL && *data == '/') /* relative ones are to be ignored, says the XDG specification */
		length = asprintf(&path, "%s/svctag/svctag.db", data);
	else if (home != NULL)
		length = asprintf(&path, "%s/.local/share/svctag/svctag.db", home);
	else {
		cli_error("no home folder to look for the database in: name it with --db FILE or SVCTAG_DB");
		return NULL;
	}
	if (length < 0) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		return NULL;
	}
	return path;
}

bool
cli_open(const struct cli *cli, svctag_store_mode mode, svctag_store **ret)
{
	svctag_detail detail = { "" };
	char *path = cli_database_path(cli);
	svctag_error err;

	if (path == NULL)
		return false;
	err = svctag_store_open(path, mode, ret, &detail);
	if (err == SVCTAG_E_IO && mode == SVCTAG_STORE_READ && access(path, F_OK) != 0)
		cli_error("%s: no such database; make it with `svctag import FILE`, or name another with --db", path);
	else if (err != SVCTAG_OK)
		/* The particulars mostly begin with the path already. */
		cli_fail(strstr(detail.text, path) != NULL ? NULL : path, err, &detail);
	free(path);
	return err == SVCTAG_OK;
}

bool
cli_all_clouds(const struct cli *cli)
{
	return cli->values[OPTION_CLOUD] != NULL && strcasecmp(cli->values[OPTION_CLOUD], "all") == 0;
}

/* Nothing is loaded, or something is not found. Always false. */
static bool
refuse(const svctag_store *store, svctag_error err, const svctag_detail *detail)
{
	if (err == SVCTAG_E_EMPTY && store != NULL)
		cli_error("%s: no release is loaded; load one with `svctag import FILE`", svctag_store_path(store));
	else
		cli_fail(NULL, err, detail);
	return false;
}

bool
cli_cloud(const struct cli *cli, const svctag_catalogue *catalogue, bool otherwise_all, size_t *ret)
{
	const char *name = cli->values[OPTION_CLOUD];
	svctag_detail detail = { "" };
	svctag_error err;

	if (cli_all_clouds(cli) || (name == NULL && otherwise_all)) {
		*ret = REPORT_ALL_CLOUDS;
		return true;
	}
	err = svctag_catalogue_find_cloud(catalogue, name, ret, &detail);
	return err == SVCTAG_OK || refuse(NULL, err, &detail);
}

bool
cli_snapshot(const struct cli *cli, svctag_store *store, const char *reference, svctag_snapshot **ret)
{
	svctag_detail detail = { "" };
	svctag_error err;

	if (cli_all_clouds(cli)) {
		cli_error("%s answers from one cloud: name it instead of --cloud all", cli->command->name);
		return false;
	}
	if (reference == NULL)
		reference = cli->values[OPTION_AT];
	err = svctag_store_snapshot_at(store, cli->values[OPTION_CLOUD], reference, ret, &detail);
	return err == SVCTAG_OK || refuse(store, err, &detail);
}

bool
cli_tag(const svctag_snapshot *snapshot, const char *name, size_t size, uint32_t *ret)
{
	svctag_detail detail = { "" };

	if (svctag_index_find_tag(svctag_snapshot_index(snapshot), name, size, ret) == SVCTAG_OK)
		return true;
	report_unknown_tag(snapshot, name, size, &detail);
	cli_fail(NULL, SVCTAG_E_NOT_FOUND, &detail);
	return false;
}
