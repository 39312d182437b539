/*
 * The walk keeps one bit for each open level (object or array) and, for the
 * objects along the path alone, what has been seen of the members that count.
 */
#include "json.h"

#include <stdint.h>
#include <string.h>

#include <importer/json_text.h>
#include <svctag/address.h>

/* An object along the path. */
struct step {
	const char *rest; /* of the path, from here */
	const char *last; /* the end of its last member */
	struct jsonline_piece existing[JSONLINE_NAMES];
};

struct walk {
	const struct jsonline_rule *rule;
	const char *at;
	const char *end;
	size_t depth;
	bool is_object[JSONLINE_MAX_DEPTH];
	struct step steps[JSONLINE_MAX_PATH];
	size_t step_count;
	bool fresh;   /* a level has just been opened */
	bool descend; /* the value at hand is the next object of the path, if it is one */
	bool found;   /* `line` has the value; `insert` when its object has ended */
	bool wrong;   /* the member is there, but no string */
	struct jsonline line;
};

static void
skip_blanks(struct walk *walk)
{
	while (walk->at < walk->end &&
	       (*walk->at == ' ' || *walk->at == '\t' || *walk->at == '\r' || *walk->at == '\n'))
		walk->at++;
}

static bool
take(struct walk *walk, char c)
{
	skip_blanks(walk);
	if (walk->at == walk->end || *walk->at != c)
		return false;
	walk->at++;
	return true;
}

/*
 * Past an escape. NUL and half a surrogate pair mean nothing that we would
 * read, but they are well-formed, and their owner's business.
 */
static bool
skip_escape(const char **at, const char *end)
{
	const char *why;
	uint32_t code;

	if (json_read_escape(at, end, &code, &why) == JSON_TEXT_OK)
		return true;
	if (end - *at < 6 || (*at)[1] != 'u')
		return false;
	for (size_t i = 2; i < 6; i++) {
		if (svctag_hex_digit((*at)[i]) < 0)
			return false;
	}
	*at += 6;
	return true;
}

/* A string, the opening quote at hand. */
static bool
take_string(struct walk *walk, struct jsonline_piece *ret, bool *ret_escaped)
{
	const char *at = walk->at + 1;
	const char *begin = at;
	bool escaped = false;

	while (at < walk->end && *at != '"') {
		if ((unsigned char)*at < 0x20)
			return false;
		if (*at != '\\') {
			at++;
		} else {
			escaped = true;
			if (!skip_escape(&at, walk->end))
				return false;
		}
	}
	if (at == walk->end)
		return false;
	*ret = (struct jsonline_piece){ begin, at };
	*ret_escaped = escaped;
	walk->at = at + 1;
	return true;
}

static size_t
skip_digits(struct walk *walk)
{
	const char *begin = walk->at;

	while (walk->at < walk->end && *walk->at >= '0' && *walk->at <= '9')
		walk->at++;
	return (size_t)(walk->at - begin);
}

static bool
take_if(struct walk *walk, const char *among)
{
	if (walk->at == walk->end || *walk->at == '\0' || strchr(among, *walk->at) == NULL)
		return false;
	walk->at++;
	return true;
}

static bool
take_number(struct walk *walk)
{
	const char *digits;
	size_t count;

	(void)take_if(walk, "-");
	digits = walk->at;
	count = skip_digits(walk);
	if (count == 0 || (count > 1 && *digits == '0'))
		return false;
	if (take_if(walk, ".") && skip_digits(walk) == 0)
		return false;
	if (take_if(walk, "eE")) {
		(void)take_if(walk, "+-");
		return skip_digits(walk) > 0;
	}
	return true;
}

static bool
take_word(struct walk *walk, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(walk->end - walk->at) < size || memcmp(walk->at, word, size) != 0)
		return false;
	walk->at += size;
	return true;
}

/* Is the key between the quotes this name? */
static bool
is_named(const struct jsonline_piece *key, bool escaped, const char *name, size_t size)
{
	const char *at = key->begin;
	const char *end = name + size;

	if (!escaped)
		return (size_t)(key->end - at) == size && memcmp(at, name, size) == 0;
	while (at < key->end && name < end) {
		const char *why;
		uint32_t have, want;

		if (json_read_utf8(&name, end, &want) != JSON_TEXT_OK)
			return false;
		if (*at == '\\' ? json_read_escape(&at, key->end, &have, &why) != JSON_TEXT_OK
				: json_read_utf8(&at, key->end, &have) != JSON_TEXT_OK)
			return false;
		if (have != want)
			return false;
	}
	return at == key->end && name == end;
}

/* The object along the path that is open at this depth, or NULL. */
static struct step *
step_at(struct walk *walk)
{
	return walk->step_count > 0 && walk->step_count == walk->depth ? &walk->steps[walk->step_count - 1] : NULL;
}

static bool
open_level(struct walk *walk)
{
	bool is_object = *walk->at++ == '{';

	if (walk->depth == JSONLINE_MAX_DEPTH)
		return false;
	walk->is_object[walk->depth++] = is_object;
	if (walk->descend && is_object && walk->step_count < JSONLINE_MAX_PATH) {
		const char *rest = walk->rule->path;

		if (walk->step_count > 0) {
			rest = walk->steps[walk->step_count - 1].rest;
			rest += strcspn(rest, ".") + 1;
		}
		walk->steps[walk->step_count++] = (struct step){ .rest = rest };
	}
	walk->descend = false;
	walk->fresh = true;
	return true;
}

