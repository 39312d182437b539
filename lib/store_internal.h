/**
 * @file
 * What the parts of the store share. Hidden.
 */
#ifndef SVCTAG_STORE_INTERNAL_H
#define SVCTAG_STORE_INTERNAL_H

#include <sys/types.h>

#include <svctag/store.h>

#include "db.h"

/** 'svct': PRAGMA application_id. */
#define STORE_APPLICATION_ID 0x73766374

/** So long is another process waited for. */
#define STORE_BUSY_TIMEOUT_MS 10000

/** Free positions between two releases imported in order. */
#define STORE_POSITION_GAP 4096

struct svctag_store {
	sqlite3 *db;
	char *name; /**< as the caller spelt it */
	char *path; /**< what SQLite is given */
	svctag_store_mode mode;
	unsigned int readers; /**< nested begin_read calls */
	int64_t data_version; /**< at the last poll */
	dev_t device;         /**< of the file that is open */
	ino_t inode;
};

/** Where a release stands, or is to stand, in its cloud. */
struct span_place {
	int64_t cloud_id;
	int64_t position;
	bool has_next; /**< a release follows */
	int64_t next;  /**< its position */
};

/**
 * Enter a release's content into the intervals.
 * @param before  what the release before the place holds; NULL: there is none
 * @param after   what the release after it holds; NULL: there is none
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT (the intervals hold something else), SVCTAG_E_DATABASE
 */
svctag_error spans_insert(sqlite3 *db, const struct span_place *place, const svctag_release *before,
			  const svctag_release *release, const svctag_release *after, svctag_detail *detail);
/** Take the release at this place out of the intervals. */
svctag_error spans_remove(sqlite3 *db, const struct span_place *place, svctag_detail *detail);

/**
 * Say whose the file is. An empty one, and one of an older version, is brought to today's schema where the store
 * was opened for writing; other stores refuse it.
 * @return SVCTAG_OK, SVCTAG_E_EMPTY (nothing in it, to be read), SVCTAG_E_FOREIGN (another program's, a newer
 *         version's, or an older one's to be read), SVCTAG_E_CORRUPT (of an older version; it stays as it was),
 *         SVCTAG_E_BUSY, SVCTAG_E_DATABASE
 */
svctag_error store_prepare_schema(struct svctag_store *store, svctag_detail *detail);

/**
 * Is the schema still today's? Another program may have brought the file on while this one has it open.
 * @return SVCTAG_OK, SVCTAG_E_FOREIGN, SVCTAG_E_DATABASE
 */
svctag_error store_check_version(struct svctag_store *store, svctag_detail *detail);

/** Begin a transaction with this statement, after one that could not be ended. */
svctag_error store_begin(sqlite3 *db, const char *begin, svctag_detail *detail);

/** SQLite's own integrity check, of the state at hand. @return SVCTAG_OK, SVCTAG_E_CORRUPT, SVCTAG_E_DATABASE */
svctag_error store_check_pages(sqlite3 *db, svctag_detail *detail);
/** The same, and that no row belongs to one that is not there. */
svctag_error store_check_rows(sqlite3 *db, svctag_detail *detail);

/** The content at a position, not yet compared with any digest. */
svctag_error store_read_content(sqlite3 *db, int64_t cloud_id, int64_t position, int64_t change_number,
				svctag_release **ret, svctag_detail *detail);
/** The same, compared. */
svctag_error store_read_checked(sqlite3 *db, const svctag_release_info *info, svctag_release **ret,
				svctag_detail *detail);

/** The catalogue, from the sealed list; inside a transaction. */
svctag_error store_read_catalogue(sqlite3 *db, svctag_catalogue **ret, svctag_detail *detail);
/**
 * Are the rows of releases and sightings what was sealed? Who writes goes by them, and asks first.
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT, SVCTAG_E_NO_MEMORY, SVCTAG_E_DATABASE
 */
SVCTAG_MUST_CHECK svctag_error store_check_list(sqlite3 *db, svctag_detail *detail);
/** Seal the rows as they are; inside a transaction. */
svctag_error store_write_seal(sqlite3 *db, svctag_detail *detail);

/** The stored index of a cloud as bytes at a multiple of SVCTAG_INDEX_ALIGNMENT; free() them. */
svctag_error store_read_index(sqlite3 *db, int64_t cloud_id, void **ret, size_t *ret_size, svctag_detail *detail);
/** Has the cloud's stored index the format that this library writes? Also true where there is none to ask. */
bool store_index_is_current(sqlite3 *db, int64_t cloud_id);
/** The cloud's number. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND */
svctag_error store_find_cloud(sqlite3 *db, const char *name, int64_t *ret, svctag_detail *detail);
/** Which release the cloud's stored index belongs to. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND */
svctag_error store_indexed_release(sqlite3 *db, int64_t cloud_id, int64_t *ret, svctag_detail *detail);

#endif
