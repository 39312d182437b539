/*
 * Feeds files to a fuzz driver without libFuzzer, so that every corpus, and
 * with it every input that once broke something, is tried in each ordinary
 * test run.
 *
 * replay FILE|DIR…   folders are not descended into
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
fail(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	return -1;
}

/* The input stands at the very end of a block of its own size, so that the
 * sanitizers see a driver that reads past it. */
static int
replay_file(const char *path, size_t size)
{
	int result = 0;
	uint8_t *data = malloc(size > 0 ? size : 1);
	FILE *file = fopen(path, "rb");

	if (data == NULL || file == NULL || fread(data, 1, size, file) != size) {
		result = fail(path);
		goto out;
	}
	if (LLVMFuzzerTestOneInput(data, size) != 0) {
		fprintf(stderr, "replay: %s: the driver refused its input\n", path);
		result = -1;
	}
out:
	if (file != NULL)
		fclose(file);
	free(data);
	return result;
}

static int
replay_folder(const char *path, size_t *files)
{
	int result = 0;
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0)
		return fail(path);
	for (int i = 0; i < count; i++) {
		char *name = NULL;
		struct stat status;

		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0) {
			result = fail(path);
		} else if (stat(name, &status) != 0) {
			result = fail(name);
		} else if (S_ISREG(status.st_mode)) {
			*files += 1;
			if (replay_file(name, (size_t)status.st_size) != 0)
				result = -1;
		}
		free(name);
		free(entries[i]);
	}
	free(entries);
	return result;
}

int
main(int argc, char **argv)
{
	int result = 0;
	size_t files = 0;

	for (int i = 1; i < argc; i++) {
		struct stat status;

		if (stat(argv[i], &status) != 0) {
			result = fail(argv[i]);
		} else if (S_ISDIR(status.st_mode)) {
			if (replay_folder(argv[i], &files) != 0)
				result = -1;
		} else {
			files++;
			if (replay_file(argv[i], (size_t)status.st_size) != 0)
				result = -1;
		}
	}
	if (files == 0) {
		fprintf(stderr, "replay: no input: give files or folders\n");
		return 2;
	}
	printf("replayed %zu inputs\n", files);
	return result == 0 ? 0 : 1;
}
