/**
 * @file
 * `migrate` as a whole: from somebody's list to the tags that replace it and
 * the rules that use them. docs/migrate.md and docs/rules.md say how.
 */
#ifndef ADVICE_RULES_MIGRATION_H
#define ADVICE_RULES_MIGRATION_H

#include <svctag/drift.h>
#include <svctag/migrate.h>
#include <svctag/store.h>

#include "rules.h"

/** Of an entry that is no part of the choice: it stands on the own side of its rule. */
#define PROPOSAL_OWN_SIDE SIZE_MAX
/** "No release." */
#define PROPOSAL_NEVER SIZE_MAX

/** How to migrate. Zero-initialised is the default. */
struct proposal_options {
	svctag_migrate_options choice;
	const char *intent; /**< of entries whose list names none; NULL: any tag that holds them will do. Outlives the
	                         proposal */
	size_t max_rules;   /**< most rules in all; 0: any number */
};

/** When a kept entry fell out of a tag. Strings live as long as the proposal. */
struct proposal_since {
	const char *tag;                    /**< the last that held it; NULL: none ever did, or it was not asked */
	const svctag_release_info *release; /**< the first without it */
	const svctag_release_info *last;    /**< the one before */
};

struct layout;

/** An answer. What it points to is its own, the list's or the snapshot's. Read only. */
struct proposal {
	const struct list *list;
	const svctag_snapshot *snapshot;
	svctag_migration *migration;
	size_t *numbers;              /**< by entry of the list: its number in the migration, or PROPOSAL_OWN_SIDE */
	struct rule_set *rules;       /**< what is proposed */
	struct rule_set *own;         /**< the list's rules as they are */
	size_t rules_before;          /**< how many those are, also where they are more than a target has */
	size_t own_side;              /**< entries on the own sides of rules */
	size_t not_routed;            /**< entries of inbound rules, which a route table has no place for */
	bool bounded;                 /**< max_rules cost tags: what is kept may be kept because of it */
	struct proposal_since *since; /**< by number in the migration; NULL until proposal_find_since() */
	svctag_drift *drift;          /**< what `since` points into */
	const char *intent;           /**< of the options */
	const char **notes;           /**< sentences for people */
	size_t note_count;
	struct layout *layout;
};

/**
 * @param list       outlives the proposal, and so does the snapshot
 * @param progress   may be NULL
 * @param[out] ret   the caller owns it: proposal_free()
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT (also when max_rules, or the target's own limit of rules,
 *         cannot be met)
 */
SVCTAG_MUST_CHECK svctag_error proposal_make(const svctag_snapshot *snapshot, const struct list *list,
					     const struct proposal_options *options, svctag_migrate_progress progress,
					     void *context, struct proposal **ret, svctag_detail *detail);

/** Accepts NULL. */
void proposal_free(struct proposal *proposal);

/**
 * Look up in the history since when the entries that no tag holds are in none. Time as svctag_drift_of_list() of
 * those entries.
 * @return as svctag_drift_of_list()
 */
SVCTAG_MUST_CHECK svctag_error proposal_find_since(struct proposal *proposal, svctag_store *store,
						   svctag_migrate_progress progress, void *context,
						   svctag_detail *detail);

/** Of an entry of the list that is part of the choice. */
svctag_migrate_fate proposal_fate(const struct proposal *proposal, size_t entry);

/** How many entries that a tag could have replaced stay addresses. */
size_t proposal_kept(const struct proposal *proposal);

#endif
