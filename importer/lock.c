#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "fetch.h"

/* The lock goes with the process, however it ends; the file is never removed, or two could hold "it". */
svctag_error
importer_lock(const char *database, bool wait, int *ret, svctag_detail *detail)
{
	char buffer[128];
	char *path = NULL;
	svctag_error err = SVCTAG_OK;
	int result;
	int fd;

	if (asprintf(&path, "%s.lock", database) < 0) {
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return SVCTAG_E_NO_MEMORY;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	do
		result = fd < 0 ? -1 : flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
	while (fd >= 0 && result != 0 && errno == EINTR);
	if (result == 0) {
		*ret = fd;
		goto out;
	}
	if (fd >= 0 && errno == EWOULDBLOCK) {
		svctag_detail_set(detail, "another fetch is under way (it holds %s); --wait waits for it", path);
		err = SVCTAG_E_BUSY;
	} else {
		svctag_detail_set(detail, "%s: %s", path, strerror_r(errno, buffer, sizeof(buffer)));
		err = SVCTAG_E_IO;
	}
	if (fd >= 0)
		(void)close(fd);
out:
	free(path);
	return err;
}
