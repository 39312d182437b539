/*
 * Branch and bound for a weighted set cover with shared prices.
 *
 * The bound promises every atom's weight to groups, no more than it has:
 * whichever tag takes a group, the group pays at least the least that any of
 * its tags was promised for it, and no weight is paid twice. So the sum of
 * these least promises is a bound from below; it is the value of a solution
 * of the dual of the linear relaxation in which a group has its own share of
 * an atom. The groups take their promises in turn, each just as much as the
 * cheapest of its tags has left.
 *
 * The search takes the group with the fewest tags left, tries them, the
 * cheapest first, and rules each out for what follows.
 */
#include <stdlib.h>
#include <string.h>

#include "migrate_problem.h"

/** A search is as deep as choices are long; larger problems are left to the greedy choice. */
#define MOST_TAGS 4096

svctag_error
migrate_bound_make(const struct migrate_problem *problem, struct migrate_bound *ret)
{
	ret->weights = problem->weights;
	ret->left = calloc(problem->atom_count + 1, sizeof(*ret->left));
	ret->taken = calloc(problem->atom_count + 1, sizeof(*ret->taken));
	return ret->left == NULL || ret->taken == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
}

void
migrate_bound_release(struct migrate_bound *bound)
{
	free(bound->left);
	free(bound->taken);
}

static svctag_count
sum_over(const svctag_count *numbers, svctag_index_list atoms)
{
	svctag_count sum = { 0 };

	for (size_t i = 0; i < atoms.count; i++)
		sum = svctag_count_add(sum, numbers[atoms.ids[i]]);
	return sum;
}

/* Take what the tag was not promised yet for this group: there is enough left. */
static void
promise(struct migrate_bound *bound, svctag_index_list atoms, svctag_count share)
{
	svctag_count have = sum_over(bound->taken, atoms);

	for (size_t i = 0; i < atoms.count && svctag_count_compare(have, share) < 0; i++) {
		uint32_t atom = atoms.ids[i];
		svctag_count part = svctag_count_subtract(share, have);

		if (svctag_count_compare(bound->left[atom], part) < 0)
			part = bound->left[atom];
		bound->left[atom] = svctag_count_subtract(bound->left[atom], part);
		bound->taken[atom] = svctag_count_add(bound->taken[atom], part);
		have = svctag_count_add(have, part);
	}
}

/* What the group pays at least, out of what is left. */
static svctag_count
share_of(struct migrate_bound *bound, const struct migrate_problem *problem, svctag_index_list tags, const bool *out,
	 struct migrate_work *work)
{
	svctag_count share = { 0 };
	bool any = false;
	size_t visits = 0;

	for (size_t i = 0; i < tags.count; i++) {
		svctag_index_list atoms = row_at(&problem->tag_atoms, tags.ids[i]);
		svctag_count sum;

		if (out != NULL && out[tags.ids[i]])
			continue;
		visits += 3 * atoms.count;
		sum = sum_over(bound->left, atoms);
		if (!any || svctag_count_compare(sum, share) < 0)
			share = sum;
		any = true;
	}
	(void)migrate_work_do(work, visits + tags.count);
	if (svctag_count_is_zero(share))
		return share;
	for (size_t i = 0; i < tags.count; i++)
		if (out == NULL || !out[tags.ids[i]])
			promise(bound, row_at(&problem->tag_atoms, tags.ids[i]), share);
	for (size_t i = 0; i < tags.count; i++) {
		svctag_index_list atoms = row_at(&problem->tag_atoms, tags.ids[i]);

		for (size_t k = 0; k < atoms.count; k++)
			bound->taken[atoms.ids[k]] = svctag_count_of(0);
	}
	return share;
}

svctag_count
migrate_least(struct migrate_bound *bound, const struct migrate_cover *cover, const bool *out,
	      struct migrate_work *work)
{
	const struct migrate_problem *problem = cover->problem;
	svctag_count least = { 0 };

	for (size_t a = 0; a < problem->atom_count; a++)
		bound->left[a] = cover->opened[a] == 0 ? bound->weights[a] : svctag_count_of(0);
	(void)migrate_work_do(work, problem->atom_count + problem->group_count);
	/* Groups of few tags come first: they have the least to choose from. */
	for (size_t g = 0; g < problem->group_count; g++)
		if (cover->covered[g] == 0)
			least = svctag_count_add(least,
						 share_of(bound, problem, row_at(&problem->group_tags, g), out, work));
	return least;
}

