/**
 * @file
 * Which tags to choose: a set cover in which what is paid for is a union.
 *
 *   A *group* is a number of entries that the same tags can take.
 *   An *atom* is what exactly the same tags open, beyond what is asked for.
 *   A choice of tags covers the groups that one of its tags can take, and pays for the atoms that one of its tags
 *   opens, each once.
 *
 * What is paid is one number of 192 bits that holds IPv4 addresses, IPv6
 * addresses and tags in the order in which they count, so that sums and
 * comparisons of it are those of the three. Every tag has an atom of its own,
 * with the price of one tag in it. Hidden.
 */
#ifndef SVCTAG_MIGRATE_PROBLEM_H
#define SVCTAG_MIGRATE_PROBLEM_H

#include <svctag/count.h>
#include <svctag/migrate.h>

#include "migrate_lists.h"

/** What addresses of a family, and tags, count for. */
svctag_count migrate_price(svctag_prefer prefer, uint8_t family, svctag_count addresses);
svctag_count migrate_price_of_tags(svctag_prefer prefer, size_t tags);
/** And the other way: what is in a price. */
svctag_count migrate_addresses_in(svctag_prefer prefer, uint8_t family, svctag_count price);
size_t migrate_tags_in(svctag_prefer prefer, svctag_count price);

/** Row i is items[begins[i]] to items[begins[i + 1] - 1], ascending. */
struct rows {
	uint32_t *items;
	size_t *begins;
};

static inline svctag_index_list
row_at(const struct rows *rows, size_t i)
{
	return (svctag_index_list){ rows->items + rows->begins[i], rows->begins[i + 1] - rows->begins[i] };
}

/** A problem in the making. Zero-initialise; migrate_draft_release(). */
struct migrate_draft {
	size_t tag_count;
	struct number_lists groups; /**< lists of tags */
	size_t *entries;            /**< by group */
	size_t entry_capacity;
	struct number_lists atoms;
	svctag_count *weights; /**< by atom */
	size_t weight_capacity;
};

SVCTAG_MUST_CHECK svctag_error migrate_draft_add_group(struct migrate_draft *draft, const uint32_t *tags, size_t count,
						       size_t entries);
SVCTAG_MUST_CHECK svctag_error migrate_draft_add_atom(struct migrate_draft *draft, const uint32_t *tags, size_t count,
						      svctag_count weight);
void migrate_draft_release(struct migrate_draft *draft);

/** Immutable. */
struct migrate_problem {
	size_t tag_count;
	size_t group_count;
	size_t atom_count;
	uint32_t *names;       /**< of each tag: its number in the whole problem, ascending */
	size_t *entries;       /**< of each group */
	svctag_count *weights; /**< of each atom */
	struct rows group_tags;
	struct rows atom_tags;
	struct rows tag_groups;
	struct rows tag_atoms;
};

/**
 * Groups come out in order of their tags, whatever their order in the draft.
 * @param names  NULL: 0, 1, 2, …
 */
SVCTAG_MUST_CHECK svctag_error migrate_problem_make(struct migrate_draft *draft, const uint32_t *names,
						    struct migrate_problem **ret);
/** Accepts NULL. */
void migrate_problem_free(struct migrate_problem *problem);

/** What becomes of a tag when a problem is cut down. */
enum tag_fate {
	TAG_STAYS,
	TAG_OUT, /**< not to be chosen */
	TAG_IN,  /**< chosen: what it covers and opens is settled */
};

/**
 * The problem that remains. Tags that cover nothing any more are left out,
 * groups and atoms with the same tags become one.
 * @param without  groups to leave out; NULL for none
 */
SVCTAG_MUST_CHECK svctag_error migrate_problem_cut(const struct migrate_problem *problem, const enum tag_fate *fates,
						   const bool *without, struct migrate_problem **ret);

/**
 * The parts that share neither group nor atom, in order of their least tags.
 * @param[out] ret  migrate_parts_free()
 */
SVCTAG_MUST_CHECK svctag_error migrate_problem_split(const struct migrate_problem *problem,
						     struct migrate_problem ***ret, size_t *ret_count);
/** Accepts NULL in the array and for it. */
void migrate_parts_free(struct migrate_problem **parts, size_t count);

/** What is left of the work that a search may do, in visits to a tag, group or atom. */
struct migrate_work {
	uint64_t left;
	bool (*go_on)(void *context); /**< asked now and then; false ends everything */
	void *context;
	uint64_t since_asked;
	bool stopped; /**< by go_on */
};

/** Take off so many visits. @return false if none are left */
bool migrate_work_do(struct migrate_work *work, uint64_t visits);

