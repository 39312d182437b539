/**
 * @file
 * What the formats share: the state of one reading, and how addresses, names
 * and problems get into the list.
 *
 * The first failure that ends the reading (no memory, a limit, not the format
 * at all) is remembered in `error`; everything after it does nothing, so that
 * formats need no error paths of their own, only loops that look at it.
 */
#ifndef LISTS_READER_H
#define LISTS_READER_H

#include "lists.h"
#include "memory.h"
#include "token.h"

struct cJSON;

struct reader {
	const char *data; /**< UTF-8, without byte order mark or NUL */
	size_t size;
	const char *name;
	const struct list_options *options;
	const struct cJSON *json; /**< the document; NULL unless it is JSON */
	struct list *list;
	size_t entry_capacity, mention_capacity, problem_capacity, rule_capacity, endpoint_capacity;
	const struct list_rule *last_rule;
	const char *last_intent;
	svctag_detail *detail;
	svctag_error error;
};

/** One way of keeping a list. */
struct list_format {
	const char *name;
	const char *description;
	bool is_json;
	/** Is the document of this form? Looks at the beginning of a text only, at the shape of JSON. */
	bool (*detect)(const struct reader *reader);
	void (*read)(struct reader *reader);
};

extern const struct list_format list_format_arm, list_format_aws, list_format_az_rules, list_format_cisco,
	list_format_csv, list_format_firewall, list_format_ipset, list_format_iptables, list_format_markdown,
	list_format_netsh, list_format_nftables, list_format_nsg, list_format_paloalto, list_format_routes,
	list_format_storage, list_format_terraform, list_format_text, list_format_xml;

/** Where something stands. */
struct origin {
	size_t line;
	const struct list_rule *rule; /**< from reader_rule(), or NULL */
	enum list_side side;
	const char *intent; /**< from reader_intent(), or NULL */
	bool in_array;      /**< see struct list_mention */
};

static inline bool
reader_goes_on(const struct reader *reader)
{
	return reader->error == SVCTAG_OK;
}

/** All of the text. */
static inline struct span
reader_text(const struct reader *reader)
{
	return (struct span){ .text = reader->data, .size = reader->size };
}

/** End the reading; the first one counts. */
void reader_fail(struct reader *reader, svctag_error error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** A copy in the list's memory. Never NULL: "" after a failure. */
const char *reader_copy(struct reader *reader, struct span text);

/**
 * A rule with its strings in the list's memory; its number is given here.
 * Rules that follow one another with equal fields are one, unless their kind
 * is known: of those each is a rule of its own. Never NULL.
 */
const struct list_rule *reader_rule(struct reader *reader, const struct list_rule *rule);

/** The name of a tag in the list's memory; the same pointer while it stays the same. */
const char *reader_intent(struct reader *reader, struct span tag);

/** An address that a caller has parsed himself. */
void reader_add(struct reader *reader, const struct origin *origin, const struct token *token, struct span text);

/** An address, prefix or range that has to be one: an entry or a problem. @return was it one? */
bool reader_address(struct reader *reader, const struct origin *origin, struct span text);

/** What stands for addresses in a rule: an address as above, a name (a mention), or a problem. */
void reader_value(struct reader *reader, const struct origin *origin, struct span text);

/** Values separated by commas, each perhaps with blanks around it. */
void reader_values(struct reader *reader, const struct origin *origin, struct span text);

void reader_mention(struct reader *reader, const struct origin *origin, struct span text);

void reader_endpoint(struct reader *reader, size_t line, const char *path, struct span service);

/** What `text` is wrong with. */
void reader_problem(struct reader *reader, const struct origin *origin, struct span text, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void reader_warning(struct reader *reader, const struct origin *origin, struct span text, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
