/*
 * Compiling a release: number the distinct prefixes, give each its parent and
 * its tag set, build the tree, and lay everything out in one block.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "index_tree.h"
#include "release_internal.h"
#include "xxh64.h"

/** Everything before it is laid out; zero-initialise. */
struct compile {
	const svctag_release *release;
	const svctag_prefix **prefixes; /**< distinct, sorted */
	uint32_t *parents;
	uint32_t *sets;
	size_t counts[2];
	uint32_t *set_first;
	uint32_t *members;
	size_t set_count;
	size_t member_count;
	uint32_t *ranks; /**< by tag */
	struct index_tree tree;
	char *strings;
	size_t string_size;
	size_t string_capacity;
	struct index_tag_record *tags;
};

static void
compile_release(struct compile *c)
{
	free(c->prefixes);
	free(c->parents);
	free(c->sets);
	free(c->set_first);
	free(c->members);
	free(c->ranks);
	free(c->strings);
	free(c->tags);
	index_tree_release(&c->tree);
}

struct rank_item {
	svctag_count total;
	uint32_t tag;
};

/* Fewest addresses first, both families together; tags are numbered by name. */
static int
compare_ranks(const void *a, const void *b)
{
	const struct rank_item *x = a;
	const struct rank_item *y = b;
	int order = svctag_count_compare(x->total, y->total);

	return order != 0 ? order : (x->tag > y->tag) - (x->tag < y->tag);
}

static svctag_error
rank_tags(struct compile *c)
{
	size_t count = svctag_release_tag_count(c->release);
	struct rank_item *items = malloc((count + 1) * sizeof(*items));
	size_t i;

	c->ranks = malloc((count + 1) * sizeof(*c->ranks));
	if (items == NULL || c->ranks == NULL) {
		free(items);
		return SVCTAG_E_NO_MEMORY;
	}
	for (i = 0; i < count; i++) {
		const svctag_tag *tag = svctag_release_tag(c->release, i);

		items[i].total = svctag_count_add(tag->addresses[0], tag->addresses[1]);
		items[i].tag = (uint32_t)i;
	}
	qsort(items, count, sizeof(*items), compare_ranks);
	for (i = 0; i < count; i++)
		c->ranks[items[i].tag] = (uint32_t)i;
	free(items);
	return SVCTAG_OK;
}

/* A hash table from tag sets to their numbers, open addressing. */
struct set_table {
	uint32_t *slots; /**< set number + 1 */
	size_t mask;
};

static svctag_error
set_table_make(struct set_table *table, size_t prefixes)
{
	size_t size = 1024;

	while (size < prefixes * 2)
		size *= 2;
	table->mask = size - 1;
	table->slots = calloc(size, sizeof(*table->slots));
	return table->slots != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
}

/* The number of the set that stands at the end of members; it is taken back when it is known. */
static uint32_t
intern_set(struct compile *c, const struct set_table *table, size_t size)
{
	const uint32_t *set = c->members + c->member_count;
	size_t slot = svctag_xxh64(set, size * sizeof(*set), 0) & table->mask;

	for (; table->slots[slot] != 0; slot = (slot + 1) & table->mask) {
		uint32_t number = table->slots[slot] - 1;
		const uint32_t *known = c->members + c->set_first[number];

		if (c->set_first[number + 1] - c->set_first[number] == size &&
		    memcmp(known, set, size * sizeof(*set)) == 0)
			return number;
	}
	table->slots[slot] = (uint32_t)c->set_count + 1;
	c->member_count += size;
	c->set_first[c->set_count + 1] = (uint32_t)c->member_count;
	return (uint32_t)c->set_count++;
}

/* Keep the tags of one prefix in order of rank; they are few. */
static void
insert_by_rank(const struct compile *c, uint32_t *set, size_t size, uint32_t tag)
{
	size_t i = size;

	for (; i > 0 && c->ranks[set[i - 1]] > c->ranks[tag]; i--)
		set[i] = set[i - 1];
	set[i] = tag;
}

/* The next shorter prefix that covers this one: the nearest that does among those before it and their parents. */
static uint32_t
find_parent(const struct compile *c, uint32_t id)
{
	uint32_t parent = id > 0 ? id - 1 : INDEX_NONE;

	while (parent != INDEX_NONE && !svctag_prefix_covers(c->prefixes[parent], c->prefixes[id]))
		parent = c->parents[parent];
	return parent;
}

