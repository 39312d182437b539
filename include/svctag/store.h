/**
 * @file
 * The database: one SQLite file in WAL mode that keeps every release of every
 * cloud as intervals, and the compiled index of each cloud's newest one.
 * docs/store.md describes the schema and the invariants.
 *
 * A store object belongs to one thread at a time. Readers never write.
 * Whatever a call returns other than SVCTAG_OK, the database is as it was.
 */
#ifndef SVCTAG_STORE_H
#define SVCTAG_STORE_H

#include <svctag/catalogue.h>
#include <svctag/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

/** `PRAGMA user_version` of the newest schema this library knows. */
#define SVCTAG_SCHEMA_VERSION 2

typedef struct svctag_store svctag_store;

typedef enum svctag_store_mode {
	SVCTAG_STORE_READ,  /**< an existing database, read-only */
	SVCTAG_STORE_WRITE, /**< created, with its folder, or migrated where needed */
} svctag_store_mode;

/**
 * @param path      a plain file name, never a URI
 * @param[out] ret  the caller owns it: svctag_store_close()
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_IO (no such file; cannot
 *         create), SVCTAG_E_EMPTY (to be read, but nothing in it yet), SVCTAG_E_FOREIGN, SVCTAG_E_BUSY, SVCTAG_E_DATABASE
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_open(const char *path, svctag_store_mode mode,
							    svctag_store **ret, svctag_detail *detail);

/** Accepts NULL. */
SVCTAG_API void svctag_store_close(svctag_store *store);

/**
 * See one state of the database until svctag_store_end_read(), whatever is
 * committed meanwhile. Pairs may be nested. Calls outside a pair each see the
 * newest state. Keep it short: a long reader holds up checkpoints.
 * @return SVCTAG_OK, SVCTAG_E_BUSY, SVCTAG_E_DATABASE
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_begin_read(svctag_store *store, svctag_detail *detail);
SVCTAG_API void svctag_store_end_read(svctag_store *store);

/**
 * What is loaded, its seal verified.
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_BUSY, SVCTAG_E_CORRUPT, SVCTAG_E_DATABASE
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_catalogue(svctag_store *store, svctag_catalogue **ret,
								 svctag_detail *detail);

/**
 * The content of a release, put together from the intervals and checked
 * against its digest.
 * @param info      from a catalogue of this store
 * @return as svctag_store_catalogue(), and SVCTAG_E_NOT_FOUND (gone meanwhile)
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_content(svctag_store *store, const svctag_release_info *info,
							       svctag_release **ret, svctag_detail *detail);

/**
 * The release, ready to answer: the stored index where it is the newest of
 * its cloud, else compiled from the intervals.
 * @return as svctag_store_content()
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_snapshot(svctag_store *store, const svctag_release_info *info,
								svctag_snapshot **ret, svctag_detail *detail);

/** Catalogue, svctag_catalogue_resolve() and svctag_store_snapshot() in one state of the database. */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_snapshot_at(svctag_store *store, const char *cloud,
								   const char *reference, svctag_snapshot **ret,
								   svctag_detail *detail);

/**
 * Has anything been committed, or the file been replaced, since the last call
 * of this function on this store (or its opening)? Costs microseconds.
 * @param[out] ret_changed   the content may have changed
 * @param[out] ret_replaced  another file stands under the name: open it anew
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_poll(svctag_store *store, bool *ret_changed, bool *ret_replaced,
							    svctag_detail *detail);

/** Which file it is, whatever its name: as long as somebody has it open, no other is the same. */
typedef struct svctag_file_id {
	uint64_t device;
	uint64_t inode;
} svctag_file_id;

/** The file that is open; another one may stand under the name by now. */
SVCTAG_API svctag_file_id svctag_store_file(const svctag_store *store);

