/*
 * Drift of random lists over random histories, against a computation from the
 * sets of every tag in every release.
 */
#include "history_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MODELS 40
#define ENTRIES 60

typedef struct fixture {
	history_model *model;
	svctag_set *sets[MODEL_RELEASES][MODEL_TAGS];
	svctag_drift_entry entries[ENTRIES];
	const char *intents[ENTRIES]; /* as they have to turn out */
	svctag_drift *drift;
} fixture;

static fixture *
fixture_new(testing_random *random)
{
	static const char *const strange[] = { "Nowhere", "NOWHERE", "storage", "Nothing.Else" };
	fixture *f = testing_allocate(1, sizeof(*f));

	f->model = history_model_new(random);
	for (size_t r = 0; r < MODEL_RELEASES; r++)
		for (size_t t = 0; t < MODEL_TAGS; t++)
			f->sets[r][t] = history_model_set(f->model, r, t);
	for (size_t i = 0; i < ENTRIES; i++) {
		f->entries[i].range = history_model_range(f->model);
		if (testing_below(random, 8) == 0)
			f->entries[i].intent = strange[testing_below(random, TESTING_COUNT(strange))];
		else if (testing_below(random, 2) == 0)
			f->entries[i].intent = model_tags[testing_below(random, MODEL_TAGS)];
	}
	return f;
}

static void
fixture_free(fixture *f)
{
	for (size_t r = 0; r < MODEL_RELEASES; r++)
		for (size_t t = 0; t < MODEL_TAGS; t++)
			svctag_set_free(f->sets[r][t]);
	svctag_drift_free(f->drift);
	history_model_free(f->model);
	free(f);
}

static svctag_count
both_families(const svctag_set *set)
{
	return svctag_count_add(svctag_set_count(set, SVCTAG_IPV4), svctag_set_count(set, SVCTAG_IPV6));
}

/* The narrowest tag that held the range in the first release. */
static const char *
first_home(const fixture *f, const svctag_range *range)
{
	size_t best = MODEL_TAGS;

	for (size_t t = 0; t < MODEL_TAGS; t++) {
		if (!svctag_set_holds_range(f->sets[0][t], range))
			continue;
		if (best == MODEL_TAGS ||
		    svctag_count_compare(both_families(f->sets[0][t]), both_families(f->sets[0][best])) < 0)
			best = t;
	}
	return best == MODEL_TAGS ? NULL : model_tags[best];
}

/* Is it AzureCloud or AzureCloud.something? */
static bool
is_cloud(size_t tag)
{
	return tag < 2;
}

static svctag_drift_state
state_of(const fixture *f, size_t entry, size_t release)
{
	svctag_drift_state state = SVCTAG_DRIFT_NONE;

	for (size_t t = 0; t < MODEL_TAGS; t++) {
		if (!svctag_set_holds_range(f->sets[release][t], &f->entries[entry].range))
			continue;
		if (f->intents[entry] != NULL && strcasecmp(f->intents[entry], model_tags[t]) == 0)
			return SVCTAG_DRIFT_AS_INTENDED;
		if (!is_cloud(t))
			state = SVCTAG_DRIFT_OTHER_TAG;
		else if (state == SVCTAG_DRIFT_NONE)
			state = SVCTAG_DRIFT_ONLY_AZURECLOUD;
	}
	return state;
}

static size_t
tag_of_name(const char *name)
{
	size_t t = 0;

	while (t < MODEL_TAGS && strcasecmp(model_tags[t], name) != 0)
		t++;
	return t;
}

/* The tag that a span names holds the entry then, and is of the right sort. */
static void
check_span(const fixture *f, size_t entry, const svctag_drift_span *span, size_t release)
{
	size_t tag;

	assert_int_equal(span->state, state_of(f, entry, release));
	assert_int_equal(span->state == SVCTAG_DRIFT_NONE, span->tag == SVCTAG_DRIFT_NO_TAG);
	if (span->state == SVCTAG_DRIFT_NONE)
		return;
	tag = tag_of_name(svctag_drift_tag_name(f->drift, span->tag));
	assert_in_range(tag, 0, MODEL_TAGS - 1);
	assert_true(svctag_set_holds_range(f->sets[release][tag], &f->entries[entry].range));
	if (span->state == SVCTAG_DRIFT_AS_INTENDED)
		assert_int_equal(span->tag, svctag_drift_intent(f->drift, entry));
	else
		assert_int_equal(is_cloud(tag), span->state == SVCTAG_DRIFT_ONLY_AZURECLOUD);
}

