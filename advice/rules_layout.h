/**
 * @file
 * The rules of somebody's list, read for what rules of Azure can take over:
 * which way the traffic goes, whose addresses tags can replace, and in what
 * order rules that allow and rules that deny stand.
 */
#ifndef ADVICE_RULES_LAYOUT_H
#define ADVICE_RULES_LAYOUT_H

#include <stdint.h>

#include <lists/lists.h>
#include <lists/memory.h>
#include <svctag/target.h>

/** One of the list's rules. */
struct origin {
	const struct list_rule *rule;
	enum list_direction direction; /**< outbound where the list does not say, unless it has sources only */
	enum list_access access;       /**< allow where the list does not say */
	const char *protocol;          /**< as rules have it */
	const char *ports;             /**< as rules have them, joined by commas */
	const char *next_hop;          /**< as routes have it; NULL for other targets */
	unsigned int priority;         /**< 0 where the list does not say */
	unsigned int layer; /**< how often the rules before it, of its direction, change from allow to deny or back */
	size_t first_entry, entry_count;
	size_t first_mention, mention_count;
	size_t remote; /**< entries that tags could replace */
};

/** Which parts of the list could not be taken as they are. */
struct layout_doubts {
	const char *protocol;  /**< the first that rules do not know, as written; NULL if all are */
	const char *ports;     /**< likewise */
	const char *next_hop;  /**< likewise */
	size_t without_ports;  /**< entries of rules that do not say ports */
	size_t several_groups; /**< rules that share a priority with another of their direction */
};

struct layout {
	const struct list *list;
	svctag_target target;
	struct list_memory *memory;
	struct origin *origins; /**< in order of their first entry or mention */
	size_t origin_count;
	uint32_t *entry_origins; /**< by entry: the number of its origin */
	uint32_t *entries;       /**< numbers of entries, those of one origin together, in order */
	uint32_t *mentions;      /**< likewise */
	struct layout_doubts doubts;
};

/** @param ret  release with layout_release(), whatever the result. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error layout_make(const struct list *list, svctag_target target, struct layout *ret);

/** Accepts a zero-initialised layout. */
void layout_release(struct layout *layout);

/** The origin of an entry, and is the entry one that a tag could replace, not on the rule's own side? */
const struct origin *layout_origin(const struct layout *layout, size_t entry);
bool layout_is_remote(const struct layout *layout, size_t entry);

/** Is this side of a rule of this direction the one that tags could replace? */
bool layout_side_is_remote(enum list_direction direction, enum list_side side);

#endif
