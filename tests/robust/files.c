#include "files.h"

#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
require(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

char *
files_path(const char *folder, const char *name)
{
	size_t size = strlen(folder) + 1 + strlen(name) + 1;
	char *path = malloc(size);

	require(path != NULL, "memory");
	(void)snprintf(path, size, "%s/%s", folder, name);
	return path;
}

void
files_find(const char *folder, struct file_list *ret)
{
	static const char real[] = "real:";
	char *pattern = NULL;
	glob_t found;

	if (strncmp(folder, real, sizeof(real) - 1) == 0) {
		const char *data = getenv("SVCTAG_REAL_DATA");
		char *below;

		if (data == NULL || data[0] == '\0') {
			puts("skipped: SVCTAG_REAL_DATA is not set");
			exit(SKIPPED);
		}
		below = files_path(data, folder + sizeof(real) - 1);
		pattern = files_path(below, "*.json");
		free(below);
	} else {
		pattern = files_path(folder, "*.json");
	}
	if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc == 0) {
		(void)fprintf(stderr, "%s: no such files\n", pattern);
		exit(1);
	}
	ret->count = found.gl_pathc;
	ret->paths = calloc(found.gl_pathc, sizeof(*ret->paths));
	require(ret->paths != NULL, "memory");
	for (size_t i = 0; i < found.gl_pathc; i++) {
		ret->paths[i] = strdup(found.gl_pathv[i]);
		require(ret->paths[i] != NULL, "memory");
	}
	globfree(&found);
	free(pattern);
}

void
files_release(struct file_list *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->paths[i]);
	free(files->paths);
	memset(files, 0, sizeof(*files));
}

char *
files_folder_new(void)
{
	const char *base = getenv("TMPDIR");
	char *folder;

	if (base == NULL || base[0] == '\0')
		base = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
	folder = files_path(base, "svctag-robust-XXXXXX");
	require(mkdtemp(folder) != NULL, folder);
	return folder;
}

static int
remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

void
files_folder_remove(char *folder)
{
	(void)nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(folder);
}

unsigned char *
files_read(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	unsigned char *data;
	long size;

	require(file != NULL, path);
	require(fseek(file, 0, SEEK_END) == 0, path);
	size = ftell(file);
	require(size >= 0 && fseek(file, 0, SEEK_SET) == 0, path);
	data = malloc((size_t)size + 1);
	require(data != NULL, "memory");
	require(fread(data, 1, (size_t)size, file) == (size_t)size, path);
	(void)fclose(file);
	*ret_size = (size_t)size;
	return data;
}

void
files_write(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	require(file != NULL, path);
	require(fwrite(data, 1, size, file) == size && fclose(file) == 0, path);
}

void
files_remove_database(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
	char name[4096];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		(void)unlink(name);
	}
}
