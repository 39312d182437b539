/*
 * Finding a region by any of its names: six columns of some ninety rows, read
 * through. Column by column, so that a name's own row comes before one that
 * merely shares a spelling with it.
 */
#include <stdbool.h>
#include <string.h>

#include "regions.h"
#include "text.h"

/** What releases of a cloud's lists before the service tags are filed under. */
#define LEGACY_SUFFIX "-legacy"

/* The columns that are names, in the order in which they count. */
static const size_t spellings[] = {
	offsetof(svctag_region, region),      offsetof(svctag_region, azurecloud_suffix),
	offsetof(svctag_region, arm_name),    offsetof(svctag_region, tag_suffix),
	offsetof(svctag_region, legacy_name), offsetof(svctag_region, display_name),
};

static const char *
spelling_of(const svctag_region *region, size_t offset)
{
	return *(const char *const *)(const void *)((const char *)region + offset);
}

static bool
is_passed_over(char c)
{
	return c == ' ' || c == '-' || c == '_';
}

/* The text from its first character that counts. */
static const char *
skip(const char *text)
{
	while (is_passed_over(*text))
		text++;
	return text;
}

static bool
is_same_name(const char *a, const char *b)
{
	a = skip(a);
	b = skip(b);
	while (*a != '\0' && ascii_lower(*a) == ascii_lower(*b)) {
		a = skip(a + 1);
		b = skip(b + 1);
	}
	return *a == *b;
}

/* Is it the cloud, perhaps with "-legacy" behind it? */
static bool
is_cloud(const char *text, const char *cloud)
{
	size_t length = strlen(cloud);

	for (size_t i = 0; i < length; i++) {
		if (ascii_lower(text[i]) != ascii_lower(cloud[i]))
			return false;
	}
	return text[length] == '\0' || ascii_casecmp(text + length, LEGACY_SUFFIX) == 0;
}

static bool
is_known_cloud(const char *text)
{
	for (size_t i = 0; i < svctag_regions_count; i++) {
		if (is_cloud(text, svctag_regions[i].cloud))
			return true;
	}
	return false;
}

size_t
svctag_region_count(void)
{
	return svctag_regions_count;
}

const svctag_region *
svctag_region_at(size_t i)
{
	return &svctag_regions[i];
}

/* Past a geography in front, as Azure's list of locations has it: "(US) East US". */
static const char *
skip_geography(const char *text)
{
	const char *end;

	text = skip(text);
	end = *text == '(' ? strchr(text, ')') : NULL;
	return end != NULL ? end + 1 : text;
}

const svctag_region *
svctag_region_find(const char *text, const char *cloud)
{
	text = skip_geography(text);
	if (*skip(text) == '\0')
		return NULL; /* it would equal the empty fields */
	if (cloud != NULL && !is_known_cloud(cloud))
		cloud = NULL;
	for (size_t column = 0; column < sizeof(spellings) / sizeof(spellings[0]); column++) {
		for (size_t i = 0; i < svctag_regions_count; i++) {
			const svctag_region *region = &svctag_regions[i];

			if ((cloud == NULL || is_cloud(cloud, region->cloud)) &&
			    is_same_name(text, spelling_of(region, spellings[column])))
				return region;
		}
	}
	return NULL;
}