static svctag_error
number_prefixes(struct compile *c)
{
	const struct membership *members = release_memberships(c->release);
	size_t total = svctag_release_prefix_count(c->release);
	size_t unique = svctag_release_unique_prefix_count(c->release);
	struct set_table table = { 0 };
	uint32_t id = 0;
	size_t i = 0;

	c->prefixes = malloc((unique + 1) * sizeof(*c->prefixes));
	c->parents = malloc((unique + 1) * sizeof(*c->parents));
	c->sets = malloc((unique + 1) * sizeof(*c->sets));
	c->set_first = calloc(unique + 2, sizeof(*c->set_first));
	c->members = malloc((total + 1) * sizeof(*c->members));
	if (c->prefixes == NULL || c->parents == NULL || c->sets == NULL || c->set_first == NULL ||
	    c->members == NULL || set_table_make(&table, unique) != SVCTAG_OK)
		return SVCTAG_E_NO_MEMORY;
	while (i < total) {
		const svctag_prefix *prefix = members[i].prefix;
		uint32_t *set = c->members + c->member_count;
		size_t size = 0;

		for (; i < total && svctag_prefix_compare(members[i].prefix, prefix) == 0; i++)
			insert_by_rank(c, set, size++, members[i].tag);
		c->prefixes[id] = prefix;
		c->counts[SVCTAG_FAMILY_INDEX(prefix->family)]++;
		c->parents[id] = find_parent(c, id);
		c->sets[id] = intern_set(c, &table, size);
		id++;
	}
	free(table.slots);
	return SVCTAG_OK;
}

/* Append a text with its closing NUL; INDEX_NONE for NULL. Offset 0 is the empty text. */
static svctag_error
add_string(struct compile *c, const char *text, uint32_t *ret)
{
	size_t size;

	if (text == NULL) {
		*ret = INDEX_NONE;
		return SVCTAG_OK;
	}
	if (text[0] == '\0' && c->string_size > 0) {
		*ret = 0;
		return SVCTAG_OK;
	}
	size = strlen(text) + 1;
	if (c->string_size + size > c->string_capacity) {
		size_t capacity = (c->string_size + size) * 2 + 4096;
		char *strings = realloc(c->strings, capacity);

		if (strings == NULL)
			return SVCTAG_E_NO_MEMORY;
		c->strings = strings;
		c->string_capacity = capacity;
	}
	if (c->string_size + size >= INDEX_NONE)
		return SVCTAG_E_LIMIT;
	memcpy(c->strings + c->string_size, text, size);
	*ret = (uint32_t)c->string_size;
	c->string_size += size;
	return SVCTAG_OK;
}

/* As add_string(), but neighbouring tags mostly share their region, platform, features. */
static svctag_error
add_shared(struct compile *c, const char *text, uint32_t before, uint32_t *ret)
{
	if (text != NULL && before != INDEX_NONE && strcmp(c->strings + before, text) == 0) {
		*ret = before;
		return SVCTAG_OK;
	}
	return add_string(c, text, ret);
}

static svctag_error
describe_tag(struct compile *c, size_t i)
{
	static const struct index_tag_record none;
	const svctag_tag *tag = svctag_release_tag(c->release, i);
	const svctag_properties *p = &tag->properties;
	const struct index_tag_record *before = i > 0 ? &c->tags[i - 1] : &none;
	struct index_tag_record *record = &c->tags[i];
	svctag_error err;
	int f;

	record->change_number = p->change_number;
	record->has_region_id = p->has_region_id;
	record->region_id = p->has_region_id ? p->region_id : 0;
	record->rank = c->ranks[i];
	for (f = 0; f < 2; f++) {
		record->addresses[f][0] = (uint64_t)tag->addresses[f].low;
		record->addresses[f][1] = (uint64_t)(tag->addresses[f].low >> 64);
		record->addresses[f][2] = tag->addresses[f].high;
		record->family_prefix_count[f] = (uint32_t)tag->family_prefix_count[f];
	}
	err = add_string(c, p->name, &record->name);
	if (err == SVCTAG_OK)
		err = add_shared(c, p->region, before->region, &record->region);
	if (err == SVCTAG_OK)
		err = add_shared(c, p->platform, before->platform, &record->platform);
	if (err == SVCTAG_OK)
		err = add_shared(c, p->system_service, before->system_service, &record->system_service);
	if (err == SVCTAG_OK)
		err = add_shared(c, p->network_features, before->network_features, &record->network_features);
	return err;
}

static svctag_error
describe_tags(struct compile *c)
{
	size_t count = svctag_release_tag_count(c->release);
	uint32_t empty;
	size_t i;
	svctag_error err = add_string(c, "", &empty);

	c->tags = calloc(count + 1, sizeof(*c->tags));
	if (c->tags == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; err == SVCTAG_OK && i < count; i++)
		err = describe_tag(c, i);
	return err;
}

static void
copy_prefixes(const struct compile *c, const struct index_layout *at, uint8_t *blob)
{
	size_t i;

	for (i = 0; i < c->counts[0]; i++) {
		uint32_t address = (uint32_t)prefix_first(c->prefixes[i]);

		memcpy(blob + at->address_ipv4 + i * 4, &address, 4);
	}
	for (i = 0; i < c->counts[1]; i++)
		memcpy(blob + at->address_ipv6 + i * 16, c->prefixes[c->counts[0] + i]->bytes, 16);
	for (i = 0; i < c->counts[0] + c->counts[1]; i++)
		blob[at->length + i] = c->prefixes[i]->length;
}

