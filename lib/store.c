/* Opening, closing, migrating and watching the database file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "migrations.h"
#include "store_internal.h"

#define BUSY_TIMEOUT_MS 10000
#define WAL_RETRY_MS 50

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
	(void)sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
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

/* Is this ours, and of which version? Version 0: nothing in it yet. */
static svctag_error
identify(sqlite3 *db, const char *path, int64_t *ret_version, svctag_detail *detail)
{
	int64_t application = 0;
	int64_t version = 0;
	int64_t objects = 0;
	svctag_error err;

	err = db_number(db, "PRAGMA application_id", &application, detail);
	if (err == SVCTAG_OK)
		err = db_number(db, "PRAGMA user_version", &version, detail);
	if (err == SVCTAG_OK)
		err = db_number(db, "SELECT count(*) FROM sqlite_schema", &objects, detail);
	if (err == SVCTAG_E_FOREIGN)
		svctag_detail_set(detail, "%s is not an SQLite database", path);
	if (err != SVCTAG_OK)
		return err;
	if (application == 0 && version == 0 && objects == 0) {
		*ret_version = 0;
		return SVCTAG_OK;
	}
	if (application != STORE_APPLICATION_ID) {
		svctag_detail_set(detail, "%s is an SQLite database of another program", path);
		return SVCTAG_E_FOREIGN;
	}
	if (version < 1 || version > SVCTAG_SCHEMA_VERSION) {
		svctag_detail_set(detail, "%s has schema version %lld; this program knows versions 1 to %d", path,
				  (long long)version, SVCTAG_SCHEMA_VERSION);
		return SVCTAG_E_FOREIGN;
	}
	*ret_version = version;
	return SVCTAG_OK;
}

/* The switch to WAL does not wait for another process that makes it too: try again. */
static svctag_error
begin_in_wal(sqlite3 *db, svctag_detail *detail)
{
	svctag_error err;
	int tries = BUSY_TIMEOUT_MS / WAL_RETRY_MS;

	do {
		err = db_run(db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", detail);
		if (err == SVCTAG_E_BUSY)
			(void)sqlite3_sleep(WAL_RETRY_MS);
	} while (err == SVCTAG_E_BUSY && --tries > 0);
	return err;
}

/* All missing migrations in one transaction. */
static svctag_error
migrate(sqlite3 *db, const char *path, svctag_detail *detail)
{
	int64_t version = 0;
	char pragmas[96];
	svctag_error err;

	err = begin_in_wal(db, detail);
	if (err != SVCTAG_OK)
		return err;
	/* Another process may have been faster. */
	err = identify(db, path, &version, detail);
	for (; err == SVCTAG_OK && version < svctag_migration_count; version++)
		err = db_run(db, svctag_migrations[version], detail);
	(void)snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		       STORE_APPLICATION_ID, svctag_migration_count);
	if (err == SVCTAG_OK)
		err = db_run(db, pragmas, detail);
	if (err == SVCTAG_OK)
		err = db_run(db, "COMMIT", detail);
	if (err != SVCTAG_OK)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

static svctag_error
prepare_schema(struct svctag_store *store, svctag_detail *detail)
{
	int64_t version = 0;
	svctag_error err;

	/* In one state of the file: another process may be creating it just now. */
	err = db_run(store->db, "BEGIN", detail);
	if (err != SVCTAG_OK)
		return err;
	err = identify(store->db, store->path, &version, detail);
	if (err == SVCTAG_OK)
		err = db_run(store->db, "ROLLBACK", detail);
	if (err != SVCTAG_OK || version == SVCTAG_SCHEMA_VERSION)
		return err;
	if (store->mode == SVCTAG_STORE_WRITE)
		return migrate(store->db, store->path, detail);
	if (version == 0) {
		svctag_detail_set(detail, "%s holds nothing yet; import a release first", store->path);
		return SVCTAG_E_EMPTY;
	}
	svctag_detail_set(detail, "%s has schema version %lld; the next import brings it to %d", store->path,
			  (long long)version, SVCTAG_SCHEMA_VERSION);
	return SVCTAG_E_FOREIGN;
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
		err = configure(store->db, mode, detail);
	if (err == SVCTAG_OK)
		err = prepare_schema(store, detail);
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
	if (store->readers == 0) {
		svctag_error err = store_begin(store->db, "BEGIN", detail);

		if (err != SVCTAG_OK)
			return err;
	}
	store->readers++;
	return SVCTAG_OK;
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

/* The first row of the statement, if there is one, is what is wrong. */
static svctag_error
check_none(sqlite3 *db, const char *sql, const char *what, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	bool row = false;
	svctag_error err = db_prepare(db, sql, &statement, detail);

	if (err == SVCTAG_OK)
		err = db_step(statement, &row, detail);
	if (err == SVCTAG_OK && row) {
		svctag_detail_set(detail, "the database is damaged: %s%s", what, db_text(statement, 0));
		err = SVCTAG_E_CORRUPT;
	}
	(void)sqlite3_finalize(statement);
	return err;
}

svctag_error
store_check_pages(sqlite3 *db, svctag_detail *detail)
{
	return check_none(db, "SELECT integrity_check FROM pragma_integrity_check(1) WHERE integrity_check <> 'ok'", "",
			  detail);
}

svctag_error
svctag_store_check(svctag_store *store, svctag_detail *detail)
{
	/* An end between releases changes no answer yet: it would when a release is put there. */
	static const char loose_ends[] =
		"WITH span AS (SELECT tag_id, first, until FROM prefix_span "
		"UNION ALL SELECT tag_id, first, until FROM tag_span) "
		"SELECT t.name FROM span s JOIN tag t ON t.id = s.tag_id WHERE "
		"NOT EXISTS (SELECT 1 FROM release r WHERE r.cloud_id = t.cloud_id AND r.position = s.first) OR "
		"(s.until IS NOT NULL AND "
		"NOT EXISTS (SELECT 1 FROM release r WHERE r.cloud_id = t.cloud_id AND r.position = s.until)) LIMIT 1";
	svctag_error err;

	err = store_check_pages(store->db, detail);
	if (err == SVCTAG_OK)
		err = check_none(store->db, "PRAGMA foreign_key_check", "a row belongs to nothing in table ", detail);
	if (err == SVCTAG_OK)
		err = check_none(store->db, loose_ends, "a span begins or ends at no release, in tag ", detail);
	return err;
}
