/*
 * `netsh advfirewall firewall show rule`: a block of "Key: value" lines for
 * each rule. The addresses come before the protocol and the action, so a block
 * is gathered first.
 */
#include <stdio.h>

#include "reader.h"
#include "words.h"

/* One address line of a block: the value, and lines that go on below it. */
struct addresses {
	struct span text;
	size_t line;
};

struct block {
	struct span name, direction, protocol, port, action;
	struct addresses local, remote;
};

/* Line ends inside the value of several lines are blanks and separate nothing by themselves: netsh ends such a line
 * with a comma. */
static void
read_addresses(struct reader *reader, const struct origin *origin, const struct addresses *addresses)
{
	struct origin here = *origin;
	struct lines lines = { .rest = addresses->text };

	while (reader_goes_on(reader) && lines_next(&lines)) {
		here.line = addresses->line + lines.number - 1;
		reader_values(reader, &here, lines.line);
	}
}

/* Short texts as strings; NULL for none. */
static const char *
to_string(struct span text, char *buffer, size_t size)
{
	if (text.size == 0)
		return NULL;
	(void)snprintf(buffer, size, "%.*s", text.size < size ? (int)text.size : (int)size - 1, text.text);
	return buffer;
}

static void
read_block(struct reader *reader, const struct block *block)
{
	char name[200] = "", protocol[32], ports[200];
	bool is_in = span_is(block->direction, "In");
	struct list_rule about = {
		.path = name,
		.direction = is_in ? LIST_INBOUND : LIST_OUTBOUND,
		.access = span_is(block->action, "Block") ? LIST_DENY : LIST_ALLOW,
		.protocol = to_string(block->protocol, protocol, sizeof(protocol)),
		.ports = to_string(block->port, ports, sizeof(ports)),
	};
	struct origin origin = { 0 };

	if (block->local.line == 0 && block->remote.line == 0)
		return;
	(void)to_string(block->name, name, sizeof(name));
	if (block->direction.size == 0)
		about.direction = LIST_DIRECTION_NONE;
	if (block->action.size == 0)
		about.access = LIST_ACCESS_NONE;
	origin.rule = reader_rule(reader, &about);
	origin.side = is_in ? LIST_DESTINATION : LIST_SOURCE;
	read_addresses(reader, &origin, &block->local);
	origin.side = is_in ? LIST_SOURCE : LIST_DESTINATION;
	read_addresses(reader, &origin, &block->remote);
}

/* "Key:   value". The key ends at the first colon. */
static bool
split(struct span line, struct span *ret_key, struct span *ret_value)
{
	const char *colon = line.size > 0 ? memchr(line.text, ':', line.size) : NULL;

	if (colon == NULL || is_blank(line.text[0]))
		return false;
	*ret_key = span_trim(span_between(line.text, colon));
	*ret_value = span_trim(span_between(colon + 1, line.text + line.size));
	return true;
}

/* The port of the far end: where traffic goes to on the way out, the own one on the way in. */
static void
take_port(struct block *block, bool is_local, struct span value)
{
	if (span_is(block->direction, "In") == is_local)
		block->port = value;
}

/* @return the addresses that the next lines may go on with, or NULL */
static struct addresses *
take_line(struct block *block, size_t number, struct span key, struct span value)
{
	struct addresses *addresses = NULL;

	if (span_is(key, "Direction"))
		block->direction = value;
	else if (span_is(key, "Protocol"))
		block->protocol = value;
	else if (span_is(key, "Action"))
		block->action = value;
	else if (span_is(key, "LocalPort") || span_is(key, "RemotePort"))
		take_port(block, span_is(key, "LocalPort"), value);
	else if (span_is(key, "LocalIP"))
		addresses = &block->local;
	else if (span_is(key, "RemoteIP"))
		addresses = &block->remote;
	if (addresses != NULL)
		*addresses = (struct addresses){ .text = value, .line = number };
	return addresses;
}

static bool
detect(const struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };
	struct span key, value;

	while (lines.number < DETECT_LINES && lines_next(&lines)) {
		if (split(lines.line, &key, &value) && (span_is(key, "RemoteIP") || span_is(key, "Rule Name")))
			return true;
	}
	return false;
}

static void
read_all(struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };
	struct block block = { 0 };
	struct addresses *open = NULL;

	while (reader_goes_on(reader) && lines_next(&lines)) {
		struct span key, value;

		if (!split(lines.line, &key, &value)) {
			/* Indented: more of the addresses above. */
			value = span_trim(lines.line);
			if (open != NULL && value.size > 0 && is_blank(lines.line.text[0]))
				open->text = span_between(open->text.text, value.text + value.size);
			else
				open = NULL;
			continue;
		}
		if (span_is(key, "Rule Name")) {
			read_block(reader, &block);
			block = (struct block){ .name = value };
		}
		open = take_line(&block, lines.number, key, value);
	}
	read_block(reader, &block);
}

const struct list_format list_format_netsh = {
	.name = "netsh",
	.description = "netsh advfirewall firewall show rule",
	.detect = detect,
	.read = read_all,
};
