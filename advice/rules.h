/**
 * @file
 * Rules to be put into a network security group, a route table or Azure
 * Firewall: what `migrate` and `plan` propose, before it has an outward form.
 * The builder keeps what the platform demands, so that whoever writes the
 * rules out has nothing left to decide: one tag on a rule's side, never
 * beside addresses; one family to a rule; unique priorities within a
 * direction; unique names within the platform's length and letters.
 *
 * Nothing here prints or keeps state; a set belongs to one thread at a time.
 */
#ifndef ADVICE_RULES_H
#define ADVICE_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include <lists/lists.h>
#include <svctag/target.h>

/** Priorities of a network security group. */
#define RULE_LEAST_PRIORITY 100
#define RULE_MOST_PRIORITY 4096
/** Most letters of a rule's name. */
#define RULE_NAME_SIZE 80

/** What one side of a rule matches. */
enum rule_peer_kind {
	RULE_ANY,       /**< `*` */
	RULE_TAG,       /**< `tag`; also VirtualNetwork, Internet and their like */
	RULE_ADDRESSES, /**< `prefixes`, all of one family */
};

struct rule_peer {
	enum rule_peer_kind kind;
	const char *tag;
	const svctag_prefix *prefixes;
	size_t prefix_count;
};

/** One rule, or (target udr) one route. Strings and lists are the set's. */
struct rule {
	const char *name;
	const char *description;       /**< one line, at most 140 bytes; "" for none */
	unsigned int priority;         /**< 0 for routes */
	enum list_direction direction; /**< never LIST_DIRECTION_NONE; outbound for routes */
	enum list_access access;       /**< never LIST_ACCESS_NONE */
	const char *protocol;          /**< "Tcp", "Udp", "Icmp", "*" */
	const char *const *ports;      /**< the destination's: "443", "8000-8080", "*"; at least one */
	size_t port_count;
	struct rule_peer source;
	struct rule_peer destination; /**< of a route: where to; RULE_TAG, or one prefix */
	const char *next_hop;         /**< routes: "Internet", "VirtualAppliance 10.0.0.4", …; NULL otherwise */
};

struct rule_set; /* opaque: made by rules_new(), filled by rules_add() */

/**
 * @param target     of all its rules
 * @param[out] ret   the caller owns it: rules_free()
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error rules_new(svctag_target target, struct rule_set **ret);
/** Accepts NULL. */
void rules_free(struct rule_set *set);

/**
 * Add a rule. What it points to is copied. Its name is made fit: letters that
 * the platform does not take become '-', it is cut to RULE_NAME_SIZE, and
 * made unique by a number. A priority of 0 takes the next free one of its
 * direction. A side with addresses of both families becomes two rules, one
 * with more prefixes than a rule may have several.
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT (no priority is free), SVCTAG_E_DUPLICATE (its priority is
 *         taken), SVCTAG_E_INVALID (a side that the target cannot have; a protocol or port that is none)
 */
SVCTAG_MUST_CHECK svctag_error rules_add(struct rule_set *set, const struct rule *rule, svctag_detail *detail);

/**
 * Keep a name and (unless 0) a priority free: another rule has them, in the place where these rules go.
 * @param name  NULL for none
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error rules_reserve(struct rule_set *set, const char *name, enum list_direction direction,
					     unsigned int priority);

/** The least free priority of a direction that is not below `least`; 0 if there is none. */
unsigned int rules_free_priority(const struct rule_set *set, enum list_direction direction, unsigned int least);

svctag_target rules_target(const struct rule_set *set);
/** How much of a limit the set takes up. @return false if the limit is of another target, or says nothing of rules */
bool rules_limit_value(const struct rule_set *set, const svctag_limit *limit, size_t *ret);
size_t rules_count(const struct rule_set *set);
const struct rule *rules_at(const struct rule_set *set, size_t i);

#endif
