/*
 * A checksum shows damage, not malice: a blob may carry a right checksum over
 * wrong numbers. So every offset and id is checked once, at opening. Each
 * line belongs to one node only, which bounds this check; a node says how many
 * levels it has, which bounds every look-up.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "index_hash.h"
#include "index_verify.h"

struct walk {
	const struct index_header *header;
	const union index_line *lines;
	uint8_t *seen;                  /**< one bit a line */
	uint8_t direct[ROOT_SLOTS / 8]; /**< one bit a root: a direct node that has been checked */
	uint32_t first_id;              /**< of the family */
	uint32_t end_id;
	bool relative; /**< of the family: some slot of 0 is below a base */
};

/* Claim a line. */
static bool
claim(struct walk *walk, uint64_t line)
{
	uint8_t bit = (uint8_t)(1U << line % 8);

	if (line >= walk->header->line_count || (walk->seen[line / 8] & bit) != 0)
		return false;
	walk->seen[line / 8] |= bit;
	return true;
}

/* At how many places can a search among sorted ends come out? 0: they are not sorted. */
static uint32_t
reachable(const int16_t *last, uint32_t n)
{
	uint32_t places = 1;
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (i > 0 && last[i - 1] > last[i])
			return 0;
		places += last[i] < INT16_MAX;
	}
	return places;
}

/* The same where the last end has to be the greatest, so that the search stays among them. */
static uint32_t
reachable_ending(const int16_t *last, uint32_t n)
{
	return last[n - 1] == INT16_MAX ? reachable(last, n) : 0;
}

static bool
is_prefix_slot(const struct walk *walk, uint64_t slot)
{
	return slot == 0 || (slot - 1 >= walk->first_id && slot - 1 < walk->end_id);
}

static bool
check_leaf(struct walk *walk, const struct leaf_line *leaf, uint32_t base)
{
	uint32_t runs = reachable_ending(leaf->last, LEAF_RUNS);
	uint32_t i;

	for (i = 0; i < runs; i++) {
		if (leaf->slot[i] != 0 && !is_prefix_slot(walk, (uint64_t)base + leaf->slot[i]))
			return false;
		walk->relative = walk->relative || (leaf->slot[i] == 0 && base != 0);
	}
	return runs > 0;
}

static bool
check_wide(const struct walk *walk, const struct wide_line *wide)
{
	uint32_t runs = reachable(wide->last, WIDE_RUNS - 1);
	uint32_t i;

	for (i = 0; i < runs; i++)
		if (!is_prefix_slot(walk, wide->slot[i]))
			return false;
	return runs > 0;
}

static bool check_children(struct walk *walk, const struct index_node *node, uint32_t children, uint64_t line,
			   uint32_t levels);

/* A line with so many levels below it, and those. */
static bool
check_lines(struct walk *walk, const struct index_node *node, uint64_t line, uint32_t levels)
{
	if (!claim(walk, line))
		return false;
	if (levels == 0 && (node->place >> NODE_KIND_SHIFT & NODE_WIDE) != 0)
		return check_wide(walk, &walk->lines[line].wide);
	if (levels == 0)
		return check_leaf(walk, &walk->lines[line].leaf, node->base);
	return check_children(walk, node, reachable_ending(walk->lines[line].inner.last, INNER_CHILDREN), line + 1,
			      levels - 1);
}

static bool
check_constant(const struct walk *walk, const struct index_node *node)
{
	return node->base == INDEX_NONE || is_prefix_slot(walk, (uint64_t)node->base + 1);
}

/* So many children, none if their ends are wrong, with so many levels below them, from a line on. */
static bool
check_children(struct walk *walk, const struct index_node *node, uint32_t children, uint64_t line, uint32_t levels)
{
	uint32_t i;

	for (i = 0; i < children; i++)
		if (!check_lines(walk, node, line + (uint64_t)i * index_child_lines[levels], levels))
			return false;
	return children > 0;
}

/* A node whose top has so many children that can be reached. */
static bool
check_node(struct walk *walk, const struct index_node *node, uint32_t children)
{
	uint32_t kind = node->place >> NODE_KIND_SHIFT;

	if (node->place == NODE_CONSTANT)
		return children == 1 && check_constant(walk, node);
	return kind <= (NODE_WIDE | NODE_LEVELS) &&
	       check_children(walk, node, children, node->place & NODE_LINE_MASK, kind & NODE_LEVELS);
}

/* So many words of 16 bits with one value. */
static bool
is_all(const void *words, uint32_t count, uint16_t value)
{
	const uint16_t *word = words;
	uint32_t i;

	for (i = 0; i < count; i++)
		if (word[i] != value)
			return false;
	return true;
}

/* A leaf that answers with one slot, whatever the key. */
static bool
is_constant_leaf(const struct leaf_line *leaf, uint16_t slot)
{
	return is_all(leaf->last, LEAF_RUNS, INT16_MAX) && is_all(leaf->slot, LEAF_RUNS, slot);
}

/* Those that are the same in every index. */
static bool
check_first_lines(struct walk *walk)
{
	const union index_line *lines = walk->lines;

	return claim(walk, NOTHING_LINE) && claim(walk, NOTHING_LINE + 1) && claim(walk, NODE_CONSTANT) &&
	       is_all(lines[NOTHING_LINE].inner.last, INNER_CHILDREN, INT16_MAX) &&
	       is_constant_leaf(&lines[NOTHING_LINE + 1].leaf, 0) && is_constant_leaf(&lines[NODE_CONSTANT].leaf, 1);
}

