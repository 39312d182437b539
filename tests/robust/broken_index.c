/*
 * Each function breaks one thing of a sound index. The checksum is made right
 * afterwards by the caller.
 */
#include "broken_index.h"

#include <string.h>

static uint32_t
line_of(uint32_t slot)
{
	return slot & SLOT_LINE_MASK;
}

static uint32_t
kind_of(uint32_t slot)
{
	return slot >> SLOT_KIND_SHIFT & SLOT_KIND_MASK;
}

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

/* The tree. */

static void
slot_past_the_lines(struct blob *b)
{
	b->roots[7] = SLOT_NODE | b->header->line_count;
}

static void
slot_far_past_the_lines(struct blob *b)
{
	b->roots[7] = SLOT_NODE | 3U << SLOT_KIND_SHIFT | SLOT_LINE_MASK;
}

static void
unknown_kind(struct blob *b)
{
	b->roots[b->leaf_root] |= 7U << SLOT_KIND_SHIFT;
}

static void
skip_in_ipv4(struct blob *b)
{
	b->roots[7] = SLOT_NODE | SLOT_KIND_SKIP << SLOT_KIND_SHIFT | b->skip;
}

static void
prefix_past_the_last(struct blob *b)
{
	b->roots[7] = b->header->prefix_count[0] + b->header->prefix_count[1] + 1;
}

static void
prefix_of_the_other_family(struct blob *b)
{
	b->roots[7] = b->header->prefix_count[0] + 1;
}

static void
root_ipv6_to_ipv4(struct blob *b)
{
	b->header->root_ipv6 = 1;
}

static void
leaf_that_leads_to_itself(struct blob *b)
{
	uint32_t slot = b->roots[b->leaf_root];

	for (size_t i = 0; i < LEAF_RUNS; i++)
		b->lines[line_of(slot)].leaf.slot[i] = slot;
}

static void
inner_line_that_is_its_own_child(struct blob *b)
{
	uint32_t line = line_of(b->roots[b->inner_root]);

	b->lines[line].inner.first_child = line;
}

static void
children_past_the_lines(struct blob *b)
{
	b->lines[line_of(b->roots[b->inner_root])].inner.first_child = b->header->line_count - 1;
}

static void
children_that_wrap_around(struct blob *b)
{
	b->lines[line_of(b->roots[b->inner_root])].inner.first_child = UINT32_MAX - 1;
}

/* A leaf read as an inner line, an inner line as a leaf. */
static void
one_level_more(struct blob *b)
{
	b->roots[b->leaf_root] += 1U << SLOT_KIND_SHIFT;
}

static void
one_level_less(struct blob *b)
{
	b->roots[b->inner_root] -= 1U << SLOT_KIND_SHIFT;
}

static void
shared_line(struct blob *b)
{
	b->roots[7] = b->roots[b->leaf_root];
}

static void
more_children_than_there_are(struct blob *b)
{
	memset(b->lines[line_of(b->roots[b->inner_root])].inner.last, 0, sizeof(uint16_t) * (INNER_CHILDREN - 1));
}

static void
ends_out_of_order(struct blob *b)
{
	uint16_t *last = b->lines[line_of(b->roots[b->leaf_root])].leaf.last;

	last[0] = UINT16_MAX - 1;
	last[1] = 3;
}

static void
skip_past_the_end(struct blob *b)
{
	b->lines[b->skip].skip.to = 128;
}

static void
skip_far_past_the_end(struct blob *b)
{
	b->lines[b->skip].skip.to = UINT32_MAX - 15;
}

static void
skip_backwards(struct blob *b)
{
	b->lines[b->skip].skip.to = 0;
}

static void
skip_half_a_stride(struct blob *b)
{
	b->lines[b->skip].skip.to += 8;
}

static void
skip_that_leads_to_itself(struct blob *b)
{
	b->lines[b->skip].skip.child = SLOT_NODE | SLOT_KIND_SKIP << SLOT_KIND_SHIFT | b->skip;
}

