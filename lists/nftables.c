/*
 * nftables: the elements of sets and maps, and the addresses in rules. The
 * text is a stream of tokens with braces; nothing is built of it. A rule is
 * one statement, which may reach over several lines inside braces; it is read
 * twice, for what it says of protocol, ports and verdict, then for addresses.
 *
 *   table inet filter {
 *       set allowed { type ipv4_addr; flags interval; elements = { a/b, c-d } }
 *       chain output { type filter hook output priority 0; ip daddr { a/b } accept }
 *   }
 *   define allowed = { a/b, c-d }
 *   add element inet filter allowed { a/b }
 */
#include <stdio.h>

#include "nftables_lexer.h"
#include "reader.h"
#include "words.h"

#define MAX_NAME 64

/* What the parts of an element are: whether addresses, and where among those joined by " . ". */
enum element_type {
	ELEMENT_UNKNOWN, /* read what looks like an address */
	ELEMENT_OTHER,   /* ports, interfaces, marks: no addresses */
	ELEMENT_ADDRESS,
};

struct walk {
	struct reader *reader;
	struct lexer lexer;
	char table[MAX_NAME], block[MAX_NAME]; /* "inet filter", "allowed" */
	size_t depth;
	size_t table_depth, block_depth; /* of their braces; 0 outside */
	bool is_chain;
	enum list_direction direction; /* of the chain's hook */
	enum element_type type;        /* of the set's elements */
};

static void
copy_name(char *name, struct span text)
{
	(void)snprintf(name, MAX_NAME, "%.*s", text.size < MAX_NAME ? (int)text.size : MAX_NAME - 1, text.text);
}

static struct origin
origin_at(struct walk *walk, size_t line, const struct list_rule *more)
{
	struct list_rule about = *more;
	char path[2 * MAX_NAME + 2];

	(void)snprintf(path, sizeof(path), "%s%s%s", walk->table,
		       walk->table[0] != '\0' && walk->block[0] != '\0' ? "/" : "", walk->block);
	about.path = path;
	return (struct origin){ .line = line, .rule = reader_rule(walk->reader, &about) };
}

/* A word where an address may stand. With `is_sure` it has to be one. */
static void
read_word(struct walk *walk, const struct origin *origin, struct span word, bool is_sure)
{
	if (is_sure || token_resembles(word))
		(void)reader_address(walk->reader, origin, word);
}

/* "a - b" has three tokens; with the dash at hand the range is taken to its end. */
static struct span
take_range(struct lexer *lexer, struct span first)
{
	struct lexer ahead = *lexer;
	struct token token;
	struct span text;

	if (!lexer_next(&ahead) || ahead.token.text[0] != '-')
		return first;
	if (ahead.token.size == 1 && !lexer_next(&ahead))
		return first;
	text = span_between(first.text, ahead.token.text + ahead.token.size);
	/* Backwards or of two families it is still meant as one. */
	if (token_parse(text, &token) == SVCTAG_E_SYNTAX)
		return first;
	*lexer = ahead;
	return text;
}

/* Words that say more about an element; what comes after them, to the comma, is no address. */
static bool
ends_key(struct span word)
{
	static const char *const words[] = { ":", "timeout", "expires", "counter", "comment", "limit", "quota" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_is_exactly(word, words[i]))
			return true;
	}
	return false;
}

/* The elements between braces; the opening one is behind, the closing one is taken. */
static void
read_elements(struct walk *walk, const struct list_rule *about, enum list_side side, enum element_type type)
{
	struct lexer *lexer = &walk->lexer;
	bool in_key = true, is_first = true;
	size_t depth = 1;

	while (reader_goes_on(walk->reader) && lexer_next(lexer)) {
		struct span word = lexer->token;
		struct origin origin;

		depth += span_is_exactly(word, "{");
		if (span_is_exactly(word, "}") && --depth == 0)
			return;
		if (span_is_exactly(word, ",") && depth == 1) {
			in_key = is_first = true;
			continue;
		}
		if (ends_key(word) || span_is_exactly(word, "{"))
			in_key = false;
		if (!in_key || word.text[0] == '\n' || lexer->is_string)
			continue;
		origin = origin_at(walk, lexer->line, about);
		origin.side = side;
		word = take_range(lexer, word);
		if (type != ELEMENT_OTHER && word.text[0] != '@' && word.text[0] != '$')
			read_word(walk, &origin, word, type == ELEMENT_ADDRESS && is_first);
		is_first = false;
	}
}

