#include "rules_migration.h"

#include <stdlib.h>
#include <string.h>

#include "rules_proposal.h"

void
proposal_free(struct proposal *proposal)
{
	if (proposal == NULL)
		return;
	svctag_migration_free(proposal->migration);
	svctag_drift_free(proposal->drift);
	rules_free(proposal->rules);
	rules_free(proposal->own);
	if (proposal->layout != NULL)
		layout_release(proposal->layout);
	free(proposal->layout);
	free(proposal->numbers);
	free(proposal->since);
	free(proposal->notes);
	free(proposal);
}

svctag_migrate_fate
proposal_fate(const struct proposal *proposal, size_t entry)
{
	return svctag_migration_fate(proposal->migration, proposal->numbers[entry]);
}

size_t
proposal_kept(const struct proposal *proposal)
{
	return svctag_migration_kept_count(proposal->migration);
}

/* Does its address stay whatever holds it: a rule that denies, a side where the target takes no tag? */
static bool
is_fixed(svctag_target target, const struct origin *origin)
{
	return origin->access == LIST_DENY || (target != SVCTAG_TARGET_NSG && origin->direction == LIST_INBOUND);
}

/* What the choice is made among. */
static svctag_error
make_entries(struct proposal *proposal, const struct proposal_options *options, svctag_migrate_entry **ret,
	     size_t *ret_count)
{
	const struct list *list = proposal->list;
	svctag_migrate_entry *entries = calloc(list->entry_count + 1, sizeof(*entries));
	size_t count = 0;

	proposal->numbers = calloc(list->entry_count + 1, sizeof(*proposal->numbers));
	if (entries == NULL || proposal->numbers == NULL) {
		free(entries);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < list->entry_count; i++) {
		const struct origin *origin = layout_origin(proposal->layout, i);

		if (!layout_is_remote(proposal->layout, i)) {
			proposal->numbers[i] = PROPOSAL_OWN_SIDE;
			proposal->own_side++;
			continue;
		}
		entries[count].range = list->entries[i].range;
		entries[count].intent = list->entries[i].intent != NULL ? list->entries[i].intent : options->intent;
		entries[count].fixed = is_fixed(options->choice.target, origin);
		proposal->numbers[i] = count++;
	}
	*ret = entries;
	*ret_count = count;
	return SVCTAG_OK;
}

/* Everything that a choice is made with. */
struct attempt {
	const svctag_migrate_entry *entries;
	size_t count;
	svctag_migrate_options choice;
	svctag_migrate_progress progress;
	void *context;
};

/* Make a choice and its rules, in place of those that were tried before. */
static svctag_error
try_choice(struct proposal *proposal, const struct attempt *attempt, svctag_detail *detail)
{
	svctag_migration *migration = NULL;
	svctag_error err = svctag_migrate(proposal->snapshot, attempt->entries, attempt->count, &attempt->choice,
					  attempt->progress, attempt->context, &migration, detail);

	if (err != SVCTAG_OK)
		return err;
	svctag_migration_free(proposal->migration);
	proposal->migration = migration;
	rules_free(proposal->rules);
	proposal->rules = NULL;
	return proposal_rules(proposal, &proposal->rules, detail);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How many rules at most have the same tag. */
static svctag_error
most_rules_of_a_tag(const struct rule_set *rules, size_t *ret)
{
	const char **tags = calloc(rules_count(rules) + 1, sizeof(*tags));
	size_t count = 0;
	size_t most = 1;
	size_t begin = 0;

	if (tags == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < rules_count(rules); i++) {
		const struct rule *rule = rules_at(rules, i);

		if (rule->source.kind == RULE_TAG || rule->destination.kind == RULE_TAG)
			tags[count++] = rule->source.kind == RULE_TAG ? rule->source.tag : rule->destination.tag;
	}
	qsort(tags, count, sizeof(*tags), compare_names);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(tags[i], tags[begin]) != 0)
			begin = i;
		if (i - begin + 1 > most)
			most = i - begin + 1;
	}
	free(tags);
	*ret = most;
	return SVCTAG_OK;
}

