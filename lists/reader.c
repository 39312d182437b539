#include "reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_SHOWN 200

static const struct list_rule no_rule = { .path = "" };

/* Only the first failure is told; later ones follow from it. */
void
reader_fail(struct reader *reader, svctag_error error, const char *format, ...)
{
	char text[sizeof(reader->detail->text)];
	va_list arguments;

	if (!reader_goes_on(reader))
		return;
	reader->error = error;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	svctag_detail_set(reader->detail, "%s", text);
}

static void
fail_memory(struct reader *reader)
{
	reader_fail(reader, SVCTAG_E_NO_MEMORY, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
}

const char *
reader_copy(struct reader *reader, struct span text)
{
	const char *copy;

	if (!reader_goes_on(reader))
		return "";
	copy = list_memory_copy(reader->list->memory, text.text, text.size);
	if (copy != NULL)
		return copy;
	fail_memory(reader);
	return "";
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_rule(const struct list_rule *a, const struct list_rule *b)
{
	return a->kind == LIST_KIND_NONE && a->kind == b->kind && a->direction == b->direction &&
	       a->access == b->access && same_text(a->path, b->path) && same_text(a->protocol, b->protocol) &&
	       same_text(a->ports, b->ports) && same_text(a->priority, b->priority) &&
	       same_text(a->next_hop, b->next_hop);
}

/* What the rule before has in common is not copied again: a table of a million rows has few protocols. */
static const char *
keep_text(struct reader *reader, const char *text, const char *before)
{
	if (text == NULL || same_text(text, before))
		return text == NULL ? NULL : before;
	return reader_copy(reader, span_of(text));
}

const char *
reader_intent(struct reader *reader, struct span tag)
{
	if (reader->last_intent == NULL || !span_is_exactly(tag, reader->last_intent))
		reader->last_intent = reader_copy(reader, tag);
	return reader->last_intent;
}

/* Room for one more element. */
static bool
make_room(struct reader *reader, void **elements, size_t count, size_t *capacity, size_t element_size)
{
	size_t more = *capacity == 0 ? 64 : *capacity * 2;
	void *grown;

	if (!reader_goes_on(reader))
		return false;
	if (count < *capacity)
		return true;
	if (count >= LIST_MAX_ENTRIES) {
		reader_fail(reader, SVCTAG_E_LIMIT, "has more than %d entries", LIST_MAX_ENTRIES);
		return false;
	}
	if (more > LIST_MAX_ENTRIES)
		more = LIST_MAX_ENTRIES;
	grown = reallocarray(*elements, more, element_size);
	if (grown == NULL) {
		fail_memory(reader);
		return false;
	}
	*elements = grown;
	*capacity = more;
	return true;
}

static bool
number_rule(struct reader *reader, struct list_rule *rule)
{
	struct list *list = reader->list;
	void *rules = list->rules;

	if (!make_room(reader, &rules, list->rule_count, &reader->rule_capacity, sizeof(*list->rules)))
		return false;
	list->rules = rules;
	list->rules[list->rule_count++] = rule;
	rule->number = list->rule_count;
	return true;
}

const struct list_rule *
reader_rule(struct reader *reader, const struct list_rule *rule)
{
	const struct list_rule *before = reader->last_rule != NULL ? reader->last_rule : &no_rule;
	struct list_rule *copy;

	if (!reader_goes_on(reader) || same_rule(rule, before))
		return before;
	copy = list_memory_allocate(reader->list->memory, sizeof(*copy));
	if (copy == NULL) {
		fail_memory(reader);
		return before;
	}
	*copy = *rule;
	copy->path = keep_text(reader, rule->path, before->path);
	copy->protocol = keep_text(reader, rule->protocol, before->protocol);
	copy->ports = keep_text(reader, rule->ports, before->ports);
	copy->priority = keep_text(reader, rule->priority, before->priority);
	copy->next_hop = keep_text(reader, rule->next_hop, before->next_hop);
	copy->source_ports = keep_text(reader, rule->source_ports, before->source_ports);
	copy->resource = keep_text(reader, rule->resource, before->resource);
	copy->name = keep_text(reader, rule->name, before->name);
	if (!number_rule(reader, copy))
		return before;
	reader->last_rule = copy;
	return copy;
}

void
reader_add(struct reader *reader, const struct origin *origin, const struct token *token, struct span text)
{
	struct list *list = reader->list;
	struct list_entry entry = {
		.range = token->range,
		.kind = token->kind,
		.side = origin->side,
		.line = origin->line,
		.rule = origin->rule != NULL ? origin->rule : &no_rule,
		.intent = origin->intent,
		.text = reader_copy(reader, text),
	};
	char meant[SVCTAG_RANGE_TEXT_SIZE];
	void *entries = list->entries;

	if (!make_room(reader, &entries, list->entry_count, &reader->entry_capacity, sizeof(entry)))
		return;
	list->entries = entries;
	list->entries[list->entry_count++] = entry;
	if (!token->has_host_bits)
		return;
	(void)list_entry_format(&entry, meant);
	reader_warning(reader, origin, text, "bits are set past the prefix: read as %s", meant);
}

bool
reader_address(struct reader *reader, const struct origin *origin, struct span text)
{
	struct token token;
	svctag_error err = token_parse(text, &token);

	if (err == SVCTAG_OK)
		reader_add(reader, origin, &token, text);
	else
		reader_problem(reader, origin, text, "%s", token_error_text(text, err));
	return err == SVCTAG_OK;
}

/* Names of tags, groups and keywords. Not what was meant to be an address. */
static bool
is_name(struct span text)
{
	if (span_is_exactly(text, "*"))
		return true;
	for (size_t i = 0; i < text.size; i++) {
		char c = text.text[i];

		if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-' && c != '_')
			return false;
	}
	return text.size > 0 && is_letter(text.text[0]) && !token_resembles(text);
}

void
reader_value(struct reader *reader, const struct origin *origin, struct span text)
{
	struct token token;

	if (text.size >= 2 && text.text[0] == '[' && text.text[1] != '[' && text.text[text.size - 1] == ']')
		reader_problem(reader, origin, text, "a template expression: what it stands for is not in this file");
	else if (is_name(text) && token_parse(text, &token) != SVCTAG_OK)
		reader_mention(reader, origin, text);
	else
		(void)reader_address(reader, origin, text);
}

void
reader_values(struct reader *reader, const struct origin *origin, struct span text)
{
	while (reader_goes_on(reader)) {
		const char *comma = memchr(text.text, ',', text.size);
		size_t size = comma != NULL ? (size_t)(comma - text.text) : text.size;
		struct span value = span_trim((struct span){ .text = text.text, .size = size });

		if (value.size > 0)
			reader_value(reader, origin, value);
		if (comma == NULL)
			break;
		text = span_from(text, size + 1);
	}
}

void
reader_mention(struct reader *reader, const struct origin *origin, struct span text)
{
	struct list *list = reader->list;
	void *mentions = list->mentions;

	if (!make_room(reader, &mentions, list->mention_count, &reader->mention_capacity, sizeof(*list->mentions)))
		return;
	list->mentions = mentions;
	list->mentions[list->mention_count++] = (struct list_mention){
		.side = origin->side,
		.line = origin->line,
		.rule = origin->rule != NULL ? origin->rule : &no_rule,
		.tag = reader_copy(reader, text),
		.in_array = origin->in_array,
	};
}

void
reader_endpoint(struct reader *reader, size_t line, const char *path, struct span service)
{
	struct list *list = reader->list;
	void *endpoints = list->endpoints;

	if (!make_room(reader, &endpoints, list->endpoint_count, &reader->endpoint_capacity, sizeof(*list->endpoints)))
		return;
	list->endpoints = endpoints;
	list->endpoints[list->endpoint_count++] = (struct list_endpoint){
		.line = line,
		.path = reader_copy(reader, span_of(path)),
		.service = reader_copy(reader, service),
	};
}

static void add_problem(struct reader *reader, const struct origin *origin, struct span text, bool is_warning,
			const char *format, va_list arguments) __attribute__((format(printf, 5, 0)));

static void
add_problem(struct reader *reader, const struct origin *origin, struct span text, bool is_warning, const char *format,
	    va_list arguments)
{
	struct list *list = reader->list;
	void *problems = list->problems;
	char error[256];

	if (list->problem_count == LIST_MAX_PROBLEMS) {
		list->problems_left_off++;
		return;
	}
	if (!make_room(reader, &problems, list->problem_count, &reader->problem_capacity, sizeof(*list->problems)))
		return;
	(void)vsnprintf(error, sizeof(error), format, arguments);
	if (text.size > MAX_SHOWN)
		text.size = MAX_SHOWN;
	list->problems = problems;
	list->problems[list->problem_count++] = (struct list_problem){
		.line = origin->line,
		.path = origin->rule != NULL ? origin->rule->path : "",
		.text = reader_copy(reader, text),
		.error = reader_copy(reader, span_of(error)),
		.is_warning = is_warning,
	};
}

void
reader_problem(struct reader *reader, const struct origin *origin, struct span text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_problem(reader, origin, text, false, format, arguments);
	va_end(arguments);
}

void
reader_warning(struct reader *reader, const struct origin *origin, struct span text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_problem(reader, origin, text, true, format, arguments);
	va_end(arguments);
}