/* A root past the numbers of nodes is the inner line of a node; several may have the same. */
static bool
check_direct(struct walk *walk, uint16_t root)
{
	static const struct index_node node = { .base = 0 };
	uint8_t bit = (uint8_t)(1U << root % 8);

	if ((walk->direct[root / 8] & bit) != 0)
		return true;
	walk->direct[root / 8] |= bit;
	return check_lines(walk, &node, root, 1);
}

static bool
check_roots(struct walk *walk, const uint16_t *roots)
{
	bool direct = walk->header->node_count <= FEW_NODES;
	uint32_t i;

	for (i = 0; i < ROOT_SLOTS; i++) {
		if (roots[i] == 0 || (roots[i] >= FIRST_NODE && roots[i] < walk->header->node_count))
			continue;
		if (roots[i] < FIRST_NODE || !direct || !check_direct(walk, roots[i]))
			return false;
	}
	return true;
}

static bool
check_ipv4(struct walk *walk, const uint8_t *data, const struct index_layout *at)
{
	const struct index_node *nodes = (const void *)(data + at->nodes);
	uint32_t i;

	walk->first_id = 0;
	walk->end_id = walk->header->prefix_count[0];
	if (nodes[0].place != NODE_CONSTANT || nodes[0].base != INDEX_NONE)
		return false;
	for (i = FIRST_NODE; i < walk->header->node_count; i++)
		if (!claim(walk, i) ||
		    !check_node(walk, &nodes[i], reachable_ending(walk->lines[i].inner.last, INNER_CHILDREN)))
			return false;
	return check_roots(walk, (const void *)(data + at->roots));
}

/* Every key leads to an entry, every depth to a stride inside the address. */
static bool
check_levels(const struct index_header *header, const struct index_level *levels)
{
	uint32_t i;

	if (header->level_count > MOST_LEVELS || (header->level_count > 0 && header->entry_count == 0) ||
	    (header->pilot_count != 0 && !is_bucket_count(header->pilot_count)))
		return false;
	for (i = 0; i < header->level_count; i++)
		if (levels[i].depth > MOST_DEPTH || levels[i].depth % 8 != 0)
			return false;
	return true;
}

/* At how many places can a search in the top of the key's bucket come out? */
static uint32_t
reachable_top(const struct walk *walk, const uint8_t *data, const struct index_layout *at, struct index_key key)
{
	const struct inner_line *tops = (const void *)(data + at->bucket_tops);
	const uint32_t *pilots = (const void *)(data + at->pilots);
	uint64_t hash = key_hash(key, hash_seeds(walk->header->seed));
	uint32_t pilot = pilots[hash_bucket(hash, bucket_shift(walk->header->pilot_count))];

	return reachable_ending(tops[(pilot & PILOT_TOP) / sizeof(*tops)].last, INNER_CHILDREN);
}

/* An entry is found by its own key only, and looked at together with its bucket's top unless it stands apart. */
static bool
check_entry(struct walk *walk, const uint8_t *data, const struct index_layout *at, const struct index_entry *entry)
{
	uint32_t children = reachable(entry->last, ENTRY_CHILDREN - 1);
	uint32_t more;

	if (walk->header->pilot_count == 0 || (entry->low & KEY_APART) != 0)
		return check_node(walk, &entry->node, children);
	more = reachable_top(walk, data, at, (struct index_key){ entry->high, entry->low });
	/* One of the two has no ends, or it would matter whether places are added or united. */
	return children > 0 && more > 0 && (children == 1 || more == 1) && entry->node.place <= NODE_LINE_MASK &&
	       check_node(walk, &entry->node, children + more - 1);
}

static bool
check_ipv6(struct walk *walk, const uint8_t *data, const struct index_layout *at)
{
	const struct index_level *levels = (const void *)(data + at->levels);
	const uint32_t *pilots = (const void *)(data + at->pilots);
	const struct index_entry *entries = (const void *)(data + at->entries);
	uint32_t i;

	walk->first_id = walk->header->prefix_count[0];
	walk->end_id = walk->first_id + walk->header->prefix_count[1];
	walk->relative = false;
	if (!check_levels(walk->header, levels) || (walk->header->default_ipv6 != INDEX_NONE &&
						    !is_prefix_slot(walk, (uint64_t)walk->header->default_ipv6 + 1)))
		return false;
	for (i = 0; i < walk->header->pilot_count; i++)
		if ((pilots[i] & PILOT_TOP) / sizeof(struct inner_line) >= walk->header->top_count)
			return false;
	for (i = 0; i < walk->header->entry_count; i++)
		if (!check_entry(walk, data, at, &entries[i]))
			return false;
	return true;
}

static bool
check_search(struct walk *walk, const uint8_t *data, const struct index_layout *at)
{
	return check_first_lines(walk) && check_ipv4(walk, data, at) && check_ipv6(walk, data, at);
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
index_verify(const uint8_t *data, bool *ret_absolute, svctag_detail *detail)
{
	const struct index_header *header = (const void *)data;
	struct index_layout at = svctag_index_layout(header);
	struct walk walk = { .header = header, .lines = (const void *)(data + at.lines) };
	const char *broken = NULL;

	/* Ids plus one have to fit a slot. */
	if ((uint64_t)header->prefix_count[0] + header->prefix_count[1] >= INDEX_NONE - 1 ||
	    header->line_count > NODE_LINE_MASK || header->node_count < FIRST_NODE ||
	    header->node_count > header->line_count) {
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
	else if (!check_search(&walk, data, &at))
		broken = "the search structure";
	free(walk.seen);
	*ret_absolute = !walk.relative;
	if (broken == NULL)
		return SVCTAG_OK;
	svctag_detail_set(detail, "%s of the index is out of bounds", broken);
	return SVCTAG_E_CORRUPT;
}
