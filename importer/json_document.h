/**
 * @file
 * JSON text to a cJSON tree, with json_check() in between.
 */
#ifndef IMPORTER_JSON_DOCUMENT_H
#define IMPORTER_JSON_DOCUMENT_H

#include <stddef.h>

#include <cjson/cJSON.h>
#include <svctag/error.h>

/**
 * @param[out] ret  the caller owns it: cJSON_Delete()
 * @return as json_check()
 */
SVCTAG_MUST_CHECK svctag_error json_document_parse(const char *data, size_t size, cJSON **ret, svctag_detail *detail);

/** "a string", "null": what a value is, for messages. Static. */
const char *json_type_text(const cJSON *value);

#endif
