#include "export.h"

#include <stdlib.h>
#include <string.h>

#include "export_internal.h"
#include "format.h"

/** Rows of one piece. */
#define PIECE_ROWS 500

static const struct export_writer *const writers[EXPORT_FORMAT_COUNT] = {
	[EXPORT_JSON] = &export_json,
	[EXPORT_NDJSON] = &export_ndjson,
	[EXPORT_CSV] = &export_csv,
	[EXPORT_TEXT] = &export_text,
	[EXPORT_NGINX] = &export_nginx,
	[EXPORT_HAPROXY] = &export_haproxy,
	[EXPORT_IPSET] = &export_ipset,
	[EXPORT_NFTABLES] = &export_nftables,
	[EXPORT_TERRAFORM] = &export_terraform,
	[EXPORT_POSTGRES] = &export_postgres,
	[EXPORT_CLICKHOUSE] = &export_clickhouse,
};

const char *
report_export_name(enum report_export_format format)
{
	return format < EXPORT_FORMAT_COUNT ? writers[format]->name : NULL;
}

const char *
report_export_media_type(enum report_export_format format)
{
	return writers[format]->media_type;
}

bool
report_export_parse(const char *name, enum report_export_format *ret)
{
	for (enum report_export_format i = 0; i < EXPORT_FORMAT_COUNT; i++) {
		if (strcmp(name, writers[i]->name) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

void
report_export_free(struct report_export *export)
{
	if (export == NULL)
		return;
	report_prefixes_release(&export->prefixes);
	free(export->tags);
	free(export->ids);
	free(export->ends);
	free(export->is_wanted);
	free(export->labels);
	free(export->seen);
	free(export->head);
	free(export);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static svctag_error
take_name(struct report_export *export, const char *name, svctag_detail *detail)
{
	size_t size = strlen(name);
	bool fits = size < EXPORT_NAME_SIZE && is_letter(name[0]);

	for (size_t i = 0; i < size && fits; i++)
		fits = is_letter(name[i]) || (name[i] >= '0' && name[i] <= '9') || name[i] == '_';
	if (!fits) {
		svctag_detail_set(detail,
				  "the name has to have 1 to %d letters, digits and '_', a letter first, not '%.40s'",
				  EXPORT_NAME_SIZE - 1, name);
		return SVCTAG_E_SYNTAX;
	}
	memcpy(export->name, name, size + 1);
	return SVCTAG_OK;
}

svctag_error
report_export_begin(const svctag_snapshot *snapshot, const struct report_export_options *options,
		    struct report_export **ret, svctag_detail *detail)
{
	struct report_export *export = calloc(1, sizeof(*export));
	svctag_error err;

	if (export == NULL)
		return SVCTAG_E_NO_MEMORY;
	export->writer = writers[options->format];
	export->snapshot = snapshot;
	export->family = options->family;
	export->aggregate = options->aggregate || export->writer->merged;
	err = take_name(export, options->name != NULL ? options->name : "svctag", detail);
	if (err == SVCTAG_OK && options->aggregate && export->writer->shape == EXPORT_LABELLED) {
		svctag_detail_set(detail,
				  "%s has the tags of each prefix, so they cannot be aggregated; what says nothing "
				  "new is left out anyway",
				  export->writer->name);
		err = SVCTAG_E_SYNTAX;
	}
	if (err == SVCTAG_OK)
		err = export_select_tags(export, options, detail);
	if (err == SVCTAG_OK)
		err = export_select_prefixes(export);
	if (err == SVCTAG_OK) {
		*ret = export;
		export = NULL;
	}
	report_export_free(export);
	return err;
}

const svctag_release_info *
export_release(const struct report_export *export)
{
	return svctag_snapshot_info(export->snapshot);
}

bool
export_has_family(const struct report_export *export, size_t family)
{
	return export->family == 0 || SVCTAG_FAMILY_INDEX(export->family) == family;
}

void
export_title(const struct report_export *export, FILE *out)
{
	char release[FORMAT_RELEASE_SIZE];
	char digest[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_digest_format(export_release(export)->digest, digest);
	fprintf(out, "svctag %s: %s, id %s", SVCTAG_VERSION, format_release(export_release(export), release), digest);
}

void
export_labels(const struct report_export *export, FILE *out, const struct export_row *row,
	      void (*write)(FILE *out, const char *text))
{
	for (size_t i = 0; i < row->label_count; i++) {
		if (i > 0)
			putc(',', out);
		write(out, svctag_index_tag_name(svctag_snapshot_index(export->snapshot), row->labels[i]));
	}
}

static void
write_row(struct report_export *export, FILE *out, struct export_row *row)
{
	size_t *written = &export->written[SVCTAG_FAMILY_INDEX(row->prefix->family)];

	if (export->writer->shape != EXPORT_BY_TAG)
		row->number = *written;
	export->writer->row(export, out, row);
	(*written)++;
}

/** The next tag's prefixes, and what is written before them. */
static svctag_error
begin_tag(struct report_export *export, FILE *out)
{
	svctag_index_tag tag =
		svctag_index_tag_at(svctag_snapshot_index(export->snapshot), export->tags[export->next_tag]);
	svctag_error err = export_next_tag(export);

	if (err != SVCTAG_OK || export->writer->begin_tag == NULL)
		return err;
	return export->writer->begin_tag(export, out, &tag);
}

/** Rows of one tag after the other. A tag counts as a row, so that many without prefixes are not one piece. */
static svctag_error
write_tags(struct report_export *export, FILE *out, bool *ret_done)
{
	svctag_error err = SVCTAG_OK;

	for (size_t rows = 0; rows < PIECE_ROWS && err == SVCTAG_OK; rows++) {
		if (export->next_tag > 0 && export->next_prefix < export->prefixes.count) {
			uint32_t number = export->tags[export->next_tag - 1];
			svctag_index_tag tag = svctag_index_tag_at(svctag_snapshot_index(export->snapshot), number);
			struct export_row row = { .prefix = &export->prefixes.prefixes[export->next_prefix],
						  .tag = &tag,
						  .number = export->next_prefix };

			write_row(export, out, &row);
			export->next_prefix++;
			continue;
		}
		if (export->next_tag > 0 && export->writer->end_tag != NULL)
			export->writer->end_tag(export, out);
		*ret_done = export->next_tag == export->tag_count;
		if (*ret_done)
			break;
		err = begin_tag(export, out);
	}
	return err;
}

static void
write_prefixes(struct report_export *export, FILE *out, bool *ret_done)
{
	for (size_t rows = 0; rows < PIECE_ROWS && export->next_prefix < export->prefixes.count; rows++) {
		struct export_row row = { .prefix = &export->prefixes.prefixes[export->next_prefix++] };

		write_row(export, out, &row);
	}
	*ret_done = export->next_prefix == export->prefixes.count;
}

static void
write_labelled(struct report_export *export, FILE *out, bool *ret_done)
{
	for (size_t rows = 0; rows < PIECE_ROWS; rows++) {
		svctag_prefix prefix;
		struct export_row row;

		*ret_done = !export_next_labelled(export, &prefix, &row);
		if (*ret_done)
			return;
		write_row(export, out, &row);
	}
}

svctag_error
report_export_next(struct report_export *export, FILE *out, bool *ret_done)
{
	svctag_error err = SVCTAG_OK;
	bool done = false;

	if (!export->begun && export->writer->begin != NULL)
		export->writer->begin(export, out);
	export->begun = true;
	switch (export->writer->shape) {
	case EXPORT_BY_TAG: err = write_tags(export, out, &done); break;
	case EXPORT_BY_PREFIX: write_prefixes(export, out, &done); break;
	case EXPORT_LABELLED: write_labelled(export, out, &done); break;
	}
	if (done && export->writer->end != NULL)
		export->writer->end(export, out);
	if (err == SVCTAG_OK)
		err = format_written(out);
	if (err == SVCTAG_OK)
		*ret_done = done;
	return err;
}
