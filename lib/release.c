/*
 * A release and its builder. The builder appends tags and prefixes as they
 * come; finishing sorts each tag's slice of the one prefix array in place,
 * so a release is four allocations and an arena of strings.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "release_internal.h"
#include "text.h"

#define ARENA_CHUNK 65536
#define MAX_NAME 255
#define MAX_TEXT 4096

struct arena_chunk {
	struct arena_chunk *next;
	char text[ARENA_CHUNK];
};

struct svctag_release {
	int64_t change_number;
	svctag_tag *tags;
	size_t tag_count;
	svctag_prefix *prefixes;
	size_t prefix_count;
	struct membership *memberships;
	struct arena_chunk *arena;
	size_t unique_prefix_count;
	size_t repeated_count;
	svctag_count addresses[2];
	uint8_t digest[SVCTAG_DIGEST_SIZE];
};

/* While building, a tag's prefixes begin at this place of the array. */
struct built_tag {
	svctag_properties properties;
	size_t first_prefix;
	size_t prefix_count;
};

struct svctag_release_builder {
	int64_t change_number;
	struct built_tag *tags;
	size_t tag_count;
	size_t tag_capacity;
	svctag_prefix *prefixes;
	size_t prefix_count;
	size_t prefix_capacity;
	struct arena_chunk *arena;
	size_t arena_used;
};

static void
arena_free(struct arena_chunk *chunk)
{
	while (chunk != NULL) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

/* A copy of the text that lives as long as the arena; NULL gives NULL. */
static svctag_error
arena_copy(svctag_release_builder *builder, const char *text, const char **ret)
{
	size_t size;
	char *copy;

	if (text == NULL) {
		*ret = NULL;
		return SVCTAG_OK;
	}
	size = strlen(text) + 1;
	if (builder->arena == NULL || builder->arena_used + size > ARENA_CHUNK) {
		struct arena_chunk *chunk = malloc(sizeof(*chunk));

		if (chunk == NULL)
			return SVCTAG_E_NO_MEMORY;
		chunk->next = builder->arena;
		builder->arena = chunk;
		builder->arena_used = 0;
	}
	copy = builder->arena->text + builder->arena_used;
	memcpy(copy, text, size);
	builder->arena_used += size;
	*ret = copy;
	return SVCTAG_OK;
}

svctag_error
svctag_release_builder_new(int64_t change_number, svctag_release_builder **ret)
{
	svctag_release_builder *builder = calloc(1, sizeof(*builder));

	if (builder == NULL)
		return SVCTAG_E_NO_MEMORY;
	builder->change_number = change_number;
	*ret = builder;
	return SVCTAG_OK;
}

void
svctag_release_builder_free(svctag_release_builder *builder)
{
	if (builder == NULL)
		return;
	free(builder->tags);
	free(builder->prefixes);
	arena_free(builder->arena);
	free(builder);
}

/* Room for one element more. */
static svctag_error
grow(void **array, size_t *capacity, size_t count, size_t element)
{
	size_t bigger = *capacity == 0 ? 1024 : *capacity * 2;
	void *memory;

	if (count < *capacity)
		return SVCTAG_OK;
	memory = realloc(*array, bigger * element);
	if (memory == NULL)
		return SVCTAG_E_NO_MEMORY;
	*array = memory;
	*capacity = bigger;
	return SVCTAG_OK;
}

static bool
is_clean(const char *text, size_t limit)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f || i == limit)
			return false;
	return true;
}

static bool
properties_are_valid(const svctag_properties *p)
{
	return p->name != NULL && p->name[0] != '\0' && is_clean(p->name, MAX_NAME) && p->region != NULL &&
	       is_clean(p->region, MAX_TEXT) && p->system_service != NULL && is_clean(p->system_service, MAX_TEXT) &&
	       (p->platform == NULL || is_clean(p->platform, MAX_TEXT)) &&
	       (p->network_features == NULL || is_clean(p->network_features, MAX_TEXT));
}

