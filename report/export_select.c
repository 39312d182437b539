/* Which tags and which prefixes an export has. */
#include <stdlib.h>
#include <string.h>

#include "export_internal.h"
#include "format.h"

/* Does the name fit one of the patterns between commas? `patterns` is cut apart. */
static bool
fits_any(char *patterns, const char *name)
{
	bool fits = false;

	for (char *p = patterns; p != NULL && !fits;) {
		char *comma = strchr(p, ',');

		if (comma != NULL)
			*comma = '\0';
		fits = svctag_pattern_matches(p, name);
		if (comma != NULL)
			*comma = ',';
		p = comma != NULL ? comma + 1 : NULL;
	}
	return fits;
}

static svctag_error
keep_named(struct report_export *export, const char *tags)
{
	char *patterns = strdup(tags);
	size_t count = 0;

	if (patterns == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < export->tag_count; i++) {
		const char *name = svctag_index_tag_name(svctag_snapshot_index(export->snapshot), export->tags[i]);

		if (fits_any(patterns, name))
			export->tags[count++] = export->tags[i];
	}
	export->tag_count = count;
	free(patterns);
	return SVCTAG_OK;
}

/* A firewall would be fed an empty list: that is never what was meant. */
static svctag_error
refuse_none(const struct report_export *export, const struct report_export_options *options, svctag_detail *detail)
{
	char release[FORMAT_RELEASE_SIZE];

	(void)format_release(export_release(export), release);
	if (options->region == NULL && options->tags != NULL && strpbrk(options->tags, "*?,") == NULL)
		report_unknown_tag(export->snapshot, options->tags, strlen(options->tags), detail);
	else
		svctag_detail_set(
			detail, "no tag of %s fits%s%.100s%s%.100s", release,
			options->tags != NULL ? " the pattern " : "", options->tags != NULL ? options->tags : "",
			options->region != NULL ? ", of region " : "", options->region != NULL ? options->region : "");
	return SVCTAG_E_NOT_FOUND;
}

svctag_error
export_select_tags(struct report_export *export, const struct report_export_options *options, svctag_detail *detail)
{
	const struct report_tag_filter filter = { .region = options->region };
	svctag_error err = report_tags_select(export->snapshot, &filter, &export->tags, &export->tag_count);

	if (err == SVCTAG_OK && options->tags != NULL)
		err = keep_named(export, options->tags);
	if (err == SVCTAG_OK && export->tag_count == 0)
		err = refuse_none(export, options, detail);
	return err;
}

static bool
is_family(const struct report_export *export, const svctag_prefix *prefix)
{
	return export->family == 0 || prefix->family == export->family;
}

static bool
has_wanted(const struct report_export *export, uint32_t id)
{
	svctag_index_list tags = svctag_index_prefix_tags(svctag_snapshot_index(export->snapshot), id);

	for (size_t i = 0; i < tags.count; i++)
		if (export->is_wanted[tags.ids[i]])
			return true;
	return false;
}

/* The prefixes of all wanted tags, each once, in the index's order. */
static svctag_error
gather(struct report_export *export)
{
	const svctag_index *index = svctag_snapshot_index(export->snapshot);
	size_t total = svctag_index_total_prefix_count(index);
	struct report_prefixes *all = &export->prefixes;

	all->prefixes = malloc((total + 1) * sizeof(*all->prefixes));
	if (all->prefixes == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (uint32_t id = 0; id < total; id++) {
		svctag_prefix prefix = svctag_index_prefix(index, id);

		if (is_family(export, &prefix) && has_wanted(export, id))
			all->prefixes[all->count++] = prefix;
	}
	return export->aggregate ? report_prefixes_aggregate(all) : SVCTAG_OK;
}

/* Which of the wanted tags has this number? tag_count: none. They are in order. */
static size_t
find_wanted(const struct report_export *export, uint32_t tag)
{
	size_t low = 0, high = export->tag_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (export->tags[middle] < tag)
			low = middle + 1;
		else
			high = middle;
	}
	return low < export->tag_count && export->tags[low] == tag ? low : export->tag_count;
}

/*
 * The prefixes of every wanted tag. The index knows the tags of a prefix, so
 * it is walked twice for all tags together: to count, and to fill in.
 */
