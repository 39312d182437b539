/*
 * Timelines of addresses and growth of tags, read from the intervals, against
 * a model and against the contents of the releases; and explanations.
 */
#include "history_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stored_tags.h"

#define MODELS 12
#define QUERIES 60

static bool
meets(const svctag_prefix *prefix, const svctag_range *range)
{
	svctag_range own = svctag_prefix_range(prefix);

	return own.first.family == range->first.family && svctag_address_compare(&own.first, &range->last) <= 0 &&
	       svctag_address_compare(&own.last, &range->first) >= 0;
}

static bool
model_has(const history_model *model, size_t r, size_t t, size_t p)
{
	return model->present[r][t] && model->has[r][t][p];
}

/* Does a span of this spelling begin here? And where does it end? */
static bool
span_begins(const history_model *model, size_t r, size_t t, size_t p, size_t *ret_until)
{
	size_t until = r;

	if (!model_has(model, r, t, p) ||
	    (r > 0 && model_has(model, r - 1, t, p) && strcmp(model->names[r - 1][t], model->names[r][t]) == 0))
		return false;
	while (until < MODEL_RELEASES && model_has(model, until, t, p) &&
	       strcmp(model->names[until][t], model->names[r][t]) == 0)
		until++;
	*ret_until = until;
	return true;
}

static const svctag_history_entry *
find_entry(const svctag_history *history, size_t first, const char *tag, const svctag_prefix *prefix)
{
	for (size_t i = 0; i < svctag_history_count(history); i++) {
		const svctag_history_entry *entry = svctag_history_at(history, i);

		if (entry->first == first && strcmp(entry->tag, tag) == 0 &&
		    svctag_prefix_compare(&entry->prefix, prefix) == 0)
			return entry;
	}
	return NULL;
}

static void
check_entry(const svctag_history *history, const svctag_history_entry *entry, size_t first, size_t until)
{
	const svctag_catalogue *catalogue = svctag_history_catalogue(history);
	size_t cloud = svctag_history_cloud(history);

	if (entry == NULL) {
		fail_msg("no entry of releases %zu to %zu", first, until);
		return; /* which no compiler need guess */
	}
	assert_int_equal(entry->until, until);
	assert_ptr_equal(entry->from, svctag_catalogue_release(catalogue, cloud, first));
	if (until == MODEL_RELEASES)
		assert_null(entry->to);
	else
		assert_ptr_equal(entry->to, svctag_catalogue_release(catalogue, cloud, until - 1));
}

static void
check_order(const svctag_history *history)
{
	for (size_t i = 1; i < svctag_history_count(history); i++) {
		const svctag_history_entry *a = svctag_history_at(history, i - 1);
		const svctag_history_entry *b = svctag_history_at(history, i);

		assert_true(a->first < b->first || (a->first == b->first && strcmp(a->tag, b->tag) <= 0));
	}
}

static void
check_history(const history_model *model, const svctag_range *range)
{
	svctag_history *history = NULL;
	svctag_detail detail = { "" };
	size_t count = 0;
	size_t until = 0;

	TESTING_OK(svctag_history_of_range(model->store, NULL, range, &history, &detail));
	for (size_t r = 0; r < MODEL_RELEASES; r++)
		for (size_t t = 0; t < MODEL_TAGS; t++)
			for (size_t p = 0; p < MODEL_PREFIXES; p++)
				if (meets(&model->prefixes[p], range) && span_begins(model, r, t, p, &until)) {
					check_entry(history,
						    find_entry(history, r, model->names[r][t], &model->prefixes[p]), r,
						    until);
					count++;
				}
	assert_int_equal(svctag_history_count(history), count);
	check_order(history);
	svctag_history_free(history);
}

static void
test_timelines(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < MODELS; i++) {
		history_model *model = history_model_new(&random);

		for (int q = 0; q < QUERIES; q++) {
			svctag_range range = history_model_range(model);

			check_history(model, &range);
		}
		history_model_free(model);
	}
}

