/*
 * A hostile list of a tag's spans. The first byte chooses which of the two
 * (even: properties); the rest is the list, without its checksum, which is made
 * right: what is tested is what comes after it. What is unpacked has to be the
 * same when it is packed and unpacked again, and whoever reads it where it lies
 * has to find the same; where it is refused, readers must do no harm.
 */
#include <stdlib.h>
#include <string.h>

#include "../../lib/property_list.h"
#include "../../lib/span_list.h"
#include "../../lib/xxh64.h"

/** Of the list. */
#define CHECKSUM_SIZE 8U
#define HEAD_SIZE 24U
/** So many positions are asked for, of those that are named. */
#define ASKED 200U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also where NDEBUG is set. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* A packed list in a block of its own size. */
struct packed {
	uint8_t *bytes;
	size_t size;
};

static struct packed
seal(const uint8_t *data, size_t size)
{
	struct packed list = { NULL, CHECKSUM_SIZE + size };

	list.bytes = malloc(list.size);
	require(list.bytes != NULL);
	memcpy(list.bytes + CHECKSUM_SIZE, data, size);
	store_le64(list.bytes, svctag_xxh64(data, size, 0));
	return list;
}

/* The place of a position in the list, which need not hold so many. */
static bool
named_position(const struct packed *list, size_t i, int64_t *ret)
{
	const uint8_t *table;

	if (i >= ASKED || HEAD_SIZE + POSITION_TABLE_SIZE(i + 1) > list->size ||
	    i >= load_le32(list->bytes + CHECKSUM_SIZE))
		return false;
	table = list->bytes + HEAD_SIZE;
	*ret = (int64_t)(load_le64(table) + load_le32(table + POSITION_TABLE_SIZE(i)));
	return true;
}

static bool
same_prefix(const svctag_prefix *a, const svctag_prefix *b)
{
	return svctag_prefix_compare(a, b) == 0;
}

/* At a position; `want` is NULL where the list was refused. */
static void
read_prefixes(const struct packed *list, int64_t position, const struct span_list *want)
{
	struct span_view view;
	svctag_prefix *room;
	size_t found = 0, count, i;

	if (span_view_open(list->bytes, list->size, &view) != SVCTAG_OK) {
		require(want == NULL);
		return;
	}
	room = malloc((view.counts[0] + view.counts[1] + 1) * sizeof(*room));
	require(room != NULL);
	count = span_view_prefixes_at(&view, position, room);
	require(count <= view.counts[0] + view.counts[1]);
	for (i = 0; want != NULL && i < want->count; i++) {
		const struct span *span = &want->items[i];

		if (span->first <= position && span->until > position)
			require(found < count && same_prefix(&room[found++], &span->prefix));
	}
	require(want == NULL || found == count);
	free(room);
}

/* All that is named, what lies around it, and what is far away. No release is at SPAN_OPEN. */
static void
read_prefixes_everywhere(const struct packed *list, const struct span_list *want)
{
	int64_t position;

	for (size_t i = 0; named_position(list, i, &position); i++) {
		if (position != SPAN_OPEN)
			read_prefixes(list, position, want);
		if (position != INT64_MIN)
			read_prefixes(list, position - 1, want);
	}
	read_prefixes(list, INT64_MIN, want);
	read_prefixes(list, SPAN_OPEN - 1, want);
}

static void
try_prefixes(const struct packed *list)
{
	struct span_list got = { 0 }, again = { 0 };
	struct packed packed = { 0 };
	svctag_error err = span_list_unpack(list->bytes, list->size, &got);

	require(err == SVCTAG_OK || (err == SVCTAG_E_CORRUPT && got.items == NULL));
	read_prefixes_everywhere(list, err == SVCTAG_OK ? &got : NULL);
	if (err == SVCTAG_OK) {
		require(span_list_pack(&got, (void **)&packed.bytes, &packed.size) == SVCTAG_OK);
		require(span_list_unpack(packed.bytes, packed.size, &again) == SVCTAG_OK && again.count == got.count);
		for (size_t i = 0; i < got.count; i++)
			require(same_prefix(&got.items[i].prefix, &again.items[i].prefix) &&
				got.items[i].first == again.items[i].first &&
				got.items[i].until == again.items[i].until);
		read_prefixes_everywhere(&packed, &got);
	}
	free(packed.bytes);
	span_list_release(&got);
	span_list_release(&again);
}

/* Any use of the bytes that a sanitizer can see. */
static size_t
use_texts(const svctag_properties *p)
{
	return strlen(p->region) + strlen(p->system_service) + (p->platform != NULL ? strlen(p->platform) : 0) +
	       (p->network_features != NULL ? strlen(p->network_features) : 0);
}

static void
read_properties(const struct packed *list, int64_t position, const struct property_list *want)
{
	const struct property_span *span = NULL;
	svctag_properties properties = { 0 };
	bool there = false;
	svctag_error err = property_list_at(list->bytes, list->size, position, &there, &properties);

	if (err == SVCTAG_OK && there)
		require(use_texts(&properties) <= list->size);
	if (want == NULL) {
		require(err == SVCTAG_OK || err == SVCTAG_E_CORRUPT);
		return;
	}
	for (size_t i = 0; i < want->count; i++)
		if (want->items[i].first <= position && want->items[i].until > position)
			span = &want->items[i];
	require(err == SVCTAG_OK && there == (span != NULL));
	require(!there || properties_same(&properties, &span->properties));
}

static void
read_properties_everywhere(const struct packed *list, const struct property_list *want)
{
	int64_t position;

	for (size_t i = 0; named_position(list, i, &position); i++) {
		if (position != SPAN_OPEN)
			read_properties(list, position, want);
		if (position != INT64_MIN)
			read_properties(list, position - 1, want);
	}
	read_properties(list, INT64_MIN, want);
	read_properties(list, SPAN_OPEN - 1, want);
}

static void
try_properties(const struct packed *list)
{
	struct property_list got = { 0 }, again = { 0 };
	struct packed packed = { 0 };
	svctag_error err = property_list_unpack(list->bytes, list->size, &got);

	require(err == SVCTAG_OK || (err == SVCTAG_E_CORRUPT && got.items == NULL));
	read_properties_everywhere(list, err == SVCTAG_OK ? &got : NULL);
	if (err == SVCTAG_OK) {
		require(property_list_pack(&got, (void **)&packed.bytes, &packed.size) == SVCTAG_OK);
		require(property_list_unpack(packed.bytes, packed.size, &again) == SVCTAG_OK &&
			again.count == got.count);
		for (size_t i = 0; i < got.count; i++)
			require(got.items[i].first == again.items[i].first &&
				got.items[i].until == again.items[i].until &&
				properties_same(&got.items[i].properties, &again.items[i].properties));
		read_properties_everywhere(&packed, &got);
	}
	free(packed.bytes);
	property_list_release(&got);
	property_list_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packed list;

	if (size == 0)
		return 0;
	list = seal(data + 1, size - 1);
	if (data[0] % 2 == 0)
		try_properties(&list);
	else
		try_prefixes(&list);
	free(list.bytes);
	return 0;
}
