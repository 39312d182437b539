/*
 * The state of the unattended run on the disk: it comes back as it was saved,
 * from the file of an older program, too, and a damaged one does no harm.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nightly/state.h"

static svctag_release_info
release_info(const char *cloud, int64_t number, const char *day)
{
	svctag_release_info info = { .change_number = number, .source = "file", .warnings = "" };

	(void)snprintf(info.cloud, sizeof(info.cloud), "%s", cloud);
	(void)snprintf(info.published, sizeof(info.published), "%s", day);
	memset(info.digest, (int)number, sizeof(info.digest));
	return info;
}

static void
add_entry(struct state *state, int64_t number)
{
	struct state_entry *entry = state_add_entry(state);

	assert_non_null(entry);
	entry->from = release_info("Public", number, "2025-01-06");
	entry->to = release_info("Public", number + 1, "2025-01-13");
	state_time(entry->announced);
	entry->summary = strdup("\"quoted\" \\ \n \xc3\xa9");
	entry->files = strdup("diffs/Public/x");
	assert_int_equal(state_owe(entry, "a"), SVCTAG_OK);
	assert_int_equal(state_owe(entry, "b"), SVCTAG_OK);
	assert_int_equal(state_owe(entry, "c"), SVCTAG_OK);
	state_settle(entry, "a");
	state_settle(entry, "none");
}

static void
add_list_news(struct state *state, uint8_t key)
{
	struct state_entry *entry = state_add_entry(state);

	assert_non_null(entry);
	entry->from = release_info("Public", 1, "2025-01-06");
	entry->to = release_info("Public", 2, "2025-01-13");
	state_time(entry->announced);
	entry->summary = strdup("s");
	entry->files = strdup("lists/x/y");
	entry->list = strdup("/etc/\"fw\".txt");
	entry->title = strdup("fw.txt: 1 of 2 entries broke");
	memset(entry->key, key, sizeof(entry->key));
}

static void
add_list(struct state *state, const char *path, const char *cloud)
{
	struct state_list *list = state_add_list(state, path);

	assert_non_null(list);
	memset(list->entries, 7, sizeof(list->entries));
	list->last = release_info(cloud, 376, "2025-11-10");
}

/* Lists, and what is told of them, come back as they were; a list belongs to one cloud. */
static void
test_state_of_lists(void **unused)
{
	char *folder = testing_folder_new();
	uint8_t key[SVCTAG_DIGEST_SIZE];
	struct state state;
	struct state again;

	(void)unused;
	assert_int_equal(state_open(folder, false, &state, NULL), SVCTAG_OK);
	add_entry(&state, 7);
	add_list_news(&state, 42);
	add_list(&state, "/etc/fw.txt", "Public");
	add_list(&state, "/etc/fw.txt", "China");
	add_list(&state, "/gone", "China");
	state_drop_last_list(&state);
	assert_int_equal(state_save(&state, NULL), SVCTAG_OK);
	state.lock = (close(state.lock), -1);
	assert_int_equal(state_open(folder, false, &again, NULL), SVCTAG_OK);

	assert_int_equal(again.list_count, 2);
	assert_ptr_equal(state_find_list(&again, "/etc/fw.txt", "China"), &again.lists[1]);
	assert_null(state_find_list(&again, "/etc/fw.txt", "AzureGovernment"));
	assert_null(state_find_list(&again, "/gone", "China"));
	assert_int_equal(again.lists[0].last.change_number, 376);
	assert_memory_equal(again.lists[0].entries, state.lists[0].entries, SVCTAG_DIGEST_SIZE);
	memset(key, 42, sizeof(key));
	assert_ptr_equal(state_find_news(&again, key), &again.entries[1]);
	assert_string_equal(again.entries[1].list, state.entries[1].list);
	assert_string_equal(again.entries[1].title, state.entries[1].title);
	assert_null(again.entries[0].list);
	memset(key, 0, sizeof(key)); /* of diffs, which have none */
	assert_null(state_find_news(&again, key));
	state_close(&again);
	state_close(&state);
	testing_folder_remove(folder);
}

