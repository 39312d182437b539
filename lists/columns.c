#include "columns.h"

/* Headings that have to be just this. */
static const struct {
	const char *heading;
	enum column_role role;
} exact[] = {
	{ "intent", COLUMN_INTENT },
	{ "direction", COLUMN_DIRECTION },
	{ "access", COLUMN_ACCESS },
	{ "action", COLUMN_ACCESS },
	{ "port", COLUMN_PORT },
	{ "ports", COLUMN_PORT },
	{ "destination port", COLUMN_PORT },
	{ "destination ports", COLUMN_PORT },
	{ "protocol", COLUMN_PROTOCOL },
	{ "name", COLUMN_NAME },
	{ "rule", COLUMN_NAME },
	{ "rule name", COLUMN_NAME },
	{ "ip", COLUMN_ADDRESS },
	{ "ips", COLUMN_ADDRESS },
};

/* Words that tell a column of addresses. */
static const char *const address_words[] = { "address", "prefix", "cidr", "subnet", "network", "range", "ip " };

enum column_role
column_role_of(struct span heading)
{
	heading = span_trim(heading);
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
		if (span_is(heading, exact[i].heading))
			return exact[i].role;
	}
	for (size_t i = 0; i < sizeof(address_words) / sizeof(address_words[0]); i++) {
		if (span_holds(heading, address_words[i]))
			return COLUMN_ADDRESS;
	}
	return COLUMN_OTHER;
}

enum list_side
column_side_of(struct span heading)
{
	if (span_holds(heading, "source"))
		return LIST_SOURCE;
	return span_holds(heading, "destination") ? LIST_DESTINATION : LIST_SIDE_NONE;
}

void
row_facts_take(struct row_facts *facts, enum column_role role, struct span cell)
{
	switch (role) {
	case COLUMN_INTENT: facts->intent = cell; break;
	case COLUMN_DIRECTION: facts->direction = cell; break;
	case COLUMN_ACCESS: facts->access = cell; break;
	case COLUMN_PORT: facts->port = cell; break;
	case COLUMN_PROTOCOL: facts->protocol = cell; break;
	case COLUMN_NAME: facts->name = cell; break;
	case COLUMN_ADDRESS:
	case COLUMN_OTHER: break;
	}
}

static enum list_direction
direction_of(struct span cell)
{
	if (span_is(cell, "in") || span_is(cell, "inbound") || span_is(cell, "ingress"))
		return LIST_INBOUND;
	if (span_is(cell, "out") || span_is(cell, "outbound") || span_is(cell, "egress"))
		return LIST_OUTBOUND;
	return LIST_DIRECTION_NONE;
}

static enum list_access
access_of(struct span cell)
{
	if (span_is(cell, "allow") || span_is(cell, "permit") || span_is(cell, "accept"))
		return LIST_ALLOW;
	return span_is(cell, "deny") || span_is(cell, "drop") || span_is(cell, "block") ? LIST_DENY : LIST_ACCESS_NONE;
}

/* A short cell as a string, cut to fit; NULL for an empty one. What CSV ("") and Markdown (\|) write with two
 * characters becomes one. */
static const char *
to_string(struct span cell, char *buffer, size_t size)
{
	size_t used = 0;

	if (cell.size == 0)
		return NULL;
	for (size_t i = 0; i < cell.size && used < size - 1; i++) {
		char c = cell.text[i], next = i + 1 < cell.size ? cell.text[i + 1] : '\0';

		if ((c == '"' && next == '"') || (c == '\\' && next == '|'))
			c = cell.text[++i];
		buffer[used++] = c;
	}
	buffer[used] = '\0';
	return buffer;
}

const struct list_rule *
row_facts_rule(struct reader *reader, const struct row_facts *facts, const char *path)
{
	char name[200], port[200], protocol[32];
	struct list_rule about = {
		.path = to_string(facts->name, name, sizeof(name)),
		.direction = direction_of(facts->direction),
		.access = access_of(facts->access),
		.protocol = to_string(facts->protocol, protocol, sizeof(protocol)),
		.ports = to_string(facts->port, port, sizeof(port)),
	};

	if (about.path == NULL)
		about.path = path;
	return reader_rule(reader, &about);
}
