/**
 * @file
 * Look-ups in IPv4: a root, and below it a direct node, or the number of one. See index_walk.h. Hidden.
 */
#ifndef SVCTAG_INDEX_WALK_IPV4_H
#define SVCTAG_INDEX_WALK_IPV4_H

#include "index_walk.h"

/** Addresses of a batch that are taken together where most are in some prefix; how many of them are looked at first. */
#define PORTION_IPV4 512U
#define SAMPLE_IPV4 8U
/** And where they are not: as many as a number has bits. */
#define IN_FLIGHT_IPV4 64U

/* Below a root that is a direct node, or 0, with whose leaf it is the same. */
static inline uint32_t
search_direct(const union index_line *lines, uint32_t root, line_key key)
{
	const union index_line *line = lines + root;

	line += inner_place(&line->inner, key);
	return leaf_prefix(&line[1].leaf, key);
}

/* Below the number of a node; or below 0, which is of a node that answers nothing. */
static inline uint32_t
walk_many_ipv4(const svctag_index *index, uint32_t address, uint32_t number)
{
	line_key key = line_key_of_ipv4(address);
	uint32_t child = inner_place(&index->lines[number].inner, key);
	const struct index_node *node = &index->nodes[number];

	/* Nearly all nodes are a top and its leaves: their kind is 0, and their place the first leaf. */
	if (__builtin_expect(node->place > NODE_LINE_MASK, 0))
		return search_any(index, node, child, signed_key(address));
	return leaf_answer_to(&index->lines[node->place + child].leaf, node->base, key);
}

/* The same where such roots are few. */
static __attribute__((noinline)) uint32_t
search_numbered(const svctag_index *index, uint32_t number, uint32_t address)
{
	return walk_many_ipv4(index, address, number);
}

/* 0 is none: it is answered as direct nodes are. */
static inline bool
is_number(uint32_t node_count, uint32_t root)
{
	return root - 1 < node_count - 1;
}

/* An address whose root is not 0. */
static inline uint32_t
walk_ipv4(const svctag_index *index, uint32_t address, uint32_t root)
{
	if (__builtin_expect(root < index->node_count, 0))
		return search_numbered(index, root, address);
	/* The lines are to be added from memory: a register less than if they were loaded for both. */
	__asm__("" : "+r"(index));
	return search_direct(index->lines, root, line_key_of_ipv4(address));
}

/* The second step, the top has been asked for: a node of which the place is the leaf, unless it is of another kind. */
static inline void
enter_numbered(const svctag_index *index, struct index_node *one, uint32_t address)
{
	uint32_t number = index->head.roots[address >> 16];

	*one = index->nodes[number];
	one->place += inner_place(&index->lines[number].inner, line_key_of_ipv4(address));
	__builtin_prefetch(first_line(index, *one));
}

/* The last one. */
static inline uint32_t
leave_numbered(const svctag_index *index, const struct index_node *one, uint32_t address)
{
	if (__builtin_expect(one->place > NODE_LINE_MASK, 0))
		return search_numbered(index, index->head.roots[address >> 16], address);
	return leaf_answer_to(&index->lines[one->place].leaf, one->base, line_key_of_ipv4(address));
}

/* Up to PORTION_IPV4 addresses where all roots are numbers or 0: each step is done for all before the next. */
static inline void
walk_steps_ipv4(const svctag_index *index, const uint32_t *addresses, uint32_t count, uint32_t *ids)
{
	struct index_node numbered[PORTION_IPV4];
	uint32_t i;

	for (i = 0; i < count; i++) {
		uint32_t number = index->head.roots[addresses[i] >> 16];

		__builtin_prefetch(&index->lines[number]);
		__builtin_prefetch(&index->nodes[number]);
	}
	for (i = 0; i < count; i++)
		enter_numbered(index, &numbered[i], addresses[i]);
	for (i = 0; i < count; i++)
		ids[i] = leave_numbered(index, &numbered[i], addresses[i]);
}

/*
 * The same where few are numbers: a loop of so few instructions that the processor works at many
 * addresses at once. What can be done for several at a time is left to loops before and behind it.
 */
static inline void
walk_direct_ipv4(const svctag_index *index, const uint32_t *addresses, uint32_t count, uint32_t *ids)
{
	const union index_line *lines = index->lines;
	const uint16_t *roots = index->head.roots;
	uint32_t node_count = index->node_count;
	int16_t keys[PORTION_IPV4];
	uint16_t numbered[PORTION_IPV4];
	uint32_t numbered_count = 0;
	uint32_t i;

	for (i = 0; i < count; i++)
		keys[i] = signed_key(addresses[i]);
#pragma GCC unroll 4
	for (i = 0; i < count; i++) {
		uint32_t root = roots[addresses[i] >> 16];

		if (__builtin_expect(is_number(node_count, root), 0)) {
			numbered[numbered_count++] = (uint16_t)i;
			root = NOTHING_LINE;
		}
		ids[i] = search_direct(lines, root, line_key_of(keys[i]));
	}
	for (i = 0; i < numbered_count; i++)
		ids[numbered[i]] = search_numbered(index, roots[addresses[numbered[i]] >> 16], addresses[numbered[i]]);
}

static inline void
walk_some_ipv4(const svctag_index *index, const uint32_t *addresses, uint32_t count, uint32_t *ids)
{
	if (index->node_count > FEW_NODES)
		walk_steps_ipv4(index, addresses, count, ids);
	else
		walk_direct_ipv4(index, addresses, count, ids);
}

/* Up to IN_FLIGHT_IPV4 addresses, of which only those are searched that some prefix may hold. */
static inline void
walk_passing_ipv4(const svctag_index *index, const uint32_t *addresses, uint32_t count, uint32_t *ids)
{
	uint32_t passing[IN_FLIGHT_IPV4] = { 0 };
	uint32_t answers[IN_FLIGHT_IPV4];
	uint64_t places = 0; /* as bits */
	uint32_t passed = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		ids[i] = SVCTAG_NO_PREFIX;
		places |= (uint64_t)(index->head.roots[addresses[i] >> 16] != 0) << i;
	}
	for (uint64_t left = places; left != 0; left &= left - 1)
		passing[passed++] = addresses[__builtin_ctzll(left)];
	walk_some_ipv4(index, passing, passed, answers);
	for (i = 0; i < passed; i++, places &= places - 1)
		ids[__builtin_ctzll(places)] = answers[i];
}

/* Where most addresses are held, asking first does not pay: the first ones of a portion speak for it. */
static inline bool
mostly_held(const svctag_index *index, const uint32_t *addresses)
{
	uint32_t held = 0;
	uint32_t i;

	for (i = 0; i < SAMPLE_IPV4; i++)
		held += index->head.roots[addresses[i] >> 16] != 0;
	return held > SAMPLE_IPV4 / 2;
}

static inline void
walk_batch_ipv4(const svctag_index *index, const uint32_t *addresses, size_t count, uint32_t *ids)
{
	while (count > 0) {
		bool held = count >= SAMPLE_IPV4 && mostly_held(index, addresses);
		uint32_t most = held ? PORTION_IPV4 : IN_FLIGHT_IPV4;
		uint32_t now = count < most ? (uint32_t)count : most;

		if (!held)
			walk_passing_ipv4(index, addresses, now, ids);
		else
			walk_some_ipv4(index, addresses, now, ids);
		addresses += now;
		ids += now;
		count -= now;
	}
}

#endif
