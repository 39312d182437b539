/**
 * @file
 * JSON text to a cJSON tree, with json_check() in between: for documents that
 * are taken apart and put together again. Whole releases go by json_tree.h.
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

#endif
