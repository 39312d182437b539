/*
 * Which files, in which order. The order of releases is published day, change
 * number, digest; the day comes from the name, so files have to be decoded
 * only where several share a day. A file that cannot be decoded keeps its
 * place, for its error to be told when its turn comes.
 */
#include "importer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "walk.h"

/* An item and what its place depends on. */
struct candidate {
	struct importer_item item;
	size_t sequence; /* in the order of the arguments and folders */
	bool decoded;
	int64_t change_number;
	uint8_t digest[SVCTAG_DIGEST_SIZE];
};

static svctag_error
collect_path(const char *path, struct importer_paths *paths, svctag_detail *detail)
{
	size_t before = paths->count;
	struct stat status;
	svctag_error err;

	if (stat(path, &status) != 0) {
		char buffer[128];

		svctag_detail_set(detail, "%s: %s", path, strerror_r(errno, buffer, sizeof(buffer)));
		return SVCTAG_E_IO;
	}
	if (!S_ISDIR(status.st_mode))
		return importer_paths_add(paths, path);
	err = importer_walk(path, paths, detail);
	/* An empty folder is an item that fails in its turn, without stopping the others. */
	if (err == SVCTAG_OK && paths->count == before)
		err = importer_paths_add(paths, path);
	return err;
}

/* Takes the path over. */
static struct candidate
make_candidate(char *path, size_t sequence, const char *published, const char *today)
{
	struct candidate candidate = { .item.path = path, .sequence = sequence };
	char *day = candidate.item.published;

	if (published != NULL) {
		memcpy(day, published, SVCTAG_DAY_SIZE);
	} else if (!importer_day_of_name(path, day)) {
		memcpy(day, today, SVCTAG_DAY_SIZE);
		candidate.item.published_guessed = true;
	}
	return candidate;
}

static int
by_day(const void *a, const void *b)
{
	const struct candidate *x = a;
	const struct candidate *y = b;
	int order = strcmp(x->item.published, y->item.published);

	return order != 0 ? order : (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static int
by_content(const void *a, const void *b)
{
	const struct candidate *x = a;
	const struct candidate *y = b;
	int order = (x->change_number > y->change_number) - (x->change_number < y->change_number);

	if (order == 0)
		order = memcmp(x->digest, y->digest, sizeof(x->digest));
	return order != 0 ? order : (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

/* Look into the file for change number and digest; only lack of memory is an error here. */
static svctag_error
examine(struct candidate *candidate)
{
	struct importer_document document = { 0 };
	char *data = NULL;
	size_t size;
	svctag_error err = importer_read_file(candidate->item.path, &data, &size, NULL);

	if (err == SVCTAG_OK)
		err = importer_decode(data, size, &document, NULL);
	free(data);
	if (err != SVCTAG_OK)
		return err == SVCTAG_E_NO_MEMORY ? err : SVCTAG_OK;
	candidate->decoded = true;
	candidate->change_number = svctag_release_change_number(document.release);
	memcpy(candidate->digest, svctag_release_digest(document.release), sizeof(candidate->digest));
	importer_document_release(&document);
	return SVCTAG_OK;
}

/* Sort those that could be decoded among the places that they have together. */
static svctag_error
sort_decoded(struct candidate *group, size_t count)
{
	struct candidate *decoded = calloc(count, sizeof(*decoded));
	size_t decoded_count = 0;
	size_t next = 0;

	if (decoded == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		if (group[i].decoded)
			decoded[decoded_count++] = group[i];
	}
	qsort(decoded, decoded_count, sizeof(*decoded), by_content);
	for (size_t i = 0; i < count; i++) {
		if (group[i].decoded)
			group[i] = decoded[next++];
	}
	free(decoded);
	return SVCTAG_OK;
}

/* The candidates are in the order of their days; put those of one day in order. */
static svctag_error
sort_within_days(struct candidate *candidates, size_t count)
{
	size_t first = 0;

	while (first < count) {
		size_t end = first + 1;
		svctag_error err = SVCTAG_OK;

		while (end < count && strcmp(candidates[first].item.published, candidates[end].item.published) == 0)
			end++;
		for (size_t i = first; i < end && end - first > 1 && err == SVCTAG_OK; i++)
			err = examine(&candidates[i]);
		if (err == SVCTAG_OK && end - first > 1)
			err = sort_decoded(&candidates[first], end - first);
		if (err != SVCTAG_OK)
			return err;
		first = end;
	}
	return SVCTAG_OK;
}

/* On success the paths belong to the plan. */
static svctag_error
arrange(struct importer_paths *paths, const char *published, const char *today, struct importer_plan *ret)
{
	struct candidate *candidates = calloc(paths->count + 1, sizeof(*candidates));
	struct importer_item *items = calloc(paths->count + 1, sizeof(*items));
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (candidates == NULL || items == NULL)
		goto out;
	for (size_t i = 0; i < paths->count; i++)
		candidates[i] = make_candidate(paths->items[i], i, published, today);
	qsort(candidates, paths->count, sizeof(*candidates), by_day);
	err = sort_within_days(candidates, paths->count);
	if (err != SVCTAG_OK)
		goto out;
	for (size_t i = 0; i < paths->count; i++)
		items[i] = candidates[i].item;
	*ret = (struct importer_plan){ .items = items, .count = paths->count };
	items = NULL;
	paths->count = 0;
out:
	free(items);
	free(candidates);
	return err;
}

svctag_error
importer_plan_make(const char *const *paths, size_t count, const char *published, const char *today,
		   struct importer_plan *ret, svctag_detail *detail)
{
	struct importer_paths found = { 0 };
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < count && err == SVCTAG_OK; i++)
		err = collect_path(paths[i], &found, detail);
	if (err == SVCTAG_OK)
		err = arrange(&found, published, today, ret);
	if (err == SVCTAG_E_NO_MEMORY)
		svctag_detail_set(detail, "%s", svctag_error_text(err));
	importer_paths_release(&found);
	return err;
}

void
importer_plan_release(struct importer_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free(plan->items[i].path);
	free(plan->items);
	*plan = (struct importer_plan){ 0 };
}