/* To the end of the statement: a line end or semicolon outside of braces, or the brace that closes the block. */
static bool
statement_goes_on(struct lexer *lexer, size_t *depth)
{
	struct lexer before = *lexer;

	if (!lexer_next(lexer))
		return false;
	if (span_is_exactly(lexer->token, "{"))
		++*depth;
	if (span_is_exactly(lexer->token, "}") && (*depth)-- == 0) {
		*lexer = before;
		return false;
	}
	return *depth > 0 || (lexer->token.text[0] != '\n' && !span_is_exactly(lexer->token, ";"));
}

/* What stands after dport: one word, or all between braces. */
static void
take_ports(struct lexer lexer, char *ports, size_t size)
{
	size_t used = 0, depth = 0;

	ports[0] = '\0';
	while (lexer_next(&lexer) && used < size - 1 && lexer.token.text[0] != '\n') {
		depth += span_is_exactly(lexer.token, "{");
		if (span_is_exactly(lexer.token, "}"))
			break;
		if (!span_is_exactly(lexer.token, "{"))
			used += (size_t)snprintf(ports + used, size - used, "%.*s",
						 lexer.token.size < size ? (int)lexer.token.size : (int)size - 1,
						 lexer.token.text);
		if (depth == 0)
			break;
	}
}

/* A rule's protocol, ports and verdict; the strings stay in the buffers. */
static struct list_rule
look_over(const struct walk *walk, char protocol[8], char *ports, size_t size)
{
	struct list_rule about = { .direction = walk->direction };
	struct lexer lexer = walk->lexer;
	size_t depth = 0;

	do {
		struct span word = lexer.token;

		if (span_is_exactly(word, "tcp") || span_is_exactly(word, "udp")) {
			(void)snprintf(protocol, 8, "%.*s", (int)word.size, word.text);
			about.protocol = protocol;
		} else if (span_is_exactly(word, "dport")) {
			take_ports(lexer, ports, size);
			about.ports = ports[0] != '\0' ? ports : NULL;
		} else if (span_is_exactly(word, "accept")) {
			about.access = LIST_ALLOW;
		} else if (span_is_exactly(word, "drop") || span_is_exactly(word, "reject")) {
			about.access = LIST_DENY;
		}
	} while (statement_goes_on(&lexer, &depth));
	return about;
}

/* After saddr or daddr: perhaps an operator, then an address, a set in braces, or something that is no address (the
 * name of a set kept elsewhere, a map). */
static void
read_match(struct walk *walk, const struct list_rule *about, enum list_side side)
{
	struct lexer *lexer = &walk->lexer, before = *lexer;
	struct origin origin;
	struct span word;

	if (!lexer_next(lexer))
		return;
	origin = origin_at(walk, lexer->line, about);
	origin.side = side;
	/* The end of the statement is its loop's to see. */
	if (lexer->token.text[0] == '\n' || lexer->token.text[0] == ';' || lexer->token.text[0] == '}') {
		*lexer = before;
		return;
	}
	if (span_is_exactly(lexer->token, "!=")) {
		reader_problem(walk->reader, &origin, lexer_line(lexer),
			       "negated (!=): stands for every other address");
		return;
	}
	if (span_is_exactly(lexer->token, "==") && !lexer_next(lexer))
		return;
	word = lexer->token;
	if (span_is_exactly(word, "{"))
		read_elements(walk, about, side, ELEMENT_ADDRESS);
	else
		read_word(walk, &origin, take_range(lexer, word), is_digit(word.text[0]));
}

