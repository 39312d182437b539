/**
 * @file
 * schema/regions.tsv as an array, in its order; made at build time. Hidden.
 */
#ifndef SVCTAG_REGIONS_H
#define SVCTAG_REGIONS_H

#include <svctag/region.h>

extern const svctag_region svctag_regions[];
extern const size_t svctag_regions_count;

#endif
