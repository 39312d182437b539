/*
 * At most so many tags: the fewest entries kept, then the least value. The
 * parts of a problem share nothing but the number of tags, so each is solved
 * for every number that it could be given, and the numbers are dealt out by
 * dynamic programming.
 *
 * The search within a part takes the tag that most entries would go to, and
 * then rules it out. The bound: with r tags more, no fewer entries are kept
 * than if the r best ones shared no entry.
 */
#include <stdlib.h>
#include <string.h>

#include "migrate_problem.h"

/** Parts times tags; beyond it the choice is greedy. */
#define MOST_CELLS ((size_t)1 << 24)
/** Tags of a part; beyond it the choice is greedy. A search is as deep as choices are long. */
#define MOST_TAGS 4096
/** Of a value. */
#define VALUE_BITS 192U

/** What a part comes to with so many tags. */
struct share {
	size_t kept;
	svctag_count value;
	bool *in; /**< by the part's tags */
};

struct part {
	const struct migrate_problem *problem;
	struct share *shares; /**< by number of tags, none to share_count - 1 */
	size_t share_count;   /**< with more tags nothing gets better */
};

struct search {
	const struct migrate_problem *problem;
	struct migrate_cover cover;
	struct migrate_work *work;
	bool *out;
	uint32_t *outs; /**< the tags that are ruled out, in order */
	size_t out_count;
	size_t *gains; /**< to sort */
	struct share *best;
	bool complete;
};

static int
compare_results(size_t kept_a, svctag_count a, size_t kept_b, svctag_count b)
{
	if (kept_a != kept_b)
		return kept_a < kept_b ? -1 : 1;
	return svctag_count_compare(a, b);
}

static void
record(struct share *best, const struct migrate_cover *cover)
{
	if (compare_results(cover->kept, cover->value, best->kept, best->value) >= 0)
		return;
	best->kept = cover->kept;
	best->value = cover->value;
	memcpy(best->in, cover->in, cover->problem->tag_count * sizeof(*best->in));
}

static size_t
gain_of(const struct search *search, uint32_t tag)
{
	const struct migrate_problem *problem = search->problem;
	svctag_index_list groups = row_at(&problem->tag_groups, tag);
	size_t gain = 0;

	for (size_t i = 0; i < groups.count; i++)
		if (search->cover.covered[groups.ids[i]] == 0)
			gain += problem->entries[groups.ids[i]];
	return gain;
}

static int
compare_gains(const void *a, const void *b)
{
	size_t x = *(const size_t *)a;
	size_t y = *(const size_t *)b;

	return (x < y) - (x > y);
}

/**
 * The tag that most entries would go to.
 * @param[out] ret_most  how many entries so many tags could take together
 * @return the problem's number of tags if none would take any
 */
static size_t
best_tag(struct search *search, size_t tags, size_t *ret_most)
{
	size_t count = search->problem->tag_count;
	size_t best = count;
	size_t best_gain = 0;
	size_t used = 0;

	for (uint32_t t = 0; t < count; t++) {
		size_t gain;

		if (search->out[t] || search->cover.in[t])
			continue;
		gain = gain_of(search, t);
		if (gain == 0)
			continue;
		search->gains[used++] = gain;
		if (gain > best_gain) {
			best_gain = gain;
			best = t;
		}
	}
	if (used > 1)
		qsort(search->gains, used, sizeof(*search->gains), compare_gains);
	*ret_most = 0;
	for (size_t i = 0; i < used && i < tags; i++)
		*ret_most += search->gains[i];
	return best;
}

