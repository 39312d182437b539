/**
 * @file
 * From files to stored releases: find the files, tell their days, decode them,
 * judge them, store them. Used by the command line alone.
 *
 *   importer_plan_make()     which files, in which order, under which day
 *   importer_import_item()   read, decode, gate, one transaction
 *   importer_import_plan()   the same for all of a plan
 *   importer_fetch()         (fetch.h) the same with what a server sends
 *
 * The steps can be used alone: importer_read_file(), importer_decode(),
 * importer_gate(). Nothing here prints; nothing is global.
 */
#ifndef IMPORTER_H
#define IMPORTER_H

#include <svctag/store.h>

/** Most bytes of a document, decompressed; real files have 4.2 million. */
#define IMPORTER_MAX_DOCUMENT (32U << 20)

/** A decoded file. Release it with importer_document_release(). */
struct importer_document {
	char cloud[SVCTAG_CLOUD_SIZE];
	char source[SVCTAG_SOURCE_SIZE]; /**< "file", "api" or "xml" */
	svctag_release *release;
	char *warnings; /**< what is worth knowing, one per line, or NULL */
};

/** Accepts a zero-initialised document. */
void importer_document_release(struct importer_document *document);

/**
 * Read a file whole; gzip (by its magic bytes) is unpacked.
 * @param[out] ret  free() it; one NUL follows the data
 * @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_LIMIT (past IMPORTER_MAX_DOCUMENT), SVCTAG_E_CORRUPT (bad gzip),
 *         SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error importer_read_file(const char *path, char **ret, size_t *ret_size,
						  svctag_detail *detail);

/**
 * Unpack gzip, told by its magic bytes; anything else stays as it is.
 * @param[in,out] data  malloc()ed; replaced by what was in it, followed by a NUL
 * @return SVCTAG_OK, SVCTAG_E_LIMIT, SVCTAG_E_CORRUPT, SVCTAG_E_NO_MEMORY; then nothing is changed
 */
SVCTAG_MUST_CHECK svctag_error importer_unpack(char **data, size_t *size, svctag_detail *detail);

/**
 * Decode a document of any known shape, told by its content: the published
 * JSON, the Discovery API's, or the XML lists that were published until 2020.
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_RANGE, SVCTAG_E_HOST_BITS, SVCTAG_E_DUPLICATE, SVCTAG_E_LIMIT,
 *         SVCTAG_E_NO_MEMORY; detail says tag, prefix or byte offset
 */
SVCTAG_MUST_CHECK svctag_error importer_decode(const char *data, size_t size, struct importer_document *ret,
					       svctag_detail *detail);

/** What the gate is told. */
struct importer_gate_options {
	bool force; /**< store it all the same, and record that */
};

/** A svctag_import_gate; context is a const struct importer_gate_options. */
svctag_error importer_gate(void *context, const svctag_release_info *previous_info, const svctag_release *previous,
			   const char *published, const svctag_release *next, char **ret_warnings, bool *ret_forced,
			   svctag_detail *detail);

/** One file to import. */
struct importer_item {
	char *path;
	char published[SVCTAG_DAY_SIZE];
	bool published_guessed; /**< no day in its name: the day of import */
};

struct importer_plan {
	struct importer_item *items; /**< in the order of import */
	size_t count;
};

/**
 * Files as they are; folders: every *.json, *.json.gz, *.xml, *.xml.gz below, in any letter case.
 * In the order of published day, change number, digest.
 * @param published  the day for all, or NULL to tell it from each base name
 * @param today      the day for names without one
 * A folder without any is an item of its own, which importer_import_item() refuses.
 * @return SVCTAG_OK, SVCTAG_E_IO (no such file or folder), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error importer_plan_make(const char *const *paths, size_t count, const char *published,
						  const char *today, struct importer_plan *ret, svctag_detail *detail);
void importer_plan_release(struct importer_plan *plan);

/** The first valid YYYYMMDD or YYYY-MM-DD in a file's base name that touches no other digit. */
bool importer_day_of_name(const char *path, char day[SVCTAG_DAY_SIZE]);

/** What became of one file. */
struct importer_outcome {
	svctag_import_result result;
	svctag_release_info info; /**< `warnings` is NULL */
	char *warnings;           /**< one per line, or NULL; free() it */
};

/** Under what terms a decoded document is stored. */
struct importer_terms {
	const char *published; /**< YYYY-MM-DD */
	const char *guess;     /**< why that day is only the day of import, for the warnings; NULL: it is known */
	bool force;            /**< pass the plausibility gate */
};

/**
 * Judge and store a document, wherever it came from.
 * @return SVCTAG_OK, or why not
 */
SVCTAG_MUST_CHECK svctag_error importer_import_document(svctag_store *store, const struct importer_document *document,
							const struct importer_terms *terms,
							struct importer_outcome *ret, svctag_detail *detail);

/**
 * Read, decode, judge and store one file.
 * @param cloud  demand this cloud (any letter case), or NULL for whatever the file says
 * @param force  pass the plausibility gate
 * @return SVCTAG_OK, or why not; detail does not name the file
 */
SVCTAG_MUST_CHECK svctag_error importer_import_item(svctag_store *store, const struct importer_item *item,
						    const char *cloud, bool force, struct importer_outcome *ret,
						    svctag_detail *detail);

/**
 * Told of each item in turn.
 * @param i        which of the plan
 * @param err      SVCTAG_OK, or why it was not imported
 * @param outcome  if SVCTAG_OK; gone after the call
 */
typedef void (*importer_teller)(void *context, size_t i, svctag_error err, const struct importer_outcome *outcome,
				const svctag_detail *detail);

/**
 * importer_import_item() for all of a plan. While one file is stored the next
 * is read and decoded in another thread; the store is used in this one alone.
 */
void importer_import_plan(svctag_store *store, const struct importer_plan *plan, const char *cloud, bool force,
			  importer_teller tell, void *context);

#endif
