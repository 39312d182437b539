/*
 * The canonical form of a release's content, as bytes for SHA-256. The form
 * is part of the store's format (docs/store.md): it must never change under
 * the version that opens it.
 */
#include <string.h>

#include "release_internal.h"
#include "sha256.h"

static void
add_number(struct sha256 *sha, uint64_t number)
{
	uint8_t bytes[8];
	unsigned int i;

	for (i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	svctag_sha256_add(sha, bytes, sizeof(bytes));
}

static void
add_bytes(struct sha256 *sha, const char *text, size_t size)
{
	add_number(sha, size);
	svctag_sha256_add(sha, text, size);
}

/* A missing text is told apart from an empty one. */
static void
add_text(struct sha256 *sha, const char *text)
{
	if (text == NULL)
		add_number(sha, UINT64_MAX);
	else
		add_bytes(sha, text, strlen(text));
}

static int
compare_items(const char *a, size_t a_size, const char *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* The least item of a comma-separated list that is greater than `after`; NULL at the end. */
static const char *
next_item(const char *list, const char *after, size_t after_size, size_t *ret_size)
{
	const char *best = NULL;
	size_t best_size = 0;

	while (*list != '\0') {
		size_t size = strcspn(list, ",");
		bool later = after == NULL || compare_items(list, size, after, after_size) > 0;

		if (later && (best == NULL || compare_items(list, size, best, best_size) < 0)) {
			best = list;
			best_size = size;
		}
		list += size + (list[size] == ',');
	}
	*ret_size = best_size;
	return best;
}

/* A set: sorted, each once. The lists have a handful of items. */
static void
add_features(struct sha256 *sha, const char *list)
{
	const char *item = NULL;
	size_t size = 0;

	if (list == NULL) {
		add_number(sha, UINT64_MAX);
		return;
	}
	while ((item = next_item(list, item, size, &size)) != NULL)
		add_bytes(sha, item, size);
	add_number(sha, UINT64_MAX - 1);
}

static void
add_prefix(struct sha256 *sha, const svctag_prefix *prefix)
{
	uint8_t bytes[18];
	size_t size = SVCTAG_FAMILY_BYTES(prefix->family);

	bytes[0] = prefix->family;
	bytes[1] = prefix->length;
	memcpy(bytes + 2, prefix->bytes, size);
	svctag_sha256_add(sha, bytes, 2 + size);
}

void
release_compute_digest(int64_t change_number, const svctag_tag *tags, size_t tag_count,
		       uint8_t digest[SVCTAG_DIGEST_SIZE])
{
	static const char version[] = "svctag content 1\n";
	struct sha256 sha;
	size_t i;
	size_t j;

	svctag_sha256_begin(&sha);
	svctag_sha256_add(&sha, version, sizeof(version) - 1);
	add_number(&sha, (uint64_t)change_number);
	add_number(&sha, tag_count);
	for (i = 0; i < tag_count; i++) {
		const svctag_properties *p = &tags[i].properties;

		add_text(&sha, p->name);
		add_number(&sha, (uint64_t)p->change_number);
		add_text(&sha, p->region);
		add_number(&sha, p->has_region_id);
		add_number(&sha, p->has_region_id ? (uint64_t)(int64_t)p->region_id : 0);
		add_text(&sha, p->platform);
		add_text(&sha, p->system_service);
		add_features(&sha, p->network_features);
		add_number(&sha, tags[i].prefix_count);
		for (j = 0; j < tags[i].prefix_count; j++)
			add_prefix(&sha, &tags[i].prefixes[j]);
	}
	svctag_sha256_end(&sha, digest);
}
