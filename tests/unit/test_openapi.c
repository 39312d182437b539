/*
 * The table of routes against schema/openapi.json, both ways: paths, methods,
 * parameters, media types of bodies. The answers are held against it by
 * tests/openapi.
 */
#include "testing.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "daemon/openapi.h"
#include "daemon/router.h"

static cJSON *
parse_document(void)
{
	assert_int_equal(openapi_documents_count, 1);
	return cJSON_ParseWithLengthOpts(openapi_documents[0].text, openapi_documents[0].size + 1, NULL, 1);
}

static const cJSON *
member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *
text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(member(object, name));

	return text != NULL ? text : "";
}

static const char *
method_of(const struct route *route)
{
	return route->method == METHOD_POST ? "post" : "get";
}

/* What "#/components/parameters/At" means; anything else is meant itself. */
static const cJSON *
resolve(const cJSON *document, const cJSON *object)
{
	static const char begin[] = "#/components/parameters/";
	const char *reference = text_of(object, "$ref");

	if (reference[0] == '\0')
		return object;
	assert_int_equal(strncmp(reference, begin, sizeof(begin) - 1), 0);
	object = member(member(member(document, "components"), "parameters"), reference + sizeof(begin) - 1);
	assert_non_null(object);
	return object;
}

/* Is the word one of a list between blanks? */
static bool
list_has(const char *list, const char *word)
{
	size_t size = strlen(word);

	for (const char *p = strstr(list, word); p != NULL; p = strstr(p + 1, word))
		if (p[-1] == ' ' && p[size] == ' ')
			return true;
	return false;
}

static size_t
list_length(const char *list)
{
	size_t blanks = 0;

	for (; list != NULL && *list != '\0'; list++)
		blanks += *list == ' ';
	return blanks > 0 ? blanks - 1 : 0;
}

static size_t
braces_in(const char *pattern)
{
	size_t count = 0;

	for (; *pattern != '\0'; pattern++)
		count += *pattern == '{';
	return count;
}

/* A form-style object stands for the parameters of a scenario. */
static bool
is_open(const cJSON *parameter)
{
	return strcmp(text_of(member(parameter, "schema"), "type"), "object") == 0;
}

static void
check_parameters(const cJSON *document, const struct route *route, const cJSON *operation)
{
	const cJSON *item;
	size_t queries = 0, in_path = 0, open = 0;

	cJSON_ArrayForEach(item, member(operation, "parameters"))
	{
		const cJSON *parameter = resolve(document, item);
		const char *name = text_of(parameter, "name");

		if (strcmp(text_of(parameter, "in"), "path") == 0) {
			char braces[64];

			snprintf(braces, sizeof(braces), "/{%s}", name);
			assert_non_null(strstr(route->pattern, braces));
			in_path++;
		} else if (is_open(parameter)) {
			open++;
		} else {
			if (!list_has(route->parameters, name))
				fail_msg("%s: the route has no parameter %s", route->pattern, name);
			queries++;
		}
	}
	if (queries != list_length(route->parameters))
		fail_msg("%s: the document has %zu parameters, the route:%s", route->pattern, queries,
			 route->parameters);
	assert_int_equal(in_path, braces_in(route->pattern));
	assert_int_equal(open, (route->flags & ROUTE_OPEN) != 0);
}

static void
check_body(const struct route *route, const cJSON *operation)
{
	const cJSON *body = member(operation, "requestBody");
	const cJSON *content = member(body, "content");
	const cJSON *item;

	if (body == NULL || route->body_types == NULL) {
		assert_true(body == NULL && route->body_types == NULL);
		return;
	}
	assert_int_equal(cJSON_GetArraySize(content), list_length(route->body_types));
	assert_int_equal(cJSON_IsTrue(member(body, "required")), (route->flags & ROUTE_BODILESS) == 0);
	cJSON_ArrayForEach(item, content)
	{
		assert_true(list_has(route->body_types, item->string));
	}
}

static void
test_every_route_is_described(void **state)
{
	cJSON *document = parse_document();

	(void)state;
	assert_non_null(document);
	for (size_t i = 0; i < router_count(); i++) {
		const struct route *route = router_at(i);
		const cJSON *path = member(member(document, "paths"), route->pattern);
		const cJSON *operation = member(path, method_of(route));

		if (operation == NULL)
			fail_msg("the document lacks %s %s", method_of(route), route->pattern);
		check_parameters(document, route, operation);
		check_body(route, operation);
	}
	cJSON_Delete(document);
}

static const struct route *
find_route(const char *path, const char *method)
{
	for (size_t i = 0; i < router_count(); i++)
		if (strcmp(router_at(i)->pattern, path) == 0 && strcmp(method_of(router_at(i)), method) == 0)
			return router_at(i);
	return NULL;
}

static void
test_nothing_else_is_described(void **state)
{
	cJSON *document = parse_document();
	const cJSON *path, *operation;

	(void)state;
	assert_non_null(document);
	cJSON_ArrayForEach(path, member(document, "paths"))
	{
		cJSON_ArrayForEach(operation, path)
		{
			if (find_route(path->string, operation->string) == NULL)
				fail_msg("there is no route %s %s", operation->string, path->string);
		}
	}
	cJSON_Delete(document);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_route_is_described),
		cmocka_unit_test(test_nothing_else_is_described),
	};

	return cmocka_run_group_tests_name("openapi", tests, NULL, NULL);
}
