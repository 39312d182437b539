/* The state as a file: docs/nightly.md describes it. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

/* ---- writing: a failed allocation shows as a false result, and the root frees all there is ---- */

static bool
add_digest(cJSON *object, const char *key, const uint8_t digest[SVCTAG_DIGEST_SIZE])
{
	char text[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_digest_format(digest, text);
	return cJSON_AddStringToObject(object, key, text) != NULL;
}

static bool
add_release(cJSON *parent, const char *key, const svctag_release_info *info)
{
	cJSON *object = cJSON_CreateObject();

	if (object == NULL ||
	    !(key == NULL ? cJSON_AddItemToArray(parent, object) : cJSON_AddItemToObject(parent, key, object))) {
		cJSON_Delete(object);
		return false;
	}
	return cJSON_AddStringToObject(object, "cloud", info->cloud) != NULL &&
	       cJSON_AddNumberToObject(object, "changeNumber", (double)info->change_number) != NULL &&
	       cJSON_AddStringToObject(object, "published", info->published) != NULL &&
	       add_digest(object, "id", info->digest) &&
	       cJSON_AddStringToObject(object, "source", info->source) != NULL;
}

/* What only news of a list have. */
static bool
add_list_news(cJSON *object, const struct state_entry *entry)
{
	return cJSON_AddStringToObject(object, "list", entry->list) != NULL &&
	       cJSON_AddStringToObject(object, "title", entry->title) != NULL && add_digest(object, "key", entry->key);
}

static bool
add_entry(cJSON *array, const struct state_entry *entry)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *owed;

	if (object == NULL || !cJSON_AddItemToArray(array, object)) {
		cJSON_Delete(object);
		return false;
	}
	if (!add_release(object, "from", &entry->from) || !add_release(object, "to", &entry->to) ||
	    cJSON_AddStringToObject(object, "announced", entry->announced) == NULL ||
	    cJSON_AddStringToObject(object, "summary", entry->summary) == NULL ||
	    cJSON_AddStringToObject(object, "files", entry->files) == NULL ||
	    (entry->list != NULL && !add_list_news(object, entry)))
		return false;
	owed = cJSON_AddArrayToObject(object, "owed");
	for (size_t i = 0; owed != NULL && i < entry->owed_count; i++) {
		cJSON *key = cJSON_CreateString(entry->owed[i]);

		if (key == NULL || !cJSON_AddItemToArray(owed, key)) {
			cJSON_Delete(key);
			return false;
		}
	}
	return owed != NULL;
}

static bool
add_list(cJSON *array, const struct state_list *list)
{
	cJSON *object = cJSON_CreateObject();

	if (object == NULL || !cJSON_AddItemToArray(array, object)) {
		cJSON_Delete(object);
		return false;
	}
	return cJSON_AddStringToObject(object, "path", list->path) != NULL &&
	       add_digest(object, "entries", list->entries) && add_release(object, "last", &list->last);
}

static bool
add_state(cJSON *root, const struct state *state)
{
	cJSON *array;

	if (cJSON_AddNumberToObject(root, "format", STATE_FORMAT) == NULL ||
	    !add_digest(root, "feed", state->feed_id) || cJSON_AddStringToObject(root, "begun", state->begun) == NULL ||
	    cJSON_AddBoolToObject(root, "arriving", state->arriving) == NULL)
		return false;
	array = cJSON_AddArrayToObject(root, "last");
	for (size_t i = 0; array != NULL && i < state->last_count; i++) {
		if (!add_release(array, NULL, &state->last[i]))
			return false;
	}
	array = array == NULL ? NULL : cJSON_AddArrayToObject(root, "diffs");
	for (size_t i = 0; array != NULL && i < state->entry_count; i++) {
		if (!add_entry(array, &state->entries[i]))
			return false;
	}
	array = array == NULL ? NULL : cJSON_AddArrayToObject(root, "lists");
	for (size_t i = 0; array != NULL && i < state->list_count; i++) {
		if (!add_list(array, &state->lists[i]))
			return false;
	}
	return array != NULL;
}

svctag_error
state_encode(const struct state *state, char **ret)
{
	cJSON *root = cJSON_CreateObject();
	char *text = NULL;

	if (root != NULL && add_state(root, state))
		text = cJSON_Print(root);
	cJSON_Delete(root);
	if (text == NULL)
		return SVCTAG_E_NO_MEMORY;
	*ret = text;
	return SVCTAG_OK;
}

/* ---- reading: whatever is not as it was written is damage ---- */

/* A string member that fits; false for anything else. */
static bool
get_text(const cJSON *object, const char *key, char *ret, size_t size)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
	size_t length = text == NULL ? size : strlen(text);

	if (length >= size)
		return false;
	memcpy(ret, text, length + 1);
	return true;
}

