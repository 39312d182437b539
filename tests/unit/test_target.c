/* What tags can be used in, what they need beside them, and what the targets can take. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	const char *region;
	const char *features;
	svctag_usable usable[SVCTAG_TARGET_COUNT]; /* NSG, UDR, firewall */
	bool broad;
	bool shared;
} tags[] = {
#define NO SVCTAG_USABLE_NO
#define YES SVCTAG_USABLE_YES
#define MAYBE SVCTAG_USABLE_UNKNOWN
	{ "AzureActiveDirectory", "", "API,NSG,UDR,FW,VSE", { YES, YES, YES }, false, false },
	/* Not a region. */
	{ "AzureActiveDirectory.ServiceEndpoint", "", NULL, { NO, NO, NO }, false, false },
	/* Documented for Azure Firewall, the regions too; the file does not say so. */
	{ "AzureCloud", "", "API,NSG", { YES, NO, MAYBE }, true, true },
	{ "AzureCloud.centralfrance", "centralfrance", "API,NSG", { YES, NO, MAYBE }, true, true },
	{ "AzureCloud.nowhere", "", "API,NSG", { YES, NO, NO }, true, true },
	{ "AzureDev", "", "NSG", { YES, NO, NO }, false, false },
	/* Between "AzureDev" and what would be its children; broad by its own. */
	{ "AzureDevOps", "", "API,NSG,UDR,FW", { YES, YES, YES }, true, true },
	{ "AzureDevOps.EastUS", "", NULL, { NO, NO, NO }, false, true }, /* regional by its name alone */
	{ "AzureFrontDoor.Backend", "", "API,NSG,UDR,FW", { YES, YES, YES }, false, true },
	{ "AzureFrontDoor.FirstParty", "", "API,NSG,UDR,FW", { YES, YES, YES }, false, false },
	/* Regions that the documents do not know of: they say nothing against the file. */
	{ "AzureMonitor", "", "API,NSG,UDR,FW", { YES, YES, YES }, true, false },
	{ "AzureMonitor.Core", "", "NSG,UDR,FW", { YES, YES, YES }, false, false },
	{ "AzureMonitor.EastUS", "eastus", "NSG", { YES, NO, NO }, false, false },
	{ "AzureResourceManager.NorwayEast", "norwaye", "API", { NO, NO, NO }, false, false },
	{ "AzureSiteRecovery", "", "API,NSG,UDR,FW", { YES, YES, YES }, false, false },
	{ "Empty", "", "", { NO, NO, NO }, false, false },
	/* The file says yes, the documents no. */
	{ "GatewayManager", "", "API,NSG,UDR,FW", { YES, YES, MAYBE }, false, false },
	{ "Lonely.EastUS", "eastus", "FW", { NO, NO, YES }, false, false },
	{ "ServiceBus", "", "API,NSG,UDR,FW,VSE", { YES, YES, YES }, true, false },
	{ "ServiceBus.EastUS", "eastus", "API,NSG", { YES, NO, MAYBE }, false, false },
	/* Null features: unusable, whatever is documented. */
	{ "Storage.EastUS", "eastus", NULL, { NO, NO, NO }, false, true },
#undef NO
#undef YES
#undef MAYBE
};

static svctag_snapshot *
make_snapshot(void)
{
	svctag_release_builder *builder = testing_builder(1);
	svctag_release *release;
	svctag_snapshot *snapshot;

	for (size_t i = 0; i < TESTING_COUNT(tags); i++) {
		svctag_properties properties = testing_properties(tags[i].name, tags[i].region);

		properties.network_features = tags[i].features;
		TESTING_OK(svctag_release_builder_add_tag(builder, &properties));
	}
	release = testing_finish(builder);
	snapshot = testing_snapshot(release, "Public");
	svctag_release_free(release);
	return snapshot;
}

static void
test_tags(void **state)
{
	svctag_snapshot *snapshot = make_snapshot();
	const svctag_index *index = svctag_snapshot_index(snapshot);

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(tags); i++) {
		uint32_t tag = 0;

		TESTING_OK(svctag_index_find_tag(index, tags[i].name, strlen(tags[i].name), &tag));
		for (unsigned int t = 0; t < SVCTAG_TARGET_COUNT; t++)
			if (svctag_tag_usable(index, tag, (svctag_target)t) != tags[i].usable[t])
				fail_msg("%s: %s", tags[i].name, svctag_target_text((svctag_target)t));
		if (svctag_tag_is_broad(index, tag) != tags[i].broad)
			fail_msg("%s: broad", tags[i].name);
		if (svctag_tag_is_shared(index, tag) != tags[i].shared)
			fail_msg("%s: shared", tags[i].name);
		assert_int_equal(svctag_tag_usable(index, tag, SVCTAG_TARGET_COUNT), SVCTAG_USABLE_NO);
	}
	svctag_snapshot_free(snapshot);
}

