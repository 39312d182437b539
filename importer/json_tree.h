/**
 * @file
 * A whole JSON document to look things up in: what json_check() lets pass,
 * kept as it is checked, in one pass. Far smaller than cJSON's tree, and freed
 * in a few calls: a release has 130,000 values.
 */
#ifndef IMPORTER_JSON_TREE_H
#define IMPORTER_JSON_TREE_H

#include <stddef.h>

#include <svctag/error.h>

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json_value {
	struct json_value *next; /**< in the same array or object */
	const char *key;         /**< of a member of an object, without escapes; else NULL */
	union {
		struct json_value *first; /**< of an array or object; NULL: it is empty */
		const char *text;         /**< of a string, without escapes */
		double number;
	};
	enum json_kind kind;
};

struct json_chunk;

/** The owner of the values; zero-initialised is empty. */
struct json_tree {
	struct json_value *root;
	struct json_chunk *chunks;
	char *text; /**< keys and strings, each where it stands in the document */
};

/**
 * @param[out] ret  json_tree_release() it
 * @return as json_check()
 */
SVCTAG_MUST_CHECK svctag_error json_tree_parse(const char *data, size_t size, struct json_tree *ret,
					       svctag_detail *detail);

/** Accepts an empty tree. */
void json_tree_release(struct json_tree *tree);

/** The member of an object by its exact key, or NULL. */
const struct json_value *json_member(const struct json_value *object, const char *key);

/** "a string", "null": what a value is, for messages. Static. */
const char *json_kind_text(const struct json_value *value);

/** For the reader: one more value, zeroed; NULL without memory. */
struct json_value *json_tree_add(struct json_tree *tree);
/** For the reader: keep the valid text between two quotes, which begins at this byte of the document. */
const char *json_tree_keep_text(struct json_tree *tree, size_t offset, const char *text, size_t size);

#endif
