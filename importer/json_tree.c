#include "json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "json_text.h"

#define CHUNK_VALUES 4096

struct json_chunk {
	struct json_chunk *next;
	size_t used;
	struct json_value values[CHUNK_VALUES];
};

void
json_tree_release(struct json_tree *tree)
{
	while (tree->chunks != NULL) {
		struct json_chunk *next = tree->chunks->next;

		free(tree->chunks);
		tree->chunks = next;
	}
	free(tree->text);
	*tree = (struct json_tree){ 0 };
}

struct json_value *
json_tree_add(struct json_tree *tree)
{
	struct json_value *value;

	if (tree->chunks == NULL || tree->chunks->used == CHUNK_VALUES) {
		struct json_chunk *chunk = malloc(sizeof(*chunk));

		if (chunk == NULL)
			return NULL;
		chunk->next = tree->chunks;
		chunk->used = 0;
		tree->chunks = chunk;
	}
	value = &tree->chunks->values[tree->chunks->used++];
	*value = (struct json_value){ 0 };
	return value;
}

/* Without its escapes a text is never longer, and its closing quote leaves room for the NUL. */
const char *
json_tree_keep_text(struct json_tree *tree, size_t offset, const char *text, size_t size)
{
	const char *end = text + size;
	char *kept = tree->text + offset;
	char *to = kept;

	while (text < end) {
		const char *backslash = memchr(text, '\\', (size_t)(end - text));
		const char *why;
		uint32_t code = 0;

		size = (size_t)((backslash != NULL ? backslash : end) - text);
		memcpy(to, text, size);
		to += size;
		text += size;
		if (backslash == NULL)
			break;
		(void)json_read_escape(&text, end, &code, &why);
		to = json_write_utf8(to, code);
	}
	*to = '\0';
	return kept;
}

const struct json_value *
json_member(const struct json_value *object, const char *key)
{
	const struct json_value *member = object->kind == JSON_OBJECT ? object->first : NULL;

	while (member != NULL && strcmp(member->key, key) != 0)
		member = member->next;
	return member;
}

const char *
json_kind_text(const struct json_value *value)
{
	switch (value->kind) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "an array";
	case JSON_STRING: return "a string";
	case JSON_NUMBER: return "a number";
	case JSON_TRUE:
	case JSON_FALSE: return "true or false";
	case JSON_NULL: break;
	}
	return "null";
}
