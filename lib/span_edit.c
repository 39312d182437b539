#include "span_edit.h"

#include <stdlib.h>

/* The span's part of what is to be done: which of its ends move, and what goes on past the next release. */
static bool
is_cut(unsigned int ops, int64_t first, int64_t until, const struct span_place *place)
{
	return (ops & SPAN_CUT) != 0 && first < place->position && until > place->position;
}

static bool
is_extended(unsigned int ops, int64_t first, const struct span_place *place)
{
	return (ops & SPAN_EXTEND) != 0 && place->has_next && first == place->next;
}

static int64_t
next_of(const struct span_place *place)
{
	return place->has_next ? place->next : SPAN_OPEN;
}

svctag_error
property_list_enter(struct property_list *list, const svctag_properties *properties, unsigned int ops,
		    const struct span_place *place)
{
	int missing = ((ops & SPAN_CUT) != 0) + ((ops & SPAN_EXTEND) != 0);
	struct property_span rest = { 0 };
	svctag_error err = SVCTAG_OK;
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct property_span *span = &list->items[i];

		if (is_cut(ops, span->first, span->until, place)) {
			rest = *span;
			rest.first = place->next;
			span->until = place->position;
			missing--;
		} else if (is_extended(ops, span->first, place)) {
			span->first = place->position;
			missing--;
		}
	}
	if (missing != 0)
		return SVCTAG_E_CORRUPT;
	if ((ops & SPAN_SPLIT) != 0)
		err = property_list_add(list, &rest);
	if (err == SVCTAG_OK && (ops & SPAN_INSERT) != 0) {
		struct property_span added = { place->position, next_of(place), *properties };

		err = property_list_add(list, &added);
	}
	property_list_sort(list);
	return err;
}

svctag_error
span_edit_begin(struct span_edit *edit, const void *data, size_t size)
{
	return span_list_unpack(data, size, &edit->from);
}

void
span_edit_release(struct span_edit *edit)
{
	span_list_release(&edit->from);
	span_list_release(&edit->to);
	edit->at = 0;
}

/* The next span that has not been taken over, if it is of a prefix before this one (same: or of this one). */
static const struct span *
next_until(struct span_edit *edit, const svctag_prefix *prefix, bool same)
{
	const struct span *span;
	int order;

	if (edit->at == edit->from.count)
		return NULL;
	span = &edit->from.items[edit->at];
	order = svctag_prefix_compare(&span->prefix, prefix);
	if (order > 0 || (order == 0 && !same))
		return NULL;
	edit->at++;
	return span;
}

/* One span of the prefix: those that are meant change, and are missed no longer. */
static svctag_error
change_span(struct span_edit *edit, const struct span *span, unsigned int ops, const struct span_place *place,
	    int *missing)
{
	struct span changing = *span;
	struct span rest = *span;
	bool cut = is_cut(ops, span->first, span->until, place);
	svctag_error err;

	if (cut) {
		changing.until = place->position;
		--*missing;
	}
	if (is_extended(ops, span->first, place)) {
		changing.first = place->position;
		--*missing;
	}
	err = span_list_add(&edit->to, &changing);
	if (err == SVCTAG_OK && cut && (ops & SPAN_SPLIT) != 0) {
		rest.first = place->next;
		err = span_list_add(&edit->to, &rest);
	}
	return err;
}

/* Nothing of the prefix is around the place; what begins there is put in order. */
static svctag_error
insert_span(struct span_edit *edit, size_t group, const svctag_prefix *prefix, const struct span_place *place)
{
	const struct span added = { *prefix, place->position, next_of(place) };
	svctag_error err = span_list_add(&edit->to, &added);
	size_t at;

	if (err != SVCTAG_OK)
		return err;
	for (at = edit->to.count - 1; at > group && edit->to.items[at - 1].first > added.first; at--)
		edit->to.items[at] = edit->to.items[at - 1];
	edit->to.items[at] = added;
	return SVCTAG_OK;
}

svctag_error
span_edit_prefix(struct span_edit *edit, const svctag_prefix *prefix, unsigned int ops, const struct span_place *place)
{
	int missing = ((ops & SPAN_CUT) != 0) + ((ops & SPAN_EXTEND) != 0);
	const struct span *span;
	svctag_error err = SVCTAG_OK;
	size_t group;

	while (err == SVCTAG_OK && (span = next_until(edit, prefix, false)) != NULL)
		err = span_list_add(&edit->to, span);
	group = edit->to.count;
	while (err == SVCTAG_OK && (span = next_until(edit, prefix, true)) != NULL)
		err = change_span(edit, span, ops, place, &missing);
	if (err == SVCTAG_OK && missing != 0)
		err = SVCTAG_E_CORRUPT;
	if (err == SVCTAG_OK && (ops & SPAN_INSERT) != 0)
		err = insert_span(edit, group, prefix, place);
	return err;
}

