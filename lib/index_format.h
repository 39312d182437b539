/**
 * @file
 * The bytes of a compiled index; docs/index-format.md describes them. All
 * numbers are in the byte order of the machine that built it. Hidden.
 */
#ifndef SVCTAG_INDEX_FORMAT_H
#define SVCTAG_INDEX_FORMAT_H

#include <string.h>

#include <svctag/index.h>

#define INDEX_MAGIC "SVCTAGIX"
#define INDEX_BYTE_ORDER 0x01020304U
/** What the checksum covers begins here. */
#define INDEX_CHECKED_FROM 32U
/** "No text", "no prefix". */
#define INDEX_NONE UINT32_MAX

/** IPv4's first 16 bits have a slot each; IPv6 has a filter of as many bits. */
#define ROOT_SLOTS 65536U
#define FILTER_BITS 65536U
/** Which bit of IPv6's filter is for an address: as an inline function of svctag/index.h has it. */
static inline uint32_t
filter_bit_ipv6(const uint8_t bytes[2])
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

/** Bits that one node searches. */
#define STRIDE 16U
/** Lengths of IPv6 are cut into so many levels at most, none of which begins later than this. */
#define MOST_LEVELS 8U
#define MOST_DEPTH 112U

#define ENTRY_CHILDREN 5U
#define INNER_CHILDREN 32U
#define LEAF_RUNS 16U
#define WIDE_RUNS 11U

/** Ends are stored as keys with this bit turned over: in the order of signed numbers. */
#define KEY_BIAS 0x8000U

/** Of the last 16 bits: signed numbers are what SSE2 compares. */
static inline int16_t
signed_key(uint32_t key)
{
	return (int16_t)(key ^ KEY_BIAS);
}

/**
 * Runs of a node's keys, sorted: run i ends at key last[i]; the last run that
 * is used ends at the greatest key, and so do those that are not. A slot is 0
 * (no prefix) or what is to be added to the node's base, plus one.
 */
struct leaf_line {
	int16_t last[LEAF_RUNS];
	uint16_t slot[LEAF_RUNS];
};

/** The same where prefixes are too far apart for 16 bits: slots are prefix ids plus one. */
struct wide_line {
	int16_t last[WIDE_RUNS - 1];
	uint32_t slot[WIDE_RUNS];
};

/** Child i holds the keys up to last[i]. Children follow their line, each with all that is below it. */
struct inner_line {
	int16_t last[INNER_CHILDREN];
};

union index_line {
	struct leaf_line leaf;
	struct wide_line wide;
	struct inner_line inner;
};

/**
 * Where a stride is searched: kind and first line; and what 16-bit slots are
 * relative to. Kinds are the number of levels of inner lines, and NODE_WIDE.
 * A node's first ends, its *top*, are found without reading the node: an inner
 * line of IPv4 at the node's own number, the ends in an entry of IPv6. Its
 * place is the top's first child.
 *
 * In tables of a release's size nearly all nodes of IPv4 need none of that: a
 * *direct* one is an inner line with its leaves behind it, whose slots are
 * prefix ids plus one.
 */
struct index_node {
	uint32_t place;
	uint32_t base;
};

#define NODE_KIND_SHIFT 28U
#define NODE_LINE_MASK 0x0fffffffU
#define NODE_LEVELS 3U
#define NODE_WIDE 4U

/** Root 0 is of a node without a prefix. The first line is its top, the next a direct node's leaf that says the same; */
#define NOTHING_LINE 0U
/** a third answers any key with slot 1: as a node's place, that is its base. They are the same in every index. */
#define NODE_CONSTANT 2U
/** The lines from here on are the tops of the other nodes of IPv4 that have numbers: a node's is its top's. */
#define FIRST_NODE 3U
/** Where there are more nodes than these, all roots are 0 or numbers: of two kinds, each would be guessed wrong often. */
#define FEW_NODES 256U

/** In the low half of an entry's key: its node stands apart. */
#define KEY_APART 8U
/** Which bits of a pilot say how many bytes after the first top that of its bucket is. */
#define PILOT_TOP 0x3fc0U
/** Bits that matter little to the place that it moves keys to. */
#define PILOT_LOW 0x3fffU
#define MOST_TOPS 256U

/** How far apart the children of an inner line are, by the levels of inner lines below it. */
static const uint32_t index_child_lines[NODE_LEVELS + 1] = {
	1,
	1 + INNER_CHILDREN,
	1 + INNER_CHILDREN *(1 + INNER_CHILDREN),
	1 + INNER_CHILDREN *(1 + INNER_CHILDREN * (1 + INNER_CHILDREN)),
};

/**
 * One range of lengths of IPv6: what is in the table under the first `depth`
 * bits, a multiple of 8. Of those bits that lie in an address's low half,
 * `agreed_mask` are the same in all the level's keys, and `agreed` is what
 * they are.
 */
struct index_level {
	uint32_t depth;
	uint32_t unused;
	uint64_t agreed_mask;
	uint64_t agreed;
};

