/**
 * @file
 * JSON with line numbers. cJSON keeps no positions, but it keeps order: the
 * keys and values of its tree are those of the text one by one, and so a
 * second walk over both gives every node its line. It lies in `valueint`;
 * numbers are in `valuedouble`.
 */
#ifndef LISTS_JSON_H
#define LISTS_JSON_H

#include <cjson/cJSON.h>

#include "reader.h"

/** Deepest nesting: what recurses over a document is bounded by it. */
#define LISTJSON_MAX_DEPTH 128
/** Most values; cJSON takes some 100 bytes for each. */
#define LISTJSON_MAX_VALUES 4000000

/** Does it begin as JSON that may hold a list? "[" alone may also begin a line of text. */
bool listjson_is_likely(struct span text);

/**
 * The reader's text as a tree: cJSON_Delete(). NULL, with the reader failed,
 * when it is not one JSON value within the limits.
 */
cJSON *listjson_parse(struct reader *reader);

/** The line that a value begins on; 0 for NULL. */
size_t listjson_line(const cJSON *value);

/** Member by exact key. NULL if there is none, or no object. */
const cJSON *listjson_member(const cJSON *object, const char *key);
/** Member that is a string with something in it; else NULL. */
const char *listjson_string(const cJSON *object, const char *key);

/** Does the object have this member, itself or in its "properties"? */
bool listjson_has(const cJSON *object, const char *key);

/** A path in a document as it is walked; what does not fit is left out at its end. */
struct listjson_path {
	char text[200];
	size_t size;
};

/** Add a name or, where that is NULL, "[i]" after a key. Save `size` before and set it back by listjson_path_cut(). */
void listjson_path_add(struct listjson_path *path, const char *name, size_t i);
void listjson_path_cut(struct listjson_path *path, size_t size);

/** The strings of a value, itself one or an array of them, each as reader_value(); anything else is a problem. */
void listjson_values(struct reader *reader, const struct origin *origin, const cJSON *value);

#endif