static void
close_level(struct walk *walk)
{
	struct step *step = step_at(walk);

	walk->at++;
	if (step != NULL) {
		/* Once it is found, the object that holds it is the last along the path. */
		if (walk->found && walk->line.insert == NULL) {
			walk->line.insert = step->last;
			memcpy(walk->line.existing, step->existing, sizeof(step->existing));
		}
		walk->step_count--;
	}
	walk->depth--;
}

static bool
take_scalar(struct walk *walk, struct jsonline_piece *ret_string, bool *ret_escaped)
{
	switch (*walk->at) {
	case '"': return take_string(walk, ret_string, ret_escaped);
	case 't': return take_word(walk, "true");
	case 'f': return take_word(walk, "false");
	case 'n': return take_word(walk, "null");
	default: return take_number(walk);
	}
}

/* What a member of an object along the path is to us. */
struct meaning {
	bool is_address;
	size_t name; /* of those that are to be added; JSONLINE_NAMES: none */
};

static struct meaning
meaning_of(struct walk *walk, const struct step *step, const struct jsonline_piece *key, bool escaped)
{
	struct meaning meaning = { .name = 0 };
	size_t first = strcspn(step->rest, ".");

	while (meaning.name < JSONLINE_NAMES &&
	       !is_named(key, escaped, walk->rule->names[meaning.name], strlen(walk->rule->names[meaning.name])))
		meaning.name++;
	if (walk->found)
		return meaning;
	meaning.is_address = is_named(key, escaped, step->rest, strlen(step->rest));
	walk->descend = !meaning.is_address && step->rest[first] == '.' && is_named(key, escaped, step->rest, first);
	return meaning;
}

/*
 * A key and its value; a value that is an object or array is only begun.
 * Its end is told by end_of_value().
 */
static bool
take_member(struct walk *walk, struct meaning *ret)
{
	struct step *step = step_at(walk);
	struct jsonline_piece key;
	bool escaped;

	skip_blanks(walk);
	if (walk->at == walk->end || *walk->at != '"' || !take_string(walk, &key, &escaped) || !take(walk, ':'))
		return false;
	*ret = (struct meaning){ .name = JSONLINE_NAMES };
	if (step != NULL)
		*ret = meaning_of(walk, step, &key, escaped);
	return true;
}

/* Note that a value of an object along the path ends here. */
static void
end_of_value(struct walk *walk)
{
	struct step *step = step_at(walk);

	if (step == NULL)
		return;
	step->last = walk->at;
	for (size_t i = 0; i < JSONLINE_NAMES; i++) {
		if (step->existing[i].begin != NULL && step->existing[i].end == NULL)
			step->existing[i].end = walk->at;
	}
}

/* A value: all of a scalar, the start of anything else. */
static bool
take_value(struct walk *walk, struct meaning meaning)
{
	struct step *step = step_at(walk);
	struct jsonline_piece string = { NULL, NULL };
	bool escaped = false;
	bool is_null;

	skip_blanks(walk);
	if (walk->at == walk->end)
		return false;
	is_null = *walk->at == 'n';
	if (step != NULL && meaning.name < JSONLINE_NAMES)
		step->existing[meaning.name] = (struct jsonline_piece){ walk->at, NULL };
	if (*walk->at == '{' || *walk->at == '[') {
		walk->wrong = walk->wrong || meaning.is_address;
		return open_level(walk);
	}
	walk->descend = false;
	if (!take_scalar(walk, &string, &escaped))
		return false;
	if (meaning.is_address && string.begin != NULL) {
		walk->found = true;
		walk->line.value = string;
		walk->line.escaped = escaped;
	} else if (meaning.is_address && !is_null) {
		walk->wrong = true;
	}
	end_of_value(walk);
	return true;
}

/* The next element or member of the level that is open, or its end. */
static bool
take_next(struct walk *walk)
{
	bool is_object = walk->is_object[walk->depth - 1];
	struct meaning meaning = { .name = JSONLINE_NAMES };
	bool first = walk->fresh;

	walk->fresh = false;
	skip_blanks(walk);
	if (walk->at == walk->end)
		return false;
	if (*walk->at == (is_object ? '}' : ']')) {
		close_level(walk);
		if (walk->depth > 0)
			end_of_value(walk);
		return true;
	}
	if (!first && !take(walk, ','))
		return false;
	if (is_object && !take_member(walk, &meaning))
		return false;
	return take_value(walk, meaning);
}

enum jsonline_result
jsonline_read(const struct jsonline_rule *rule, const char *text, size_t size, struct jsonline *ret)
{
	struct walk walk = { .rule = rule, .at = text, .end = text + size, .descend = true };

	skip_blanks(&walk);
	if (walk.at == walk.end || *walk.at != '{' || !open_level(&walk))
		return JSONLINE_BAD;
	while (walk.depth > 0) {
		if (!take_next(&walk))
			return JSONLINE_BAD;
	}
	skip_blanks(&walk);
	if (walk.at != walk.end)
		return JSONLINE_BAD;
	if (!walk.found)
		return walk.wrong ? JSONLINE_BAD : JSONLINE_MISSING;
	*ret = walk.line;
	return JSONLINE_FOUND;
}

size_t
jsonline_unescape(const struct jsonline_piece *string, char *ret)
{
	const char *at = string->begin;
	size_t size = 0;

	while (at < string->end) {
		uint32_t code = (unsigned char)*at;
		const char *why;

		if (size == JSONLINE_VALUE_SIZE)
			return 0;
		if (*at != '\\')
			at++;
		else if (json_read_escape(&at, string->end, &code, &why) != JSON_TEXT_OK || code >= 0x80)
			return 0; /* past ASCII nothing is an address */
		ret[size++] = (char)code;
	}
	return size;
}
