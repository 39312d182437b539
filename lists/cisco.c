/*
 * Cisco ASA: network objects and object groups, as `show running-config
 * object-group network` prints them. A line that begins with blanks belongs to
 * the object or group above it.
 *
 *   object-group network NAME
 *    network-object host 198.18.0.1
 *    network-object 198.18.1.0 255.255.255.0
 *    network-object 2001:db8::/32
 *   object network NAME
 *    host A | subnet A MASK | subnet X::/N | range A B
 */
#include <stdio.h>

#include "reader.h"
#include "words.h"

/* What is left of the line, one word, or an address and a mask. */
static void
read_network(struct reader *reader, const struct origin *origin, struct span rest)
{
	struct span first = { 0 }, second = { 0 };
	struct token token;

	rest = span_trim(rest);
	if (!words_next(&rest, &first)) {
		reader_problem(reader, origin, rest, "no address");
		return;
	}
	if (!words_next(&rest, &second)) {
		(void)reader_address(reader, origin, first);
		return;
	}
	rest = span_between(first.text, second.text + second.size);
	if (token_parse_mask(first, second, &token) == SVCTAG_OK)
		reader_add(reader, origin, &token, rest);
	else
		reader_problem(reader, origin, rest, "not an address and a mask");
}

static void
read_range(struct reader *reader, const struct origin *origin, struct span rest)
{
	struct span text = span_trim(rest), first = { 0 }, last = { 0 };
	struct token token;
	svctag_error err = SVCTAG_E_SYNTAX;

	if (words_next(&rest, &first) && words_next(&rest, &last))
		err = token_parse_range(first, last, &token);
	if (err == SVCTAG_OK)
		reader_add(reader, origin, &token, text);
	else
		reader_problem(reader, origin, text, "%s", token_error_text(text, err));
}

/* "host A": exactly one address. */
static void
read_host(struct reader *reader, const struct origin *origin, struct span rest)
{
	struct span word = { .text = rest.text, .size = 0 };

	(void)words_next(&rest, &word);
	(void)reader_address(reader, origin, word);
}

/* After "network-object": an address, or the name of an object that stands elsewhere. */
static void
read_member(struct reader *reader, const struct origin *origin, struct span rest)
{
	struct span after = rest, word = { 0 };

	(void)words_next(&after, &word);
	if (span_is_exactly(word, "host"))
		read_host(reader, origin, after);
	else if (!span_is_exactly(word, "object"))
		read_network(reader, origin, rest);
}

static void
read_line(struct reader *reader, const struct origin *origin, struct span line)
{
	struct span rest = line, word = { 0 };

	(void)words_next(&rest, &word);
	if (span_is_exactly(word, "network-object"))
		read_member(reader, origin, rest);
	else if (span_is_exactly(word, "host"))
		read_host(reader, origin, rest);
	else if (span_is_exactly(word, "subnet"))
		read_network(reader, origin, rest);
	else if (span_is_exactly(word, "range"))
		read_range(reader, origin, rest);
	else if (span_is_exactly(word, "fqdn"))
		reader_problem(reader, origin, span_trim(line), "a host name, not an address");
}

/* "object network NAME" and "object-group network NAME" begin one; any other object ends it. */
static bool
is_head(struct span line, struct span *ret_name)
{
	struct span first = { 0 }, second = { 0 };

	return words_next(&line, &first) && words_next(&line, &second) && span_is_exactly(second, "network") &&
	       (span_is_exactly(first, "object") || span_is_exactly(first, "object-group")) &&
	       words_next(&line, ret_name);
}

/* Only the rules that name addresses themselves would say more than the groups they use. */
static void
check_access_list(struct reader *reader, const struct lines *lines)
{
	struct span rest = lines->line, word;
	struct origin origin = { .line = lines->number };
	struct token token;

	while (words_next(&rest, &word)) {
		if (token_parse(word, &token) == SVCTAG_OK) {
			reader_problem(reader, &origin, span_trim(lines->line),
				       "an address in an access-list: only objects and object groups are read");
			return;
		}
	}
}

static bool
detect(const struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };
	struct span name;

	while (lines.number < DETECT_LINES && lines_next(&lines)) {
		if (is_head(lines.line, &name))
			return true;
	}
	return false;
}

static void
read_all(struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };
	struct origin origin = { 0 };

	while (reader_goes_on(reader) && lines_next(&lines)) {
		struct span name;

		origin.line = lines.number;
		if (is_head(lines.line, &name)) {
			char path[200];
			struct list_rule about = { .path = path };

			(void)snprintf(path, sizeof(path), "%.*s", name.size < 199 ? (int)name.size : 199, name.text);
			origin.rule = reader_rule(reader, &about);
		} else if (lines.line.size > 0 && !is_blank(lines.line.text[0])) {
			origin.rule = NULL;
			if (span_begins(lines.line, "access-list "))
				check_access_list(reader, &lines);
		} else if (origin.rule != NULL) {
			read_line(reader, &origin, lines.line);
		}
	}
}

const struct list_format list_format_cisco = {
	.name = "cisco-asa",
	.description = "network objects and object groups of a Cisco ASA",
	.detect = detect,
	.read = read_all,
};
