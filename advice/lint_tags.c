/* Names in place of addresses: are they tags, in this very spelling, and can they stand where they stand? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint_internal.h"

static struct lint_place
place_of(const struct lint_item *item)
{
	return (struct lint_place){ lint_item_line(item), lint_item_rule(item) };
}

/* The nearest names, or what else is known of one that is none. */
static void
tell_unknown(struct lint *lint, struct lint_place place, const char *name)
{
	const char *meant = lint->guesses > 0 ? lint_meant(lint, name) : NULL;
	uint32_t near;
	size_t size = strlen(name);

	if (meant != NULL && lint_is_on(lint, LINT_DOCUMENT_SPELLING)) {
		lint->guesses--;
		if (lint_begin(lint, LINT_DOCUMENT_SPELLING, LINT_ERROR))
			lint_add(lint, LINT_DOCUMENT_SPELLING, LINT_ERROR, place, meant,
				 lint_text(lint, "'%.80s' is what documents call it, not the name of a tag", name),
				 lint_text(lint, "Write %s.", meant));
		return;
	}
	if (!lint_begin(lint, LINT_UNKNOWN_TAG, LINT_ERROR))
		return;
	/* Nothing that is longer is near to a tag. */
	if (lint->guesses > 0 && size <= 80 && svctag_index_near_tags(lint->index, name, size, &near, 1) > 0)
		meant = svctag_index_tag_name(lint->index, near);
	lint->guesses -= lint->guesses > 0;
	lint_add(lint, LINT_UNKNOWN_TAG, LINT_ERROR, place, meant,
		 lint_text(lint, "the release has no tag '%.80s'", name),
		 meant != NULL ? lint_text(lint, "Write %s, if that is what is meant.", meant)
			       : "Write a tag of the release; `svctag tags` lists them.");
}

static void
tell_case(struct lint *lint, struct lint_place place, const char *written, const char *published)
{
	if (strcmp(written, published) == 0 || !lint_begin(lint, LINT_TAG_CASE, LINT_NOTE))
		return;
	lint_add(lint, LINT_TAG_CASE, LINT_NOTE, place, published,
		 lint_text(lint, "'%.80s' is published as %s", written, published),
		 lint_text(lint, "Write %s.", published));
}

static const char *
target_name(svctag_target target)
{
	switch (target) {
	case SVCTAG_TARGET_UDR: return "a route table";
	case SVCTAG_TARGET_FIREWALL: return "Azure Firewall";
	case SVCTAG_TARGET_NSG:
	case SVCTAG_TARGET_COUNT: break;
	}
	return "a network security group";
}

/* The undotted parent, or another tag of the same service, that can be used where this one cannot. NULL if none can. */
static const char *
usable_parent(const struct lint *lint, const char *name, svctag_target target)
{
	const char *dot = strchr(name, '.');
	uint32_t parent;

	if (dot == NULL || svctag_index_find_tag(lint->index, name, (size_t)(dot - name), &parent) != SVCTAG_OK ||
	    svctag_tag_usable(lint->index, parent, target) != SVCTAG_USABLE_YES)
		return NULL;
	return svctag_index_tag_name(lint->index, parent);
}

static void
tell_unusable(struct lint *lint, const struct lint_item *item, svctag_target target)
{
	const char *name = svctag_index_tag_name(lint->index, item->tag);
	const char *features = svctag_index_tag_at(lint->index, item->tag).properties.network_features;
	svctag_usable usable = svctag_tag_usable(lint->index, item->tag, target);
	enum lint_severity severity = usable == SVCTAG_USABLE_UNKNOWN ? LINT_NOTE : LINT_ERROR;
	const char *parent = usable_parent(lint, name, target);
	const char *message;

	if (usable == SVCTAG_USABLE_YES || !lint_begin(lint, LINT_UNUSABLE_TAG, severity))
		return;
	if (usable == SVCTAG_USABLE_UNKNOWN)
		message = lint_text(lint,
				    "whether %s can be used in %s is unknown: the published file and the "
				    "documents disagree",
				    name, target_name(target));
	else
		message =
			lint_text(lint, "%s cannot be used in %s: the release lists it for %s", name,
				  target_name(target), features != NULL && features[0] != '\0' ? features : "nothing");
	lint_add(lint, LINT_UNUSABLE_TAG, severity, place_of(item), name, message,
		 usable == SVCTAG_USABLE_UNKNOWN ? "Try it on a test network first."
		 : parent != NULL                ? lint_text(lint, "Write %s, which can.", parent)
						 : "Write another tag of the service, or addresses.");
}

