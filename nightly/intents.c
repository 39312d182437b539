/*
 * What entries are meant for whose list does not say. It is found when an
 * entry is first seen, and kept: else loading an old release, or taking one
 * out, would give them another meaning from one night to the next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "list.h"

#define INTENTS_FILE "intents.txt"
#define HEADING "svctag intents 1\n"
/** Two million entries with long names have some 150 MB. */
#define MAX_INTENTS ((size_t)512 << 20)

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

void
intents_release(struct intents *intents)
{
	for (size_t i = 0; i < intents->count; i++) {
		free(intents->items[i].entry);
		free(intents->items[i].tag);
	}
	free(intents->items);
	*intents = (struct intents){ 0 };
}

static int
compare(const void *a, const void *b)
{
	const struct intent *x = a;
	const struct intent *y = b;

	return strcmp(x->entry, y->entry);
}

/* Room for so many more. */
static bool
reserve(struct intents *intents, size_t more)
{
	struct intent *grown = reallocarray(intents->items, intents->count + more + 1, sizeof(*grown));

	if (grown != NULL)
		intents->items = grown;
	return grown != NULL;
}

/* Into room that is there. */
static bool
add(struct intents *intents, const char *entry, size_t entry_size, const char *tag, size_t tag_size)
{
	struct intent item = { strndup(entry, entry_size), strndup(tag, tag_size) };

	if (item.entry == NULL || item.tag == NULL) {
		free(item.entry);
		free(item.tag);
		return false;
	}
	intents->items[intents->count++] = item;
	return true;
}

/* The tag of an entry; NULL if it is not known yet. */
static const char *
find(const struct intents *intents, const struct list_entry *entry)
{
	char text[SVCTAG_RANGE_TEXT_SIZE];
	const struct intent wanted = { .entry = text };
	const struct intent *found;

	list_entry_format(entry, text);
	found = intents->count == 0 ? NULL : bsearch(&wanted, intents->items, intents->count, sizeof(wanted), compare);
	return found == NULL ? NULL : found->tag;
}

/* ---- the file: a heading, then a line for each entry, a tabulator before the tag ---- */

static svctag_error
parse(struct intents *intents, const char *text, size_t size, const char *folder, svctag_detail *detail)
{
	const char *const end = text + size;
	size_t lines = 0;

	if (size < strlen(HEADING) || memcmp(text, HEADING, strlen(HEADING)) != 0)
		goto damaged;
	text += strlen(HEADING);
	for (const char *at = text; at < end; at++)
		lines += *at == '\n';
	if (!reserve(intents, lines))
		return fail_memory(detail);
	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		const char *tab = line_end == NULL ? NULL : memchr(text, '\t', (size_t)(line_end - text));
		svctag_query query;

		if (tab == NULL || svctag_query_parse(text, (size_t)(tab - text), &query, NULL) != SVCTAG_OK)
			goto damaged;
		if (!add(intents, text, (size_t)(tab - text), tab + 1, (size_t)(line_end - tab - 1)))
			return fail_memory(detail);
		text = line_end + 1;
	}
	qsort(intents->items, intents->count, sizeof(*intents->items), compare);
	return SVCTAG_OK;
damaged:
	svctag_detail_set(detail,
			  "%s/" INTENTS_FILE ": is damaged; take it away to have the list's entries bound to tags anew",
			  folder);
	return SVCTAG_E_CORRUPT;
}

static svctag_error
load(struct intents *intents, const char *folder, svctag_detail *detail)
{
	char *text = NULL;
	size_t size = 0;
	svctag_error err = file_read(folder, INTENTS_FILE, MAX_INTENTS, &text, &size, detail);

	if (err == SVCTAG_E_NOT_FOUND)
		return SVCTAG_OK;
	if (err != SVCTAG_OK)
		return err;
	err = parse(intents, text, size, folder, detail);
	free(text);
	return err;
}

static svctag_error
save(const struct intents *intents, const char *folder, svctag_detail *detail)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	svctag_error err;

	if (out == NULL)
		return fail_memory(detail);
	fputs(HEADING, out);
	for (size_t i = 0; i < intents->count; i++)
		fprintf(out, "%s\t%s\n", intents->items[i].entry, intents->items[i].tag);
	err = fclose(out) != 0 ? fail_memory(detail) : file_make_folder(folder, detail);
	if (err == SVCTAG_OK)
		err = file_replace(folder, INTENTS_FILE, text, size, detail);
	free(text);
	return err;
}

/* ---- finding them ---- */

/* The entries of which nothing says what they are meant for. */
static bool
is_unbound(const struct intents *intents, const struct list_entry *entry, const char *intent)
{
	return entry->intent == NULL && intent == NULL && find(intents, entry) == NULL;
}