static void
test_names(void **state)
{
	svctag_target target = SVCTAG_TARGET_UDR;

	(void)state;
	for (unsigned int t = 0; t < SVCTAG_TARGET_COUNT; t++) {
		TESTING_OK(svctag_target_find(svctag_target_text((svctag_target)t), &target));
		assert_int_equal(target, t);
	}
	TESTING_OK(svctag_target_find("NSG", &target));
	assert_int_equal(target, SVCTAG_TARGET_NSG);
	TESTING_CHECK(svctag_target_find("ns", &target), SVCTAG_E_NOT_FOUND);
	TESTING_CHECK(svctag_target_find("", &target), SVCTAG_E_NOT_FOUND);
	assert_int_equal(target, SVCTAG_TARGET_NSG);
	assert_string_equal(svctag_target_text(SVCTAG_TARGET_COUNT), "unknown target");
	assert_string_equal(svctag_usable_text(SVCTAG_USABLE_NO), "no");
	assert_string_equal(svctag_usable_text(SVCTAG_USABLE_YES), "yes");
	assert_string_equal(svctag_usable_text(SVCTAG_USABLE_UNKNOWN), "unknown");
}

/* All dependencies of a tag, separated by blanks. */
static void
list_dependencies(const char *tag, char *text, size_t size)
{
	const svctag_dependency *it;

	text[0] = '\0';
	for (size_t i = 0; (it = svctag_dependency_find(tag, i)) != NULL; i++) {
		assert_true(strlen(text) + strlen(it->needs) + 2 < size);
		(void)snprintf(text + strlen(text), size - strlen(text), "%s%s", i > 0 ? " " : "", it->needs);
		assert_true(it->why[0] != '\0' && it->why[strlen(it->why) - 1] == '.');
	}
}

static void
test_dependencies(void **state)
{
	static const struct {
		const char *tag;
		const char *needs;
	} cases[] = {
		{ "AzureKeyVault", "AzureActiveDirectory" },
		{ "azurekeyvault.EASTUS", "AzureActiveDirectory" },
		{ "AzureBackup", "AzureActiveDirectory Storage" },
		{ "AzureSiteRecovery", "AzureActiveDirectory AzureKeyVault EventHub GuestAndHybridManagement Storage" },
		{ "AzureKeyVaultX", "" },
		{ "AzureKeyVaul", "" },
		{ "Storage", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		char text[256];

		list_dependencies(cases[i].tag, text, sizeof(text));
		assert_string_equal(text, cases[i].needs);
	}
}

static void
test_limits(void **state)
{
	static const struct {
		svctag_target target;
		const char *name;
		uint32_t maximum;
	} cases[] = {
		{ SVCTAG_TARGET_NSG, "rules", 2000 },         { SVCTAG_TARGET_NSG, "addresses", 6000 },
		{ SVCTAG_TARGET_NSG, "nameLength", 80 },      { SVCTAG_TARGET_NSG, "leastPriority", 100 },
		{ SVCTAG_TARGET_NSG, "mostPriority", 4096 },  { SVCTAG_TARGET_UDR, "routes", 1000 },
		{ SVCTAG_TARGET_UDR, "tagRoutes", 25 },       { SVCTAG_TARGET_COUNT, "ipGroupAddresses", 5000 },
		{ SVCTAG_TARGET_COUNT, "storageRules", 400 },
	};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		const svctag_limit *limit = svctag_limit_find(cases[i].target, cases[i].name);

		assert_non_null(limit);
		assert_int_equal(limit->maximum, cases[i].maximum);
		assert_true(limit->what[0] != '\0');
	}
	while (svctag_limit_at(count) != NULL) {
		const svctag_limit *limit = svctag_limit_at(count++);

		assert_ptr_equal(svctag_limit_find(limit->target, limit->name), limit);
	}
	assert_true(count >= TESTING_COUNT(cases));
	assert_null(svctag_limit_find(SVCTAG_TARGET_UDR, "rules"));
	assert_null(svctag_limit_find(SVCTAG_TARGET_NSG, "Rules"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_dependencies),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
