/* What the outputs of rules share. */
#ifndef REPORT_RULES_INTERNAL_H
#define REPORT_RULES_INTERNAL_H

#include "json.h"
#include "rules.h"

/** Everything that one output is made of. */
struct rules_answer {
	const struct rule_set *rules;  /**< to be put in */
	const struct rule_set *remove; /**< to be taken out; NULL for none */
	struct rules_place place;      /**< without NULL, but for title and label */
	svctag_target target;
};

/** An identifier of Bicep or Terraform: the name, after the place's label where it has one ("source_name"). */
void rules_identifier(FILE *out, const struct rules_answer *answer, const char *name);

/** "Allow", "Outbound", as Azure spells them. Static. */
const char *rules_access(enum list_access access);
const char *rules_direction(enum list_direction direction);
/** "TCP", "Any", as Azure Firewall spells them. Static. */
const char *rules_firewall_protocol(const char *protocol);

/** The kind of a route's next hop, as "Internet"; *ret_address is an appliance's address, or NULL. */
const char *rules_next_hop(const char *next_hop, const char **ret_address);

/** The text of the i-th of what a side matches, of rules_peer_count(): "*", a tag, a prefix. */
size_t rules_peer_count(const struct rule_peer *peer);
const char *rules_peer_text(const struct rule_peer *peer, size_t i, char text[SVCTAG_PREFIX_TEXT_SIZE]);

/**
 * Azure Firewall keeps rules in collections that only allow or only deny:
 * the rules from `begin` on that do the same. Returns the end.
 */
size_t rules_collection_end(const struct rule_set *rules, size_t begin);
/** The name of the n-th of them, and its priority. */
#define RULES_COLLECTION_SIZE 48
unsigned int rules_collection(const struct rules_answer *answer, const struct rule_set *rules, size_t begin, size_t n,
			      char name[RULES_COLLECTION_SIZE]);

/** A rule or route as Azure has it in JSON: flat, or (in templates) with its fields in `properties`. */
cJSON *rules_json_rule(struct json *json, svctag_target target, const struct rule *rule, bool nested);
/** A collection of a firewall policy with its rules. */
cJSON *rules_json_collection(struct json *json, const struct rules_answer *answer, size_t begin, size_t end, size_t n);

/** A word for a POSIX shell, and the command that takes a rule out again. */
void rules_shell_word(FILE *out, const char *text);
void rules_az_delete(FILE *out, const struct rules_answer *answer, size_t rule);

SVCTAG_MUST_CHECK svctag_error rules_write_az(FILE *out, const struct rules_answer *answer);
SVCTAG_MUST_CHECK svctag_error rules_write_bicep(FILE *out, const struct rules_answer *answer);
SVCTAG_MUST_CHECK svctag_error rules_write_terraform(FILE *out, const struct rules_answer *answer);
SVCTAG_MUST_CHECK svctag_error rules_write_json(FILE *out, const struct rules_answer *answer);

#endif
