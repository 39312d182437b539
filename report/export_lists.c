/* A table of tags and prefixes, and prefixes alone. */
#include "csv.h"
#include "export_internal.h"

static void
csv_begin(const struct report_export *export, FILE *out)
{
	(void)export;
	fputs("tag,prefix,region,regionId,systemService,platform,networkFeatures,tagChangeNumber," CSV_RELEASE_HEADER
	      "\n",
	      out);
}

static void
csv_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	const svctag_properties *p = &row->tag->properties;
	struct csv csv = { .out = out };

	csv_text(&csv, p->name);
	csv_prefix(&csv, row->prefix);
	csv_text(&csv, p->region);
	if (p->has_region_id)
		csv_integer(&csv, p->region_id);
	else
		csv_text(&csv, NULL);
	csv_text(&csv, p->system_service);
	csv_text(&csv, p->platform);
	csv_text(&csv, p->network_features);
	csv_integer(&csv, p->change_number);
	csv_release(&csv, export_release(export));
	csv_end(&csv);
}

const struct export_writer export_csv = {
	.name = "csv",
	.media_type = "text/csv; charset=utf-8",
	.shape = EXPORT_BY_TAG,
	.begin = csv_begin,
	.row = csv_row,
};

/* No comment: there are readers that take none. */
static void
text_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	(void)export;
	svctag_prefix_format(row->prefix, text);
	fprintf(out, "%s\n", text);
}

const struct export_writer export_text = {
	.name = "text",
	.media_type = "text/plain; charset=utf-8",
	.shape = EXPORT_BY_PREFIX,
	.row = text_row,
};