static void
check_growth(const history_model *model, size_t tag)
{
	svctag_catalogue *catalogue = testing_catalogue(model->store);
	svctag_growth *growth = NULL;

	TESTING_OK(svctag_growth_of_tag(model->store, "public", model_tags[tag], &growth, NULL));
	for (size_t r = 0; r < MODEL_RELEASES; r++) {
		const svctag_growth_point *point = svctag_growth_at(growth, r);
		svctag_release *release = NULL;
		const svctag_tag *content;

		TESTING_OK(
			svctag_store_content(model->store, svctag_catalogue_release(catalogue, 0, r), &release, NULL));
		content = svctag_release_find_tag(release, model_tags[tag]);
		assert_int_equal(point->present, content != NULL);
		for (size_t f = 0; f < 2; f++) {
			svctag_count none = { 0 };

			assert_int_equal(point->prefix_count[f], content == NULL ? 0 : content->family_prefix_count[f]);
			assert_int_equal(svctag_count_compare(point->addresses[f],
							      content == NULL ? none : content->addresses[f]),
					 0);
		}
		svctag_release_free(release);
	}
	/* The newest spelling that any release had. */
	for (size_t r = MODEL_RELEASES; r-- > 0;)
		if (model->present[r][tag]) {
			assert_string_equal(svctag_growth_tag(growth), model->names[r][tag]);
			break;
		}
	svctag_growth_free(growth);
	svctag_catalogue_free(catalogue);
}

static void
test_growth(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < MODELS; i++) {
		history_model *model = history_model_new(&random);

		for (size_t t = 0; t < MODEL_TAGS; t++)
			check_growth(model, t);
		history_model_free(model);
	}
}

static void
test_not_found(void **state)
{
	testing_random random;
	history_model *model;
	svctag_history *history = NULL;
	svctag_growth *growth = NULL;
	svctag_range range = testing_range("198.18.0.0-198.18.0.1");
	svctag_detail detail = { "" };

	(void)state;
	testing_random_begin(&random);
	model = history_model_new(&random);
	TESTING_CHECK(svctag_growth_of_tag(model->store, NULL, "Storag", &growth, &detail), SVCTAG_E_NOT_FOUND);
	assert_non_null(strstr(detail.text, "Storag"));
	TESTING_CHECK(svctag_history_of_range(model->store, "China", &range, &history, &detail), SVCTAG_E_NOT_FOUND);
	assert_null(growth);
	assert_null(history);
	history_model_free(model);
}

/* What is done to the lists of a tag; true: something. */
typedef bool (*tag_damage)(stored_tag *tag);

/* The first span of the tag is of another prefix. */
static bool
change_prefix(stored_tag *tag, const char *address, uint8_t length)
{
	svctag_prefix prefix = testing_prefix(address);

	if (tag->prefixes.count == 0)
		return false;
	prefix.length = length;
	tag->prefixes.items[0].prefix = prefix;
	return true;
}

static bool
make_too_long(stored_tag *tag)
{
	return change_prefix(tag, "0.0.0.0", 33);
}

static bool
add_host_bits(stored_tag *tag)
{
	return change_prefix(tag, "198.18.0.1", 24);
}

static bool
lose_prefix(stored_tag *tag)
{
	if (tag->prefixes.count == 0)
		return false;
	tag->prefixes.items[0] = tag->prefixes.items[--tag->prefixes.count];
	return true;
}

static bool
begin_later(stored_tag *tag)
{
	for (size_t i = 0; i < tag->prefixes.count; i++)
		if (tag->prefixes.items[i].until == SPAN_OPEN) {
			tag->prefixes.items[i].first++;
			return true;
		}
	return false;
}

/* The last span of a prefix that is no more holds for ever. */
static bool
never_end(stored_tag *tag)
{
	const struct span *end = tag->prefixes.items + tag->prefixes.count;

	for (struct span *span = tag->prefixes.items; span != end; span++)
		if (span->until != SPAN_OPEN &&
		    (span + 1 == end || svctag_prefix_compare(&span[0].prefix, &span[1].prefix) != 0)) {
			span->until = SPAN_OPEN;
			return true;
		}
	return false;
}

static bool
lose_properties(stored_tag *tag)
{
	if (tag->properties.count == 0)
		return false;
	tag->properties.items[0] = tag->properties.items[--tag->properties.count];
	return true;
}

/* The first tag to which that can be done, and its checksums are right. */
static void
damage_first(const char *path, tag_damage damage)
{
	stored_tags tags = stored_tags_read(path);
	size_t i = 0;

	while (i < tags.count && !damage(&tags.list[i]))
		i++;
	assert_true(i < tags.count);
	stored_tag_pack(&tags.list[i]);
	stored_tags_write(path, &tags);
}

/* One bit, and the checksum tells. */
static void
flip_bit(const char *path, size_t list, testing_random *random)
{
	stored_tags tags = stored_tags_read(path);
	stored_tag *tag = &tags.list[testing_below(random, tags.count)];

	while (tag->sizes[list] == 0)
		tag = &tags.list[testing_below(random, tags.count)];
	tag->bytes[list][testing_below(random, tag->sizes[list])] ^= (uint8_t)(1U << testing_below(random, 8));
	stored_tags_write(path, &tags);
}

