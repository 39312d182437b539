/*
 * What a name was meant to be that is no tag's. Documents write "Azure Site
 * Recovery" and EventsHub; portals show a service's own name; regions have
 * half a dozen spellings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <svctag/region.h>

#include "lint_internal.h"

/** Longer names are nobody's. */
#define NAME_SIZE 120

/* Names that neither the file nor its systemService has. */
static const struct {
	const char *name;
	const char *tag;
} aliases[] = {
	{ "AzureAD", "AzureActiveDirectory" },
	{ "AzureLoadBalancers", "AzureLoadBalancer" },
	{ "EntraID", "AzureActiveDirectory" },
	{ "EventHubs", "EventHub" },
	{ "EventsHub", "EventHub" },
	{ "EventsHubs", "EventHub" },
	{ "MicrosoftEntraID", "AzureActiveDirectory" },
	{ "SiteRecovery", "AzureSiteRecovery" },
	{ "VirtualNetworks", "VirtualNetwork" },
};

/* Without blanks, '-' and '_'. @return false if it is too long for a name */
static bool
squeeze(const char *name, char text[NAME_SIZE])
{
	size_t size = 0;

	for (; *name != '\0'; name++) {
		if (*name == ' ' || *name == '-' || *name == '_')
			continue;
		if (size + 1 >= NAME_SIZE)
			return false;
		text[size++] = *name;
	}
	text[size] = '\0';
	return size > 0;
}

/* The release's or the platform's spelling of a name in any letter case; NULL if there is no such name. */
static const char *
find_name(const struct lint *lint, const char *name)
{
	uint32_t tag;

	for (uint32_t i = 0; lint_reserved(i) != NULL; i++)
		if (strcasecmp(name, lint_reserved(i)) == 0)
			return lint_reserved(i);
	if (svctag_index_find_tag(lint->index, name, strlen(name), &tag) != SVCTAG_OK)
		return NULL;
	return svctag_index_tag_name(lint->index, tag);
}

/* The undotted tag of a service by any of its names. */
static const char *
find_service(const struct lint *lint, const char *name)
{
	const char *found = find_name(lint, name);

	for (size_t i = 0; found == NULL && i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcasecmp(name, aliases[i].name) == 0)
			found = find_name(lint, aliases[i].tag);
	for (uint32_t i = 0; found == NULL && i < svctag_index_tag_count(lint->index); i++) {
		svctag_properties properties = svctag_index_tag_at(lint->index, i).properties;

		if (properties.system_service != NULL && strcasecmp(name, properties.system_service) == 0 &&
		    strchr(properties.name, '.') == NULL)
			found = properties.name;
	}
	return found;
}

/* A regional tag by any name of the service and of the region. */
static const char *
find_regional(const struct lint *lint, char *name, char *dot)
{
	const char *cloud = svctag_snapshot_info(lint->snapshot)->cloud;
	const svctag_region *region = svctag_region_find(dot + 1, cloud);
	const char *service, *found = NULL;
	char text[NAME_SIZE * 2];

	*dot = '\0';
	service = region != NULL && *name != '\0' ? find_service(lint, name) : NULL;
	if (service == NULL)
		return NULL;
	(void)snprintf(text, sizeof(text), "%s.%s", service, region->tag_suffix);
	found = find_name(lint, text);
	(void)snprintf(text, sizeof(text), "%s.%s", service, region->azurecloud_suffix);
	return found != NULL ? found : find_name(lint, text);
}

const char *
lint_meant(const struct lint *lint, const char *name)
{
	char text[NAME_SIZE];
	const char *found;
	char *dot;

	if (!squeeze(name, text))
		return NULL;
	found = find_service(lint, text);
	dot = strchr(text, '.');
	return found != NULL || dot == NULL ? found : find_regional(lint, text, dot);
}
