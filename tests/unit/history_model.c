#include "history_model.h"

#include <stdio.h>
#include <stdlib.h>

const char *const model_tags[MODEL_TAGS] = { "AzureCloud", "AzureCloud.eastus", "AzureCloudish", "EventHub",
					     "Sql",        "Storage",           "Storage.EastUS" };

/* From these blocks, so small that everything meets. */
static const testing_space spaces[] = {
	{ "198.18.0.0/24", 24, 32 },    { "198.18.0.64/26", 27, 30 }, { "255.255.255.240/28", 28, 32 },
	{ "2001:db8::/120", 120, 128 }, { "::/125", 125, 128 },
};

static void
choose_prefixes(history_model *model)
{
	for (size_t i = 0; i < MODEL_PREFIXES; i++) {
		const testing_space *space = &spaces[testing_below(model->random, TESTING_COUNT(spaces))];

		model->prefixes[i] = testing_random_prefix(model->random, space);
		/* Each once. */
		for (size_t j = 0; j < i; j++)
			if (svctag_prefix_compare(&model->prefixes[i], &model->prefixes[j]) == 0) {
				i--;
				break;
			}
	}
}

static void
mutate(history_model *model, size_t release)
{
	size_t before = release == 0 ? 0 : release - 1;

	for (size_t t = 0; t < MODEL_TAGS; t++) {
		model->names[release][t] = model_tags[t];
		if (t == MODEL_TAGS - 1 && release >= MODEL_RELEASES / 2)
			model->names[release][t] = "Storage.eastus";
		model->present[release][t] = testing_below(model->random, 8) != 0;
		for (size_t p = 0; p < MODEL_PREFIXES; p++) {
			bool change = release == 0 || testing_below(model->random, 6) == 0;

			model->has[release][t][p] =
				change ? testing_below(model->random, 4) == 0 : model->has[before][t][p];
		}
	}
	/* What a tag that is absent would have stays in the model, to come back with it. */
}

static svctag_release *
make_release(const history_model *model, size_t release)
{
	svctag_release_builder *builder = testing_builder(100 + 2 * (int64_t)release);

	for (size_t t = 0; t < MODEL_TAGS; t++) {
		if (!model->present[release][t])
			continue;
		testing_add_tag(builder, model->names[release][t], "");
		for (size_t p = 0; p < MODEL_PREFIXES; p++)
			if (model->has[release][t][p])
				testing_add_prefix(builder, &model->prefixes[p]);
	}
	return testing_finish(builder);
}

static void
import_all(history_model *model)
{
	size_t order[MODEL_RELEASES];

	for (size_t i = 0; i < MODEL_RELEASES; i++) {
		size_t at = testing_below(model->random, i + 1);

		order[i] = order[at];
		order[at] = i;
	}
	for (size_t i = 0; i < MODEL_RELEASES; i++) {
		svctag_release *release = make_release(model, order[i]);
		char day[SVCTAG_DAY_SIZE];

		svctag_day_format(svctag_day_number("2024-01-01") + 7 * (int64_t)order[i], day);
		testing_import(model->store, "Public", day, release);
		svctag_release_free(release);
	}
}

history_model *
history_model_new(testing_random *random)
{
	history_model *model = testing_allocate(1, sizeof(*model));

	model->random = random;
	choose_prefixes(model);
	for (size_t r = 0; r < MODEL_RELEASES; r++)
		mutate(model, r);
	model->folder = testing_folder_new();
	model->path = testing_path(model->folder, "history.db");
	model->store = testing_store_open(model->path, SVCTAG_STORE_WRITE);
	import_all(model);
	return model;
}

void
history_model_free(history_model *model)
{
	svctag_store_close(model->store);
	testing_folder_remove(model->folder);
	free(model->path);
	free(model);
}

svctag_set *
history_model_set(const history_model *model, size_t release, size_t tag)
{
	svctag_prefix prefixes[MODEL_PREFIXES];
	svctag_set *set = NULL;
	size_t count = 0;

	for (size_t p = 0; p < MODEL_PREFIXES; p++)
		if (model->present[release][tag] && model->has[release][tag][p])
			prefixes[count++] = model->prefixes[p];
	TESTING_OK(svctag_set_of_prefixes(prefixes, count, &set));
	return set;
}

svctag_range
history_model_range(history_model *model)
{
	const svctag_prefix *prefix = &model->prefixes[testing_below(model->random, MODEL_PREFIXES)];
	svctag_range range = svctag_prefix_range(prefix);
	svctag_address other = testing_random_inside(model->random, prefix);

	switch (testing_below(model->random, 4)) {
	case 0: return range;
	case 1: return (svctag_range){ other, other };
	case 2: range.last = other; break;
	default: range.first = other; break;
	}
	/* And a little over the edge. */
	for (size_t i = testing_below(model->random, 3); i > 0; i--)
		(void)svctag_address_next(&range.last);
	for (size_t i = testing_below(model->random, 3); i > 0; i--)
		(void)svctag_address_previous(&range.first);
	return range;
}
