/* By what lists, and what is told of them, are recognised from run to run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <svctag/hmac.h>

#include "list.h"
#include "nightly_internal.h"

/** Most characters of a list's own name in that of its folder. */
#define MOST_NAME 40
/** Hexadecimal digits of its path and cloud there. */
#define PATH_DIGITS 12

/* Without "." and empty parts, in place. ".." stays: what it means depends on links. */
static void
simplify(char *path)
{
	char *to = path;

	for (const char *from = path; *from != '\0';) {
		size_t size = strcspn(from, "/");

		if (size > 0 && !(size == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, size);
			to += size;
		}
		from += size + (from[size] == '/');
	}
	*to = '\0';
}

char *
list_absolute_path(const char *path)
{
	char *folder = *path == '/' ? strdup("") : getcwd(NULL, 0);
	char *whole = NULL;

	if (folder == NULL || asprintf(&whole, "/%s/%s", folder, path) < 0)
		whole = NULL;
	free(folder);
	if (whole != NULL)
		simplify(whole);
	return whole;
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
	       c == '-';
}

/* The SHA-256 of a text that is made for it; frees the text. */
static svctag_error
digest_text(char *text, size_t size, uint8_t ret[SVCTAG_DIGEST_SIZE])
{
	if (text == NULL)
		return SVCTAG_E_NO_MEMORY;
	svctag_sha256(text, size, ret);
	free(text);
	return SVCTAG_OK;
}

char *
list_folder(const char *path, const char *cloud)
{
	const char *base = strrchr(path, '/') + 1;
	char digits[SVCTAG_DIGEST_TEXT_SIZE];
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	char name[MOST_NAME + 1];
	char *text = NULL;
	size_t size = 0;

	if (asprintf(&text, "%s\n%s", cloud, path) < 0 || digest_text(text, strlen(text), digest) != SVCTAG_OK)
		return NULL;
	svctag_digest_format(digest, digits);
	while (size < MOST_NAME && base[size] != '\0') {
		name[size] = '_';
		if (is_plain(base[size]) && !(size == 0 && base[0] == '.'))
			name[size] = base[size];
		size++;
	}
	if (asprintf(&text, LISTS_FOLDER "/%.*s-%.*s", (int)size, name, PATH_DIGITS, digits) < 0)
		return NULL;
	return text;
}

/* ---- lines of text whose order does not count ---- */

struct lines {
	char **lines;
	size_t count;
};

static void
lines_release(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->lines[i]);
	free(lines->lines);
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
add_entry(struct lines *lines, const struct list_entry *entry, const char *intent)
{
	char text[SVCTAG_RANGE_TEXT_SIZE];

	list_entry_format(entry, text);
	if (asprintf(&lines->lines[lines->count], "%s\t%s\n", text, intent == NULL ? "" : intent) < 0)
		return false;
	lines->count++;
	return true;
}

/* Sort them, leave out repeated ones, and digest them after `head`. */
static svctag_error
digest_lines(const char *head, struct lines *lines, uint8_t ret[SVCTAG_DIGEST_SIZE])
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return SVCTAG_E_NO_MEMORY;
	qsort(lines->lines, lines->count, sizeof(*lines->lines), compare_lines);
	fputs(head, out);
	for (size_t i = 0; i < lines->count; i++) {
		if (i == 0 || strcmp(lines->lines[i - 1], lines->lines[i]) != 0)
			fputs(lines->lines[i], out);
	}
	if (fclose(out) != 0) {
		free(text);
		text = NULL;
	}
	return digest_text(text, size, ret);
}

svctag_error
list_digest(const struct list *list, const char *intent, uint8_t ret[SVCTAG_DIGEST_SIZE])
{
	struct lines lines = { .lines = calloc(list->entry_count + list->problem_count + 1, sizeof(char *)) };
	bool ok = lines.lines != NULL;
	svctag_error err;

	for (size_t i = 0; i < list->entry_count && ok; i++) {
		const struct list_entry *entry = &list->entries[i];

		ok = add_entry(&lines, entry, entry->intent != NULL ? entry->intent : intent);
	}
	for (size_t i = 0; i < list->problem_count && ok; i++) {
		if (list->problems[i].is_warning)
			continue;
		ok = asprintf(&lines.lines[lines.count], "?\t%s\n", list->problems[i].text) >= 0;
		lines.count += ok;
	}
	err = ok ? digest_lines("", &lines, ret) : SVCTAG_E_NO_MEMORY;
	lines_release(&lines);
	return err;
}

/* What is told is about this: the path, the cloud, and either a step or the list as it stands in one release. */
static char *
event_head(const struct report_drift_event *event, const uint8_t entries[SVCTAG_DIGEST_SIZE])
{
	const svctag_release_info *at = report_drift_event_at(event);
	const svctag_release_info *before = report_drift_event_before(event);
	char since[SVCTAG_DIGEST_TEXT_SIZE];
	char release[SVCTAG_DIGEST_TEXT_SIZE];
	char *head = NULL;

	svctag_digest_format(at->digest, release);
	svctag_digest_format(before != NULL ? before->digest : entries, since);
	if (asprintf(&head, "%s\n%s\n%s\n%s\n%s\n", event->path, at->cloud, before != NULL ? "release" : "list", since,
		     release) < 0)
		return NULL;
	return head;
}

svctag_error
list_event_key(const struct report_drift_event *event, const uint8_t entries[SVCTAG_DIGEST_SIZE],
	       uint8_t ret[SVCTAG_DIGEST_SIZE])
{
	struct lines lines = { .lines = calloc(event->broken_count + 1, sizeof(char *)) };
	char *head = event_head(event, entries);
	bool ok = lines.lines != NULL && head != NULL;
	svctag_error err;

	for (size_t i = 0; i < event->broken_count && ok; i++) {
		const size_t entry = event->broken[i];
		const uint32_t tag = svctag_drift_intent(event->drift, entry);

		ok = add_entry(&lines, &event->list->entries[entry], svctag_drift_tag_name(event->drift, tag));
	}
	err = ok ? digest_lines(head, &lines, ret) : SVCTAG_E_NO_MEMORY;
	lines_release(&lines);
	free(head);
	return err;
}
