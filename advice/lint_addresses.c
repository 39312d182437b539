/*
 * Entries: which tag would say the same, and where no address belongs. An
 * entry is in a tag when the tag holds all of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint_internal.h"

/** What holds an entry. Tags are the index's numbers, SVCTAG_NO_TAG for none. */
struct holders {
	uint32_t best;    /* the one to write: usable, of a service, the narrowest */
	uint32_t service; /* the narrowest of a service, usable or not */
	uint32_t cloud;   /* AzureCloud or a region of it */
	bool site_recovery;
};

/* The checks' state: a result that is used again, and what is asked for oftenest. */
struct checking {
	struct lint *lint;
	svctag_lookup_result result;
	uint32_t site_recovery; /* or SVCTAG_NO_TAG */
};

static bool
is_narrower(const struct lint *lint, uint32_t tag, uint32_t than)
{
	return than == SVCTAG_NO_TAG ||
	       svctag_index_tag_at(lint->index, tag).rank < svctag_index_tag_at(lint->index, than).rank;
}

static void
take_holder(const struct checking *checking, uint32_t tag, svctag_target target, struct holders *holders)
{
	const struct lint *lint = checking->lint;

	if (svctag_tag_name_is_azure_cloud(svctag_index_tag_name(lint->index, tag))) {
		if (is_narrower(lint, tag, holders->cloud))
			holders->cloud = tag;
		return;
	}
	holders->site_recovery = holders->site_recovery || tag == checking->site_recovery;
	if (is_narrower(lint, tag, holders->service))
		holders->service = tag;
	if (is_narrower(lint, tag, holders->best) && svctag_tag_usable(lint->index, tag, target) == SVCTAG_USABLE_YES)
		holders->best = tag;
}

/* Ranges that meet more published prefixes than this are only looked for in single prefixes. */
#define MOST_PREFIXES 2000

bool
lint_is_wide(const struct lint *lint, const svctag_range *range)
{
	uint32_t first, end;

	svctag_index_prefixes_in(lint->index, range, &first, &end);
	return end - first > MOST_PREFIXES;
}

/* Wide ranges: the prefixes around the first address that reach the last one, and their tags. */
static void
find_around(struct checking *checking, const svctag_range *range, svctag_target target, struct holders *ret)
{
	const svctag_index *index = checking->lint->index;
	uint32_t id = svctag_index_lookup(index, &range->first);

	for (; id != SVCTAG_NO_PREFIX; id = svctag_index_parent(index, id)) {
		svctag_prefix prefix = svctag_index_prefix(index, id);
		svctag_index_list tags = svctag_index_prefix_tags(index, id);

		if (!svctag_prefix_holds(&prefix, &range->last))
			continue;
		for (size_t i = 0; i < tags.count; i++)
			take_holder(checking, tags.ids[i], target, ret);
	}
}

static struct holders
find_holders(struct checking *checking, const struct list_entry *entry, svctag_target target)
{
	struct holders holders = { SVCTAG_NO_TAG, SVCTAG_NO_TAG, SVCTAG_NO_TAG, false };
	struct lint *lint = checking->lint;
	svctag_query query = { .kind = entry->kind, .range = entry->range };
	const char *intent = entry->intent != NULL ? entry->intent : lint->options->intent;
	uint32_t wanted = SVCTAG_NO_TAG;

	if (lint_is_wide(lint, &entry->range)) {
		find_around(checking, &entry->range, target, &holders);
		return holders;
	}
	lint->error = svctag_lookup(lint->snapshot, &query, &checking->result);
	if (lint->error != SVCTAG_OK)
		return holders;
	if (intent == NULL || svctag_index_find_tag(lint->index, intent, strlen(intent), &wanted) != SVCTAG_OK)
		wanted = SVCTAG_NO_TAG;
	for (size_t i = 0; i < checking->result.match_count; i++) {
		const svctag_match *match = &checking->result.matches[i];

		if (match->contains)
			take_holder(checking, match->tag, target, &holders);
	}
	/* What the list says that it means goes before what is narrow. */
	for (size_t i = 0; i < checking->result.match_count && wanted != SVCTAG_NO_TAG; i++) {
		if (checking->result.matches[i].contains && checking->result.matches[i].tag == wanted &&
		    svctag_tag_usable(lint->index, wanted, target) == SVCTAG_USABLE_YES)
			holders.best = wanted;
	}
	return holders;
}

static void
tell_route(struct lint *lint, const struct list_entry *entry, const char *text)
{
	if (lint_begin(lint, LINT_SITE_RECOVERY_ROUTE, LINT_WARNING))
		lint_add(lint, LINT_SITE_RECOVERY_ROUTE, LINT_WARNING, (struct lint_place){ entry->line, entry->rule },
			 "AzureSiteRecovery",
			 lint_text(lint, "%s is an address of Site Recovery, which does not belong in a route table",
				   text),
			 "Take the route out; allow AzureSiteRecovery in the network security group, and give the "
			 "subnet a service endpoint for storage.");
}