static svctag_error
gather_by_tag(struct report_export *export)
{
	const svctag_index *index = svctag_snapshot_index(export->snapshot);
	size_t total = svctag_index_total_prefix_count(index), sum = 0;

	export->ends = calloc(export->tag_count + 1, sizeof(*export->ends)); /* the last: of what is not wanted */
	if (export->ends == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (uint32_t id = 0; id < total; id++) {
		svctag_index_list tags = svctag_index_prefix_tags(index, id);

		for (size_t i = 0; i < tags.count; i++)
			export->ends[find_wanted(export, tags.ids[i])]++;
	}
	for (size_t i = 0; i < export->tag_count; i++) {
		size_t count = export->ends[i];

		export->ends[i] = sum; /* where it begins; filling in moves that to its end */
		sum += count;
	}
	export->ids = malloc((sum + 1) * sizeof(*export->ids));
	if (export->ids == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (uint32_t id = 0; id < total; id++) {
		svctag_index_list tags = svctag_index_prefix_tags(index, id);

		for (size_t i = 0; i < tags.count; i++) {
			size_t wanted = find_wanted(export, tags.ids[i]);

			if (wanted < export->tag_count)
				export->ids[export->ends[wanted]++] = id;
		}
	}
	return SVCTAG_OK;
}

svctag_error
export_next_tag(struct report_export *export)
{
	size_t begin = export->next_tag > 0 ? export->ends[export->next_tag - 1] : 0;
	size_t end = export->ends[export->next_tag];
	struct report_prefixes prefixes = { .family = export->family };
	svctag_error err = SVCTAG_OK;

	prefixes.prefixes = malloc((end - begin + 1) * sizeof(*prefixes.prefixes));
	if (prefixes.prefixes == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = begin; i < end; i++) {
		svctag_prefix prefix = svctag_index_prefix(svctag_snapshot_index(export->snapshot), export->ids[i]);

		if (is_family(export, &prefix))
			prefixes.prefixes[prefixes.count++] = prefix;
	}
	if (export->aggregate)
		err = report_prefixes_aggregate(&prefixes);
	report_prefixes_release(&export->prefixes);
	export->prefixes = prefixes;
	export->next_prefix = 0;
	export->next_tag++;
	return err;
}

svctag_error
export_select_prefixes(struct report_export *export)
{
	size_t tags = svctag_index_tag_count(svctag_snapshot_index(export->snapshot));

	if (export->writer->shape == EXPORT_BY_TAG)
		return gather_by_tag(export);
	export->is_wanted = calloc(tags, sizeof(*export->is_wanted));
	if (export->is_wanted == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < export->tag_count; i++)
		export->is_wanted[export->tags[i]] = true;
	if (export->writer->shape == EXPORT_BY_PREFIX)
		return gather(export);
	export->labels = calloc(tags, sizeof(*export->labels));
	export->seen = calloc(tags, sizeof(*export->seen));
	return export->labels != NULL && export->seen != NULL ? SVCTAG_OK : SVCTAG_E_NO_MEMORY;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Add the wanted tags that list the prefix. A tag may list a prefix and one around it. */
static void
add_labels(struct report_export *export, uint32_t id, struct export_row *row)
{
	svctag_index_list tags = svctag_index_prefix_tags(svctag_snapshot_index(export->snapshot), id);

	for (size_t i = 0; i < tags.count; i++) {
		uint32_t tag = tags.ids[i];

		if (export->is_wanted[tag] && export->seen[tag] != export->next_id)
			export->labels[row->label_count++] = tag;
		export->seen[tag] = export->next_id;
	}
}

bool
export_next_labelled(struct report_export *export, svctag_prefix *prefix, struct export_row *ret)
{
	const svctag_index *index = svctag_snapshot_index(export->snapshot);
	size_t total = svctag_index_total_prefix_count(index);

	while (export->next_id < total) {
		uint32_t id = export->next_id++;
		struct export_row row = { .prefix = prefix, .labels = export->labels };
		size_t around;

		*prefix = svctag_index_prefix(index, id);
		if (!is_family(export, prefix) || !has_wanted(export, id))
			continue;
		for (uint32_t up = svctag_index_parent(index, id); up != SVCTAG_NO_PREFIX;
		     up = svctag_index_parent(index, up))
			add_labels(export, up, &row);
		around = row.label_count;
		add_labels(export, id, &row);
		if (row.label_count == around)
			continue;
		qsort(export->labels, row.label_count, sizeof(*export->labels), compare_numbers);
		*ret = row;
		return true;
	}
	return false;
}
