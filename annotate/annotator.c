#include "annotator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/ends.h"

#include "record.h"

char
annotate_csv_separator(const struct annotate_options *options)
{
	return options->separator == NULL || *options->separator == '\0' ? ',' : options->separator[0];
}

/* Does the header's field with this number have the name that was given? */
static bool
is_column(const struct annotate_options *options, const struct field_rule *fields, const char *header, size_t size,
	  size_t number, bool *ret_named)
{
	struct record_field cell = { NULL, 0 };
	size_t name_size = strlen(options->field_name);

	if (options->input == ANNOTATE_CSV) {
		if (!record_find(header, size, annotate_csv_separator(options), number, &cell))
			return false;
	} else if (!field_find(fields, header, size, number, &cell.text, &cell.size)) {
		return false;
	}
	*ret_named = cell.size == name_size && memcmp(cell.text, options->field_name, name_size) == 0;
	return true;
}

/* A header without its line end and the mark that some programs put before the first line. */
static void
trim_header(const char **header, size_t *size)
{
	if (*size > 0 && (*header)[*size - 1] == '\n')
		--*size;
	if (*size > 0 && (*header)[*size - 1] == '\r')
		--*size;
	if (*size >= 3 && memcmp(*header, "\xef\xbb\xbf", 3) == 0) {
		*header += 3;
		*size -= 3;
	}
}

static struct field_rule
field_rule_of(const struct annotate_options *options)
{
	const char *separator = options->separator;

	if (separator == NULL || *separator == '\0')
		return (struct field_rule){ NULL, 0 };
	return (struct field_rule){ separator, strlen(separator) };
}

svctag_error
annotate_header_field(const struct annotate_options *options, const char *header, size_t size, size_t *ret,
		      svctag_detail *detail)
{
	struct field_rule fields = field_rule_of(options);
	bool named = false;

	if (options->field_name == NULL) {
		*ret = options->field;
		return SVCTAG_OK;
	}
	trim_header(&header, &size);
	for (size_t number = 1; is_column(options, &fields, header, size, number, &named); number++) {
		if (!named)
			continue;
		*ret = number;
		return SVCTAG_OK;
	}
	svctag_detail_set(detail, "line 1: the header names no column '%s'", options->field_name);
	return SVCTAG_E_NOT_FOUND;
}

/* What does not go together. */
static svctag_error
check_options(const struct annotate_options *options, svctag_detail *detail)
{
	bool by_field = options->input == ANNOTATE_FIELD || options->input == ANNOTATE_CSV;

	if (by_field && options->field == 0 && (options->field_name == NULL || !options->header))
		svctag_detail_set(detail, "a field is named by its number, from 1, or by a header");
	else if (options->input == ANNOTATE_JSON && (options->key == NULL || *options->key == '\0'))
		svctag_detail_set(detail, "the key of the address is empty");
	else if (options->input == ANNOTATE_JSON && options->header)
		svctag_detail_set(detail, "lines of JSON have no header");
	else if (options->input == ANNOTATE_CSV && options->separator != NULL && strlen(options->separator) > 1)
		svctag_detail_set(detail, "the separator of CSV is one character");
	else if (options->input == ANNOTATE_CSV && options->separator != NULL &&
		 strpbrk(options->separator, "\"\r\n") != NULL)
		svctag_detail_set(detail, "the separator of CSV is no quote and no line end");
	else
		return SVCTAG_OK;
	return SVCTAG_E_INVALID;
}

static svctag_error
make_names(const char *prefix, struct render_names *names)
{
	prefix = prefix == NULL ? "" : prefix;
	if (asprintf(&names->region, "%sregion", prefix) < 0)
		names->region = NULL;
	if (asprintf(&names->tags, "%stags", prefix) < 0)
		names->tags = NULL;
	return names->region == NULL || names->tags == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
}

static void
set_rules(struct annotator *annotator)
{
	const struct annotate_options *options = &annotator->options;
	const char *separator = options->separator == NULL ? "" : options->separator;

	annotator->fields = field_rule_of(options);
	annotator->json = (struct jsonline_rule){ options->key, { annotator->names.region, annotator->names.tags } };
	annotator->filters = options->only_count > 0 || options->except_count > 0;
	annotator->adds = !annotator->filters || options->add;
	annotator->keeps_others = options->only_count == 0;
	annotator->uses_table = quad_table_is_usable() && ends_are_usable();
	quad_table_fill(&annotator->quads);
	annotator->quad_is_line = options->input != ANNOTATE_JSON && strpbrk(separator, ".0123456789") == NULL;
}

svctag_error
annotator_new(const svctag_snapshot *snapshot, const struct annotate_options *options, struct annotator **ret,
	      svctag_detail *detail)
{
	svctag_error err = check_options(options, detail);
	struct annotator *annotator;

	if (err != SVCTAG_OK)
		return err;
	annotator = calloc(1, sizeof(*annotator));
	if (annotator == NULL)
		return SVCTAG_E_NO_MEMORY;
	annotator->options = *options;
	annotator->index = svctag_snapshot_index(snapshot);
	err = make_names(options->name_prefix, &annotator->names);
	if (err == SVCTAG_OK) {
		set_rules(annotator);
		annotator->header = render_header(options, &annotator->names);
		err = annotator->header == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	}
	if (err == SVCTAG_OK)
		err = labels_new(snapshot, &annotator->options, &annotator->names, &annotator->labels);
	if (err != SVCTAG_OK) {
		annotator_free(annotator);
		return err;
	}
	*ret = annotator;
	return SVCTAG_OK;
}

void
annotator_free(struct annotator *annotator)
{
	if (annotator == NULL)
		return;
	labels_free(annotator->labels);
	free(annotator->names.region);
	free(annotator->names.tags);
	free(annotator->header);
	free(annotator);
}