struct search {
	const struct migrate_problem *problem;
	struct migrate_cover cover;
	struct migrate_bound bound;
	struct migrate_work *work;
	bool *out;
	uint32_t *room; /**< the tags that are tried at each level, one level after another */
	size_t room_used;
	svctag_count *prices; /**< by tag, while a level sorts */
	struct migrate_best *best;
	bool complete;
};

static size_t
count_free(const struct search *search, svctag_index_list tags)
{
	size_t count = 0;

	for (size_t i = 0; i < tags.count; i++)
		count += search->out[tags.ids[i]] ? 0 : 1;
	return count;
}

/* The uncovered group with the fewest tags left; there is one. */
static size_t
narrowest_group(const struct search *search, size_t *ret_count)
{
	const struct migrate_problem *problem = search->problem;
	size_t best = 0;
	size_t fewest = SIZE_MAX;

	for (size_t g = 0; g < problem->group_count && fewest > 1; g++) {
		size_t count;

		if (search->cover.covered[g] > 0)
			continue;
		count = count_free(search, row_at(&problem->group_tags, g));
		if (count < fewest) {
			fewest = count;
			best = g;
		}
	}
	*ret_count = fewest;
	return best;
}

static void
record(struct search *search)
{
	if (svctag_count_compare(search->cover.value, search->best->value) >= 0)
		return;
	search->best->value = search->cover.value;
	memcpy(search->best->in, search->cover.in, search->problem->tag_count * sizeof(*search->cover.in));
}

/* The group's tags that are left, the cheapest first; few, so that inserting them is sorting enough. */
static uint32_t *
list_tags(struct search *search, size_t group)
{
	svctag_index_list tags = row_at(&search->problem->group_tags, group);
	uint32_t *list = search->room + search->room_used;
	size_t count = 0;

	for (size_t i = 0; i < tags.count; i++) {
		uint32_t tag = tags.ids[i];
		size_t k = count;

		if (search->out[tag])
			continue;
		search->prices[tag] = migrate_cover_price(&search->cover, tag);
		for (; k > 0 && svctag_count_compare(search->prices[tag], search->prices[list[k - 1]]) < 0; k--)
			list[k] = list[k - 1];
		list[k] = tag;
		count++;
	}
	search->room_used += count;
	return list;
}

/* Is there nothing better below? */
static bool
is_hopeless(struct search *search)
{
	svctag_count least = migrate_least(&search->bound, &search->cover, search->out, search->work);

	least = svctag_count_add(least, search->cover.value);
	return svctag_count_compare(least, search->best->value) >= 0;
}

/* Every level covers one group more: at most as deep as there are tags. */
static void
explore(struct search *search)
{
	uint32_t *tags;
	size_t group;
	size_t count = 0;

	if (search->cover.uncovered == 0) {
		record(search);
		return;
	}
	if (!migrate_work_do(search->work, search->problem->group_tags.begins[search->problem->group_count])) {
		search->complete = false;
		return;
	}
	group = narrowest_group(search, &count);
	if (count == 0 || is_hopeless(search))
		return;
	tags = list_tags(search, group);
	for (size_t i = 0; i < count && search->complete; i++) {
		migrate_cover_put(&search->cover, tags[i]);
		explore(search);
		migrate_cover_take(&search->cover, tags[i]);
		search->out[tags[i]] = true;
	}
	for (size_t i = 0; i < count; i++)
		search->out[tags[i]] = false;
	search->room_used -= count;
}

svctag_error
migrate_search(const struct migrate_problem *problem, struct migrate_work *work, struct migrate_best *best)
{
	struct search search = { .problem = problem, .work = work, .best = best };
	svctag_error err;

	search.complete = problem->tag_count <= MOST_TAGS;
	err = migrate_cover_make(problem, &search.cover);
	if (err == SVCTAG_OK)
		err = migrate_bound_make(problem, &search.bound);
	search.out = calloc(problem->tag_count + 1, sizeof(*search.out));
	search.prices = calloc(problem->tag_count + 1, sizeof(*search.prices));
	search.room = calloc(problem->group_tags.begins[problem->group_count] + 1, sizeof(*search.room));
	if (search.out == NULL || search.prices == NULL || search.room == NULL)
		err = SVCTAG_E_NO_MEMORY;
	if (err == SVCTAG_OK && search.complete)
		explore(&search);
	if (err == SVCTAG_OK)
		best->exact = search.complete;
	migrate_cover_release(&search.cover);
	migrate_bound_release(&search.bound);
	free(search.out);
	free(search.prices);
	free(search.room);
	return err;
}
