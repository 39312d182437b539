#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <svctag/lookup.h>
#include <svctag/region.h>

static const char blanks[] = " \t\r\n\v\f";

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

void
nightly_watch_release(struct nightly_watch *watch)
{
	for (size_t i = 0; i < watch->pattern_count; i++)
		free(watch->patterns[i]);
	free(watch->patterns);
	free(watch->ranges);
	*watch = (struct nightly_watch){ 0 };
}

bool
nightly_watch_is_empty(const struct nightly_watch *watch)
{
	return watch->pattern_count == 0 && watch->range_count == 0;
}

/* Takes the text over, which may be NULL for want of memory. */
static svctag_error
add_pattern(struct nightly_watch *watch, char *text, svctag_detail *detail)
{
	char **grown = text == NULL ? NULL : reallocarray(watch->patterns, watch->pattern_count + 1, sizeof(*grown));

	if (grown == NULL) {
		free(text);
		return fail_memory(detail);
	}
	watch->patterns = grown;
	watch->patterns[watch->pattern_count++] = text;
	return SVCTAG_OK;
}

static svctag_error
add_range(struct nightly_watch *watch, const svctag_range *range, svctag_detail *detail)
{
	svctag_range *grown = reallocarray(watch->ranges, watch->range_count + 1, sizeof(*grown));

	if (grown == NULL)
		return fail_memory(detail);
	watch->ranges = grown;
	watch->ranges[watch->range_count++] = *range;
	return SVCTAG_OK;
}

/* No name of a tag or region has these; a misspelt address must not become a tag that never comes. */
static bool
is_address_like(const char *text, size_t size)
{
	return (text[0] >= '0' && text[0] <= '9') || memchr(text, ':', size) != NULL || memchr(text, '/', size) != NULL;
}

/* A word: itself as a pattern, and where it is some spelling of a region also what its tags call it. */
static svctag_error
add_word(struct nightly_watch *watch, const char *text, size_t size, svctag_detail *detail)
{
	char *word = strndup(text, size);
	const svctag_region *region;
	svctag_error err;

	if (word == NULL)
		return fail_memory(detail);
	region = svctag_region_find(word, NULL);
	if (region != NULL && strcasecmp(region->region, word) != 0) {
		err = add_pattern(watch, strdup(region->region), detail);
		if (err != SVCTAG_OK) {
			free(word);
			return err;
		}
	}
	return add_pattern(watch, word, detail);
}

svctag_error
nightly_watch_add(struct nightly_watch *watch, const char *text, size_t size, svctag_detail *detail)
{
	svctag_detail why = { "" };
	svctag_query query;
	svctag_error err;

	if (size == 0 || memchr(text, '\0', size) != NULL) {
		svctag_detail_set(detail, "a tag, a region or an address is to be watched, not '%.*s'", (int)size,
				  text);
		return SVCTAG_E_SYNTAX;
	}
	err = svctag_query_parse(text, size, &query, &why);
	if (err == SVCTAG_OK)
		return add_range(watch, &query.range, detail);
	if (!is_address_like(text, size))
		return add_word(watch, text, size, detail);
	svctag_detail_set(detail, "%s", why.text[0] != '\0' ? why.text : svctag_error_text(err));
	return err;
}

/* One line of a file, without blanks around and comment behind. */
static svctag_error
add_line(struct nightly_watch *watch, const char *line, size_t size, svctag_detail *detail)
{
	const char *hash = memchr(line, '#', size);

	if (hash != NULL)
		size = (size_t)(hash - line);
	while (size > 0 && strchr(blanks, line[size - 1]) != NULL)
		size--;
	while (size > 0 && strchr(blanks, *line) != NULL) {
		line++;
		size--;
	}
	return size == 0 ? SVCTAG_OK : nightly_watch_add(watch, line, size, detail);
}

svctag_error
nightly_watch_read(struct nightly_watch *watch, const char *path, svctag_detail *detail)
{
	FILE *file = fopen(path, "re");
	svctag_error err = SVCTAG_OK;
	svctag_detail why = { "" };
	char *line = NULL;
	size_t capacity = 0;
	size_t number = 0;
	ssize_t length;

	if (file == NULL) {
		svctag_detail_set(detail, "%s: %s", path, strerror(errno));
		return SVCTAG_E_IO;
	}
	while (err == SVCTAG_OK && (length = getline(&line, &capacity, file)) >= 0) {
		number++;
		err = add_line(watch, line, (size_t)length, &why);
	}
	if (err != SVCTAG_OK) {
		svctag_detail_set(detail, "%s, line %zu: %s", path, number, why.text);
	} else if (ferror(file)) {
		svctag_detail_set(detail, "%s: %s", path, strerror(errno));
		err = SVCTAG_E_IO;
	}
	free(line);
	(void)fclose(file);
	return err;
}

static bool
meets_range(const svctag_range *range, const svctag_prefix_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const svctag_range other = svctag_prefix_range(&list->prefixes[i]);

		if (other.first.family == range->first.family &&
		    svctag_address_compare(&other.first, &range->last) <= 0 &&
		    svctag_address_compare(&range->first, &other.last) <= 0)
			return true;
	}
	return false;
}

/* Before or after: what leaves a watched region is as telling as what comes to it. */
static bool
matches(const char *pattern, const svctag_tag *tag)
{
	if (tag == NULL)
		return false;
	if (svctag_pattern_matches(pattern, tag->properties.name))
		return true;
	return strpbrk(pattern, "*?") == NULL && strcasecmp(pattern, tag->properties.region) == 0;
}

bool
nightly_watch_meets(const struct nightly_watch *watch, const svctag_tag_diff *tag)
{
	for (size_t i = 0; i < watch->pattern_count; i++) {
		if (matches(watch->patterns[i], tag->from) || matches(watch->patterns[i], tag->to))
			return true;
	}
	for (size_t i = 0; i < watch->range_count; i++) {
		const svctag_range *range = &watch->ranges[i];

		if (meets_range(range, &tag->gained) || meets_range(range, &tag->lost) ||
		    meets_range(range, &tag->added) || meets_range(range, &tag->removed))
			return true;
	}
	return false;
}
