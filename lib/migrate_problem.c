#include "migrate_problem.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/** How much work passes between two questions whether to go on. */
#define ASK_EVERY 1000000

svctag_error
migrate_draft_add_group(struct migrate_draft *draft, const uint32_t *tags, size_t count, size_t entries)
{
	size_t before = draft->groups.count;
	uint32_t group = 0;
	svctag_error err = number_lists_add(&draft->groups, tags, count, &group);
	size_t *all;

	if (err != SVCTAG_OK)
		return err;
	all = memory_grown(draft->entries, &draft->entry_capacity, draft->groups.count, sizeof(*all));
	if (all == NULL)
		return SVCTAG_E_NO_MEMORY;
	draft->entries = all;
	if (draft->groups.count > before)
		draft->entries[group] = 0;
	draft->entries[group] += entries;
	return SVCTAG_OK;
}

svctag_error
migrate_draft_add_atom(struct migrate_draft *draft, const uint32_t *tags, size_t count, svctag_count weight)
{
	size_t before = draft->atoms.count;
	uint32_t atom = 0;
	svctag_error err = number_lists_add(&draft->atoms, tags, count, &atom);
	svctag_count *all;

	if (err != SVCTAG_OK)
		return err;
	all = memory_grown(draft->weights, &draft->weight_capacity, draft->atoms.count, sizeof(*all));
	if (all == NULL)
		return SVCTAG_E_NO_MEMORY;
	draft->weights = all;
	if (draft->atoms.count > before)
		draft->weights[atom] = svctag_count_of(0);
	draft->weights[atom] = svctag_count_add(draft->weights[atom], weight);
	return SVCTAG_OK;
}

void
migrate_draft_release(struct migrate_draft *draft)
{
	number_lists_release(&draft->groups);
	number_lists_release(&draft->atoms);
	free(draft->entries);
	free(draft->weights);
	memset(draft, 0, sizeof(*draft));
}

static svctag_error
rows_allocate(struct rows *rows, size_t count, size_t items)
{
	rows->begins = calloc(count + 1, sizeof(*rows->begins));
	rows->items = calloc(items + 1, sizeof(*rows->items));
	return rows->begins == NULL || rows->items == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
}

static void
rows_release(struct rows *rows)
{
	free(rows->begins);
	free(rows->items);
}

/* Shorter lists first, then by their numbers. */
static int
compare_lists(const void *a, const void *b, void *context)
{
	svctag_index_list x = number_lists_at(context, *(const uint32_t *)a);
	svctag_index_list y = number_lists_at(context, *(const uint32_t *)b);

	if (x.count != y.count)
		return x.count < y.count ? -1 : 1;
	for (size_t i = 0; i < x.count; i++)
		if (x.ids[i] != y.ids[i])
			return x.ids[i] < y.ids[i] ? -1 : 1;
	return 0;
}

/* The lists as rows in their order. @param[out] ret  which list each row is; free() it */
static svctag_error
rows_of_lists(struct number_lists *lists, struct rows *rows, uint32_t **ret)
{
	uint32_t *order = calloc(lists->count + 1, sizeof(*order));
	svctag_error err = rows_allocate(rows, lists->count, lists->number_count);

	if (order == NULL || err != SVCTAG_OK) {
		free(order);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < lists->count; i++)
		order[i] = (uint32_t)i;
	if (lists->count > 1)
		qsort_r(order, lists->count, sizeof(*order), compare_lists, lists);
	for (size_t i = 0; i < lists->count; i++) {
		svctag_index_list list = number_lists_at(lists, order[i]);

		if (list.count > 0)
			memcpy(rows->items + rows->begins[i], list.ids, list.count * sizeof(*list.ids));
		rows->begins[i + 1] = rows->begins[i] + list.count;
	}
	*ret = order;
	return SVCTAG_OK;
}

/* For each number the rows that it is in. */
static svctag_error
rows_turn(const struct rows *rows, size_t count, size_t numbers, struct rows *ret)
{
	svctag_error err = rows_allocate(ret, numbers + 1, rows->begins[count]);

	if (err != SVCTAG_OK)
		return err;
	/* One place late: filling a row moves its beginning to its end. */
	for (size_t i = 0; i < rows->begins[count]; i++)
		ret->begins[rows->items[i] + 2]++;
	for (size_t i = 2; i <= numbers; i++)
		ret->begins[i] += ret->begins[i - 1];
	for (size_t i = 0; i < count; i++)
		for (size_t k = rows->begins[i]; k < rows->begins[i + 1]; k++)
			ret->items[ret->begins[rows->items[k] + 1]++] = (uint32_t)i;
	return SVCTAG_OK;
}

