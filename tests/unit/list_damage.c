#include "list_damage.h"

#include <string.h>

static void
change_numbers(stored_tag *tag)
{
	for (size_t i = 0; i < tag->properties.count; i++)
		tag->properties.items[i].properties.change_number++;
	stored_tag_pack(tag);
}

static void
change_region(stored_tag *tag)
{
	for (size_t i = 0; i < tag->properties.count; i++)
		if (strcmp(tag->properties.items[i].properties.region, "eastus") == 0)
			tag->properties.items[i].properties.region = "northeurope";
	stored_tag_pack(tag);
}

static void
lose_platform(stored_tag *tag)
{
	for (size_t i = 0; i < tag->properties.count; i++)
		tag->properties.items[i].properties.platform = NULL;
	stored_tag_pack(tag);
}

static void
lose_features(stored_tag *tag)
{
	for (size_t i = 0; i < tag->properties.count; i++)
		tag->properties.items[i].properties.network_features = "";
	stored_tag_pack(tag);
}

/* Also where another span follows: the list is none that could be packed. */
static void
never_end_properties(stored_tag *tag)
{
	uint8_t *bytes = tag->bytes[STORED_PROPERTIES];

	for (size_t i = 0; i < packed_count(bytes, 1); i++)
		store_le16(packed_properties(bytes, i) + 2, POSITION_OPEN);
	packed_seal(bytes, tag->sizes[STORED_PROPERTIES]);
}

static void
never_end_prefixes(stored_tag *tag)
{
	uint8_t *bytes = tag->bytes[STORED_PREFIXES];

	for (size_t i = 0; i < tag->prefixes.count; i++)
		store_le16(packed_prefix_ends(bytes, i) + 2, POSITION_OPEN);
	if (bytes != NULL)
		packed_seal(bytes, tag->sizes[STORED_PREFIXES]);
}

/* The spans of 10.0.0.0/24 get another address and length. */
static void
change_prefix(stored_tag *tag, const char *address, uint8_t length)
{
	svctag_prefix old = testing_prefix("10.0.0.0/24");
	svctag_prefix new = testing_prefix(address);

	new.length = length;
	for (size_t i = 0; i < tag->prefixes.count; i++)
		if (svctag_prefix_compare(&tag->prefixes.items[i].prefix, &old) == 0)
			tag->prefixes.items[i].prefix = new;
	stored_tag_pack(tag);
}

static void
move_prefix(stored_tag *tag)
{
	change_prefix(tag, "10.0.1.0", 24);
}

static void
halve_prefix(stored_tag *tag)
{
	change_prefix(tag, "10.0.0.0", 25);
}

static void
make_too_long(stored_tag *tag)
{
	change_prefix(tag, "10.0.0.0", 33);
}

static void
add_host_bits(stored_tag *tag)
{
	change_prefix(tag, "10.0.0.1", 24);
}

/* An IPv4 prefix is said to be an IPv6 one: too short for it. */
static void
change_family(stored_tag *tag)
{
	uint8_t *bytes = tag->bytes[STORED_PREFIXES];

	if (bytes == NULL)
		return;
	packed_set_count(bytes, 1, packed_count(bytes, 1) - 1);
	packed_set_count(bytes, 2, packed_count(bytes, 2) + 1);
	packed_seal(bytes, tag->sizes[STORED_PREFIXES]);
}

/* Where the family was, there is none: the part of the head that is always zero. */
static void
fill_head(stored_tag *tag)
{
	uint8_t *bytes = tag->bytes[STORED_PREFIXES];

	if (bytes == NULL)
		return;
	packed_set_count(bytes, 3, 5);
	packed_seal(bytes, tag->sizes[STORED_PREFIXES]);
}

static void
lose_prefix(stored_tag *tag)
{
	svctag_prefix lost = testing_prefix("10.0.0.0/24");
	size_t kept = 0;

	for (size_t i = 0; i < tag->prefixes.count; i++)
		if (svctag_prefix_compare(&tag->prefixes.items[i].prefix, &lost) != 0)
			tag->prefixes.items[kept++] = tag->prefixes.items[i];
	tag->prefixes.count = kept;
	stored_tag_pack(tag);
}

static void
lose_properties(stored_tag *tag)
{
	tag->properties.count = 0;
	stored_tag_pack(tag);
}

static void
lose_prefixes(stored_tag *tag)
{
	tag->prefixes.count = 0;
	stored_tag_pack(tag);
}

static void
lose_both(stored_tag *tag)
{
	tag->properties.count = 0;
	tag->prefixes.count = 0;
	stored_tag_pack(tag);
}

/* All spans begin right after their release, or end right before it. */
static void
move_first(stored_tag *tag)
{
	for (size_t i = 0; i < tag->prefixes.count; i++)
		tag->prefixes.items[i].first++;
	stored_tag_pack(tag);
}

static void
move_until(stored_tag *tag)
{
	for (size_t i = 0; i < tag->prefixes.count; i++)
		if (tag->prefixes.items[i].until != SPAN_OPEN)
			tag->prefixes.items[i].until--;
	stored_tag_pack(tag);
}

const list_damage list_damages[] = {
	{ "another change number", change_numbers, true, false },
	{ "another region", change_region, true, false },
	{ "no platform", lose_platform, true, false },
	{ "no network features", lose_features, true, false },
	{ "properties never end", never_end_properties, false, false },
	{ "prefixes never end", never_end_prefixes, false, false },
	{ "another prefix", move_prefix, true, false },
	{ "half the prefix", halve_prefix, true, false },
	{ "a length of 33", make_too_long, false, false },
	{ "host bits", add_host_bits, false, false },
	{ "another family", change_family, false, false },
	{ "a head that is not empty at its end", fill_head, false, false },
	{ "no such prefix", lose_prefix, true, false },
	{ "no properties", lose_properties, false, false },
	{ "no prefixes", lose_prefixes, true, false },
	{ "neither", lose_both, false, false },
	{ "begins at no release", move_first, false, false },
	{ "ends at no release", move_until, false, true },
};

const size_t list_damage_count = TESTING_COUNT(list_damages);

void
list_damage_do(const char *path, const list_damage *damage)
{
	stored_tags tags = stored_tags_read(path);

	for (size_t i = 0; i < tags.count; i++)
		damage->change(&tags.list[i]);
	stored_tags_write(path, &tags);
}
