#include "fragments_internal.h"

#include <stdlib.h>
#include <string.h>

#include "lookup.h"

static const char opening[] = "{\"query\":\"";
static const char middle[] = "\",\"kind\":\"address\",\"normalized\":\"";
static const char no_region[] = "null";
static const char matches[] = ",\"matches\":[";
static const char ending[] = "]}";

/* What an answer for a tag looks like when the query is this, the unspecified address. */
static const char sample_query[] = "::";

/*
 * Render an answer with one match, of the tag by its first prefix, as
 * report_lookup() does, so that the parts are its very bytes.
 */
static svctag_error
render(const struct report_fragments *fragments, uint32_t tag, const svctag_query *query, uint32_t prefix, char **ret,
       size_t *ret_size)
{
	const char *region = svctag_index_tag_at(fragments->index, tag).properties.region;
	const struct report_query asked = { .text = sample_query, .size = sizeof(sample_query) - 1 };
	const svctag_match match = { .tag = tag, .prefix = prefix, .contains = true };
	const svctag_lookup_result result = { .matches = &match, .match_count = 1, .region = region };
	const struct lookup_answer answer = { fragments->snapshot, &asked, query, &result };
	FILE *out = open_memstream(ret, ret_size);
	svctag_error err;

	if (out == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = lookup_write_json(out, &answer, "");
	if (fclose(out) != 0 && err == SVCTAG_OK)
		err = SVCTAG_E_NO_MEMORY;
	return err;
}

/* Append to the text. */
static svctag_error
keep(struct report_fragments *fragments, const char *from, const char *until, struct part *ret)
{
	size_t size = (size_t)(until - from);

	if (fragments->text == NULL || fragments->size + size > fragments->capacity) {
		size_t capacity = 2 * (fragments->size + size);
		char *text = realloc(fragments->text, capacity);

		if (text == NULL)
			return SVCTAG_E_NO_MEMORY;
		fragments->text = text;
		fragments->capacity = capacity;
	}
	memcpy(fragments->text + fragments->size, from, size);
	*ret = (struct part){ (uint32_t)fragments->size, (uint32_t)size };
	fragments->size += size;
	return SVCTAG_OK;
}

/* Cut an answer up. Its strings are escaped, so none of the marks can stand inside one of them. */
static svctag_error
cut(struct report_fragments *fragments, const char *answer, const char *prefix, struct tag_parts *ret)
{
	const char *release = answer + sizeof(opening) - 1 + 2 * (sizeof(sample_query) - 1) + sizeof(middle) - 1;
	const char *region = strstr(release, "\"region\":") + sizeof("\"region\":") - 1;
	const char *region_end = strstr(region, matches);
	const char *match = region_end + sizeof(matches) - 1;
	const char *at = strstr(match, ",\"prefix\":\"") + sizeof(",\"prefix\":\"") - 1;
	svctag_error err = SVCTAG_OK;

	if (fragments->release.size == 0)
		err = keep(fragments, release, region, &fragments->release);
	if (err == SVCTAG_OK)
		err = keep(fragments, region, region_end, &ret->region);
	if (err == SVCTAG_OK)
		err = keep(fragments, match, at, &ret->head);
	if (err == SVCTAG_OK)
		err = keep(fragments, at + strlen(prefix), answer + strlen(answer) - (sizeof(ending) - 1), &ret->tail);
	return err;
}

/* A prefix is found to stand in the sample; which one it is does not matter. */
static svctag_error
make_parts(struct report_fragments *fragments, const svctag_query *query, uint32_t tag, uint32_t prefix_id)
{
	const svctag_prefix prefix = svctag_index_prefix(fragments->index, prefix_id);
	char prefix_text[SVCTAG_PREFIX_TEXT_SIZE];
	char *answer = NULL;
	size_t size;
	svctag_error err = render(fragments, tag, query, prefix_id, &answer, &size);

	svctag_prefix_format(&prefix, prefix_text);
	if (err == SVCTAG_OK)
		err = cut(fragments, answer, prefix_text, &fragments->tags[tag]);
	free(answer);
	return err;
}

svctag_error
report_fragments_new(const svctag_snapshot *snapshot, struct report_fragments **ret)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	size_t prefixes = svctag_index_total_prefix_count(index);
	size_t count = svctag_index_tag_count(index);
	struct report_fragments *fragments = calloc(1, sizeof(*fragments) + count * sizeof(fragments->tags[0]));
	svctag_query query;
	svctag_error err;

	if (fragments == NULL)
		return SVCTAG_E_NO_MEMORY;
	fragments->snapshot = snapshot;
	fragments->index = index;
	fragments->labels = label_store_new(prefixes);
	err = fragments->labels == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	if (err == SVCTAG_OK)
		err = svctag_query_parse(sample_query, sizeof(sample_query) - 1, &query, NULL);
	/* Without a prefix there is no match, and report_fragments_find() leaves all to report_lookup(). */
	for (uint32_t tag = 0; err == SVCTAG_OK && prefixes > 0 && tag < count; tag++)
		err = make_parts(fragments, &query, tag, 0);
	if (err != SVCTAG_OK) {
		report_fragments_free(fragments);
		return err;
	}
	*ret = fragments;
	return SVCTAG_OK;
}