static svctag_error
fill_problem(struct migrate_draft *draft, const uint32_t *names, struct migrate_problem *problem)
{
	const size_t *entries = draft->entries; /* NULL: there are none */
	const svctag_count *weights = draft->weights;
	uint32_t *groups = NULL;
	uint32_t *atoms = NULL;
	svctag_error err = rows_of_lists(&draft->groups, &problem->group_tags, &groups);

	if (err == SVCTAG_OK)
		err = rows_of_lists(&draft->atoms, &problem->atom_tags, &atoms);
	problem->names = calloc(problem->tag_count + 1, sizeof(*problem->names));
	problem->entries = calloc(problem->group_count + 1, sizeof(*problem->entries));
	problem->weights = calloc(problem->atom_count + 1, sizeof(*problem->weights));
	if (problem->names == NULL || problem->entries == NULL || problem->weights == NULL)
		err = SVCTAG_E_NO_MEMORY;
	if (err == SVCTAG_OK) {
		for (size_t i = 0; i < problem->tag_count; i++)
			problem->names[i] = names == NULL ? (uint32_t)i : names[i];
		for (size_t i = 0; entries != NULL && i < problem->group_count; i++)
			problem->entries[i] = entries[groups[i]];
		for (size_t i = 0; weights != NULL && i < problem->atom_count; i++)
			problem->weights[i] = weights[atoms[i]];
		err = rows_turn(&problem->group_tags, problem->group_count, problem->tag_count, &problem->tag_groups);
	}
	if (err == SVCTAG_OK)
		err = rows_turn(&problem->atom_tags, problem->atom_count, problem->tag_count, &problem->tag_atoms);
	free(groups);
	free(atoms);
	return err;
}

svctag_error
migrate_problem_make(struct migrate_draft *draft, const uint32_t *names, struct migrate_problem **ret)
{
	struct migrate_problem *problem = calloc(1, sizeof(*problem));
	svctag_error err;

	if (problem == NULL)
		return SVCTAG_E_NO_MEMORY;
	problem->tag_count = draft->tag_count;
	problem->group_count = draft->groups.count;
	problem->atom_count = draft->atoms.count;
	err = fill_problem(draft, names, problem);
	if (err != SVCTAG_OK) {
		migrate_problem_free(problem);
		return err;
	}
	*ret = problem;
	return SVCTAG_OK;
}

void
migrate_problem_free(struct migrate_problem *problem)
{
	if (problem == NULL)
		return;
	free(problem->names);
	free(problem->entries);
	free(problem->weights);
	rows_release(&problem->group_tags);
	rows_release(&problem->atom_tags);
	rows_release(&problem->tag_groups);
	rows_release(&problem->tag_atoms);
	free(problem);
}

/** Tags of a problem that go into another. */
struct selection {
	const struct migrate_problem *problem;
	const enum tag_fate *fates;
	const bool *without;
	uint32_t *numbers;           /**< in the new problem; NOT_THERE */
	uint32_t *names;             /**< of the new problem's tags */
	uint32_t *list;              /**< room for all tags */
	struct migrate_draft *draft; /**< the caller's */
};

#define NOT_THERE UINT32_MAX

static svctag_error
selection_begin(struct selection *selection)
{
	size_t count = selection->problem->tag_count + 1;

	selection->numbers = malloc(count * sizeof(*selection->numbers));
	selection->names = calloc(count, sizeof(*selection->names));
	selection->list = calloc(count, sizeof(*selection->list));
	if (selection->numbers == NULL || selection->names == NULL || selection->list == NULL)
		return SVCTAG_E_NO_MEMORY;
	memset(selection->numbers, 0xff, count * sizeof(*selection->numbers));
	return SVCTAG_OK;
}

static void
selection_release(struct selection *selection)
{
	free(selection->numbers);
	free(selection->names);
	free(selection->list);
}

