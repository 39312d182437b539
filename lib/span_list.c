/*
 * Lists of spans in bytes. Positions repeat in nearly every span, so they stand
 * once, in order, and a span names them by their place there: whether it holds
 * at some position is two comparisons of small numbers.
 */
#include "span_list.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "xxh64.h"

/** The checksum, three counts, and nothing. */
#define HEAD_SIZE 24
#define CHECKSUM_SIZE 8

static const uint8_t families[2] = { SVCTAG_IPV4, SVCTAG_IPV6 };

/** Address, length, and the places of both ends. */
#define ROW_SIZE(i) ((i) == 0 ? 9U : 21U)

void
span_list_release(struct span_list *list)
{
	free(list->items);
	*list = (struct span_list){ 0 };
}

svctag_error
span_list_add(struct span_list *list, const struct span *span)
{
	if (list->count == list->capacity) {
		size_t bigger = list->capacity * 2 + 64;
		struct span *items = reallocarray(list->items, bigger, sizeof(*items));

		if (items == NULL)
			return SVCTAG_E_NO_MEMORY;
		list->items = items;
		list->capacity = bigger;
	}
	list->items[list->count++] = *span;
	return SVCTAG_OK;
}

/* A span that may follow that one, or be the first. */
static bool
may_follow(const struct span *previous, const struct span *span)
{
	int order;

	if (span->first >= span->until)
		return false;
	if (previous == NULL)
		return true;
	order = svctag_prefix_compare(&previous->prefix, &span->prefix);
	return order < 0 || (order == 0 && previous->until < span->first);
}

/* Take the positions in, and count each family's spans. */
static svctag_error
survey(const struct span_list *list, struct position_set *set, size_t ret_counts[2])
{
	svctag_error err = list->count < UINT32_MAX ? SVCTAG_OK : SVCTAG_E_LIMIT;
	size_t i;

	for (i = 0; err == SVCTAG_OK && i < list->count; i++) {
		const struct span *span = &list->items[i];

		if (!may_follow(i > 0 ? span - 1 : NULL, span))
			return SVCTAG_E_INVALID;
		ret_counts[SVCTAG_FAMILY_INDEX(span->prefix.family)]++;
		err = position_set_add(set, span->first);
		if (err == SVCTAG_OK)
			err = position_set_add(set, span->until);
	}
	return err;
}

static uint8_t *
write_row(uint8_t *row, const struct span *span, struct position_set *set)
{
	size_t address = SVCTAG_FAMILY_BYTES(span->prefix.family);

	memcpy(row, span->prefix.bytes, address);
	row[address] = span->prefix.length;
	store_le16(row + address + 1, position_set_place(set, span->first));
	store_le16(row + address + 3, position_set_place(set, span->until));
	return row + address + 5;
}

