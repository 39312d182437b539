/*
 * Any bytes as a list that is looked through, by a small release and without
 * a store. Findings have to hold together: known checks, in order of lines,
 * with something to say, and as many of each severity as are counted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <advice/lint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also where NDEBUG is set. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
add_tag(svctag_release_builder *builder, const char *name, const char *region, const char *prefix)
{
	const svctag_properties properties = {
		.name = name,
		.region = region,
		.system_service = "AzureThing",
		.network_features = strcmp(name, "LogicApps") == 0 ? NULL : "API,NSG,UDR,FW",
	};
	svctag_prefix parsed;

	require(svctag_release_builder_add_tag(builder, &properties) == SVCTAG_OK);
	require(svctag_prefix_parse(prefix, strlen(prefix), &parsed) == SVCTAG_OK);
	require(svctag_release_builder_add_prefix(builder, &parsed) == SVCTAG_OK);
}

/* Made once; the operating system takes it back. */
static const svctag_snapshot *
release(void)
{
	static svctag_snapshot *snapshot;
	svctag_release_info info = {
		.cloud = "Public", .change_number = 1, .published = "2025-03-31", .source = "file"
	};
	svctag_release_builder *builder;
	svctag_release *release;

	if (snapshot != NULL)
		return snapshot;
	require(svctag_release_builder_new(1, &builder) == SVCTAG_OK);
	add_tag(builder, "AzureCloud", "", "198.18.0.0/15");
	add_tag(builder, "AzureSiteRecovery", "", "198.18.24.8/29");
	add_tag(builder, "EventHub", "", "198.18.16.0/24");
	add_tag(builder, "EventHub.EastUS", "eastus", "198.18.16.0/26");
	add_tag(builder, "LogicApps", "", "198.18.22.0/24");
	add_tag(builder, "Storage.EastUS", "eastus", "2001:db8::/32");
	require(svctag_release_builder_finish(builder, &release, NULL) == SVCTAG_OK);
	svctag_release_builder_free(builder);
	require(svctag_snapshot_of_release(release, &info, &snapshot, NULL) == SVCTAG_OK);
	svctag_release_free(release);
	return snapshot;
}

static void
check_findings(const struct lint *lint)
{
	size_t totals[LINT_SEVERITY_COUNT] = { 0 };

	for (size_t i = 0; i < lint_count(lint); i++) {
		const struct lint_finding *finding = lint_at(lint, i);

		require(finding->check < LINT_CHECK_COUNT && finding->severity < LINT_SEVERITY_COUNT);
		require(finding->message[0] != '\0' && finding->fix[0] != '\0' && finding->path != NULL);
		require(i == 0 || lint_at(lint, i - 1)->line <= finding->line);
		totals[finding->severity]++;
	}
	for (int s = 0; s < LINT_SEVERITY_COUNT && lint_left_off(lint) == 0; s++)
		require(totals[s] == lint_total(lint, (enum lint_severity)s));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lint_options options = { .intent = size % 3 == 0 ? "EventHub" : NULL };
	struct list *list = NULL;
	struct lint *lint = NULL;

	if (list_read((const char *)data, size, "fuzz", NULL, &list, NULL) != SVCTAG_OK)
		return 0;
	for (int target = 0; target <= SVCTAG_TARGET_COUNT; target++) {
		options.has_target = target < SVCTAG_TARGET_COUNT;
		options.target = options.has_target ? (svctag_target)target : SVCTAG_TARGET_NSG;
		require(lint_list(list, release(), &options, &lint, NULL) == SVCTAG_OK);
		check_findings(lint);
		lint_free(lint);
	}
	list_free(list);
	return 0;
}
