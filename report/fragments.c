#include "fragments_internal.h"

#include <stdlib.h>
#include <string.h>

#include "lookup.h"

static const char opening[] = "{\"query\":\"";
static const char middle[] = "\",\"kind\":\"address\",\"normalized\":\"";
static const char no_region[] = "null";
static const char matches[] = ",\"matches\":[";
static const char ending[] = "]}";

/* What most tags' parts take: 470 bytes, where the first line may begin anywhere. */
#define USUAL_PARTS 512
#define CACHE_LINE 64

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

/* Where an answer with one match is cut up. Its strings are escaped, so none of the marks can stand inside one. */
struct cuts {
	const char *release;
	const char *region;
	const char *region_end;
	const char *match;
	const char *prefix;
	const char *tail;
	const char *end;
};

static struct cuts
find_cuts(const char *answer, const char *prefix)
{
	struct cuts cuts;

	cuts.release = answer + sizeof(opening) - 1 + 2 * (sizeof(sample_query) - 1) + sizeof(middle) - 1;
	cuts.region = strstr(cuts.release, "\"region\":") + sizeof("\"region\":") - 1;
	cuts.region_end = strstr(cuts.region, matches);
	cuts.match = cuts.region_end + sizeof(matches) - 1;
	cuts.prefix = strstr(cuts.match, ",\"prefix\":\"") + sizeof(",\"prefix\":\"") - 1;
	cuts.tail = cuts.prefix + strlen(prefix);
	cuts.end = cuts.tail + strlen(cuts.tail) - (sizeof(ending) - 1);
	return cuts;
}

static char *
put(char *to, const char *text, size_t size)
{
	memcpy(to, text, size);
	return to + size;
}

/* Append a tag's parts. @return where they are; OUTLINE_NO_PARTS: there is no memory, or no number for that place */
static uint32_t
keep(struct report_fragments *fragments, const struct cuts *cuts)
{
	const struct tag_parts sizes = { .region_size = (uint32_t)(cuts->region_end - cuts->region),
					 .head_size = (uint32_t)(cuts->prefix - cuts->match),
					 .tail_size = (uint32_t)(cuts->end - cuts->tail) };
	size_t text = (size_t)sizes.region_size + sizes.head_size + sizes.tail_size;
	size_t size = (sizeof(sizes) + text + _Alignof(struct tag_parts) - 1) / _Alignof(struct tag_parts) *
		      _Alignof(struct tag_parts);
	size_t place = fragments->size;
	char *to;

	if (fragments->parts == NULL || place + size > fragments->capacity) {
		size_t capacity = 2 * (place + size);
		char *parts = realloc(fragments->parts, capacity);

		if (parts == NULL)
			return OUTLINE_NO_PARTS;
		fragments->parts = parts;
		fragments->capacity = capacity;
	}
	to = put(fragments->parts + place, (const char *)&sizes, sizeof(sizes));
	to = put(to, cuts->region, sizes.region_size);
	to = put(to, cuts->match, sizes.head_size);
	(void)put(to, cuts->tail, sizes.tail_size);
	fragments->size += size;
	return place < OUTLINE_NO_PARTS ? (uint32_t)place : OUTLINE_NO_PARTS;
}

static svctag_error
keep_release(struct report_fragments *fragments, const struct cuts *cuts)
{
	if (fragments->release != NULL)
		return SVCTAG_OK;
	fragments->release_size = (size_t)(cuts->region - cuts->release);
	fragments->release = malloc(fragments->release_size);
	if (fragments->release == NULL)
		return SVCTAG_E_NO_MEMORY;
	memcpy(fragments->release, cuts->release, fragments->release_size);
	return SVCTAG_OK;
}

/* A prefix is found to stand in the sample; which one it is does not matter. */
static svctag_error
make_parts(struct report_fragments *fragments, const svctag_query *query, uint32_t tag, uint32_t prefix_id,
	   uint32_t *ret_place)
{
	const svctag_prefix prefix = svctag_index_prefix(fragments->index, prefix_id);
	char prefix_text[SVCTAG_PREFIX_TEXT_SIZE];
	struct cuts cuts;
	char *answer = NULL;
	size_t size;
	svctag_error err = render(fragments, tag, query, prefix_id, &answer, &size);

	svctag_prefix_format(&prefix, prefix_text);
	if (err == SVCTAG_OK) {
		cuts = find_cuts(answer, prefix_text);
		err = keep_release(fragments, &cuts);
	}
	if (err == SVCTAG_OK) {
		*ret_place = keep(fragments, &cuts);
		err = *ret_place == OUTLINE_NO_PARTS ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	}
	free(answer);
	return err;
}

static const struct tag_parts *
parts_at(const struct report_fragments *fragments, uint32_t place)
{
	return (const void *)(fragments->parts + place);
}

static uint32_t
size_of_parts(const struct report_fragments *fragments, const struct report_outline *outline)
{
	uint32_t size = outline->region == OUTLINE_NO_PARTS ? 0 : parts_at(fragments, outline->region)->region_size;

	for (size_t i = 0; i < outline->count; i++) {
		const struct tag_parts *parts = parts_at(fragments, outline->tags[i]);

		size += parts->head_size + parts->tail_size;
	}
	return size;
}

static svctag_error
make_outlines(struct report_fragments *fragments, const uint32_t *places)
{
	size_t count = svctag_index_total_prefix_count(fragments->index);

	fragments->outlines = outlines_new(fragments->index, places);
	if (fragments->outlines == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		struct report_outline *outline = &fragments->outlines[i];

		if (outline->count != OUTLINE_TOO_MANY)
			outline->size = size_of_parts(fragments, outline);
	}
	return SVCTAG_OK;
}