static void
skip_that_misses_into_a_node(struct blob *b)
{
	b->lines[b->skip].skip.miss = b->lines[b->skip].skip.child;
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
	{ "wrong magic", wrong_magic, REFUSED },
	{ "next version", next_version, REFUSED },
	{ "other byte order", other_byte_order, REFUSED },
	{ "size too small", size_too_small, REFUSED },
	{ "size too great", size_too_great, REFUSED },
	{ "cut short", cut_short, REFUSED },
	{ "one line more than there is", one_line_more, REFUSED },
	{ "lines without end", lines_without_end, REFUSED },
	{ "prefixes without end", prefixes_without_end, REFUSED },
	{ "prefixes of the other family", prefixes_of_the_other_family, REFUSED },
	{ "no sets", no_sets, REFUSED },
	{ "members without end", members_without_end, REFUSED },
	{ "one tag less than there is", one_tag_less, REFUSED },
	{ "strings without end", strings_without_end, REFUSED },
	{ "no strings", no_strings, REFUSED },
	{ "slot past the lines", slot_past_the_lines, REFUSED },
	{ "slot far past the lines", slot_far_past_the_lines, REFUSED },
	{ "unknown kind of node", unknown_kind, REFUSED },
	{ "skip in IPv4", skip_in_ipv4, REFUSED },
	{ "prefix past the last", prefix_past_the_last, REFUSED },
	{ "prefix of the other family", prefix_of_the_other_family, REFUSED },
	{ "IPv6 that leads to IPv4", root_ipv6_to_ipv4, REFUSED },
	{ "leaf that leads to itself", leaf_that_leads_to_itself, REFUSED },
	{ "inner line that is its own child", inner_line_that_is_its_own_child, REFUSED },
	{ "children past the lines", children_past_the_lines, REFUSED },
	{ "children that wrap around", children_that_wrap_around, REFUSED },
	{ "one level more", one_level_more, HARMLESS },
	{ "one level less", one_level_less, HARMLESS },
	{ "shared line", shared_line, REFUSED },
	{ "more children than there are", more_children_than_there_are, REFUSED },
	{ "ends out of order", ends_out_of_order, HARMLESS },
	{ "skip past the end", skip_past_the_end, REFUSED },
	{ "skip far past the end", skip_far_past_the_end, REFUSED },
	{ "skip backwards", skip_backwards, REFUSED },
	{ "skip half a stride", skip_half_a_stride, REFUSED },
	{ "skip that leads to itself", skip_that_leads_to_itself, REFUSED },
	{ "skip that misses into a node", skip_that_misses_into_a_node, REFUSED },
	{ "its own parent", its_own_parent, REFUSED },
	{ "parents in a loop", parents_in_a_loop, REFUSED },
	{ "parent past the last", parent_past_the_last, REFUSED },
	{ "parent of the other family", parent_of_the_other_family, REFUSED },
	{ "parent that does not cover", parent_that_does_not_cover, REFUSED },
	{ "prefixes out of order", prefixes_out_of_order, REFUSED },
	{ "IPv6 out of order", ipv6_out_of_order, REFUSED },
	{ "the same prefix twice", the_same_prefix_twice, REFUSED },
	{ "host bits", host_bits, REFUSED },
	{ "length too great", length_too_great, REFUSED },
	{ "IPv6 length too great", ipv6_length_too_great, REFUSED },
	{ "set past the last", set_past_the_last, REFUSED },
	{ "sets backwards", sets_backwards, REFUSED },
	{ "sets past the members", sets_past_the_members, REFUSED },
	{ "sets that begin late", sets_that_begin_late, REFUSED },
	{ "member past the tags", member_past_the_tags, REFUSED },
	{ "name past the strings", name_past_the_strings, REFUSED },
	{ "no name", no_name, REFUSED },
	{ "no region", no_region, REFUSED },
	{ "features past the strings", features_past_the_strings, REFUSED },
	{ "strings without a NUL", strings_without_a_nul, REFUSED },
	{ "rank past the tags", rank_past_the_tags, REFUSED },
	{ "more prefixes than there are", more_prefixes_than_there_are, REFUSED },
	{ "all names the same", all_names_the_same, HARMLESS },
	{ "counts that lie", counts_that_lie, HARMLESS },
};

const size_t breakage_count = sizeof(breakages) / sizeof(breakages[0]);

void
broken_find_sections(struct blob *blob)
{
	struct index_layout at = svctag_index_layout(blob->header);

	blob->roots = (void *)(blob->bytes + at.roots);
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
	blob->leaf_root = UINT32_MAX;
	blob->inner_root = UINT32_MAX;
	for (uint32_t i = 0; i < ROOT_SLOTS; i++) {
		uint32_t slot = blob->roots[i];

		if ((slot & SLOT_NODE) != 0 && kind_of(slot) == 0)
			blob->leaf_root = i;
		else if ((slot & SLOT_NODE) != 0)
			blob->inner_root = i;
	}
	blob->skip = kind_of(blob->header->root_ipv6) == SLOT_KIND_SKIP ? line_of(blob->header->root_ipv6) : UINT32_MAX;
}
