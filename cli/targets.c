#include "targets.h"

#include <stdlib.h>

/* One cloud's snapshot, if it has such a release. @return false after a message */
static bool
load_cloud(const struct cli *cli, svctag_store *store, const svctag_catalogue *catalogue, size_t cloud,
	   struct targets *targets)
{
	const svctag_release_info *info;
	svctag_detail detail = { "" };
	svctag_error err;

	err = svctag_catalogue_resolve(catalogue, cloud, cli->values[OPTION_AT], &info, &detail);
	if (err == SVCTAG_E_NOT_FOUND || err == SVCTAG_E_EMPTY) {
		cli_warning("%s left out: %s", svctag_catalogue_cloud(catalogue, cloud), detail.text);
		return true;
	}
	if (err == SVCTAG_OK)
		err = svctag_store_snapshot(store, info, &targets->snapshots[targets->count], &detail);
	if (err != SVCTAG_OK) {
		cli_fail(NULL, err, &detail);
		return false;
	}
	targets->count++;
	return true;
}

static bool
load_all(const struct cli *cli, svctag_store *store, struct targets *targets)
{
	svctag_catalogue *catalogue = NULL;
	svctag_detail detail = { "" };
	svctag_error err = svctag_store_catalogue(store, &catalogue, &detail);
	size_t clouds;
	bool ok = true;

	if (err != SVCTAG_OK) {
		cli_fail(NULL, err, &detail);
		return false;
	}
	clouds = svctag_catalogue_cloud_count(catalogue);
	targets->snapshots = calloc(clouds + 1, sizeof(svctag_snapshot *));
	if (targets->snapshots == NULL) {
		cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
		ok = false;
	}
	for (size_t i = 0; i < clouds && ok; i++)
		ok = load_cloud(cli, store, catalogue, i, targets);
	svctag_catalogue_free(catalogue);
	if (ok && clouds == 0)
		cli_error("%s: no release is loaded; load one with `svctag import FILE`", svctag_store_path(store));
	else if (ok && targets->count == 0)
		cli_error("no cloud has a release '%s'; `svctag releases` lists them", cli->values[OPTION_AT]);
	return ok && targets->count > 0;
}

bool
targets_load(const struct cli *cli, svctag_store *store, struct targets *ret)
{
	svctag_detail detail = { "" };
	svctag_error err;
	bool ok;

	*ret = (struct targets){ 0 };
	if (!cli_all_clouds(cli)) {
		ret->snapshots = calloc(1, sizeof(svctag_snapshot *));
		if (ret->snapshots == NULL) {
			cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
			return false;
		}
		ok = cli_snapshot(cli, store, NULL, &ret->snapshots[0]);
		ret->count = ok;
		return ok;
	}
	/* One state of the database for all of them. */
	err = svctag_store_begin_read(store, &detail);
	if (err != SVCTAG_OK) {
		cli_fail(NULL, err, &detail);
		return false;
	}
	ok = load_all(cli, store, ret);
	svctag_store_end_read(store);
	return ok;
}

void
targets_release(struct targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		svctag_snapshot_free(targets->snapshots[i]);
	free(targets->snapshots);
}
