/* A list's own rules in the form of the target: what the way back restores. */
#include <stdlib.h>
#include <string.h>

#include "rules_proposal.h"
#include "rules_words.h"

/* Everything that the rules of one origin are made of. */
struct own_rule {
	struct rule rule;
	char place[LIST_PLACE_SIZE];
	char *ports;
	const char *port_list[RULE_MOST_PORTS];
	struct own_side own;
	svctag_prefix *prefixes;
	struct rule_peer *remote;
	size_t remote_count;
};

static void
release(struct own_rule *own)
{
	own_side_release(&own->own);
	free(own->ports);
	free(own->prefixes);
	free(own->remote);
}

static const char *
name_of(const struct origin *origin)
{
	const char *slash = strrchr(origin->rule->path, '/');
	const char *name = slash != NULL ? slash + 1 : origin->rule->path;

	return name[0] != '\0' ? name : "list";
}

/* The addresses as they are written, and the names beside them. */
static svctag_error
find_remote(struct own_rule *own, const struct proposal *proposal, const struct origin *origin)
{
	const struct layout *layout = proposal->layout;
	size_t count;
	svctag_error err = origin_prefixes(proposal, origin, true, &own->prefixes, &count);

	own->remote = calloc(origin->mention_count + 1, sizeof(*own->remote));
	if (err != SVCTAG_OK || own->remote == NULL)
		return SVCTAG_E_NO_MEMORY;
	own->remote[own->remote_count++] =
		(struct rule_peer){ .kind = RULE_ADDRESSES, .prefixes = own->prefixes, .prefix_count = count };
	for (size_t i = 0; i < origin->mention_count; i++) {
		const struct list_mention *mention =
			&layout->list->mentions[layout->mentions[origin->first_mention + i]];

		if (mention->side != LIST_SIDE_NONE && layout_side_is_remote(origin->direction, mention->side) &&
		    rule_knows_tag(proposal->snapshot, mention->tag))
			own->remote[own->remote_count++] = (struct rule_peer){ .kind = RULE_TAG, .tag = mention->tag };
	}
	return SVCTAG_OK;
}

static svctag_error
make(struct own_rule *own, const struct proposal *proposal, const struct origin *origin)
{
	const struct layout *layout = proposal->layout;
	size_t first = layout->entries[origin->first_entry];
	svctag_error err = own_side_make(proposal, origin, &own->own);

	if (err == SVCTAG_OK)
		err = find_remote(own, proposal, origin);
	own->ports = strdup(origin->ports);
	if (err != SVCTAG_OK || own->ports == NULL)
		return SVCTAG_E_NO_MEMORY;
	list_place_format(layout->list, layout->list->entries[first].line, origin->rule->path, own->place);
	own->rule = (struct rule){
		.name = name_of(origin),
		.description = own->place,
		.priority = origin->priority,
		.direction = origin->direction,
		.access = origin->access,
		.protocol = origin->protocol,
		.ports = own->port_list,
		.port_count = rule_split_ports(own->ports, own->port_list),
		.next_hop = origin->next_hop,
	};
	return SVCTAG_OK;
}

/* One rule; where its priority is taken (rules of several groups in one file), the next free one will do. */
static svctag_error
add(struct proposal *proposal, struct own_rule *own, const struct origin *origin, const struct rule_peer *remote,
    const struct rule_peer *local)
{
	bool inbound = origin->direction == LIST_INBOUND;
	size_t count = rules_count(proposal->own);
	svctag_error err;

	own->rule.source = inbound ? *remote : *local;
	own->rule.destination = inbound ? *local : *remote;
	err = rules_add(proposal->own, &own->rule, NULL);
	own->rule.priority = 0;
	if (err == SVCTAG_E_DUPLICATE)
		err = rules_add(proposal->own, &own->rule, NULL);
	proposal->rules_before += rules_count(proposal->own) - count;
	if (err == SVCTAG_E_LIMIT)
		proposal->rules_before++; /* more than the target has room for: counted, not kept */
	return err == SVCTAG_E_NO_MEMORY ? err : SVCTAG_OK;
}

static svctag_error
add_origin(struct proposal *proposal, const struct origin *origin)
{
	struct own_rule own = { .prefixes = NULL };
	svctag_error err = make(&own, proposal, origin);

	for (size_t r = 0; err == SVCTAG_OK && r < own.remote_count; r++)
		for (size_t l = 0; err == SVCTAG_OK && l < own.own.count; l++)
			err = add(proposal, &own, origin, &own.remote[r], &own.own.peers[l]);
	release(&own);
	return err;
}

/* What is restored stands beside what is removed, for a moment: two rules of a group cannot share a priority. */
static svctag_error
keep_off(struct rule_set *own, const struct rule_set *proposed)
{
	svctag_error err = SVCTAG_OK;

	if (rules_target(own) != SVCTAG_TARGET_NSG)
		return SVCTAG_OK;
	for (size_t i = 0; i < rules_count(proposed) && err == SVCTAG_OK; i++) {
		const struct rule *rule = rules_at(proposed, i);

		err = rules_reserve(own, NULL, rule->direction, rule->priority);
	}
	return err;
}

svctag_error
proposal_own_rules(struct proposal *proposal)
{
	const struct layout *layout = proposal->layout;
	svctag_error err = rules_new(layout->target, &proposal->own);

	if (err == SVCTAG_OK)
		err = keep_off(proposal->own, proposal->rules);
	for (size_t i = 0; i < layout->origin_count && err == SVCTAG_OK; i++) {
		const struct origin *origin = &layout->origins[i];

		if (origin->remote == 0)
			continue;
		if (layout->target == SVCTAG_TARGET_UDR && origin->direction == LIST_INBOUND)
			proposal->not_routed += origin->remote;
		else
			err = add_origin(proposal, origin);
	}
	return err;
}
