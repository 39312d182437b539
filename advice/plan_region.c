/* Which region is meant: by the table, else by what the release itself has. */
#include <string.h>
#include <strings.h>

#include <lists/memory.h>

#include "near.h"
#include "plan_internal.h"

/* More regions are not compared with a misspelt one. */
#define MOST_REGIONS 512

/* What follows the dot in the name of a regional tag; NULL where there is none. */
static const char *
suffix_of(const svctag_properties *properties)
{
	const char *dot = strchr(properties->name, '.');

	return dot != NULL && *properties->region != '\0' ? dot + 1 : NULL;
}

static bool
is_azurecloud(const char *name)
{
	return strncasecmp(name, "AzureCloud.", strlen("AzureCloud.")) == 0;
}

/* The property `region` that a region has in the release by this spelling of it; NULL if there is none. */
static const char *
find_property(const svctag_index *index, const char *text)
{
	for (uint32_t i = 0; i < svctag_index_tag_count(index); i++) {
		svctag_index_tag tag = svctag_index_tag_at(index, i);
		const char *suffix = suffix_of(&tag.properties);

		if (suffix != NULL && (strcasecmp(suffix, text) == 0 || strcasecmp(tag.properties.region, text) == 0))
			return tag.properties.region;
	}
	return NULL;
}

static svctag_error
find_in_release(struct plan *plan, const char *text, const svctag_region **ret)
{
	const svctag_index *index = svctag_snapshot_index(plan->snapshot);
	const char *property = find_property(index, text);
	svctag_region *region;

	if (property == NULL)
		return SVCTAG_E_NOT_FOUND;
	region = list_memory_allocate(plan->memory, sizeof(*region));
	if (region == NULL)
		return SVCTAG_E_NO_MEMORY;
	*region = (svctag_region){ .cloud = svctag_snapshot_info(plan->snapshot)->cloud,
				   .region = property,
				   .tag_suffix = "",
				   .azurecloud_suffix = property,
				   .arm_name = property,
				   .display_name = property,
				   .legacy_name = "" };
	for (uint32_t i = 0; i < svctag_index_tag_count(index); i++) {
		svctag_index_tag tag = svctag_index_tag_at(index, i);
		const char *suffix = suffix_of(&tag.properties);

		if (suffix == NULL || strcmp(tag.properties.region, property) != 0)
			continue;
		region->id = tag.properties.region_id;
		if (is_azurecloud(tag.properties.name))
			region->azurecloud_suffix = suffix;
		else
			region->tag_suffix = region->display_name = suffix;
	}
	*ret = region;
	return SVCTAG_OK;
}

/* As people type names of regions that are in the table: in small letters, without blanks. */
static void
fold(const char *text, char *ret, size_t size)
{
	size_t used = 0;

	for (; *text != '\0' && used + 1 < size; text++) {
		if (strchr(" -_", *text) == NULL)
			ret[used++] = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
	}
	ret[used] = '\0';
}

static void
explain_unknown(const char *text, const char *cloud, svctag_detail *detail)
{
	const svctag_region *elsewhere = svctag_region_find(text, NULL);
	const char *names[MOST_REGIONS];
	char folded[64];
	size_t count = 0;
	const char *near;

	if (elsewhere != NULL) {
		svctag_detail_set(detail,
				  "'%.60s' is a region of %s, not of %s: name a region of %s, or plan for the cloud %s",
				  text, elsewhere->cloud, cloud, cloud, elsewhere->cloud);
		return;
	}
	for (size_t i = 0; i < svctag_region_count() && count < MOST_REGIONS; i++) {
		const svctag_region *region = svctag_region_at(i);

		if (svctag_region_find(region->arm_name, cloud) != NULL)
			names[count++] = region->arm_name;
	}
	fold(text, folded, sizeof(folded));
	near = near_find(folded, names, count);
	svctag_detail_set(detail, "'%.60s' is no region of %s%s%s%s", text, cloud,
			  near != NULL ? "; did you mean '" : "; regions are written eastus, East US, EastUS, …",
			  near != NULL ? near : "", near != NULL ? "'?" : "");
}

svctag_error
plan_find_region(struct plan *plan, const char *text, const svctag_region **ret, svctag_detail *detail)
{
	const char *cloud = svctag_snapshot_info(plan->snapshot)->cloud;
	const svctag_region *region = svctag_region_find(text, cloud);
	svctag_error err;

	if (region != NULL) {
		*ret = region;
		return SVCTAG_OK;
	}
	err = find_in_release(plan, text, ret);
	if (err == SVCTAG_E_NOT_FOUND)
		explain_unknown(text, cloud, detail);
	return err;
}