svctag_error
span_edit_finish(struct span_edit *edit, void **ret, size_t *ret_size)
{
	svctag_error err = SVCTAG_OK;

	while (err == SVCTAG_OK && edit->at < edit->from.count)
		err = span_list_add(&edit->to, &edit->from.items[edit->at++]);
	if (err == SVCTAG_OK)
		err = span_list_pack(&edit->to, ret, ret_size);
	return err == SVCTAG_E_INVALID ? SVCTAG_E_CORRUPT : err;
}

/** What becomes of a span when the release at the place goes. */
enum leaving {
	STAYS,
	MOVES, /**< an end of it has moved to the next release */
	GOES,  /**< it held at that release alone */
};

static enum leaving
leave_span(int64_t *first, int64_t *until, const struct span_place *place)
{
	int64_t next = next_of(place);

	if (*first == place->position) {
		*first = next;
		return *until == next ? GOES : MOVES;
	}
	if (*until != place->position)
		return STAYS;
	*until = next;
	return MOVES;
}

bool
property_list_leave(struct property_list *list, const struct span_place *place)
{
	bool changed = false;
	size_t kept = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct property_span span = list->items[i];
		struct property_span *last = kept > 0 ? &list->items[kept - 1] : NULL;
		enum leaving leaving = leave_span(&span.first, &span.until, place);

		changed |= leaving != STAYS;
		if (leaving == GOES)
			continue;
		if (last != NULL && last->until == span.first && properties_same(&last->properties, &span.properties))
			last->until = span.until;
		else
			list->items[kept++] = span;
	}
	list->count = kept;
	return changed;
}

bool
span_list_leave(struct span_list *list, const struct span_place *place)
{
	bool changed = false;
	size_t kept = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct span span = list->items[i];
		struct span *last = kept > 0 ? &list->items[kept - 1] : NULL;
		enum leaving leaving = leave_span(&span.first, &span.until, place);

		changed |= leaving != STAYS;
		if (leaving == GOES)
			continue;
		if (last != NULL && last->until == span.first &&
		    svctag_prefix_compare(&last->prefix, &span.prefix) == 0)
			last->until = span.until;
		else
			list->items[kept++] = span;
	}
	list->count = kept;
	return changed;
}

static int
compare_positions(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Which of them it is, counted from 1; 0: none. */
static size_t
number_of(int64_t position, const struct span_positions *positions)
{
	const int64_t *found =
		bsearch(&position, positions->items, positions->count, sizeof(position), compare_positions);

	return found == NULL ? 0 : (size_t)(found - positions->items) + 1;
}

static bool
fits(int64_t first, int64_t until, const struct span_positions *positions)
{
	return number_of(first, positions) != 0 && (until == SPAN_OPEN || number_of(until, positions) != 0);
}

bool
property_list_fits(const struct property_list *list, const struct span_positions *positions)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!fits(list->items[i].first, list->items[i].until, positions))
			return false;
	return true;
}

bool
span_list_fits(const struct span_list *list, const struct span_positions *positions)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!fits(list->items[i].first, list->items[i].until, positions))
			return false;
	return true;
}

/* Spans of properties that touch are one presence. */
static bool
is_present(int64_t first, int64_t until, const struct property_list *properties)
{
	size_t i;

	for (i = 0; i < properties->count && first < until; i++)
		if (properties->items[i].first <= first && properties->items[i].until > first)
			first = properties->items[i].until;
	return first >= until;
}

bool
span_list_is_within(const struct span_list *list, const struct property_list *properties)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!is_present(list->items[i].first, list->items[i].until, properties))
			return false;
	return true;
}

static int64_t
spread(int64_t position, const struct span_positions *positions, int64_t gap)
{
	return position == SPAN_OPEN ? SPAN_OPEN : (int64_t)number_of(position, positions) * gap;
}

void
property_list_spread(struct property_list *list, const struct span_positions *positions, int64_t gap)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		list->items[i].first = spread(list->items[i].first, positions, gap);
		list->items[i].until = spread(list->items[i].until, positions, gap);
	}
}

void
span_list_spread(struct span_list *list, const struct span_positions *positions, int64_t gap)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		list->items[i].first = spread(list->items[i].first, positions, gap);
		list->items[i].until = spread(list->items[i].until, positions, gap);
	}
}