/* Every level chooses one tag more: it goes as deep as there are tags to be had. */
static void
explore(struct search *search, size_t tags)
{
	const struct migrate_problem *problem = search->problem;
	uint64_t visits = problem->tag_count + problem->tag_groups.begins[problem->tag_count];
	size_t before = search->out_count;

	record(search->best, &search->cover);
	while (tags > 0 && search->cover.uncovered > 0 && search->complete) {
		size_t most = 0;
		size_t tag;

		search->complete = migrate_work_do(search->work, visits);
		if (!search->complete)
			break;
		tag = best_tag(search, tags, &most);
		most = most < search->cover.kept ? most : search->cover.kept;
		if (tag == problem->tag_count || compare_results(search->cover.kept - most, search->cover.value,
								 search->best->kept, search->best->value) >= 0)
			break;
		migrate_cover_put(&search->cover, (uint32_t)tag);
		explore(search, tags - 1);
		migrate_cover_take(&search->cover, (uint32_t)tag);
		search->out[tag] = true;
		search->outs[search->out_count++] = (uint32_t)tag;
	}
	while (search->out_count > before)
		search->out[search->outs[--search->out_count]] = false;
}

/* The best that this many tags can do. */
static svctag_error
solve_share(const struct migrate_problem *problem, size_t tags, struct migrate_work *work, struct share *share,
	    bool *exact)
{
	struct search search = { .problem = problem, .work = work, .best = share };
	struct migrate_cover greedy = { 0 };
	svctag_error err = migrate_cover_make(problem, &search.cover);

	search.complete = problem->tag_count <= MOST_TAGS;
	search.out = calloc(problem->tag_count + 1, sizeof(*search.out));
	search.outs = calloc(problem->tag_count + 1, sizeof(*search.outs));
	search.gains = calloc(problem->tag_count + 1, sizeof(*search.gains));
	if (search.out == NULL || search.outs == NULL || search.gains == NULL)
		err = SVCTAG_E_NO_MEMORY;
	share->kept = SIZE_MAX;
	if (err == SVCTAG_OK)
		err = migrate_cover_make(problem, &greedy);
	/* Without work left: nothing chosen, which is valid too. */
	search.complete = search.complete && migrate_work_do(work, (uint64_t)tags * problem->tag_count);
	if (err == SVCTAG_OK && tags > 0 && search.complete)
		err = migrate_greedy(&greedy, &(struct migrate_taste){ .limit = tags }, work);
	if (err == SVCTAG_OK) {
		record(share, &greedy);
		if (tags > 0 && search.complete)
			explore(&search, tags);
		*exact = search.complete || tags == 0;
	}
	migrate_cover_release(&greedy);
	migrate_cover_release(&search.cover);
	free(search.out);
	free(search.outs);
	free(search.gains);
	return err;
}

/**
 * The shares of a part for up to `limit` tags.
 * @param room  of it only the marks of the part's tags are used
 */
static svctag_error
solve_part(struct part *part, size_t limit, struct migrate_work *work, const struct migrate_choice *room, bool *exact)
{
	const struct migrate_problem *problem = part->problem;
	struct migrate_choice all = *room;
	svctag_error err = migrate_solve(problem, work, &all);
	size_t most = all.tags < limit ? all.tags : limit;

	*exact = all.exact;
	if (err != SVCTAG_OK)
		return err;
	part->shares = calloc(most + 1, sizeof(*part->shares));
	if (part->shares == NULL)
		return SVCTAG_E_NO_MEMORY;
	part->share_count = most + 1;
	for (size_t j = 0; err == SVCTAG_OK && j <= most; j++) {
		struct share *share = &part->shares[j];
		bool share_exact = true;

		share->in = calloc(problem->tag_count + 1, sizeof(*share->in));
		if (share->in == NULL)
			return SVCTAG_E_NO_MEMORY;
		if (j < all.tags) {
			err = solve_share(problem, j, work, share, &share_exact);
			*exact = *exact && share_exact;
			continue;
		}
		share->value = all.value;
		for (size_t t = 0; t < problem->tag_count; t++)
			share->in[t] = all.in[problem->names[t]];
	}
	return err;
}

/** The best of the parts so far, by how many tags they have together. */
struct deal {
	size_t kept;
	svctag_count value;
};

