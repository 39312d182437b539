/**
 * @file
 * What migrations call and SQL does not have. Hidden.
 */
#ifndef SVCTAG_STORE_UPGRADE_H
#define SVCTAG_STORE_UPGRADE_H

#include "db.h"

/**
 * Two aggregates, a tag's spans of schema version 1 in one packed list; NULL of no rows:
 *   svctag_pack_prefixes(prefix, first, until)
 *   svctag_pack_properties(first, until, change_number, region, region_id, platform, system_service,
 *                          network_features)
 * They fail where the rows make no list: what is damaged is not carried over.
 */
SVCTAG_MUST_CHECK svctag_error store_offer_functions(sqlite3 *db, svctag_detail *detail);

/**
 * The seal of schema version 1, over the rows themselves. What it does not hold for is not sealed anew.
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT, SVCTAG_E_DATABASE
 */
SVCTAG_MUST_CHECK svctag_error store_check_first_seal(sqlite3 *db, svctag_detail *detail);

#endif
