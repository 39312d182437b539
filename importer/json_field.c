#include "json_field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

svctag_error
json_field_fail(const struct json_fields *fields, svctag_error err, const char *format, ...)
{
	char text[sizeof(fields->detail->text)];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	svctag_detail_set(fields->detail, "%s%s", fields->place, text);
	return err;
}

svctag_error
json_field_check_keys(const struct json_fields *fields, const struct json_value *object, const char *const *known)
{
	const struct json_value *member;

	for (member = object->first; member != NULL; member = member->next) {
		for (const char *const *key = known; *key != NULL; key++) {
			if (strcasecmp(member->key, *key) == 0 && strcmp(member->key, *key) != 0)
				return json_field_fail(fields, SVCTAG_E_SYNTAX, "key \"%s\": %s was probably meant",
						       member->key, *key);
		}
	}
	return SVCTAG_OK;
}

bool
json_field_is_present(const struct json_fields *fields, const struct json_value *object, const char *key)
{
	const struct json_value *member = json_member(object, key);

	return member != NULL && !(fields->lenient && member->kind == JSON_NULL);
}

svctag_error
json_field_get(const struct json_fields *fields, const struct json_value *object, const char *key,
	       const struct json_value **ret)
{
	const struct json_value *member = json_member(object, key);

	if (member == NULL) {
		(void)json_field_fail(fields, SVCTAG_E_SYNTAX, "%s is missing", key);
		return SVCTAG_E_SYNTAX;
	}
	*ret = member;
	return SVCTAG_OK;
}

static svctag_error
fail_type(const struct json_fields *fields, const char *key, const char *wanted, const struct json_value *member)
{
	return json_field_fail(fields, SVCTAG_E_SYNTAX, "%s has to be %s, not %s", key, wanted, json_kind_text(member));
}

svctag_error
json_field_array(const struct json_fields *fields, const struct json_value *object, const char *key,
		 const struct json_value **ret)
{
	const struct json_value *member;
	svctag_error err = json_field_get(fields, object, key, &member);

	if (err != SVCTAG_OK)
		return err;
	if (member->kind != JSON_ARRAY)
		return fail_type(fields, key, "an array", member);
	*ret = member;
	return SVCTAG_OK;
}

bool
json_text_has_control(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		/* U+0080 to U+009F, which some terminals obey, are C2 80 to C2 9F. */
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
			return true;
	}
	return false;
}

svctag_error
json_field_text(const struct json_fields *fields, const struct json_value *object, const char *key, const char *absent,
		const char **ret)
{
	const struct json_value *member;
	svctag_error err;

	if (fields->lenient && !json_field_is_present(fields, object, key)) {
		*ret = absent;
		return SVCTAG_OK;
	}
	err = json_field_get(fields, object, key, &member);
	if (err != SVCTAG_OK)
		return err;
	if (member->kind != JSON_STRING)
		return fail_type(fields, key, "a string", member);
	if (strlen(member->text) > JSON_FIELD_MAX_TEXT)
		return json_field_fail(fields, SVCTAG_E_LIMIT, "%s is longer than %d bytes", key, JSON_FIELD_MAX_TEXT);
	if (json_text_has_control(member->text))
		return json_field_fail(fields, SVCTAG_E_SYNTAX, "%s holds a control character", key);
	*ret = member->text;
	return SVCTAG_OK;
}

/* Digits and nothing else, as the Discovery API writes change numbers. */
static bool
parse_digits(const char *text, double *ret)
{
	size_t length = strspn(text, "0123456789");
	double number = 0;

	if (length == 0 || length > 16 || text[length] != '\0')
		return false;
	for (size_t i = 0; i < length; i++)
		number = number * 10 + (text[i] - '0');
	*ret = number;
	return true;
}

svctag_error
json_field_integer(const struct json_fields *fields, const struct json_value *object, const char *key, int64_t maximum,
		   int64_t *ret)
{
	const struct json_value *member;
	svctag_error err = json_field_get(fields, object, key, &member);
	double number;

	if (err != SVCTAG_OK)
		return err;
	if (member->kind == JSON_NUMBER)
		number = member->number;
	else if (!fields->lenient)
		return fail_type(fields, key, "an integer", member);
	else if (member->kind != JSON_STRING || !parse_digits(member->text, &number))
		return json_field_fail(fields, SVCTAG_E_SYNTAX, "%s has to be an integer or a string of digits", key);
	if (!(number >= 0 && number <= (double)maximum))
		return json_field_fail(fields, SVCTAG_E_RANGE, "%s has to be 0 to %lld", key, (long long)maximum);
	if (number != (double)(int64_t)number)
		return json_field_fail(fields, SVCTAG_E_SYNTAX, "%s has to be an integer", key);
	*ret = (int64_t)number;
	return SVCTAG_OK;
}
