/**
 * @file
 * The regions of Azure and the many ways in which they are spelt. A table
 * inside the library, made from schema/regions.tsv: constant, readable from
 * any thread. The published files change oftener than the table: a region
 * that it does not know is no error in a file.
 */
#ifndef SVCTAG_REGION_H
#define SVCTAG_REGION_H

#include <stddef.h>
#include <stdint.h>

#include <svctag/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One region of one cloud. Strings are never NULL. */
typedef struct svctag_region {
	const char *cloud;             /**< "Public", "AzureGovernment", "China" */
	const char *region;            /**< the property `region` of its tags: "centralfrance" */
	int32_t id;                    /**< the property `regionId` */
	const char *tag_suffix;        /**< Storage.FranceCentral; "" where only AzureCloud has the region */
	const char *azurecloud_suffix; /**< AzureCloud.centralfrance */
	const char *arm_name;          /**< location of resources: "francecentral" */
	const char *display_name;      /**< "France Central" */
	const char *legacy_name;       /**< in the XML lists until 2020: "francec"; "" where it was not in them */
} svctag_region;

/** In the order of cloud and region property: Public, AzureGovernment, China. */
SVCTAG_API size_t svctag_region_count(void);
/** @param i  less than svctag_region_count() */
SVCTAG_API const svctag_region *svctag_region_at(size_t i);

/**
 * The region of this name in any of its spellings; letter case (ASCII),
 * blanks, '-' and '_' do not matter, nor does a geography in front, as in
 * "(US) East US". Where two regions share a spelling, the
 * one whose `region` it is has it: "IsraelCentral" is israelcentral, not the
 * misspelt isrealcentral of 2022.
 * @param cloud  look in this one alone, in any letter case ("Public-legacy" is Public); NULL, or one that the
 *               table does not know: in all of them
 * @return NULL if there is none
 */
SVCTAG_API const svctag_region *svctag_region_find(const char *text, const char *cloud);

#ifdef __cplusplus
}
#endif

#endif
