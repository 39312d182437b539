/*
 * A checksum shows damage, not malice: a blob may carry a right checksum over
 * wrong numbers. So every offset and id is checked once, at opening. In the
 * tree each line may be reached once only, which bounds this walk and, because
 * the graph has no cycles then, every later look-up.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "index_verify.h"

struct walk {
	const struct index_header *header;
	const union index_line *lines;
	uint8_t *seen;     /**< one bit a line */
	uint32_t first_id; /**< of the family */
	uint32_t end_id;
	unsigned int bits; /**< of the family */
};

static bool check_slot(struct walk *walk, uint32_t slot, unsigned int depth);

/* Claim lines [first, first + count). */
static bool
claim(struct walk *walk, uint32_t first, uint32_t count)
{
	uint32_t i;

	if (first > walk->header->line_count || count > walk->header->line_count - first)
		return false;
	for (i = first; i < first + count; i++) {
		uint8_t bit = (uint8_t)(1U << i % 8);

		if ((walk->seen[i / 8] & bit) != 0)
			return false;
		walk->seen[i / 8] |= bit;
	}
	return true;
}

/* How many places a search among the ends can come out at: one more than ends that lie before some key. */
static uint32_t
reachable(const uint16_t *last, uint32_t n)
{
	uint32_t places = 1;
	uint32_t i;

	for (i = 0; i < n; i++)
		places += last[i] < UINT16_MAX;
	return places;
}

static bool
check_leaf(struct walk *walk, const struct leaf_line *leaf, unsigned int depth)
{
	uint32_t runs = reachable(leaf->last, LEAF_RUNS - 1);
	uint32_t i;

	for (i = 0; i < runs; i++)
		if (!check_slot(walk, leaf->slot[i], depth + 16))
			return false;
	return true;
}

static bool
check_runs(struct walk *walk, uint32_t line, uint32_t levels, unsigned int depth)
{
	const struct inner_line *inner = &walk->lines[line].inner;
	uint32_t children;
	uint32_t i;

	if (levels == 0)
		return check_leaf(walk, &walk->lines[line].leaf, depth);
	children = reachable(inner->last, INNER_CHILDREN - 1);
	if (!claim(walk, inner->first_child, children))
		return false;
	for (i = 0; i < children; i++)
		if (!check_runs(walk, inner->first_child + i, levels - 1, depth))
			return false;
	return true;
}

static bool
is_prefix_slot(const struct walk *walk, uint32_t slot)
{
	return slot == 0 || (slot - 1 >= walk->first_id && slot - 1 < walk->end_id);
}

static bool
check_skip(struct walk *walk, const struct skip_line *skip, unsigned int depth)
{
	return skip->to > depth && skip->to < walk->bits && skip->to % 16 == 0 && is_prefix_slot(walk, skip->miss) &&
	       check_slot(walk, skip->child, skip->to);
}

static bool
check_slot(struct walk *walk, uint32_t slot, unsigned int depth)
{
	uint32_t kind = slot >> SLOT_KIND_SHIFT & SLOT_KIND_MASK;
	uint32_t line = slot & SLOT_LINE_MASK;

	if ((slot & SLOT_NODE) == 0)
		return is_prefix_slot(walk, slot);
	if (depth >= walk->bits || !claim(walk, line, 1))
		return false;
	/* IPv4 has one stride below its roots: its look-up knows no skips. */
	if (kind == SLOT_KIND_SKIP)
		return walk->bits == 128 && check_skip(walk, &walk->lines[line].skip, depth);
	return kind <= SLOT_MAX_LEVELS && check_runs(walk, line, kind, depth);
}

static bool
check_tree(struct walk *walk, const uint32_t *roots)
{
	uint32_t ipv4 = walk->header->prefix_count[0];
	uint32_t i;

	walk->first_id = 0;
	walk->end_id = ipv4;
	walk->bits = 32;
	for (i = 0; i < ROOT_SLOTS; i++)
		if (!check_slot(walk, roots[i], 16))
			return false;
	walk->first_id = ipv4;
	walk->end_id = ipv4 + walk->header->prefix_count[1];
	walk->bits = 128;
	return check_slot(walk, walk->header->root_ipv6, 0);
}

static bool
check_order_ipv4(const uint32_t *address, const uint8_t *length, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		uint32_t host_bits = length[i] >= 32 ? 0 : UINT32_MAX >> length[i];

		if ((address[i] & host_bits) != 0)
			return false;
		if (i > 0 &&
		    (address[i - 1] > address[i] || (address[i - 1] == address[i] && length[i - 1] >= length[i])))
			return false;
	}
	return true;
}

static bool
check_order_ipv6(const uint8_t *address, const uint8_t *length, uint32_t count)
{
	svctag_u128 before = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		svctag_address one = { .family = SVCTAG_IPV6 };
		svctag_u128 value;

		memcpy(one.bytes, address + (size_t)i * 16, 16);
		value = address_value(&one);
		if ((value & host_mask(SVCTAG_IPV6, length[i])) != 0)
			return false;
		if (i > 0 && (before > value || (before == value && length[i - 1] >= length[i])))
			return false;
		before = value;
	}
	return true;
}