svctag_error
svctag_release_builder_add_tag(svctag_release_builder *builder, const svctag_properties *properties)
{
	struct built_tag tag = { .properties = *properties, .first_prefix = builder->prefix_count };
	svctag_properties *p = &tag.properties;
	void *tags = builder->tags;
	svctag_error err;

	if (!properties_are_valid(properties))
		return SVCTAG_E_INVALID;
	if (builder->tag_count == SVCTAG_MAX_TAGS)
		return SVCTAG_E_LIMIT;
	err = grow(&tags, &builder->tag_capacity, builder->tag_count, sizeof(*builder->tags));
	builder->tags = tags;
	if (err == SVCTAG_OK)
		err = arena_copy(builder, properties->name, &p->name);
	if (err == SVCTAG_OK)
		err = arena_copy(builder, properties->region, &p->region);
	if (err == SVCTAG_OK)
		err = arena_copy(builder, properties->platform, &p->platform);
	if (err == SVCTAG_OK)
		err = arena_copy(builder, properties->system_service, &p->system_service);
	if (err == SVCTAG_OK)
		err = arena_copy(builder, properties->network_features, &p->network_features);
	if (err == SVCTAG_OK)
		builder->tags[builder->tag_count++] = tag;
	return err;
}

/* The invariant of svctag_prefix: callers may have filled it in by hand. */
static bool
prefix_is_valid(const svctag_prefix *prefix)
{
	uint64_t high = load_be64(prefix->bytes);
	uint64_t low = load_be64(prefix->bytes + 8);
	unsigned int length = prefix->length;

	if (prefix->family == SVCTAG_IPV4)
		return length <= 32 && low == 0 && (high & UINT64_MAX >> length) == 0;
	if (prefix->family != SVCTAG_IPV6 || length > 128)
		return false;
	if (length <= 64)
		return low == 0 && (length == 64 || (high & UINT64_MAX >> length) == 0);
	return length == 128 || (low & UINT64_MAX >> (length - 64)) == 0;
}

svctag_error
svctag_release_builder_add_prefix(svctag_release_builder *builder, const svctag_prefix *prefix)
{
	svctag_prefix *room;
	svctag_error err = release_builder_room(builder, 1, &room);

	if (err != SVCTAG_OK)
		return err;
	*room = *prefix;
	return release_builder_take(builder, 1);
}

svctag_error
release_builder_room(svctag_release_builder *builder, size_t count, svctag_prefix **ret)
{
	void *prefixes = builder->prefixes;
	svctag_error err = SVCTAG_OK;

	while (err == SVCTAG_OK && builder->prefix_capacity - builder->prefix_count < count) {
		err = grow(&prefixes, &builder->prefix_capacity, builder->prefix_capacity, sizeof(*builder->prefixes));
		builder->prefixes = prefixes;
	}
	if (err == SVCTAG_OK)
		*ret = builder->prefixes + builder->prefix_count;
	return err;
}

svctag_error
release_builder_take(svctag_release_builder *builder, size_t count)
{
	const svctag_prefix *taken = builder->prefixes + builder->prefix_count;
	bool valid = builder->tag_count > 0;
	size_t i;

	for (i = 0; i < count; i++)
		valid &= prefix_is_valid(&taken[i]);
	if (!valid)
		return SVCTAG_E_INVALID;
	if (count > SVCTAG_MAX_PREFIXES - builder->prefix_count)
		return SVCTAG_E_LIMIT;
	builder->prefix_count += count;
	builder->tags[builder->tag_count - 1].prefix_count += count;
	return SVCTAG_OK;
}

static int
compare_tags(const void *a, const void *b)
{
	return strcmp(((const struct built_tag *)a)->properties.name, ((const struct built_tag *)b)->properties.name);
}

static int
compare_prefixes(const void *a, const void *b)
{
	return svctag_prefix_compare(a, b);
}

static int
compare_names(const void *a, const void *b)
{
	return ascii_casecmp(*(const char *const *)a, *(const char *const *)b);
}

static svctag_error
check_names(const svctag_release_builder *builder, svctag_detail *detail)
{
	const char **names;
	svctag_error err = SVCTAG_OK;
	size_t i;

	names = malloc((builder->tag_count + 1) * sizeof(*names));
	if (names == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < builder->tag_count; i++)
		names[i] = builder->tags[i].properties.name;
	qsort(names, builder->tag_count, sizeof(*names), compare_names);
	for (i = 1; i < builder->tag_count && err == SVCTAG_OK; i++)
		if (ascii_casecmp(names[i - 1], names[i]) == 0) {
			svctag_detail_set(detail,
					  "tag \"%s\" is there twice (as \"%s\"); names are unique in any letter case",
					  names[i], names[i - 1]);
			err = SVCTAG_E_DUPLICATE;
		}
	free(names);
	return err;
}

