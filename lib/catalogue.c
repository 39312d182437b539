#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_internal.h"
#include "memory.h"
#include "text.h"

void
svctag_catalogue_free(svctag_catalogue *catalogue)
{
	size_t i;

	if (catalogue == NULL)
		return;
	for (i = 0; i < catalogue->release_count; i++)
		free_const(catalogue->releases[i].warnings);
	free(catalogue->releases);
	free(catalogue->clouds);
	free(catalogue);
}

static int
compare_infos(const void *a, const void *b)
{
	const svctag_release_info *x = a;
	const svctag_release_info *y = b;
	int order = strcmp(x->cloud, y->cloud);

	return order != 0 ? order : (x->position > y->position) - (x->position < y->position);
}

/* They mostly come in order. */
static void
sort_infos(svctag_release_info *infos, size_t count)
{
	size_t i;

	for (i = 1; i < count && compare_infos(&infos[i - 1], &infos[i]) <= 0; i++)
		continue;
	if (i < count)
		qsort(infos, count, sizeof(*infos), compare_infos);
}

svctag_error
catalogue_index(svctag_catalogue *catalogue)
{
	size_t i;

	catalogue->clouds = calloc(catalogue->release_count + 1, sizeof(*catalogue->clouds));
	if (catalogue->clouds == NULL)
		return SVCTAG_E_NO_MEMORY;
	sort_infos(catalogue->releases, catalogue->release_count);
	for (i = 0; i < catalogue->release_count; i++) {
		const char *name = catalogue->releases[i].cloud;
		struct catalogue_cloud *cloud = &catalogue->clouds[catalogue->cloud_count];

		if (i == 0 || strcmp(cloud[-1].name, name) != 0) {
			memcpy(cloud->name, name, sizeof(cloud->name));
			cloud->first = i;
			catalogue->cloud_count++;
		}
		catalogue->clouds[catalogue->cloud_count - 1].count++;
	}
	return SVCTAG_OK;
}

size_t
svctag_catalogue_cloud_count(const svctag_catalogue *catalogue)
{
	return catalogue->cloud_count;
}

const char *
svctag_catalogue_cloud(const svctag_catalogue *catalogue, size_t i)
{
	return catalogue->clouds[i].name;
}

size_t
svctag_catalogue_release_count(const svctag_catalogue *catalogue, size_t cloud)
{
	return catalogue->clouds[cloud].count;
}

const svctag_release_info *
svctag_catalogue_release(const svctag_catalogue *catalogue, size_t cloud, size_t i)
{
	return &catalogue->releases[catalogue->clouds[cloud].first + i];
}

/* "Public, China, Sample", cut to fit. */
static void
list_clouds(const svctag_catalogue *catalogue, char *text, size_t size)
{
	size_t used = 0;
	size_t i;

	text[0] = '\0';
	for (i = 0; i < catalogue->cloud_count; i++) {
		const char *name = catalogue->clouds[i].name;
		size_t length = strlen(name);

		if (used + length + 3 > size)
			return;
		if (i > 0) {
			memcpy(text + used, ", ", 2);
			used += 2;
		}
		memcpy(text + used, name, length + 1);
		used += length;
	}
}

svctag_error
svctag_catalogue_find_cloud(const svctag_catalogue *catalogue, const char *name, size_t *ret, svctag_detail *detail)
{
	const char *wanted = name != NULL ? name : "Public";
	char loaded[256];
	size_t i;

	if (catalogue->cloud_count == 0) {
		svctag_detail_set(detail, "no release is loaded; import one first");
		return SVCTAG_E_EMPTY;
	}
	if (name == NULL && catalogue->cloud_count == 1) {
		*ret = 0;
		return SVCTAG_OK;
	}
	for (i = 0; i < catalogue->cloud_count; i++)
		if (ascii_casecmp(catalogue->clouds[i].name, wanted) == 0) {
			*ret = i;
			return SVCTAG_OK;
		}
	list_clouds(catalogue, loaded, sizeof(loaded));
	svctag_detail_set(detail, "no release of cloud \"%.64s\" is loaded; there is: %s", wanted, loaded);
	return SVCTAG_E_NOT_FOUND;
}

static const svctag_release_info *
last_with_number(const svctag_catalogue *catalogue, size_t cloud, int64_t number)
{
	const svctag_release_info *found = NULL;
	size_t i;

	for (i = 0; i < catalogue->clouds[cloud].count; i++) {
		const svctag_release_info *info = svctag_catalogue_release(catalogue, cloud, i);

		if (info->change_number == number)
			found = info;
	}
	return found;
}

static svctag_error
resolve_number(const svctag_catalogue *catalogue, size_t cloud, const char *reference, const svctag_release_info **ret,
	       svctag_detail *detail)
{
	const svctag_release_info *found;
	char *end;
	long long number;

	errno = 0;
	number = strtoll(reference, &end, 10);
	found = errno == 0 && *end == '\0' ? last_with_number(catalogue, cloud, number) : NULL;
	if (found == NULL) {
		svctag_detail_set(detail, "no release with change number %.20s is loaded for cloud %s", reference,
				  catalogue->clouds[cloud].name);
		return SVCTAG_E_NOT_FOUND;
	}
	*ret = found;
	return SVCTAG_OK;
}

