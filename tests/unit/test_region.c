/* The table of regions, and the spellings by which they are found. */
#include "testing.h"

#include <string.h>

static void
test_spellings(void **state)
{
	static const struct {
		const char *text;
		const char *cloud;
		const char *want; /* region property, or NULL */
	} cases[] = {
		{ "eastus", NULL, "eastus" },
		{ "EastUS", NULL, "eastus" },
		{ "East US", NULL, "eastus" },
		{ "(US) East US", NULL, "eastus" },
		{ " (Asia Pacific) Japan East", "Public", "japaneast" },
		{ "(US) ", NULL, NULL },
		{ "(US East US", NULL, NULL },
		{ " east_us-", NULL, "eastus" },
		{ "useast", NULL, "eastus" },
		{ "useast2", NULL, "eastus2" },
		{ "francec", NULL, "centralfrance" },
		{ "FranceCentral", "public", "centralfrance" },
		{ "france-central", NULL, "centralfrance" },
		{ "centralfrance", NULL, "centralfrance" },
		{ "usnorth", NULL, "northcentralus" },
		{ "ussouth", NULL, "southcentralus" },
		{ "asiaeast", "Public-legacy", "eastasia" },
		{ "South Central US STG", NULL, "usstagec" },
		{ "SouthCentralUSSTG", NULL, "usstagec" },
		/* Two rows share these spellings: the rightly spelt one has them. */
		{ "IsraelCentral", NULL, "israelcentral" },
		{ "isrealcentral", NULL, "isrealcentral" },
		{ "italynorth", NULL, "italynorth" },
		{ "italnorth", NULL, "italnorth" },
		{ "US Gov Virginia", NULL, "usgovvirginia" },
		{ "usgovvirginia", "AZUREGOVERNMENT", "usgovvirginia" },
		{ "usgovvirginia", "Public", NULL },
		{ "eastus", "China", NULL },
		{ "eastus", "Sample", "eastus" }, /* a cloud that the table does not know */
		{ "ChinaEast2", "China", "chinaeast2" },
		{ "", NULL, NULL },
		{ " -_", NULL, NULL },
		{ "eastu", NULL, NULL },
		{ "eastus22", NULL, NULL },
		{ "koreas2", NULL, NULL }, /* in the lists of 2019, and never a region */
		{ "Storage.EastUS", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		const svctag_region *region = svctag_region_find(cases[i].text, cases[i].cloud);

		if (!testing_same_text(region == NULL ? NULL : region->region, cases[i].want))
			fail_msg("\"%s\" is %s", cases[i].text, region == NULL ? "nothing" : region->region);
	}
}

/* Whatever spelling a row gives finds it, or the row with the same id in the same cloud. */
static void
test_every_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < svctag_region_count(); i++) {
		const svctag_region *row = svctag_region_at(i);
		const char *texts[] = { row->azurecloud_suffix, row->arm_name, row->display_name, row->tag_suffix,
					row->legacy_name };

		assert_ptr_equal(svctag_region_find(row->region, NULL), row);
		assert_ptr_equal(svctag_region_find(row->region, row->cloud), row);
		for (size_t j = 0; j < TESTING_COUNT(texts); j++) {
			const svctag_region *found = svctag_region_find(texts[j], NULL);

			if (texts[j][0] == '\0') /* only the last two may be */
				assert_true(found == NULL && j >= 3);
			else if (found == NULL || found->id != row->id || strcmp(found->cloud, row->cloud) != 0)
				fail_msg("\"%s\" does not find %s", texts[j], row->region);
		}
	}
}

static void
test_table(void **state)
{
	static const char *const clouds[] = { "Public", "AzureGovernment", "China" };
	size_t cloud = 0;

	(void)state;
	assert_true(svctag_region_count() >= 88);
	for (size_t i = 0; i < svctag_region_count(); i++) {
		const svctag_region *row = svctag_region_at(i);
		bool same = cloud < TESTING_COUNT(clouds) && strcmp(row->cloud, clouds[cloud]) == 0;

		if (!same)
			cloud++;
		assert_string_equal(row->cloud, cloud < TESTING_COUNT(clouds) ? clouds[cloud] : "none");
		assert_true(row->id > 0);
		if (i > 0 && same)
			assert_true(strcmp(svctag_region_at(i - 1)->region, row->region) < 0);
	}
	assert_int_equal(cloud, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_every_spelling),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
