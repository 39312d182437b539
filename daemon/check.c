#include "check.h"

#include "snapshots.h"
#include "tokens.h"

/** Where the failure to load a database is noted: a snapshots_listener. */
struct loading {
	const char *path;
	struct settings_mistakes *mistakes;
};

static void
note_failure(void *context, const struct generation *generation, const char *error)
{
	const struct loading *loading = context;

	(void)generation;
	if (error != NULL)
		settings_complain(loading->mistakes, "--db %s: %s", loading->path, error);
}

/** Load it as the daemon would. One that holds no release yet is good: releases may come later. */
static void
check_database(const char *path, struct settings_mistakes *mistakes)
{
	struct loading loading = { path, mistakes };
	struct snapshots *snapshots = NULL;

	if (snapshots_new(path, note_failure, &loading, &snapshots) != SVCTAG_OK)
		settings_complain(mistakes, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	snapshots_free(snapshots);
}

static void
check_tokens(const char *path, struct settings_mistakes *mistakes)
{
	struct tokens *tokens = NULL;
	svctag_detail detail = { "" };

	if (tokens_new(path, &tokens, &mistakes->remark, &detail) != SVCTAG_OK)
		settings_complain(mistakes, "--token-file %s", detail.text);
	tokens_free(tokens);
}

void
check_files(const struct settings *settings, struct settings_mistakes *mistakes)
{
	if (settings_text(settings, SETTING_DB) != NULL)
		check_database(settings_text(settings, SETTING_DB), mistakes);
	if (settings_text(settings, SETTING_TOKEN_FILE) != NULL)
		check_tokens(settings_text(settings, SETTING_TOKEN_FILE), mistakes);
}
