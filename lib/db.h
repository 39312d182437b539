/**
 * @file
 * A thin layer over SQLite: its result codes as errors with particulars.
 * Hidden.
 */
#ifndef SVCTAG_DB_H
#define SVCTAG_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include <svctag/error.h>

/** The error for the connection's last failure; detail says what SQLite said. */
svctag_error db_error(sqlite3 *db, svctag_detail *detail);

/** Run statements that answer nothing. */
SVCTAG_MUST_CHECK svctag_error db_run(sqlite3 *db, const char *sql, svctag_detail *detail);

/** @param[out] ret  sqlite3_finalize() it, also when NULL */
SVCTAG_MUST_CHECK svctag_error db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret, svctag_detail *detail);

/**
 * Reset the statement and bind its parameters in order.
 * @param kinds  one letter each: i int64_t, o const int64_t * (NULL binds NULL),
 *               t const char * (NULL binds NULL), b const void * and size_t,
 *               n nothing (NULL)
 *               Texts and blobs have to live until the statement is reset.
 */
SVCTAG_MUST_CHECK svctag_error db_bind(sqlite3_stmt *statement, svctag_detail *detail, const char *kinds, ...);

/** @param[out] ret_row  true: there is a row to read */
SVCTAG_MUST_CHECK svctag_error db_step(sqlite3_stmt *statement, bool *ret_row, svctag_detail *detail);

/** Step a statement that answers nothing, and reset it. */
SVCTAG_MUST_CHECK svctag_error db_execute(sqlite3_stmt *statement, svctag_detail *detail);

/** The first column of the first row as a number; SVCTAG_E_NOT_FOUND without a row. */
SVCTAG_MUST_CHECK svctag_error db_number(sqlite3 *db, const char *sql, int64_t *ret, svctag_detail *detail);

/** The same for a statement with one parameter. */
SVCTAG_MUST_CHECK svctag_error db_number_for(sqlite3 *db, const char *sql, int64_t parameter, int64_t *ret,
					     svctag_detail *detail);

/** A text column; "" for NULL, never NULL but without memory (then the step after it fails). */
const char *db_text(sqlite3_stmt *statement, int column);

#endif
