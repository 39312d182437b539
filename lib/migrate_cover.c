/*
 * A choice in the making, and the greedy one. What a tag would still cover
 * and pay is kept up to date while tags are added: every group and every atom
 * is passed on once, so that the whole is one pass over the problem and, for
 * every tag chosen, one over the tags.
 */
#include <stdlib.h>

#include "migrate_problem.h"

/** How often all tags are tried for a cheaper one in their place. */
#define ROUNDS 3

svctag_error
migrate_cover_make(const struct migrate_problem *problem, struct migrate_cover *ret)
{
	*ret = (struct migrate_cover){ .problem = problem, .uncovered = problem->group_count };
	ret->in = calloc(problem->tag_count + 1, sizeof(*ret->in));
	ret->covered = calloc(problem->group_count + 1, sizeof(*ret->covered));
	ret->opened = calloc(problem->atom_count + 1, sizeof(*ret->opened));
	if (ret->in == NULL || ret->covered == NULL || ret->opened == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t g = 0; g < problem->group_count; g++)
		ret->kept += problem->entries[g];
	return SVCTAG_OK;
}

void
migrate_cover_release(struct migrate_cover *cover)
{
	free(cover->in);
	free(cover->covered);
	free(cover->opened);
}

void
migrate_cover_put(struct migrate_cover *cover, uint32_t tag)
{
	const struct migrate_problem *problem = cover->problem;
	svctag_index_list groups = row_at(&problem->tag_groups, tag);
	svctag_index_list atoms = row_at(&problem->tag_atoms, tag);

	for (size_t i = 0; i < groups.count; i++) {
		if (cover->covered[groups.ids[i]]++ == 0) {
			cover->uncovered--;
			cover->kept -= problem->entries[groups.ids[i]];
		}
	}
	for (size_t i = 0; i < atoms.count; i++)
		if (cover->opened[atoms.ids[i]]++ == 0)
			cover->value = svctag_count_add(cover->value, problem->weights[atoms.ids[i]]);
	cover->in[tag] = true;
	cover->tags++;
}

void
migrate_cover_take(struct migrate_cover *cover, uint32_t tag)
{
	const struct migrate_problem *problem = cover->problem;
	svctag_index_list groups = row_at(&problem->tag_groups, tag);
	svctag_index_list atoms = row_at(&problem->tag_atoms, tag);

	for (size_t i = 0; i < groups.count; i++) {
		if (--cover->covered[groups.ids[i]] == 0) {
			cover->uncovered++;
			cover->kept += problem->entries[groups.ids[i]];
		}
	}
	for (size_t i = 0; i < atoms.count; i++)
		if (--cover->opened[atoms.ids[i]] == 0)
			cover->value = svctag_count_subtract(cover->value, problem->weights[atoms.ids[i]]);
	cover->in[tag] = false;
	cover->tags--;
}

svctag_count
migrate_cover_price(const struct migrate_cover *cover, uint32_t tag)
{
	svctag_index_list atoms = row_at(&cover->problem->tag_atoms, tag);
	svctag_count price = { 0 };

	for (size_t i = 0; i < atoms.count; i++)
		if (cover->opened[atoms.ids[i]] == 0)
			price = svctag_count_add(price, cover->problem->weights[atoms.ids[i]]);
	return price;
}

/** By tag: what it would cover and pay now. */
struct offer {
	size_t groups;
	size_t entries;
	svctag_count price;
};

static void
make_offers(const struct migrate_cover *cover, struct offer *offers)
{
	const struct migrate_problem *problem = cover->problem;

	for (uint32_t t = 0; t < problem->tag_count; t++) {
		svctag_index_list groups = row_at(&problem->tag_groups, t);

		offers[t] = (struct offer){ .groups = groups.count, .price = migrate_cover_price(cover, t) };
		for (size_t i = 0; i < groups.count; i++)
			offers[t].entries += problem->entries[groups.ids[i]];
	}
}

/* Choose the tag; the others' offers lose what it covers and opens first. */
static void
accept_offer(struct migrate_cover *cover, struct offer *offers, uint32_t tag)
{
	const struct migrate_problem *problem = cover->problem;
	svctag_index_list groups = row_at(&problem->tag_groups, tag);
	svctag_index_list atoms = row_at(&problem->tag_atoms, tag);

	for (size_t i = 0; i < groups.count; i++) {
		svctag_index_list tags = row_at(&problem->group_tags, groups.ids[i]);

		for (size_t k = 0; k < tags.count && cover->covered[groups.ids[i]] == 0; k++) {
			offers[tags.ids[k]].groups--;
			offers[tags.ids[k]].entries -= problem->entries[groups.ids[i]];
		}
	}
	for (size_t i = 0; i < atoms.count; i++) {
		svctag_index_list tags = row_at(&problem->atom_tags, atoms.ids[i]);

		for (size_t k = 0; k < tags.count && cover->opened[atoms.ids[i]] == 0; k++) {
			struct offer *offer = &offers[tags.ids[k]];

			offer->price = svctag_count_subtract(offer->price, problem->weights[atoms.ids[i]]);
		}
	}
	migrate_cover_put(cover, tag);
}

