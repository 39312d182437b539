/*
 * The tags of an address whose longest prefix is known: a walk from it up
 * through its parents, each of which has the list of its tags by rank. So the
 * tags come in the order that answers have, longest prefix first and then by
 * rank, and nothing is sorted. Real addresses have at most five tags, which
 * are compared one by one; the records are read where they lie.
 */
#include "bits.h"
#include "index_internal.h"
#include "lookup_internal.h"
#include "text.h"

static bool
is_cloud_region(const char *name)
{
	static const char start[] = "azurecloud.";
	size_t i;

	for (i = 0; i < sizeof(start) - 1; i++)
		if (ascii_lower(name[i]) != start[i])
			return false;
	return true;
}

uint32_t
lookup_region_tag(const svctag_index *index, uint32_t chosen, uint32_t tag)
{
	const struct index_tag_record *other = &index->tags[tag];
	const struct index_tag_record *best;

	if (index->strings[other->region] == '\0')
		return chosen;
	if (chosen == SVCTAG_NO_TAG)
		return tag;
	best = &index->tags[chosen];
	if (is_cloud_region(index->strings + best->name))
		return chosen;
	return is_cloud_region(index->strings + other->name) || other->rank < best->rank ? tag : chosen;
}

static bool
is_among(const uint32_t *tags, size_t count, uint32_t tag)
{
	for (size_t i = 0; i < count; i++) {
		if (tags[i] == tag)
			return true;
	}
	return false;
}

svctag_error
svctag_lookup_tags(const svctag_index *index, uint32_t prefix, svctag_address_tags *ret)
{
	uint32_t region = SVCTAG_NO_TAG;
	size_t count = 0;

	for (; prefix != SVCTAG_NO_PREFIX; prefix = svctag_index_parent(index, prefix)) {
		const svctag_index_list list = svctag_index_prefix_tags(index, prefix);
		const size_t before = count; /* a list has each tag once */

		for (size_t i = 0; i < list.count; i++) {
			if (is_among(ret->tags, before, list.ids[i]))
				continue;
			if (count == ret->room)
				return SVCTAG_E_LIMIT;
			ret->tags[count] = list.ids[i];
			ret->prefixes[count++] = prefix;
			region = lookup_region_tag(index, region, list.ids[i]);
		}
	}
	ret->count = count;
	ret->region = region;
	return SVCTAG_OK;
}
