/*
 * From a choice of tags to rules. Entries whose rules let the same traffic
 * through (direction, protocol, ports, the own side) share a *context*; of
 * each context one rule is made for each tag and, for what is kept, one for
 * each family. Rules that deny keep their place between those that allow:
 * contexts of different layers are never merged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <svctag/set.h>

#include "rules_proposal.h"
#include "rules_words.h"

/* What is not the number of a tag. */
#define KEPT SVCTAG_MIGRATE_NO_TAG
#define NAMED (KEPT - 1) /* a name that is no tag of the release, as VirtualNetwork */
#define NO_ENTRY SIZE_MAX

/* An origin and what its own side is, as text that compares. */
struct member {
	const struct origin *origin;
	char *own;
	size_t context;             /* its number */
	const struct origin *first; /* of the context; the others let the same traffic through */
};

/* An entry, or a name on the remote side, and what becomes of it. */
struct item {
	size_t context;
	const struct origin *origin; /* the context's first */
	uint32_t tag;
	size_t entry;
	const char *name; /* of what is no entry */
};

struct builder {
	const struct proposal *proposal;
	const struct layout *layout;
	struct member *members;
	size_t member_count;
	struct item *items;
	size_t item_count;
	unsigned int *starts[2]; /* by direction and layer: the least priority that the list gave a rule of it */
	struct rule_set *set;
	svctag_detail *detail;
};

static int
compare_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* Do they let the same traffic through, in the same place? */
static int
compare_traffic(const struct member *x, const struct member *y)
{
	const struct origin *a = x->origin;
	const struct origin *b = y->origin;
	int order;

	if (a->direction != b->direction)
		return a->direction < b->direction ? -1 : 1;
	if (a->layer != b->layer)
		return a->layer < b->layer ? -1 : 1;
	order = compare_text(a->next_hop, b->next_hop);
	if (order == 0)
		order = strcmp(a->protocol, b->protocol);
	if (order == 0)
		order = strcmp(a->ports, b->ports);
	return order != 0 ? order : strcmp(x->own, y->own);
}

static int
compare_members(const void *a, const void *b)
{
	const struct member *x = a;
	const struct member *y = b;
	int order = compare_traffic(x, y);

	return order != 0 ? order : (x->origin > y->origin) - (x->origin < y->origin); /* of one array */
}

/* A route table has no place for what comes in. */
static bool
has_place(const struct builder *b, const struct origin *origin)
{
	return origin->remote > 0 && (b->layout->target != SVCTAG_TARGET_UDR || origin->direction == LIST_OUTBOUND);
}

static svctag_error
collect_members(struct builder *b)
{
	b->members = calloc(b->layout->origin_count + 1, sizeof(*b->members));
	if (b->members == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < b->layout->origin_count; i++) {
		const struct origin *origin = &b->layout->origins[i];
		struct own_side side;
		svctag_error err;
		char *own;

		if (!has_place(b, origin))
			continue;
		err = own_side_make(b->proposal, origin, &side);
		own = err == SVCTAG_OK ? own_side_text(&side) : NULL;
		own_side_release(&side);
		if (own == NULL)
			return SVCTAG_E_NO_MEMORY;
		b->members[b->member_count++] = (struct member){ .origin = origin, .own = own };
	}
	qsort(b->members, b->member_count, sizeof(*b->members), compare_members);
	return SVCTAG_OK;
}

/* Members that compare equal stand together. */
static void
find_contexts(struct builder *b)
{
	for (size_t i = 0; i < b->member_count; i++) {
		struct member *member = &b->members[i];
		const struct member *before = i == 0 ? NULL : member - 1;
		bool same = before != NULL && compare_traffic(member, before) == 0;

		member->context = i == 0 ? 0 : before->context + !same;
		member->first = same ? before->first : member->origin;
	}
}