static void
assert_refused(history_model *model)
{
	svctag_range range = testing_range("0.0.0.0-255.255.255.255");
	svctag_history *history = NULL;

	model->store = testing_store_open(model->path, SVCTAG_STORE_READ);
	TESTING_CHECK(svctag_history_of_range(model->store, NULL, &range, &history, NULL), SVCTAG_E_CORRUPT);
	assert_null(history);
	history_model_free(model);
}

/* Whatever changes the number of memberships of a release, or the ends of spans, shows. */
static void
test_damage(void **state)
{
	static const tag_damage damages[] = {
		lose_prefix, begin_later, never_end, make_too_long, add_host_bits, lose_properties,
	};
	history_model *model;
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < TESTING_COUNT(damages); i++) {
		model = history_model_new(&random);
		svctag_store_close(model->store);
		damage_first(model->path, damages[i]);
		assert_refused(model);
	}
	for (size_t i = 0; i < 20; i++) {
		model = history_model_new(&random);
		svctag_store_close(model->store);
		flip_bit(model->path, i % 2, &random);
		assert_refused(model);
	}
}

/* The list of releases is taken from what was sealed: its rows change no answer. */
static void
test_changed_rows(void **state)
{
	svctag_range range = testing_range("0.0.0.0-255.255.255.255");
	svctag_history *histories[2] = { NULL, NULL };
	history_model *model;
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	model = history_model_new(&random);
	TESTING_OK(svctag_history_of_range(model->store, NULL, &range, &histories[0], NULL));
	svctag_store_close(model->store);
	testing_sql(model->path, "UPDATE release SET prefix_count = prefix_count + 1, change_number = 7; "
				 "UPDATE sighting SET source = 'api'");
	model->store = testing_store_open(model->path, SVCTAG_STORE_READ);
	TESTING_OK(svctag_history_of_range(model->store, NULL, &range, &histories[1], NULL));
	assert_int_equal(svctag_history_count(histories[1]), svctag_history_count(histories[0]));
	for (size_t i = 0; i < svctag_history_count(histories[0]); i++) {
		const svctag_history_entry *a = svctag_history_at(histories[0], i);
		const svctag_history_entry *b = svctag_history_at(histories[1], i);

		assert_string_equal(a->tag, b->tag);
		assert_int_equal(a->from->change_number, b->from->change_number);
		assert_string_equal(a->from->source, b->from->source);
	}
	svctag_history_free(histories[0]);
	svctag_history_free(histories[1]);
	history_model_free(model);
}

static void
test_special_ranges(void **state)
{
	static const struct {
		const char *query;
		const char *prefix; /* NULL: none */
	} cases[] = {
		{ "10.1.2.3", "10.0.0.0/8" },
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "10.0.0.0/7", NULL }, /* more than the block */
		{ "9.255.255.255", NULL },
		{ "192.0.0.9", "192.0.0.9/32" }, /* the smallest of two */
		{ "192.0.0.1-192.0.0.9", "192.0.0.0/24" },
		{ "100.127.255.255", "100.64.0.0/10" },
		{ "100.128.0.0", NULL },
		{ "224.0.0.1", "224.0.0.0/4" },
		{ "255.255.255.255", "255.255.255.255/32" },
		{ "13.82.88.226", NULL },
		{ "::1", "::1/128" },
		{ "2001:db8::1", "2001:db8::/32" },
		{ "2001::1", "2001::/32" },
		{ "fe80::1", "fe80::/10" },
		{ "2603:1030::1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		svctag_query query = testing_query(cases[i].query);
		const svctag_special_range *found = svctag_special_range_find(&query.range);
		svctag_prefix prefix;

		assert_int_equal(found != NULL, cases[i].prefix != NULL);
		if (found == NULL)
			continue;
		assert_string_equal(found->prefix, cases[i].prefix);
		TESTING_OK(svctag_prefix_parse(found->prefix, strlen(found->prefix), &prefix));
		assert_true(found->name[0] != '\0');
		assert_memory_equal(found->rfc, "RFC ", 4);
	}
}

