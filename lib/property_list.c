/*
 * Properties in bytes. Mostly a tag's own change number alone grows, so that
 * everything else, a *value*, stands once, in the order of its first use, and
 * spans name it by its number:
 *
 *   head       checksum, counts of positions, spans and values, size of the values
 *   positions
 *   spans      first, until, value (16 bits each), change number (64 bits)
 *   values     flags, region id (64 bits), texts, each ended by a NUL
 */
#include "property_list.h"

#include <stdlib.h>

#include "xxh64.h"

#define HEAD_SIZE 24
#define CHECKSUM_SIZE 8
#define SPAN_SIZE 14
/** Flags and region id. */
#define VALUE_SIZE 9

enum {
	HAS_REGION_ID = 1,
	HAS_PLATFORM = 2,
	HAS_NETWORK_FEATURES = 4,
	ALL_FLAGS = 7,
};

/** The packed list, apart. */
struct property_view {
	struct position_table positions;
	const uint8_t *spans;
	size_t span_count;
	const uint8_t *values;
	size_t value_count;
	size_t values_size;
};

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* All but the change number. */
static bool
same_value(const svctag_properties *a, const svctag_properties *b)
{
	return same_text(a->region, b->region) && a->has_region_id == b->has_region_id &&
	       (!a->has_region_id || a->region_id == b->region_id) && same_text(a->platform, b->platform) &&
	       same_text(a->system_service, b->system_service) && same_text(a->network_features, b->network_features);
}

bool
properties_same(const svctag_properties *a, const svctag_properties *b)
{
	return a->change_number == b->change_number && same_value(a, b);
}

void
property_list_release(struct property_list *list)
{
	free(list->items);
	*list = (struct property_list){ 0 };
}

svctag_error
property_list_add(struct property_list *list, const struct property_span *span)
{
	if (list->count == list->capacity) {
		size_t bigger = list->capacity * 2 + 8;
		struct property_span *items = reallocarray(list->items, bigger, sizeof(*items));

		if (items == NULL)
			return SVCTAG_E_NO_MEMORY;
		list->items = items;
		list->capacity = bigger;
	}
	list->items[list->count++] = *span;
	return SVCTAG_OK;
}

/* They are in order but for one or two. */
void
property_list_sort(struct property_list *list)
{
	size_t i;
	size_t at;

	for (i = 1; i < list->count; i++) {
		struct property_span span = list->items[i];

		for (at = i; at > 0 && list->items[at - 1].first > span.first; at--)
			list->items[at] = list->items[at - 1];
		list->items[at] = span;
	}
}

/* A span that may follow that one, or be the first. */
static bool
may_follow(const struct property_span *previous, const struct property_span *span)
{
	if (span->first >= span->until)
		return false;
	return previous == NULL || previous->until < span->first ||
	       (previous->until == span->first && !properties_same(&previous->properties, &span->properties));
}

/** What packing knows of the list. */
struct packing {
	struct position_set positions;
	const svctag_properties **values;
	size_t value_count;
	uint16_t *numbers; /* of each span's value */
	size_t values_size;
};

static size_t
value_size(const svctag_properties *p)
{
	return VALUE_SIZE + strlen(p->region) + strlen(p->system_service) + 2 +
	       (p->platform != NULL ? strlen(p->platform) + 1 : 0) +
	       (p->network_features != NULL ? strlen(p->network_features) + 1 : 0);
}

/* The number of the span's value, mostly that of the span before. There are no more of them than positions. */
static uint16_t
number_value(struct packing *packing, const svctag_properties *properties)
{
	size_t i = packing->value_count;

	while (i > 0 && !same_value(packing->values[i - 1], properties))
		i--;
	if (i == 0) {
		packing->values_size += value_size(properties);
		packing->values[packing->value_count++] = properties;
		i = packing->value_count;
	}
	return (uint16_t)(i - 1);
}

static svctag_error
survey(const struct property_list *list, struct packing *packing)
{
	svctag_error err = SVCTAG_OK;
	size_t i;

	for (i = 0; err == SVCTAG_OK && i < list->count; i++) {
		const struct property_span *span = &list->items[i];

		if (!may_follow(i > 0 ? span - 1 : NULL, span))
			return SVCTAG_E_INVALID;
		err = position_set_add(&packing->positions, span->first);
		if (err == SVCTAG_OK)
			err = position_set_add(&packing->positions, span->until);
		if (err == SVCTAG_OK)
			packing->numbers[i] = number_value(packing, &span->properties);
	}
	return err;
}