/**
 * The first bits, zeros after them but for the number of the level; all ones
 * where there is no key. And a node of IPv6 with its top, which has one end
 * less than children: the last child holds what is left.
 *
 * All levels' entries are one perfect hash table, whose count of pilots is a
 * power of two and at least two, or (no pilots) one sorted array.
 *
 * Few nodes have more children than an entry has ends for. Each of these has a
 * top of its own, the one of its key's bucket: it can be read before the entry
 * is. A look-up adds the two places up, one of which is always 0, so other
 * nodes of that bucket *stand apart*, as do those of another kind than 0: their
 * key has a bit more, so that who looks for the key need not look at the kind.
 */
struct index_entry {
	_Alignas(16) uint64_t high; /* so that halves are loaded at once */
	uint64_t low;
	struct index_node node;
	int16_t last[ENTRY_CHILDREN - 1];
};

struct index_header {
	char magic[8];
	uint32_t byte_order;
	uint32_t format;
	uint64_t size; /**< of the whole blob */
	uint64_t checksum;
	uint8_t digest[SVCTAG_DIGEST_SIZE]; /**< of the release */
	uint32_t default_ipv6;              /**< the prefix ::/0 or INDEX_NONE */
	uint32_t line_count;
	uint32_t prefix_count[2]; /**< by SVCTAG_FAMILY_INDEX */
	uint32_t set_count;
	uint32_t member_count;
	uint32_t tag_count;
	uint32_t string_size;
	uint32_t node_count; /**< of IPv4, and FIRST_NODE more */
	uint32_t level_count;
	uint32_t entry_count;
	uint32_t pilot_count;
	uint64_t seed;      /**< of the entries, odd */
	uint32_t top_count; /**< of IPv6 */
	uint8_t unused[4];
};

/** How many of the first bytes say what format a blob has. */
#define INDEX_FORMAT_END 16U

/** Do they name the format that this library writes, in this machine's byte order? */
static inline bool
index_format_is_current(const uint8_t begin[INDEX_FORMAT_END])
{
	static const uint32_t current[2] = { INDEX_BYTE_ORDER, SVCTAG_INDEX_FORMAT };

	return memcmp(begin + 8, current, sizeof(current)) == 0;
}

/** Texts are offsets into the strings, or INDEX_NONE. */
struct index_tag_record {
	int64_t change_number;
	uint64_t addresses[2][3]; /**< low and high half of svctag_count.low, then svctag_count.high */
	uint32_t name;
	uint32_t region;
	uint32_t platform;
	uint32_t system_service;
	uint32_t network_features;
	int32_t region_id;
	uint32_t has_region_id;
	uint32_t rank;
	uint32_t family_prefix_count[2];
};

_Static_assert(sizeof(union index_line) == 64, "a line is a cache line");
_Static_assert(sizeof(struct index_entry) == 32, "entries have no padding");
_Static_assert(sizeof(struct index_level) == 24, "levels have no padding");
_Static_assert(sizeof(struct index_header) == 128, "the header is two lines");
_Static_assert(sizeof(struct index_tag_record) == 96, "tag records have no padding");

/** Where each section begins; sections follow one another at multiples of 64 bytes. */
struct index_layout {
	uint64_t roots;       /**< uint16_t[ROOT_SLOTS], IPv4: 0, numbers of nodes, or from node_count on direct ones */
	uint64_t nodes;       /**< struct index_node[node_count], node 0 answers nothing, 1 and 2 are none */
	uint64_t filter_ipv6; /**< uint64_t[FILTER_BITS / 64]: does some prefix but ::/0 meet filter_bit_ipv6()? */
	uint64_t levels;      /**< struct index_level[level_count], longest first */
	uint64_t pilots;      /**< uint32_t[pilot_count] */
	uint64_t bucket_tops; /**< struct inner_line[top_count]; the first one has no ends */
	uint64_t entries;     /**< struct index_entry[entry_count] */
	uint64_t lines;       /**< union index_line[line_count] */
	uint64_t address_ipv4; /**< uint32_t[], host byte order */
	uint64_t address_ipv6; /**< uint8_t[][16], network byte order */
	uint64_t length;       /**< uint8_t[], both families from here on */
	uint64_t parent;       /**< uint32_t[] */
	uint64_t set;          /**< uint32_t[]: which tag set lists the prefix */
	uint64_t set_first;    /**< uint32_t[set_count + 1], into members */
	uint64_t members;      /**< uint32_t[member_count]: tags in order of rank */
	uint64_t tags;         /**< struct index_tag_record[tag_count], in byte order of names */
	uint64_t strings;
	uint64_t size;
};

struct index_layout svctag_index_layout(const struct index_header *header);

/**
 * Memory for a blob; free() it. Large ones get large pages where the system
 * gives them: look-ups in more pages than the processor has translations at
 * hand for wait for those, too.
 */
void *index_allocate(size_t size);

#endif
