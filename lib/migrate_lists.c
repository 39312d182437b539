#include "migrate_lists.h"

#include "memory.h"
#include "xxh64.h"

svctag_index_list
number_lists_at(const struct number_lists *lists, size_t i)
{
	return (svctag_index_list){ lists->numbers + lists->begins[i], lists->begins[i + 1] - lists->begins[i] };
}

/* The slot of the list, or the free one where it belongs. */
static size_t
find_slot(const struct number_lists *lists, const uint32_t *numbers, size_t count)
{
	size_t slot = (size_t)svctag_xxh64(numbers, count * sizeof(*numbers), 0) & (lists->slot_count - 1);

	for (; lists->slots[slot] != 0; slot = (slot + 1) & (lists->slot_count - 1)) {
		svctag_index_list other = number_lists_at(lists, lists->slots[slot] - 1);

		if (other.count == count && (count == 0 || memcmp(other.ids, numbers, count * sizeof(*numbers)) == 0))
			break;
	}
	return slot;
}

/* Twice the slots, so that at most half are taken. */
static svctag_error
grow_slots(struct number_lists *lists)
{
	size_t bigger = lists->slot_count == 0 ? 64 : lists->slot_count * 2;
	uint32_t *slots = calloc(bigger, sizeof(*slots));

	if (slots == NULL)
		return SVCTAG_E_NO_MEMORY;
	free(lists->slots);
	lists->slots = slots;
	lists->slot_count = bigger;
	for (size_t i = 0; i < lists->count; i++) {
		svctag_index_list list = number_lists_at(lists, i);

		slots[find_slot(lists, list.ids, list.count)] = (uint32_t)i + 1;
	}
	return SVCTAG_OK;
}

static svctag_error
append(struct number_lists *lists, const uint32_t *numbers, size_t count)
{
	uint32_t *all =
		memory_grown(lists->numbers, &lists->number_capacity, lists->number_count + count + 1, sizeof(*all));
	size_t *begins;

	if (all == NULL)
		return SVCTAG_E_NO_MEMORY;
	lists->numbers = all;
	begins = memory_grown(lists->begins, &lists->capacity, lists->count + 2, sizeof(*begins));
	if (begins == NULL)
		return SVCTAG_E_NO_MEMORY;
	lists->begins = begins;
	if (count > 0)
		memcpy(all + lists->number_count, numbers, count * sizeof(*numbers));
	begins[lists->count++] = lists->number_count;
	lists->number_count += count;
	begins[lists->count] = lists->number_count;
	return SVCTAG_OK;
}

svctag_error
number_lists_add(struct number_lists *lists, const uint32_t *numbers, size_t count, uint32_t *ret)
{
	svctag_error err = SVCTAG_OK;
	size_t slot;

	if (lists->count >= UINT32_MAX - 1)
		return SVCTAG_E_LIMIT;
	if (lists->count * 2 >= lists->slot_count)
		err = grow_slots(lists);
	if (err != SVCTAG_OK)
		return err;
	slot = find_slot(lists, numbers, count);
	if (lists->slots[slot] == 0) {
		err = append(lists, numbers, count);
		if (err != SVCTAG_OK)
			return err;
		lists->slots[slot] = (uint32_t)lists->count;
	}
	*ret = lists->slots[slot] - 1;
	return SVCTAG_OK;
}

void
number_lists_release(struct number_lists *lists)
{
	free(lists->numbers);
	free(lists->begins);
	free(lists->slots);
	memset(lists, 0, sizeof(*lists));
}
