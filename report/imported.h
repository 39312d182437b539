/*
 * What the answers of `import` and `fetch` share: both tell, item by item, what
 * became of something that was to be imported.
 */
#ifndef REPORT_IMPORTED_H
#define REPORT_IMPORTED_H

#include "csv.h"
#include "format.h"
#include "json.h"

/** What became of one item. */
struct imported {
	const char *error; /**< why it failed, or NULL */
	svctag_import_result result;
	const svctag_release_info *release; /**< NULL: nothing was imported */
	const char *warnings;               /**< one per line, or NULL */
};

/** "added", "unchanged", "moved"; "failed"; "found" where nothing was to be imported. Static. */
const char *imported_text(const struct imported *imported);
enum format_colour imported_colour(const struct imported *imported);

/** From "release" on to "error". */
void imported_json(struct json *json, cJSON *object, const struct imported *imported);

/** Release, counts and `forced`; there has to be a release. */
void imported_csv(struct csv *csv, const svctag_release_info *release);
/** "Public 376 (2025-11-10)  3041 tags, 95823 prefixes"; there has to be a release. */
void imported_release_text(FILE *out, const svctag_release_info *release);

/** Begin an answer: {"KEY":[, or the header of the CSV. */
SVCTAG_MUST_CHECK svctag_error items_begin(FILE *out, enum report_format format, const char *key, const char *header);
/** Before each item. @param written  how many there were; grows by one */
void items_next(FILE *out, enum report_format format, size_t *written);
SVCTAG_MUST_CHECK svctag_error items_end(FILE *out, enum report_format format);

#endif
