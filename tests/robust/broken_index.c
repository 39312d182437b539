/*
 * Each function breaks one thing of a sound index, but for what it searches.
 * The checksum is made right afterwards by the caller.
 */
#include "broken_index.h"

#include <string.h>

/* The header. */

static void
wrong_magic(struct blob *b)
{
	b->header->magic[7] = 'Y';
}

static void
next_version(struct blob *b)
{
	b->header->format++;
}

static void
other_byte_order(struct blob *b)
{
	b->header->byte_order = __builtin_bswap32(b->header->byte_order);
}

static void
size_too_small(struct blob *b)
{
	b->header->size -= 64;
}

static void
size_too_great(struct blob *b)
{
	b->header->size += UINT32_MAX;
}

static void
cut_short(struct blob *b)
{
	b->size -= 64;
	b->header->size -= 64;
}

static void
one_line_more(struct blob *b)
{
	b->header->line_count++;
}

static void
lines_without_end(struct blob *b)
{
	b->header->line_count = UINT32_MAX;
}

static void
prefixes_without_end(struct blob *b)
{
	b->header->prefix_count[0] = UINT32_MAX;
	b->header->prefix_count[1] = UINT32_MAX;
}

/* The sections keep their sizes: four IPv4 prefixes take the room of one IPv6 prefix in one of them only. */
static void
prefixes_of_the_other_family(struct blob *b)
{
	b->header->prefix_count[0]--;
	b->header->prefix_count[1]++;
}

static void
no_sets(struct blob *b)
{
	b->header->set_count = 0;
}

static void
members_without_end(struct blob *b)
{
	b->header->member_count = UINT32_MAX;
}

static void
one_tag_less(struct blob *b)
{
	b->header->tag_count--;
}

static void
strings_without_end(struct blob *b)
{
	b->header->string_size = UINT32_MAX;
}

static void
no_strings(struct blob *b)
{
	b->header->string_size = 0;
}

/* Prefixes. */

static void
its_own_parent(struct blob *b)
{
	b->parent[5] = 5;
}

static void
parents_in_a_loop(struct blob *b)
{
	b->parent[5] = 6;
	b->parent[6] = 5;
}

static void
parent_past_the_last(struct blob *b)
{
	b->parent[5] = UINT32_MAX - 1;
}

static void
parent_of_the_other_family(struct blob *b)
{
	b->parent[b->header->prefix_count[0] + 1] = 0;
}

/* In bounds and shorter, but elsewhere. */
static void
parent_that_does_not_cover(struct blob *b)
{
	uint32_t last = b->header->prefix_count[0] - 1;

	for (uint32_t i = 0; i < last; i++)
		if (b->length[i] < b->length[last])
			b->parent[last] = i;
}

static void
prefixes_out_of_order(struct blob *b)
{
	uint32_t first = b->address_ipv4[0];

	b->address_ipv4[0] = b->address_ipv4[b->header->prefix_count[0] - 1];
	b->address_ipv4[b->header->prefix_count[0] - 1] = first;
}

static void
ipv6_out_of_order(struct blob *b)
{
	b->address_ipv6[0] = 0xff;
}

static void
the_same_prefix_twice(struct blob *b)
{
	b->address_ipv4[1] = b->address_ipv4[0];
	b->length[1] = b->length[0];
}

static void
host_bits(struct blob *b)
{
	b->address_ipv4[0] |= 1;
	b->length[0] = 16;
}

static void
length_too_great(struct blob *b)
{
	b->length[0] = 33;
}

static void
ipv6_length_too_great(struct blob *b)
{
	b->length[b->header->prefix_count[0]] = 129;
}

/* Tag sets. */

static void
set_past_the_last(struct blob *b)
{
	b->set[3] = b->header->set_count;
}

static void
sets_backwards(struct blob *b)
{
	b->set_first[1] = b->header->member_count;
}

static void
sets_past_the_members(struct blob *b)
{
	b->set_first[b->header->set_count] = b->header->member_count + 1000;
}

static void
sets_that_begin_late(struct blob *b)
{
	b->set_first[0] = 1;
}

static void
member_past_the_tags(struct blob *b)
{
	b->members[0] = b->header->tag_count;
}

/* Tags. */

static void
name_past_the_strings(struct blob *b)
{
	b->tags[0].name = b->header->string_size;
}

static void
no_name(struct blob *b)
{
	b->tags[0].name = INDEX_NONE;
}

static void
no_region(struct blob *b)
{
	b->tags[0].region = INDEX_NONE;
}

static void
features_past_the_strings(struct blob *b)
{
	b->tags[0].network_features = INDEX_NONE - 1;
}

static void
strings_without_a_nul(struct blob *b)
{
	memset(b->strings, 'x', b->header->string_size);
}

static void
rank_past_the_tags(struct blob *b)
{
	b->tags[0].rank = b->header->tag_count;
}

static void
more_prefixes_than_there_are(struct blob *b)
{
	b->tags[0].family_prefix_count[0] = UINT32_MAX;
}

static void
all_names_the_same(struct blob *b)
{
	for (uint32_t i = 0; i < b->header->tag_count; i++)
		b->tags[i].name = b->tags[0].name;
}

