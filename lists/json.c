#include "json.h"

#include <errno.h>
#include <stdio.h>

/* The text of a document, walked through a second time. */
struct cursor {
	const char *at;
	const char *end;
	size_t line;
};

bool
listjson_is_likely(struct span text)
{
	size_t i = 0;

	while (i < text.size && is_blank(text.text[i]))
		i++;
	if (i == text.size || (text.text[i] != '{' && text.text[i] != '['))
		return false;
	if (text.text[i] == '{')
		return true;
	for (i++; i < text.size && is_blank(text.text[i]); i++)
		;
	return i < text.size && (text.text[i] == '{' || text.text[i] == '"' || text.text[i] == ']');
}

/* To the closing quote; the opening one is at hand. False at \u0000, which would end the string for cJSON. */
static bool
skip_string(struct cursor *cursor)
{
	for (cursor->at++; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++) {
		cursor->line += *cursor->at == '\n';
		if (*cursor->at != '\\' || cursor->at + 1 == cursor->end)
			continue;
		cursor->at++;
		if (*cursor->at == 'u' && cursor->end - cursor->at > 4 && memcmp(cursor->at, "u0000", 5) == 0)
			return false;
	}
	return true;
}

/* What cJSON would take without limit, or otherwise than written. Each value but the first follows one of ",:[{". */
static bool
check_limits(struct reader *reader)
{
	struct cursor cursor = { .at = reader->data, .end = reader->data + reader->size, .line = 1 };
	size_t values = 0, depth = 0;

	for (; cursor.at < cursor.end; cursor.at++) {
		char c = *cursor.at;

		cursor.line += c == '\n';
		if (c == '"' && !skip_string(&cursor)) {
			reader_fail(reader, SVCTAG_E_SYNTAX, "line %zu: a NUL (\\u0000) in a string", cursor.line);
			return false;
		}
		values += c == ',' || c == ':' || c == '[' || c == '{';
		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && depth > 0)
			depth--;
		if (values <= LISTJSON_MAX_VALUES && depth <= LISTJSON_MAX_DEPTH)
			continue;
		reader_fail(reader, SVCTAG_E_LIMIT, "line %zu: more than %d %s", cursor.line,
			    depth > LISTJSON_MAX_DEPTH ? LISTJSON_MAX_DEPTH : LISTJSON_MAX_VALUES,
			    depth > LISTJSON_MAX_DEPTH ? "levels" : "values");
		return false;
	}
	return true;
}

static bool
is_between_values(char c)
{
	return is_blank(c) || c == ',' || c == ':' || c == ']' || c == '}';
}

/* The line of the next key or value, which is passed over; of an object or array only its bracket. The document is
 * known to be one. */
static size_t
next_value(struct cursor *cursor)
{
	size_t line;

	for (; cursor->at < cursor->end && is_between_values(*cursor->at); cursor->at++)
		cursor->line += *cursor->at == '\n';
	line = cursor->line;
	if (cursor->at == cursor->end)
		return line;
	if (*cursor->at == '"') {
		(void)skip_string(cursor);
		cursor->at += cursor->at < cursor->end;
	} else if (*cursor->at == '{' || *cursor->at == '[') {
		cursor->at++;
	} else {
		while (cursor->at < cursor->end && !is_between_values(*cursor->at))
			cursor->at++;
	}
	return line;
}

/* Recursion as deep as the document, which is at most LISTJSON_MAX_DEPTH. */
static void
set_lines(cJSON *value, struct cursor *cursor)
{
	cJSON *child;

	if (value->string != NULL)
		(void)next_value(cursor);
	value->valueint = (int)next_value(cursor); /* a document has no more lines than an int holds */
	cJSON_ArrayForEach(child, value) set_lines(child, cursor);
}

static size_t
line_at(const struct reader *reader, const char *at)
{
	size_t line = 1;

	for (const char *p = reader->data; p < at; p++)
		line += *p == '\n';
	return line;
}

cJSON *
listjson_parse(struct reader *reader)
{
	struct cursor cursor = { .at = reader->data, .end = reader->data + reader->size, .line = 1 };
	const char *end = reader->data;
	cJSON *root;

	if (!check_limits(reader))
		return NULL;
	errno = 0;
	root = cJSON_ParseWithLengthOpts(reader->data, reader->size, &end, 0);
	if (root == NULL && errno == ENOMEM) { /* malloc() says what cJSON does not */
		reader_fail(reader, SVCTAG_E_NO_MEMORY, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return NULL;
	}
	if (root == NULL) {
		reader_fail(reader, SVCTAG_E_SYNTAX, "line %zu: not JSON from here on, or cut short",
			    line_at(reader, end));
		return NULL;
	}
	if (span_trim(span_between(end, cursor.end)).size > 0) {
		reader_fail(reader, SVCTAG_E_SYNTAX, "line %zu: more text after the JSON document",
			    line_at(reader, end));
		cJSON_Delete(root);
		return NULL;
	}
	set_lines(root, &cursor);
	return root;
}

size_t
listjson_line(const cJSON *value)
{
	return value != NULL ? (size_t)value->valueint : 0;
}

const cJSON *
listjson_member(const cJSON *object, const char *key)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

const char *
listjson_string(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(listjson_member(object, key));

	return text != NULL && text[0] != '\0' ? text : NULL;
}

bool
listjson_has(const cJSON *object, const char *key)
{
	return listjson_member(object, key) != NULL ||
	       listjson_member(listjson_member(object, "properties"), key) != NULL;
}

void
listjson_path_add(struct listjson_path *path, const char *name, size_t i)
{
	int length;

	if (name != NULL)
		length = snprintf(path->text + path->size, sizeof(path->text) - path->size, "%s%s",
				  path->size > 0 ? "/" : "", name);
	else
		length = snprintf(path->text + path->size, sizeof(path->text) - path->size, "[%zu]", i);
	if (length > 0)
		path->size += (size_t)length;
	if (path->size >= sizeof(path->text))
		path->size = sizeof(path->text) - 1;
}

void
listjson_path_cut(struct listjson_path *path, size_t size)
{
	path->size = size;
	path->text[size] = '\0';
}

static void
one_value(struct reader *reader, const struct origin *origin, const cJSON *value)
{
	const char *text = cJSON_GetStringValue(value);
	struct origin here = *origin;

	if (value == NULL) /* a member that is not there */
		return;
	here.line = listjson_line(value);
	if (cJSON_IsNull(value) || (text != NULL && text[0] == '\0'))
		return;
	if (text != NULL)
		reader_value(reader, &here, span_trim(span_of(text)));
	else
		reader_problem(reader, &here, span_of(value->string != NULL ? value->string : ""),
			       "not a string where an address should be");
}

void
listjson_values(struct reader *reader, const struct origin *origin, const cJSON *value)
{
	const cJSON *element;
	struct origin here = *origin;

	if (!cJSON_IsArray(value)) {
		one_value(reader, origin, value);
		return;
	}
	here.line = listjson_line(value);
	here.in_array = true;
	cJSON_ArrayForEach(element, value)
	{
		if (!reader_goes_on(reader))
			break;
		one_value(reader, &here, element);
	}
}