/* Names beside the addresses of a rule: a tag of the release is as one that was chosen. */
static void
add_mention(struct builder *b, const struct member *member, const struct list_mention *mention)
{
	const svctag_index *index = svctag_snapshot_index(b->proposal->snapshot);
	struct item item = { .context = member->context,
			     .origin = member->first,
			     .tag = NAMED,
			     .entry = NO_ENTRY,
			     .name = mention->tag };

	if (b->layout->target != SVCTAG_TARGET_NSG && member->origin->direction == LIST_INBOUND)
		return;
	if (mention->side == LIST_SIDE_NONE || !layout_side_is_remote(member->origin->direction, mention->side) ||
	    !rule_knows_tag(b->proposal->snapshot, mention->tag))
		return;
	if (svctag_index_find_tag(index, mention->tag, strlen(mention->tag), &item.tag) == SVCTAG_OK)
		item.name = svctag_index_tag_name(index, item.tag);
	b->items[b->item_count++] = item;
}

static int
compare_items(const void *a, const void *b)
{
	const struct item *x = a;
	const struct item *y = b;

	if (x->context != y->context)
		return x->context < y->context ? -1 : 1;
	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

static svctag_error
collect_items(struct builder *b)
{
	const struct list *list = b->layout->list;

	b->items = calloc(list->entry_count + list->mention_count + 1, sizeof(*b->items));
	if (b->items == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t m = 0; m < b->member_count; m++) {
		const struct member *member = &b->members[m];
		const struct origin *origin = member->origin;

		for (size_t i = 0; i < origin->entry_count; i++) {
			size_t entry = b->layout->entries[origin->first_entry + i];

			if (!layout_is_remote(b->layout, entry))
				continue;
			b->items[b->item_count++] = (struct item){ .context = member->context,
								   .origin = member->first,
								   .tag = proposal_fate(b->proposal, entry).tag,
								   .entry = entry };
		}
		for (size_t i = 0; i < origin->mention_count; i++)
			add_mention(b, member, &list->mentions[b->layout->mentions[origin->first_mention + i]]);
	}
	qsort(b->items, b->item_count, sizeof(*b->items), compare_items);
	return SVCTAG_OK;
}

/* What the list's rules are called and numbered stays theirs: both may stand beside each other for a while. */
static svctag_error
reserve(struct builder *b)
{
	size_t layers = 1;

	for (size_t i = 0; i < b->layout->origin_count; i++)
		if (b->layout->origins[i].layer >= layers)
			layers = (size_t)b->layout->origins[i].layer + 1;
	for (int d = 0; d < 2; d++) {
		b->starts[d] = calloc(layers + 1, sizeof(*b->starts[d]));
		if (b->starts[d] == NULL)
			return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < b->layout->origin_count; i++) {
		const struct origin *origin = &b->layout->origins[i];
		unsigned int *start = &b->starts[origin->direction == LIST_INBOUND ? 0 : 1][origin->layer];
		const char *slash = strrchr(origin->rule->path, '/');
		const char *name = slash != NULL ? slash + 1 : origin->rule->path;
		svctag_error err =
			rules_reserve(b->set, name[0] != '\0' ? name : NULL, origin->direction, origin->priority);

		if (err != SVCTAG_OK)
			return err;
		if (*start == 0 || (origin->priority != 0 && origin->priority < *start))
			*start = origin->priority;
	}
	return SVCTAG_OK;
}

/*
 * A free priority from that of the layer's first rule in the list up to that of the next layer's, or where there is
 * none the least that comes after the layer before; 0: none is left.
 */
static unsigned int
priority_for(const struct builder *b, const struct origin *origin, unsigned int past)
{
	const unsigned int *starts = b->starts[origin->direction == LIST_INBOUND ? 0 : 1];
	unsigned int start = starts[origin->layer];
	unsigned int end = starts[origin->layer + 1];
	unsigned int priority = rules_free_priority(b->set, origin->direction, start > past ? start : past + 1);

	if (priority == 0 || (end > past && priority > end))
		priority = rules_free_priority(b->set, origin->direction, past + 1);
	return priority;
}

/* Everything about a rule but its remote side. */
struct draft {
	struct rule rule;
	char name[RULE_NAME_SIZE * 4];
	char description[200];
	char *ports;
	const char *port_list[RULE_MOST_PORTS];
	unsigned int past; /* rules of the direction that come before have at most this priority */
};

/* "svctag-out-Storage.EastUS-Tcp-443" */
static void
name_rule(struct draft *draft, const struct builder *b, const struct origin *origin, const char *what)
{
	bool route = b->layout->target == SVCTAG_TARGET_UDR;
	bool any = strcmp(origin->protocol, "*") == 0;
	const char *ports = strcmp(origin->ports, "*") == 0 ? "" : origin->ports;

	if (route)
		snprintf(draft->name, sizeof(draft->name), "svctag-%s", what);
	else
		snprintf(draft->name, sizeof(draft->name), "svctag-%s%s-%s%s%s%s%s",
			 origin->direction == LIST_INBOUND ? "in" : "out", origin->access == LIST_DENY ? "-deny" : "",
			 what, any ? "" : "-", any ? "" : origin->protocol, *ports != '\0' ? "-" : "", ports);
}

static svctag_error
begin_draft(struct draft *draft, const struct origin *origin)
{
	draft->ports = strdup(origin->ports);
	if (draft->ports == NULL)
		return SVCTAG_E_NO_MEMORY;
	draft->rule = (struct rule){
		.name = draft->name,
		.description = draft->description,
		.direction = origin->direction,
		.access = origin->access,
		.protocol = origin->protocol,
		.ports = draft->port_list,
		.port_count = rule_split_ports(draft->ports, draft->port_list),
		.next_hop = origin->next_hop,
	};
	return SVCTAG_OK;
}

/* Add the rule once for each peer of its own side. */
static svctag_error
add_rule(struct builder *b, struct draft *draft, const struct origin *origin, const struct own_side *own,
	 const struct rule_peer *remote)
{
	bool inbound = origin->direction == LIST_INBOUND;

	for (size_t i = 0; i < own->count; i++) {
		svctag_error err;

		draft->rule.source = inbound ? *remote : own->peers[i];
		draft->rule.destination = inbound ? own->peers[i] : *remote;
		if (b->layout->target != SVCTAG_TARGET_UDR)
			draft->rule.priority = priority_for(b, origin, draft->past);
		err = rules_add(b->set, &draft->rule, b->detail);
		/* An own side without an address of the family: there is no such traffic. */
		if (err != SVCTAG_OK && !(err == SVCTAG_E_INVALID && own->peers[i].kind == RULE_ADDRESSES))
			return err;
	}
	return SVCTAG_OK;
}

static svctag_error
add_tag(struct builder *b, struct draft *draft, const struct origin *origin, const struct own_side *own,
	const struct item *items, size_t count)
{
	const struct rule_peer peer = {
		.kind = RULE_TAG,
		.tag = items[0].tag == NAMED
			       ? items[0].name
			       : svctag_index_tag_name(svctag_snapshot_index(b->proposal->snapshot), items[0].tag),
	};

	snprintf(draft->description, sizeof(draft->description), "svctag: in place of %zu entr%s", count,
		 count == 1 ? "y" : "ies");
	name_rule(draft, b, origin, peer.tag);
	return add_rule(b, draft, origin, own, &peer);
}

/* Those of one family, overlaps and neighbours put together. */
static svctag_error
add_kept_family(struct builder *b, struct draft *draft, const struct origin *origin, const struct own_side *own,
		const svctag_prefix *prefixes, size_t count)
{
	bool ipv6 = prefixes[0].family == SVCTAG_IPV6;
	const struct rule_peer peer = { .kind = RULE_ADDRESSES, .prefixes = prefixes, .prefix_count = count };

	snprintf(draft->description, sizeof(draft->description), "svctag: kept as addresses");
	name_rule(draft, b, origin, ipv6 ? "addresses-IPv6" : "addresses-IPv4");
	return add_rule(b, draft, origin, own, &peer);
}

static svctag_error
add_kept(struct builder *b, struct draft *draft, const struct origin *origin, const struct own_side *own,
	 const struct item *items, size_t count)
{
	svctag_range *ranges = calloc(count, sizeof(*ranges));
	svctag_prefix *prefixes = NULL;
	svctag_set *set = NULL;
	size_t prefix_count = 0;
	size_t ipv4 = 0;
	svctag_error err = SVCTAG_E_NO_MEMORY;

	for (size_t i = 0; ranges != NULL && i < count; i++)
		ranges[i] = b->layout->list->entries[items[i].entry].range;
	if (ranges != NULL)
		err = svctag_set_of_ranges(ranges, count, &set);
	if (err == SVCTAG_OK)
		err = svctag_set_prefixes(set, &prefixes, &prefix_count);
	while (ipv4 < prefix_count && prefixes[ipv4].family == SVCTAG_IPV4)
		ipv4++;
	if (err == SVCTAG_OK && ipv4 > 0)
		err = add_kept_family(b, draft, origin, own, prefixes, ipv4);
	if (err == SVCTAG_OK && ipv4 < prefix_count)
		err = add_kept_family(b, draft, origin, own, prefixes + ipv4, prefix_count - ipv4);
	svctag_set_free(set);
	free(prefixes);
	free(ranges);
	return err;
}

/* Items with the same tag; of names that are no tags of the release each is by itself. */
static size_t
end_of_tag(const struct builder *b, size_t begin)
{
	size_t end = begin + 1;

	while (end < b->item_count && b->items[end].context == b->items[begin].context &&
	       b->items[end].tag == b->items[begin].tag && b->items[begin].tag != NAMED)
		end++;
	return end;
}

/* The rules of a context: items[begin..]. @param[out] ret_end  past its last item */
static svctag_error
add_context(struct builder *b, size_t begin, unsigned int past, size_t *ret_end)
{
	size_t context = b->items[begin].context;
	const struct origin *origin = b->items[begin].origin;
	struct draft draft = { .past = past };
	struct own_side own;
	svctag_error err = own_side_make(b->proposal, origin, &own);

	if (err == SVCTAG_OK)
		err = begin_draft(&draft, origin);
	while (err == SVCTAG_OK && begin < b->item_count && b->items[begin].context == context) {
		size_t end = end_of_tag(b, begin);

		err = b->items[begin].tag == KEPT ? add_kept(b, &draft, origin, &own, &b->items[begin], end - begin)
						  : add_tag(b, &draft, origin, &own, &b->items[begin], end - begin);
		begin = end;
	}
	own_side_release(&own);
	free(draft.ports);
	*ret_end = begin;
	return err;
}

/* The greatest priority of the rules of a direction, or what it was before. */
static unsigned int
greatest_priority(const struct rule_set *set, enum list_direction direction, unsigned int greatest)
{
	for (size_t i = 0; i < rules_count(set); i++) {
		const struct rule *rule = rules_at(set, i);

		if (rule->direction == direction && rule->priority > greatest)
			greatest = rule->priority;
	}
	return greatest;
}

/* Within a layer the order of rules makes no difference; a layer comes after the one before it. */
static svctag_error
add_all(struct builder *b)
{
	const struct origin *before = NULL;
	svctag_error err = SVCTAG_OK;
	unsigned int past = 0;
	size_t i = 0;

	while (i < b->item_count && err == SVCTAG_OK) {
		const struct origin *origin = b->items[i].origin;

		if (before == NULL || before->direction != origin->direction)
			past = 0;
		else if (before->layer != origin->layer)
			past = greatest_priority(b->set, origin->direction, past);
		before = origin;
		err = add_context(b, i, past, &i);
	}
	return err;
}

static void
release(struct builder *b)
{
	for (size_t i = 0; i < b->member_count; i++)
		free(b->members[i].own);
	free(b->members);
	free(b->items);
	free(b->starts[0]);
	free(b->starts[1]);
	rules_free(b->set);
}

svctag_error
proposal_rules(const struct proposal *proposal, struct rule_set **ret, svctag_detail *detail)
{
	struct builder b = { .proposal = proposal, .layout = proposal->layout, .detail = detail };
	svctag_error err = rules_new(b.layout->target, &b.set);

	if (err == SVCTAG_OK)
		err = collect_members(&b);
	if (err == SVCTAG_OK) {
		find_contexts(&b);
		err = collect_items(&b);
	}
	if (err == SVCTAG_OK)
		err = reserve(&b);
	if (err == SVCTAG_OK)
		err = add_all(&b);
	if (err == SVCTAG_OK) {
		*ret = b.set;
		b.set = NULL;
	}
	release(&b);
	return err;
}