/* The file of a program that knew no lists. */
static void
test_state_format_1(void **unused)
{
	static const char text[] = "{\"format\":1,\"feed\":\"0000000000000000000000000000000000000000000000000000000000"
				   "000000\",\"begun\":\"2025-01-06T00:00:00Z\",\"arriving\":true,\"last\":[],"
				   "\"diffs\":[]}";
	struct state state = { .folder = strdup("x"), .lock = -1 };
	char *copy = strdup(text);

	(void)unused;
	assert_int_equal(state_decode(&state, copy, strlen(copy)), SVCTAG_OK);
	assert_true(state.arriving);
	assert_int_equal(state.list_count, 0);
	state_close(&state);

	state = (struct state){ .folder = strdup("x"), .lock = -1 };
	*strchr(copy, '1') = '2'; /* which has to have them */
	assert_int_equal(state_decode(&state, copy, strlen(copy)), SVCTAG_E_CORRUPT);
	state_close(&state);
	free(copy);
}

static void
test_state(void **unused)
{
	char *folder = testing_folder_new();
	char *path = testing_path(folder, "deep/down");
	const svctag_release_info info = release_info("China", -3, "2025-01-06");
	struct state state;
	struct state again;

	(void)unused;
	assert_int_equal(state_open(path, false, &state, NULL), SVCTAG_OK);
	assert_int_equal(state_open(path, false, &again, NULL), SVCTAG_E_BUSY);
	assert_null(state_find_last(&state, "China"));
	assert_int_equal(state_set_last(&state, &info), SVCTAG_OK);
	add_entry(&state, 7);
	add_entry(&state, 8);
	state.arriving = true;
	assert_int_equal(state_save(&state, NULL), SVCTAG_OK);
	state.lock = (close(state.lock), -1); /* another run may come */
	assert_int_equal(state_open(path, false, &again, NULL), SVCTAG_OK);

	assert_true(again.arriving);
	assert_string_equal(again.begun, state.begun);
	assert_memory_equal(again.feed_id, state.feed_id, sizeof(again.feed_id));
	assert_int_equal(state_find_last(&again, "China")->change_number, -3);
	assert_int_equal(again.entry_count, 2);
	state_drop_entry(&again, 0);
	assert_int_equal(again.entries[0].to.change_number, 9);
	assert_string_equal(again.entries[0].summary, state.entries[1].summary);
	assert_memory_equal(again.entries[0].to.digest, state.entries[1].to.digest, SVCTAG_DIGEST_SIZE);
	assert_false(state_owes(&again.entries[0], "a"));
	assert_true(state_owes(&again.entries[0], "b") && state_owes(&again.entries[0], "c"));
	state_close(&again);
	state_close(&state);
	free(path);
	testing_folder_remove(folder);
}

/* Every text that is cut short, and every byte that is another, is refused or gives a state, never more. */
static void
test_state_damage(void **unused)
{
	char *folder = testing_folder_new();
	struct state state;
	char *text = NULL;
	size_t size;

	(void)unused;
	assert_int_equal(state_open(folder, false, &state, NULL), SVCTAG_OK);
	add_entry(&state, 7);
	add_list_news(&state, 1);
	add_list(&state, "/etc/fw.txt", "Public");
	assert_int_equal(state_encode(&state, &text), SVCTAG_OK);
	size = strlen(text);
	for (size_t i = 0; i <= size; i++) {
		struct state damaged = { .folder = strdup("x"), .lock = -1 };
		char kept = text[i];

		text[i] = '\0';
		assert_int_equal(state_decode(&damaged, text, i), i == size ? SVCTAG_OK : SVCTAG_E_CORRUPT);
		state_close(&damaged);
		text[i] = kept;
	}
	for (size_t i = 0; i < size; i++) {
		struct state damaged = { .folder = strdup("x"), .lock = -1 };
		char kept = text[i];

		text[i] = (char)(kept ^ 1);
		(void)!state_decode(&damaged, text, size);
		state_close(&damaged);
		text[i] = kept;
	}
	free(text);
	state_close(&state);
	testing_folder_remove(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_state_of_lists),
		cmocka_unit_test(test_state_format_1),
		cmocka_unit_test(test_state_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
