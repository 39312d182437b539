/*
 * Making a problem smaller without losing every best choice.
 *
 *   A group that only one tag can take fixes that tag.
 *   A group is implied by another whose tags can all take it too.
 *   A tag t is not needed beside s, if s covers all that t does, and what s
 *   opens and t does not weighs no more than what t alone opens: whatever
 *   choice has t, s in its place covers as much and pays no more. Tags go
 *   one after another, each judged by those that are left, so that of two
 *   that could stand for one another one stays.
 *
 * The first two hold where everything has to be covered, the third always.
 */
#include <stdlib.h>

#include "migrate_problem.h"

struct reduction {
	const struct migrate_problem *problem;
	struct migrate_work *work;
	enum tag_fate *fates;
	bool *without;     /**< by group: left out */
	uint32_t *openers; /**< by atom: how many of the tags that are left open it */
	bool changed;
};

/* Are all numbers of a in b? Both ascend. */
static bool
is_subset(svctag_index_list a, svctag_index_list b)
{
	size_t k = 0;

	if (a.count > b.count)
		return false;
	for (size_t i = 0; i < a.count; i++) {
		while (k < b.count && b.ids[k] < a.ids[i])
			k++;
		if (k == b.count || b.ids[k] != a.ids[i])
			return false;
	}
	return true;
}

static void
fix_tags(struct reduction *r)
{
	const struct migrate_problem *problem = r->problem;

	for (size_t g = 0; g < problem->group_count; g++) {
		svctag_index_list tags = row_at(&problem->group_tags, g);

		if (tags.count == 1 && r->fates[tags.ids[0]] != TAG_IN) {
			r->fates[tags.ids[0]] = TAG_IN;
			r->changed = true;
		}
	}
}

/* The number in the row whose own row is the shortest. */
static uint32_t
rarest(const struct rows *rows, svctag_index_list row)
{
	uint32_t best = row.ids[0];

	for (size_t i = 1; i < row.count; i++)
		if (row_at(rows, row.ids[i]).count < row_at(rows, best).count)
			best = row.ids[i];
	return best;
}

static void
leave_out_implied(struct reduction *r)
{
	const struct migrate_problem *problem = r->problem;

	for (size_t g = 0; g < problem->group_count; g++) {
		svctag_index_list tags = row_at(&problem->group_tags, g);
		svctag_index_list others = row_at(&problem->tag_groups, rarest(&problem->tag_groups, tags));

		for (size_t i = 0; i < others.count; i++) {
			uint32_t other = others.ids[i];
			svctag_index_list more = row_at(&problem->group_tags, other);

			if (other == g || more.count <= tags.count || r->without[other])
				continue;
			if (!migrate_work_do(r->work, more.count))
				return;
			if (is_subset(tags, more)) {
				r->without[other] = true;
				r->changed = true;
			}
		}
	}
}

/* What of the tag's atoms no other tag opens. */
static svctag_count
own_weight(const struct reduction *r, uint32_t tag)
{
	svctag_index_list atoms = row_at(&r->problem->tag_atoms, tag);
	svctag_count sum = { 0 };

	for (size_t i = 0; i < atoms.count; i++)
		if (r->openers[atoms.ids[i]] == 1)
			sum = svctag_count_add(sum, r->problem->weights[atoms.ids[i]]);
	return sum;
}

/* Does what the other tag opens and this one does not weigh so much at most? */
static bool
adds_at_most(const struct reduction *r, uint32_t other, uint32_t tag, svctag_count most)
{
	svctag_index_list a = row_at(&r->problem->tag_atoms, other);
	svctag_index_list b = row_at(&r->problem->tag_atoms, tag);
	svctag_count sum = { 0 };
	size_t k = 0;

	for (size_t i = 0; i < a.count; i++) {
		while (k < b.count && b.ids[k] < a.ids[i])
			k++;
		if (k < b.count && b.ids[k] == a.ids[i])
			continue;
		sum = svctag_count_add(sum, r->problem->weights[a.ids[i]]);
		if (svctag_count_compare(sum, most) > 0)
			return false;
	}
	return true;
}

static bool
is_dominated(struct reduction *r, uint32_t tag)
{
	const struct migrate_problem *problem = r->problem;
	svctag_index_list groups = row_at(&problem->tag_groups, tag);
	svctag_count own = own_weight(r, tag);
	svctag_index_list others;

	if (groups.count == 0)
		return true;
	others = row_at(&problem->group_tags, rarest(&problem->group_tags, groups));
	for (size_t i = 0; i < others.count; i++) {
		uint32_t other = others.ids[i];
		svctag_index_list wider = row_at(&problem->tag_groups, other);

		if (other == tag || r->fates[other] == TAG_OUT || wider.count < groups.count)
			continue;
		if (!migrate_work_do(r->work, wider.count + row_at(&problem->tag_atoms, other).count))
			return false;
		if (is_subset(groups, wider) && adds_at_most(r, other, tag, own))
			return true;
	}
	return false;
}

/* The tags with the most addresses first: where two are as good, the smaller one stays. */
static void
drop_dominated(struct reduction *r)
{
	for (size_t t = r->problem->tag_count; t-- > 0;) {
		svctag_index_list atoms = row_at(&r->problem->tag_atoms, t);

		if (r->fates[t] != TAG_STAYS || !is_dominated(r, (uint32_t)t))
			continue;
		r->fates[t] = TAG_OUT;
		r->changed = true;
		for (size_t i = 0; i < atoms.count; i++)
			r->openers[atoms.ids[i]]--;
	}
}

svctag_error
migrate_reduce(const struct migrate_problem *problem, bool all, struct migrate_work *work, struct migrate_problem **ret,
	       bool *chosen)
{
	struct reduction r = { .problem = problem, .work = work };
	struct migrate_problem *smaller = NULL;
	svctag_error err = SVCTAG_OK;

	r.fates = calloc(problem->tag_count + 1, sizeof(*r.fates));
	r.without = calloc(problem->group_count + 1, sizeof(*r.without));
	r.openers = calloc(problem->atom_count + 1, sizeof(*r.openers));
	if (r.fates == NULL || r.without == NULL || r.openers == NULL) {
		err = SVCTAG_E_NO_MEMORY;
		goto out;
	}
	for (size_t a = 0; a < problem->atom_count; a++)
		r.openers[a] = (uint32_t)row_at(&problem->atom_tags, a).count;
	if (all) {
		fix_tags(&r);
		leave_out_implied(&r);
	}
	drop_dominated(&r);
	if (r.changed)
		err = migrate_problem_cut(problem, r.fates, r.without, &smaller);
	if (err != SVCTAG_OK)
		goto out;
	for (size_t t = 0; t < problem->tag_count; t++)
		chosen[t] = r.fates[t] == TAG_IN;
	*ret = smaller;
out:
	free(r.fates);
	free(r.without);
	free(r.openers);
	return err;
}

bool
migrate_probe(struct migrate_cover *cover, struct migrate_bound *bound, svctag_count value, bool *out,
	      struct migrate_work *work)
{
	bool any = false;

	for (uint32_t t = 0; t < cover->problem->tag_count && work->left > 0; t++) {
		svctag_count least;

		migrate_cover_put(cover, t);
		least = svctag_count_add(cover->value, migrate_least(bound, cover, out, work));
		migrate_cover_take(cover, t);
		if (svctag_count_compare(least, value) > 0)
			any = out[t] = true;
	}
	return any;
}
