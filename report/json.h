/*
 * Building cJSON trees without a check after every step: a failed allocation
 * is remembered in `struct json`, whatever follows is skipped, and
 * json_finish() says so and frees what there is. Adding with a NULL key
 * appends to an array. Keys have to be string literals: they are not copied.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <cjson/cJSON.h>

#include "report.h"

struct json {
	bool failed;
};

/** Roots. NULL after a failure, which every function below accepts. */
cJSON *json_object(struct json *json);
cJSON *json_array(struct json *json);

/** Make, add and return a child. */
cJSON *json_add_object(struct json *json, cJSON *parent, const char *key);
cJSON *json_add_array(struct json *json, cJSON *parent, const char *key);

/** Text that outlives the tree, valid UTF-8; NULL becomes null. */
void json_add_reference(struct json *json, cJSON *parent, const char *key, const char *text);
/** Text that is copied; NULL becomes null. */
void json_add_text(struct json *json, cJSON *parent, const char *key, const char *text);
/** Any bytes: what is not UTF-8 becomes U+FFFD, and so does NUL. */
void json_add_bytes(struct json *json, cJSON *parent, const char *key, const char *bytes, size_t size);
void json_add_integer(struct json *json, cJSON *parent, const char *key, int64_t number);
void json_add_fraction(struct json *json, cJSON *parent, const char *key, double number);
void json_add_bool(struct json *json, cJSON *parent, const char *key, bool truth);
void json_add_null(struct json *json, cJSON *parent, const char *key);
/** Lines of text as an array of strings; NULL and "" are empty. */
void json_add_lines(struct json *json, cJSON *parent, const char *key, const char *lines);
/** A document that is JSON already, as it stands. */
void json_add_document(struct json *json, cJSON *parent, const char *key, const char *document);

/** A count as a decimal string, and {"ipv4","ipv6"} of two. */
void json_add_count(struct json *json, cJSON *parent, const char *key, svctag_count count);
void json_add_counts(struct json *json, cJSON *parent, const char *key, const svctag_count counts[2]);

void json_add_prefix(struct json *json, cJSON *parent, const char *key, const svctag_prefix *prefix);
void json_add_prefixes(struct json *json, cJSON *parent, const char *key, const svctag_prefix *prefixes, size_t count);

/** A comma-separated feature list as an array; NULL becomes null. */
void json_add_features(struct json *json, cJSON *parent, const char *key, const char *features);

/** The `release` object: cloud, changeNumber, published, id, source. NULL becomes null. Returns it. */
cJSON *json_add_release(struct json *json, cJSON *parent, const char *key, const svctag_release_info *info);
/** The same fields in an object that is there. */
void json_release_fields(struct json *json, cJSON *object, const svctag_release_info *info);

/**
 * Print the tree unformatted, then `end`; the tree is freed, whatever the result.
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY (also of any step before), SVCTAG_E_IO
 */
SVCTAG_MUST_CHECK svctag_error json_finish(struct json *json, cJSON *root, FILE *out, const char *end);

#endif
