#include "scenario_text.h"

#include <string.h>

bool
scenario_next_piece(const char **text, struct scenario_piece *ret)
{
	const char *at = *text;
	size_t literal = strcspn(at, "{");

	if (*at == '\0')
		return false;
	*ret = (struct scenario_piece){ .literal = at, .literal_size = literal };
	at += literal;
	if (*at == '{') {
		ret->name = at + 1;
		ret->name_size = strcspn(at + 1, "}");
		at += ret->name_size + 2;
	}
	*text = at;
	return true;
}

bool
scenario_braces_match(const char *text)
{
	for (text += strcspn(text, "{}"); *text != '\0'; text += strcspn(text, "{}")) {
		size_t size = *text == '{' ? strcspn(text + 1, "{}") : 0;

		if (size == 0 || text[size + 1] != '}')
			return false;
		text += size + 2;
	}
	return true;
}

static bool
is_same(const char *name, const char *text, size_t size)
{
	return strlen(name) == size && memcmp(name, text, size) == 0;
}

size_t
scenario_resolve(const struct scenario *scenario, const struct scenario_place *place, const char *name, size_t size)
{
	for (size_t i = 0; place != NULL && i < place->alias_count; i++) {
		if (is_same(place->aliases[i].name, name, size))
			return place->aliases[i].parameter;
	}
	for (size_t i = 0; i < scenario->parameter_count; i++) {
		if (is_same(scenario->parameters[i].name, name, size))
			return i;
	}
	return SCENARIO_NONE;
}