static void
check_timelines(const fixture *f)
{
	size_t states[MODEL_RELEASES][SVCTAG_DRIFT_STATE_COUNT] = { 0 };

	for (size_t i = 0; i < ENTRIES; i++) {
		size_t count = 0;
		const svctag_drift_span *spans = svctag_drift_timeline(f->drift, i, &count);
		size_t release = 0;

		for (size_t s = 0; s < count; s++) {
			assert_int_equal(spans[s].first, release);
			assert_true(spans[s].until > spans[s].first);
			if (s > 0)
				assert_false(spans[s].state == spans[s - 1].state && spans[s].tag == spans[s - 1].tag);
			for (; release < spans[s].until; release++) {
				check_span(f, i, &spans[s], release);
				states[release][spans[s].state]++;
			}
		}
		assert_int_equal(release, MODEL_RELEASES);
	}
	for (size_t r = 0; r < MODEL_RELEASES; r++)
		assert_memory_equal(svctag_drift_states(f->drift, r), states[r], sizeof(states[r]));
}

static void
check_intents(fixture *f)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		uint32_t intent = svctag_drift_intent(f->drift, i);

		f->intents[i] = f->entries[i].intent;
		if (f->intents[i] == NULL)
			f->intents[i] = first_home(f, &f->entries[i].range);
		assert_int_equal(intent == SVCTAG_DRIFT_NO_TAG, f->intents[i] == NULL);
		if (f->intents[i] == NULL)
			continue;
		assert_int_equal(strcasecmp(svctag_drift_tag_name(f->drift, intent), f->intents[i]), 0);
	}
}

/* All that is meant for a tag. */
static svctag_set *
list_for(const fixture *f, const char *tag)
{
	svctag_range ranges[ENTRIES];
	svctag_set *set = NULL;
	size_t count = 0;

	for (size_t i = 0; i < ENTRIES; i++)
		if (tag == NULL || (f->intents[i] != NULL && strcasecmp(f->intents[i], tag) == 0))
			ranges[count++] = f->entries[i].range;
	TESTING_OK(svctag_set_of_ranges(ranges, count, &set));
	return set;
}

static void
check_count(svctag_count got, const svctag_set *want, uint8_t family)
{
	assert_int_equal(svctag_count_compare(got, svctag_set_count(want, family)), 0);
}

static void
check_coverage(const svctag_drift_coverage *coverage, const svctag_set *tag, const svctag_set *list)
{
	static const uint8_t families[] = { SVCTAG_IPV4, SVCTAG_IPV6 };
	svctag_set *covered = NULL;
	svctag_set *missing = NULL;
	svctag_set *stale = NULL;

	TESTING_OK(svctag_set_intersection(tag, list, &covered));
	TESTING_OK(svctag_set_difference(tag, list, &missing));
	TESTING_OK(svctag_set_difference(list, tag, &stale));
	for (size_t f = 0; f < 2; f++) {
		check_count(coverage->tag[f], tag, families[f]);
		check_count(coverage->list[f], list, families[f]);
		check_count(coverage->covered[f], covered, families[f]);
		check_count(coverage->missing[f], missing, families[f]);
		check_count(coverage->stale[f], stale, families[f]);
	}
	svctag_set_free(covered);
	svctag_set_free(missing);
	svctag_set_free(stale);
}

static void
check_tags(const fixture *f)
{
	svctag_set *nothing = NULL;
	svctag_set *all = list_for(f, NULL);

	TESTING_OK(svctag_set_new(&nothing));
	check_count(svctag_drift_addresses(f->drift)[0], all, SVCTAG_IPV4);
	check_count(svctag_drift_addresses(f->drift)[1], all, SVCTAG_IPV6);
	for (size_t i = 0; i < svctag_drift_intended_count(f->drift); i++) {
		uint32_t number = svctag_drift_intended(f->drift, i);
		const char *name = svctag_drift_tag_name(f->drift, number);
		size_t tag = tag_of_name(name);
		svctag_set *list = list_for(f, name);

		if (i > 0)
			assert_true(strcasecmp(svctag_drift_tag_name(f->drift, svctag_drift_intended(f->drift, i - 1)),
					       name) < 0);
		assert_false(svctag_set_is_empty(list));
		if (tag == MODEL_TAGS)
			assert_false(svctag_drift_tag_is_known(f->drift, number));
		for (size_t r = 0; r < MODEL_RELEASES; r++) {
			svctag_drift_coverage coverage = svctag_drift_coverage_at(f->drift, i, r);

			check_coverage(&coverage, tag == MODEL_TAGS ? nothing : f->sets[r][tag], list);
		}
		svctag_set_free(list);
	}
	svctag_set_free(nothing);
	svctag_set_free(all);
}

