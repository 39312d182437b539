#include <stdlib.h>

#include "cli.h"

/* A verification under way. */
struct verification {
	svctag_store *store;
	struct report_damage *damages;
	size_t damage_count;
	size_t releases, indexes; /* checked */
	bool no_memory;
};

/* Say what is wrong, and keep it for the report. */
static void
damage(struct verification *v, const svctag_release_info *release, const char *part, svctag_error err,
       const svctag_detail *detail)
{
	struct report_damage *grown = reallocarray(v->damages, v->damage_count + 1, sizeof(*grown));
	struct report_damage found = { .release = release, .part = part };

	svctag_detail_set(&found.error, "%s", detail->text[0] != '\0' ? detail->text : svctag_error_text(err));
	if (release != NULL)
		cli_error("%s %lld (%s): %s damaged: %s", release->cloud, (long long)release->change_number,
			  release->published, part, found.error.text);
	else
		cli_error("%s: %s damaged: %s", svctag_store_path(v->store), part, found.error.text);
	if (grown == NULL) {
		v->no_memory = true;
		return;
	}
	v->damages = grown;
	v->damages[v->damage_count++] = found;
}

static void
check_release(struct verification *v, const svctag_release_info *info, bool newest)
{
	svctag_release *release = NULL;
	svctag_detail detail = { "" };
	svctag_error err = svctag_store_content(v->store, info, &release, &detail);

	svctag_release_free(release);
	v->releases++;
	if (err != SVCTAG_OK)
		damage(v, info, "content", err, &detail);
	if (!newest)
		return;
	detail.text[0] = '\0';
	err = svctag_store_check_index(v->store, info, &detail);
	v->indexes++;
	if (err != SVCTAG_OK)
		damage(v, info, "index", err, &detail);
}

static void
check_clouds(struct verification *v, const svctag_catalogue *catalogue, size_t wanted)
{
	size_t total = 0;

	for (size_t c = 0; c < svctag_catalogue_cloud_count(catalogue); c++)
		total += wanted == REPORT_ALL_CLOUDS || wanted == c ? svctag_catalogue_release_count(catalogue, c) : 0;
	for (size_t c = 0; c < svctag_catalogue_cloud_count(catalogue); c++) {
		size_t count = svctag_catalogue_release_count(catalogue, c);

		if (wanted != REPORT_ALL_CLOUDS && wanted != c)
			continue;
		for (size_t i = 0; i < count; i++) {
			cli_progress(v->releases, total, svctag_catalogue_cloud(catalogue, c));
			check_release(v, svctag_catalogue_release(catalogue, c, i), i + 1 == count);
		}
	}
	cli_progress(0, 0, "");
}

static enum cli_exit
answer(const struct cli *cli, struct verification *v, const svctag_catalogue *catalogue)
{
	svctag_error err;
	size_t cloud;

	if (!cli_cloud(cli, catalogue, true, &cloud))
		return CLI_ERROR;
	check_clouds(v, catalogue, cloud);
	if (v->no_memory)
		return cli_fail(NULL, SVCTAG_E_NO_MEMORY, NULL);
	err = report_verify(stdout, &cli->style, v->releases, v->indexes, v->damages, v->damage_count);
	return cli_written(err, v->damage_count == 0 ? CLI_YES : CLI_ERROR);
}

static enum cli_exit
run(const struct cli *cli)
{
	struct verification v = { 0 };
	svctag_catalogue *catalogue = NULL;
	svctag_detail detail = { "" };
	enum cli_exit code;
	svctag_error err;

	if (!cli_open(cli, SVCTAG_STORE_READ, &v.store))
		return CLI_ERROR;
	err = svctag_store_check(v.store, &detail);
	if (err != SVCTAG_OK)
		damage(&v, NULL, "database", err, &detail);
	err = svctag_store_catalogue(v.store, &catalogue, &detail);
	code = err == SVCTAG_OK ? answer(cli, &v, catalogue) : cli_fail(NULL, err, &detail);
	free(v.damages);
	svctag_catalogue_free(catalogue);
	svctag_store_close(v.store);
	return code;
}

const struct cli_command cli_verify = {
	.name = "verify",
	.summary = "rebuild every release and check it against its digest",
	.synopsis = "",
	.help = "Check the whole database: SQLite's own integrity check, every release rebuilt\n"
		"from the intervals and compared with its digest, and the compiled index of each\n"
		"cloud's newest release compared with one compiled anew. Damage is told on stderr,\n"
		"one line for each.\n"
		"\n"
		"Options:\n"
		"  --cloud CLOUD    only the releases of this cloud\n"
		"  --format FORMAT  text, json, ndjson or csv\n"
		"\n"
		"Examples:\n"
		"  svctag verify\n"
		"  svctag verify --db /srv/copy.db --format json\n"
		"\n"
		"Exit codes: 0 all is sound; 2 something is damaged, or an error.\n",
	.options = OPTIONS(OPTION_CLOUD),
	.run = run,
};