/* What a side cannot have, whatever its name. */
static bool
tell_side(struct lint *lint, const struct lint_item *item, svctag_target target)
{
	char text[LINT_ITEM_SIZE];
	bool source = target == SVCTAG_TARGET_FIREWALL && lint_item_side(item) == LIST_SOURCE;
	bool route = target == SVCTAG_TARGET_UDR && item->peer != PEER_TAG && lint_item_side(item) != LIST_SOURCE;

	if (!source && !route)
		return false;
	if (!lint_begin(lint, LINT_UNUSABLE_TAG, LINT_ERROR))
		return true;
	(void)lint_item_text(item, text);
	lint_add(lint, LINT_UNUSABLE_TAG, LINT_ERROR, place_of(item), text,
		 source ? lint_text(lint, "Azure Firewall takes service tags as destinations only, not %s as a source",
				    text)
			: lint_text(lint, "a route cannot have %s as its prefix", text),
		 source ? "Write the source's addresses, or an IP Group."
			: "Write a prefix (0.0.0.0/0 for everything) or a service tag.");
	return true;
}

static void
check_item(struct lint *lint, const struct lint_item *item)
{
	svctag_target target = lint_target(lint, lint_item_rule(item));
	struct lint_place place = place_of(item);

	if (item->peer == PEER_UNKNOWN) {
		tell_unknown(lint, place, item->mention->tag);
		return;
	}
	if (item->peer == PEER_ANY) {
		if (target == SVCTAG_TARGET_UDR)
			(void)tell_side(lint, item, target);
		return;
	}
	tell_case(lint, place, item->mention->tag,
		  item->peer == PEER_TAG ? svctag_index_tag_name(lint->index, item->tag) : lint_reserved(item->tag));
	if (!tell_side(lint, item, target) && item->peer == PEER_TAG)
		tell_unusable(lint, item, target);
}

/* The tags that entries are meant for, where the list says so. Runs of the same intent are told once. */
static void
check_intents(struct lint *lint)
{
	const struct list *list = lint->list;
	const char *before = NULL;

	for (size_t i = 0; i < list->entry_count && lint_goes_on(lint, i, list->entry_count); i++) {
		const struct list_entry *entry = &list->entries[i];
		struct lint_place place = { entry->line, entry->rule };
		uint32_t tag;

		if (entry->intent == NULL || (before != NULL && strcmp(entry->intent, before) == 0))
			continue;
		before = entry->intent;
		if (svctag_index_find_tag(lint->index, before, strlen(before), &tag) == SVCTAG_OK)
			tell_case(lint, place, before, svctag_index_tag_name(lint->index, tag));
		else
			tell_unknown(lint, place, before);
	}
}

void
lint_tags(struct lint *lint)
{
	for (size_t i = 0; i < lint->item_count && lint_goes_on(lint, i, lint->item_count); i++) {
		const struct lint_item *item = &lint->items[i];
		const struct list_rule *rule = lint_item_rule(item);

		/* Elsewhere a name may be that of a set, a group, a prefix list. */
		if (item->mention != NULL && lint_is_own(rule) && lint_has_target(lint, rule))
			check_item(lint, item);
	}
	check_intents(lint);
}