static bool
get_digest(const cJSON *object, const char *key, uint8_t ret[SVCTAG_DIGEST_SIZE])
{
	char text[SVCTAG_DIGEST_TEXT_SIZE];

	if (!get_text(object, key, text, sizeof(text)) || strlen(text) != sizeof(text) - 1)
		return false;
	for (size_t i = 0; i < SVCTAG_DIGEST_SIZE; i++) {
		int high = svctag_hex_digit(text[2 * i]);
		int low = svctag_hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool
get_release(const cJSON *object, svctag_release_info *ret)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, "changeNumber");

	*ret = (svctag_release_info){ .warnings = "" };
	if (!cJSON_IsNumber(number) ||
	    !(number->valuedouble > -9.007199254740992e15 && number->valuedouble < 9.007199254740992e15))
		return false;
	ret->change_number = (int64_t)number->valuedouble;
	return get_text(object, "cloud", ret->cloud, sizeof(ret->cloud)) &&
	       get_text(object, "published", ret->published, sizeof(ret->published)) &&
	       svctag_day_is_valid(ret->published) && get_digest(object, "id", ret->digest) &&
	       get_text(object, "source", ret->source, sizeof(ret->source));
}

static svctag_error
copy_text(const cJSON *object, const char *key, char **ret)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	if (text == NULL)
		return SVCTAG_E_CORRUPT;
	*ret = strdup(text);
	return *ret == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
}

static svctag_error
get_list_news(const cJSON *object, struct state_entry *entry)
{
	svctag_error err = get_digest(object, "key", entry->key) ? SVCTAG_OK : SVCTAG_E_CORRUPT;

	if (err == SVCTAG_OK)
		err = copy_text(object, "list", &entry->list);
	return err != SVCTAG_OK ? err : copy_text(object, "title", &entry->title);
}

static svctag_error
get_list(struct state *state, const cJSON *object)
{
	const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "path"));
	struct state_list *list = path == NULL ? NULL : state_add_list(state, path);

	if (list == NULL)
		return path == NULL ? SVCTAG_E_CORRUPT : SVCTAG_E_NO_MEMORY;
	return get_digest(object, "entries", list->entries) &&
			       get_release(cJSON_GetObjectItemCaseSensitive(object, "last"), &list->last)
		       ? SVCTAG_OK
		       : SVCTAG_E_CORRUPT;
}

static svctag_error
get_entry(struct state *state, const cJSON *object)
{
	const cJSON *owed = cJSON_GetObjectItemCaseSensitive(object, "owed");
	struct state_entry *entry = state_add_entry(state);
	const cJSON *key;
	svctag_error err;

	if (entry == NULL)
		return SVCTAG_E_NO_MEMORY;
	if (!get_release(cJSON_GetObjectItemCaseSensitive(object, "from"), &entry->from) ||
	    !get_release(cJSON_GetObjectItemCaseSensitive(object, "to"), &entry->to) ||
	    !get_text(object, "announced", entry->announced, sizeof(entry->announced)) || !cJSON_IsArray(owed))
		return SVCTAG_E_CORRUPT;
	err = copy_text(object, "summary", &entry->summary);
	if (err == SVCTAG_OK)
		err = copy_text(object, "files", &entry->files);
	if (err == SVCTAG_OK && cJSON_HasObjectItem(object, "list"))
		err = get_list_news(object, entry);
	cJSON_ArrayForEach(key, owed)
	{
		if (err == SVCTAG_OK)
			err = cJSON_IsString(key) ? state_owe(entry, key->valuestring) : SVCTAG_E_CORRUPT;
	}
	return err;
}

static svctag_error
get_state(struct state *state, const cJSON *root)
{
	const cJSON *format = cJSON_GetObjectItemCaseSensitive(root, "format");
	const cJSON *arriving = cJSON_GetObjectItemCaseSensitive(root, "arriving");
	const cJSON *last = cJSON_GetObjectItemCaseSensitive(root, "last");
	const cJSON *diffs = cJSON_GetObjectItemCaseSensitive(root, "diffs");
	const cJSON *lists = cJSON_GetObjectItemCaseSensitive(root, "lists");
	svctag_error err = SVCTAG_OK;
	const cJSON *item;

	if (cJSON_IsNumber(format) && format->valuedouble > STATE_FORMAT)
		return SVCTAG_E_FOREIGN;
	/* Format 1 knew no lists. */
	if (!cJSON_IsNumber(format) || (format->valuedouble > 1 && !cJSON_IsArray(lists)) || !cJSON_IsBool(arriving) ||
	    !cJSON_IsArray(last) || !cJSON_IsArray(diffs) || !get_digest(root, "feed", state->feed_id) ||
	    !get_text(root, "begun", state->begun, sizeof(state->begun)))
		return SVCTAG_E_CORRUPT;
	state->arriving = cJSON_IsTrue(arriving);
	cJSON_ArrayForEach(item, last)
	{
		svctag_release_info info;

		if (err == SVCTAG_OK)
			err = get_release(item, &info) ? state_set_last(state, &info) : SVCTAG_E_CORRUPT;
	}
	cJSON_ArrayForEach(item, diffs)
	{
		if (err == SVCTAG_OK)
			err = get_entry(state, item);
	}
	cJSON_ArrayForEach(item, lists)
	{
		if (err == SVCTAG_OK)
			err = get_list(state, item);
	}
	return err;
}

svctag_error
state_decode(struct state *state, const char *text, size_t size)
{
	const char *end = NULL;
	/* One NUL follows the text: with it the parser demands the end of input there. */
	cJSON *root = cJSON_ParseWithLengthOpts(text, size + 1, &end, true);
	svctag_error err = root == NULL ? SVCTAG_E_CORRUPT : get_state(state, root);

	if (err == SVCTAG_OK && end != text + size)
		err = SVCTAG_E_CORRUPT; /* a NUL within */
	cJSON_Delete(root);
	return err;
}