/* The parts of all tags, and an outline for each prefix. */
static svctag_error
make_all(struct report_fragments *fragments)
{
	size_t count = svctag_index_tag_count(fragments->index);
	uint32_t *places = calloc(count + 1, sizeof(*places));
	svctag_query query;
	svctag_error err = places == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;

	if (err == SVCTAG_OK)
		err = svctag_query_parse(sample_query, sizeof(sample_query) - 1, &query, NULL);
	for (uint32_t tag = 0; err == SVCTAG_OK && tag < count; tag++)
		err = make_parts(fragments, &query, tag, 0, &places[tag]);
	if (err == SVCTAG_OK)
		err = make_outlines(fragments, places);
	free(places);
	return err;
}

svctag_error
report_fragments_new(const svctag_snapshot *snapshot, struct report_fragments **ret)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	size_t prefixes = svctag_index_total_prefix_count(index);
	struct report_fragments *fragments = calloc(1, sizeof(*fragments));
	svctag_error err = SVCTAG_OK;

	if (fragments == NULL)
		return SVCTAG_E_NO_MEMORY;
	fragments->snapshot = snapshot;
	fragments->index = index;
	fragments->labels = label_store_new(prefixes);
	if (fragments->labels == NULL)
		err = SVCTAG_E_NO_MEMORY;
	/* Without a prefix there is no match, and report_fragments_find() leaves all to report_lookup(). */
	if (err == SVCTAG_OK && prefixes > 0)
		err = make_all(fragments);
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
	free(fragments->outlines);
	free(fragments->parts);
	free(fragments->release);
	free(fragments);
}

/* They lie anywhere: have them fetched together, and not each when the one before has been copied. */
static void
prefetch_parts(const struct report_fragments *fragments, const struct report_outline *outline)
{
	for (size_t i = 0; i < outline->count; i++) {
		const char *parts = fragments->parts + outline->tags[i];

		for (size_t n = 0; n < USUAL_PARTS; n += CACHE_LINE)
			__builtin_prefetch(parts + n);
	}
}

bool
report_fragments_of_prefix(const struct report_fragments *fragments, uint32_t prefix,
			   const struct report_fragments_address *address, struct report_fragments_answer *ret)
{
	const struct report_outline *outline;
	size_t size;

	if (fragments->outlines == NULL)
		return false;
	outline = outline_of(fragments->outlines, prefix);
	if (outline->count == OUTLINE_TOO_MANY)
		return false;
	prefetch_parts(fragments, outline);
	size = sizeof(opening) + address->size + sizeof(middle) + address->normalized_size + fragments->release_size +
	       sizeof(no_region) + sizeof(matches) + outline->size +
	       outline->count * (sizeof(",") + SVCTAG_PREFIX_TEXT_SIZE) + sizeof(ending);
	*ret = (struct report_fragments_answer){ size, *address, outline };
	return true;
}

uint32_t
report_fragments_prefix_ipv4(const struct report_fragments *fragments, uint32_t address)
{
	uint32_t prefix = svctag_index_lookup_ipv4(fragments->index, address);

	if (fragments->outlines != NULL)
		__builtin_prefetch(outline_of(fragments->outlines, prefix));
	return prefix;
}

bool
report_fragments_find(const struct report_fragments *fragments, const char *text, size_t size,
		      const svctag_query *query, struct report_fragments_answer *ret)
{
	const struct report_fragments_address asked = { text, size, query->normalized, strlen(query->normalized) };

	return query->kind == SVCTAG_QUERY_ADDRESS &&
	       report_fragments_of_prefix(fragments, svctag_index_lookup(fragments->index, &query->range.first), &asked,
					  ret);
}

/** The text of a prefix, which is that of several tags. */
struct prefix_text {
	unsigned int length; /* of the prefix */
	size_t size;
	char text[SVCTAG_PREFIX_TEXT_SIZE];
};

/* Write the longest prefix, cut off at this length. */
static void
format_prefix(const struct report_outline *outline, unsigned int length, struct prefix_text *ret)
{
	svctag_address address = { .family = outline->longest.family };
	svctag_prefix prefix;

	memcpy(address.bytes, outline->longest.bytes, sizeof(address.bytes));
	prefix = svctag_prefix_make(&address, length);
	ret->length = length;
	ret->size = svctag_prefix_format(&prefix, ret->text);
}

char *
report_fragments_write(const struct report_fragments *fragments, const struct report_fragments_answer *answer, char *to)
{
	const struct report_outline *outline = answer->outline;
	struct prefix_text prefix = { 0 };

	to = put(to, opening, sizeof(opening) - 1);
	to = put(to, answer->address.text, answer->address.size);
	to = put(to, middle, sizeof(middle) - 1);
	to = put(to, answer->address.normalized, answer->address.normalized_size);
	to = put(to, fragments->release, fragments->release_size);
	if (outline->region == OUTLINE_NO_PARTS) {
		to = put(to, no_region, sizeof(no_region) - 1);
	} else {
		const struct tag_parts *parts = parts_at(fragments, outline->region);

		to = put(to, parts->text, parts->region_size);
	}
	to = put(to, matches, sizeof(matches) - 1);
	for (size_t i = 0; i < outline->count; i++) {
		const struct tag_parts *parts = parts_at(fragments, outline->tags[i]);
		const char *head = parts->text + parts->region_size;

		if (prefix.size == 0 || outline->lengths[i] != prefix.length)
			format_prefix(outline, outline->lengths[i], &prefix);
		if (i > 0)
			*to++ = ',';
		to = put(to, head, parts->head_size);
		to = put(to, prefix.text, prefix.size);
		to = put(to, head + parts->head_size, parts->tail_size);
	}
	return put(to, ending, sizeof(ending) - 1);
}
