#include "answers.h"

#include <string.h>

#include <svctag/catalogue.h>

#include "xxh64.h"

#define SPREAD 16

static uint64_t
hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	return svctag_xxh64(bytes, size, hash);
}

static uint64_t
hash_number(uint64_t hash, uint64_t number)
{
	return hash_bytes(hash, &number, sizeof(number));
}

static uint64_t
hash_text(uint64_t hash, const char *text)
{
	return text == NULL ? hash_number(hash, UINT64_MAX) : hash_bytes(hash, text, strlen(text) + 1);
}

static uint64_t
hash_count(uint64_t hash, svctag_count count)
{
	char text[SVCTAG_COUNT_TEXT_SIZE];

	(void)svctag_count_format(count, text);
	return hash_text(hash, text);
}

static void
ask(struct answers_queries *queries, const char *text)
{
	if (queries->count < ANSWERS_MOST_QUERIES &&
	    svctag_query_parse(text, strlen(text), &queries->queries[queries->count], NULL) == SVCTAG_OK)
		queries->count++;
}

/* The prefix itself, its first address, and the range from there to a later one's end. */
static void
ask_about(struct answers_queries *queries, const svctag_prefix *prefix, const svctag_prefix *later)
{
	svctag_range range = svctag_prefix_range(prefix);
	char text[SVCTAG_RANGE_TEXT_SIZE];

	(void)svctag_prefix_format(prefix, text);
	ask(queries, text);
	(void)svctag_address_format(&range.first, text);
	ask(queries, text);
	if (later->family == prefix->family) {
		range.last = svctag_prefix_range(later).last;
		(void)svctag_range_format(&range, text);
		ask(queries, text);
	}
}

void
answers_choose(const svctag_snapshot *snapshot, struct answers_queries *ret)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	size_t total = svctag_index_total_prefix_count(index);

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < SPREAD && total > 0; i++) {
		uint32_t id = (uint32_t)(i * total / SPREAD);
		uint32_t later = id + 5 < total ? id + 5 : (uint32_t)total - 1;
		svctag_prefix prefix = svctag_index_prefix(index, id);
		svctag_prefix after = svctag_index_prefix(index, later);

		ask_about(ret, &prefix, &after);
	}
	ask(ret, "192.0.2.1");
	ask(ret, "2001:db8:ffff::/48");
}

uint64_t
answers_catalogue(const svctag_catalogue *catalogue)
{
	uint64_t hash = 0;

	for (size_t c = 0; c < svctag_catalogue_cloud_count(catalogue); c++) {
		hash = hash_text(hash, svctag_catalogue_cloud(catalogue, c));
		for (size_t i = 0; i < svctag_catalogue_release_count(catalogue, c); i++) {
			const svctag_release_info *info = svctag_catalogue_release(catalogue, c, i);

			hash = hash_text(hash, info->cloud);
			hash = hash_number(hash, (uint64_t)info->change_number);
			hash = hash_text(hash, info->published);
			hash = hash_text(hash, info->source);
			hash = hash_bytes(hash, info->digest, sizeof(info->digest));
			hash = hash_number(hash, info->forced);
			hash = hash_number(hash, info->tag_count);
			hash = hash_number(hash, info->prefix_count);
			hash = hash_number(hash, info->unique_prefix_count);
			hash = hash_count(hash, info->addresses[0]);
			hash = hash_count(hash, info->addresses[1]);
			hash = hash_text(hash, info->warnings);
		}
	}
	return hash;
}

static uint64_t
hash_prefix(uint64_t hash, const svctag_index *index, uint32_t id)
{
	svctag_prefix prefix = svctag_index_prefix(index, id);

	return hash_bytes(hash, &prefix, sizeof(prefix));
}

static uint64_t
hash_result(uint64_t hash, const svctag_index *index, const svctag_lookup_result *result)
{
	for (size_t i = 0; i < result->match_count; i++) {
		const svctag_match *match = &result->matches[i];

		hash = hash_text(hash, svctag_index_tag_name(index, match->tag));
		hash = hash_prefix(hash, index, match->prefix);
		hash = hash_number(hash, match->contains);
		hash = hash_count(hash, match->covered);
		for (size_t n = 0; n < match->prefix_count; n++)
			hash = hash_prefix(hash, index, result->prefixes[match->first_prefix + n]);
	}
	return hash_text(hash_number(hash, result->match_count), result->region);
}

static uint64_t
hash_tags(uint64_t hash, const svctag_index *index)
{
	for (uint32_t id = 0; id < svctag_index_tag_count(index); id++) {
		svctag_index_tag tag = svctag_index_tag_at(index, id);

		hash = hash_text(hash, tag.properties.name);
		hash = hash_number(hash, (uint64_t)tag.properties.change_number);
		hash = hash_text(hash, tag.properties.region);
		hash = hash_number(hash, (uint64_t)tag.properties.region_id);
		hash = hash_text(hash, tag.properties.platform);
		hash = hash_text(hash, tag.properties.system_service);
		hash = hash_text(hash, tag.properties.network_features);
		hash = hash_count(hash, tag.addresses[0]);
		hash = hash_count(hash, tag.addresses[1]);
		hash = hash_number(hash, tag.rank);
	}
	return hash;
}

svctag_error
answers_snapshot(const svctag_snapshot *snapshot, const struct answers_queries *queries, uint64_t *ret)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	const svctag_release_info *info = svctag_snapshot_info(snapshot);
	svctag_lookup_result result = { 0 };
	uint64_t hash = hash_bytes(0, info->digest, sizeof(info->digest));
	svctag_error err = SVCTAG_OK;

	hash = hash_tags(hash_text(hash_text(hash, info->cloud), info->published), index);
	for (size_t i = 0; err == SVCTAG_OK && i < queries->count; i++) {
		uint32_t tag = (uint32_t)(i * svctag_index_tag_count(index) / queries->count);

		err = svctag_lookup(snapshot, &queries->queries[i], &result);
		if (err != SVCTAG_OK)
			break;
		hash = hash_result(hash, index, &result);
		if (result.match_count > 0)
			tag = result.matches[result.match_count - 1].tag;
		err = svctag_lookup_tag(snapshot, &queries->queries[i], tag, &result);
		if (err == SVCTAG_OK)
			hash = hash_result(hash, index, &result);
	}
	svctag_lookup_result_release(&result);
	if (err == SVCTAG_OK)
		*ret = hash;
	return err;
}

void
answers_of_store(svctag_store *store, const char *reference, const struct answers_queries *queries, struct answers *ret)
{
	svctag_catalogue *catalogue = NULL;
	svctag_snapshot *snapshot = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->catalogue_error = svctag_store_catalogue(store, &catalogue, NULL);
	if (ret->catalogue_error == SVCTAG_OK)
		ret->catalogue = answers_catalogue(catalogue);
	svctag_catalogue_free(catalogue);
	ret->snapshot_error = svctag_store_snapshot_at(store, NULL, reference, &snapshot, NULL);
	if (ret->snapshot_error == SVCTAG_OK)
		ret->snapshot_error = answers_snapshot(snapshot, queries, &ret->snapshot);
	svctag_snapshot_free(snapshot);
}
