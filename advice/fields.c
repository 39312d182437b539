#include "fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "near.h"

/* Most members of an object that one is compared with. */
#define MOST_KNOWN 32

static void fail_at(struct fields *fields, svctag_error error, const cJSON *at, const char *key, const char *format,
		    va_list arguments) __attribute__((format(printf, 5, 0)));

static void
fail_at(struct fields *fields, svctag_error error, const cJSON *at, const char *key, const char *format,
	va_list arguments)
{
	bool is_bare = fields->path.size == 0 && key == NULL;
	char line[32] = "";
	svctag_detail what;

	if (!fields_go_on(fields))
		return;
	fields->error = error;
	(void)vsnprintf(what.text, sizeof(what.text), format, arguments);
	if (at != NULL)
		(void)snprintf(line, sizeof(line), "line %zu%s", listjson_line(at), is_bare ? ": " : ", ");
	svctag_detail_set(fields->detail, "%s%.120s%s%.60s%s%s", line, fields->path.text,
			  fields->path.size > 0 && key != NULL ? "/" : "", key != NULL ? key : "", is_bare ? "" : ": ",
			  what.text);
}

void
fields_fail(struct fields *fields, svctag_error error, const cJSON *at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fail_at(fields, error, at, NULL, format, arguments);
	va_end(arguments);
}

void
fields_fail_member(struct fields *fields, const cJSON *object, const char *key, const char *format, ...)
{
	const cJSON *member = listjson_member(object, key);
	va_list arguments;

	va_start(arguments, format);
	fail_at(fields, SVCTAG_E_SYNTAX, member != NULL ? member : object, key, format, arguments);
	va_end(arguments);
}

void *
fields_allocate(struct fields *fields, size_t count, size_t size)
{
	void *memory = NULL;

	if (!fields_go_on(fields))
		return NULL;
	memory = list_memory_allocate(fields->memory, (count + (count == 0)) * size);
	if (memory == NULL)
		fields_fail(fields, SVCTAG_E_NO_MEMORY, NULL, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	else
		memset(memory, 0, (count + (count == 0)) * size);
	return memory;
}

static bool
is_known(const char *key, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (strcmp(*known, key) == 0)
			return true;
	}
	return false;
}

static void
fail_unknown(struct fields *fields, const cJSON *member, const char *const *known)
{
	size_t count = 0;
	const char *near;

	while (known[count] != NULL && count < MOST_KNOWN)
		count++;
	near = near_find(member->string, known, count);
	if (near != NULL)
		fields_fail(fields, SVCTAG_E_SYNTAX, member, "unknown member '%.60s'; did you mean '%s'?",
			    member->string, near);
	else
		fields_fail(fields, SVCTAG_E_SYNTAX, member, "unknown member '%.60s'", member->string);
}

static bool
is_repeated(const cJSON *object, const cJSON *member)
{
	const cJSON *before;

	for (before = object->child; before != member; before = before->next) {
		if (strcmp(before->string, member->string) == 0)
			return true;
	}
	return false;
}

bool
fields_object(struct fields *fields, const cJSON *object, const char *const *known)
{
	const cJSON *member;

	if (!fields_go_on(fields))
		return false;
	if (!cJSON_IsObject(object)) {
		fields_fail(fields, SVCTAG_E_SYNTAX, object, "has to be an object: { … }");
		return false;
	}
	cJSON_ArrayForEach(member, object)
	{
		if (!is_known(member->string, known))
			fail_unknown(fields, member, known);
		else if (is_repeated(object, member))
			fields_fail(fields, SVCTAG_E_SYNTAX, member, "the member '%s' is there twice", member->string);
		if (!fields_go_on(fields))
			return false;
	}
	return true;
}

/* Of a member that has to be there. */
static const cJSON *
find(struct fields *fields, const cJSON *object, const char *key, enum fields_need need)
{
	const cJSON *member = fields_go_on(fields) ? listjson_member(object, key) : NULL;

	if (member == NULL && need == FIELDS_REQUIRED)
		fields_fail(fields, SVCTAG_E_SYNTAX, object, "the member '%s' is missing", key);
	return member;
}