static bool
is_better(const struct offer *a, const struct offer *b, const struct migrate_taste *taste)
{
	if (taste->limit > 0 && a->entries != b->entries)
		return a->entries > b->entries;
	if (taste->limit > 0)
		return svctag_count_compare(a->price, b->price) < 0;
	return (svctag_count_to_double(a->price) + taste->toll) / (double)a->groups <
	       (svctag_count_to_double(b->price) + taste->toll) / (double)b->groups;
}

static void
add_greedily(struct migrate_cover *cover, struct offer *offers, const struct migrate_taste *taste)
{
	size_t count = cover->problem->tag_count;

	make_offers(cover, offers);
	while (cover->uncovered > 0 && (taste->limit == 0 || cover->tags < taste->limit)) {
		size_t best = count;

		for (size_t t = 0; t < count; t++)
			if (offers[t].groups > 0 && (best == count || is_better(&offers[t], &offers[best], taste)))
				best = t;
		if (best == count)
			return;
		accept_offer(cover, offers, (uint32_t)best);
	}
}

/* Is every group of the tag covered by another one too? */
static bool
is_redundant(const struct migrate_cover *cover, uint32_t tag)
{
	svctag_index_list groups = row_at(&cover->problem->tag_groups, tag);

	for (size_t i = 0; i < groups.count; i++)
		if (cover->covered[groups.ids[i]] < 2)
			return false;
	return true;
}

/* The greatest tags first. What is needed once stays needed: the others only become fewer. */
static void
drop_redundant(struct migrate_cover *cover)
{
	for (size_t t = cover->problem->tag_count; t-- > 0;)
		if (cover->in[t] && is_redundant(cover, (uint32_t)t))
			migrate_cover_take(cover, (uint32_t)t);
}

/* Visits that trying a tag costs. */
static uint64_t
cost_of(const struct migrate_problem *problem, uint32_t tag)
{
	return 2 * row_at(&problem->tag_groups, tag).count + 3 * row_at(&problem->tag_atoms, tag).count;
}

/* The tag is taken out: the cheapest one that covers at least as much, which may be itself. */
static uint32_t
find_replacement(struct migrate_cover *cover, uint32_t tag, size_t kept, struct migrate_work *work)
{
	const struct migrate_problem *problem = cover->problem;
	svctag_index_list groups = row_at(&problem->tag_groups, tag);
	svctag_count price = migrate_cover_price(cover, tag);
	uint32_t best = tag;
	svctag_index_list others;
	size_t g = 0;

	while (cover->covered[groups.ids[g]] > 0)
		g++; /* one is not covered now: the tag is not redundant */
	others = row_at(&problem->group_tags, groups.ids[g]);
	for (size_t i = 0; i < others.count; i++) {
		uint32_t other = others.ids[i];
		svctag_count other_price;
		bool fits;

		if (cover->in[other] || other == tag || !migrate_work_do(work, cost_of(problem, other)))
			continue;
		other_price = migrate_cover_price(cover, other);
		if (svctag_count_compare(other_price, price) >= 0)
			continue;
		migrate_cover_put(cover, other);
		fits = cover->kept <= kept;
		migrate_cover_take(cover, other);
		if (fits) {
			best = other;
			price = other_price;
		}
	}
	return best;
}

/* Never covers fewer entries, never pays more. */
static void
replace_tags(struct migrate_cover *cover, struct migrate_work *work)
{
	bool changed = true;

	for (int round = 0; round < ROUNDS && changed; round++) {
		changed = false;
		for (size_t t = cover->problem->tag_count; t-- > 0;) {
			size_t kept = cover->kept;
			uint32_t better;

			if (!cover->in[t] || is_redundant(cover, (uint32_t)t))
				continue;
			migrate_cover_take(cover, (uint32_t)t);
			better = find_replacement(cover, (uint32_t)t, kept, work);
			migrate_cover_put(cover, better);
			changed = changed || better != t;
		}
		drop_redundant(cover);
	}
}

svctag_error
migrate_greedy(struct migrate_cover *cover, const struct migrate_taste *taste, struct migrate_work *work)
{
	struct offer *offers = calloc(cover->problem->tag_count + 1, sizeof(*offers));

	if (offers == NULL)
		return SVCTAG_E_NO_MEMORY;
	add_greedily(cover, offers, taste);
	free(offers);
	drop_redundant(cover);
	replace_tags(cover, work);
	return SVCTAG_OK;
}
