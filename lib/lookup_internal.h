/**
 * @file
 * What look-ups of all kinds have in common. Hidden.
 */
#ifndef SVCTAG_LOOKUP_INTERNAL_H
#define SVCTAG_LOOKUP_INTERNAL_H

#include <svctag/lookup.h>

/**
 * Of two tags that hold all of a query, the one whose region is the query's:
 * AzureCloud.<region> before any other, else the narrower of those that have
 * a region.
 * @param chosen  the choice so far; SVCTAG_NO_TAG at first
 */
uint32_t lookup_region_tag(const svctag_index *index, uint32_t chosen, uint32_t tag);

#endif
