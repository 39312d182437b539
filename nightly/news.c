/*
 * A piece of news: its files are written first, then the state that owes them.
 * A kill between the two leaves files that the next run writes again, the same
 * bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "nightly_internal.h"

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

svctag_release_info
news_identity(const svctag_release_info *info)
{
	svctag_release_info copy = *info;

	copy.warnings = ""; /* those of the catalogue go with it */
	return copy;
}

/* One outward form, in memory. */
static svctag_error
print_form(news_print *print, const void *subject, enum news_form form, char **ret, size_t *ret_size,
	   svctag_detail *detail)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	svctag_error err;

	if (out == NULL)
		return fail_memory(detail);
	err = print(out, subject, form);
	if (fclose(out) != 0 || err != SVCTAG_OK) {
		free(text);
		return fail_memory(detail); /* nothing else goes wrong with a stream in memory */
	}
	*ret = text;
	*ret_size = size;
	return SVCTAG_OK;
}

static svctag_error
write_form(const char *folder, const char *name, const char *ending, news_print *print, const void *subject,
	   enum news_form form, svctag_detail *detail)
{
	char *file = NULL;
	char *text = NULL;
	size_t size = 0;
	svctag_error err = print_form(print, subject, form, &text, &size, detail);

	if (err != SVCTAG_OK)
		return err;
	err = asprintf(&file, "%s%s", name, ending) < 0 ? fail_memory(detail)
							: file_replace(folder, file, text, size, detail);
	free(file);
	free(text);
	return err;
}

static svctag_error
write_files(const struct nightly *nightly, const char *name, news_print *print, const void *subject,
	    svctag_detail *detail)
{
	const char *base = strrchr(name, '/') + 1;
	char *folder = NULL;
	svctag_error err;

	if (asprintf(&folder, "%s/%.*s", nightly->state.folder, (int)(base - name - 1), name) < 0)
		return fail_memory(detail);
	err = file_make_folder(folder, detail);
	if (err == SVCTAG_OK)
		err = write_form(folder, base, ".json", print, subject, NEWS_JSON, detail);
	if (err == SVCTAG_OK)
		err = write_form(folder, base, ".md", print, subject, NEWS_MARKDOWN, detail);
	free(folder);
	return err;
}

/* To whom it is owed: each hook once, however often it is named, and the command. */
static svctag_error
owe(const struct nightly *nightly, struct state_entry *entry)
{
	const struct nightly_settings *settings = &nightly->settings;
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < settings->hook_count && err == SVCTAG_OK; i++) {
		char id[NIGHTLY_DELIVERY_SIZE];

		delivery_id(entry, settings->hooks[i], id);
		if (!state_owes(entry, id))
			err = state_owe(entry, id);
	}
	if (err == SVCTAG_OK && settings->command != NULL)
		err = state_owe(entry, COMMAND_KEY);
	return err;
}

svctag_error
news_add(struct nightly *nightly, struct state_entry *news, news_print *print, const void *subject,
	 svctag_detail *detail)
{
	svctag_error err =
		news->files == NULL ? fail_memory(detail) : write_files(nightly, news->files, print, subject, detail);
	struct state_entry *entry;
	size_t size;

	if (err == SVCTAG_OK)
		err = print_form(print, subject, NEWS_SENTENCE, &news->summary, &size, detail);
	state_time(news->announced);
	if (err == SVCTAG_OK && owe(nightly, news) != SVCTAG_OK)
		err = fail_memory(detail);
	entry = err == SVCTAG_OK ? state_add_entry(&nightly->state) : NULL;
	if (entry == NULL) {
		state_entry_release(news);
		return err != SVCTAG_OK ? err : fail_memory(detail);
	}
	*entry = *news;
	return SVCTAG_OK;
}
