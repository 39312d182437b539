/**
 * @file
 * Scenarios: what the documentation of a service says that it needs of the
 * network, as data. A scenario names its parameters, and the rules, host names
 * and advice that follow from them; plan.h puts them together for a release.
 * docs/scenarios.md describes the documents, schema/scenario.schema.json gives
 * the same to other programs; those in schema/scenarios/ are built in.
 *
 * A scenario is immutable once read. Nothing here prints or opens a file; any
 * thread may call anything.
 */
#ifndef ADVICE_SCENARIO_H
#define ADVICE_SCENARIO_H

#include <lists/lists.h>
#include <svctag/target.h>

/** The form of the documents: their "format". */
#define SCENARIO_FORMAT 1
/** Most bytes of a document. */
#define SCENARIO_MAX_SIZE ((size_t)1 << 20)
/** Most parameters, and most places. */
#define SCENARIO_MAX_PARAMETERS 32
#define SCENARIO_MAX_PLACES 16
/** Most rules, host names, pieces of advice, values of a choice, ports of a rule; each. */
#define SCENARIO_MAX_ELEMENTS 256
/** Most bytes of one text; of a name. */
#define SCENARIO_MAX_TEXT 500
#define SCENARIO_MAX_NAME 40
/** "No parameter." */
#define SCENARIO_NONE SIZE_MAX

enum scenario_kind {
	SCENARIO_REGION, /**< a region in any of its spellings */
	SCENARIO_FLAG,   /**< said or not */
	SCENARIO_CHOICE, /**< one of some words */
	SCENARIO_TEXT,   /**< letters, digits, '.', '_', '-' */
};

/** What whoever asks for a plan can say. */
struct scenario_parameter {
	const char *name; /**< lower-case letters, digits, '-': "disk-encryption" */
	enum scenario_kind kind;
	bool required;
	const char *description;
	const char *const *choices; /**< of a choice */
	size_t choice_count;
	const char *fallback; /**< the value where none is given; NULL: none */
	size_t differs_from;  /**< of a region: the number of a parameter before it that must be another region */
};

/** When something applies: always, or as a parameter says. */
struct scenario_condition {
	size_t parameter;  /**< its number, or SCENARIO_NONE: always */
	bool is_not;       /**< the opposite */
	const char *value; /**< of a choice: it is this; NULL: it is given */
	const char *text;  /**< as written; NULL: always */
};

/** Another name for a parameter, so that one rule serves several places: "here" is "source" in the one, … */
struct scenario_alias {
	const char *name;
	size_t parameter;
};

/** Where rules are put: a network security group, usually. */
struct scenario_place {
	const char *name;
	const char *title; /**< with {…} */
	struct scenario_alias *aliases;
	size_t alias_count;
	struct scenario_condition when;
};

struct scenario_rule {
	bool in[SCENARIO_MAX_PLACES]; /**< by the places' numbers */
	const char *tag;              /**< with {…}: "Storage.{here}" */
	const char *name;             /**< with {…}; NULL: made from the tag */
	enum list_direction direction;
	enum list_access access;
	const char *protocol; /**< as struct rule has it */
	const char *const *ports;
	size_t port_count;
	const char *why; /**< with {…} */
	struct scenario_condition when;
};

/** A host name in one cloud. */
struct scenario_pattern {
	const char *cloud;
	const char *pattern; /**< with {…}: "*.blob.core.windows.net" */
};

/** A host name for those who filter by names. */
struct scenario_url {
	struct scenario_pattern *patterns;
	size_t pattern_count;
	const char *purpose;
	const char *caveat; /**< NULL: none */
	struct scenario_condition when;
};

enum scenario_severity {
	SCENARIO_NOTE,    /**< good to know */
	SCENARIO_WARNING, /**< otherwise it works badly, or not always */
	SCENARIO_ERROR,   /**< otherwise it does not work */
};

struct scenario_advice {
	const char *id;
	enum scenario_severity severity;
	const char *text; /**< with {…} */
	struct scenario_condition when;
};

struct scenario {
	const char *name; /**< lower-case letters, digits, '-' */
	const char *title;
	const char *basis; /**< where the knowledge comes from */
	svctag_target target;
	struct scenario_parameter *parameters;
	size_t parameter_count;
	struct scenario_place *places;
	size_t place_count;
	struct scenario_rule *rules;
	size_t rule_count;
	struct scenario_url *urls;
	size_t url_count;
	struct scenario_advice *advice;
	size_t advice_count;
	struct list_memory *memory;
};

/**
 * Read a document, strictly: unknown and repeated members, references to what
 * is not there, and texts that a parameter would leave with a hole are errors.
 * @param data       any bytes; not needed afterwards
 * @param[out] ret   the caller owns it: scenario_free()
 * @param detail     what is wrong, where ("line 12, rules[3].tag: …") and what would be right
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_SYNTAX, SVCTAG_E_LIMIT
 */
SVCTAG_MUST_CHECK svctag_error scenario_read(const char *data, size_t size, struct scenario **ret,
					     svctag_detail *detail);

/** Accepts NULL. */
void scenario_free(struct scenario *scenario);

/** Not more are built in. */
#define SCENARIO_MAX_BUILTINS 64

/** One that is part of the program. */
struct scenario_builtin {
	const char *name;
	const char *document; /**< its JSON */
	size_t size;
};

/** The i-th in order of their names; NULL past the last. */
const struct scenario_builtin *scenario_builtin_at(size_t i);

/**
 * A built-in one by name.
 * @return SVCTAG_OK, SVCTAG_E_NOT_FOUND (the detail names the nearest one, or all), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error scenario_builtin_read(const char *name, struct scenario **ret, svctag_detail *detail);

/** Can a scenario, a parameter, a place have this name? */
bool scenario_is_name(const char *text);

/** The number of a parameter by exact name, or SCENARIO_NONE. */
size_t scenario_find_parameter(const struct scenario *scenario, const char *name);

/** The parameter's name that a misspelt one probably means; NULL if there is none. */
const char *scenario_near_parameter(const struct scenario *scenario, const char *name);

/** "region", "flag", "choice", "text". Static. */
const char *scenario_kind_text(enum scenario_kind kind);
/** "note", "warning", "error". Static. */
const char *scenario_severity_text(enum scenario_severity severity);

#endif