/* In order, each once, nothing past its length: what binary search and every answer rely on. */
static bool
check_order(const uint8_t *data, const struct index_layout *at)
{
	const struct index_header *header = (const void *)data;
	const uint8_t *length = data + at->length;

	return check_order_ipv4((const void *)(data + at->address_ipv4), length, header->prefix_count[0]) &&
	       check_order_ipv6(data + at->address_ipv6, length + header->prefix_count[0], header->prefix_count[1]);
}

/* Does the one prefix hold the other? Both are of the family and no longer than it allows. */
static bool
covers(const uint8_t *data, const struct index_layout *at, uint32_t ipv4, uint32_t outer, uint32_t inner)
{
	const uint32_t *address4 = (const void *)(data + at->address_ipv4);
	const uint8_t *address6 = data + at->address_ipv6;
	unsigned int length = (data + at->length)[outer];
	const uint8_t *a;
	const uint8_t *b;

	if (inner < ipv4)
		return length == 0 || (address4[outer] ^ address4[inner]) >> (32 - length) == 0;
	a = address6 + (size_t)(outer - ipv4) * 16;
	b = address6 + (size_t)(inner - ipv4) * 16;
	return memcmp(a, b, length / 8) == 0 &&
	       (length % 8 == 0 || (a[length / 8] ^ b[length / 8]) >> (8 - length % 8) == 0);
}

/* Parents come before their children, are of their family and hold them: chains end. */
static bool
check_prefixes(const uint8_t *data, const struct index_layout *at)
{
	const struct index_header *header = (const void *)data;
	const uint8_t *length = data + at->length;
	const uint32_t *parent = (const void *)(data + at->parent);
	const uint32_t *set = (const void *)(data + at->set);
	uint32_t ipv4 = header->prefix_count[0];
	uint32_t i;

	for (i = 0; i < ipv4 + header->prefix_count[1]; i++) {
		uint32_t first = i < ipv4 ? 0 : ipv4;

		if (length[i] > (i < ipv4 ? 32 : 128) || set[i] >= header->set_count)
			return false;
		if (parent[i] == INDEX_NONE)
			continue;
		if (parent[i] >= i || parent[i] < first || length[parent[i]] >= length[i] ||
		    !covers(data, at, ipv4, parent[i], i))
			return false;
	}
	return true;
}

static bool
check_sets(const uint8_t *data, const struct index_layout *at)
{
	const struct index_header *header = (const void *)data;
	const uint32_t *first = (const void *)(data + at->set_first);
	const uint32_t *members = (const void *)(data + at->members);
	uint32_t i;

	if (first[0] != 0 || first[header->set_count] != header->member_count)
		return false;
	for (i = 0; i < header->set_count; i++)
		if (first[i] > first[i + 1])
			return false;
	for (i = 0; i < header->member_count; i++)
		if (members[i] >= header->tag_count)
			return false;
	return true;
}

static bool
is_text(const struct index_header *header, uint32_t offset, bool optional)
{
	return offset < header->string_size || (optional && offset == INDEX_NONE);
}

static bool
check_tags(const uint8_t *data, const struct index_layout *at)
{
	const struct index_header *header = (const void *)data;
	const struct index_tag_record *tags = (const void *)(data + at->tags);
	uint32_t i;

	if (header->string_size == 0 || data[at->strings + header->string_size - 1] != '\0')
		return false;
	for (i = 0; i < header->tag_count; i++) {
		const struct index_tag_record *tag = &tags[i];

		if (!is_text(header, tag->name, false) || !is_text(header, tag->region, false) ||
		    !is_text(header, tag->platform, true) || !is_text(header, tag->system_service, false) ||
		    !is_text(header, tag->network_features, true) || tag->rank >= header->tag_count ||
		    tag->family_prefix_count[0] > header->prefix_count[0] ||
		    tag->family_prefix_count[1] > header->prefix_count[1])
			return false;
	}
	return true;
}

svctag_error
index_verify(const uint8_t *data, svctag_detail *detail)
{
	const struct index_header *header = (const void *)data;
	struct index_layout at = svctag_index_layout(header);
	struct walk walk = { .header = header, .lines = (const void *)(data + at.lines) };
	const char *broken = NULL;

	/* Ids plus one and a flag have to fit a slot. */
	if ((uint64_t)header->prefix_count[0] + header->prefix_count[1] >= SLOT_NODE - 1 ||
	    header->line_count > SLOT_LINE_MASK) {
		svctag_detail_set(detail, "the counts of the index are beyond its limits");
		return SVCTAG_E_CORRUPT;
	}
	walk.seen = calloc(1, (size_t)header->line_count / 8 + 1);
	if (walk.seen == NULL)
		return SVCTAG_E_NO_MEMORY;
	if (!check_prefixes(data, &at) || !check_order(data, &at))
		broken = "a prefix";
	else if (!check_sets(data, &at))
		broken = "a tag set";
	else if (!check_tags(data, &at))
		broken = "a tag";
	else if (!check_tree(&walk, (const void *)(data + at.roots)))
		broken = "the tree";
	free(walk.seen);
	if (broken == NULL)
		return SVCTAG_OK;
	svctag_detail_set(detail, "%s of the index is out of bounds", broken);
	return SVCTAG_E_CORRUPT;
}