static void
counts_that_lie(struct blob *b)
{
	for (uint32_t i = 0; i < b->header->tag_count; i++) {
		memset(b->tags[i].addresses, 0xff, sizeof(b->tags[i].addresses));
		memset(b->tags[i].family_prefix_count, 0, sizeof(b->tags[i].family_prefix_count));
		b->tags[i].rank = 0;
	}
}

const struct breakage breakages[] = {
	{ "wrong magic", wrong_magic, REFUSED, false },
	{ "next version", next_version, REFUSED, false },
	{ "other byte order", other_byte_order, REFUSED, false },
	{ "size too small", size_too_small, REFUSED, false },
	{ "size too great", size_too_great, REFUSED, false },
	{ "cut short", cut_short, REFUSED, false },
	{ "one line more than there is", one_line_more, REFUSED, false },
	{ "lines without end", lines_without_end, REFUSED, false },
	{ "prefixes without end", prefixes_without_end, REFUSED, false },
	{ "prefixes of the other family", prefixes_of_the_other_family, REFUSED, false },
	{ "no sets", no_sets, REFUSED, false },
	{ "members without end", members_without_end, REFUSED, false },
	{ "one tag less than there is", one_tag_less, REFUSED, false },
	{ "strings without end", strings_without_end, REFUSED, false },
	{ "no strings", no_strings, REFUSED, false },
	{ "its own parent", its_own_parent, REFUSED, false },
	{ "parents in a loop", parents_in_a_loop, REFUSED, false },
	{ "parent past the last", parent_past_the_last, REFUSED, false },
	{ "parent of the other family", parent_of_the_other_family, REFUSED, false },
	{ "parent that does not cover", parent_that_does_not_cover, REFUSED, false },
	{ "prefixes out of order", prefixes_out_of_order, REFUSED, false },
	{ "IPv6 out of order", ipv6_out_of_order, REFUSED, false },
	{ "the same prefix twice", the_same_prefix_twice, REFUSED, false },
	{ "host bits", host_bits, REFUSED, false },
	{ "length too great", length_too_great, REFUSED, false },
	{ "IPv6 length too great", ipv6_length_too_great, REFUSED, false },
	{ "set past the last", set_past_the_last, REFUSED, false },
	{ "sets backwards", sets_backwards, REFUSED, false },
	{ "sets past the members", sets_past_the_members, REFUSED, false },
	{ "sets that begin late", sets_that_begin_late, REFUSED, false },
	{ "member past the tags", member_past_the_tags, REFUSED, false },
	{ "name past the strings", name_past_the_strings, REFUSED, false },
	{ "no name", no_name, REFUSED, false },
	{ "no region", no_region, REFUSED, false },
	{ "features past the strings", features_past_the_strings, REFUSED, false },
	{ "strings without a NUL", strings_without_a_nul, REFUSED, false },
	{ "rank past the tags", rank_past_the_tags, REFUSED, false },
	{ "more prefixes than there are", more_prefixes_than_there_are, REFUSED, false },
	{ "all names the same", all_names_the_same, HARMLESS, false },
	{ "counts that lie", counts_that_lie, HARMLESS, false },
};

const size_t breakage_count = sizeof(breakages) / sizeof(breakages[0]);

void
broken_find_sections(struct blob *blob)
{
	struct index_layout at = svctag_index_layout(blob->header);

	blob->roots = (void *)(blob->bytes + at.roots);
	blob->nodes = (void *)(blob->bytes + at.nodes);
	blob->filter = (void *)(blob->bytes + at.filter_ipv6);
	blob->levels = (void *)(blob->bytes + at.levels);
	blob->pilots = (void *)(blob->bytes + at.pilots);
	blob->bucket_tops = (void *)(blob->bytes + at.bucket_tops);
	blob->entries = (void *)(blob->bytes + at.entries);
	blob->lines = (void *)(blob->bytes + at.lines);
	blob->address_ipv4 = (void *)(blob->bytes + at.address_ipv4);
	blob->address_ipv6 = blob->bytes + at.address_ipv6;
	blob->length = blob->bytes + at.length;
	blob->parent = (void *)(blob->bytes + at.parent);
	blob->set = (void *)(blob->bytes + at.set);
	blob->set_first = (void *)(blob->bytes + at.set_first);
	blob->members = (void *)(blob->bytes + at.members);
	blob->tags = (void *)(blob->bytes + at.tags);
	blob->strings = (char *)(blob->bytes + at.strings);
	blob->small = NULL;
	blob->large = NULL;
	for (uint32_t i = FIRST_NODE; i < blob->header->node_count; i++) {
		uint32_t kind = blob->nodes[i].place >> NODE_KIND_SHIFT;

		if (kind == 0 && blob->nodes[i].place != NODE_CONSTANT)
			blob->small = &blob->nodes[i];
		else if (kind == 1)
			blob->large = &blob->nodes[i];
	}
	blob->direct = 0;
	for (uint32_t i = 0; i < ROOT_SLOTS && blob->direct == 0; i++)
		if (blob->roots[i] >= blob->header->node_count)
			blob->direct = blob->roots[i];
}
