#include "walk.h"

#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

void
importer_paths_release(struct importer_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i]);
	free(paths->items);
	*paths = (struct importer_paths){ 0 };
}

svctag_error
importer_paths_add(struct importer_paths *paths, const char *path)
{
	if (paths->count == paths->capacity) {
		size_t capacity = paths->capacity == 0 ? 16 : paths->capacity * 2;
		char **grown = reallocarray(paths->items, capacity, sizeof(*grown));

		if (grown == NULL)
			return SVCTAG_E_NO_MEMORY;
		paths->items = grown;
		paths->capacity = capacity;
	}
	paths->items[paths->count] = strdup(path);
	if (paths->items[paths->count] == NULL)
		return SVCTAG_E_NO_MEMORY;
	paths->count++;
	return SVCTAG_OK;
}

static bool
has_wanted_suffix(const char *name)
{
	static const char *const suffixes[] = { ".json", ".json.gz", ".xml", ".xml.gz" };
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t suffix_length = strlen(suffixes[i]);

		if (length > suffix_length && strcasecmp(name + length - suffix_length, suffixes[i]) == 0)
			return true;
	}
	return false;
}

/* A regular file, or a link to one, or a link to nothing, which reading will complain about. */
static bool
is_file(const FTSENT *entry)
{
	struct stat status;

	if (entry->fts_info == FTS_F)
		return true;
	if (entry->fts_info != FTS_SL && entry->fts_info != FTS_SLNONE)
		return false;
	return stat(entry->fts_accpath, &status) != 0 || S_ISREG(status.st_mode);
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static svctag_error
fail_errno(svctag_detail *detail, const char *path, int error)
{
	char buffer[128];

	svctag_detail_set(detail, "%s: %s", path, strerror_r(error, buffer, sizeof(buffer)));
	return SVCTAG_E_IO;
}

static svctag_error
visit(const FTSENT *entry, struct importer_paths *paths, svctag_detail *detail)
{
	switch (entry->fts_info) {
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS: return fail_errno(detail, entry->fts_path, entry->fts_errno);
	default: break;
	}
	if (!is_file(entry) || !has_wanted_suffix(entry->fts_name))
		return SVCTAG_OK;
	return importer_paths_add(paths, entry->fts_path);
}

svctag_error
importer_walk(const char *folder, struct importer_paths *paths, svctag_detail *detail)
{
	char *root = strdup(folder);
	char *const roots[] = { root, NULL };
	svctag_error err = SVCTAG_OK;
	FTS *tree = NULL;

	if (root == NULL)
		return SVCTAG_E_NO_MEMORY;
	/* The folder itself may be a link; below it links are not followed. */
	tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	if (tree == NULL) {
		err = fail_errno(detail, folder, errno);
		goto out;
	}
	while (err == SVCTAG_OK) {
		const FTSENT *entry;

		errno = 0;
		entry = fts_read(tree);
		if (entry == NULL) {
			err = errno == 0 ? SVCTAG_OK : fail_errno(detail, folder, errno);
			break;
		}
		err = visit(entry, paths, detail);
	}
	(void)fts_close(tree);
out:
	free(root);
	return err;
}
