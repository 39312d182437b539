/*
 * Any bytes as a list. The first byte chooses the format (or none, to detect
 * it) and whether a column is named; the rest is the file. Whatever is read
 * has to hold together: entries parse again from their canonical text,
 * problems say something, and every text is there.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lists/lists.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also where NDEBUG is set. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_rule(const struct list_rule *rule)
{
	require(rule != NULL && rule->path != NULL);
	require(rule->ports == NULL || rule->ports[0] != '\0');
	require(rule->protocol == NULL || rule->protocol[0] != '\0');
}

static void
check_entry(const struct list *list, const struct list_entry *entry)
{
	char text[SVCTAG_RANGE_TEXT_SIZE], place[LIST_PLACE_SIZE];
	size_t length = list_entry_format(entry, text);
	svctag_query query;

	check_rule(entry->rule);
	require(entry->text != NULL && (entry->intent == NULL || entry->intent[0] != '\0'));
	require(svctag_query_parse(text, length, &query, NULL) == SVCTAG_OK);
	require(memcmp(&query.range, &entry->range, sizeof(query.range)) == 0);
	require(list_place_format(list, entry->line, entry->rule->path, place) < sizeof(place));
}

static void
check_list(const struct list *list)
{
	require(list->format != NULL && strcmp(list->name, "fuzz") == 0);
	for (size_t i = 0; i < list->entry_count; i++)
		check_entry(list, &list->entries[i]);
	for (size_t i = 0; i < list->mention_count; i++) {
		check_rule(list->mentions[i].rule);
		require(list->mentions[i].tag[0] != '\0');
	}
	for (size_t i = 0; i < list->problem_count; i++) {
		require(list->problems[i].error[0] != '\0' && list->problems[i].path != NULL);
		require(strlen(list->problems[i].text) <= 200);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct list_options options = { 0 };
	struct list *list = NULL;
	svctag_detail detail = { "" };
	svctag_error err;

	if (size == 0)
		return 0;
	/* Past the last name is NULL: detected. The seeds begin with 0x1f. */
	options.format = list_format_name(data[0] & 0x1f);
	options.column = (data[0] & 0x80) != 0 ? "2" : NULL;
	err = list_read((const char *)data + 1, size - 1, "fuzz", &options, &list, &detail);
	require(err != SVCTAG_E_NO_MEMORY && (err == SVCTAG_OK) == (list != NULL));
	require(err == SVCTAG_OK || detail.text[0] != '\0');
	if (list != NULL)
		check_list(list);
	list_free(list);
	return 0;
}
