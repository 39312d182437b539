#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

static svctag_error
fail_io(const char *path, svctag_detail *detail)
{
	svctag_detail_set(detail, "%s: %s", path, strerror(errno));
	return SVCTAG_E_IO;
}

svctag_error
file_make_folder(const char *path, svctag_detail *detail)
{
	char *copy = strdup(path);
	svctag_error err = SVCTAG_OK;
	char *slash;

	if (copy == NULL)
		return fail_memory(detail);
	for (slash = strchr(copy + (*copy == '/'), '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		/* What is wrong with one above shows in the last. */
		(void)mkdir(copy, 0777);
		*slash = '/';
	}
	if (mkdir(copy, 0777) != 0 && errno != EEXIST)
		err = fail_io(path, detail);
	free(copy);
	return err;
}

static bool
write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		data += written;
		size -= (size_t)written;
	}
	return true;
}

/* A rename lasts once its folder is on the disk. */
static bool
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd);
	return ok;
}

static bool
write_file(const char *path, const char *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	bool ok;

	if (fd < 0)
		return false;
	ok = write_all(fd, data, size) && fsync(fd) == 0;
	return close(fd) == 0 && ok;
}

svctag_error
file_replace(const char *folder, const char *name, const char *data, size_t size, svctag_detail *detail)
{
	svctag_error err = SVCTAG_OK;
	char *temporary = NULL;
	char *path = NULL;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return fail_memory(detail);
	if (asprintf(&temporary, "%s.new", path) < 0) {
		free(path);
		return fail_memory(detail);
	}
	if (!write_file(temporary, data, size) || rename(temporary, path) != 0) {
		err = fail_io(path, detail);
		(void)unlink(temporary);
	} else if (!sync_folder(folder)) {
		err = fail_io(folder, detail);
	}
	free(temporary);
	free(path);
	return err;
}

/* Until its end, or `max` bytes. */
static svctag_error
read_all(FILE *file, const char *path, size_t max, char **ret, size_t *ret_size, svctag_detail *detail)
{
	size_t capacity = 1 << 16;
	char *data = NULL;
	size_t size = 0;
	char *grown;

	while ((grown = realloc(data, capacity)) != NULL) {
		data = grown;
		size += fread(data + size, 1, capacity - 1 - size, file);
		if (size < capacity - 1 || size > max)
			break;
		capacity *= 2;
	}
	if (grown == NULL || ferror(file) || size > max) {
		free(data);
		if (grown == NULL)
			return fail_memory(detail);
		if (ferror(file))
			return fail_io(path, detail);
		svctag_detail_set(detail, "%s: is larger than %zu bytes", path, max);
		return SVCTAG_E_LIMIT;
	}
	data[size] = '\0';
	*ret = data;
	*ret_size = size;
	return SVCTAG_OK;
}

svctag_error
file_read(const char *folder, const char *name, size_t max, char **ret, size_t *ret_size, svctag_detail *detail)
{
	char *path = NULL;
	svctag_error err;
	FILE *file;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return fail_memory(detail);
	file = fopen(path, "re");
	if (file != NULL) {
		err = read_all(file, path, max, ret, ret_size, detail);
		(void)fclose(file);
	} else {
		err = errno == ENOENT ? SVCTAG_E_NOT_FOUND : SVCTAG_E_IO;
		(void)fail_io(path, detail);
	}
	free(path);
	return err;
}
