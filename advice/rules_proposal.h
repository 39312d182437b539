/** @file The parts that a proposal is made of. */
#ifndef ADVICE_RULES_PROPOSAL_H
#define ADVICE_RULES_PROPOSAL_H

#include "rules_layout.h"
#include "rules_migration.h"

/** The rules that are proposed. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT */
SVCTAG_MUST_CHECK svctag_error proposal_rules(const struct proposal *proposal, struct rule_set **ret,
					      svctag_detail *detail);

/** The list's own rules in its target's form. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error proposal_own_rules(struct proposal *proposal);

/** What is to be said besides. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error proposal_notes(struct proposal *proposal);

/** What a rule has on its own side: addresses, names that Azure's rules know, or anything. At least one. */
struct own_side {
	struct rule_peer *peers;
	size_t count;
	svctag_prefix *prefixes; /* of the peers; owned */
	const char *unknown;     /* the first name that rules do not know; NULL if all are */
};

/** @param ret  release with own_side_release(), whatever the result */
SVCTAG_MUST_CHECK svctag_error own_side_make(const struct proposal *proposal, const struct origin *origin,
					     struct own_side *ret);
void own_side_release(struct own_side *side);

/** Text that is equal for equal sides. free() it; NULL when there is no memory. */
char *own_side_text(const struct own_side *side);

/** Is it a name that stands for addresses in a rule: a tag of this release, VirtualNetwork and its like? */
bool rule_knows_tag(const svctag_snapshot *snapshot, const char *name);

/** Addresses of some entries of an origin: those on this side. free() *ret. */
SVCTAG_MUST_CHECK svctag_error origin_prefixes(const struct proposal *proposal, const struct origin *origin,
					       bool remote, svctag_prefix **ret, size_t *ret_count);

/** "443,80" as the words that rules have. At most RULE_MOST_PORTS; they lie in `text`, which is cut into them. */
size_t rule_split_ports(char *text, const char **ret);

#endif
