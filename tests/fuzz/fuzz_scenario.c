/*
 * Any bytes as a scenario. What is taken has to hold together: a plan can be
 * made of it with something for every parameter, and no text of that plan has
 * a hole left; what is refused is told.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <advice/plan.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also where NDEBUG is set. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* A release with a few of the tags that real scenarios name. */
static svctag_snapshot *
small_snapshot(void)
{
	static const char *const names[] = { "AzureActiveDirectory", "EventHub.CentralUS", "Storage",
					     "Storage.EastUS" };
	static const char address[] = "198.18.0.0/24";
	const svctag_release_info info = { .cloud = "Public", .published = "2025-01-01", .source = "file" };
	svctag_release_builder *builder = NULL;
	svctag_snapshot *snapshot = NULL;
	svctag_release *release = NULL;
	svctag_prefix prefix;

	require(svctag_prefix_parse(address, sizeof(address) - 1, &prefix) == SVCTAG_OK);
	require(svctag_release_builder_new(1, &builder) == SVCTAG_OK);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const svctag_properties properties = {
			.name = names[i], .region = "", .system_service = "", .network_features = "API,NSG,UDR,FW"
		};

		require(svctag_release_builder_add_tag(builder, &properties) == SVCTAG_OK);
		require(svctag_release_builder_add_prefix(builder, &prefix) == SVCTAG_OK);
	}
	require(svctag_release_builder_finish(builder, &release, NULL) == SVCTAG_OK);
	require(svctag_snapshot_of_release(release, &info, &snapshot, NULL) == SVCTAG_OK);
	svctag_release_builder_free(builder);
	svctag_release_free(release);
	return snapshot;
}

/* Values that fit: of two regions that have to differ the second is another. */
static size_t
fill_arguments(const struct scenario *scenario, bool all, struct plan_argument *arguments)
{
	static const char *const regions[] = { "eastus", "centralus", "westus", "uksouth" };
	size_t count = 0;
	size_t region = 0;

	for (size_t i = 0; i < scenario->parameter_count; i++) {
		const struct scenario_parameter *parameter = &scenario->parameters[i];
		const char *value = "abc";

		if (parameter->kind == SCENARIO_REGION)
			value = regions[region++ % 4];
		else if (parameter->kind == SCENARIO_CHOICE)
			value = parameter->choices[parameter->choice_count - 1];
		else if (parameter->kind == SCENARIO_FLAG)
			value = "";
		if (all || parameter->required)
			arguments[count++] = (struct plan_argument){ parameter->name, value };
	}
	return count;
}

static void
require_whole(const char *text)
{
	require(text != NULL && strpbrk(text, "{}") == NULL);
}

static void
check_plan(const struct plan *plan)
{
	for (size_t i = 0; i < plan->rule_count; i++) {
		require_whole(plan->rules[i].tag);
		require_whole(plan->rules[i].why);
		require((plan->rules[i].made != NULL) == (plan->rules[i].usable != SVCTAG_USABLE_NO));
	}
	for (size_t i = 0; i < plan->place_count; i++)
		require_whole(plan->places[i].title);
	for (size_t i = 0; i < plan->url_count; i++)
		require_whole(plan->urls[i].pattern);
	for (size_t i = 0; i < plan->advice_count; i++)
		require_whole(plan->advice[i].text);
	for (size_t i = 0; i < plan->note_count; i++)
		require(plan->notes[i][0] != '\0');
}

static void
check_scenario(const struct scenario *scenario, const svctag_snapshot *snapshot)
{
	struct plan_argument arguments[SCENARIO_MAX_PARAMETERS];

	for (int all = 0; all < 2; all++) {
		size_t count = fill_arguments(scenario, all == 1, arguments);
		struct plan *plan = NULL;
		svctag_detail detail = { "" };
		svctag_error err = plan_make(scenario, snapshot, arguments, count, &plan, &detail);

		/* More regions that have to differ than there are here: the only way to fail. */
		require(err == SVCTAG_OK || (err == SVCTAG_E_RANGE && detail.text[0] != '\0'));
		if (plan != NULL)
			check_plan(plan);
		plan_free(plan);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario *scenario = NULL;
	svctag_detail detail = { "" };
	svctag_error err = scenario_read((const char *)data, size, &scenario, &detail);

	require(err != SVCTAG_E_NO_MEMORY && (err == SVCTAG_OK) == (scenario != NULL));
	require(err == SVCTAG_OK || detail.text[0] != '\0');
	if (scenario != NULL) {
		svctag_snapshot *snapshot = small_snapshot();

		check_scenario(scenario, snapshot);
		svctag_snapshot_free(snapshot);
	}
	scenario_free(scenario);
	return 0;
}
