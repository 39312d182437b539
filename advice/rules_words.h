/**
 * @file
 * Protocols, ports and next hops as firewalls write them, turned into what
 * rules have.
 */
#ifndef ADVICE_RULES_WORDS_H
#define ADVICE_RULES_WORDS_H

#include <stdbool.h>

#include <lists/memory.h>

/** "Tcp", "*", …; NULL where the text is no protocol that rules know. NULL is any. Static. */
const char *rule_protocol(const char *text);

/** Most ports of one rule. */
#define RULE_MOST_PORTS 64

/**
 * Ports separated by commas or blanks, perhaps in braces, as "443,8000-8080".
 * @param text      NULL is any
 * @param[out] ret  in `memory`: "443,8000-8080" or "*"; NULL when there is no memory
 * @return false where they are not ports; *ret is "*" then
 */
bool rule_ports(const char *text, struct list_memory *memory, const char **ret);

/** "VirtualAppliance 10.0.0.4", "Internet", …; NULL where the text is none. In `memory`, or static. */
const char *rule_next_hop(const char *text, struct list_memory *memory);

/** "*", "any" and their like. */
bool rule_is_any(const char *text);

#endif