static svctag_error
resolve_day(const svctag_catalogue *catalogue, size_t cloud, const char *day, const svctag_release_info **ret,
	    svctag_detail *detail)
{
	const svctag_release_info *found = NULL;
	size_t i;

	for (i = 0; i < catalogue->clouds[cloud].count; i++) {
		const svctag_release_info *info = svctag_catalogue_release(catalogue, cloud, i);

		/* Days of this form compare as text. */
		if (strcmp(info->published, day) <= 0)
			found = info;
	}
	if (found == NULL) {
		svctag_detail_set(detail, "no release of cloud %s was in force on %s; the first loaded one is of %s",
				  catalogue->clouds[cloud].name, day,
				  svctag_catalogue_release(catalogue, cloud, 0)->published);
		return SVCTAG_E_NOT_FOUND;
	}
	*ret = found;
	return SVCTAG_OK;
}

static svctag_error
resolve_id(const svctag_catalogue *catalogue, size_t cloud, const char *digits, const svctag_release_info **ret,
	   svctag_detail *detail)
{
	size_t size = strspn(digits, "0123456789abcdefABCDEF");
	const svctag_release_info *found = NULL;
	size_t i;

	if (digits[size] != '\0' || size < 6 || size >= SVCTAG_DIGEST_TEXT_SIZE) {
		svctag_detail_set(detail, "\"id:%.80s\" is not id: and 6 to 64 hexadecimal digits", digits);
		return SVCTAG_E_SYNTAX;
	}
	for (i = 0; i < catalogue->clouds[cloud].count; i++) {
		const svctag_release_info *info = svctag_catalogue_release(catalogue, cloud, i);
		char text[SVCTAG_DIGEST_TEXT_SIZE];
		size_t j;

		svctag_digest_format(info->digest, text);
		for (j = 0; j < size && text[j] == ascii_lower(digits[j]); j++)
			continue;
		if (j < size)
			continue;
		if (found != NULL && memcmp(found->digest, info->digest, SVCTAG_DIGEST_SIZE) != 0) {
			svctag_detail_set(detail, "id:%s fits several releases of cloud %s; give more digits", digits,
					  catalogue->clouds[cloud].name);
			return SVCTAG_E_DUPLICATE;
		}
		found = info;
	}
	if (found == NULL) {
		svctag_detail_set(detail, "no release with id:%s is loaded for cloud %s", digits,
				  catalogue->clouds[cloud].name);
		return SVCTAG_E_NOT_FOUND;
	}
	*ret = found;
	return SVCTAG_OK;
}

svctag_error
svctag_catalogue_resolve(const svctag_catalogue *catalogue, size_t cloud, const char *reference,
			 const svctag_release_info **ret, svctag_detail *detail)
{
	size_t count = catalogue->clouds[cloud].count;

	if (reference == NULL || ascii_casecmp(reference, "latest") == 0) {
		*ret = svctag_catalogue_release(catalogue, cloud, count - 1);
		return SVCTAG_OK;
	}
	if (ascii_casecmp(reference, "previous") == 0) {
		if (count < 2) {
			svctag_detail_set(detail, "there is no previous release: only one is loaded for cloud %s",
					  catalogue->clouds[cloud].name);
			return SVCTAG_E_NOT_FOUND;
		}
		*ret = svctag_catalogue_release(catalogue, cloud, count - 2);
		return SVCTAG_OK;
	}
	if (strncmp(reference, "id:", 3) == 0)
		return resolve_id(catalogue, cloud, reference + 3, ret, detail);
	if (svctag_day_is_valid(reference))
		return resolve_day(catalogue, cloud, reference, ret, detail);
	if (reference[0] != '\0' && reference[strspn(reference, "0123456789")] == '\0')
		return resolve_number(catalogue, cloud, reference, ret, detail);
	svctag_detail_set(detail,
			  "\"%.60s\" names no release; use latest, previous, a change number (346), a day (2022-03-01) "
			  "or id:<hex>",
			  reference);
	return SVCTAG_E_SYNTAX;
}

bool
svctag_catalogue_gap(const svctag_catalogue *catalogue, const svctag_release_info *a, const svctag_release_info *b)
{
	int64_t low = a->change_number < b->change_number ? a->change_number : b->change_number;
	int64_t high = a->change_number < b->change_number ? b->change_number : a->change_number;
	/* Of any numbers: the difference need not fit a signed one. */
	uint64_t between = (uint64_t)high - (uint64_t)low;
	bool *loaded;
	bool gap = false;
	size_t i;

	/* The numbers of another source are another series. */
	if (strcmp(a->cloud, b->cloud) != 0 || strcmp(a->source, b->source) != 0 || between < 2)
		return false;
	if (between > catalogue->release_count)
		return true;
	loaded = calloc((size_t)between + 1, sizeof(*loaded));
	if (loaded == NULL)
		return true;
	for (i = 0; i < catalogue->release_count; i++) {
		const svctag_release_info *info = &catalogue->releases[i];

		if (info->change_number >= low && info->change_number <= high && strcmp(info->cloud, a->cloud) == 0 &&
		    strcmp(info->source, a->source) == 0)
			loaded[info->change_number - low] = true;
	}
	for (i = 0; i <= between && !gap; i++)
		gap = !loaded[i];
	free(loaded);
	return gap;
}
