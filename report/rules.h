/*
 * Rules as text: commands of az, Bicep, Terraform, and the JSON that Azure
 * itself has. Names and texts may come from somebody's list: each form quotes
 * what it writes, and takes no word of it for its own.
 */
#ifndef REPORT_RULES_H
#define REPORT_RULES_H

#include <advice/rules.h>

#include "report.h"

enum rules_output {
	RULES_AZ,
	RULES_BICEP,
	RULES_TERRAFORM,
	RULES_JSON,
	RULES_OUTPUT_COUNT,
};

/** "az", "bicep", "terraform", "json". Static. */
const char *rules_output_text(enum rules_output output);
bool rules_output_parse(const char *text, enum rules_output *ret);

/** Where the rules are put. */
struct rules_place {
	const char *resource_group; /**< NULL: my-resource-group */
	const char *name;           /**< of the group, route table, firewall or policy; NULL: my-nsg and the like */
	const char *title;          /**< one line about the rules, for a comment; NULL for none */
	const char *label;          /**< letters, digits, '-': where several sets make one document, what keeps the
				         identifiers of this one apart; NULL for none */
};

/** Is the text such as Azure takes for the name of a resource or resource group? */
bool rules_place_is_valid(const char *name);

/** The rules of a set, to be added to what is there. @return SVCTAG_OK, SVCTAG_E_IO, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error report_rules(FILE *out, enum rules_output output, const struct rule_set *rules,
					    const struct rules_place *place);

/** The way back: `restore` is put in again, `remove` taken out. Both are of one target. */
SVCTAG_MUST_CHECK svctag_error report_rules_rollback(FILE *out, enum rules_output output, const struct rule_set *remove,
						     const struct rule_set *restore, const struct rules_place *place);

#endif
