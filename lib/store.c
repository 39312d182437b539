/* Opening, closing and watching the database file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store_internal.h"

/*
 * Debian's SQLite takes a name that begins with "file:" as a URI; "./" before
 * a relative name keeps it a name.
 */
static char *
plain_path(const char *path)
{
	size_t size = strlen(path) + 3;
	char *plain = malloc(size);

	if (plain != NULL)
		(void)snprintf(plain, size, "%s%s", path[0] == '/' ? "" : "./", path);
	return plain;
}

/* Make the folders that lead to the file, for the user alone, as XDG asks. */
static svctag_error
make_folders(const char *path, svctag_detail *detail)
{
	char *copy = strdup(path);
	char *slash;
	svctag_error err = SVCTAG_OK;

	if (copy == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (slash = strchr(copy + 1, '/'); slash != NULL && err == SVCTAG_OK; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST) {
			svctag_detail_set(detail, "cannot make folder %s: %s", copy, strerror(errno));
			err = SVCTAG_E_IO;
		}
		*slash = '/';
	}
	free(copy);
	return err;
}

static svctag_error
configure(sqlite3 *db, svctag_store_mode mode, svctag_detail *detail)
{
	static const int settings[][2] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },      { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 }, { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
	};
	size_t i;

	(void)sqlite3_extended_result_codes(db, 1);
	(void)sqlite3_busy_timeout(db, STORE_BUSY_TIMEOUT_MS);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (sqlite3_db_config(db, settings[i][0], settings[i][1], NULL) != SQLITE_OK)
			return db_error(db, detail);
	/* A reader goes over its pages once: a small cache spares it touching new memory for each. */
	if (mode == SVCTAG_STORE_READ)
		return db_run(db, "PRAGMA cell_size_check = ON; PRAGMA query_only = ON; PRAGMA cache_size = -256",
			      detail);
	/*
	 * FULL: a committed release survives a power cut. What SQLite keeps for
	 * undoing a statement stays in memory: a full /var/tmp is no obstacle.
	 * An import goes over all pages more than once, and writes a great part of
	 * them: the whole of a usual database (9 MB) fits the cache. What is taken
	 * out was published: no need to wipe it.
	 */
	return db_run(db,
		      "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL; "
		      "PRAGMA cache_size = -32768; PRAGMA secure_delete = OFF",
		      detail);
}

/* Remember which file this is, for svctag_store_poll(). */
static svctag_error
remember_file(struct svctag_store *store, svctag_detail *detail)
{
	struct stat status;

	if (stat(store->path, &status) != 0) {
		svctag_detail_set(detail, "%s: %s", store->path, strerror(errno));
		return SVCTAG_E_IO;
	}
	store->device = status.st_dev;
	store->inode = status.st_ino;
	return db_number(store->db, "PRAGMA data_version", &store->data_version, detail);
}

/* What SQLite would only call "unable to open". */
static svctag_error
check_file(const char *path, svctag_store_mode mode, svctag_detail *detail)
{
	struct stat status;

	if (stat(path, &status) != 0) {
		if (mode == SVCTAG_STORE_WRITE && errno == ENOENT)
			return make_folders(path, detail);
		if (errno == ENOENT)
			svctag_detail_set(detail, "no database at %s; import a release first", path);
		else
			svctag_detail_set(detail, "%s: %s", path, strerror(errno));
		return SVCTAG_E_IO;
	}
	if (!S_ISREG(status.st_mode)) {
		svctag_detail_set(detail, "%s is not a regular file", path);
		return SVCTAG_E_IO;
	}
	return SVCTAG_OK;
}

/*
 * Does the file begin as every SQLite database does? SQLite itself does not ask while there is a write-ahead log
 * beside it, which another file under this name may have left, and believes the pages that it finds there. Through
 * its own descriptor: to close another one would give up all locks that this process has on the file.
 */
