#include <string.h>

#include <svctag/validator.h>

#include "store_internal.h"

/* A text that does not fit is as good as none: the next request is unconditional. */
static void
copy_column(sqlite3_stmt *row, int column, char *text, size_t size)
{
	const char *value = db_text(row, column);

	if (strlen(value) < size)
		memcpy(text, value, strlen(value) + 1);
}

svctag_error
svctag_store_get_validator(svctag_store *store, const char *url, svctag_validator *ret, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	svctag_validator validator = { 0 };
	bool row = false;
	svctag_error err;

	err = db_prepare(store->db, "SELECT etag, last_modified, digest FROM validator WHERE url = ?", &statement,
			 detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "t", url);
	if (err == SVCTAG_OK)
		err = db_step(statement, &row, detail);
	if (err == SVCTAG_OK && (!row || sqlite3_column_bytes(statement, 2) != SVCTAG_DIGEST_SIZE)) {
		svctag_detail_set(detail, "nothing is known of %s", url);
		err = SVCTAG_E_NOT_FOUND;
	}
	if (err == SVCTAG_OK) {
		copy_column(statement, 0, validator.etag, sizeof(validator.etag));
		copy_column(statement, 1, validator.last_modified, sizeof(validator.last_modified));
		memcpy(validator.digest, sqlite3_column_blob(statement, 2), SVCTAG_DIGEST_SIZE);
		*ret = validator;
	}
	(void)sqlite3_finalize(statement);
	return err;
}

svctag_error
svctag_store_put_validator(svctag_store *store, const char *url, const svctag_validator *validator,
			   svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	svctag_error err;

	if (store->mode != SVCTAG_STORE_WRITE || store->readers > 0) {
		svctag_detail_set(detail, "the database was opened for reading, or is being read");
		return SVCTAG_E_INVALID;
	}
	err = db_prepare(store->db,
			 "INSERT INTO validator (url, etag, last_modified, digest) VALUES (?, ?, ?, ?) ON CONFLICT DO "
			 "UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, "
			 "digest = excluded.digest",
			 &statement, detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "tttb", url, validator->etag, validator->last_modified,
			      validator->digest, (size_t)SVCTAG_DIGEST_SIZE);
	if (err == SVCTAG_OK)
		err = db_execute(statement, detail);
	(void)sqlite3_finalize(statement);
	return err;
}
