/**
 * @file
 * The keys of the objects that are open while a document is checked, kept to
 * find one that appears twice in the same object. Keys point into the
 * document and are compared as what they mean: "a" and "\u0061" are one key.
 */
#ifndef IMPORTER_JSON_KEY_H
#define IMPORTER_JSON_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include <svctag/error.h>

/** A key between its quotes, already known to be valid. */
struct json_key {
	const char *text;
	size_t size;
	bool escaped; /**< holds a backslash */
};

/** A stack of keys; zero-initialised is empty. */
struct json_keys {
	struct json_key *keys;
	size_t count;
	size_t capacity;
};

/** Accepts an empty stack. */
void json_keys_release(struct json_keys *keys);

/** @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error json_keys_push(struct json_keys *keys, struct json_key key);

/**
 * Take the keys from `first` on off the stack.
 * @return the later of two equal ones, or NULL; valid until the next push
 */
const struct json_key *json_keys_pop(struct json_keys *keys, size_t first);

#endif