/* One part more. @param[out] picks  by the number of tags: how many of them the part gets */
static void
deal_part(const struct part *part, size_t limit, const struct deal *before, struct deal *after, uint32_t *picks)
{
	for (size_t q = 0; q <= limit; q++) {
		for (size_t j = 0; j < part->share_count && j <= q; j++) {
			size_t kept = before[q - j].kept + part->shares[j].kept;
			svctag_count value = svctag_count_add(before[q - j].value, part->shares[j].value);

			if (j > 0 && compare_results(kept, value, after[q].kept, after[q].value) >= 0)
				continue;
			after[q] = (struct deal){ kept, value };
			picks[q] = (uint32_t)j;
		}
	}
}

static svctag_error
deal_out(const struct part *parts, size_t count, size_t limit, struct migrate_choice *ret)
{
	struct deal *deals[2] = { calloc(limit + 1, sizeof(struct deal)), calloc(limit + 1, sizeof(struct deal)) };
	uint32_t *picks = calloc(count * (limit + 1) + 1, sizeof(*picks));
	svctag_error err = SVCTAG_OK;
	size_t q = limit;

	if (deals[0] == NULL || deals[1] == NULL || picks == NULL) {
		err = SVCTAG_E_NO_MEMORY;
		goto out;
	}
	for (size_t i = 0; i < count; i++)
		deal_part(&parts[i], limit, deals[i % 2], deals[(i + 1) % 2], picks + i * (limit + 1));
	ret->kept = deals[count % 2][limit].kept;
	ret->value = deals[count % 2][limit].value;
	ret->tags = 0;
	for (size_t i = count; i-- > 0;) {
		const struct migrate_problem *problem = parts[i].problem;
		size_t j = picks[i * (limit + 1) + q];

		for (size_t t = 0; t < problem->tag_count; t++) {
			ret->in[problem->names[t]] = parts[i].shares[j].in[t];
			ret->tags += parts[i].shares[j].in[t] ? 1 : 0;
		}
		q -= j;
	}
out:
	free(deals[0]);
	free(deals[1]);
	free(picks);
	return err;
}

static void
parts_release(struct part *parts, size_t count)
{
	for (size_t i = 0; parts != NULL && i < count; i++) {
		for (size_t j = 0; j < parts[i].share_count; j++)
			free(parts[i].shares[j].in);
		free(parts[i].shares);
	}
	free(parts);
}

static svctag_error
solve_dealt(const struct migrate_problem *problem, size_t limit, struct migrate_work *work, struct migrate_choice *ret)
{
	struct migrate_problem **pieces = NULL;
	struct part *parts = NULL;
	size_t count = 0;
	bool exact = true;
	svctag_error err = migrate_problem_split(problem, &pieces, &count);

	if (err != SVCTAG_OK)
		return err;
	parts = calloc(count + 1, sizeof(*parts));
	if (parts == NULL)
		err = SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; err == SVCTAG_OK && i < count; i++) {
		bool part_exact = false;

		parts[i].problem = pieces[i];
		err = solve_part(&parts[i], limit, work, ret, &part_exact);
		exact = exact && part_exact;
	}
	if (err == SVCTAG_OK)
		err = deal_out(parts, count, limit, ret);
	if (err == SVCTAG_OK)
		ret->exact = exact;
	parts_release(parts, count);
	migrate_parts_free(pieces, count);
	return err;
}

static void
take_choice(const struct migrate_cover *cover, struct migrate_choice *ret)
{
	for (size_t t = 0; t < cover->problem->tag_count; t++)
		ret->in[cover->problem->names[t]] = cover->in[t];
	ret->tags = cover->tags;
	ret->kept = cover->kept;
	ret->value = cover->value;
}

