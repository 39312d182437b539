/*
 * Palo Alto's set commands: `set address NAME ip-netmask CIDR`, with anything
 * (shared, device-group X, vsys Y) between `set` and `address`.
 */
#include <stdio.h>

#include "reader.h"
#include "words.h"

/* Past "set … address": the name and what comes after it. False for other commands. */
static bool
find_address(struct span line, struct span *ret_name, struct span *ret_rest)
{
	struct span word;

	if (!words_next(&line, &word) || !span_is_exactly(word, "set"))
		return false;
	while (words_next(&line, &word)) {
		if (span_is_exactly(word, "address"))
			break;
	}
	if (!words_next(&line, ret_name))
		return false;
	*ret_rest = line;
	return true;
}

static bool
is_kind(struct span word)
{
	return span_is_exactly(word, "ip-netmask") || span_is_exactly(word, "ip-range") ||
	       span_is_exactly(word, "ip-wildcard") || span_is_exactly(word, "fqdn");
}

static void
read_line(struct reader *reader, const struct lines *lines)
{
	struct span name, rest, kind = { 0 }, value = { 0 };
	struct origin origin = { .line = lines->number };
	struct list_rule about;
	char path[200];

	/* Descriptions and tags are commands of their own. */
	if (!find_address(lines->line, &name, &rest) || !words_next(&rest, &kind) || !is_kind(kind))
		return;
	(void)snprintf(path, sizeof(path), "%.*s", name.size < 199 ? (int)name.size : 199, name.text);
	about = (struct list_rule){ .path = path };
	origin.rule = reader_rule(reader, &about);
	(void)words_next(&rest, &value);
	if (span_is_exactly(kind, "ip-netmask") || span_is_exactly(kind, "ip-range"))
		(void)reader_address(reader, &origin, value.size > 0 ? value : kind);
	else
		reader_problem(reader, &origin, value, "%s, not an address",
			       span_is_exactly(kind, "fqdn") ? "a host name" : "a wildcard mask");
}

static bool
detect(const struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };
	struct span name, rest;

	while (lines.number < DETECT_LINES && lines_next(&lines)) {
		if (find_address(lines.line, &name, &rest) && is_kind(words_first(rest)))
			return true;
	}
	return false;
}

static void
read_all(struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };

	while (reader_goes_on(reader) && lines_next(&lines))
		read_line(reader, &lines);
}

const struct list_format list_format_paloalto = {
	.name = "paloalto",
	.description = "set address commands of a Palo Alto firewall",
	.detect = detect,
	.read = read_all,
};