/* No tag at all: everything as addresses. */
static svctag_error
try_addresses(struct proposal *proposal, const struct attempt *attempt, svctag_detail *detail)
{
	struct attempt fixed = *attempt;
	svctag_migrate_entry *entries = calloc(attempt->count + 1, sizeof(*entries));
	svctag_error err;

	if (entries == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < attempt->count; i++)
		entries[i] = (svctag_migrate_entry){ .range = attempt->entries[i].range, .fixed = true };
	fixed.entries = entries;
	err = try_choice(proposal, &fixed, detail);
	free(entries);
	return err;
}

/*
 * Fewer tags until the rules are few enough. A tag less is at most so many
 * rules less, so that no number of tags that fits is stepped over: only what
 * is certainly too much is left out.
 */
static svctag_error
bound_rules(struct proposal *proposal, struct attempt *attempt, size_t max_rules, svctag_detail *detail)
{
	size_t least = rules_count(proposal->rules);
	svctag_error err = SVCTAG_OK;

	while (err == SVCTAG_OK && rules_count(proposal->rules) > max_rules) {
		size_t tags = svctag_migration_tag_count(proposal->migration);
		size_t each;
		size_t fewer;

		err = most_rules_of_a_tag(proposal->rules, &each);
		if (err != SVCTAG_OK || tags == 0)
			break;
		fewer = (rules_count(proposal->rules) - max_rules + each - 1) / each;
		proposal->bounded = true;
		if (fewer >= tags) {
			err = try_addresses(proposal, attempt, detail);
		} else {
			attempt->choice.max_tags = (uint32_t)(tags - fewer);
			err = try_choice(proposal, attempt, detail);
		}
		if (err == SVCTAG_OK && rules_count(proposal->rules) < least)
			least = rules_count(proposal->rules);
	}
	if (err == SVCTAG_OK && rules_count(proposal->rules) > max_rules) {
		svctag_detail_set(detail, "no choice needs as few as %zu rule%s; the least possible is %zu", max_rules,
				  max_rules == 1 ? "" : "s", least);
		err = SVCTAG_E_LIMIT;
	}
	return err;
}

static svctag_error
make(struct proposal *proposal, const struct proposal_options *options, struct attempt *attempt, svctag_detail *detail)
{
	svctag_migrate_entry *entries = NULL;
	svctag_error err;

	proposal->layout = calloc(1, sizeof(*proposal->layout));
	if (proposal->layout == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = layout_make(proposal->list, options->choice.target, proposal->layout);
	if (err == SVCTAG_OK)
		err = make_entries(proposal, options, &entries, &attempt->count);
	attempt->entries = entries;
	if (err == SVCTAG_OK)
		err = try_choice(proposal, attempt, detail);
	if (err == SVCTAG_OK && options->max_rules != 0)
		err = bound_rules(proposal, attempt, options->max_rules, detail);
	if (err == SVCTAG_OK)
		err = proposal_own_rules(proposal);
	if (err == SVCTAG_OK)
		err = proposal_notes(proposal);
	free(entries);
	return err;
}

svctag_error
proposal_make(const svctag_snapshot *snapshot, const struct list *list, const struct proposal_options *options,
	      svctag_migrate_progress progress, void *context, struct proposal **ret, svctag_detail *detail)
{
	struct attempt attempt = { .choice = options->choice, .progress = progress, .context = context };
	struct proposal *proposal = calloc(1, sizeof(*proposal));
	svctag_error err;

	if (proposal == NULL)
		return SVCTAG_E_NO_MEMORY;
	proposal->list = list;
	proposal->snapshot = snapshot;
	proposal->intent = options->intent;
	err = make(proposal, options, &attempt, detail);
	if (err != SVCTAG_OK) {
		proposal_free(proposal);
		return err;
	}
	*ret = proposal;
	return SVCTAG_OK;
}
