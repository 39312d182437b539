/*
 * What the checks share. Entries and mentions of a list become *items*, put
 * in order of their rules and sides, so that a check sees a side of a rule as
 * one run of them.
 */
#ifndef ADVICE_LINT_INTERNAL_H
#define ADVICE_LINT_INTERNAL_H

#include <lists/memory.h>

#include "lint.h"

/** What an item stands for. */
enum lint_peer {
	PEER_ADDRESS,
	PEER_ANY,      /**< `*`, Any */
	PEER_RESERVED, /**< Internet, VirtualNetwork and their like: names of the platform's own, in no release */
	PEER_TAG,
	PEER_UNKNOWN,
};

/** One entry or mention. */
struct lint_item {
	const struct list_entry *entry;     /**< of PEER_ADDRESS; else NULL */
	const struct list_mention *mention; /**< else */
	enum lint_peer peer;
	uint32_t tag; /**< of PEER_TAG: the index's number; of PEER_RESERVED: which */
};

/** A run of items. */
struct lint_run {
	struct lint_item *items;
	size_t count;
};

struct lint {
	const struct list *list;
	const svctag_snapshot *snapshot;
	const svctag_index *index;
	const struct lint_options *options;
	struct list_memory *memory;
	struct lint_item *items;
	size_t item_count;
	size_t *begin; /**< by rule number * LINT_SIDES + side, where its items begin; one more at the end */
	bool *told;    /**< by entry: there is a finding already that says what to do with it */
	struct lint_finding *findings;
	size_t count, capacity, left_off;
	size_t totals[LINT_SEVERITY_COUNT];
	size_t guesses;     /**< left: what an unknown name was meant to be takes a look at every tag */
	svctag_error error; /**< the first failure; everything after it does nothing */
};

#define LINT_SIDES 3

/** Everything at one place of the list. */
struct lint_place {
	size_t line;
	const struct list_rule *rule; /**< or NULL: of the whole list */
};

/** The rule with a number; of 0 one without name or kind. */
const struct list_rule *lint_rule(const struct lint *lint, size_t number);
/** Items of one side of a rule, in a canonical order. */
struct lint_run lint_side(const struct lint *lint, size_t number, enum list_side side);
/** Items of all sides of it. */
struct lint_run lint_all_sides(const struct lint *lint, size_t number);

/** What the rule is for: as asked, or as its kind says; a group where it says nothing. */
svctag_target lint_target(const struct lint *lint, const struct list_rule *rule);
/** Is it known what the rule is for? */
bool lint_has_target(const struct lint *lint, const struct list_rule *rule);
/** Is it one that its owner can change? */
bool lint_is_own(const struct list_rule *rule);

size_t lint_item_line(const struct lint_item *item);
const struct list_rule *lint_item_rule(const struct lint_item *item);
enum list_side lint_item_side(const struct lint_item *item);
/** Does it stand for all addresses of a family, or of both? */
bool lint_item_is_any(const struct lint_item *item);
/** The Internet counts too: what is in no virtual network. */
bool lint_item_is_anyone(const struct lint_item *item);
/** As the list has it, cut; for messages. */
#define LINT_ITEM_SIZE 100
const char *lint_item_text(const struct lint_item *item, char text[LINT_ITEM_SIZE]);
/** By peer, then name or addresses. */
int lint_item_compare(const void *a, const void *b);

/** The name of a rule for messages, cut: "rule 'out'", or what else there is to say. */
#define LINT_NAME_SIZE 120
const char *lint_rule_text(const struct list_rule *rule, char text[LINT_NAME_SIZE]);

/** A reserved name by number, or NULL past the last. */
const char *lint_reserved(uint32_t i);
#define LINT_INTERNET 0

/** Go on? Asks the caller now and then. */
bool lint_goes_on(struct lint *lint, size_t done, size_t of);

bool lint_is_on(const struct lint *lint, enum lint_check check);

/**
 * Begin a finding.
 * @return false when it is not wanted, or only counted: there is nothing to write then
 */
bool lint_begin(struct lint *lint, enum lint_check check, enum lint_severity severity);
/** A text in the findings' memory. Never NULL. */
const char *lint_text(struct lint *lint, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The finding that was begun. @param tag  or NULL; copied */
void lint_add(struct lint *lint, enum lint_check check, enum lint_severity severity, struct lint_place place,
	      const char *tag, const char *message, const char *fix);

/* The checks, each in the file of its name. */
void lint_problems(struct lint *lint);
void lint_stale(struct lint *lint, svctag_detail *detail);
void lint_overlap(struct lint *lint);
void lint_addresses(struct lint *lint);
void lint_tags(struct lint *lint);
void lint_rules(struct lint *lint);
void lint_limits(struct lint *lint);
void lint_scenario(struct lint *lint);

/**
 * The tag that a name was meant to be, though it is none: written as documents
 * have it, by the service's or the region's other name.
 * @return its name in the release or a reserved one; NULL if nothing is known
 */
const char *lint_meant(const struct lint *lint, const char *name);

/** Does a range meet so many published prefixes that asking for all its tags would take long? */
bool lint_is_wide(const struct lint *lint, const svctag_range *range);

/** The rules by what they are in: kind, resource, direction, priority. Numbers of rules; free() it. */
size_t *lint_rules_in_order(struct lint *lint, size_t *ret_count);
/** Are two rules in the same group, table, firewall? */
bool lint_same_resource(const struct list_rule *a, const struct list_rule *b);
/** 0 if it has none. */
unsigned long lint_priority(const struct list_rule *rule);

/** Do the words of a joined list ("80,443", "8000-8080", "*") hold these ports? NULL is all of them. */
bool lint_ports_cover(const char *outer, const char *inner);
bool lint_protocol_covers(const char *outer, const char *inner);

#endif
