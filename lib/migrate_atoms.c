/*
 * One sweep over the addresses, from one beginning or end of a coverage to
 * the next: what lies between is open to the same tags. What is asked for is
 * open whatever is chosen (a tag that takes an entry holds all of it; an
 * entry that no tag takes is kept), so it costs nothing and is left out.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "memory.h"
#include "migrate_internal.h"

/** In the place of a tag: what is asked for. */
#define ASKED UINT32_MAX
#define NOT_OURS UINT32_MAX

/** Where something begins or ends (the last address that it has). */
struct edge {
	svctag_u128 at;
	uint32_t tag;
	uint8_t family;
	bool end;
};

struct sweep {
	struct edge *edges;
	size_t edge_count;
	uint32_t *open; /**< tags of which something is open, ascending */
	size_t open_count;
	bool asked;
	svctag_u128 next; /**< the first address that is not accounted for, if any is */
	bool any_next;
	svctag_prefer prefer;
	struct migrate_draft *draft;
};

/* Beginnings before ends of the same address: they are before and after it. */
static int
compare_edges(const void *a, const void *b)
{
	const struct edge *x = a;
	const struct edge *y = b;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->end != y->end)
		return x->end ? 1 : -1;
	return (x->tag > y->tag) - (x->tag < y->tag);
}

static void
add_edges(struct sweep *sweep, uint8_t family, svctag_u128 first, svctag_u128 last, uint32_t tag)
{
	sweep->edges[sweep->edge_count++] = (struct edge){ first, tag, family, false };
	sweep->edges[sweep->edge_count++] = (struct edge){ last, tag, family, true };
}

static svctag_error
collect_edges(struct sweep *sweep, const struct migrate_world *world, const svctag_set *asked, const uint32_t *ranks,
	      size_t count)
{
	size_t asked_count = svctag_set_range_count(asked);
	uint32_t *numbers = malloc((world->tag_count + (size_t)1) * sizeof(*numbers));
	size_t i;

	sweep->edges = calloc(2 * (world->coverages.count + asked_count) + 1, sizeof(*sweep->edges));
	if (numbers == NULL || sweep->edges == NULL) {
		free(numbers);
		return SVCTAG_E_NO_MEMORY;
	}
	memset(numbers, 0xff, (world->tag_count + (size_t)1) * sizeof(*numbers));
	for (i = 0; i < count; i++)
		numbers[ranks[i]] = (uint32_t)i;
	for (i = 0; i < world->coverages.count; i++) {
		const struct coverage *item = &world->coverages.items[i];

		if (numbers[item->tag] != NOT_OURS)
			add_edges(sweep, item->family, item->first, item->last, numbers[item->tag]);
	}
	for (i = 0; i < asked_count; i++) {
		const svctag_range *range = svctag_set_range(asked, i);

		add_edges(sweep, range->first.family, address_value(&range->first), address_value(&range->last), ASKED);
	}
	free(numbers);
	if (sweep->edge_count > 1)
		qsort(sweep->edges, sweep->edge_count, sizeof(*sweep->edges), compare_edges);
	return SVCTAG_OK;
}

static void
change_open(struct sweep *sweep, const struct edge *edge)
{
	size_t i = sweep->open_count;

	if (edge->tag == ASKED) {
		sweep->asked = !edge->end;
		return;
	}
	while (i > 0 && sweep->open[i - 1] >= edge->tag)
		i--;
	if (edge->end) {
		memmove(sweep->open + i, sweep->open + i + 1, (sweep->open_count - i - 1) * sizeof(*sweep->open));
		sweep->open_count--;
	} else {
		memmove(sweep->open + i + 1, sweep->open + i, (sweep->open_count - i) * sizeof(*sweep->open));
		sweep->open[i] = edge->tag;
		sweep->open_count++;
	}
}

/* From what is not accounted for up to the edge the same tags are open. */
static svctag_error
pass_edge(struct sweep *sweep, const struct edge *edge)
{
	bool there = sweep->any_next && (edge->end ? sweep->next <= edge->at : sweep->next < edge->at);
	svctag_error err = SVCTAG_OK;

	if (there && !sweep->asked && sweep->open_count > 0) {
		svctag_count size = svctag_count_of(edge->at - sweep->next);

		if (edge->end)
			size = svctag_count_add(size, svctag_count_of(1));
		err = migrate_draft_add_atom(sweep->draft, sweep->open, sweep->open_count,
					     migrate_price(sweep->prefer, edge->family, size));
	}
	if (edge->end) {
		sweep->any_next = edge->at != family_last(edge->family);
		sweep->next = edge->at + 1;
	} else {
		sweep->any_next = true;
		sweep->next = edge->at;
	}
	change_open(sweep, edge);
	return err;
}

svctag_error
migrate_add_atoms(const struct migrate_world *world, const svctag_set *asked, const uint32_t *ranks, size_t count,
		  svctag_prefer prefer, struct migrate_draft *draft)
{
	struct sweep sweep = { .prefer = prefer, .draft = draft };
	svctag_error err = collect_edges(&sweep, world, asked, ranks, count);
	size_t i;

	sweep.open = calloc(count + 1, sizeof(*sweep.open));
	if (err == SVCTAG_OK && sweep.open == NULL)
		err = SVCTAG_E_NO_MEMORY;
	for (i = 0; err == SVCTAG_OK && i < sweep.edge_count; i++)
		err = pass_edge(&sweep, &sweep.edges[i]);
	for (i = 0; err == SVCTAG_OK && i < count; i++) {
		uint32_t tag = (uint32_t)i;

		err = migrate_draft_add_atom(draft, &tag, 1, migrate_price_of_tags(prefer, 1));
	}
	free(sweep.edges);
	free(sweep.open);
	return err;
}
