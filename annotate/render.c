#include "render.h"

#include <stdlib.h>
#include <string.h>

#include <report/csv.h>
#include <report/json.h>

/* Stands for nothing in a column, as in the logs of web servers: an empty column would be lost between blanks. */
#define NOTHING "-"

/* The names of the tags with commas between them. free() it. */
static char *
join_tags(const svctag_index *index, const uint32_t *tags, size_t count)
{
	size_t size = 1;
	char *text;
	char *to;

	for (size_t i = 0; i < count; i++)
		size += strlen(svctag_index_tag_name(index, tags[i])) + 1;
	text = malloc(size);
	if (text == NULL)
		return NULL;
	*text = '\0';
	to = text;
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			*to++ = ',';
		to = stpcpy(to, svctag_index_tag_name(index, tags[i]));
	}
	return text;
}

static const char *
separator_of(const struct annotate_options *options)
{
	return options->separator == NULL || *options->separator == '\0' ? "\t" : options->separator;
}

/* Two columns, with a separator before each. */
static char *
two_columns(const struct annotate_options *options, const char *region, const char *tags)
{
	const char *separator = separator_of(options);
	char *text = malloc(2 * strlen(separator) + strlen(region) + strlen(tags) + 1);

	if (text != NULL)
		(void)stpcpy(stpcpy(stpcpy(stpcpy(text, separator), region), separator), tags);
	return text;
}

/* The same as CSV, quoted where they have to be. */
static char *
two_csv_columns(const struct annotate_options *options, const char *region, const char *tags)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct csv csv = { .out = out, .separator = options->separator == NULL ? ',' : options->separator[0] };

	if (out == NULL)
		return NULL;
	csv_text(&csv, ""); /* stands for what is in the line */
	csv_text(&csv, region);
	csv_text(&csv, tags);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* `"name":value`, of a value that the object has under the name already. */
static char *
one_member(struct json *json, cJSON *object)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (out == NULL) {
		cJSON_Delete(object);
		return NULL;
	}
	err = json_finish(json, object, out, "");
	if (fclose(out) != 0 || err != SVCTAG_OK) {
		free(text);
		return NULL;
	}
	/* Without the braces. */
	memmove(text, text + 1, size - 2);
	text[size - 2] = '\0';
	return text;
}

static char *
region_member(const char *name, const char *region)
{
	struct json json = { false };
	cJSON *object = json_object(&json);

	json_add_text(&json, object, name, region);
	return one_member(&json, object);
}

static char *
tags_member(const char *name, const svctag_index *index, const uint32_t *tags, size_t count)
{
	struct json json = { false };
	cJSON *object = json_object(&json);
	cJSON *array = json_add_array(&json, object, name);

	for (size_t i = 0; i < count; i++)
		json_add_text(&json, array, NULL, svctag_index_tag_name(index, tags[i]));
	return one_member(&json, object);
}

/* Bytes of the name, its quotes and the colon, as they are printed. 0: out of memory */
static size_t
name_size(const char *name)
{
	char *member = region_member(name, NULL);
	size_t size = member == NULL ? 0 : strlen(member) - strlen("null");

	free(member);
	return size;
}

static svctag_error
render_json(const struct render_names *names, const svctag_index *index, const char *region, const uint32_t *tags,
	    size_t count, struct rendered *ret)
{
	char *first = region_member(names->region, region);
	char *second = tags_member(names->tags, index, tags, count);
	size_t first_name = name_size(names->region);
	size_t second_name = name_size(names->tags);
	char *text = NULL;

	if (first != NULL && second != NULL && first_name > 0 && second_name > 0 &&
	    asprintf(&text, "%s,%s", first, second) < 0)
		text = NULL;
	if (text != NULL)
		*ret = (struct rendered){
			.text = text,
			.size = strlen(text),
			.places = { .region_value = (uint32_t)first_name,
				    .region_end = (uint32_t)strlen(first),
				    .tags_value = (uint32_t)(strlen(first) + 1 + second_name) },
		};
	free(first);
	free(second);
	return text == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
}

svctag_error
render_label(const struct annotate_options *options, const struct render_names *names, const svctag_index *index,
	     const char *region, const uint32_t *tags, size_t count, struct rendered *ret)
{
	char *joined;
	char *text;

	if (options->input == ANNOTATE_JSON)
		return render_json(names, index, region, tags, count, ret);
	joined = join_tags(index, tags, count);
	if (joined == NULL)
		return SVCTAG_E_NO_MEMORY;
	if (options->input == ANNOTATE_CSV)
		text = two_csv_columns(options, region, joined);
	else
		text = two_columns(options, region == NULL ? NOTHING : region, count == 0 ? NOTHING : joined);
	free(joined);
	if (text == NULL)
		return SVCTAG_E_NO_MEMORY;
	*ret = (struct rendered){ .text = text, .size = strlen(text) };
	return SVCTAG_OK;
}

char *
render_header(const struct annotate_options *options, const struct render_names *names)
{
	return options->input == ANNOTATE_CSV ? two_csv_columns(options, names->region, names->tags)
					      : two_columns(options, names->region, names->tags);
}