/* A statement in a chain; its first token is at hand. What follows a negated match is passed over by the loop. */
static void
read_rule(struct walk *walk)
{
	char protocol[8], ports[200];
	struct list_rule about = look_over(walk, protocol, ports, sizeof(ports));
	size_t depth = 0;

	do {
		struct span word = walk->lexer.token;

		if (span_is_exactly(word, "saddr"))
			read_match(walk, &about, LIST_SOURCE);
		else if (span_is_exactly(word, "daddr"))
			read_match(walk, &about, LIST_DESTINATION);
	} while (reader_goes_on(walk->reader) && statement_goes_on(&walk->lexer, &depth));
}

/* "type filter hook output priority 0" of a chain; "type ipv4_addr . inet_service" of a set. */
static void
read_type(struct walk *walk)
{
	bool has_address = false;
	size_t depth = 0;

	while (statement_goes_on(&walk->lexer, &depth)) {
		struct span word = walk->lexer.token;

		if (span_is_exactly(word, "input"))
			walk->direction = LIST_INBOUND;
		else if (span_is_exactly(word, "output"))
			walk->direction = LIST_OUTBOUND;
		has_address |= span_is_exactly(word, "ipv4_addr") || span_is_exactly(word, "ipv6_addr") ||
			       span_is_exactly(word, "saddr") || span_is_exactly(word, "daddr");
	}
	if (!walk->is_chain)
		walk->type = has_address ? ELEMENT_UNKNOWN : ELEMENT_OTHER;
}

/* A set whose only type is an address: every element has to be one. */
static void
refine_type(struct walk *walk, struct lexer lexer)
{
	struct span only;

	if (!lexer_next(&lexer))
		return;
	only = lexer.token;
	if (lexer_next(&lexer) && (lexer.token.text[0] == '\n' || lexer.token.text[0] == ';') &&
	    (span_is_exactly(only, "ipv4_addr") || span_is_exactly(only, "ipv6_addr")))
		walk->type = ELEMENT_ADDRESS;
}

/* Past what is left of a statement up to its opening brace. False if it has none. */
static bool
find_brace(struct walk *walk)
{
	while (lexer_next(&walk->lexer)) {
		if (span_is_exactly(walk->lexer.token, "{"))
			return true;
		if (walk->lexer.token.text[0] == '\n' || walk->lexer.token.text[0] == ';')
			return false;
	}
	return false;
}

static void
read_set_elements(struct walk *walk)
{
	struct list_rule about = { 0 };

	if (find_brace(walk))
		read_elements(walk, &about, LIST_SIDE_NONE, walk->type);
}

/* define NAME = value, or = { … }: whatever looks like an address. */
static void
read_definition(struct walk *walk)
{
	struct list_rule about = { 0 };
	size_t depth = 0;

	if (!lexer_next(&walk->lexer))
		return;
	copy_name(walk->block, walk->lexer.token);
	while (reader_goes_on(walk->reader) && statement_goes_on(&walk->lexer, &depth)) {
		struct origin origin = origin_at(walk, walk->lexer.line, &about);
		struct span word = walk->lexer.token;

		if (span_is_exactly(word, "{")) {
			read_elements(walk, &about, LIST_SIDE_NONE, ELEMENT_UNKNOWN);
			break;
		}
		read_word(walk, &origin, take_range(&walk->lexer, word), false);
	}
	walk->block[0] = '\0';
}

/* "add element inet filter NAME { … }": the last word before the brace is the set. */
static void
read_command(struct walk *walk)
{
	struct list_rule about = { 0 };
	struct span name = { .text = "", .size = 0 };

	if (!lexer_next(&walk->lexer) || !span_is_exactly(walk->lexer.token, "element"))
		return;
	while (lexer_next(&walk->lexer) && walk->lexer.token.text[0] != '\n') {
		if (span_is_exactly(walk->lexer.token, "{")) {
			copy_name(walk->block, name);
			read_elements(walk, &about, LIST_SIDE_NONE, ELEMENT_UNKNOWN);
			break;
		}
		name = walk->lexer.token;
	}
	walk->block[0] = '\0';
}