/* One greedy choice over everything, taken if it is better. */
static svctag_error
try_taste(const struct migrate_problem *problem, const struct migrate_taste *taste, size_t limit,
	  struct migrate_work *work, struct migrate_choice *ret, size_t *ret_tags)
{
	struct migrate_cover cover = { 0 };
	svctag_error err = migrate_cover_make(problem, &cover);

	if (err == SVCTAG_OK)
		err = migrate_greedy(&cover, taste, work);
	if (err == SVCTAG_OK) {
		*ret_tags = cover.tags;
		if (cover.tags <= limit && compare_results(cover.kept, cover.value, ret->kept, ret->value) < 0)
			take_choice(&cover, ret);
	}
	migrate_cover_release(&cover);
	return err;
}

/*
 * Greedy choices over everything: those that keep the fewest entries, and
 * those that cover all with a toll on every tag, which is doubled or halved
 * until the limit is just met.
 */
static svctag_error
solve_greedily(const struct migrate_problem *problem, size_t limit, struct migrate_work *work,
	       struct migrate_choice *ret)
{
	unsigned int low = 0;
	unsigned int high = VALUE_BITS;
	size_t tags = 0;
	svctag_error err = try_taste(problem, &(struct migrate_taste){ .limit = limit }, limit, work, ret, &tags);

	while (err == SVCTAG_OK && low < high) {
		unsigned int middle = (low + high) / 2;
		struct migrate_taste taste = { .toll = 1.0 };

		for (unsigned int i = 0; i < middle; i++)
			taste.toll *= 2.0;
		err = try_taste(problem, &taste, limit, work, ret, &tags);
		if (tags <= limit)
			high = middle;
		else
			low = middle + 1;
	}
	ret->exact = false;
	return err;
}

/* Without the tags that others can stand for, again and again. */
static svctag_error
drop_tags(const struct migrate_problem *problem, struct migrate_work *work, struct migrate_problem **ret)
{
	bool *chosen = calloc(problem->tag_count + 1, sizeof(*chosen));
	struct migrate_problem *smaller = NULL;
	struct migrate_problem *next = NULL;
	svctag_error err = chosen == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;

	if (err == SVCTAG_OK)
		err = migrate_reduce(problem, false, work, &smaller, chosen);
	while (err == SVCTAG_OK && smaller != NULL) {
		next = NULL;
		err = migrate_reduce(smaller, false, work, &next, chosen);
		if (err != SVCTAG_OK || next == NULL)
			break;
		migrate_problem_free(smaller);
		smaller = next;
	}
	free(chosen);
	if (err != SVCTAG_OK) {
		migrate_problem_free(smaller);
		return err;
	}
	*ret = smaller;
	return SVCTAG_OK;
}

svctag_error
migrate_solve_bounded(const struct migrate_problem *problem, size_t limit, struct migrate_work *work,
		      struct migrate_choice *ret)
{
	struct migrate_problem *smaller = NULL;
	const struct migrate_problem *used;
	svctag_count least;
	svctag_error err = migrate_solve(problem, work, ret);

	if (err != SVCTAG_OK || ret->tags <= limit)
		return err;
	least = ret->least;
	err = drop_tags(problem, work, &smaller);
	if (err != SVCTAG_OK)
		return err;
	for (size_t t = 0; t < problem->tag_count; t++)
		ret->in[problem->names[t]] = false;
	used = smaller != NULL ? smaller : problem;
	ret->kept = SIZE_MAX;
	ret->exact = false;
	if (used->tag_count <= MOST_CELLS / (limit + 1))
		err = solve_dealt(used, limit, work, ret);
	if (err == SVCTAG_OK && !ret->exact)
		err = solve_greedily(used, limit, work, ret);
	if (err == SVCTAG_OK && ret->exact)
		ret->least = ret->value;
	else
		/* Where some entry is kept, the best choice may keep others, and cost anything. */
		ret->least = ret->kept == 0 ? least : svctag_count_of(0);
	migrate_problem_free(smaller);
	return err;
}
