#include <stdarg.h>

#include "db.h"

static svctag_error
error_of_code(int code)
{
	switch (code & 0xff) {
	case SQLITE_NOMEM: return SVCTAG_E_NO_MEMORY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return SVCTAG_E_BUSY;
	case SQLITE_CORRUPT: return SVCTAG_E_CORRUPT;
	case SQLITE_NOTADB: return SVCTAG_E_FOREIGN;
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
	case SQLITE_READONLY:
	case SQLITE_FULL: return SVCTAG_E_IO;
	default: return SVCTAG_E_DATABASE;
	}
}

svctag_error
db_error(sqlite3 *db, svctag_detail *detail)
{
	int code = sqlite3_extended_errcode(db);
	svctag_error err = error_of_code(code);

	/* A writer was killed before the database was in WAL mode: a reader may not clear up after it. */
	if (code == SQLITE_READONLY_ROLLBACK)
		svctag_detail_set(detail, "the database: a write was interrupted; the next import undoes it");
	else if (err == SVCTAG_E_BUSY)
		svctag_detail_set(detail, "the database is in use by another process; try again later");
	else if (err == SVCTAG_E_CORRUPT)
		svctag_detail_set(detail, "the database is damaged (%s)", sqlite3_errmsg(db));
	else
		svctag_detail_set(detail, "the database: %s", sqlite3_errmsg(db));
	return err;
}

svctag_error
db_run(sqlite3 *db, const char *sql, svctag_detail *detail)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? SVCTAG_OK : db_error(db, detail);
}

svctag_error
db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return db_error(db, detail);
	*ret = statement;
	return SVCTAG_OK;
}

static int
bind_one(sqlite3_stmt *statement, int place, char kind, va_list *arguments)
{
	const char *text;
	const void *blob;
	const int64_t *number;

	switch (kind) {
	case 'i': return sqlite3_bind_int64(statement, place, va_arg(*arguments, int64_t));
	case 'o':
		number = va_arg(*arguments, const int64_t *);
		return number != NULL ? sqlite3_bind_int64(statement, place, *number)
				      : sqlite3_bind_null(statement, place);
	case 't':
		text = va_arg(*arguments, const char *);
		return sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
	case 'b':
		blob = va_arg(*arguments, const void *);
		return sqlite3_bind_blob64(statement, place, blob, va_arg(*arguments, size_t), SQLITE_STATIC);
	default: return sqlite3_bind_null(statement, place);
	}
}

svctag_error
db_bind(sqlite3_stmt *statement, svctag_detail *detail, const char *kinds, ...)
{
	int code = SQLITE_OK;
	va_list arguments;
	int i;

	(void)sqlite3_reset(statement);
	va_start(arguments, kinds);
	for (i = 0; kinds[i] != '\0' && code == SQLITE_OK; i++)
		code = bind_one(statement, i + 1, kinds[i], &arguments);
	va_end(arguments);
	return code == SQLITE_OK ? SVCTAG_OK : db_error(sqlite3_db_handle(statement), detail);
}

svctag_error
db_step(sqlite3_stmt *statement, bool *ret_row, svctag_detail *detail)
{
	int code = sqlite3_step(statement);

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return db_error(sqlite3_db_handle(statement), detail);
	*ret_row = code == SQLITE_ROW;
	return SVCTAG_OK;
}

svctag_error
db_execute(sqlite3_stmt *statement, svctag_detail *detail)
{
	bool row;
	svctag_error err = db_step(statement, &row, detail);

	(void)sqlite3_reset(statement);
	return err;
}

/* The first column of the first row; takes the statement over. */
static svctag_error
take_number(sqlite3_stmt *statement, int64_t *ret, svctag_detail *detail)
{
	bool row = false;
	svctag_error err = db_step(statement, &row, detail);

	if (err == SVCTAG_OK && !row)
		err = SVCTAG_E_NOT_FOUND;
	if (err == SVCTAG_OK)
		*ret = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return err;
}

svctag_error
db_number(sqlite3 *db, const char *sql, int64_t *ret, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	svctag_error err = db_prepare(db, sql, &statement, detail);

	return err == SVCTAG_OK ? take_number(statement, ret, detail) : err;
}

svctag_error
db_number_for(sqlite3 *db, const char *sql, int64_t parameter, int64_t *ret, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	svctag_error err = db_prepare(db, sql, &statement, detail);

	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "i", parameter);
	if (err != SVCTAG_OK) {
		(void)sqlite3_finalize(statement);
		return err;
	}
	return take_number(statement, ret, detail);
}

const char *
db_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text != NULL ? (const char *)text : "";
}
