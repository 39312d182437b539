/*
 * What is committed has answered before. The canaries are the first addresses
 * of memberships spread evenly over the release: each has to find the tag,
 * and by a prefix at least as long as the one that was listed.
 */
#include <string.h>

#include <svctag/lookup.h>

#include "prove.h"
#include "release_internal.h"

#define CANARIES 256

static bool
answers(const svctag_snapshot *snapshot, const svctag_lookup_result *result, const char *tag,
	const svctag_prefix *prefix)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	size_t i;

	for (i = 0; i < result->match_count; i++) {
		const svctag_match *match = &result->matches[i];
		svctag_prefix found = svctag_index_prefix(index, match->prefix);

		if (strcmp(svctag_index_tag_name(index, match->tag), tag) == 0)
			return match->contains && svctag_prefix_covers(prefix, &found);
	}
	return false;
}

svctag_error
prove_snapshot(const svctag_snapshot *snapshot, const svctag_release *release, svctag_detail *detail)
{
	const struct membership *members = release_memberships(release);
	size_t count = svctag_release_prefix_count(release);
	size_t step = count / CANARIES + 1;
	svctag_lookup_result result = { 0 };
	svctag_error err = SVCTAG_OK;
	size_t i;

	for (i = 0; err == SVCTAG_OK && i < count; i += step) {
		const char *tag = svctag_release_tag(release, members[i].tag)->properties.name;
		svctag_query query = { .kind = SVCTAG_QUERY_ADDRESS, .range = svctag_prefix_range(members[i].prefix) };
		char text[SVCTAG_PREFIX_TEXT_SIZE];

		query.range.last = query.range.first;
		err = svctag_lookup(snapshot, &query, &result);
		if (err == SVCTAG_OK && !answers(snapshot, &result, tag, members[i].prefix)) {
			(void)svctag_prefix_format(members[i].prefix, text);
			svctag_detail_set(detail, "the compiled index does not find %s in tag \"%s\"", text, tag);
			err = SVCTAG_E_CORRUPT;
		}
	}
	svctag_lookup_result_release(&result);
	return err;
}