static void
select_tag(struct selection *selection, uint32_t tag)
{
	selection->numbers[tag] = (uint32_t)selection->draft->tag_count;
	selection->names[selection->draft->tag_count++] = selection->problem->names[tag];
}

/* Those of the row that are in the new problem, by their numbers there. */
static size_t
translate(struct selection *selection, svctag_index_list row)
{
	size_t count = 0;

	for (size_t i = 0; i < row.count; i++)
		if (selection->numbers[row.ids[i]] != NOT_THERE)
			selection->list[count++] = selection->numbers[row.ids[i]];
	return count;
}

static bool
is_settled(const struct selection *selection, svctag_index_list row)
{
	for (size_t i = 0; i < row.count; i++)
		if (selection->fates[row.ids[i]] == TAG_IN)
			return true;
	return false;
}

static bool
group_stays(const struct selection *selection, size_t group)
{
	return (selection->without == NULL || !selection->without[group]) &&
	       !is_settled(selection, row_at(&selection->problem->group_tags, group));
}

static svctag_error
cut(struct selection *selection)
{
	const struct migrate_problem *problem = selection->problem;
	bool *useful = calloc(problem->tag_count + 1, sizeof(*useful));
	svctag_error err = SVCTAG_OK;

	if (useful == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t g = 0; g < problem->group_count; g++) {
		svctag_index_list row = row_at(&problem->group_tags, g);

		for (size_t i = 0; i < row.count && group_stays(selection, g); i++)
			useful[row.ids[i]] = true;
	}
	for (size_t t = 0; t < problem->tag_count; t++)
		if (useful[t] && selection->fates[t] == TAG_STAYS)
			select_tag(selection, (uint32_t)t);
	free(useful);
	for (size_t g = 0; err == SVCTAG_OK && g < problem->group_count; g++) {
		size_t count = translate(selection, row_at(&problem->group_tags, g));

		if (count > 0 && group_stays(selection, g))
			err = migrate_draft_add_group(selection->draft, selection->list, count, problem->entries[g]);
	}
	for (size_t a = 0; err == SVCTAG_OK && a < problem->atom_count; a++) {
		size_t count = translate(selection, row_at(&problem->atom_tags, a));

		if (count > 0 && !is_settled(selection, row_at(&problem->atom_tags, a)))
			err = migrate_draft_add_atom(selection->draft, selection->list, count, problem->weights[a]);
	}
	return err;
}

svctag_error
migrate_problem_cut(const struct migrate_problem *problem, const enum tag_fate *fates, const bool *without,
		    struct migrate_problem **ret)
{
	struct migrate_draft draft = { 0 };
	struct selection selection = { .problem = problem, .fates = fates, .without = without, .draft = &draft };
	svctag_error err = selection_begin(&selection);

	if (err == SVCTAG_OK)
		err = cut(&selection);
	if (err == SVCTAG_OK)
		err = migrate_problem_make(&draft, selection.names, ret);
	migrate_draft_release(&draft);
	selection_release(&selection);
	return err;
}

static uint32_t
find_root(uint32_t *roots, uint32_t tag)
{
	while (roots[tag] != tag) {
		roots[tag] = roots[roots[tag]];
		tag = roots[tag];
	}
	return tag;
}

/* The tags of each row have one root: their least tag. */
static void
join_rows(const struct rows *rows, size_t count, uint32_t *roots)
{
	for (size_t i = 0; i < count; i++) {
		svctag_index_list row = row_at(rows, i);

		for (size_t k = 1; k < row.count; k++) {
			uint32_t a = find_root(roots, row.ids[k - 1]);
			uint32_t b = find_root(roots, row.ids[k]);

			if (a < b)
				roots[b] = a;
			else
				roots[a] = b;
		}
	}
}