static uint8_t *
write_text(uint8_t *at, const char *text)
{
	size_t size = text != NULL ? strlen(text) + 1 : 0;

	if (size > 0)
		memcpy(at, text, size);
	return at + size;
}

static uint8_t *
write_value(uint8_t *at, const svctag_properties *p)
{
	at[0] = (uint8_t)((p->has_region_id ? HAS_REGION_ID : 0) | (p->platform != NULL ? HAS_PLATFORM : 0) |
			  (p->network_features != NULL ? HAS_NETWORK_FEATURES : 0));
	store_le64(at + 1, p->has_region_id ? (uint64_t)(int64_t)p->region_id : 0);
	at = write_text(at + VALUE_SIZE, p->region);
	at = write_text(at, p->platform);
	at = write_text(at, p->system_service);
	return write_text(at, p->network_features);
}

static svctag_error
write_list(const struct property_list *list, struct packing *packing, void **ret, size_t *ret_size)
{
	size_t positions = packing->positions.count;
	size_t size = HEAD_SIZE + POSITION_TABLE_SIZE(positions) + list->count * SPAN_SIZE + packing->values_size;
	uint8_t *data = malloc(size);
	uint8_t *at = data + HEAD_SIZE;
	svctag_error err;
	size_t i;

	if (data == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = position_set_write(&packing->positions, at);
	if (err != SVCTAG_OK) {
		free(data);
		return err;
	}
	store_le32(data + 8, (uint32_t)positions);
	store_le32(data + 12, (uint32_t)list->count);
	store_le32(data + 16, (uint32_t)packing->value_count);
	store_le32(data + 20, (uint32_t)packing->values_size);
	at += POSITION_TABLE_SIZE(positions);
	for (i = 0; i < list->count; i++, at += SPAN_SIZE) {
		store_le16(at, position_set_place(&packing->positions, list->items[i].first));
		store_le16(at + 2, position_set_place(&packing->positions, list->items[i].until));
		store_le16(at + 4, packing->numbers[i]);
		store_le64(at + 6, (uint64_t)list->items[i].properties.change_number);
	}
	for (i = 0; i < packing->value_count; i++)
		at = write_value(at, packing->values[i]);
	store_le64(data, svctag_xxh64(data + CHECKSUM_SIZE, size - CHECKSUM_SIZE, 0));
	*ret = data;
	*ret_size = size;
	return SVCTAG_OK;
}

svctag_error
property_list_pack(const struct property_list *list, void **ret, size_t *ret_size)
{
	struct packing packing = { 0 };
	svctag_error err;

	if (list->count == 0) {
		*ret = NULL;
		*ret_size = 0;
		return SVCTAG_OK;
	}
	packing.values = malloc(list->count * sizeof(const svctag_properties *));
	packing.numbers = malloc(list->count * sizeof(*packing.numbers));
	err = packing.values == NULL || packing.numbers == NULL ? SVCTAG_E_NO_MEMORY : survey(list, &packing);
	if (err == SVCTAG_OK)
		err = write_list(list, &packing, ret, ret_size);
	position_set_release(&packing.positions);
	free(packing.values);
	free(packing.numbers);
	return err;
}

static svctag_error
open_view(const void *data, size_t size, struct property_view *ret)
{
	const uint8_t *bytes = data;
	struct property_view view = { 0 };
	size_t positions;

	if (size < HEAD_SIZE || load_le64(bytes) != svctag_xxh64(bytes + CHECKSUM_SIZE, size - CHECKSUM_SIZE, 0))
		return SVCTAG_E_CORRUPT;
	positions = load_le32(bytes + 8);
	view.span_count = load_le32(bytes + 12);
	view.value_count = load_le32(bytes + 16);
	view.values_size = load_le32(bytes + 20);
	/* None of the sums comes near 2^64. */
	if (size != HEAD_SIZE + POSITION_TABLE_SIZE(positions) + view.span_count * SPAN_SIZE + view.values_size ||
	    !position_table_open(bytes + HEAD_SIZE, positions, &view.positions))
		return SVCTAG_E_CORRUPT;
	view.spans = bytes + HEAD_SIZE + POSITION_TABLE_SIZE(positions);
	view.values = view.spans + view.span_count * SPAN_SIZE;
	*ret = view;
	return SVCTAG_OK;
}

/* The text at the beginning of what is left, which it is taken off. */
static bool
read_text(const uint8_t **at, const uint8_t *end, const char **ret)
{
	const uint8_t *nul = memchr(*at, '\0', (size_t)(end - *at));

	if (nul == NULL)
		return false;
	*ret = (const char *)*at;
	*at = nul + 1;
	return true;
}

/* The value at the beginning of what is left, which it is taken off. The name and the change number are not in it. */
static bool
read_value(const uint8_t **at, const uint8_t *end, svctag_properties *ret)
{
	int64_t region_id;
	uint8_t flags;

	if (end - *at < VALUE_SIZE)
		return false;
	flags = **at;
	region_id = (int64_t)load_le64(*at + 1);
	*at += VALUE_SIZE;
	ret->has_region_id = (flags & HAS_REGION_ID) != 0;
	ret->region_id = (int)region_id;
	ret->platform = NULL;
	ret->network_features = NULL;
	return flags <= ALL_FLAGS && ret->region_id == region_id && (ret->has_region_id || region_id == 0) &&
	       read_text(at, end, &ret->region) &&
	       ((flags & HAS_PLATFORM) == 0 || read_text(at, end, &ret->platform)) &&
	       read_text(at, end, &ret->system_service) &&
	       ((flags & HAS_NETWORK_FEATURES) == 0 || read_text(at, end, &ret->network_features));
}

static svctag_error
read_spans(const struct property_view *view, const svctag_properties *values, struct property_list *list)
{
	size_t i;

	for (i = 0; i < view->span_count; i++) {
		const uint8_t *row = view->spans + i * SPAN_SIZE;
		struct property_span *span = &list->items[i];
		size_t value = load_le16(row + 4);

		if (value >= view->value_count || !position_table_at(&view->positions, load_le16(row), &span->first) ||
		    !position_table_at(&view->positions, load_le16(row + 2), &span->until))
			return SVCTAG_E_CORRUPT;
		span->properties = values[value];
		span->properties.change_number = (int64_t)load_le64(row + 6);
		if (!may_follow(i > 0 ? span - 1 : NULL, span))
			return SVCTAG_E_CORRUPT;
		list->count++;
	}
	return SVCTAG_OK;
}

static svctag_error
read_values(const struct property_view *view, svctag_properties *ret)
{
	const uint8_t *at = view->values;
	const uint8_t *end = at + view->values_size;
	size_t i;

	for (i = 0; i < view->value_count; i++)
		if (!read_value(&at, end, &ret[i]))
			return SVCTAG_E_CORRUPT;
	return at == end ? SVCTAG_OK : SVCTAG_E_CORRUPT;
}

svctag_error
property_list_unpack(const void *data, size_t size, struct property_list *ret)
{
	struct property_list list = { 0 };
	svctag_properties *values = NULL;
	struct property_view view;
	svctag_error err;

	if (size == 0) {
		*ret = list;
		return SVCTAG_OK;
	}
	err = open_view(data, size, &view);
	/* As many as there are bytes for. */
	if (err == SVCTAG_OK && view.value_count > view.values_size / VALUE_SIZE)
		err = SVCTAG_E_CORRUPT;
	if (err != SVCTAG_OK)
		return err;
	values = calloc(view.value_count + 1, sizeof(*values));
	list.capacity = view.span_count + 1;
	list.items = malloc(list.capacity * sizeof(*list.items));
	err = values == NULL || list.items == NULL ? SVCTAG_E_NO_MEMORY : read_values(&view, values);
	if (err == SVCTAG_OK)
		err = read_spans(&view, values, &list);
	free(values);
	if (err != SVCTAG_OK) {
		property_list_release(&list);
		return err;
	}
	*ret = list;
	return SVCTAG_OK;
}

/* The last span that begins not after `now`; NULL: none does. */
static const uint8_t *
last_span(const struct property_view *view, uint16_t now)
{
	size_t low = 0;
	size_t high = view->span_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (load_le16(view->spans + middle * SPAN_SIZE) <= now)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? view->spans + (low - 1) * SPAN_SIZE : NULL;
}

svctag_error
property_list_at(const void *data, size_t size, int64_t position, bool *ret_there, svctag_properties *ret)
{
	struct property_view view = { 0 };
	const uint8_t *span = NULL;
	const uint8_t *at;
	size_t value;
	uint16_t now;
	svctag_error err = size > 0 ? open_view(data, size, &view) : SVCTAG_OK;

	if (err != SVCTAG_OK)
		return err;
	if (position_table_find(&view.positions, position, &now))
		span = last_span(&view, now);
	*ret_there = span != NULL && load_le16(span + 2) > now;
	if (!*ret_there)
		return SVCTAG_OK;
	at = view.values;
	for (value = load_le16(span + 4) + 1U; value > 0; value--)
		if (!read_value(&at, view.values + view.values_size, ret))
			return SVCTAG_E_CORRUPT;
	ret->change_number = (int64_t)load_le64(span + 6);
	return SVCTAG_OK;
}
