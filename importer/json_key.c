#include "json_key.h"

#include <stdlib.h>
#include <string.h>

#include "json_text.h"

/* Up to this many keys are compared each with each; real objects have 3 or 7. More are sorted, so that an object of
 * millions of keys costs n log n. */
#define FEW_KEYS 16

void
json_keys_release(struct json_keys *keys)
{
	free(keys->keys);
	*keys = (struct json_keys){ 0 };
}

svctag_error
json_keys_push(struct json_keys *keys, struct json_key key)
{
	if (keys->count == keys->capacity) {
		size_t capacity = keys->capacity == 0 ? 64 : keys->capacity * 2;
		struct json_key *grown = reallocarray(keys->keys, capacity, sizeof(*grown));

		if (grown == NULL)
			return SVCTAG_E_NO_MEMORY;
		keys->keys = grown;
		keys->capacity = capacity;
	}
	keys->keys[keys->count++] = key;
	return SVCTAG_OK;
}

/* The next character of a valid key, or -1 at its end. */
static int64_t
next_character(const char **at, const char *end)
{
	const char *why;
	uint32_t code = 0;

	if (*at == end)
		return -1;
	if (**at == '\\')
		(void)json_read_escape(at, end, &code, &why);
	else
		(void)json_read_utf8(at, end, &code);
	return code;
}

static int
compare_escaped(const struct json_key *a, const struct json_key *b)
{
	const char *at_a = a->text;
	const char *at_b = b->text;

	for (;;) {
		int64_t x = next_character(&at_a, a->text + a->size);
		int64_t y = next_character(&at_b, b->text + b->size);

		if (x != y)
			return x < y ? -1 : 1;
		if (x < 0)
			return 0;
	}
}

/* By characters; in UTF-8 that is the order of the bytes, so both ways of comparing agree. */
static int
compare_keys(const struct json_key *a, const struct json_key *b)
{
	size_t shorter = a->size < b->size ? a->size : b->size;
	int order;

	if (a->escaped || b->escaped)
		return compare_escaped(a, b);
	order = memcmp(a->text, b->text, shorter);
	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

/* Equal keys in the order of the document, so that the later one is reported. */
static int
sort_order(const void *a, const void *b)
{
	const struct json_key *x = a;
	const struct json_key *y = b;
	int order = compare_keys(x, y);

	return order != 0 ? order : (x->text > y->text) - (x->text < y->text);
}

static const struct json_key *
find_among_few(const struct json_key *keys, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (compare_keys(&keys[i], &keys[j]) == 0)
				return &keys[i];
		}
	}
	return NULL;
}

static const struct json_key *
find_among_many(struct json_key *keys, size_t count)
{
	qsort(keys, count, sizeof(*keys), sort_order);
	for (size_t i = 1; i < count; i++) {
		if (compare_keys(&keys[i - 1], &keys[i]) == 0)
			return &keys[i];
	}
	return NULL;
}

const struct json_key *
json_keys_pop(struct json_keys *keys, size_t first)
{
	size_t count = keys->count - first;

	keys->count = first;
	if (count < 2)
		return NULL;
	return count <= FEW_KEYS ? find_among_few(&keys->keys[first], count)
				 : find_among_many(&keys->keys[first], count);
}
