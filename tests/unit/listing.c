#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes
listing_load(const char *name)
{
	const char *source = getenv("SVCTAG_SOURCE");
	char *path = testing_path(source != NULL ? source : ".", name);
	FILE *file = fopen(path, "rb");
	struct bytes bytes;

	if (file == NULL)
		fail_msg("cannot open %s: is SVCTAG_SOURCE the source folder?", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	bytes.size = (size_t)ftell(file);
	rewind(file);
	bytes.data = testing_allocate(bytes.size + 1, 1);
	assert_int_equal(fread(bytes.data, 1, bytes.size, file), bytes.size);
	assert_int_equal(fclose(file), 0);
	free(path);
	return bytes;
}

struct bytes
listing_load_fixture(const char *name)
{
	char *path = testing_path("tests/data/lists", name);
	struct bytes bytes = listing_load(path);

	free(path);
	return bytes;
}

struct list *
listing_read_bytes(const char *data, size_t size, const char *name, const struct list_options *options)
{
	struct list *list = NULL;
	svctag_detail detail = { "" };
	svctag_error err = list_read(data, size, name, options, &list, &detail);

	if (err != SVCTAG_OK)
		fail_msg("%s: %s: %s", name, svctag_error_text(err), detail.text);
	return list;
}

struct list *
listing_read_text(const char *text, const char *format)
{
	struct list_options options = { .format = format };

	return listing_read_bytes(text, strlen(text), "list", &options);
}

void
listing_check_error(const char *text, const struct list_options *options, svctag_error want, const char *want_detail)
{
	struct list *list = NULL;
	svctag_detail detail = { "" };

	TESTING_CHECK(list_read(text, strlen(text), "list", options, &list, &detail), want);
	assert_null(list);
	assert_string_equal(detail.text, want_detail);
}

int
listing_compare_ranges(const void *a, const void *b)
{
	const svctag_range *x = a, *y = b;
	int order = svctag_address_compare(&x->first, &y->first);

	return order != 0 ? order : svctag_address_compare(&x->last, &y->last);
}

svctag_range *
listing_sorted_ranges(const struct list *list)
{
	svctag_range *ranges = testing_allocate(list->entry_count + 1, sizeof(*ranges));

	for (size_t i = 0; i < list->entry_count; i++)
		ranges[i] = list->entries[i].range;
	qsort(ranges, list->entry_count, sizeof(*ranges), listing_compare_ranges);
	return ranges;
}

size_t
listing_count_errors(const struct list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->problem_count; i++)
		count += !list->problems[i].is_warning;
	return count;
}

const struct list_entry *
listing_find_entry(const struct list *list, const char *text)
{
	for (size_t i = 0; i < list->entry_count; i++) {
		if (strcmp(list->entries[i].text, text) == 0)
			return &list->entries[i];
	}
	fail_msg("%s: no entry %s", list->name, text);
	abort(); /* fail_msg() does not return, which the compiler cannot know */
}

const struct list_mention *
listing_find_mention(const struct list *list, const char *tag)
{
	for (size_t i = 0; i < list->mention_count; i++) {
		if (strcmp(list->mentions[i].tag, tag) == 0)
			return &list->mentions[i];
	}
	fail_msg("%s: no mention of %s", list->name, tag);
	abort(); /* fail_msg() does not return, which the compiler cannot know */
}

void
listing_check_entries(const char *text, const char *format, const char *want)
{
	struct list *list = listing_read_text(text, format);
	char *got = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&got, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < list->entry_count; i++) {
		char entry[SVCTAG_RANGE_TEXT_SIZE];
		const char *intent = list->entries[i].intent;
		size_t length = list_entry_format(&list->entries[i], entry);

		assert_int_equal(length, strlen(entry));
		fprintf(stream, "%s%s%s%s", i > 0 ? " " : "", entry, intent != NULL ? "=" : "",
			intent != NULL ? intent : "");
	}
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(got, want);
	free(got);
	list_free(list);
}

void
listing_check_problems(const char *text, const char *format, const char *want)
{
	struct list *list = listing_read_text(text, format);
	char *got = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&got, &size);

	assert_non_null(stream);
	for (size_t i = 0; i < list->problem_count; i++)
		fprintf(stream, "%s%zu %s", i > 0 ? "; " : "", list->problems[i].line, list->problems[i].text);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(got, want);
	free(got);
	list_free(list);
}
