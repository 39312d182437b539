/*
 * What the published file says of a tag against what is documented. The
 * tables are small and read through.
 */
#include <svctag/target.h>

#include <string.h>

#include <svctag/region.h>

#include "platform.h"
#include "text.h"

/** By svctag_target: its name, and the feature that a tag has to have. */
static const struct {
	const char *text;
	const char *feature;
} targets[SVCTAG_TARGET_COUNT] = {
	[SVCTAG_TARGET_NSG] = { "nsg", "NSG" },
	[SVCTAG_TARGET_UDR] = { "udr", "UDR" },
	[SVCTAG_TARGET_FIREWALL] = { "firewall", "FW" },
};

const char *
svctag_target_text(svctag_target target)
{
	return (unsigned int)target < SVCTAG_TARGET_COUNT ? targets[target].text : "unknown target";
}

svctag_error
svctag_target_find(const char *name, svctag_target *ret)
{
	for (unsigned int i = 0; i < SVCTAG_TARGET_COUNT; i++) {
		if (ascii_casecmp(name, targets[i].text) == 0) {
			*ret = (svctag_target)i;
			return SVCTAG_OK;
		}
	}
	return SVCTAG_E_NOT_FOUND;
}

const char *
svctag_usable_text(svctag_usable usable)
{
	switch (usable) {
	case SVCTAG_USABLE_NO: return "no";
	case SVCTAG_USABLE_YES: return "yes";
	case SVCTAG_USABLE_UNKNOWN: break;
	}
	return "unknown";
}

/* Is the name `parent`, or a dotted child of it? */
static bool
is_of(const char *name, const char *parent)
{
	for (; *parent != '\0'; name++, parent++)
		if (ascii_lower(*name) != ascii_lower(*parent))
			return false;
	return *name == '\0' || *name == '.';
}

/* Regional by its property, or, where that was forgotten (Storage.EastUS once was), by its name. */
static bool
is_regional(const svctag_index *index, uint32_t tag)
{
	svctag_properties properties = svctag_index_tag_at(index, tag).properties;
	const char *dot = strchr(properties.name, '.');

	return dot != NULL && (properties.region[0] != '\0' || svctag_region_find(dot + 1, NULL) != NULL);
}

/* The row that speaks of the tag: its own, or its parent's. */
static const struct platform_tag *
find_row(const char *name)
{
	const struct platform_tag *parent = NULL;

	for (size_t i = 0; i < platform_tags_count; i++) {
		if (ascii_casecmp(name, platform_tags[i].tag) == 0)
			return &platform_tags[i];
		if (is_of(name, platform_tags[i].tag))
			parent = &platform_tags[i];
	}
	return parent;
}

static enum platform_word
documented_for_firewall(const svctag_index *index, uint32_t tag)
{
	const char *name = svctag_index_tag_name(index, tag);
	const struct platform_tag *row = find_row(name);

	if (row == NULL)
		return PLATFORM_UNSAID;
	if (ascii_casecmp(row->tag, name) != 0 && (row->regional != PLATFORM_YES || !is_regional(index, tag)))
		return PLATFORM_UNSAID;
	return row->firewall;
}

svctag_usable
svctag_tag_usable(const svctag_index *index, uint32_t tag, svctag_target target)
{
	const char *features = svctag_index_tag_at(index, tag).properties.network_features;
	enum platform_word documented = PLATFORM_UNSAID;
	bool published;

	if (features == NULL || (unsigned int)target >= SVCTAG_TARGET_COUNT)
		return SVCTAG_USABLE_NO;
	published = svctag_features_hold(features, targets[target].feature);
	/* Of the other targets the documents tell no tag of the file apart. */
	if (target == SVCTAG_TARGET_FIREWALL)
		documented = documented_for_firewall(index, tag);
	if (documented != PLATFORM_UNSAID && (documented == PLATFORM_YES) != published)
		return SVCTAG_USABLE_UNKNOWN;
	return published ? SVCTAG_USABLE_YES : SVCTAG_USABLE_NO;
}

/* The first tag not before the text in byte order, in which the tags are. */
static uint32_t
first_from(const svctag_index *index, const char *text, size_t size)
{
	uint32_t low = 0;
	uint32_t high = (uint32_t)svctag_index_tag_count(index);

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (strncmp(svctag_index_tag_name(index, middle), text, size) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
has_regional_children(const svctag_index *index, const char *name)
{
	uint32_t count = (uint32_t)svctag_index_tag_count(index);
	size_t size = strlen(name);
	uint32_t i;

	/* Those that begin with the name stand together; "AzureDevOps" may stand between "AzureDev" and its own. */
	for (i = first_from(index, name, size); i < count; i++) {
		const char *other = svctag_index_tag_name(index, i);

		if (strncmp(other, name, size) != 0)
			break;
		if (other[size] == '.' && is_regional(index, i))
			return true;
	}
	return false;
}

bool
svctag_tag_is_broad(const svctag_index *index, uint32_t tag)
{
	const char *name = svctag_index_tag_name(index, tag);

	if (is_azure_cloud(name))
		return true;
	return strchr(name, '.') == NULL && has_regional_children(index, name);
}

bool
svctag_tag_name_is_azure_cloud(const char *name)
{
	return is_azure_cloud(name);
}

bool
svctag_tag_is_shared(const svctag_index *index, uint32_t tag)
{
	const struct platform_tag *row = find_row(svctag_index_tag_name(index, tag));

	return row != NULL && row->shared == PLATFORM_YES;
}

const svctag_dependency *
svctag_dependency_find(const char *tag, size_t i)
{
	for (size_t k = 0; k < platform_dependencies_count; k++)
		if (is_of(tag, platform_dependencies[k].tag) && i-- == 0)
			return &platform_dependencies[k];
	return NULL;
}

const svctag_limit *
svctag_limit_find(svctag_target target, const char *name)
{
	for (size_t i = 0; i < platform_limits_count; i++)
		if (platform_limits[i].target == target && strcmp(platform_limits[i].name, name) == 0)
			return &platform_limits[i];
	return NULL;
}

const svctag_limit *
svctag_limit_at(size_t i)
{
	return i < platform_limits_count ? &platform_limits[i] : NULL;
}