/* "table inet filter {", "set NAME {", "chain NAME {": the words between are the name. */
static void
open_block(struct walk *walk, bool is_table, bool is_chain)
{
	char *name = is_table ? walk->table : walk->block;
	size_t used = 0;

	while (lexer_next(&walk->lexer) && walk->lexer.token.text[0] != '\n') {
		struct span word = walk->lexer.token;

		if (span_is_exactly(word, "{")) {
			*(is_table ? &walk->table_depth : &walk->block_depth) = ++walk->depth;
			break;
		}
		if (used < MAX_NAME - 1)
			used += (size_t)snprintf(name + used, MAX_NAME - used, "%s%.*s", used > 0 ? " " : "",
						 word.size < MAX_NAME ? (int)word.size : MAX_NAME - 1, word.text);
	}
	walk->is_chain = is_chain;
	walk->direction = LIST_DIRECTION_NONE;
	walk->type = ELEMENT_UNKNOWN;
}

static void
close_brace(struct walk *walk)
{
	if (walk->depth == 0)
		return;
	if (walk->depth == walk->block_depth) {
		walk->block_depth = 0;
		walk->block[0] = '\0';
		walk->is_chain = false;
	}
	if (walk->depth == walk->table_depth) {
		walk->table_depth = 0;
		walk->table[0] = '\0';
	}
	walk->depth--;
}

static void
read_in_block(struct walk *walk, struct span word)
{
	if (span_is_exactly(word, "type") || span_is_exactly(word, "typeof")) {
		struct lexer lexer = walk->lexer;

		read_type(walk);
		if (!walk->is_chain)
			refine_type(walk, lexer);
	} else if (walk->is_chain) {
		read_rule(walk);
	} else if (span_is_exactly(word, "elements")) {
		read_set_elements(walk);
	}
}

/* The first token of a statement is at hand. */
static void
read_statement(struct walk *walk)
{
	struct span word = walk->lexer.token;

	if (word.text[0] == '\n' || word.text[0] == ';')
		return;
	if (span_is_exactly(word, "}"))
		close_brace(walk);
	else if (span_is_exactly(word, "{"))
		walk->depth++;
	else if (span_is_exactly(word, "table"))
		open_block(walk, true, false);
	else if (walk->block_depth > 0)
		read_in_block(walk, word);
	else if (span_is_exactly(word, "set") || span_is_exactly(word, "map") || span_is_exactly(word, "chain"))
		open_block(walk, false, span_is_exactly(word, "chain"));
	else if (span_is_exactly(word, "define"))
		read_definition(walk);
	else if (span_is_exactly(word, "add") || span_is_exactly(word, "create"))
		read_command(walk);
}

static bool
is_sign(struct span word, struct span rest)
{
	struct span second = words_first(rest);

	if (span_is_exactly(word, "table"))
		return span_is_exactly(second, "inet") || span_is_exactly(second, "ip") ||
		       span_is_exactly(second, "ip6") || span_is_exactly(second, "bridge") ||
		       span_is_exactly(second, "netdev") || span_is_exactly(second, "arp");
	if (span_is_exactly(word, "add") || span_is_exactly(word, "create"))
		return span_is_exactly(second, "element") || span_is_exactly(second, "table");
	if (span_is_exactly(word, "flush"))
		return span_is_exactly(second, "ruleset");
	return span_is_exactly(word, "define") || (span_is_exactly(word, "elements") && span_begins(second, "="));
}

static bool
detect(const struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };

	while (lines.number < DETECT_LINES && lines_next(&lines)) {
		struct span rest = lines.line, word;

		if (words_next(&rest, &word) && is_sign(word, rest))
			return true;
	}
	return false;
}

static void
read_all(struct reader *reader)
{
	struct walk walk = { .reader = reader, .lexer = { .rest = reader_text(reader), .next_line = 1 } };

	/* A bare set, without its table, is a block too: elements are read wherever they stand. */
	while (reader_goes_on(reader) && lexer_next(&walk.lexer)) {
		if (walk.block_depth == 0 && span_is_exactly(walk.lexer.token, "elements"))
			read_set_elements(&walk);
		else
			read_statement(&walk);
	}
}

const struct list_format list_format_nftables = {
	.name = "nftables",
	.description = "nftables rule sets: sets, maps, rules, definitions",
	.detect = detect,
	.read = read_all,
};
