/**
 * @file
 * People's lists of addresses: allow-lists, firewall rules, route tables, in
 * the forms in which they keep them. One call turns the bytes of a file into
 * the addresses it names, each with where it came from. Nothing here prints,
 * opens a file or keeps state; any thread may call anything.
 *
 * What cannot be read becomes a problem with its place and the reading goes
 * on; nothing that looks like an address is dropped without one. docs/lists.md
 * describes the formats.
 */
#ifndef LISTS_H
#define LISTS_H

#include <stdbool.h>
#include <stddef.h>

#include <svctag/lookup.h>

/** Most bytes of a list. */
#define LIST_MAX_SIZE ((size_t)64 << 20)
/** Most entries and mentions, each; past them reading fails with SVCTAG_E_LIMIT. */
#define LIST_MAX_ENTRIES 2000000
/** Most problems that are kept; further ones are only counted. */
#define LIST_MAX_PROBLEMS 10000

/** Which way the traffic goes that an entry is about, seen from the machine that is protected. */
enum list_direction {
	LIST_DIRECTION_NONE,
	LIST_INBOUND,
	LIST_OUTBOUND,
};

/** Which end of the traffic the address is. */
enum list_side {
	LIST_SIDE_NONE,
	LIST_SOURCE,
	LIST_DESTINATION,
};

/** What a rule does with the traffic. */
enum list_access {
	LIST_ACCESS_NONE,
	LIST_ALLOW,
	LIST_DENY,
};

/** What platform a rule belongs to, where its format says so. */
enum list_kind {
	LIST_KIND_NONE,
	LIST_KIND_NSG,         /**< a rule of a network security group */
	LIST_KIND_NSG_DEFAULT, /**< one of those that every group has and nobody can change */
	LIST_KIND_ROUTE,       /**< a route of a route table */
	LIST_KIND_FIREWALL,    /**< a rule in a collection of Azure Firewall */
	LIST_KIND_IP_GROUP,    /**< a group of addresses that rules name */
	LIST_KIND_STORAGE,     /**< an address rule of a storage account's firewall */
};

/** What the entries of one rule, set or table share. Lives as long as the list. */
struct list_rule {
	const char *path; /**< its name: a rule, "table/chain", a set, a JSON path; "" where there is none */
	size_t number;    /**< its place in the list, from 1; 0 for what is in no rule */
	enum list_kind kind;
	size_t line;          /**< where it begins, from 1; 0 where only its entries have lines */
	const char *name;     /**< its own name, without what it is in; NULL where only the path is known */
	const char *resource; /**< the group, table or account that it is in; NULL if the format does not say */
	enum list_direction direction;
	enum list_access access;
	const char *protocol;     /**< as written; NULL if not given */
	const char *ports;        /**< the destination's, as written, joined by commas; NULL if not given */
	const char *source_ports; /**< likewise */
	const char *priority;     /**< decimal digits; NULL if not given */
	const char *next_hop;     /**< routes: where to; NULL otherwise */
};

/** One address, prefix or range. */
struct list_entry {
	svctag_range range;     /**< IPv4-mapped IPv6 is IPv4 */
	svctag_query_kind kind; /**< how it is written */
	enum list_side side;
	size_t line;                  /**< from 1; 0 where lines mean nothing */
	const struct list_rule *rule; /**< never NULL */
	const char *intent;           /**< the tag that it is meant to stand for; NULL if the list says none */
	const char *text;             /**< as found */
};

/** The side of a rule that names a tag, `*`, `Any` and the like, in place of addresses. */
struct list_mention {
	enum list_side side;
	size_t line;
	const struct list_rule *rule; /**< never NULL */
	const char *tag;              /**< as found */
	bool in_array;                /**< stands among several, or where several may stand; JSON only */
};

/** A service endpoint of a subnet: traffic to the service does not follow the subnet's routes. */
struct list_endpoint {
	size_t line;
	const char *path;    /**< of the subnet */
	const char *service; /**< "Microsoft.Storage" */
};

/** Something that could not be read, or was read otherwise than written. */
struct list_problem {
	size_t line;      /**< from 1; 0 where lines mean nothing */
	const char *path; /**< as in struct list_rule */
	const char *text; /**< what was found, cut to 200 bytes */
	const char *error;
	bool is_warning; /**< an entry was made of it nevertheless */
};

/** A list that was read, in the order of the file. All memory is its own. */
struct list {
	const char *name;   /**< as given to list_read() */
	const char *format; /**< the name of its format; static */
	struct list_entry *entries;
	size_t entry_count;
	struct list_mention *mentions;
	size_t mention_count;
	struct list_problem *problems;
	size_t problem_count;
	size_t problems_left_off;       /**< past LIST_MAX_PROBLEMS */
	const struct list_rule **rules; /**< those that entries and mentions name, and others of the same kinds; the
	                                     one with number n is rules[n - 1] */
	size_t rule_count;
	struct list_endpoint *endpoints;
	size_t endpoint_count;
	struct list_memory *memory;
};

/** How to read. Zero-initialised is the default. */
struct list_options {
	const char *format; /**< name of a format; NULL to detect it */
	const char *column; /**< CSV: heading, in any letter case, or number from 1 of the addresses' column */
};

/**
 * Read a list. Time and memory are linear in its size.
 * @param data       any bytes; not needed afterwards
 * @param name       of the file, for places and as a hint when the format is detected; copied
 * @param options    may be NULL
 * @param[out] ret   the caller owns it: list_free(). Untouched unless SVCTAG_OK
 * @param detail     may be NULL. What is wrong, without the name
 * @return SVCTAG_OK (look at the problems), SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT,
 *         SVCTAG_E_UNSUPPORTED (no such format), SVCTAG_E_SYNTAX (not of the
 *         format at all, as a JSON document that is cut short),
 *         SVCTAG_E_NOT_FOUND (no such column)
 */
SVCTAG_MUST_CHECK svctag_error list_read(const char *data, size_t size, const char *name,
					 const struct list_options *options, struct list **ret, svctag_detail *detail);

/** Accepts NULL. */
void list_free(struct list *list);

/** The name and a description of the i-th format; NULL past the last. Static. */
const char *list_format_name(size_t i);
const char *list_format_description(size_t i);

/** Room for a place. */
#define LIST_PLACE_SIZE 512

/** "rules.json:12 (path)" into LIST_PLACE_SIZE bytes, without what is not known, cut to fit. Returns its length. */
size_t list_place_format(const struct list *list, size_t line, const char *path, char *text);

/** An entry in canonical text, of its kind, into SVCTAG_RANGE_TEXT_SIZE bytes. Returns its length. */
size_t list_entry_format(const struct list_entry *entry, char *text);

/** "inbound", "source", "allow", "nsg"; NULL for none. Static. */
const char *list_direction_text(enum list_direction direction);
const char *list_side_text(enum list_side side);
const char *list_access_text(enum list_access access);
const char *list_kind_text(enum list_kind kind);

#endif