/* The narrowest tag that held it in the first release, or holds it in the newest; "" for none. */
static const char *
intent_of(const svctag_drift *drift, size_t entry)
{
	uint32_t tag = svctag_drift_intent(drift, entry);

	if (tag == SVCTAG_DRIFT_NO_TAG) {
		size_t count;
		const svctag_drift_span *spans = svctag_drift_timeline(drift, entry, &count);

		tag = spans[count - 1].tag;
	}
	return tag == SVCTAG_DRIFT_NO_TAG ? "" : svctag_drift_tag_name(drift, tag);
}

static svctag_error
find_new(struct intents *intents, const struct binding *binding, const size_t *unbound, size_t count,
	 svctag_detail *detail)
{
	const struct list *list = binding->list;
	svctag_drift_entry *entries = calloc(count, sizeof(*entries));
	svctag_drift *drift = NULL;
	svctag_error err = entries == NULL || !reserve(intents, count) ? fail_memory(detail) : SVCTAG_OK;

	for (size_t i = 0; i < count && err == SVCTAG_OK; i++)
		entries[i].range = list->entries[unbound[i]].range;
	if (err == SVCTAG_OK)
		err = svctag_drift_of_list(binding->store, binding->cloud, entries, count, NULL, NULL, &drift, detail);
	for (size_t i = 0; i < count && err == SVCTAG_OK; i++) {
		const char *tag = intent_of(drift, i);
		char text[SVCTAG_RANGE_TEXT_SIZE];

		if (!add(intents, text, list_entry_format(&list->entries[unbound[i]], text), tag, strlen(tag)))
			err = fail_memory(detail);
	}
	svctag_drift_free(drift);
	free(entries);
	return err;
}

/* Those of the list alone, each once, in order. */
static svctag_error
keep_listed(struct intents *intents, const struct list *list, svctag_detail *detail)
{
	struct intents kept = { 0 };
	size_t unique = 0;

	qsort(intents->items, intents->count, sizeof(*intents->items), compare);
	if (!reserve(&kept, list->entry_count))
		return fail_memory(detail);
	for (size_t i = 0; i < list->entry_count; i++) {
		const char *tag = find(intents, &list->entries[i]);
		char text[SVCTAG_RANGE_TEXT_SIZE];

		if (list->entries[i].intent != NULL || tag == NULL)
			continue;
		if (!add(&kept, text, list_entry_format(&list->entries[i], text), tag, strlen(tag))) {
			intents_release(&kept);
			return fail_memory(detail);
		}
	}
	qsort(kept.items, kept.count, sizeof(*kept.items), compare);
	for (size_t i = 0; i < kept.count; i++) {
		if (unique > 0 && compare(&kept.items[unique - 1], &kept.items[i]) == 0) {
			free(kept.items[i].entry);
			free(kept.items[i].tag);
		} else {
			kept.items[unique++] = kept.items[i];
		}
	}
	kept.count = unique;
	intents_release(intents);
	*intents = kept;
	return SVCTAG_OK;
}

/* Know them all: from the file, and what is not in it from the releases. */
static svctag_error
complete(struct intents *intents, const struct binding *binding, svctag_detail *detail)
{
	const struct list *list = binding->list;
	size_t *unbound = calloc(list->entry_count + 1, sizeof(*unbound));
	const size_t known = intents->count;
	svctag_error err = unbound == NULL ? fail_memory(detail) : SVCTAG_OK;
	size_t count = 0;

	for (size_t i = 0; i < list->entry_count && err == SVCTAG_OK; i++) {
		if (is_unbound(intents, &list->entries[i], binding->intent))
			unbound[count++] = i;
	}
	if (err == SVCTAG_OK && count > 0)
		err = find_new(intents, binding, unbound, count, detail);
	free(unbound);
	if (err == SVCTAG_OK && (count > 0 || (binding->forget && known > 0))) {
		err = keep_listed(intents, list, detail);
		if (err == SVCTAG_OK)
			err = save(intents, binding->folder, detail);
	}
	return err;
}

svctag_error
intents_bind(const struct binding *binding, svctag_drift_entry **ret, struct intents *intents, svctag_detail *detail)
{
	svctag_drift_entry *entries = NULL;
	svctag_error err = load(intents, binding->folder, detail);

	if (err == SVCTAG_OK)
		err = complete(intents, binding, detail);
	if (err == SVCTAG_OK && report_drift_entries(binding->list, binding->intent, &entries) != SVCTAG_OK)
		err = fail_memory(detail);
	if (err != SVCTAG_OK)
		return err;
	for (size_t i = 0; i < binding->list->entry_count; i++) {
		const char *tag = entries[i].intent == NULL ? find(intents, &binding->list->entries[i]) : NULL;

		if (tag != NULL && *tag != '\0')
			entries[i].intent = tag;
	}
	*ret = entries;
	return SVCTAG_OK;
}