void
report_fragments_free(struct report_fragments *fragments)
{
	if (fragments == NULL)
		return;
	label_store_free(fragments->labels);
	free(fragments->text);
	free(fragments);
}

bool
fragments_collect(const svctag_index *index, uint32_t prefix, struct report_fragments_answer *answer)
{
	svctag_address_tags tags = { .tags = answer->tags,
				     .prefixes = answer->prefixes,
				     .room = REPORT_FRAGMENTS_TAGS };

	if (svctag_lookup_tags(index, prefix, &tags) != SVCTAG_OK)
		return false;
	answer->region = tags.region;
	answer->count = tags.count;
	return true;
}

bool
report_fragments_of_prefix(const struct report_fragments *fragments, uint32_t prefix,
			   const struct report_fragments_address *address, struct report_fragments_answer *ret)
{
	struct report_fragments_answer answer = { .address = *address };

	if (fragments->release.size == 0 || !fragments_collect(fragments->index, prefix, &answer))
		return false;
	answer.size = sizeof(opening) + address->size + sizeof(middle) + address->normalized_size +
		      fragments->release.size + sizeof(matches) + sizeof(ending);
	answer.size += answer.region == SVCTAG_NO_TAG ? sizeof(no_region) : fragments->tags[answer.region].region.size;
	for (size_t i = 0; i < answer.count; i++) {
		const struct tag_parts *parts = &fragments->tags[answer.tags[i]];

		answer.size += 1 + parts->head.size + SVCTAG_PREFIX_TEXT_SIZE + parts->tail.size;
	}
	*ret = answer;
	return true;
}

bool
report_fragments_find(const struct report_fragments *fragments, const char *text, size_t size,
		      const svctag_query *query, struct report_fragments_answer *ret)
{
	const struct report_fragments_address address = { text, size, query->normalized, strlen(query->normalized) };

	return query->kind == SVCTAG_QUERY_ADDRESS &&
	       report_fragments_of_prefix(fragments, svctag_index_lookup(fragments->index, &query->range.first),
					  &address, ret);
}

static char *
put(char *to, const char *text, size_t size)
{
	memcpy(to, text, size);
	return to + size;
}

static char *
put_part(char *to, const struct report_fragments *fragments, struct part part)
{
	return put(to, fragments->text + part.offset, part.size);
}

char *
report_fragments_write(const struct report_fragments *fragments, const struct report_fragments_answer *answer, char *to)
{
	to = put(to, opening, sizeof(opening) - 1);
	to = put(to, answer->address.text, answer->address.size);
	to = put(to, middle, sizeof(middle) - 1);
	to = put(to, answer->address.normalized, answer->address.normalized_size);
	to = put_part(to, fragments, fragments->release);
	if (answer->region == SVCTAG_NO_TAG)
		to = put(to, no_region, sizeof(no_region) - 1);
	else
		to = put_part(to, fragments, fragments->tags[answer->region].region);
	to = put(to, matches, sizeof(matches) - 1);
	for (size_t i = 0; i < answer->count; i++) {
		const struct tag_parts *parts = &fragments->tags[answer->tags[i]];
		const svctag_prefix prefix = svctag_index_prefix(fragments->index, answer->prefixes[i]);

		if (i > 0)
			*to++ = ',';
		to = put_part(to, fragments, parts->head);
		to += svctag_prefix_format(&prefix, to);
		to = put_part(to, fragments, parts->tail);
	}
	return put(to, ending, sizeof(ending) - 1);
}
