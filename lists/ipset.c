/*
 * `ipset save`: "create NAME TYPE …", then "add NAME ELEMENT …". An element
 * has one part for each of its type's: hash:net,port holds
 * "198.18.0.0/24,tcp:443". Which types the sets have is kept in a tree, since
 * elements may come in any order.
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "reader.h"
#include "words.h"

/* A set; both spans lie in the text. */
struct set {
	struct span name;
	struct span parts; /* "net,port" of hash:net,port */
};

/* The sets by name; struct set each. */
struct sets {
	void *root;
};

static int
compare_sets(const void *a, const void *b)
{
	const struct set *x = a, *y = b;
	size_t size = x->name.size < y->name.size ? x->name.size : y->name.size;
	int order = memcmp(x->name.text, y->name.text, size);

	if (order != 0)
		return order;
	return (x->name.size > y->name.size) - (x->name.size < y->name.size);
}

static void
remember(struct reader *reader, struct sets *sets, const struct set *set)
{
	struct set *copy = list_memory_allocate(reader->list->memory, sizeof(*copy));
	struct set **node;

	if (copy == NULL) {
		reader_fail(reader, SVCTAG_E_NO_MEMORY, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return;
	}
	*copy = *set;
	node = tsearch(copy, &sets->root, compare_sets);
	if (node == NULL)
		reader_fail(reader, SVCTAG_E_NO_MEMORY, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	else
		*node = copy; /* created again: the later type counts */
}

/* The type of a set that was never created is not known: its parts are empty. */
static struct span
parts_of(const struct sets *sets, struct span name)
{
	struct set wanted = { .name = name };
	struct set *const *node = tfind(&wanted, &sets->root, compare_sets);

	return node != NULL ? (*node)->parts : (struct span){ .text = "", .size = 0 };
}

static void
keep_node(void *node)
{
	(void)node; /* sets are in the list's memory */
}

static void
read_create(struct reader *reader, struct sets *sets, struct span rest)
{
	struct set set = { 0 };
	struct span type = { .text = "", .size = 0 };
	const char *colon;

	if (!words_next(&rest, &set.name) || !words_next(&rest, &type))
		return;
	colon = memchr(type.text, ':', type.size);
	set.parts = colon != NULL ? span_between(colon + 1, type.text + type.size) : type;
	remember(reader, sets, &set);
}

/* What stands before the next comma, which is skipped. */
static struct span
take_part(struct span *rest)
{
	const char *comma = rest->size > 0 ? memchr(rest->text, ',', rest->size) : NULL;
	struct span part = *rest;

	if (comma == NULL) {
		*rest = span_from(*rest, rest->size);
		return part;
	}
	part.size = (size_t)(comma - rest->text);
	*rest = span_from(*rest, part.size + 1);
	return part;
}

/* "tcp:443" and "443" and "tcp:8000-8080": protocol and ports. */
static void
split_port(struct span part, char *protocol, char *ports, size_t size)
{
	const char *colon = memchr(part.text, ':', part.size);
	struct span port = colon != NULL ? span_between(colon + 1, part.text + part.size) : part;

	if (colon != NULL)
		(void)snprintf(protocol, size, "%.*s", (int)(colon - part.text), part.text);
	(void)snprintf(ports, size, "%.*s", port.size < size ? (int)port.size : (int)size - 1, port.text);
}

static const struct list_rule *
make_rule(struct reader *reader, struct span name, struct span parts, struct span element)
{
	char path[100], protocol[64] = "", ports[64] = "";
	struct list_rule about = { .path = path };

	while (parts.size > 0 && element.size > 0) {
		struct span kind = take_part(&parts), part = take_part(&element);

		if (span_is(kind, "port") && part.size < sizeof(ports))
			split_port(part, protocol, ports, sizeof(ports));
	}
	(void)snprintf(path, sizeof(path), "%.*s", name.size < sizeof(path) ? (int)name.size : (int)sizeof(path) - 1,
		       name.text);
	about.protocol = protocol[0] != '\0' ? protocol : NULL;
	about.ports = ports[0] != '\0' ? ports : NULL;
	return reader_rule(reader, &about);
}

static bool
is_address_part(struct span kind)
{
	return span_is(kind, "ip") || span_is(kind, "net");
}

static void
read_element(struct reader *reader, const struct origin *origin, struct span parts, struct span element)
{
	bool is_known = parts.size > 0;

	for (bool first = true; element.size > 0 && reader_goes_on(reader); first = false) {
		struct span kind = take_part(&parts), part = take_part(&element);

		if (is_known ? is_address_part(kind) : first)
			(void)reader_address(reader, origin, part);
	}
}

static void
read_add(struct reader *reader, const struct sets *sets, size_t line, struct span rest)
{
	struct span name = { 0 }, element = { 0 }, word, parts;
	struct origin origin = { .line = line };

	if (!words_next(&rest, &name) || !words_next(&rest, &element)) {
		reader_problem(reader, &origin, name.size > 0 ? name : span_of("add"), "no element to add");
		return;
	}
	parts = parts_of(sets, name);
	origin.rule = make_rule(reader, name, parts, element);
	while (words_next(&rest, &word)) {
		if (span_is_exactly(word, "nomatch")) {
			reader_problem(reader, &origin, element, "nomatch: an exception from what the set matches");
			return;
		}
	}
	read_element(reader, &origin, parts, element);
}

static bool
detect(const struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };

	while (lines.number < DETECT_LINES && lines_next(&lines)) {
		struct span rest = lines.line, word, name, type;

		if (!words_next(&rest, &word) || span_begins(word, "#"))
			continue;
		if (!words_next(&rest, &name) || !words_next(&rest, &type))
			return false;
		if (span_is_exactly(word, "create"))
			return span_begins(type, "hash:") || span_begins(type, "bitmap:") || span_begins(type, "list:");
		return span_is_exactly(word, "add") && token_resembles(take_part(&type));
	}
	return false;
}

static void
read_line(struct reader *reader, struct sets *sets, const struct lines *lines)
{
	struct span rest = lines->line, word;
	struct origin origin = { .line = lines->number };

	if (!words_next(&rest, &word) || span_begins(word, "#"))
		return;
	if (span_is_exactly(word, "create") || span_is_exactly(word, "-N"))
		read_create(reader, sets, rest);
	else if (span_is_exactly(word, "add") || span_is_exactly(word, "-A"))
		read_add(reader, sets, lines->number, rest);
	else if (!span_is_exactly(word, "COMMIT") && !span_is_exactly(word, "flush") &&
		 !span_is_exactly(word, "swap") && !span_is_exactly(word, "destroy"))
		reader_problem(reader, &origin, span_trim(lines->line), "not a line of ipset save");
}

static void
read_all(struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };
	struct sets sets = { 0 };

	while (reader_goes_on(reader) && lines_next(&lines))
		read_line(reader, &sets, &lines);
	tdestroy(sets.root, keep_node);
}

const struct list_format list_format_ipset = {
	.name = "ipset",
	.description = "ipset save",
	.detect = detect,
	.read = read_all,
};