/* Three releases: a service's address becomes plain Azure, then nobody's. */
static svctag_store *
store_of_three(const char *path)
{
	static const testing_tag contents[3][3] = {
		{ { "AzureCloud", "", "198.18.0.0/24" }, { "EventHub", "", "198.18.0.5/32" }, { "Sql", "", "" } },
		{ { "AzureCloud", "", "198.18.0.0/24" },
		  { "EventHub", "", "198.18.0.7/32" },
		  { "Sql", "", "198.18.4.0/24 198.18.4.0/30" } },
		{ { "AzureCloud", "", "198.18.8.0/24" },
		  { "EventHub", "", "198.18.0.7/32" },
		  { "Sql", "", "198.18.4.0/24 198.18.4.0/30" } },
	};
	static const char *const days[] = { "2024-01-01", "2024-01-08", "2024-01-15" };
	svctag_store *store = testing_store_open(path, SVCTAG_STORE_WRITE);

	for (size_t i = 0; i < 3; i++) {
		svctag_release *release = testing_release(100 + (int64_t)i, contents[i], 3);

		testing_import(store, "Public", days[i], release);
		svctag_release_free(release);
	}
	return store;
}

static void
explain(svctag_store *store, const char *reference, const char *text, svctag_explanation *ret)
{
	static svctag_explainer *explainer;
	static svctag_snapshot *snapshot;
	svctag_query query = testing_query(text);

	/* What the last explanation points to lives until the next one. */
	svctag_explainer_free(explainer);
	svctag_snapshot_free(snapshot);
	explainer = NULL;
	snapshot = NULL;
	if (store == NULL)
		return;
	TESTING_OK(svctag_explainer_new(store, NULL, &explainer, NULL));
	TESTING_OK(svctag_store_snapshot_at(store, NULL, reference, &snapshot, NULL));
	TESTING_OK(svctag_explain(explainer, snapshot, &query, ret));
}

static void
check_last_held(const svctag_explanation *explanation, int64_t change_number, const char *tag)
{
	if (explanation->last_held == NULL || explanation->last_tags.count == 0) {
		fail_msg("nothing ever held it");
		return;
	}
	assert_int_equal(explanation->last_held->change_number, change_number);
	assert_int_equal(explanation->last_tags.count, 1);
	assert_string_equal(explanation->last_tags.names[0], tag);
}

static void
check_neighbour(const svctag_neighbour *neighbour, const char *prefix, unsigned int distance, const char *tag)
{
	svctag_prefix want = testing_prefix(prefix);

	if (!neighbour->found || neighbour->tags.count == 0) {
		fail_msg("nothing found next to it");
		return;
	}
	assert_int_equal(svctag_prefix_compare(&neighbour->prefix, &want), 0);
	assert_int_equal(svctag_count_compare(neighbour->distance, svctag_count_of(distance)), 0);
	assert_string_equal(neighbour->tags.names[0], tag);
}

static void
test_explain(void **state)
{
	char *folder = testing_folder_new();
	char *path = testing_path(folder, "three.db");
	svctag_store *store = store_of_three(path);
	svctag_explanation e = { 0 };

	(void)state;
	/* Plain Azure now, EventHub's before. */
	explain(store, "101", "198.18.0.5", &e);
	assert_true(e.only_azure_cloud);
	check_last_held(&e, 100, "EventHub");
	assert_false(e.below.found); /* AzureCloud holds it, and nothing is before that */
	check_neighbour(&e.above, "198.18.0.7/32", 2, "EventHub");
	/* Nobody's now. */
	explain(store, "latest", "198.18.0.5", &e);
	assert_false(e.only_azure_cloud);
	check_last_held(&e, 101, "AzureCloud");
	assert_string_equal(e.special == NULL ? "none" : e.special->prefix, "198.18.0.0/15");
	check_neighbour(&e.above, "198.18.0.7/32", 2, "EventHub");
	/* Below lies the end of a /24, not of the /30 at its beginning. */
	explain(store, "latest", "198.18.6.0", &e);
	assert_null(e.last_held);
	check_neighbour(&e.below, "198.18.4.0/24", 257, "Sql");
	check_neighbour(&e.above, "198.18.8.0/24", 512, "AzureCloud");
	/* The first release has no past. */
	explain(store, "100", "198.18.0.5", &e);
	assert_null(e.last_held);
	assert_false(e.only_azure_cloud);
	/* The ends of the families. */
	explain(store, "latest", "0.0.0.0", &e);
	assert_false(e.below.found);
	explain(store, "latest", "255.255.255.255", &e);
	assert_false(e.above.found);
	explain(store, "latest", "::/0", &e);
	assert_false(e.below.found || e.above.found);

	svctag_explanation_release(&e);
	explain(NULL, NULL, "::", NULL);
	svctag_store_close(store);
	testing_folder_remove(folder);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timelines),    cmocka_unit_test(test_growth),
		cmocka_unit_test(test_not_found),    cmocka_unit_test(test_damage),
		cmocka_unit_test(test_changed_rows), cmocka_unit_test(test_special_ranges),
		cmocka_unit_test(test_explain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