static void
put(uint8_t *blob, uint64_t at, const void *data, size_t size)
{
	if (size > 0)
		memcpy(blob + at, data, size);
}

/* The counts and all else that tells where things are. */
static struct index_header
make_header(const struct compile *c)
{
	struct index_header header = {
		.magic = INDEX_MAGIC,
		.byte_order = INDEX_BYTE_ORDER,
		.format = SVCTAG_INDEX_FORMAT,
		.default_ipv6 = c->tree.default_ipv6,
		.line_count = index_tree_line(&c->tree, (uint32_t)c->tree.line_count),
		.prefix_count = { (uint32_t)c->counts[0], (uint32_t)c->counts[1] },
		.set_count = (uint32_t)c->set_count,
		.member_count = (uint32_t)c->member_count,
		.tag_count = (uint32_t)svctag_release_tag_count(c->release),
		.string_size = (uint32_t)c->string_size,
		.node_count = c->tree.node_count,
		.level_count = c->tree.level_count,
		.entry_count = (uint32_t)c->tree.entry_count,
		.pilot_count = c->tree.pilot_count,
		.seed = c->tree.seed,
		.top_count = c->tree.top_count,
	};

	memcpy(header.digest, svctag_release_digest(c->release), sizeof(header.digest));
	header.size = svctag_index_layout(&header).size;
	return header;
}

static void
put_tree(const struct index_tree *tree, const struct index_layout *at, uint8_t *blob)
{
	put(blob, at->roots, tree->roots, ROOT_SLOTS * sizeof(*tree->roots));
	put(blob, at->nodes, tree->nodes, tree->node_count * sizeof(*tree->nodes));
	put(blob, at->filter_ipv6, tree->filter, FILTER_BITS / 8);
	put(blob, at->levels, tree->levels, tree->level_count * sizeof(*tree->levels));
	put(blob, at->pilots, tree->pilots, tree->pilot_count * sizeof(*tree->pilots));
	put(blob, at->bucket_tops, tree->bucket_tops, tree->top_count * sizeof(*tree->bucket_tops));
	put(blob, at->entries, tree->entries, tree->entry_count * sizeof(*tree->entries));
	put(blob, at->lines, tree->lines, FIRST_NODE * sizeof(*tree->lines));
	put(blob, at->lines + FIRST_NODE * sizeof(*tree->lines), tree->tops + FIRST_NODE,
	    (tree->node_count - FIRST_NODE) * sizeof(*tree->tops));
	put(blob, at->lines + tree->node_count * sizeof(*tree->lines), tree->lines + FIRST_NODE,
	    (tree->line_count - FIRST_NODE) * sizeof(*tree->lines));
}

static svctag_error
lay_out(const struct compile *c, void **ret, size_t *ret_size)
{
	size_t prefixes = c->counts[0] + c->counts[1];
	struct index_header header = make_header(c);
	struct index_layout at = svctag_index_layout(&header);
	uint8_t *blob = index_allocate(at.size);

	if (blob == NULL)
		return SVCTAG_E_NO_MEMORY;
	memset(blob, 0, at.size); /* the gaps between sections too: equal releases give equal bytes */
	put_tree(&c->tree, &at, blob);
	copy_prefixes(c, &at, blob);
	put(blob, at.parent, c->parents, prefixes * sizeof(*c->parents));
	put(blob, at.set, c->sets, prefixes * sizeof(*c->sets));
	put(blob, at.set_first, c->set_first, (c->set_count + 1) * sizeof(*c->set_first));
	put(blob, at.members, c->members, c->member_count * sizeof(*c->members));
	put(blob, at.tags, c->tags, header.tag_count * sizeof(*c->tags));
	put(blob, at.strings, c->strings, c->string_size);
	memcpy(blob, &header, sizeof(header));
	header.checksum = svctag_xxh64(blob + INDEX_CHECKED_FROM, at.size - INDEX_CHECKED_FROM, 0);
	memcpy(blob, &header, sizeof(header));
	*ret = blob;
	*ret_size = at.size;
	return SVCTAG_OK;
}

static svctag_error
build_tree(struct compile *c)
{
	struct index_prefixes prefixes = { c->prefixes, c->parents, { c->counts[0], c->counts[1] } };

	return index_tree_build(&c->tree, &prefixes);
}

svctag_error
index_build(const svctag_release *release, unsigned int without, void **ret, size_t *ret_size)
{
	struct compile c = { .release = release, .tree.without = without };
	svctag_error err;

	err = rank_tags(&c);
	if (err == SVCTAG_OK)
		err = number_prefixes(&c);
	if (err == SVCTAG_OK)
		err = build_tree(&c);
	if (err == SVCTAG_OK)
		err = describe_tags(&c);
	if (err == SVCTAG_OK)
		err = lay_out(&c, ret, ret_size);
	compile_release(&c);
	return err;
}

svctag_error
svctag_index_build(const svctag_release *release, void **ret, size_t *ret_size)
{
	return index_build(release, 0, ret, ret_size);
}