/** Tags chosen so far, and what they cover and open. */
struct migrate_cover {
	const struct migrate_problem *problem;
	bool *in;          /**< by tag */
	uint32_t *covered; /**< by group: how many of the chosen tags can take it */
	uint32_t *opened;  /**< by atom: how many of them open it */
	size_t tags;
	size_t uncovered;   /**< groups */
	size_t kept;        /**< their entries */
	svctag_count value; /**< of what is opened */
};

SVCTAG_MUST_CHECK svctag_error migrate_cover_make(const struct migrate_problem *problem, struct migrate_cover *ret);
/** Accepts one that is half-built. */
void migrate_cover_release(struct migrate_cover *cover);
void migrate_cover_put(struct migrate_cover *cover, uint32_t tag);
void migrate_cover_take(struct migrate_cover *cover, uint32_t tag);
/** What the tag would add to the value. */
svctag_count migrate_cover_price(const struct migrate_cover *cover, uint32_t tag);

/** What a greedy choice goes by. Zero-initialised: the value alone. */
struct migrate_taste {
	size_t limit; /**< so many tags at most, those that the most entries go to; 0: until everything is covered */
	double toll;  /**< for every tag beside its price: the more, the fewer tags */
};

/**
 * Add tags one by one, the one that pays least for each group that it covers or (with a limit) leaves the fewest
 * entries; then take out what is not needed, and replace single tags while that is cheaper.
 * @param cover  empty
 * @param work   tags are replaced while it lasts
 */
SVCTAG_MUST_CHECK svctag_error migrate_greedy(struct migrate_cover *cover, const struct migrate_taste *taste,
					      struct migrate_work *work);

/** Memory for migrate_least(). */
struct migrate_bound {
	const svctag_count *weights; /**< of the atoms; the problem's, or others */
	svctag_count *left;          /**< of each atom, not yet promised to a group */
	svctag_count *taken;         /**< of each atom, by the group that is looked at; zero in between */
};

/** @param ret  migrate_bound_release(); its weights are the problem's */
SVCTAG_MUST_CHECK svctag_error migrate_bound_make(const struct migrate_problem *problem, struct migrate_bound *ret);
void migrate_bound_release(struct migrate_bound *bound);

/**
 * What at least has to be added to the value so that everything is covered.
 * @param out  by tag: not to be chosen
 */
svctag_count migrate_least(struct migrate_bound *bound, const struct migrate_cover *cover, const bool *out,
			   struct migrate_work *work);

/**
 * Tags without which some best choice can do, and (where everything is to be
 * covered) tags without which none can, and groups that follow from others.
 * @param all          everything is to be covered
 * @param[out] ret     a smaller problem; NULL if this one cannot be cut down
 * @param[out] chosen  by the problem's tags: has to be chosen
 */
SVCTAG_MUST_CHECK svctag_error migrate_reduce(const struct migrate_problem *problem, bool all,
					      struct migrate_work *work, struct migrate_problem **ret, bool *chosen);

/**
 * Tags that are in no choice as cheap as this one.
 * @param cover     empty, and empty again afterwards
 * @param[out] out  by tag
 * @return whether there are any
 */
bool migrate_probe(struct migrate_cover *cover, struct migrate_bound *bound, svctag_count value, bool *out,
		   struct migrate_work *work);

/** The cheapest choice of a part that is known. */
struct migrate_best {
	bool *in; /**< by the part's tags; the caller's */
	svctag_count value;
	bool exact; /**< there is no cheaper one */
};

/**
 * The cheapest choice that covers everything, if the work suffices; else the cheapest that is found.
 * @param best  in: a choice and its value; out: one at least as cheap
 */
SVCTAG_MUST_CHECK svctag_error migrate_search(const struct migrate_problem *problem, struct migrate_work *work,
					      struct migrate_best *best);

/** A choice of tags of a whole problem, and what is known of it. */
struct migrate_choice {
	bool *in; /**< by the tags' names; the caller's, and only these tags are touched */
	size_t tags;
	size_t kept;
	svctag_count value;
	svctag_count least; /**< nothing that keeps as few costs less */
	bool exact;
};

/** Cover everything. */
SVCTAG_MUST_CHECK svctag_error migrate_solve(const struct migrate_problem *problem, struct migrate_work *work,
					     struct migrate_choice *ret);

/** With so many tags at most. */
SVCTAG_MUST_CHECK svctag_error migrate_solve_bounded(const struct migrate_problem *problem, size_t limit,
						     struct migrate_work *work, struct migrate_choice *ret);

#endif
