/*
 * What a watch list lets through, what is left of a diff then, and by what a
 * list is recognised and judged.
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nightly/list.h"
#include "nightly/nightly.h"
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

/* ---- lists ---- */

static void
test_absolute_path(void **unused)
{
	static const struct {
		const char *path;
		const char *want; /* NULL: below the working directory, as `tail` */
		const char *tail;
	} cases[] = {
		{ "/etc/fw.txt", "/etc/fw.txt", NULL },
		{ "//etc///fw.txt", "/etc/fw.txt", NULL },
		{ "/etc/./svctag/././fw.txt", "/etc/svctag/fw.txt", NULL },
		{ "/etc/../fw.txt", "/etc/../fw.txt", NULL }, /* /etc may be a link */
		{ "/.hidden/.x", "/.hidden/.x", NULL },
		{ "fw.txt", NULL, "/fw.txt" },
		{ "./a/.//fw.txt", NULL, "/a/fw.txt" },
		{ "../fw.txt", NULL, "/../fw.txt" },
	};
	char *here = getcwd(NULL, 0);

	(void)unused;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		char *path = list_absolute_path(cases[i].path);

		assert_non_null(path);
		if (cases[i].want != NULL) {
			assert_string_equal(path, cases[i].want);
		} else {
			assert_memory_equal(path, here, strlen(here));
			assert_string_equal(path + strlen(here), cases[i].tail);
		}
		free(path);
	}
	free(here);
}

static void
test_list_folder(void **unused)
{
	static const struct {
		const char *path;
		const char *begins;
	} cases[] = {
		{ "/etc/fw.txt", "lists/fw.txt-" },
		{ "/etc/.hidden", "lists/_hidden-" },
		{ "/etc/a b/\xc3\xa9<x>&.md", "lists/___x__.md-" },
		{ "/..", "lists/_.-" },
		{ "/0123456789012345678901234567890123456789012345",
		  "lists/0123456789012345678901234567890123456789-" },
	};

	(void)unused;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		char *folder = list_folder(cases[i].path, "Public");
		char *other = list_folder(cases[i].path, "China");

		assert_memory_equal(folder, cases[i].begins, strlen(cases[i].begins));
		assert_int_equal(strlen(folder), strlen(cases[i].begins) + 12);
		assert_string_not_equal(folder, other);
		free(folder);
		free(other);
	}
}

static struct list *
read_list(const char *text)
{
	struct list *list;

	assert_int_equal(list_read(text, strlen(text), "fw.csv", NULL, &list, NULL), SVCTAG_OK);
	return list;
}

/* A list is the same however it is arranged, and another as soon as an entry, an intent or an error is. */
static void
test_list_digest(void **unused)
{
	static const struct {
		const char *text;
		const char *intent;
		bool same;
	} cases[] = {
		{ "address,intent\n10.0.0.1,Sql\n10.0.0.0/24,\n", NULL, true },
		{ "address,intent\n10.0.0.0/24,\n10.0.0.1,Sql\n", NULL, true },
		{ "intent,address\r\nSql,10.0.0.1\r\n,10.0.0.0/24\r\nSql,10.0.0.1\r\n", NULL, true },
		{ "address,intent\n10.0.0.1,Sql\n10.0.0.0/24,\n", "Storage", false },
		{ "address,intent\n10.0.0.1,Storage\n10.0.0.0/24,\n", NULL, false },
		{ "address,intent\n10.0.0.2,Sql\n10.0.0.0/24,\n", NULL, false },
		{ "address,intent\n10.0.0.1,Sql\n", NULL, false },
		{ "address,intent\n10.0.0.1,Sql\n10.0.0.0/24,\n10.0.0.0/240,\n", NULL, false },
	};
	uint8_t first[SVCTAG_DIGEST_SIZE];

	(void)unused;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		struct list *list = read_list(cases[i].text);
		uint8_t digest[SVCTAG_DIGEST_SIZE];

		assert_int_equal(list_digest(list, cases[i].intent, digest), SVCTAG_OK);
		if (i == 0)
			memcpy(first, digest, sizeof(first));
		assert_int_equal(memcmp(first, digest, sizeof(first)) == 0, cases[i].same);
		list_free(list);
	}
}

/* The tags of some addresses, as they are in `before`. */
static const struct {
	const char *text;
	const char *tag;
} bindings[] = {
	{ "10.2.0.7", "Storage.EastUS" },
	{ "10.2.0.200", "Storage" },
	{ "10.0.7.0/24", "AzureCloud.centralfrance" },
	{ "192.0.2.1", NULL },
	{ "10.9.0.1", "EventHub" }, /* only in `after` */
};

