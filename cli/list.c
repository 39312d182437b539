#include "list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <advice/near.h>

/* Until the end of the descriptor; SVCTAG_E_IO leaves errno. */
static svctag_error
read_all(int fd, size_t most, char **ret, size_t *ret_size)
{
	size_t capacity = (size_t)64 << 10;
	size_t size = 0;
	char *data = malloc(capacity);
	svctag_error err = data == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;

	while (err == SVCTAG_OK) {
		ssize_t got;

		if (size == capacity) {
			char *bigger = realloc(data, capacity * 2);

			if (bigger == NULL) {
				err = SVCTAG_E_NO_MEMORY;
				break;
			}
			data = bigger;
			capacity *= 2;
		}
		got = read(fd, data + size, capacity - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			err = SVCTAG_E_IO;
		if (got <= 0)
			break;
		size += (size_t)got;
		if (size > most)
			err = SVCTAG_E_LIMIT;
	}
	if (err != SVCTAG_OK) {
		free(data);
		return err;
	}
	*ret = data;
	*ret_size = size;
	return SVCTAG_OK;
}

bool
cli_read_file(const char *path, size_t most, char **ret, size_t *ret_size)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	const char *subject = standard ? "standard input" : path;
	svctag_error err = fd < 0 ? SVCTAG_E_IO : read_all(fd, most, ret, ret_size);

	if (err == SVCTAG_E_IO && path[0] == '\0')
		cli_error("the name of the file is empty; `-` is standard input");
	else if (err == SVCTAG_E_IO)
		cli_error("%s: %s", subject, strerror(errno));
	else if (err == SVCTAG_E_LIMIT)
		cli_error("%s: larger than %zu MiB, the most that is read", subject, most >> 20);
	else if (err != SVCTAG_OK)
		cli_fail(subject, err, NULL);
	if (!standard && fd >= 0)
		close(fd);
	return err == SVCTAG_OK;
}

/* The formats that there are: what --input takes. */
static void
unknown_format(const char *name)
{
	const char *names[64];
	size_t count = 0;
	const char *near;

	while (count < sizeof(names) / sizeof(names[0]) && list_format_name(count) != NULL) {
		names[count] = list_format_name(count);
		count++;
	}
	near = near_find(name, names, count);
	if (near != NULL)
		cli_error("--input: there is no format '%s'; did you mean '%s'?", name, near);
	else
		cli_error("--input: there is no format '%s'; docs/lists.md describes them", name);
}

bool
cli_list_read(const struct cli *cli, const char *path, struct list **ret)
{
	const struct list_options options = {
		.format = cli->values[OPTION_INPUT],
		.column = cli->values[OPTION_COLUMN],
	};
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	svctag_detail detail = { "" };
	char *data = NULL;
	size_t size = 0;
	svctag_error err;

	if (!cli_read_file(path, LIST_MAX_SIZE, &data, &size))
		return false;
	err = list_read(data, size, name, &options, ret, &detail);
	free(data);
	if (err == SVCTAG_E_UNSUPPORTED && options.format != NULL)
		unknown_format(options.format);
	else if (err != SVCTAG_OK)
		cli_fail(name, err, &detail);
	return err == SVCTAG_OK;
}

void
cli_list_empty(const struct list *list)
{
	const struct list_problem *first = list->problems;
	char place[LIST_PLACE_SIZE];

	if (list->problem_count == 0) {
		cli_error("%s: no address, prefix or range in it", list->name);
		return;
	}
	list_place_format(list, first->line, first->path, place);
	cli_error("%s: no readable address, prefix or range; the first of %zu problem%s: %s: '%s': %s", list->name,
		  list->problem_count + list->problems_left_off, list->problem_count == 1 ? "" : "s", place,
		  first->text, first->error);
}
