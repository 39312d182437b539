/*
 * iptables-save and ip6tables-save: tables (*filter … COMMIT) of rules
 * (-A CHAIN …). Addresses stand behind -s and -d, separated by commas, or
 * behind the range match's --src-range and --dst-range; `!` before one means
 * every other address.
 */
#include <stdio.h>

#include "reader.h"
#include "words.h"

/* One rule's options, gathered before its addresses can be told. */
struct rule {
	struct span addresses[2]; /* source, destination */
	struct span ranges[2];
	bool negated[4]; /* addresses, then ranges */
	struct span protocol, ports, target;
};

/* An option and where its value goes. */
struct option {
	const char *name;
	size_t offset;
	int negation; /* into rule.negated; -1 where `!` does not matter here */
};

#define AT(member) offsetof(struct rule, member)

static const struct option options[] = {
	{ "-s", AT(addresses[0]), 0 },
	{ "--source", AT(addresses[0]), 0 },
	{ "--src", AT(addresses[0]), 0 },
	{ "-d", AT(addresses[1]), 1 },
	{ "--destination", AT(addresses[1]), 1 },
	{ "--dst", AT(addresses[1]), 1 },
	{ "--src-range", AT(ranges[0]), 2 },
	{ "--dst-range", AT(ranges[1]), 3 },
	{ "-p", AT(protocol), -1 },
	{ "--protocol", AT(protocol), -1 },
	{ "--dport", AT(ports), -1 },
	{ "--dports", AT(ports), -1 },
	{ "--destination-port", AT(ports), -1 },
	{ "--destination-ports", AT(ports), -1 },
	{ "-j", AT(target), -1 },
	{ "--jump", AT(target), -1 },
};

static const struct option *
find_option(struct span word)
{
	if (word.size < 2 || word.text[0] != '-')
		return NULL;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (span_is_exactly(word, options[i].name))
			return &options[i];
	}
	return NULL;
}

static struct rule
parse_rule(struct span rest)
{
	struct rule rule = { 0 };
	struct span word;
	bool is_negated = false;

	while (words_next(&rest, &word)) {
		const struct option *option = find_option(word);

		if (option != NULL && words_next(&rest, &word)) {
			/* Until 1.4.3 the exclamation mark stood behind the option. */
			if (span_is_exactly(word, "!")) {
				is_negated = true;
				(void)words_next(&rest, &word);
			}
			memcpy((char *)&rule + option->offset, &word, sizeof(word));
			if (option->negation >= 0)
				rule.negated[option->negation] = is_negated;
		}
		is_negated = span_is_exactly(word, "!");
	}
	return rule;
}

static enum list_direction
direction_of(struct span chain)
{
	if (span_is_exactly(chain, "INPUT"))
		return LIST_INBOUND;
	return span_is_exactly(chain, "OUTPUT") ? LIST_OUTBOUND : LIST_DIRECTION_NONE;
}

static enum list_access
access_of(struct span target)
{
	if (span_is_exactly(target, "ACCEPT"))
		return LIST_ALLOW;
	return span_is_exactly(target, "DROP") || span_is_exactly(target, "REJECT") ? LIST_DENY : LIST_ACCESS_NONE;
}

/* Short texts as strings; what does not fit is cut. NULL for none. */
static const char *
to_string(struct span text, char *buffer, size_t size)
{
	if (text.size == 0)
		return NULL;
	(void)snprintf(buffer, size, "%.*s", text.size < size ? (int)text.size : (int)size - 1, text.text);
	return buffer;
}

static const struct list_rule *
make_rule(struct reader *reader, const struct rule *rule, struct span table, struct span chain)
{
	char path[200], protocol[32], ports[200];
	struct list_rule about = {
		.path = path,
		.direction = direction_of(chain),
		.access = access_of(rule->target),
		.protocol = to_string(rule->protocol, protocol, sizeof(protocol)),
		.ports = to_string(rule->ports, ports, sizeof(ports)),
	};

	(void)snprintf(path, sizeof(path), "%.*s%s%.*s", table.size < 64 ? (int)table.size : 64, table.text,
		       table.size > 0 ? "/" : "", chain.size < 100 ? (int)chain.size : 100, chain.text);
	return reader_rule(reader, &about);
}

static void
read_rule(struct reader *reader, size_t line, struct span table, struct span rest)
{
	struct span chain = { .text = "", .size = 0 };
	struct origin origin = { .line = line };
	struct rule rule;

	(void)words_next(&rest, &chain);
	rule = parse_rule(rest);
	origin.rule = make_rule(reader, &rule, table, chain);
	for (size_t i = 0; i < 4; i++) {
		struct span text = i < 2 ? rule.addresses[i] : rule.ranges[i - 2];

		origin.side = i % 2 == 0 ? LIST_SOURCE : LIST_DESTINATION;
		if (text.size > 0 && rule.negated[i])
			reader_problem(reader, &origin, text, "negated (!): stands for every other address");
		else if (text.size > 0)
			reader_values(reader, &origin, text);
	}
}

/* Past the counters "[12:345]" of iptables-save -c. */
static struct span
skip_counters(struct span line)
{
	const char *end;

	line = span_trim(line);
	if (line.size == 0 || line.text[0] != '[')
		return line;
	end = memchr(line.text, ']', line.size);
	return end != NULL ? span_trim(span_between(end + 1, line.text + line.size)) : line;
}

/* -A CHAIN, or -I CHAIN of a script. */
static bool
is_rule(struct span word)
{
	return span_is_exactly(word, "-A") || span_is_exactly(word, "--append") || span_is_exactly(word, "-I");
}

static bool
detect(const struct reader *reader)
{
	static const char *const tables[] = { "*filter", "*nat", "*mangle", "*raw", "*security" };
	struct lines lines = { .rest = reader_text(reader) };

	while (lines.number < DETECT_LINES && lines_next(&lines)) {
		struct span word = words_first(skip_counters(lines.line));

		for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
			if (span_is_exactly(word, tables[i]))
				return true;
		}
		if (is_rule(word))
			return true;
		if (word.size > 0 && word.text[0] != '#' && word.text[0] != ':')
			return false;
	}
	return false;
}

static void
read_all(struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };
	struct span table = { .text = "", .size = 0 };

	while (reader_goes_on(reader) && lines_next(&lines)) {
		struct span rest = skip_counters(lines.line), word;
		struct origin origin = { .line = lines.number };

		if (rest.size == 0 || rest.text[0] == '#' || rest.text[0] == ':' || !words_next(&rest, &word))
			continue;
		if (word.size > 1 && word.text[0] == '*')
			table = span_from(word, 1);
		else if (is_rule(word))
			read_rule(reader, lines.number, table, rest);
		else if (!span_is_exactly(word, "COMMIT"))
			reader_problem(reader, &origin, span_trim(lines.line), "not a line of iptables-save");
	}
}

const struct list_format list_format_iptables = {
	.name = "iptables",
	.description = "iptables-save or ip6tables-save",
	.detect = detect,
	.read = read_all,
};