/* The groups and atoms of which the tag is the first: so each is added once. */
static svctag_error
add_rows_of(struct selection *selection, size_t tag)
{
	const struct migrate_problem *problem = selection->problem;
	svctag_index_list groups = row_at(&problem->tag_groups, tag);
	svctag_index_list atoms = row_at(&problem->tag_atoms, tag);
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; err == SVCTAG_OK && i < groups.count; i++) {
		svctag_index_list row = row_at(&problem->group_tags, groups.ids[i]);

		if (row.ids[0] == tag)
			err = migrate_draft_add_group(selection->draft, selection->list, translate(selection, row),
						      problem->entries[groups.ids[i]]);
	}
	for (size_t i = 0; err == SVCTAG_OK && i < atoms.count; i++) {
		svctag_index_list row = row_at(&problem->atom_tags, atoms.ids[i]);

		if (row.ids[0] == tag)
			err = migrate_draft_add_atom(selection->draft, selection->list, translate(selection, row),
						     problem->weights[atoms.ids[i]]);
	}
	return err;
}

/* The part that begins with this tag; the next tag of a part is in `next`. */
static svctag_error
take_part(struct selection *selection, const uint32_t *next, uint32_t first, struct migrate_problem **ret)
{
	svctag_error err = SVCTAG_OK;
	uint32_t tag;

	for (tag = first; tag != NOT_THERE; tag = next[tag])
		select_tag(selection, tag);
	for (tag = first; err == SVCTAG_OK && tag != NOT_THERE; tag = next[tag])
		err = add_rows_of(selection, tag);
	if (err == SVCTAG_OK)
		err = migrate_problem_make(selection->draft, selection->names, ret);
	migrate_draft_release(selection->draft);
	return err;
}

/** Which tags belong together. */
struct partition {
	uint32_t *roots;
	uint32_t *next; /**< tag of the same part */
	uint32_t *last; /**< of the part of a root */
	size_t count;
};

static svctag_error
partition_make(const struct migrate_problem *problem, struct partition *partition)
{
	size_t count = problem->tag_count;

	partition->roots = calloc(count + 1, sizeof(*partition->roots));
	partition->next = malloc((count + 1) * sizeof(*partition->next));
	partition->last = calloc(count + 1, sizeof(*partition->last));
	if (partition->roots == NULL || partition->next == NULL || partition->last == NULL)
		return SVCTAG_E_NO_MEMORY;
	memset(partition->next, 0xff, (count + 1) * sizeof(*partition->next));
	for (size_t t = 0; t < count; t++)
		partition->roots[t] = (uint32_t)t;
	join_rows(&problem->group_tags, problem->group_count, partition->roots);
	join_rows(&problem->atom_tags, problem->atom_count, partition->roots);
	for (size_t t = 0; t < count; t++) {
		uint32_t root = find_root(partition->roots, (uint32_t)t);

		if (root == t)
			partition->count++;
		else
			partition->next[partition->last[root]] = (uint32_t)t;
		partition->last[root] = (uint32_t)t;
	}
	return SVCTAG_OK;
}

svctag_error
migrate_problem_split(const struct migrate_problem *problem, struct migrate_problem ***ret, size_t *ret_count)
{
	struct migrate_draft draft = { 0 };
	struct selection selection = { .problem = problem, .draft = &draft };
	struct partition partition = { 0 };
	struct migrate_problem **parts = NULL;
	size_t count = 0;
	svctag_error err = partition_make(problem, &partition);

	if (err == SVCTAG_OK)
		err = selection_begin(&selection);
	if (err == SVCTAG_OK) {
		parts = calloc(partition.count + 1, sizeof(struct migrate_problem *));
		err = parts == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	}
	for (uint32_t t = 0; err == SVCTAG_OK && t < problem->tag_count; t++)
		if (partition.roots[t] == t)
			err = take_part(&selection, partition.next, t, &parts[count++]);
	free(partition.roots);
	free(partition.next);
	free(partition.last);
	selection_release(&selection);
	if (err != SVCTAG_OK) {
		migrate_parts_free(parts, count);
		return err;
	}
	*ret = parts;
	*ret_count = count;
	return SVCTAG_OK;
}

void
migrate_parts_free(struct migrate_problem **parts, size_t count)
{
	if (parts == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		migrate_problem_free(parts[i]);
	free(parts);
}

bool
migrate_work_do(struct migrate_work *work, uint64_t visits)
{
	if (work->stopped || visits >= work->left) {
		work->left = 0;
		return false;
	}
	work->left -= visits;
	work->since_asked += visits;
	if (work->since_asked >= ASK_EVERY) {
		work->since_asked = 0;
		work->stopped = !work->go_on(work->context);
	}
	return !work->stopped;
}