/* Sort, each once; returns how many remain. What comes from the store is in order already. */
static size_t
sort_prefixes(svctag_prefix *prefixes, size_t count)
{
	size_t kept = 0;
	size_t i;

	for (i = 1; i < count && svctag_prefix_compare(&prefixes[i - 1], &prefixes[i]) < 0; i++)
		continue;
	if (i >= count)
		return count;
	qsort(prefixes, count, sizeof(*prefixes), compare_prefixes);
	for (i = 0; i < count; i++)
		if (kept == 0 || svctag_prefix_compare(&prefixes[kept - 1], &prefixes[i]) != 0)
			prefixes[kept++] = prefixes[i];
	return kept;
}

void
prefixes_count_addresses(const svctag_prefix *prefixes, size_t count, svctag_count ret[2])
{
	const svctag_prefix *outer = NULL;
	size_t i;

	ret[0] = ret[1] = svctag_count_of(0);
	for (i = 0; i < count; i++) {
		svctag_count *sum = &ret[SVCTAG_FAMILY_INDEX(prefixes[i].family)];

		/* In this order a prefix lies inside the last outermost one or after it. */
		if (outer != NULL && svctag_prefix_covers(outer, &prefixes[i]))
			continue;
		outer = &prefixes[i];
		*sum = svctag_count_add(*sum, svctag_count_of_prefix(outer));
	}
}

static void
finish_tag(svctag_release *release, size_t i, const struct built_tag *built)
{
	svctag_tag *tag = &release->tags[i];
	svctag_prefix *prefixes;
	size_t j;

	tag->properties = built->properties;
	if (built->prefix_count == 0)
		return;
	prefixes = release->prefixes + built->first_prefix;
	tag->prefixes = prefixes;
	tag->prefix_count = sort_prefixes(prefixes, built->prefix_count);
	for (j = 0; j < tag->prefix_count; j++) {
		struct membership *member = &release->memberships[release->prefix_count++];

		member->prefix = &prefixes[j];
		member->tag = (uint32_t)i;
		tag->family_prefix_count[SVCTAG_FAMILY_INDEX(prefixes[j].family)]++;
	}
	release->repeated_count += built->prefix_count - tag->prefix_count;
	prefixes_count_addresses(prefixes, tag->prefix_count, tag->addresses);
}

/* Distinct prefixes, and the addresses in any tag. */
static void
count_union(svctag_release *release)
{
	const svctag_prefix *last = NULL;
	const svctag_prefix *outer = NULL;
	size_t i;

	for (i = 0; i < release->prefix_count; i++) {
		const svctag_prefix *prefix = release->memberships[i].prefix;
		svctag_count *sum = &release->addresses[SVCTAG_FAMILY_INDEX(prefix->family)];

		if (last != NULL && svctag_prefix_compare(last, prefix) == 0)
			continue;
		last = prefix;
		release->unique_prefix_count++;
		if (outer != NULL && svctag_prefix_covers(outer, prefix))
			continue;
		outer = prefix;
		*sum = svctag_count_add(*sum, svctag_count_of_prefix(prefix));
	}
}

/* Hand the builder's memory over. */
static svctag_error
take_over(svctag_release_builder *builder, svctag_release **ret)
{
	svctag_release *release = calloc(1, sizeof(*release));

	if (release == NULL)
		return SVCTAG_E_NO_MEMORY;
	release->tags = calloc(builder->tag_count + 1, sizeof(*release->tags));
	release->memberships = malloc((builder->prefix_count + 1) * sizeof(*release->memberships));
	if (release->tags == NULL || release->memberships == NULL) {
		svctag_release_free(release);
		return SVCTAG_E_NO_MEMORY;
	}
	release->change_number = builder->change_number;
	release->tag_count = builder->tag_count;
	release->prefixes = builder->prefixes;
	release->arena = builder->arena;
	builder->prefixes = NULL;
	builder->prefix_capacity = 0;
	builder->arena = NULL;
	*ret = release;
	return SVCTAG_OK;
}

