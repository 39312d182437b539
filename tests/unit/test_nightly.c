/* What a watch list lets through, what is left of a diff then, and the state of the unattended run on the disk. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nightly/state.h"
#include "nightly/watch.h"

static const testing_tag before[] = {
	{ "AzureCloud.centralfrance", "centralfrance", "10.0.0.0/16" },
	{ "Sql", "", "10.1.0.0/24 2001:db8::/48" },
	{ "Storage", "", "10.2.0.0/24" },
	{ "Storage.EastUS", "eastus", "10.2.0.0/25" },
	{ "Unchanged.EastUS", "eastus", "10.3.0.0/25" },
};
static const testing_tag after[] = {
	{ "AzureCloud.centralfrance", "centralfrance", "10.0.0.0/16 10.64.0.0/16" },
	{ "EventHub", "", "10.9.0.0/28" },
	{ "Sql", "", "10.1.0.0/25 10.1.0.128/25" },
	{ "Storage", "", "10.2.0.0/24 10.2.8.0/30" },
	{ "Unchanged.EastUS", "eastus", "10.3.0.0/25" },
};

static bool
meets(void *context, const svctag_tag_diff *tag)
{
	const struct nightly_watch *watch = context;

	return nightly_watch_meets(watch, tag);
}

/* Watch words separated by commas, and the tags that they let through. */
static const struct {
	const char *words;
	const char *tags;
} watch_cases[] = {
	{ "Sql", "Sql" },
	{ "sQL", "Sql" },
	{ "Storage", "Storage" }, /* not its regions */
	{ "Storage*", "Storage,Storage.EastUS" },
	{ "S?l", "Sql" },
	{ "*", "AzureCloud.centralfrance,EventHub,Sql,Storage,Storage.EastUS" },
	{ "Unchanged.EastUS", "" },
	{ "eastus", "Storage.EastUS" },
	{ "East US", "Storage.EastUS" },
	{ "francecentral", "AzureCloud.centralfrance" },
	{ "FranceCentral", "AzureCloud.centralfrance" },
	{ "westus", "" },
	{ "10.2.8.1", "Storage" },
	{ "10.2.8.4", "" },
	{ "10.2.8.0-10.2.9.0", "Storage" },
	{ "10.2.0.0/26", "Storage.EastUS" }, /* lost */
	{ "10.1.0.7", "" },                  /* regrouped only */
	{ "2001:db8::1", "Sql" },            /* lost */
	{ "::ffff:10.9.0.1", "EventHub" },   /* the IPv4 address that it is */
	{ "0.0.0.0/0", "AzureCloud.centralfrance,EventHub,Storage,Storage.EastUS" },
	{ "10.9.0.0/24,Sql,EventHub", "EventHub,Sql" },
};

static void
add_words(struct nightly_watch *watch, const char *words)
{
	for (const char *word = words; *word != '\0';) {
		size_t size = strcspn(word, ",");

		assert_int_equal(nightly_watch_add(watch, word, size, NULL), SVCTAG_OK);
		word += size + (word[size] == ',');
	}
}

static void
join_tags(const svctag_diff *diff, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < svctag_diff_tag_count(diff); i++) {
		const svctag_tag_diff *tag = svctag_diff_tag(diff, i);

		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? "," : "",
					 (tag->to != NULL ? tag->to : tag->from)->properties.name);
		assert_true(used < size);
	}
}

/* The summary has to be what the tags that are left add up to; each alone is compared by its own pattern. */
static void
assert_summary(const svctag_release *from, const svctag_release *to, const svctag_diff *diff)
{
	const svctag_diff_summary *summary = svctag_diff_get_summary(diff);
	svctag_diff_summary sum = { 0 };

	for (size_t i = 0; i < svctag_diff_tag_count(diff); i++) {
		const svctag_tag_diff *tag = svctag_diff_tag(diff, i);
		const svctag_diff_summary *part;
		svctag_diff *one;

		assert_int_equal(
			svctag_diff_releases(from, to, (tag->to != NULL ? tag->to : tag->from)->properties.name, &one),
			SVCTAG_OK);
		part = svctag_diff_get_summary(one);
		sum.tags_added += part->tags_added;
		sum.tags_removed += part->tags_removed;
		sum.tags_changed += part->tags_changed;
		sum.prefixes_added += part->prefixes_added;
		sum.prefixes_removed += part->prefixes_removed;
		sum.prefixes_regrouped += part->prefixes_regrouped;
		for (size_t f = 0; f < 2; f++) {
			sum.addresses_gained[f] = svctag_count_add(sum.addresses_gained[f], part->addresses_gained[f]);
			sum.addresses_lost[f] = svctag_count_add(sum.addresses_lost[f], part->addresses_lost[f]);
		}
		svctag_diff_free(one);
	}
	assert_int_equal(summary->tags_added, sum.tags_added);
	assert_int_equal(summary->tags_removed, sum.tags_removed);
	assert_int_equal(summary->tags_changed, sum.tags_changed);
	assert_int_equal(summary->prefixes_added, sum.prefixes_added);
	assert_int_equal(summary->prefixes_removed, sum.prefixes_removed);
	assert_int_equal(summary->prefixes_regrouped, sum.prefixes_regrouped);
	for (size_t f = 0; f < 2; f++) {
		assert_int_equal(svctag_count_compare(summary->addresses_gained[f], sum.addresses_gained[f]), 0);
		assert_int_equal(svctag_count_compare(summary->addresses_lost[f], sum.addresses_lost[f]), 0);
	}
}

static void
test_watch(void **state)
{
	svctag_release *from = testing_release(1, before, TESTING_COUNT(before));
	svctag_release *to = testing_release(2, after, TESTING_COUNT(after));

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(watch_cases); i++) {
		struct nightly_watch watch = { 0 };
		svctag_diff *diff;
		char tags[256];

		assert_true(nightly_watch_is_empty(&watch));
		add_words(&watch, watch_cases[i].words);
		assert_false(nightly_watch_is_empty(&watch));
		assert_int_equal(svctag_diff_releases(from, to, NULL, &diff), SVCTAG_OK);
		svctag_diff_keep(diff, meets, &watch);
		join_tags(diff, tags, sizeof(tags));
		assert_string_equal(tags, watch_cases[i].tags);
		assert_summary(from, to, diff);
		svctag_diff_free(diff);
		nightly_watch_release(&watch);
	}
	svctag_release_free(from);
	svctag_release_free(to);
}

/* What can only be meant for an address is not taken for a tag that never comes. */
static void
test_watch_wrong(void **state)
{
	static const struct {
		const char *text;
		svctag_error want;
	} cases[] = {
		{ "", SVCTAG_E_SYNTAX },          { "1.2.3", SVCTAG_E_SYNTAX },
		{ "1.2.3.4/33", SVCTAG_E_RANGE }, { "1.2.3.4/8", SVCTAG_E_HOST_BITS },
		{ "fe80::1%1", SVCTAG_E_SYNTAX }, { "1.2.3.4-1.2.3.3", SVCTAG_E_RANGE },
		{ "a/b", SVCTAG_E_SYNTAX },
	};
	struct nightly_watch watch = { 0 };

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		svctag_detail detail = { "" };

		assert_int_equal(nightly_watch_add(&watch, cases[i].text, strlen(cases[i].text), &detail),
				 cases[i].want);
		assert_true(detail.text[0] != '\0');
		assert_true(nightly_watch_is_empty(&watch));
	}
}

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
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_watch_wrong),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_state_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
