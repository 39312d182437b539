#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* U+FFFD, the replacement character. */
static const char replacement[] = "\xef\xbf\xbd";

/* Hand the item to the parent, or free it and remember the failure. */
static cJSON *
add(struct json *json, cJSON *parent, const char *key, cJSON *item)
{
	bool added = false;

	if (item != NULL && parent != NULL)
		added = key == NULL ? cJSON_AddItemToArray(parent, item) : cJSON_AddItemToObjectCS(parent, key, item);
	if (added)
		return item;
	cJSON_Delete(item);
	json->failed = true;
	return NULL;
}

cJSON *
json_object(struct json *json)
{
	cJSON *root = cJSON_CreateObject();

	json->failed = json->failed || root == NULL;
	return root;
}

cJSON *
json_array(struct json *json)
{
	cJSON *root = cJSON_CreateArray();

	json->failed = json->failed || root == NULL;
	return root;
}

cJSON *
json_add_object(struct json *json, cJSON *parent, const char *key)
{
	return add(json, parent, key, json->failed ? NULL : cJSON_CreateObject());
}

cJSON *
json_add_array(struct json *json, cJSON *parent, const char *key)
{
	return add(json, parent, key, json->failed ? NULL : cJSON_CreateArray());
}

void
json_add_reference(struct json *json, cJSON *parent, const char *key, const char *text)
{
	if (json->failed)
		return;
	add(json, parent, key, text == NULL ? cJSON_CreateNull() : cJSON_CreateStringReference(text));
}

void
json_add_text(struct json *json, cJSON *parent, const char *key, const char *text)
{
	if (json->failed)
		return;
	add(json, parent, key, text == NULL ? cJSON_CreateNull() : cJSON_CreateString(text));
}

void
json_add_bytes(struct json *json, cJSON *parent, const char *key, const char *bytes, size_t size)
{
	char *text = NULL;
	size_t used = 0;

	if (json->failed)
		return;
	if (size <= (SIZE_MAX - 1) / (sizeof(replacement) - 1))
		text = malloc(size * (sizeof(replacement) - 1) + 1);
	if (text == NULL) {
		json->failed = true;
		return;
	}
	for (size_t i = 0; i < size;) {
		size_t length = bytes[i] == '\0' ? 0 : utf8_sequence(bytes + i, size - i);
		const char *from = length == 0 ? replacement : bytes + i;
		size_t wide = length == 0 ? sizeof(replacement) - 1 : length;

		memcpy(text + used, from, wide);
		used += wide;
		i += length == 0 ? 1 : length;
	}
	text[used] = '\0';
	json_add_text(json, parent, key, text);
	free(text);
}

void
json_add_integer(struct json *json, cJSON *parent, const char *key, int64_t number)
{
	if (!json->failed)
		add(json, parent, key, cJSON_CreateNumber((double)number));
}

void
json_add_fraction(struct json *json, cJSON *parent, const char *key, double number)
{
	if (!json->failed)
		add(json, parent, key, cJSON_CreateNumber(number));
}

void
json_add_bool(struct json *json, cJSON *parent, const char *key, bool truth)
{
	if (!json->failed)
		add(json, parent, key, cJSON_CreateBool(truth));
}

void
json_add_null(struct json *json, cJSON *parent, const char *key)
{
	if (!json->failed)
		add(json, parent, key, cJSON_CreateNull());
}

/* The pieces of a text between separators; an empty text has none. */
static void
add_pieces(struct json *json, cJSON *array, const char *text, char separator)
{
	while (*text != '\0' && !json->failed) {
		const char *end = strchrnul(text, separator);

		json_add_bytes(json, array, NULL, text, (size_t)(end - text));
		text = *end == '\0' ? end : end + 1;
	}
}

void
json_add_lines(struct json *json, cJSON *parent, const char *key, const char *lines)
{
	add_pieces(json, json_add_array(json, parent, key), lines == NULL ? "" : lines, '\n');
}

void
json_add_document(struct json *json, cJSON *parent, const char *key, const char *document)
{
	if (!json->failed)
		add(json, parent, key, cJSON_CreateRaw(document));
}

void
json_add_features(struct json *json, cJSON *parent, const char *key, const char *features)
{
	if (features == NULL)
		json_add_null(json, parent, key);
	else
		add_pieces(json, json_add_array(json, parent, key), features, ',');
}

void
json_add_count(struct json *json, cJSON *parent, const char *key, svctag_count count)
{
	char text[SVCTAG_COUNT_TEXT_SIZE];

	svctag_count_format(count, text);
	json_add_text(json, parent, key, text);
}

void
json_add_counts(struct json *json, cJSON *parent, const char *key, const svctag_count counts[2])
{
	cJSON *object = json_add_object(json, parent, key);

	json_add_count(json, object, "ipv4", counts[0]);
	json_add_count(json, object, "ipv6", counts[1]);
}

void
json_add_prefix(struct json *json, cJSON *parent, const char *key, const svctag_prefix *prefix)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	svctag_prefix_format(prefix, text);
	json_add_text(json, parent, key, text);
}

void
json_add_prefixes(struct json *json, cJSON *parent, const char *key, const svctag_prefix *prefixes, size_t count)
{
	cJSON *array = json_add_array(json, parent, key);

	for (size_t i = 0; i < count && !json->failed; i++)
		json_add_prefix(json, array, NULL, &prefixes[i]);
}

void
json_release_fields(struct json *json, cJSON *object, const svctag_release_info *info)
{
	char digest[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_digest_format(info->digest, digest);
	json_add_reference(json, object, "cloud", info->cloud);
	json_add_integer(json, object, "changeNumber", info->change_number);
	json_add_reference(json, object, "published", info->published);
	json_add_text(json, object, "id", digest);
	json_add_reference(json, object, "source", info->source);
}

cJSON *
json_add_release(struct json *json, cJSON *parent, const char *key, const svctag_release_info *info)
{
	cJSON *object;

	if (info == NULL) {
		json_add_null(json, parent, key);
		return NULL;
	}
	object = json_add_object(json, parent, key);
	json_release_fields(json, object, info);
	return object;
}

svctag_error
json_finish(struct json *json, cJSON *root, FILE *out, const char *end)
{
	/* Most answers fit at once; longer ones grow the buffer. */
	char *text = json->failed ? NULL : cJSON_PrintBuffered(root, 1024, false);
	svctag_error err = SVCTAG_OK;

	if (text == NULL)
		err = SVCTAG_E_NO_MEMORY;
	else if (fputs(text, out) == EOF || fputs(end, out) == EOF)
		err = SVCTAG_E_IO;
	cJSON_free(text);
	cJSON_Delete(root);
	return err;
}