/* Bound once: whatever is loaded later, the file says what entries are meant for. */
static void
test_intents(void **unused)
{
	char *folder = testing_folder_new();
	char *path = testing_path(folder, "db");
	char *below = testing_path(folder, "lists/fw");
	svctag_store *store = testing_store_open(path, SVCTAG_STORE_WRITE);
	struct list *list = read_list("address\n10.2.0.7\n10.2.0.200\n10.0.7.0/24\n192.0.2.1\n10.9.0.1\n10.2.0.7\n");
	svctag_release *releases[] = { testing_release(2, before, TESTING_COUNT(before)),
				       testing_release(3, after, TESTING_COUNT(after)),
				       testing_release(1, after, TESTING_COUNT(after)) };
	const struct binding binding = { .folder = below, .list = list, .store = store, .cloud = "Public" };
	static const char *const days[] = { "2025-01-13", "2025-01-20", "2025-01-06" };

	(void)unused;
	(void)testing_import(store, "Public", days[0], releases[0]);
	(void)testing_import(store, "Public", days[1], releases[1]);
	for (int run = 0; run < 2; run++) {
		svctag_drift_entry *entries = NULL;
		struct intents intents = { 0 };

		TESTING_OK(intents_bind(&binding, &entries, &intents, NULL));
		for (size_t i = 0; i < TESTING_COUNT(bindings); i++)
			assert_true(testing_same_text(entries[i].intent, bindings[i].tag));
		assert_string_equal(entries[5].intent, bindings[0].tag);
		assert_int_equal(intents.count, TESTING_COUNT(bindings));
		free(entries);
		intents_release(&intents);
		/* One that would bind them otherwise, were they not bound. */
		if (run == 0)
			(void)testing_import(store, "Public", days[2], releases[2]);
	}
	for (size_t i = 0; i < TESTING_COUNT(releases); i++)
		svctag_release_free(releases[i]);
	list_free(list);
	svctag_store_close(store);
	free(below);
	free(path);
	testing_folder_remove(folder);
}

static void
refuse_to_complain(void *context, const char *subject, svctag_error err, const svctag_detail *detail)
{
	(void)context;
	fail_msg("%s: %s: %s", subject, svctag_error_text(err), detail->text);
}

/* A list is judged once for each release, and what cannot be written is not taken for told. */
static void
test_note_list(void **unused)
{
	char *folder = testing_folder_new();
	char *path = testing_path(folder, "db");
	char *below = testing_path(folder, "lists");
	const struct nightly_settings settings = { .folder = folder, .complain = refuse_to_complain };
	svctag_store *store = testing_store_open(path, SVCTAG_STORE_WRITE);
	struct list *list = read_list("address,intent\n10.2.0.7,Storage.EastUS\n10.2.0.200,Storage\n");
	struct list *empty = read_list("# nothing\n");
	svctag_release *from = testing_release(2, before, TESTING_COUNT(before));
	svctag_release *to = testing_release(3, after, TESTING_COUNT(after));
	struct report_nightly result;
	struct nightly *nightly;
	FILE *file;

	(void)unused;
	TESTING_OK(nightly_open(&settings, &nightly, NULL));
	TESTING_OK(nightly_note_list(nightly, store, "/fw", list, NULL, NULL)); /* nothing is loaded */
	TESTING_CHECK(nightly_note_list(nightly, store, "/fw", empty, NULL, NULL), SVCTAG_E_EMPTY);
	(void)testing_import(store, "Public", "2025-01-13", from);
	TESTING_OK(nightly_note_list(nightly, store, "/fw", list, NULL, NULL));
	(void)testing_import(store, "Public", "2025-01-20", to);

	file = fopen(below, "we"); /* in the place of the folder */
	assert_non_null(file);
	(void)fclose(file);
	TESTING_CHECK(nightly_note_list(nightly, store, "/fw", list, NULL, NULL), SVCTAG_E_IO);
	assert_int_equal(remove(below), 0);
	for (int i = 0; i < 2; i++)
		TESTING_OK(nightly_note_list(nightly, store, "/fw", list, NULL, NULL));
	TESTING_OK(nightly_result(nightly, &result));
	assert_int_equal(result.news_count, 1);
	assert_string_equal(result.news[0].title, "fw: 1 of 2 entries broke in Public 3 (2025-01-20)");
	nightly_close(nightly);
	svctag_release_free(from);
	svctag_release_free(to);
	list_free(list);
	list_free(empty);
	svctag_store_close(store);
	free(below);
	free(path);
	testing_folder_remove(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watch),         cmocka_unit_test(test_watch_wrong),
		cmocka_unit_test(test_absolute_path), cmocka_unit_test(test_list_folder),
		cmocka_unit_test(test_list_digest),   cmocka_unit_test(test_intents),
		cmocka_unit_test(test_note_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