const char *
fields_text_value(struct fields *fields, const cJSON *value)
{
	const char *text = cJSON_GetStringValue(value);
	svctag_detail printable;
	const char *copy;

	_Static_assert(sizeof(printable.text) > 500, "holds any text that may be");
	if (!fields_go_on(fields))
		return NULL;
	if (text == NULL || *text == '\0') {
		fields_fail(fields, SVCTAG_E_SYNTAX, value, "has to be a text with something in it");
		return NULL;
	}
	if (strlen(text) > fields->most_text) {
		fields_fail(fields, SVCTAG_E_LIMIT, value, "a text of %zu bytes; at most %zu can be", strlen(text),
			    fields->most_text);
		return NULL;
	}
	svctag_detail_set(&printable, "%s", text); /* it replaces what is not */
	if (strcmp(printable.text, text) != 0) {
		fields_fail(fields, SVCTAG_E_SYNTAX, value, "a text with control characters, or not in UTF-8");
		return NULL;
	}
	copy = list_memory_copy(fields->memory, text, strlen(text));
	if (copy == NULL)
		fields_fail(fields, SVCTAG_E_NO_MEMORY, NULL, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return copy;
}

const char *
fields_text(struct fields *fields, const cJSON *object, const char *key, enum fields_need need)
{
	const cJSON *member = find(fields, object, key, need);
	size_t here = fields->path.size;
	const char *text;

	if (member == NULL)
		return NULL;
	listjson_path_add(&fields->path, key, 0);
	text = fields_text_value(fields, member);
	listjson_path_cut(&fields->path, here);
	return text;
}

bool
fields_bool(struct fields *fields, const cJSON *object, const char *key)
{
	const cJSON *member = find(fields, object, key, FIELDS_OPTIONAL);

	if (member != NULL && !cJSON_IsBool(member))
		fields_fail_member(fields, object, key, "has to be true or false");
	return cJSON_IsTrue(member);
}

size_t
fields_word(struct fields *fields, const cJSON *object, const char *key, const char *const *words, size_t otherwise)
{
	const char *text = fields_text(fields, object, key, FIELDS_OPTIONAL);
	char all[128] = "";
	size_t used = 0;

	if (text == NULL)
		return otherwise;
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
		if (used < sizeof(all))
			used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	fields_fail_member(fields, object, key, "'%.60s' is none of: %s", text, all);
	return otherwise;
}

const cJSON *
fields_array(struct fields *fields, const cJSON *object, const char *key, size_t least, size_t most, size_t *ret_count)
{
	const cJSON *array = find(fields, object, key, least > 0 ? FIELDS_REQUIRED : FIELDS_OPTIONAL);
	size_t count;

	*ret_count = 0;
	if (array == NULL)
		return NULL;
	if (!cJSON_IsArray(array)) {
		fields_fail_member(fields, object, key, "has to be an array: [ … ]");
		return NULL;
	}
	count = (size_t)cJSON_GetArraySize(array);
	if (count < least || count > most) {
		fields_fail_member(fields, object, key, "%zu elements, where %zu to %zu can be", count, least, most);
		return NULL;
	}
	*ret_count = count;
	return array;
}

const char *const *
fields_texts(struct fields *fields, const cJSON *object, const char *key, size_t most, size_t *ret_count)
{
	size_t count;
	const cJSON *array = fields_array(fields, object, key, 0, most, &count);
	const char **texts = fields_allocate(fields, count, sizeof(*texts));
	size_t here = fields->path.size;
	const cJSON *element;
	size_t i = 0;

	*ret_count = 0;
	if (array == NULL || texts == NULL)
		return texts;
	listjson_path_add(&fields->path, key, 0);
	cJSON_ArrayForEach(element, array)
	{
		size_t there = fields->path.size;

		listjson_path_add(&fields->path, NULL, i);
		texts[i++] = fields_text_value(fields, element);
		listjson_path_cut(&fields->path, there);
	}
	listjson_path_cut(&fields->path, here);
	*ret_count = fields_go_on(fields) ? count : 0;
	return texts;
}