/* How to write the tag, where the list is something else than rules for one side. */
static const char *
fix_of(struct lint *lint, const struct list_entry *entry, const char *name, bool shared)
{
	if (entry->rule->kind == LIST_KIND_IP_GROUP)
		return lint_text(lint, "Name %s in the rules, in place of this group.", name);
	if (shared)
		return lint_text(lint, "Keep it if it is a machine of your own; %s would let other customers in.",
				 name);
	return lint_text(lint, "Write %s.", name);
}

static void
tell_hard_coded(struct lint *lint, const struct list_entry *entry, const char *text, const struct holders *holders)
{
	bool usable = holders->best != SVCTAG_NO_TAG;
	uint32_t tag = usable ? holders->best : holders->service;
	const char *name = svctag_index_tag_name(lint->index, tag);
	bool inbound = entry->rule->direction == LIST_INBOUND && entry->side == LIST_SOURCE &&
		       entry->rule->access != LIST_DENY;
	bool shared = inbound && svctag_tag_is_shared(lint->index, tag);
	enum lint_severity severity = usable && !shared ? LINT_WARNING : LINT_NOTE;

	if (!lint_begin(lint, LINT_HARD_CODED_ADDRESS, severity))
		return;
	lint_add(lint, LINT_HARD_CODED_ADDRESS, severity, (struct lint_place){ entry->line, entry->rule }, name,
		 lint_text(lint, usable ? "%s lies in %s" : "%s lies in %s, which cannot be used here", text, name),
		 usable ? fix_of(lint, entry, name, shared)
			: "Keep it, and watch it: `svctag drift` tells when it leaves.");
}

static void
tell_azure(struct lint *lint, const struct list_entry *entry, const char *text, uint32_t tag)
{
	const char *name = svctag_index_tag_name(lint->index, tag);

	if (lint_begin(lint, LINT_AZURE_ADDRESS, LINT_NOTE))
		lint_add(lint, LINT_AZURE_ADDRESS, LINT_NOTE, (struct lint_place){ entry->line, entry->rule }, name,
			 lint_text(lint, "%s lies in %s, and in no service's tag", text, name),
			 "Find out whose it is; if nobody knows, take it out.");
}

/* ---------------------------------------------------------------- routes */

static bool
begins(const char *text, const char *word)
{
	return text != NULL && strncasecmp(text, word, strlen(word)) == 0;
}

static bool
has_storage_endpoint(const struct list *list)
{
	for (size_t i = 0; i < list->endpoint_count; i++)
		if (begins(list->endpoints[i].service, "Microsoft.Storage"))
			return true;
	return false;
}

/* A route for a tag of storage straight to the Internet does what an endpoint does. */
static bool
is_storage_route(const struct lint *lint, const struct lint_item *item)
{
	return item->peer == PEER_TAG && lint_item_rule(item)->kind == LIST_KIND_ROUTE &&
	       begins(lint_item_rule(item)->next_hop, "Internet") &&
	       (strcasecmp(svctag_index_tag_name(lint->index, item->tag), "Storage") == 0 ||
		begins(svctag_index_tag_name(lint->index, item->tag), "Storage."));
}

