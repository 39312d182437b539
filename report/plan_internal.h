/* What the forms of a plan share. */
#ifndef REPORT_PLAN_INTERNAL_H
#define REPORT_PLAN_INTERNAL_H

#include "plan.h"

/** A rule's tag if the rule is of this direction, else NULL. */
const char *plan_direction_tag(const struct plan_rule *rule, enum list_direction direction);

/** What the index knows of a rule's tag; all zero if there is none. */
svctag_index_tag plan_index_tag(const struct plan *plan, const struct plan_rule *rule);

/** Room for the ports of a rule; more are cut with an ellipsis. */
#define FORMAT_PORTS_SIZE 256
/** "443 8000-8080" */
const char *plan_format_ports(const struct scenario_rule *rule, char text[FORMAT_PORTS_SIZE]);

/** What keeps a rule from being made, "" if nothing does. Static. */
const char *plan_trouble(const struct plan_rule *rule);

SVCTAG_MUST_CHECK svctag_error plan_write_text(FILE *out, const struct report_style *style, const struct plan *plan);

#endif
