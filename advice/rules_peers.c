/* The sides of a list's rules as the sides of rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <svctag/set.h>

#include "rules_check.h"
#include "rules_proposal.h"
#include "rules_words.h"

bool
rule_knows_tag(const svctag_snapshot *snapshot, const char *name)
{
	static const char *const platform[] = { "VirtualNetwork", "AzureLoadBalancer", "Internet" };
	uint32_t tag;

	for (size_t i = 0; i < sizeof(platform) / sizeof(platform[0]); i++)
		if (strcasecmp(name, platform[i]) == 0)
			return true;
	return rule_tag_is_valid(name) &&
	       svctag_index_find_tag(svctag_snapshot_index(snapshot), name, strlen(name), &tag) == SVCTAG_OK;
}

static svctag_error
append_range(const svctag_range *range, svctag_prefix **prefixes, size_t *count, size_t *capacity)
{
	svctag_prefix *some = NULL;
	svctag_set *set = NULL;
	size_t some_count = 0;
	svctag_error err = svctag_set_of_ranges(range, 1, &set);

	if (err == SVCTAG_OK)
		err = svctag_set_prefixes(set, &some, &some_count);
	svctag_set_free(set);
	if (err == SVCTAG_OK && *count + some_count > *capacity) {
		size_t more = 2 * (*count + some_count);
		svctag_prefix *bigger = reallocarray(*prefixes, more, sizeof(*bigger));

		if (bigger == NULL)
			err = SVCTAG_E_NO_MEMORY;
		else {
			*prefixes = bigger;
			*capacity = more;
		}
	}
	if (err == SVCTAG_OK && some_count > 0) {
		memcpy(*prefixes + *count, some, some_count * sizeof(*some));
		*count += some_count;
	}
	free(some);
	return err;
}

svctag_error
origin_prefixes(const struct proposal *proposal, const struct origin *origin, bool remote, svctag_prefix **ret,
		size_t *ret_count)
{
	const struct layout *layout = proposal->layout;
	svctag_prefix *prefixes = NULL;
	svctag_error err = SVCTAG_OK;
	size_t capacity = 0;
	size_t count = 0;

	for (size_t i = 0; i < origin->entry_count && err == SVCTAG_OK; i++) {
		size_t entry = layout->entries[origin->first_entry + i];

		if (layout_is_remote(layout, entry) == remote)
			err = append_range(&layout->list->entries[entry].range, &prefixes, &count, &capacity);
	}
	if (err != SVCTAG_OK) {
		free(prefixes);
		return err;
	}
	*ret = prefixes;
	*ret_count = count;
	return SVCTAG_OK;
}

static bool
is_own_mention(const struct origin *origin, const struct list_mention *mention)
{
	return mention->side != LIST_SIDE_NONE && !layout_side_is_remote(origin->direction, mention->side);
}

svctag_error
own_side_make(const struct proposal *proposal, const struct origin *origin, struct own_side *ret)
{
	const struct layout *layout = proposal->layout;
	bool tags = layout->target == SVCTAG_TARGET_NSG;
	size_t prefixes = 0;
	svctag_error err;

	*ret = (struct own_side){ .peers = calloc(origin->mention_count + 1, sizeof(*ret->peers)) };
	if (ret->peers == NULL)
		return SVCTAG_E_NO_MEMORY;
	/* Routes are from anywhere. */
	err = layout->target == SVCTAG_TARGET_UDR ? SVCTAG_OK
						  : origin_prefixes(proposal, origin, false, &ret->prefixes, &prefixes);
	if (err != SVCTAG_OK)
		return err;
	if (prefixes > 0)
		ret->peers[ret->count++] = (struct rule_peer){ .kind = RULE_ADDRESSES,
							       .prefixes = ret->prefixes,
							       .prefix_count = prefixes };
	for (size_t i = 0; i < origin->mention_count && layout->target != SVCTAG_TARGET_UDR; i++) {
		const struct list_mention *mention =
			&layout->list->mentions[layout->mentions[origin->first_mention + i]];

		if (!is_own_mention(origin, mention) || rule_is_any(mention->tag))
			continue;
		if (tags && rule_knows_tag(proposal->snapshot, mention->tag))
			ret->peers[ret->count++] = (struct rule_peer){ .kind = RULE_TAG, .tag = mention->tag };
		else if (ret->unknown == NULL)
			ret->unknown = mention->tag;
	}
	if (ret->count == 0)
		ret->peers[ret->count++] = (struct rule_peer){ .kind = RULE_ANY };
	return SVCTAG_OK;
}

void
own_side_release(struct own_side *side)
{
	free(side->peers);
	free(side->prefixes);
	*side = (struct own_side){ 0 };
}

char *
own_side_text(const struct own_side *side)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < side->count; i++) {
		const struct rule_peer *peer = &side->peers[i];
		char prefix[SVCTAG_PREFIX_TEXT_SIZE];

		fprintf(out, "%d %s", (int)peer->kind, peer->tag != NULL ? peer->tag : "");
		for (size_t p = 0; p < peer->prefix_count; p++) {
			svctag_prefix_format(&peer->prefixes[p], prefix);
			fprintf(out, " %s", prefix);
		}
		putc('\n', out);
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

size_t
rule_split_ports(char *text, const char **ret)
{
	char *rest = text;
	size_t count = 0;

	while (count < RULE_MOST_PORTS && (ret[count] = strsep(&rest, ",")) != NULL)
		count++;
	return count;
}