svctag_error
svctag_release_builder_finish(svctag_release_builder *builder, svctag_release **ret, svctag_detail *detail)
{
	svctag_release *release = NULL;
	svctag_error err;
	size_t i;

	err = check_names(builder, detail);
	if (err == SVCTAG_OK)
		err = take_over(builder, &release);
	if (err == SVCTAG_OK) {
		if (builder->tag_count > 1)
			qsort(builder->tags, builder->tag_count, sizeof(*builder->tags), compare_tags);
		for (i = 0; i < builder->tag_count; i++)
			finish_tag(release, i, &builder->tags[i]);
		/* They stand in the order of their tags, which the sort keeps for each prefix. */
		err = memberships_sort(&release->memberships, release->prefix_count);
	}
	builder->tag_count = 0;
	builder->prefix_count = 0;
	if (err != SVCTAG_OK) {
		svctag_release_free(release);
		return err;
	}
	count_union(release);
	release_compute_digest(release->change_number, release->tags, release->tag_count, release->digest);
	*ret = release;
	return SVCTAG_OK;
}

void
svctag_release_free(svctag_release *release)
{
	if (release == NULL)
		return;
	free(release->tags);
	free(release->prefixes);
	free(release->memberships);
	arena_free(release->arena);
	free(release);
}

int64_t
svctag_release_change_number(const svctag_release *release)
{
	return release->change_number;
}

size_t
svctag_release_tag_count(const svctag_release *release)
{
	return release->tag_count;
}

const svctag_tag *
svctag_release_tag(const svctag_release *release, size_t i)
{
	return &release->tags[i];
}

/* The exact spelling is the common case, and tags are sorted by it. */
static const svctag_tag *
find_exact(const svctag_release *release, const char *name)
{
	size_t low = 0;
	size_t high = release->tag_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(release->tags[middle].properties.name, name);

		if (order == 0)
			return &release->tags[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const svctag_tag *
svctag_release_find_tag(const svctag_release *release, const char *name)
{
	const svctag_tag *exact = find_exact(release, name);
	size_t i;

	if (exact != NULL)
		return exact;
	for (i = 0; i < release->tag_count; i++)
		if (ascii_casecmp(release->tags[i].properties.name, name) == 0)
			return &release->tags[i];
	return NULL;
}

size_t
svctag_release_prefix_count(const svctag_release *release)
{
	return release->prefix_count;
}

size_t
svctag_release_unique_prefix_count(const svctag_release *release)
{
	return release->unique_prefix_count;
}

size_t
svctag_release_repeated_count(const svctag_release *release)
{
	return release->repeated_count;
}

svctag_count
svctag_release_address_count(const svctag_release *release, uint8_t family)
{
	return release->addresses[SVCTAG_FAMILY_INDEX(family)];
}

const uint8_t *
svctag_release_digest(const svctag_release *release)
{
	return release->digest;
}

const struct membership *
release_memberships(const svctag_release *release)
{
	return release->memberships;
}

void
svctag_digest_format(const uint8_t *digest, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < SVCTAG_DIGEST_SIZE; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	text[2 * i] = '\0';
}

bool
svctag_features_hold(const char *network_features, const char *feature)
{
	size_t wanted = strlen(feature);

	if (network_features == NULL)
		return false;
	while (*network_features != '\0') {
		size_t size = strcspn(network_features, ",");

		if (size == wanted && memcmp(network_features, feature, size) == 0)
			return true;
		network_features += size + (network_features[size] == ',');
	}
	return false;
}

/* Is every feature of a in b? */
static bool
features_within(const char *a, const char *b)
{
	char item[MAX_TEXT + 1];

	while (*a != '\0') {
		size_t size = strcspn(a, ",");

		if (size > MAX_TEXT)
			return false;
		memcpy(item, a, size);
		item[size] = '\0';
		if (!svctag_features_hold(b, item))
			return false;
		a += size + (a[size] == ',');
	}
	return true;
}

bool
svctag_features_equal(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return features_within(a, b) && features_within(b, a);
}
