/*
 * A copy of the database to be published: made under another name, verified,
 * and given its name in one step, so that whoever fetches it gets the old one
 * or the new one, whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sha256.h"
#include "store_internal.h"

/* What the copy is called while it is made. One that a crash has left is taken over. */
#define UNFINISHED ".new"
#define BLOCK 65536

static svctag_error
fail_io(const char *path, svctag_detail *detail)
{
	svctag_detail_set(detail, "%s: %s", path, strerror(errno));
	return SVCTAG_E_IO;
}

/* Does the name still mean the file that is open? */
static bool
is_same_file(int fd, const char *path)
{
	struct stat open_file, named;

	return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 && open_file.st_dev == named.st_dev &&
	       open_file.st_ino == named.st_ino;
}

/* A name that cannot be given to the copy: the database's own, or one under which a database is being written. */
static svctag_error
check_name(const svctag_store *store, const char *path, svctag_detail *detail)
{
	struct stat named;
	char *log = NULL;
	svctag_error err = SVCTAG_OK;

	if (stat(path, &named) == 0 && named.st_dev == store->device && named.st_ino == store->inode) {
		svctag_detail_set(detail, "%s is the database itself; a copy needs a name of its own", path);
		return SVCTAG_E_INVALID;
	}
	if (asprintf(&log, "%s-wal", path) < 0)
		return SVCTAG_E_NO_MEMORY;
	if (access(log, F_OK) == 0) {
		svctag_detail_set(detail,
				  "%s is there: %s is a database that is written to; a copy needs a name of its own",
				  log, path);
		err = SVCTAG_E_INVALID;
	}
	free(log);
	return err;
}

/* An empty file under this name, ours alone. A name that has moved on meanwhile was another copy's. */
static svctag_error
take_file(const char *path, int *ret, svctag_detail *detail)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	svctag_error err = SVCTAG_OK;

	if (fd < 0)
		return fail_io(path, detail);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !is_same_file(fd, path)) {
		svctag_detail_set(detail, "%s is being written by another process", path);
		err = SVCTAG_E_BUSY;
	} else if (ftruncate(fd, 0) != 0) {
		err = fail_io(path, detail);
	}
	if (err != SVCTAG_OK) {
		(void)close(fd);
		return err;
	}
	*ret = fd;
	return SVCTAG_OK;
}

/* VACUUM INTO writes a whole database, without free pages and without a WAL; a connection of its own may. */
static svctag_error
copy_into(const char *from, const char *to, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	svctag_error err;

	if (sqlite3_open_v2(from, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		err = db_error(db, detail);
	} else {
		(void)sqlite3_busy_timeout(db, 10000);
		err = db_prepare(db, "VACUUM main INTO ?1", &statement, detail);
	}
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "t", to);
	if (err == SVCTAG_OK)
		err = db_execute(statement, detail);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
	return err;
}

/* Every newest release loads, and SQLite finds nothing wrong with the file. */
static svctag_error
verify_copy(const char *path, svctag_detail *detail)
{
	svctag_catalogue *catalogue = NULL;
	svctag_store *store = NULL;
	svctag_error err = svctag_store_open(path, SVCTAG_STORE_READ, &store, detail);

	if (err == SVCTAG_OK)
		err = svctag_store_check(store, detail);
	if (err == SVCTAG_OK)
		err = svctag_store_catalogue(store, &catalogue, detail);
	for (size_t i = 0; err == SVCTAG_OK && i < svctag_catalogue_cloud_count(catalogue); i++) {
		size_t count = svctag_catalogue_release_count(catalogue, i);

		err = svctag_store_check_index(store, svctag_catalogue_release(catalogue, i, count - 1), detail);
	}
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
	return err;
}

static svctag_error
hash_file(int fd, const char *path, svctag_published *ret, svctag_detail *detail)
{
	unsigned char *block = malloc(BLOCK);
	struct sha256 sha;
	uint64_t size = 0;
	ssize_t got = 0;

	if (block == NULL)
		return SVCTAG_E_NO_MEMORY;
	svctag_sha256_begin(&sha);
	while ((got = pread(fd, block, BLOCK, (off_t)size)) > 0) {
		svctag_sha256_add(&sha, block, (size_t)got);
		size += (uint64_t)got;
	}
	free(block);
	if (got < 0)
		return fail_io(path, detail);
	svctag_sha256_end(&sha, ret->digest);
	ret->size = size;
	return SVCTAG_OK;
}

/* Is what stands under the name already the same? Then it stays, and with it the time that caches go by. */
static bool
is_published(const char *path, const svctag_published *published)
{
	svctag_published there = { 0 };
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool same = fd >= 0 && hash_file(fd, path, &there, NULL) == SVCTAG_OK && there.size == published->size &&
		    memcmp(there.digest, published->digest, sizeof(there.digest)) == 0;

	if (fd >= 0)
		(void)close(fd);
	return same;
}

static svctag_error
sync_folder_of(const char *path, svctag_detail *detail)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
	svctag_error err = SVCTAG_OK;
	int fd;

	if (folder == NULL)
		return SVCTAG_E_NO_MEMORY;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		err = fail_io(folder, detail);
	if (fd >= 0)
		(void)close(fd);
	free(folder);
	return err;
}

static svctag_error
give_name(int fd, const char *unfinished, const char *path, svctag_detail *detail)
{
	if (fsync(fd) != 0)
		return fail_io(unfinished, detail);
	if (rename(unfinished, path) != 0)
		return fail_io(path, detail);
	return sync_folder_of(path, detail);
}

/* The copy is made: prove it, and put it where it belongs. */
static svctag_error
finish(int fd, const char *unfinished, const char *path, svctag_published *ret, svctag_detail *detail)
{
	svctag_published published = { 0 };
	svctag_error err = verify_copy(unfinished, detail);

	if (err == SVCTAG_OK)
		err = hash_file(fd, unfinished, &published, detail);
	if (err == SVCTAG_OK)
		published.unchanged = is_published(path, &published);
	if (err == SVCTAG_OK && !published.unchanged)
		err = give_name(fd, unfinished, path, detail);
	if (err == SVCTAG_OK)
		*ret = published;
	return err;
}

svctag_error
svctag_store_publish(svctag_store *store, const char *path, svctag_published *ret, svctag_detail *detail)
{
	char *unfinished = NULL;
	svctag_error err = check_name(store, path, detail);
	int fd = -1;

	if (err != SVCTAG_OK)
		return err;
	/* "./" keeps SQLite from reading a relative name as a URI. */
	if (asprintf(&unfinished, "%s%s" UNFINISHED, path[0] == '/' ? "" : "./", path) < 0)
		return SVCTAG_E_NO_MEMORY;
	err = take_file(unfinished, &fd, detail);
	if (err == SVCTAG_OK) {
		err = copy_into(store->path, unfinished, detail);
		if (err == SVCTAG_OK)
			err = finish(fd, unfinished, path, ret, detail);
		if (is_same_file(fd, unfinished)) /* not given its name */
			(void)unlink(unfinished);
		(void)close(fd);
	}
	free(unfinished);
	return err;
}