static svctag_error
write_list(const struct span_list *list, struct position_set *set, const size_t counts[2], void **ret, size_t *ret_size)
{
	size_t size = HEAD_SIZE + POSITION_TABLE_SIZE(set->count) + counts[0] * ROW_SIZE(0) + counts[1] * ROW_SIZE(1);
	uint8_t *data = malloc(size);
	uint8_t *at = data + HEAD_SIZE;
	svctag_error err;
	size_t i;

	if (data == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = position_set_write(set, at);
	if (err != SVCTAG_OK) {
		free(data);
		return err;
	}
	store_le32(data + 8, (uint32_t)set->count);
	store_le32(data + 12, (uint32_t)counts[0]);
	store_le32(data + 16, (uint32_t)counts[1]);
	store_le32(data + 20, 0);
	at += POSITION_TABLE_SIZE(set->count);
	for (i = 0; i < list->count; i++)
		at = write_row(at, &list->items[i], set);
	store_le64(data, svctag_xxh64(data + CHECKSUM_SIZE, size - CHECKSUM_SIZE, 0));
	*ret = data;
	*ret_size = size;
	return SVCTAG_OK;
}

svctag_error
span_list_pack(const struct span_list *list, void **ret, size_t *ret_size)
{
	struct position_set set = { 0 };
	size_t counts[2] = { 0 };
	svctag_error err;

	if (list->count == 0) {
		*ret = NULL;
		*ret_size = 0;
		return SVCTAG_OK;
	}
	err = survey(list, &set, counts);
	if (err == SVCTAG_OK)
		err = write_list(list, &set, counts, ret, ret_size);
	position_set_release(&set);
	return err;
}

svctag_error
span_view_open(const void *data, size_t size, struct span_view *ret)
{
	const uint8_t *bytes = data;
	struct span_view view = { 0 };
	size_t positions;

	if (size == 0) {
		*ret = view;
		return SVCTAG_OK;
	}
	if (size < HEAD_SIZE || load_le64(bytes) != svctag_xxh64(bytes + CHECKSUM_SIZE, size - CHECKSUM_SIZE, 0))
		return SVCTAG_E_CORRUPT;
	positions = load_le32(bytes + 8);
	view.counts[0] = load_le32(bytes + 12);
	view.counts[1] = load_le32(bytes + 16);
	/* None of the sums comes near 2^64. */
	if (load_le32(bytes + 20) != 0 ||
	    size != HEAD_SIZE + POSITION_TABLE_SIZE(positions) + view.counts[0] * ROW_SIZE(0) +
			    view.counts[1] * ROW_SIZE(1) ||
	    !position_table_open(bytes + HEAD_SIZE, positions, &view.positions))
		return SVCTAG_E_CORRUPT;
	view.rows[0] = bytes + HEAD_SIZE + POSITION_TABLE_SIZE(positions);
	view.rows[1] = view.rows[0] + view.counts[0] * ROW_SIZE(0);
	*ret = view;
	return SVCTAG_OK;
}

/* Every row is written, and stays where it holds: which do is no pattern that a processor could foresee. */
static size_t
ipv4_at(const struct span_view *view, uint16_t now, svctag_prefix *ret)
{
	const uint8_t *row = view->rows[0];
	const uint8_t *end = row + view->counts[0] * ROW_SIZE(0);
	size_t count = 0;

	for (; row != end; row += ROW_SIZE(0)) {
		svctag_prefix *prefix = &ret[count];

		memset(prefix, 0, sizeof(*prefix));
		prefix->family = SVCTAG_IPV4;
		prefix->length = row[4];
		memcpy(prefix->bytes, row, 4);
		count += (unsigned int)(load_le16(row + 5) <= now) & (unsigned int)(load_le16(row + 7) > now);
	}
	return count;
}

static size_t
ipv6_at(const struct span_view *view, uint16_t now, svctag_prefix *ret)
{
	const uint8_t *row = view->rows[1];
	const uint8_t *end = row + view->counts[1] * ROW_SIZE(1);
	size_t count = 0;

	for (; row != end; row += ROW_SIZE(1)) {
		ret[count].family = SVCTAG_IPV6;
		ret[count].length = row[16];
		memcpy(ret[count].bytes, row, 16);
		count += (unsigned int)(load_le16(row + 17) <= now) & (unsigned int)(load_le16(row + 19) > now);
	}
	return count;
}

size_t
span_view_prefixes_at(const struct span_view *view, int64_t position, svctag_prefix *ret)
{
	uint16_t now;
	size_t count;

	if (!position_table_find(&view->positions, position, &now))
		return 0;
	count = ipv4_at(view, now, ret);
	return count + ipv6_at(view, now, ret + count);
}

static bool
is_prefix(const svctag_prefix *prefix)
{
	return prefix->length <= SVCTAG_FAMILY_BITS(prefix->family) &&
	       (prefix_first(prefix) & host_mask(prefix->family, prefix->length)) == 0;
}

static svctag_error
read_row(const struct span_view *view, size_t family, size_t i, struct span_list *list)
{
	const uint8_t *row = view->rows[family] + i * ROW_SIZE(family);
	const uint8_t *ends = row + ROW_SIZE(family) - 4;
	struct span *span = &list->items[list->count];

	*span = (struct span){ .prefix = { .family = families[family], .length = ends[-1] } };
	memcpy(span->prefix.bytes, row, ROW_SIZE(family) - 5);
	if (!position_table_at(&view->positions, load_le16(ends), &span->first) ||
	    !position_table_at(&view->positions, load_le16(ends + 2), &span->until) || !is_prefix(&span->prefix) ||
	    !may_follow(list->count > 0 ? span - 1 : NULL, span))
		return SVCTAG_E_CORRUPT;
	list->count++;
	return SVCTAG_OK;
}

svctag_error
span_list_unpack(const void *data, size_t size, struct span_list *ret)
{
	struct span_list list = { 0 };
	struct span_view view;
	svctag_error err = span_view_open(data, size, &view);
	size_t family;
	size_t i;

	if (err == SVCTAG_OK) {
		list.capacity = view.counts[0] + view.counts[1] + 1;
		list.items = malloc(list.capacity * sizeof(*list.items));
		err = list.items == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	}
	for (family = 0; family < 2; family++)
		for (i = 0; err == SVCTAG_OK && i < view.counts[family]; i++)
			err = read_row(&view, family, i, &list);
	if (err != SVCTAG_OK) {
		span_list_release(&list);
		return err;
	}
	*ret = list;
	return SVCTAG_OK;
}
