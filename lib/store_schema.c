/* Whose the file is, of which schema version, and how an older one becomes today's. */
#include <stdio.h>

#include "migrations.h"
#include "store_internal.h"
#include "store_upgrade.h"

#define WAL_RETRY_MS 50

static svctag_error
refuse_version(const char *path, int64_t version, svctag_detail *detail)
{
	svctag_detail_set(detail, "%s has schema version %lld; this program knows versions 1 to %d", path,
			  (long long)version, SVCTAG_SCHEMA_VERSION);
	return SVCTAG_E_FOREIGN;
}

svctag_error
store_check_version(struct svctag_store *store, svctag_detail *detail)
{
	int64_t version = 0;
	svctag_error err = db_number(store->db, "PRAGMA user_version", &version, detail);

	return err == SVCTAG_OK && version != SVCTAG_SCHEMA_VERSION ? refuse_version(store->path, version, detail)
								    : err;
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
	if (version < 1 || version > SVCTAG_SCHEMA_VERSION)
		return refuse_version(path, version, detail);
	*ret_version = version;
	return SVCTAG_OK;
}

/* The switch to WAL does not wait for another process that makes it too: try again. */
static svctag_error
begin_in_wal(sqlite3 *db, svctag_detail *detail)
{
	svctag_error err;
	int tries = STORE_BUSY_TIMEOUT_MS / WAL_RETRY_MS;

	do {
		err = db_run(db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL", detail);
		if (err == SVCTAG_E_BUSY)
			(void)sqlite3_sleep(WAL_RETRY_MS);
	} while (err == SVCTAG_E_BUSY && --tries > 0);
	return err == SVCTAG_OK ? db_run(db, "BEGIN IMMEDIATE", detail) : err;
}

/* A damaged file is not carried over: what is wrong with it might no longer show. */
static svctag_error
check_first(sqlite3 *db, svctag_detail *detail)
{
	svctag_error err = store_check_rows(db, detail);

	return err == SVCTAG_OK ? store_check_first_seal(db, detail) : err;
}

/* The missing migrations, from schema version 0 (nothing yet) or 1. */
static svctag_error
run_migrations(sqlite3 *db, int64_t version, svctag_detail *detail)
{
	svctag_error err = version > 0 ? check_first(db, detail) : SVCTAG_OK;
	char pragmas[96];
	int64_t i;

	for (i = version; err == SVCTAG_OK && i < svctag_migration_count; i++)
		err = db_run(db, svctag_migrations[i], detail);
	if (err == SVCTAG_OK && version > 0)
		err = store_write_seal(db, detail);
	(void)snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		       STORE_APPLICATION_ID, svctag_migration_count);
	return err == SVCTAG_OK ? db_run(db, pragmas, detail) : err;
}

/* All of them in one transaction. */
static svctag_error
migrate(sqlite3 *db, const char *path, svctag_detail *detail)
{
	svctag_detail reason = { "" };
	int64_t version = 0;
	svctag_error err;

	err = store_offer_functions(db, detail);
	if (err == SVCTAG_OK)
		err = begin_in_wal(db, detail);
	if (err != SVCTAG_OK)
		return err;
	/* Another process may have been faster. */
	err = identify(db, path, &version, detail);
	if (err == SVCTAG_OK && version < svctag_migration_count) {
		err = run_migrations(db, version, &reason);
		if (err == SVCTAG_OK)
			err = db_run(db, "COMMIT", &reason);
		if (err != SVCTAG_OK && version > 0)
			svctag_detail_set(detail, "%s cannot be brought to schema version %d, and stays as it was: %s",
					  path, svctag_migration_count, reason.text);
		else if (err != SVCTAG_OK)
			svctag_detail_set(detail, "%s", reason.text);
	}
	if (sqlite3_get_autocommit(db) == 0)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

svctag_error
store_prepare_schema(struct svctag_store *store, svctag_detail *detail)
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
