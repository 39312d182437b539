#include <stdlib.h>
#include <string.h>

#include "format.h"

static bool
passes(const svctag_index_tag *tag, const struct report_tag_filter *filter)
{
	const svctag_properties *p = &tag->properties;

	if (filter->pattern != NULL && !svctag_pattern_matches(filter->pattern, p->name))
		return false;
	if (filter->region != NULL && strcasecmp(filter->region, p->region) != 0)
		return false;
	return filter->service == NULL || strcasecmp(filter->service, p->system_service) == 0;
}

svctag_error
report_tags_select(const svctag_snapshot *snapshot, const struct report_tag_filter *filter, uint32_t **ret,
		   size_t *ret_count)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	size_t total = svctag_index_tag_count(index);
	uint32_t *ids = malloc((total + 1) * sizeof(*ids)); /* never of nothing */
	size_t count = 0;

	if (ids == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (uint32_t i = 0; i < total; i++) {
		svctag_index_tag tag = svctag_index_tag_at(index, i);

		if (passes(&tag, filter))
			ids[count++] = i;
	}
	*ret = ids;
	*ret_count = count;
	return SVCTAG_OK;
}

svctag_error
report_prefixes_aggregate(struct report_prefixes *prefixes)
{
	svctag_set *set = NULL;
	svctag_prefix *fewest = NULL;
	size_t fewest_count = 0;
	svctag_error err = svctag_set_of_prefixes(prefixes->prefixes, prefixes->count, &set);

	if (err == SVCTAG_OK)
		err = svctag_set_prefixes(set, &fewest, &fewest_count);
	if (err == SVCTAG_OK) {
		free(prefixes->prefixes);
		prefixes->prefixes = fewest;
		prefixes->count = fewest_count;
		prefixes->aggregate = true;
	}
	svctag_set_free(set);
	return err;
}

svctag_error
report_prefixes_select(const svctag_snapshot *snapshot, uint32_t tag, uint8_t family, bool aggregate,
		       struct report_prefixes *ret)
{
	struct report_prefixes prefixes = { .family = family };
	size_t total = 0;
	svctag_error err;

	err = svctag_index_tag_prefixes(svctag_snapshot_index(snapshot), tag, &prefixes.prefixes, &total);
	if (err != SVCTAG_OK)
		return err;
	for (size_t i = 0; i < total; i++) {
		if (family == 0 || prefixes.prefixes[i].family == family)
			prefixes.prefixes[prefixes.count++] = prefixes.prefixes[i];
	}
	if (aggregate)
		err = report_prefixes_aggregate(&prefixes);
	if (err != SVCTAG_OK) {
		report_prefixes_release(&prefixes);
		return err;
	}
	*ret = prefixes;
	return SVCTAG_OK;
}

void
report_prefixes_release(struct report_prefixes *prefixes)
{
	free(prefixes->prefixes);
	prefixes->prefixes = NULL;
	prefixes->count = 0;
}

void
report_unknown_tag(const svctag_snapshot *snapshot, const char *name, size_t size, svctag_detail *detail)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	uint32_t near[3];
	size_t count = svctag_index_near_tags(index, name, size, near, sizeof(near) / sizeof(near[0]));
	char release[FORMAT_RELEASE_SIZE];
	char suggestion[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < count && used < sizeof(suggestion); i++) {
		const char *before = i == 0 ? "; did you mean " : i + 1 < count ? ", " : " or ";
		int n = snprintf(suggestion + used, sizeof(suggestion) - used, "%s%s", before,
				 svctag_index_tag_name(index, near[i]));

		used += n > 0 ? (size_t)n : 0;
	}
	svctag_detail_set(detail, "no tag '%.*s' in %s%s%s", (int)(size > 128 ? 128 : size), name,
			  format_release(svctag_snapshot_info(snapshot), release), suggestion, count > 0 ? "?" : "");
}
