/**
 * @file
 * What is wrong, or a bad habit, in a list: addresses that stand where a tag
 * belongs or that have left theirs, tags that are none or cannot be used where
 * they are, limits, rules that open more than they should, and rules that a
 * scenario needs and the list lacks. docs/lint.md describes every check.
 *
 * A pure function of the list, the snapshot and the options; of the store only
 * its history. Findings are immutable and independent of the snapshot and the
 * store, not of the list. Nothing here prints; any thread may call anything.
 */
#ifndef ADVICE_LINT_H
#define ADVICE_LINT_H

#include <lists/lists.h>
#include <svctag/drift.h>
#include <svctag/target.h>

struct plan;

/** Most findings that are kept; further ones are only counted. */
#define LINT_MAX_FINDINGS 200000

enum lint_severity {
	LINT_NOTE,    /**< good to know */
	LINT_WARNING, /**< works today, or works badly */
	LINT_ERROR,   /**< is refused, or does not do what it says */
	LINT_SEVERITY_COUNT,
};

/** "note", "warning", "error". Static. */
const char *lint_severity_text(enum lint_severity severity);

/** What is looked for. The order is that of the documentation. */
enum lint_check {
	LINT_HARD_CODED_ADDRESS,
	LINT_STALE_ADDRESS,
	LINT_AZURE_ADDRESS,
	LINT_REDUNDANT,
	LINT_SITE_RECOVERY_ROUTE,
	LINT_FORCED_TUNNELLING,
	LINT_UNKNOWN_TAG,
	LINT_DOCUMENT_SPELLING,
	LINT_TAG_CASE,
	LINT_UNUSABLE_TAG,
	LINT_SEVERAL_TAGS,
	LINT_TAG_IN_ARRAY,
	LINT_MIXED_FAMILIES,
	LINT_LIMIT,
	LINT_NEAR_LIMIT,
	LINT_RULE_NAME,
	LINT_PRIORITY_RANGE,
	LINT_DUPLICATE_PRIORITY,
	LINT_BROAD_INBOUND,
	LINT_ANY_INBOUND,
	LINT_STORAGE_ADDRESS,
	LINT_MISSING_TAG,
	LINT_UNREADABLE,
	LINT_READ_OTHERWISE,
	LINT_CHECK_COUNT,
};

/** What there is to know of a check. Static. */
struct lint_about {
	const char *id;              /**< lower-case letters and '-'; never changes */
	enum lint_severity severity; /**< of most of its findings */
	const char *title;           /**< one line */
	const char *help;            /**< why it matters */
};

const struct lint_about *lint_about(enum lint_check check);
/** By exact id. @return SVCTAG_OK, SVCTAG_E_NOT_FOUND (the detail names the nearest one) */
SVCTAG_MUST_CHECK svctag_error lint_check_find(const char *id, enum lint_check *ret, svctag_detail *detail);

/** One finding. Strings live as long as the findings, or the list. Texts may hold any bytes of the list. */
struct lint_finding {
	enum lint_check check;
	enum lint_severity severity;
	size_t line;         /**< from 1; 0 where there is none */
	const char *path;    /**< as in struct list_rule */
	const char *rule;    /**< the rule's own name, or else the path; NULL if it is about no rule */
	const char *message; /**< one sentence */
	const char *fix;     /**< what to write instead */
	const char *tag;     /**< the tag that it is about; NULL if there is none */
};

/** Zero-initialised is the default. */
struct lint_options {
	bool has_target;
	svctag_target target;       /**< if has_target: what the rules are for, in place of what the format says */
	bool off[LINT_CHECK_COUNT]; /**< checks to leave out */
	const char *intent;         /**< the tag that entries are meant for whose list does not say; or NULL */
	const struct plan *plan; /**< a scenario's rules that have to be there, made for the same snapshot; or NULL */
	svctag_store *store;     /**< whose history tells stale addresses; NULL: only intents do */
	svctag_drift_progress progress; /**< or NULL */
	void *context;
};

struct lint; /* opaque */

/**
 * Time is proportional to the entries, but for sorting.
 * @param list       has to outlive the findings
 * @param options    may be NULL
 * @param[out] ret   the caller owns it: lint_free()
 * @return SVCTAG_OK (look at the findings), SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT (progress said so), and what
 *         svctag_drift_of_list() returns
 */
SVCTAG_MUST_CHECK svctag_error lint_list(const struct list *list, const svctag_snapshot *snapshot,
					 const struct lint_options *options, struct lint **ret, svctag_detail *detail);

/** Accepts NULL. */
void lint_free(struct lint *lint);

/** In order of their lines. */
size_t lint_count(const struct lint *lint);
const struct lint_finding *lint_at(const struct lint *lint, size_t i);
/** Past LINT_MAX_FINDINGS. */
size_t lint_left_off(const struct lint *lint);
/** All of this severity, also those that were left off. */
size_t lint_total(const struct lint *lint, enum lint_severity severity);

#endif