/** What svctag_store_import() did. */
typedef enum svctag_import_result {
	SVCTAG_IMPORT_ADDED,     /**< a new release */
	SVCTAG_IMPORT_UNCHANGED, /**< this content was in force on that day already */
	SVCTAG_IMPORT_MOVED,     /**< the release is known from that earlier day on now */
} svctag_import_result;

/**
 * Judges a release before it is stored, inside the transaction.
 * @param previous_info  the release before it in order (of the same source where
 *                       there is one), or NULL when it would be the first
 * @param previous       its content, or NULL
 * @param next           what is to be stored
 * @param[out] ret_warnings  a malloc()ed text, one warning per line, kept with
 *                       the release; NULL for none
 * @param[out] ret_forced    true when a refusal was overridden
 * @return SVCTAG_OK to store it; anything else is returned by svctag_store_import()
 */
typedef svctag_error (*svctag_import_gate)(void *context, const svctag_release_info *previous_info,
					   const svctag_release *previous, const char *published,
					   const svctag_release *next, char **ret_warnings, bool *ret_forced,
					   svctag_detail *detail);

typedef struct svctag_import {
	const char *cloud;     /**< letters, digits, '.', '_', '-'; at most 64 */
	const char *published; /**< YYYY-MM-DD */
	const char *source;    /**< lower-case letters, digits, '-'; at most 16 */
	const svctag_release *release;
	svctag_import_gate gate; /**< NULL: everything is let in */
	void *gate_context;
} svctag_import;

/**
 * Store a release in one transaction: rows, compiled index (loaded back and
 * verified before the commit), catalogue seal.
 * @param[out] ret_result
 * @param[out] ret_info    the release that is in force on that day now;
 *                         `warnings` is NULL in it
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_INVALID, SVCTAG_E_BUSY,
 *         SVCTAG_E_CORRUPT, SVCTAG_E_DATABASE, SVCTAG_E_LIMIT (a tag changes
 *         in more than 65,535 releases), or what the gate said
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_import(svctag_store *store, const svctag_import *import,
							      svctag_import_result *ret_result,
							      svctag_release_info *ret_info, svctag_detail *detail);

/** Take a release back out. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND, and as svctag_store_import() */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_forget(svctag_store *store, const svctag_release_info *info,
							      svctag_detail *detail);

/**
 * SQLite's own integrity check; that the rows of releases are what was sealed; that every list of a tag is one, every
 * interval begins and ends at a release, and prefixes hold only where their tag is there.
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT, SVCTAG_E_BUSY, SVCTAG_E_DATABASE
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_check(svctag_store *store, svctag_detail *detail);

/** Is the stored index of this cloud's newest release sound, and just what compiling it again gives? */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_check_index(svctag_store *store, const svctag_release_info *info,
								   svctag_detail *detail);

/** A copy that was published. */
typedef struct svctag_published {
	uint64_t size;                      /**< bytes */
	uint8_t digest[SVCTAG_DIGEST_SIZE]; /**< SHA-256 of the whole file */
	bool unchanged;                     /**< the same bytes stood there already, and were left alone */
} svctag_published;

/**
 * Make a copy of the database to be fetched by others: of one state, without
 * a write-ahead log, verified, and put under its name atomically (fsync,
 * rename, fsync of the folder). Until then it is called `path`.new; what a
 * crash leaves under that name is taken over by the next call.
 * @param path      a file name; a file there is replaced
 * @param[out] ret  untouched unless SVCTAG_OK
 * @return SVCTAG_OK, SVCTAG_E_INVALID (the database itself, or a database that is written to), SVCTAG_E_BUSY
 *         (another process publishes under this name), SVCTAG_E_IO, SVCTAG_E_NO_MEMORY, SVCTAG_E_CORRUPT,
 *         SVCTAG_E_DATABASE
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_store_publish(svctag_store *store, const char *path,
							       svctag_published *ret, svctag_detail *detail);

/** The name it was opened under. */
SVCTAG_API const char *svctag_store_path(const svctag_store *store);

#ifdef __cplusplus
}
#endif

#endif