/* The resources that have such a route, in order; NULL-terminated is not needed. */
struct resources {
	const char **names;
	size_t count;
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct resources
storage_routes(struct lint *lint)
{
	struct resources resources = { calloc(lint->list->mention_count + 1, sizeof(char *)), 0 };

	if (resources.names == NULL) {
		lint->error = SVCTAG_E_NO_MEMORY;
		return resources;
	}
	for (size_t i = 0; i < lint->item_count; i++)
		if (lint->items[i].mention != NULL && is_storage_route(lint, &lint->items[i]))
			resources.names[resources.count++] = lint_item_rule(&lint->items[i])->resource;
	if (resources.count > 1)
		qsort(resources.names, resources.count, sizeof(*resources.names), compare_names);
	return resources;
}

static void
check_default_route(struct lint *lint, const struct lint_item *item, const struct resources *resources)
{
	const struct list_rule *rule = lint_item_rule(item);
	bool gateway = begins(rule->next_hop, "VirtualNetworkGateway");

	if (!lint_item_is_any(item) || (!gateway && !begins(rule->next_hop, "VirtualAppliance")) ||
	    has_storage_endpoint(lint->list) ||
	    (rule->resource != NULL && resources->count > 0 &&
	     bsearch(&rule->resource, resources->names, resources->count, sizeof(*resources->names), compare_names) !=
		     NULL) ||
	    !lint_begin(lint, LINT_FORCED_TUNNELLING, LINT_WARNING))
		return;
	lint_add(lint, LINT_FORCED_TUNNELLING, LINT_WARNING, (struct lint_place){ lint_item_line(item), rule }, NULL,
		 lint_text(lint, "the default route leads to a %s, and nothing here keeps traffic to storage off it",
			   gateway ? "gateway" : "virtual appliance"),
		 "Give the subnet a service endpoint for Microsoft.Storage, or add a route for the Storage tag to the "
		 "Internet.");
}

static void
check_default_routes(struct lint *lint)
{
	struct resources resources;

	if (!lint_is_on(lint, LINT_FORCED_TUNNELLING))
		return;
	resources = storage_routes(lint);
	for (size_t i = 0; i < lint->item_count && lint_goes_on(lint, i, lint->item_count); i++)
		if (lint_item_rule(&lint->items[i])->kind == LIST_KIND_ROUTE)
			check_default_route(lint, &lint->items[i], &resources);
	free(resources.names);
}

/* --------------------------------------------------------------- storage */

/* What the firewall of a storage account does not take. */
static void
check_storage(struct lint *lint, const struct list_entry *entry, const char *text)
{
	const svctag_range *range = &entry->range;
	const svctag_limit *longest = svctag_limit_find(SVCTAG_TARGET_COUNT, "storageLongestPrefix");
	bool ipv6 = range->first.family == SVCTAG_IPV6;
	const char *slash = strrchr(text, '/');
	unsigned long most = longest != NULL ? longest->maximum : 30;

	if (!ipv6 && (slash == NULL || strchr(entry->text, '/') == NULL || strtoul(slash + 1, NULL, 10) <= most))
		return;
	if (lint_begin(lint, LINT_STORAGE_ADDRESS, LINT_ERROR))
		lint_add(lint, LINT_STORAGE_ADDRESS, LINT_ERROR, (struct lint_place){ entry->line, entry->rule }, NULL,
			 lint_text(lint, "a storage account's firewall does not take %s", text),
			 ipv6 ? "Allow the subnet, by a service endpoint or a private endpoint."
			      : "Write the addresses themselves, without a prefix length.");
}

/* ----------------------------------------------------------------- whole */

/* Does it belong to a route table, whatever the format says? */
static bool
is_route(const struct lint *lint, const struct list_entry *entry)
{
	return entry->rule->kind == LIST_KIND_ROUTE ||
	       (lint->options->has_target && lint->options->target == SVCTAG_TARGET_UDR);
}

/* Where no tag can take its place there is nothing to say. */
static bool
takes_tags(const struct lint *lint, const struct list_entry *entry)
{
	if (entry->rule->kind == LIST_KIND_STORAGE)
		return false;
	return lint_target(lint, entry->rule) != SVCTAG_TARGET_FIREWALL || entry->side != LIST_SOURCE;
}

static void
check_entry(struct checking *checking, size_t i)
{
	struct lint *lint = checking->lint;
	const struct list_entry *entry = &lint->list->entries[i];
	struct lint_item item = { .entry = entry };
	char text[SVCTAG_RANGE_TEXT_SIZE];
	struct holders holders;

	if (!lint_is_own(entry->rule) || lint_item_is_any(&item))
		return;
	(void)list_entry_format(entry, text);
	if (entry->rule->kind == LIST_KIND_STORAGE)
		check_storage(lint, entry, text);
	if (lint->told[i] || !takes_tags(lint, entry))
		return;
	holders = find_holders(checking, entry, lint_target(lint, entry->rule));
	if (lint->error != SVCTAG_OK)
		return;
	if (holders.site_recovery && is_route(lint, entry) && lint_is_on(lint, LINT_SITE_RECOVERY_ROUTE))
		tell_route(lint, entry, text);
	else if (holders.service != SVCTAG_NO_TAG)
		tell_hard_coded(lint, entry, text, &holders);
	else if (holders.cloud != SVCTAG_NO_TAG)
		tell_azure(lint, entry, text, holders.cloud);
}

void
lint_addresses(struct lint *lint)
{
	static const char site_recovery[] = "AzureSiteRecovery";
	struct checking checking = { .lint = lint, .site_recovery = SVCTAG_NO_TAG };

	if (svctag_index_find_tag(lint->index, site_recovery, strlen(site_recovery), &checking.site_recovery) !=
	    SVCTAG_OK)
		checking.site_recovery = SVCTAG_NO_TAG;
	for (size_t i = 0; i < lint->list->entry_count && lint_goes_on(lint, i, lint->list->entry_count); i++)
		check_entry(&checking, i);
	svctag_lookup_result_release(&checking.result);
	check_default_routes(lint);
}
