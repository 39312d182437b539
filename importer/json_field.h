/**
 * @file
 * Members of an object, each with the type that it has to have. Keys are
 * compared exactly. Failures say where: "tag "Storage": region has to be a
 * string, not null".
 */
#ifndef IMPORTER_JSON_FIELD_H
#define IMPORTER_JSON_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include <svctag/error.h>

#include "json_tree.h"

/** Longest text of a field, in bytes. */
#define JSON_FIELD_MAX_TEXT 255
/** Greatest number of a field: integers up to here are exact in a double. */
#define JSON_FIELD_MAX_INTEGER 9007199254740991

/** Where fields are read, and how forgiving to be. */
struct json_fields {
	char place[JSON_FIELD_MAX_TEXT + 32]; /**< `tag "X": ` or "", for messages */
	bool lenient; /**< absent and null fields are one, and integers may stand in strings (Discovery API) */
	svctag_detail *detail;
};

/** Set the detail to the place and the rest; returns err. */
svctag_error json_field_fail(const struct json_fields *fields, svctag_error err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * Refuse an object that has one of the known keys in another letter case.
 * @param known  ends with NULL
 */
SVCTAG_MUST_CHECK svctag_error json_field_check_keys(const struct json_fields *fields, const struct json_value *object,
						     const char *const *known);

/** The member, or SVCTAG_E_SYNTAX where there is none. */
SVCTAG_MUST_CHECK svctag_error json_field_get(const struct json_fields *fields, const struct json_value *object,
					      const char *key, const struct json_value **ret);

/** An array. */
SVCTAG_MUST_CHECK svctag_error json_field_array(const struct json_fields *fields, const struct json_value *object,
						const char *key, const struct json_value **ret);

/**
 * A string without control characters; lives as long as the object.
 * @param absent  what an absent one means where the fields are lenient
 */
SVCTAG_MUST_CHECK svctag_error json_field_text(const struct json_fields *fields, const struct json_value *object,
					       const char *key, const char *absent, const char **ret);

/** An integer, 0 to maximum. */
SVCTAG_MUST_CHECK svctag_error json_field_integer(const struct json_fields *fields, const struct json_value *object,
						  const char *key, int64_t maximum, int64_t *ret);

/** Is there such a member (other than null, where the fields are lenient)? */
bool json_field_is_present(const struct json_fields *fields, const struct json_value *object, const char *key);

/** Does the UTF-8 text hold a control character (C0, DEL or C1)? */
bool json_text_has_control(const char *text);

#endif