static svctag_error
check_begin(sqlite3 *db, const char *path, svctag_detail *detail)
{
	static const char magic[] = "SQLite format 3";
	char begin[sizeof(magic)];
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == NULL ||
	    file->pMethods == NULL)
		return db_error(db, detail);
	/* One that is shorter, and read as zeros, holds nothing yet. */
	if (file->pMethods->xRead(file, begin, sizeof(begin), 0) != SQLITE_OK ||
	    memcmp(begin, magic, sizeof(magic)) == 0)
		return SVCTAG_OK;
	svctag_detail_set(detail, "%s is not an SQLite database", path);
	return SVCTAG_E_FOREIGN;
}

svctag_error
svctag_store_open(const char *path, svctag_store_mode mode, svctag_store **ret, svctag_detail *detail)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
		    (mode == SVCTAG_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	struct svctag_store *store = calloc(1, sizeof(*store));
	svctag_error err;

	if (store == NULL)
		return SVCTAG_E_NO_MEMORY;
	store->mode = mode;
	store->path = plain_path(path);
	store->name = strdup(path);
	err = store->path == NULL || store->name == NULL ? SVCTAG_E_NO_MEMORY : check_file(store->path, mode, detail);
	if (err == SVCTAG_OK && sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK) {
		err = store->db == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_E_IO;
		svctag_detail_set(detail, "cannot open %s: %s", path,
				  store->db == NULL ? "out of memory" : sqlite3_errmsg(store->db));
	}
	if (err == SVCTAG_OK)
		err = check_begin(store->db, path, detail);
	if (err == SVCTAG_OK)
		err = configure(store->db, mode, detail);
	if (err == SVCTAG_OK)
		err = store_prepare_schema(store, detail);
	if (err == SVCTAG_OK)
		err = remember_file(store, detail);
	if (err != SVCTAG_OK) {
		svctag_store_close(store);
		return err;
	}
	*ret = store;
	return SVCTAG_OK;
}

/* The last connection's close also moves the WAL into the file. */
void
svctag_store_close(svctag_store *store)
{
	if (store == NULL)
		return;
	(void)sqlite3_close_v2(store->db);
	free(store->path);
	free(store->name);
	free(store);
}

const char *
svctag_store_path(const svctag_store *store)
{
	return store->name;
}

svctag_error
store_begin(sqlite3 *db, const char *begin, svctag_detail *detail)
{
	/* Without memory even a ROLLBACK fails; the transaction that it left open would stay for ever. */
	svctag_error err = sqlite3_get_autocommit(db) == 0 ? db_run(db, "ROLLBACK", detail) : SVCTAG_OK;

	return err == SVCTAG_OK ? db_run(db, begin, detail) : err;
}

svctag_error
svctag_store_begin_read(svctag_store *store, svctag_detail *detail)
{
	svctag_error err = SVCTAG_OK;

	if (store->readers == 0) {
		err = store_begin(store->db, "BEGIN", detail);
		if (err == SVCTAG_OK)
			err = store_check_version(store, detail);
		if (err != SVCTAG_OK) {
			(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
			return err;
		}
	}
	store->readers++;
	return err;
}

void
svctag_store_end_read(svctag_store *store)
{
	if (store->readers > 0 && --store->readers == 0)
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

/* data_version sees other connections' commits, but not another file under the name. */
svctag_error
svctag_store_poll(svctag_store *store, bool *ret_changed, bool *ret_replaced, svctag_detail *detail)
{
	int64_t version = 0;
	struct stat status;
	bool replaced;
	svctag_error err;

	err = db_number(store->db, "PRAGMA data_version", &version, detail);
	if (err != SVCTAG_OK)
		return err;
	if (stat(store->path, &status) != 0) {
		svctag_detail_set(detail, "%s: %s", store->path, strerror(errno));
		return SVCTAG_E_IO;
	}
	replaced = status.st_dev != store->device || status.st_ino != store->inode;
	*ret_changed = replaced || version != store->data_version;
	*ret_replaced = replaced;
	store->data_version = version;
	return SVCTAG_OK;
}

svctag_file_id
svctag_store_file(const svctag_store *store)
{
	return (svctag_file_id){ .device = store->device, .inode = store->inode };
}
