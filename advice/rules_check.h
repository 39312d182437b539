/**
 * @file
 * Is a rule such as its target can have?
 */
#ifndef ADVICE_RULES_CHECK_H
#define ADVICE_RULES_CHECK_H

#include "rules.h"

/** Most prefixes on one side of a rule; a route has one. */
size_t rule_most_prefixes(svctag_target target);

/** "443", "8000-8080", "*". */
bool rule_port_is_valid(const char *port);

/** Letters, digits, '.', '_' and '-', as all names of tags are made of. */
bool rule_tag_is_valid(const char *tag);

/** @return SVCTAG_OK, SVCTAG_E_INVALID, SVCTAG_E_RANGE (its priority) */
SVCTAG_MUST_CHECK svctag_error rule_check(svctag_target target, const struct rule *rule, svctag_detail *detail);

#endif
