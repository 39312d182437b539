/*
 * Covering everything: cut down, taken apart, each part cut down by what a
 * greedy choice shows to be too dear, and searched when nothing else helps.
 */
#include <stdlib.h>
#include <string.h>

#include "migrate_problem.h"

/** What is found out about a part; its tags are marked in the solver. */
struct finding {
	svctag_count value;
	svctag_count least;
	bool exact;
};

struct solver {
	bool *in; /**< by the whole problem's tags */
	struct migrate_work *work;
};

static svctag_error solve_part(struct solver *solver, const struct migrate_problem *problem, struct finding *ret);

static void
mark(struct solver *solver, const struct migrate_problem *problem, const bool *in)
{
	for (size_t t = 0; t < problem->tag_count; t++)
		solver->in[problem->names[t]] = in[t];
}

/* Without the tags that are too dear; if that is not solved exactly, the better of the two. */
static svctag_error
solve_without(struct solver *solver, const struct migrate_problem *problem, const bool *out,
	      const struct migrate_cover *greedy, struct finding *ret)
{
	enum tag_fate *fates = calloc(problem->tag_count + 1, sizeof(*fates));
	struct migrate_problem *smaller = NULL;
	svctag_error err;

	if (fates == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t t = 0; t < problem->tag_count; t++)
		fates[t] = out[t] ? TAG_OUT : TAG_STAYS;
	err = migrate_problem_cut(problem, fates, NULL, &smaller);
	if (err == SVCTAG_OK)
		err = solve_part(solver, smaller, ret);
	if (err == SVCTAG_OK && svctag_count_compare(greedy->value, ret->value) < 0) {
		ret->value = greedy->value;
		mark(solver, problem, greedy->in);
	}
	migrate_problem_free(smaller);
	free(fates);
	return err;
}

static svctag_error
search_part(struct solver *solver, const struct migrate_problem *problem, const struct migrate_cover *greedy,
	    svctag_count least, struct finding *ret)
{
	struct migrate_best best = { .in = calloc(problem->tag_count + 1, sizeof(bool)), .value = greedy->value };
	svctag_error err;

	if (best.in == NULL)
		return SVCTAG_E_NO_MEMORY;
	memcpy(best.in, greedy->in, problem->tag_count * sizeof(bool));
	err = migrate_search(problem, solver->work, &best);
	if (err == SVCTAG_OK) {
		*ret = (struct finding){ best.value, best.exact ? best.value : least, best.exact };
		mark(solver, problem, best.in);
	}
	free(best.in);
	return err;
}

/* A part that cannot be cut down or taken apart by itself. */
static svctag_error
solve_core(struct solver *solver, const struct migrate_problem *problem, struct finding *ret)
{
	struct migrate_cover greedy = { 0 };
	struct migrate_cover empty = { 0 };
	struct migrate_bound bound = { 0 };
	bool *out = calloc(problem->tag_count + 1, sizeof(*out));
	svctag_count least;
	svctag_error err = out == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;

	if (err == SVCTAG_OK)
		err = migrate_cover_make(problem, &greedy);
	if (err == SVCTAG_OK)
		err = migrate_cover_make(problem, &empty);
	if (err == SVCTAG_OK)
		err = migrate_bound_make(problem, &bound);
	if (err == SVCTAG_OK)
		err = migrate_greedy(&greedy, &(struct migrate_taste){ 0 }, solver->work);
	if (err != SVCTAG_OK)
		goto out;
	least = migrate_least(&bound, &empty, NULL, solver->work);
	if (svctag_count_compare(least, greedy.value) >= 0) {
		*ret = (struct finding){ greedy.value, greedy.value, true };
		mark(solver, problem, greedy.in);
	} else if (migrate_probe(&empty, &bound, greedy.value, out, solver->work)) {
		err = solve_without(solver, problem, out, &greedy, ret);
	} else {
		err = search_part(solver, problem, &greedy, least, ret);
	}
out:
	migrate_cover_release(&greedy);
	migrate_cover_release(&empty);
	migrate_bound_release(&bound);
	free(out);
	return err;
}

