/*
 * The members of a JSON document that is read strictly: what is missing, not
 * of its type, unknown or there twice is said with line and path. The first
 * failure counts; after it everything reads as empty, so that the shape of a
 * document is read without an error path at every step.
 */
#ifndef ADVICE_FIELDS_H
#define ADVICE_FIELDS_H

#include <lists/json.h>

struct fields {
	struct list_memory *memory; /**< that texts are copied to */
	struct listjson_path path;  /**< where it is read now */
	size_t most_text;           /**< bytes of one text */
	svctag_detail *detail;
	svctag_error error;
};

static inline bool
fields_go_on(const struct fields *fields)
{
	return fields->error == SVCTAG_OK;
}

/** Fail at a value (NULL: at no line) that stands under the path. */
void fields_fail(struct fields *fields, svctag_error error, const cJSON *at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** The same at a member of an object, present or not. */
void fields_fail_member(struct fields *fields, const cJSON *object, const char *key, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** Zeroed memory for `count` elements; NULL after a failure. */
void *fields_allocate(struct fields *fields, size_t count, size_t size);

/** Has to be an object with these members only, each once. `known` ends with NULL. */
bool fields_object(struct fields *fields, const cJSON *object, const char *const *known);

enum fields_need {
	FIELDS_OPTIONAL,
	FIELDS_REQUIRED,
};

/** A text, one printable line, not empty; copied. NULL if it is not there, or after a failure. */
const char *fields_text(struct fields *fields, const cJSON *object, const char *key, enum fields_need need);
/** The same for an element of an array that the path leads to. */
const char *fields_text_value(struct fields *fields, const cJSON *value);

/** true or false; false if it is not there. */
bool fields_bool(struct fields *fields, const cJSON *object, const char *key);

/** The number of one of some words, which end with NULL; `otherwise` if it is not there. */
size_t fields_word(struct fields *fields, const cJSON *object, const char *key, const char *const *words,
		   size_t otherwise);

/** An array of least to most elements. NULL if it is not there (and may be), or after a failure. */
const cJSON *fields_array(struct fields *fields, const cJSON *object, const char *key, size_t least, size_t most,
			  size_t *ret_count);

/** Strings of an array; `*ret_count` 0 if it is not there. */
const char *const *fields_texts(struct fields *fields, const cJSON *object, const char *key, size_t most,
				size_t *ret_count);

#endif