static void
check_first_break(const fixture *f)
{
	const svctag_drift_break *first = svctag_drift_first_break(f->drift);
	size_t entry = ENTRIES;
	size_t count = 0;
	size_t r;

	for (r = 1; r < MODEL_RELEASES && count == 0; r++)
		for (size_t i = 0; i < ENTRIES; i++)
			if (state_of(f, i, r - 1) == SVCTAG_DRIFT_AS_INTENDED &&
			    state_of(f, i, r) != SVCTAG_DRIFT_AS_INTENDED) {
				entry = count++ == 0 ? i : entry;
			}
	assert_int_equal(first != NULL, count > 0);
	if (first == NULL)
		return;
	assert_int_equal(first->release, r - 1);
	assert_int_equal(first->entry, entry);
	assert_int_equal(first->count, count);
	assert_int_equal(first->state, state_of(f, entry, r - 1));
	assert_int_equal(first->from, svctag_drift_intent(f->drift, entry));
	assert_true(svctag_drift_has_drifted(f->drift));
}

static bool
count_calls(void *context, size_t done, size_t of)
{
	size_t *calls = context;

	assert_in_range(done, 0, of);
	++*calls;
	return true;
}

static void
test_model(void **state)
{
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < MODELS; i++) {
		fixture *f = fixture_new(&random);
		size_t calls = 0;

		TESTING_OK(svctag_drift_of_list(f->model->store, NULL, f->entries, ENTRIES, count_calls, &calls,
						&f->drift, NULL));
		assert_true(calls > 0);
		assert_int_equal(svctag_drift_entry_count(f->drift), ENTRIES);
		check_intents(f);
		check_timelines(f);
		check_tags(f);
		check_first_break(f);
		fixture_free(f);
	}
}

/* A copy of each tag at each release that has it. */
static void
test_copies(void **state)
{
	testing_random random;
	char reference[16];

	(void)state;
	testing_random_begin(&random);
	for (int i = 0; i < MODELS / 4; i++) {
		fixture *f = fixture_new(&random);

		for (size_t t = 0; t < MODEL_TAGS; t++)
			for (size_t at = 0; at < MODEL_RELEASES; at++) {
				svctag_drift *drift = NULL;
				svctag_error err;

				snprintf(reference, sizeof(reference), "%zu", 100 + 2 * at);
				err = svctag_drift_of_copy(f->model->store, NULL, model_tags[t], reference, &drift,
							   NULL);
				if (!f->model->present[at][t]) {
					TESTING_CHECK(err, SVCTAG_E_NOT_FOUND);
					continue;
				}
				TESTING_OK(err);
				assert_int_equal(svctag_drift_frozen(drift)->change_number, 100 + 2 * (int64_t)at);
				for (size_t r = 0; r < MODEL_RELEASES; r++) {
					svctag_drift_coverage coverage = svctag_drift_coverage_at(drift, 0, r);

					check_coverage(&coverage, f->sets[r][t], f->sets[at][t]);
				}
				assert_int_equal(svctag_drift_has_drifted(drift),
						 !svctag_set_equal(f->sets[at][t], f->sets[MODEL_RELEASES - 1][t]));
				svctag_drift_free(drift);
			}
		fixture_free(f);
	}
}

static bool
give_up(void *context, size_t done, size_t of)
{
	(void)context;
	(void)done;
	(void)of;
	return false;
}

static void
test_refused(void **state)
{
	testing_random random;
	svctag_drift *drift = NULL;
	svctag_detail detail = { "" };
	fixture *f;

	(void)state;
	testing_random_begin(&random);
	f = fixture_new(&random);
	TESTING_CHECK(svctag_drift_of_list(f->model->store, NULL, f->entries, ENTRIES, give_up, NULL, &drift, NULL),
		      SVCTAG_E_LIMIT);
	TESTING_CHECK(svctag_drift_of_list(f->model->store, NULL, f->entries, SVCTAG_DRIFT_MAX_ENTRIES + 1, NULL, NULL,
					   &drift, &detail),
		      SVCTAG_E_LIMIT);
	TESTING_CHECK(svctag_drift_of_list(f->model->store, "China", f->entries, ENTRIES, NULL, NULL, &drift, NULL),
		      SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(svctag_drift_of_copy(f->model->store, NULL, "Storag", "latest", &drift, NULL),
		      SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(svctag_drift_of_copy(f->model->store, NULL, "Storage", "99", &drift, NULL), SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(svctag_drift_of_copy(f->model->store, NULL, "Storage", "?", &drift, NULL), SVCTAG_E_SYNTAX);
	assert_null(drift);
	/* An empty list has not drifted. */
	TESTING_OK(svctag_drift_of_list(f->model->store, NULL, NULL, 0, NULL, NULL, &drift, NULL));
	assert_false(svctag_drift_has_drifted(drift));
	assert_null(svctag_drift_first_break(drift));
	assert_int_equal(svctag_drift_intended_count(drift), 0);
	svctag_drift_free(drift);
	fixture_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