static int
compare_sizes(const void *a, const void *b)
{
	const struct migrate_problem *x = *(struct migrate_problem *const *)a;
	const struct migrate_problem *y = *(struct migrate_problem *const *)b;

	if (x->tag_count != y->tag_count)
		return x->tag_count < y->tag_count ? -1 : 1;
	return (x->names[0] > y->names[0]) - (x->names[0] < y->names[0]);
}

/* The small ones first: they leave work for the others. */
static svctag_error
solve_pieces(struct solver *solver, const struct migrate_problem *problem, struct finding *ret)
{
	struct migrate_problem **parts = NULL;
	size_t count = 0;
	struct finding sum = { .exact = true };
	svctag_error err = migrate_problem_split(problem, &parts, &count);

	if (err == SVCTAG_OK && count > 1)
		qsort(parts, count, sizeof(struct migrate_problem *), compare_sizes);
	for (size_t i = 0; err == SVCTAG_OK && i < count; i++) {
		struct finding finding = { 0 };

		err = count == 1 ? solve_core(solver, parts[i], &finding) : solve_part(solver, parts[i], &finding);
		sum.value = svctag_count_add(sum.value, finding.value);
		sum.least = svctag_count_add(sum.least, finding.least);
		sum.exact = sum.exact && finding.exact;
	}
	migrate_parts_free(parts, count);
	if (err == SVCTAG_OK)
		*ret = sum;
	return err;
}

/* What the chosen tags pay. */
static svctag_count
value_of(const struct migrate_problem *problem, const bool *in)
{
	svctag_count value = { 0 };

	for (size_t a = 0; a < problem->atom_count; a++) {
		svctag_index_list tags = row_at(&problem->atom_tags, a);
		size_t i = 0;

		while (i < tags.count && !in[tags.ids[i]])
			i++;
		if (i < tags.count)
			value = svctag_count_add(value, problem->weights[a]);
	}
	return value;
}

/* Every level below has fewer tags or groups, or is the last. */
static svctag_error
solve_part(struct solver *solver, const struct migrate_problem *problem, struct finding *ret)
{
	bool *chosen = calloc(problem->tag_count + 1, sizeof(*chosen));
	struct migrate_problem *smaller = NULL;
	struct finding below = { .exact = true };
	svctag_count fixed;
	svctag_error err;

	if (chosen == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = migrate_reduce(problem, true, solver->work, &smaller, chosen);
	fixed = svctag_count_of(0);
	if (err == SVCTAG_OK && smaller != NULL) {
		fixed = value_of(problem, chosen);
		mark(solver, problem, chosen);
		err = solve_part(solver, smaller, &below);
	} else if (err == SVCTAG_OK && problem->tag_count > 0) {
		err = solve_pieces(solver, problem, &below);
	}
	if (err == SVCTAG_OK) {
		ret->value = svctag_count_add(fixed, below.value);
		ret->least = svctag_count_add(fixed, below.least);
		ret->exact = below.exact;
	}
	migrate_problem_free(smaller);
	free(chosen);
	return err;
}

svctag_error
migrate_solve(const struct migrate_problem *problem, struct migrate_work *work, struct migrate_choice *ret)
{
	struct solver solver = { .in = ret->in, .work = work };
	struct finding finding = { 0 };
	svctag_error err;

	for (size_t t = 0; t < problem->tag_count; t++)
		ret->in[problem->names[t]] = false;
	err = solve_part(&solver, problem, &finding);
	if (err != SVCTAG_OK)
		return err;
	ret->tags = 0;
	for (size_t t = 0; t < problem->tag_count; t++)
		ret->tags += ret->in[problem->names[t]] ? 1 : 0;
	ret->kept = 0;
	ret->value = finding.value;
	ret->least = finding.least;
	ret->exact = finding.exact;
	return SVCTAG_OK;
}
